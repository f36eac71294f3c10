#include "tenants/servers/servers.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/strbuf.h"
#include "influx/probe.h"
#include "tenants/plan/target_facts.h"

/* How long an answer may take when a server is asked whether it is there. A server that was away
 * has less time, since it is asked again and again while the others wait. */
#define ANSWER_NS (15 * CLOCK_SECOND_NS)
#define AGAIN_NS  (3 * CLOCK_SECOND_NS)

/* A JSON Web Token: three parts of base64, the first of which is a JSON object. InfluxDB 1.x takes
 * it as "Bearer" only. */
static bool is_jwt(const char *token)
{
    const char *dot = token && strncmp(token, "eyJ", 3) == 0 ? strchr(token, '.') : NULL;

    return dot && strchr(dot + 1, '.');
}

void servers_init(struct servers *servers, const struct settings *settings,
                  const struct influx_client *source)
{
    servers->count = settings->server_count + 1;
    servers->items = xcalloc(servers->count, sizeof(*servers->items));
    servers->facts = xcalloc(servers->count, sizeof(*servers->facts));
    servers->items[0] = (struct server){.kind = INFLUX_KIND_1, .client = *source};
    for (size_t i = 1; i < servers->count; i++) {
        const struct settings_server *spec = settings_server(settings, i);
        struct server *server = &servers->items[i];

        *server = (struct server){.spec = spec,
                                  .kind = spec->kind,
                                  .client = *source,
                                  .retention_ns = spec->retention_ns};
        /* The configuration's credentials are for the source's server: no other may see them. */
        server->client.endpoint.base_url = spec->url;
        server->client.endpoint.compress = settings_compresses(settings, spec->url);
        server->client.endpoint.user = spec->user;
        server->client.endpoint.password = spec->password;
        server->client.endpoint.token_scheme = is_jwt(spec->password) ? "Bearer" : "Token";
        server->client.origin = spec->origin;
        server->client.kind = spec->kind;
    }
    for (size_t i = 0; i < servers->count; i++) {
        pace_init(&servers->items[i].pace, settings->jobs);
        servers->items[i].payer = i;
    }
}

void servers_release(struct servers *servers)
{
    for (size_t i = 0; i < servers->count; i++) {
        catalogue_release(&servers->items[i].databases);
        victoria_server_release(&servers->items[i].victoria);
        free(servers->items[i].away);
    }
    free(servers->items);
    free(servers->facts);
    *servers = (struct servers){0};
}

static bool is_target(const void *context, const char *database)
{
    return settings_is_target(context, database);
}

static int read_victoria(struct server *server, struct err *err)
{
    const struct settings_server *spec = server->spec;

    victoria_server_release(&server->victoria);
    server->client.endpoint.token_scheme = "Bearer";
    server->reader = server->client;
    server->victoria.read_url =
        spec->read_url ? xstrdup(spec->read_url) : victoria_read_url(spec->url);
    server->reader.endpoint.base_url = server->victoria.read_url;
    if (victoria_server_read(&server->victoria, &server->client, &server->reader, err) < 0)
        return -1;
    if (!server->retention_ns)
        server->retention_ns = server->victoria.retention_ns;
    return 0;
}

/* Asks what a server is. The address of a VictoriaMetrics cluster says so itself, and a cluster
 * doesn't answer as a single server does. */
static int find_kind(struct server *server, struct err *err)
{
    if (server->kind == INFLUX_KIND_UNKNOWN && strstr(server->spec->url, "/insert/"))
        server->kind = INFLUX_KIND_VICTORIA;
    return server->kind == INFLUX_KIND_UNKNOWN ? probe_kind(&server->client, &server->kind, err)
                                               : 0;
}

/* A server whose kind can't be found out is taken for an InfluxDB 1.x behind a proxy. */
static int read_influx(struct server *server, const struct settings *settings, struct err *err)
{
    bool guessed = server->kind == INFLUX_KIND_UNKNOWN;

    if (guessed)
        server->kind = INFLUX_KIND_1;
    server->client.kind = server->kind;
    /* --follow reads the databases of a server many times. */
    catalogue_release(&server->databases);
    if (catalogue_read_databases(&server->databases, &server->client, is_target, settings, err) ==
        0)
        return 0;
    /* Nothing can be done there: status 4. */
    if (guessed && err->code == ERR_FAILED) {
        err->code = ERR_CONNECT;
        err_hint(err,
                 "what answers there doesn't say that it is an InfluxDB or a VictoriaMetrics; "
                 "is the address right? It comes from %s",
                 server->spec->origin);
    }
    return -1;
}

static int read_server(struct server *server, const struct settings *settings, struct err *err)
{
    if (find_kind(server, err) < 0)
        return -1;
    server->client.kind = server->kind;
    return target_facts(server->kind)->is_exported ? read_victoria(server, err)
                                                   : read_influx(server, settings, err);
}

/* Being away */

char *servers_label(const struct servers *servers, size_t number)
{
    const struct influx_client *client = &servers->items[number].client;
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "%s at %s", influx_kind_name(client->kind), client->endpoint.base_url);
    return strbuf_detach(&text);
}

void servers_set_away(struct servers *servers, size_t number, const char *words)
{
    struct server *server = &servers->items[number];
    char *kept = xstrdup(words);

    free(server->away);
    server->away = kept;
    server->ask_again_ns = clock_monotonic_ns() + pace_retry_delay_ns(++server->away_tries, 0);
}

