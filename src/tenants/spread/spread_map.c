#include "tenants/spread/spread_map.h"

#include <inttypes.h>
#include <string.h>

#include "base/plural.h"

void spread_map_add_balance(struct strbuf *text, const struct spread *spread, size_t number)
{
    const struct spread_server *server = &spread->servers[number];
    int64_t points = server->load[SPREAD_POINTS];

    strbuf_addf(text, "%zu tenant%s (%zu placed before), %" PRId64 " %s%s", server->tenant_count,
                PLURAL(server->tenant_count, "", "s"), server->kept_count, points,
                spread->is_counted ? "point" : "measurement", PLURAL(points, "", "s"));
    if (server->facts.is_priced)
        strbuf_addf(text, ", %" PRId64 " shard%s, %" PRId64 " descriptor%s",
                    server->load[SPREAD_SHARDS], PLURAL(server->load[SPREAD_SHARDS], "", "s"),
                    server->load[SPREAD_DESCRIPTORS],
                    PLURAL(server->load[SPREAD_DESCRIPTORS], "", "s"));
}

static void add_head(struct strbuf *text, const struct spread *spread)
{
    strbuf_addstr(text,
                  SPREAD_HEAD "Made by monasca-migrate tenants plan --spread. Give this map to "
                              "tenants run as --target-map.\n" SPREAD_HEAD
                              "When there are more tenants, spread again and give this map as "
                              "--target-map, too: nobody moves.\n" SPREAD_HEAD
                              "These lines are made anew then; all others stay as they are.\n");
    strbuf_addf(text, SPREAD_HEAD "After a run the servers have, at most%s:\n",
                spread->is_counted ? "" : " (measurements of tenants stand for points)");
    for (size_t i = 0; i < spread->server_count; i++) {
        strbuf_addf(text, SPREAD_HEAD "%s: ", spread->servers[i].url);
        spread_map_add_balance(text, spread, i);
        strbuf_addch(text, '\n');
    }
}

/* Takes a line off the text that isn't of the head. The line has no end. */
static bool take_line(const char **text, const char **ret_line, size_t *ret_len)
{
    while (**text) {
        *ret_line = *text;
        *ret_len = strcspn(*text, "\n");
        *text += *ret_len;
        *text += **text == '\n';
        if (strncmp(*ret_line, SPREAD_HEAD, strlen(SPREAD_HEAD)) != 0)
            return true;
    }
    return false;
}

void spread_map_add(struct strbuf *text, const struct spread *spread,
                    const struct settings *settings, const char *there)
{
    const char *line;
    size_t len;

    add_head(text, spread);
    while (take_line(&there, &line, &len)) {
        strbuf_add(text, line, len);
        strbuf_addch(text, '\n');
    }
    for (size_t i = 0; i < spread->tenant_count; i++) {
        const struct spread_tenant *tenant = &spread->tenants[i];

        if (names_find(&settings->mapped, tenant->id) == NAMES_NONE)
            strbuf_addf(text, "\n[%s]\n%s", tenant->id, settings->spread[tenant->server].keys);
    }
}

bool spread_map_is_same(const char *a, const char *b)
{
    const char *lines[2];
    size_t lens[2];
    bool more_a, more_b;

    do {
        more_a = take_line(&a, &lines[0], &lens[0]);
        more_b = take_line(&b, &lines[1], &lens[1]);
        if (more_a && more_b && (lens[0] != lens[1] || strncmp(lines[0], lines[1], lens[0]) != 0))
            return false;
    } while (more_a && more_b);
    return more_a == more_b;
}
