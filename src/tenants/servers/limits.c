#include "tenants/servers/limits.h"

#include <string.h>

#include "base/log.h"
#include "influx/shard_stats.h"
#include "tenants/plan/target_facts.h"
#include "tenants/servers/process.h"

/* Descriptors, maps and memory of a server without databases (measured on 1.6.7). */
static const int64_t empty_server[PRICE_ITEMS] = {
    [PRICE_DESCRIPTORS] = 10,
    [PRICE_MAPS] = 70,
    [PRICE_MEMORY] = 16 * SETTINGS_MIB,
};

/* Asks what a server has open. A server that doesn't tell has nothing that is known; but tenants
 * can't be spread over such a one. */
static int ask_shards(struct shard_stats *stats, struct influx_client *client,
                      const struct settings *settings, size_t number, struct err *err)
{
    if (shard_stats_read(stats, client, settings->database, err) == 0)
        return 0;
    if (err->code == ERR_INTERRUPTED)
        return -1;
    if (settings_spreads(settings, number)) {
        err->code = ERR_CONNECT;
        err_wrap(err, "--spread: asking %s what it has", client->endpoint.base_url);
        return err_hint(err, "only an admin may ask that, and make databases");
    }
    log_debug("how many shards the server has isn't known: %s", err->message);
    err_release(err);
    return 0;
}

static struct price_limit limit_of(int64_t told, int64_t measured, int64_t assumed)
{
    if (told)
        return (struct price_limit){told, PRICE_TOLD};
    if (measured)
        return (struct price_limit){measured, PRICE_MEASURED};
    return (struct price_limit){assumed, assumed ? PRICE_ASSUMED : PRICE_NO_LIMIT};
}

static void set_limits(struct price_server *facts, const struct settings_limits *told,
                       const struct process *process, const struct shard_stats *stats)
{
    int64_t disk = stats->path ? process_disk_free(process, stats->path) : 0;

    facts->measured[PRICE_DESCRIPTORS] = process->descriptors_most;
    facts->measured[PRICE_MAPS] = process->maps_most;
    facts->limits[PRICE_DESCRIPTORS] =
        limit_of(told->descriptors, process->descriptors_most, PRICE_DEFAULT_DESCRIPTORS);
    facts->limits[PRICE_MAPS] = limit_of(told->maps, process->maps_most, PRICE_DEFAULT_MAPS);
    facts->limits[PRICE_MEMORY] = limit_of(told->memory_bytes, process->memory_most, 0);
    facts->limits[PRICE_DISK] = limit_of(0, disk ? facts->now[PRICE_DISK] + disk : 0, 0);
}

/* Takes the figures of the process where it was found. Else they follow from the shards. */
static void set_use(struct price_server *facts, const struct process *process)
{
    facts->process = process->pid;
    if (facts->process) {
        facts->now[PRICE_DESCRIPTORS] = process->descriptors;
        facts->now[PRICE_MAPS] = process->maps;
        facts->now[PRICE_MEMORY] = process->memory_bytes;
        return;
    }
    for (enum price_item i = 0; i < PRICE_ITEMS; i++)
        if (i != PRICE_DATABASES && i != PRICE_SHARDS && i != PRICE_DISK)
            facts->now[i] = empty_server[i] + price_of(i, facts->index, facts->now[PRICE_DATABASES],
                                                       facts->now[PRICE_SHARDS]);
}

static void set_facts(struct price_server *facts, const struct settings_limits *told,
                      const struct shard_stats *stats, const char *url)
{
    struct process process = {0};

    process_find(&process, url);
    facts->is_priced = true;
    facts->index = told->index ? told->index : process.index ? process.index : stats->index;
    facts->now[PRICE_DATABASES] = (int64_t)stats->databases.count;
    facts->now[PRICE_SHARDS] = stats->shards;
    facts->now[PRICE_DISK] = stats->bytes;
    set_use(facts, &process);
    set_limits(facts, told, &process, stats);
}

/* Are there points to be copied to a server that has a price? Or may there be? */
static bool is_priced(const struct plan *plan, const struct servers *servers, size_t number)
{
    if (!target_facts(servers->items[number].kind)->tells_shard_groups ||
        servers->items[number].away)
        return false;
    if (settings_spreads(plan->settings, number))
        return true;
    for (size_t i = 0; i < plan->tenant_count; i++)
        if (plan->tenants[i].server == number && !plan->tenants[i].problem &&
            plan->tenants[i].piece_count)
            return true;
    return false;
}

/* The server that pays for this one: the settings may name a server more than once. */
static size_t payer_of(const struct price_server *facts, const struct servers *servers,
                       size_t number)
{
    const char *url = servers->items[number].client.endpoint.base_url;

    for (size_t i = 0; i < number && facts[number].is_priced; i++)
        if (facts[i].is_priced &&
            ((facts[i].process && facts[i].process == facts[number].process) ||
             strcmp(servers->items[i].client.endpoint.base_url, url) == 0))
            return i;
    return number;
}

int limits_read(struct price_server *facts, const struct plan *plan, struct servers *servers,
                struct err *err)
{
    int64_t source_bytes = 0;

    for (size_t i = 0; i < servers->count; i++) {
        struct influx_client *client = &servers->items[i].client;
        struct shard_stats stats = {0};
        bool priced = is_priced(plan, servers, i);
        int rc = 0;

        facts[i] = (struct price_server){0};
        if (i == 0 || priced)
            rc = ask_shards(&stats, client, plan->settings, i, err);
        if (rc == 0 && i == 0)
            source_bytes = stats.database_bytes;
        if (rc == 0 && priced)
            set_facts(&facts[i], settings_limits(plan->settings, i), &stats,
                      client->endpoint.base_url);
        facts[i].source_bytes = source_bytes;
        facts[i].paid_by = payer_of(facts, servers, i);
        facts[i].is_priced = facts[i].is_priced && facts[i].paid_by == i;
        shard_stats_release(&stats);
        if (rc < 0)
            return -1;
    }
    return 0;
}
