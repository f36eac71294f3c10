#include "cmd/tenants/price/price_print.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/plural.h"
#include "base/strbuf.h"
#include "term/number.h"
#include "term/out.h"

/* A use above a tenth of a limit is worth more words. */
enum { WORTH_TELLING = 10 };

static const char *url_of(const struct settings *settings, size_t server)
{
    return server ? settings_server(settings, server)->url : settings->url;
}

/* The figure as it is told: memory and disk in MiB. */
static int64_t shown(enum price_item item, int64_t figure)
{
    return item == PRICE_MEMORY || item == PRICE_DISK ? figure / SETTINGS_MIB : figure;
}

static void add_shown(struct strbuf *sb, enum price_item item, int64_t figure)
{
    number_add_grouped(sb, shown(item, figure));
}

/* Text */

static const char *const titles[PRICE_ITEMS] = {
    [PRICE_DATABASES] = "databases",     [PRICE_SHARDS] = "shards",
    [PRICE_DESCRIPTORS] = "descriptors", [PRICE_MAPS] = "memory maps",
    [PRICE_MEMORY] = "memory, MiB",      [PRICE_DISK] = "disk, MiB",
};

/* The words for one, and for more. */
static const char *const line_words[PRICE_ITEMS][2] = {
    [PRICE_DATABASES] = {"database", "databases"},
    [PRICE_SHARDS] = {"shard", "shards"},
    [PRICE_DESCRIPTORS] = {"descriptor", "descriptors"},
    [PRICE_MAPS] = {"memory map", "memory maps"},
    [PRICE_MEMORY] = {"MiB of memory", "MiB of memory"},
    [PRICE_DISK] = {"MiB of disk", "MiB of disk"},
};

static const char *const origins[] = {
    [PRICE_NO_LIMIT] = "",
    [PRICE_ASSUMED] = " (taken for granted)",
    [PRICE_TOLD] = " (told)",
    [PRICE_MEASURED] = "",
};

static void add_cell(struct out_table *table, enum price_item item, int64_t figure)
{
    struct strbuf text = STRBUF_INIT;

    add_shown(&text, item, figure);
    out_table_cell(table, "%s", text.buf);
    strbuf_release(&text);
}

static void add_limit(struct out_table *table, enum price_item item,
                      const struct price_limit *limit)
{
    struct strbuf text = STRBUF_INIT;

    if (limit->origin == PRICE_NO_LIMIT)
        strbuf_addstr(&text, "-");
    else
        add_shown(&text, item, limit->most);
    out_table_cell(table, "%s%s", text.buf, origins[limit->origin]);
    strbuf_release(&text);
}

static void print_table(const struct price_entry *entry)
{
    static const char *const columns[] = {
        "", ">now", ">added", ">after the run", ">a week later", "limit", NULL};
    struct out_table *table = out_table_new(columns);

    for (enum price_item i = 0; i < PRICE_ITEMS; i++) {
        out_table_cell(table, "%s", titles[i]);
        add_cell(table, i, entry->server.now[i]);
        add_cell(table, i, entry->added[i]);
        add_cell(table, i, entry->after[i]);
        add_cell(table, i, entry->week[i]);
        add_limit(table, i, &entry->server.limits[i]);
    }
    out_table_print(table);
}

/* Does the run come near a limit that is known? */
static bool is_near(const struct price_entry *entry)
{
    for (enum price_item i = 0; i < PRICE_ITEMS; i++)
        if (entry->server.limits[i].origin != PRICE_NO_LIMIT && i != PRICE_DISK &&
            entry->after[i] > entry->server.limits[i].most / WORTH_TELLING)
            return true;
    return false;
}

/* Prints one line, which is enough far from all limits. */
static void print_line(const struct price_entry *entry, const char *url)
{
    struct strbuf text = STRBUF_INIT;

    for (enum price_item i = 0; i < PRICE_ITEMS; i++) {
        strbuf_addstr(&text, i ? ", " : "");
        add_shown(&text, i, entry->added[i]);
        strbuf_addf(&text, " %s", line_words[i][shown(i, entry->added[i]) != 1]);
    }
    out_printf("InfluxDB at %s pays for that at most: %s; far from %s.\n", url, text.buf,
               entry->server.limits[PRICE_DESCRIPTORS].origin == PRICE_ASSUMED
                   ? "the limits of influxd's unit, while its own aren't known"
                   : "its limits");
    strbuf_release(&text);
}

