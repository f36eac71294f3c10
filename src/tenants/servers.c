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
    for (size_t i = 0; i < servers->count; i++)
        catalogue_release(&servers->items[i].databases);
    free(servers->items);
    *servers = (struct servers){0};
}

static bool is_target(const void *context, const char *database)
{
    return settings_is_target(context, database);
}

static int read_server(struct server *server, const struct settings *settings, struct err *err)
{
    if (server->kind == INFLUX_KIND_UNKNOWN && probe_kind(&server->client, &server->kind, err) < 0)
        return -1;
    server->client.kind = server->kind;
    if (server->kind == INFLUX_KIND_VICTORIA)
        return err_set(err, ERR_FAILED, "VictoriaMetrics at %s: can't be a target yet",
                       server->spec->url);
    /* A run that follows reads it again and again. */
    catalogue_release(&server->databases);
    return catalogue_read_databases(&server->databases, &server->client, is_target, settings, err);
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