bool servers_any_other(const struct servers *servers, size_t but)
{
    for (size_t i = 0; i < servers->count; i++)
        if (i != but && servers->items[i].wanted && !servers->items[i].away)
            return true;
    return false;
}

/* Asks a server whether it is there. A server that is read at another address must answer at
 * both. */
static bool answers(struct server *server)
{
    struct probe_answer asked[2] = {{&server->client, ERR_INIT}, {&server->reader, ERR_INIT}};
    size_t count = target_facts(server->kind)->is_exported && server->reader.loop ? 2 : 1;
    struct err err = ERR_INIT;
    bool all = probe_all(asked, count, ANSWER_NS, &err) == 0;

    for (size_t i = 0; i < count; i++) {
        all = all && asked[i].err.code == ERR_NONE;
        err_release(&asked[i].err);
    }
    err_release(&err);
    return all;
}

bool servers_pass_over(struct servers *servers, enum delta_kind kind, size_t number,
                       struct err *err)
{
    struct server *server = &servers->items[number];
    bool lasting = err->code == ERR_FAILED || err->code == ERR_CONFIG;

    if (!number || stop_requested() || !servers_any_other(servers, number))
        return false;
    /* A lasting error is a person's to mend: the first run fails by it, so that it is seen. Later
     * runs of --follow pass over it, so that the others go on. */
    if (!(lasting && delta_is_brief(kind)) &&
        !(err->code == ERR_CONNECT && (delta_is_brief(kind) || !answers(server))))
        return false;
    servers_set_away(servers, number, err->message);
    err_release(err);
    return true;
}

/* Marks the servers that hold the target of a tenant that isn't left out, or may. */
static void find_wanted(struct servers *servers, const struct settings *settings,
                        const struct catalogue *source)
{
    for (size_t i = 0; i < servers->count; i++)
        servers->items[i].wanted = settings_spreads(settings, i);
    for (size_t i = 0; i < source->tenants.count; i++)
        if (!settings_skips_tenant(settings, source->tenants.items[i]))
            servers->items[settings_target_server(settings, source->tenants.items[i])].wanted =
                true;
}

/* Says whether it is time to ask a server. The last delta of --follow asks all servers. */
static bool is_asked(const struct server *server)
{
    return server->wanted &&
           (!server->away || stop_announced() || clock_monotonic_ns() >= server->ask_again_ns);
}

/* Marks each server by its answer. `ret_away` is the error of the last server that gave none. */
static void take_answers(struct servers *servers, struct probe_answer *asked, size_t count,
                         struct err *ret_away)
{
    for (size_t i = 0, number = 1; i < count; i++) {
        while (&servers->items[number].client != asked[i].client)
            number++;
        if (asked[i].err.code == ERR_NONE) {
            free(servers->items[number].away);
            servers->items[number].away = NULL;
            continue;
        }
        servers_set_away(servers, number, asked[i].err.message);
        err_release(ret_away);
        *ret_away = asked[i].err;
    }
}

/* Where all wanted servers are away, the number of the last of them; else 0. */
static size_t find_last(const struct servers *servers)
{
    size_t away = 0;

    for (size_t i = 0; i < servers->count; i++)
        if (servers->items[i].wanted && !servers->items[i].away)
            return 0;
        else if (servers->items[i].wanted)
            away = i;
    return away;
}

/* Asks all servers at once whether they are there. ERR_CONNECT where none is. */
static int find_away(struct servers *servers, struct err *err)
{
    struct probe_answer *asked = xcalloc(servers->count, sizeof(*asked));
    struct err away = ERR_INIT;
    int64_t timeout_ns = AGAIN_NS;
    size_t count = 0, last;
    int rc;

    for (size_t i = 1; i < servers->count; i++) {
        if (!is_asked(&servers->items[i]))
            continue;
        if (!servers->items[i].away)
            timeout_ns = ANSWER_NS;
        asked[count++] = (struct probe_answer){&servers->items[i].client, ERR_INIT};
    }
    rc = probe_all(asked, count, timeout_ns, err);
    if (rc == 0)
        take_answers(servers, asked, count, &away);
    if (rc == 0 && (last = find_last(servers))) {
        if (away.code == ERR_NONE)
            err_set(&away, ERR_CONNECT, "%s", servers->items[last].away);
        *err = away;
        away = (struct err)ERR_INIT;
        rc = -1;
    }
    err_release(&away);
    free(asked);
    return rc;
}

int servers_read(struct servers *servers, enum delta_kind kind, const struct settings *settings,
                 const struct catalogue *source, struct err *err)
{
    find_wanted(servers, settings, source);
    servers->source = source;
    if (find_away(servers, err) < 0)
        return -1;
    for (size_t i = 1; i < servers->count; i++) {
        struct server *server = &servers->items[i];

        if (server->wanted && !server->away && read_server(server, settings, err) < 0 &&
            !servers_pass_over(servers, kind, i, err))
            return -1;
    }
    return 0;
}

const struct plan_server *servers_facts(struct servers *servers)
{
    for (size_t i = 0; i < servers->count; i++) {
        const struct server *server = &servers->items[i];

        servers->facts[i] =
            (struct plan_server){.kind = server->kind,
                                 .retention_ns = server->retention_ns,
                                 .away = server->away,
                                 .databases = i ? &server->databases : servers->source};
    }
    return servers->facts;
}