static void print_entry(const struct price_entry *entry, const char *url)
{
    const char *guess = entry->server.index ? "" : ", so the dearer one counts, tsi1";

    if (!is_near(entry)) {
        print_line(entry, url);
        return;
    }
    out_printf("\nThe price that InfluxDB at %s pays at most; index %s%s:\n", url,
               influx_index_name(entry->server.index), guess);
    print_table(entry);
}

void price_print_text(const struct price *price, const struct settings *settings)
{
    struct strvec warnings = STRVEC_INIT;
    struct err err = ERR_INIT;

    for (size_t i = 0; i < price->count; i++)
        if (price->items[i].server.is_priced &&
            (price->items[i].added[PRICE_DATABASES] || price->items[i].added[PRICE_SHARDS]))
            print_entry(&price->items[i], url_of(settings, i));
    price_warnings(price, settings, &warnings);
    for (size_t i = 0; i < warnings.nr; i++)
        out_printf("note: %s\n", warnings.v[i]);
    if (price_check(price, settings, &err) < 0)
        out_printf("PROBLEM: %s\n  %s\n", err.message, err.hint);
    err_release(&err);
    strvec_release(&warnings);
}

/* JSON */

static json_t *figures_json(const int64_t *figures)
{
    static const char *const keys[PRICE_ITEMS] = {
        [PRICE_DATABASES] = "databases",     [PRICE_SHARDS] = "shards",
        [PRICE_DESCRIPTORS] = "descriptors", [PRICE_MAPS] = "maps",
        [PRICE_MEMORY] = "memory_bytes",     [PRICE_DISK] = "disk_bytes",
    };
    json_t *object = json_object();

    for (enum price_item i = 0; i < PRICE_ITEMS; i++)
        json_set_int(object, keys[i], figures[i]);
    return object;
}

static void set_limit(json_t *object, const char *key, const struct price_limit *limit)
{
    if (limit->origin == PRICE_NO_LIMIT)
        json_set(object, key, json_null());
    else
        json_set_int(object, key, limit->most);
}

static json_t *limits_json(const struct price_server *server)
{
    static const char *const words[] = {
        [PRICE_NO_LIMIT] = "unknown",
        [PRICE_ASSUMED] = "default",
        [PRICE_TOLD] = "told",
        [PRICE_MEASURED] = "process",
    };
    json_t *object = json_object();

    set_limit(object, "descriptors", &server->limits[PRICE_DESCRIPTORS]);
    set_limit(object, "maps", &server->limits[PRICE_MAPS]);
    set_limit(object, "memory_bytes", &server->limits[PRICE_MEMORY]);
    set_limit(object, "disk_bytes", &server->limits[PRICE_DISK]);
    json_set_text(object, "descriptors_from", words[server->limits[PRICE_DESCRIPTORS].origin]);
    return object;
}

static json_t *entry_json(const struct price_entry *entry, const char *url)
{
    json_t *object = json_object(), *lacks = json_array();

    json_set_text(object, "server", url);
    json_set_text(object, "index", influx_index_name(entry->server.index));
    json_set(object, "now", figures_json(entry->server.now));
    json_set(object, "added", figures_json(entry->added));
    json_set(object, "after", figures_json(entry->after));
    json_set(object, "week_later", figures_json(entry->week));
    json_set(object, "limits", limits_json(&entry->server));
    for (enum price_item i = 0; i < PRICE_ITEMS; i++)
        if (entry->lacks[i])
            json_array_append_new(lacks, json_text(price_item_name(i)));
    json_set_bool(object, "fits", json_array_size(lacks) == 0);
    json_set(object, "lacks", lacks);
    json_set_int(object, "policies_longer", (int64_t)entry->longer_count);
    json_set_int(object, "shard_seconds_longest", entry->longest_ns / CLOCK_SECOND_NS);
    return object;
}

json_t *price_json(const struct price *price, const struct settings *settings)
{
    json_t *list = json_array();

    for (size_t i = 0; i < price->count; i++)
        if (price->items[i].server.is_priced)
            json_array_append_new(list, entry_json(&price->items[i], url_of(settings, i)));
    return list;
}

/* What doesn't fit */

