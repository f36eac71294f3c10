/*
 * What a target held when a run ended: its shard groups, so that the next run notices what it lost.
 *
 * A shard group has a number that the server never gives twice. One that was there and isn't any
 * more took the points of its time with it: the database was dropped and made anew by somebody
 * else, a shard was dropped, or the server came back from an older copy of its files. Retention
 * takes groups too, but only those that are older than what is copied at all. Nothing here talks to
 * a server.
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
/* In any order; an id that is there already is left alone. */
void holding_add(struct holding *holding, struct holding_group group);
/* Is all of the range in its groups? */
bool holding_covers(const struct holding *holding, struct range range);
/* As the journal writes it: "ID START END\n" for each group. */
void holding_add_text(struct strbuf *sb, const struct holding *holding);
/* Adds what such a text says; what is no such line is passed over. */
void holding_parse(struct holding *holding, const char *text);
/* Adds to `lost` the time, not older than `oldest_ns`, of groups that `before` has and `now` has
 * not, or with other times. */
void holding_compare(const struct holding *before, const struct holding *now, int64_t oldest_ns,
                     struct range_list *lost);

#endif
