#include "tenants/servers.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "influx/probe.h"

void servers_init(struct servers *servers, const struct settings *settings,
                  const struct influx_client *source)
{
    servers->count = settings->server_count + 1;
    servers->items = xcalloc(servers->count, sizeof(*servers->items));
    servers->items[0] = (struct server){.kind = INFLUX_KIND_1, .client = *source};
    for (size_t i = 1; i < servers->count; i++) {
        const struct settings_server *spec = settings_server(settings, i);
        struct server *server = &servers->items[i];

        *server = (struct server){.spec = spec,
                                  .kind = spec->kind,
                                  .client = *source,
                                  .retention_ns = spec->retention_ns};
        /* The configuration's credentials are for its own server. */
        server->client.endpoint.base_url = spec->url;
        server->client.endpoint.compress = settings_compresses(settings, spec->url);
        server->client.endpoint.user = spec->user;
        server->client.endpoint.password = spec->password;
        server->client.endpoint.token_scheme = "Token";
        server->client.origin = spec->origin;
        server->client.kind = spec->kind;
    }
}

void servers_release(struct servers *servers)
{
    for (size_t i = 0; i < servers->count; i++) {
        catalogue_release(&servers->items[i].databases);
        victoria_server_release(&servers->items[i].victoria);
    }
    free(servers->items);
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

/* A cluster's address says what it is, and nothing there answers as a single node does. */
static int find_kind(struct server *server, struct err *err)
{
    if (server->kind == INFLUX_KIND_UNKNOWN && strstr(server->spec->url, "/insert/"))
        server->kind = INFLUX_KIND_VICTORIA;
    return server->kind == INFLUX_KIND_UNKNOWN ? probe_kind(&server->client, &server->kind, err)
                                               : 0;
}

/* What says nothing about itself may be an InfluxDB 1.x behind a proxy. */
static int read_influx(struct server *server, const struct settings *settings, struct err *err)
{
    bool guessed = server->kind == INFLUX_KIND_UNKNOWN;

    if (guessed)
        server->kind = INFLUX_KIND_1;
    server->client.kind = server->kind;
    /* A run that follows reads it again and again. */
    catalogue_release(&server->databases);
    if (catalogue_read_databases(&server->databases, &server->client, is_target, settings, err) ==
        0)
        return 0;
    if (guessed && err->code == ERR_FAILED)
        err_hint(err,
                 "what answers there doesn't say that it is an InfluxDB or a VictoriaMetrics; "
                 "is the address right? It comes from %s",
                 server->spec->origin);
    return -1;
}

static int read_server(struct server *server, const struct settings *settings, struct err *err)
{
    if (find_kind(server, err) < 0)
        return -1;
    server->client.kind = server->kind;
    return server->kind == INFLUX_KIND_VICTORIA ? read_victoria(server, err)
                                                : read_influx(server, settings, err);
}

/* Which servers does a tenant go to that isn't left out? */
static bool *wanted_servers(const struct servers *servers, const struct settings *settings,
                            const struct catalogue *source)
{
    bool *wanted = xcalloc(servers->count, sizeof(*wanted));

    for (size_t i = 0; i < source->tenants.count; i++)
        if (!settings_skips_tenant(settings, source->tenants.items[i]))
            wanted[settings_target_server(settings, source->tenants.items[i])] = true;
    return wanted;
}

int servers_read(struct servers *servers, const struct settings *settings,
                 const struct catalogue *source, struct err *err)
{
    bool *wanted = wanted_servers(servers, settings, source);
    int rc = 0;

    servers->source = source;
    for (size_t i = 1; rc == 0 && i < servers->count; i++)
        if (wanted[i])
            rc = read_server(&servers->items[i], settings, err);
    free(wanted);
    return rc;
}

const struct catalogue_database *servers_find_database(const struct servers *servers, size_t number,
                                                       const char *name)
{
    return catalogue_find_database(number ? &servers->items[number].databases : servers->source,
                                   name);
}