/* "descriptors: 30 now, 6,300 more, 6,330 in all, of 4,096" */
static void add_lack(struct strbuf *sb, const struct price_entry *entry, enum price_item item)
{
    const struct price_limit *limit = &entry->server.limits[item];

    strbuf_addf(sb, "%s: ", line_words[item][1]);
    add_shown(sb, item, entry->server.now[item]);
    strbuf_addstr(sb, " now, ");
    add_shown(sb, item, entry->added[item]);
    strbuf_addstr(sb, " more, ");
    add_shown(sb, item, entry->after[item]);
    strbuf_addstr(sb, " in all, of ");
    add_shown(sb, item, limit->most);
    strbuf_addstr(sb, limit->origin == PRICE_ASSUMED ? " by default" : "");
}

static void add_lacks(struct strbuf *sb, const struct price_entry *entry)
{
    const char *before = "";

    for (enum price_item i = 0; i < PRICE_ITEMS; i++) {
        if (!entry->lacks[i])
            continue;
        strbuf_addstr(sb, before);
        add_lack(sb, entry, i);
        before = "; ";
    }
}

/* A limit with room for growth: the next power of two behind what is needed and half as much. */
static int64_t limit_for(int64_t needed)
{
    int64_t limit = 1024;

    while (limit < needed + needed / 2)
        limit *= 2;
    return limit;
}

/* Adds the ways to mend it, the nearest first. */
static void add_mends(struct strbuf *sb, const struct price_entry *entry,
                      const struct settings *settings)
{
    const struct price_server *server = &entry->server;

    if (entry->lacks[PRICE_DESCRIPTORS] &&
        server->limits[PRICE_DESCRIPTORS].origin == PRICE_ASSUMED)
        strbuf_addstr(sb, "if the server's limit is another one, tell it by --target-descriptors N "
                          "(or descriptors in the target map); ");
    if (entry->lacks[PRICE_MAPS] && server->limits[PRICE_MAPS].origin == PRICE_ASSUMED)
        strbuf_addstr(sb, "likewise by --target-maps N (or maps); ");
    if (server->index == INFLUX_INDEX_UNKNOWN)
        strbuf_addstr(sb, "if its index-version is inmem, tell that by --target-index inmem (or "
                          "index), since it counts as tsi1; ");
    if (entry->lacks[PRICE_DESCRIPTORS])
        strbuf_addf(sb,
                    "on the server, 'systemctl edit influxdb' with [Service] LimitNOFILE=%" PRId64
                    ", and 'systemctl restart influxdb'; ",
                    limit_for(entry->week[PRICE_DESCRIPTORS]));
    if (entry->lacks[PRICE_MAPS])
        strbuf_addf(sb, "on the server, 'sysctl -w vm.max_map_count=%" PRId64 "'; ",
                    limit_for(entry->week[PRICE_MAPS]));
    if (entry->lacks[PRICE_MEMORY])
        strbuf_addstr(sb, "give the server more memory; ");
    if (settings->shard_duration_ns)
        strbuf_addstr(sb, "make longer shard groups (--shard-duration auto); ");
    if (server->index == INFLUX_INDEX_TSI1)
        strbuf_addstr(sb, "index-version = \"inmem\" makes a shard cheaper; ");
    strbuf_addstr(
        sb,
        "copy fewer tenants (--tenant, --shard), or spread them over more "
        "servers (tenants plan --spread); --ignore-limits begins all the same, and may hang the "
        "server, for everybody who writes to it");
}

int price_check(const struct price *price, const struct settings *settings, struct err *err)
{
    struct strbuf text = STRBUF_INIT, mends = STRBUF_INIT;

    for (size_t i = 0; i < price->count && !text.len; i++) {
        const struct price_entry *entry = &price->items[i];

        add_lacks(&text, entry);
        if (text.len)
            add_mends(&mends, entry, settings);
        if (text.len)
            err_set(err, ERR_CONFIG,
                    "the run doesn't fit on InfluxDB at %s: with %" PRId64
                    " database%s and %" PRId64 " shard%s more it needs %s",
                    url_of(settings, i), entry->added[PRICE_DATABASES],
                    PLURAL(entry->added[PRICE_DATABASES], "", "s"), entry->added[PRICE_SHARDS],
                    PLURAL(entry->added[PRICE_SHARDS], "", "s"), text.buf);
    }
    if (text.len)
        err_hint(err, "%s", mends.buf);
    strbuf_release(&mends);
    strbuf_release(&text);
    return err->code == ERR_NONE ? 0 : -1;
}

