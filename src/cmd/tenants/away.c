#include "away.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/log.h"
#include "base/plural.h"

void tenants_tell_servers(struct servers *servers)
{
    for (size_t i = 0; i < servers->count; i++) {
        struct server *server = &servers->items[i];
        char *label;

        if (!server->wanted || server->told == (server->away != NULL))
            continue;
        server->told = !server->told;
        label = servers_label(servers, i);
        if (server->away)
            log_warning("%s; its tenants are left out, the others go on", server->away);
        else
            log_info("%s is back", label);
        free(label);
    }
}

static bool is_told(const struct server *server)
{
    return server->away && server->tenants_owed;
}

void tenants_add_away(struct strbuf *text, const struct servers *servers, const char *done)
{
    for (size_t i = 0; i < servers->count; i++) {
        const struct server *server = &servers->items[i];

        if (is_told(server))
            strbuf_addf(text, "Away: %s. The rest of %zu %s there was not %s.\n", server->away,
                        server->tenants_owed, PLURAL(server->tenants_owed, "tenant", "tenants"),
                        done);
    }
}

void tenants_add_away_briefly(struct strbuf *text, const struct servers *servers)
{
    for (size_t i = 0; i < servers->count; i++) {
        const struct server *server = &servers->items[i];
        char *label;

        if (!is_told(server))
            continue;
        label = servers_label(servers, i);
        strbuf_addf(text, "; %s is away (%zu %s)", label, server->tenants_owed,
                    PLURAL(server->tenants_owed, "tenant", "tenants"));
        free(label);
    }
}

json_t *tenants_away_json(const struct servers *servers)
{
    json_t *list = json_array();

    for (size_t i = 0; i < servers->count; i++) {
        const struct server *server = &servers->items[i];
        json_t *object;

        if (!is_told(server))
            continue;
        object = json_object();
        json_set_text(object, "server", server->client.endpoint.base_url);
        json_set_text(object, "words", server->away);
        json_set_int(object, "tenants", (int64_t)server->tenants_owed);
        json_array_append_new(list, object);
    }
    return list;
}
