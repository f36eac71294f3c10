/*
 * The holding of a target: the shard groups that it held when a run ended. The next run compares,
 * and so notices what the target lost.
 *
 * A shard group has an id that its server never gives twice. A group that is gone took the points
 * of its time along: somebody dropped the database and made it anew, or dropped a shard, or the
 * server was restored from an older copy of its files. Retention deletes groups as well, but only
 * groups that are older than anything that is copied.
 *
 * Nothing here talks to a server.
 */
#ifndef TENANTS_PLAN_HOLDING_H
#define TENANTS_PLAN_HOLDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "tenants/plan/range.h"

struct holding_group {
    int64_t id;
    struct range range;
};

/* The shard groups of one target, sorted by id. */
struct holding {
    struct holding_group *items;
    size_t count, alloc;
};

void holding_release(struct holding *holding);
/* Groups may come in any order. A group whose id is there already is ignored. */
void holding_add(struct holding *holding, struct holding_group group);
/* Is all of the range in its groups? */
bool holding_covers(const struct holding *holding, struct range range);
/* The text that the journal keeps: "ID START END\n" for each group, times in nanoseconds. */
void holding_add_text(struct strbuf *sb, const struct holding *holding);
/* Adds the groups of such a text. A line of another form is ignored. */
void holding_parse(struct holding *holding, const char *text);
/* Adds to `lost` the time of each group that `before` has and `now` lacks, or has with other times;
 * only time from `oldest_ns` on. */
void holding_compare(const struct holding *before, const struct holding *now, int64_t oldest_ns,
                     struct range_list *lost);

#endif