/* Warnings */

static bool matters(const struct price_entry *entry, enum price_item item)
{
    const struct price_limit *limit = &entry->server.limits[item];

    return limit->origin == PRICE_ASSUMED && entry->after[item] > limit->most / WORTH_TELLING;
}

static void warn_of_assumed(const struct price_entry *entry, const char *url,
                            struct strvec *warnings)
{
    struct strbuf text = STRBUF_INIT;

    if (!matters(entry, PRICE_DESCRIPTORS) && !matters(entry, PRICE_MAPS))
        return;
    strbuf_addf(&text, "the limits of InfluxDB at %s aren't known; they are taken to be ", url);
    add_shown(&text, PRICE_DESCRIPTORS, entry->server.limits[PRICE_DESCRIPTORS].most);
    strbuf_addstr(&text, " descriptors and ");
    add_shown(&text, PRICE_MAPS, entry->server.limits[PRICE_MAPS].most);
    strbuf_addstr(&text, " memory maps, of which the run needs up to ");
    add_shown(&text, PRICE_DESCRIPTORS, entry->after[PRICE_DESCRIPTORS]);
    strbuf_addstr(&text, " and ");
    add_shown(&text, PRICE_MAPS, entry->after[PRICE_MAPS]);
    strbuf_addstr(&text, "; --target-descriptors and --target-maps tell them");
    strvec_push(warnings, text.buf);
    strbuf_release(&text);
}

static void warn_of_week(const struct price_entry *entry, const char *url, struct strvec *warnings)
{
    for (enum price_item i = 0; i < PRICE_ITEMS; i++) {
        struct strbuf text = STRBUF_INIT;

        if (!entry->lacks_in_a_week[i] || entry->lacks[i])
            continue;
        strbuf_addf(&text,
                    "InfluxDB at %s will need more %s in a week than it may have, where every "
                    "tenant goes on: ",
                    url, titles[i]);
        add_shown(&text, i, entry->week[i]);
        strbuf_addstr(&text, " of ");
        add_shown(&text, i, entry->server.limits[i].most);
        strvec_push(warnings, text.buf);
        strbuf_release(&text);
    }
}

static void warn_of_lengths(const struct price_entry *entry, const char *url,
                            struct strvec *warnings)
{
    struct strbuf text = STRBUF_INIT;

    if (!entry->longer_count)
        return;
    strbuf_addf(
        &text,
        "InfluxDB at %s couldn't well take so many shards: of %zu new retention polic%s %zu "
        "get%s longer shard groups than its own, up to ",
        url, entry->free_count, PLURAL(entry->free_count, "y", "ies"), entry->longer_count,
        PLURAL(entry->longer_count, "s", ""));
    clock_add_duration(&text, entry->longest_ns);
    strbuf_addstr(&text, " (--shard-duration)");
    if (!entry->server.index)
        strbuf_addstr(&text, "; its index isn't known and counts as tsi1 (--target-index)");
    strvec_push(warnings, text.buf);
    strbuf_release(&text);
}

static void warn_of_disk(const struct price_entry *entry, const char *url, struct strvec *warnings)
{
    const struct price_limit *limit = &entry->server.limits[PRICE_DISK];
    struct strbuf text = STRBUF_INIT;

    if (limit->origin == PRICE_NO_LIMIT || entry->after[PRICE_DISK] <= limit->most)
        return;
    strbuf_addf(&text, "the disk of InfluxDB at %s may become full: the run adds about ", url);
    add_shown(&text, PRICE_DISK, entry->added[PRICE_DISK]);
    strbuf_addstr(&text, " MiB, and ");
    add_shown(&text, PRICE_DISK, limit->most - entry->server.now[PRICE_DISK]);
    strbuf_addstr(&text, " MiB are free");
    strvec_push(warnings, text.buf);
    strbuf_release(&text);
}

void price_warnings(const struct price *price, const struct settings *settings,
                    struct strvec *warnings)
{
    for (size_t i = 0; i < price->count; i++)
        if (price->items[i].server.is_priced) {
            warn_of_lengths(&price->items[i], url_of(settings, i), warnings);
            warn_of_assumed(&price->items[i], url_of(settings, i), warnings);
            warn_of_disk(&price->items[i], url_of(settings, i), warnings);
            warn_of_week(&price->items[i], url_of(settings, i), warnings);
        }
}
