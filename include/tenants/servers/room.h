/*
 * The room that servers have for more databases and shards while a run goes on.
 *
 * A plan's price is looked at before a run (tenants/plan/price.h). This is the second guard, for a
 * run that was begun in spite of it, and for a server that fills up by other hands meanwhile: a
 * tenant is begun only where its server has room for all shards that it may get, so that what was
 * begun can be finished. An InfluxDB that runs out of descriptors hangs.
 *
 * A server keeps a reserve of its limits. It is three quarters of what price_bound() leaves, so
 * that a run which fits by its price never ends here because of a rounded figure.
 */
#ifndef TENANTS_SERVERS_ROOM_H
#define TENANTS_SERVERS_ROOM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/strbuf.h"
#include "tenants/plan/price.h"

struct servers;

/* Of descriptors and memory maps; the other items aren't used. All zero: no limit is known. */
struct room {
    pid_t process; /* whose use can be looked at; 0: it can't */
    enum influx_index index;
    int64_t limit[PRICE_ITEMS];
    int64_t most[PRICE_ITEMS];  /* the limit without the reserve; 0: there is no limit */
    int64_t used[PRICE_ITEMS];  /* when it was looked at */
    int64_t taken[PRICE_ITEMS]; /* promised since */
    int64_t looked_ns;          /* when it was looked at; monotonic */
    int64_t look_ns;            /* how long that took */
};

/* Pure */

/* `only_measured`: no limits count but those of the process, where it was found. */
void room_init(struct room *room, const struct price_server *facts, bool only_measured);
/* The item that doesn't suffice for so many more databases and shards; PRICE_ITEMS: it fits. */
enum price_item room_lacks(const struct room *room, int64_t databases, int64_t shards);
void room_take(struct room *room, int64_t databases, int64_t shards);
/* Is less than four fifths of each limit in use? */
bool room_is_easy(const struct room *room);
/* Has the server less than a third of its reserve by now? The item; PRICE_ITEMS: no. Connections
 * come and go, and what was begun is to be finished. */
enum price_item room_is_short(const struct room *room);
/* May it have run out of something, by what was promised? The item; PRICE_ITEMS: hardly. */
enum price_item room_is_crowded(const struct room *room);
/* Adds how much is in use, what was promised in this run, and the reserve. */
void room_add_words(struct strbuf *sb, const struct room *room, enum price_item item);

/* Acting */

/* Gives the servers their rooms, by the price of a plan. */
void rooms_set(struct servers *servers, const struct price *price, bool only_measured);
/* Looks at the process again, where there is one: false where that isn't possible. */
bool room_look(struct room *room);
/* Does the same when all that was promised is made: then only what is in use counts. */
void room_settle(struct room *room);
/* The room of a server, which it may share with another one. */
struct room *room_of(const struct servers *servers, size_t number);
/*
 * Begins tenants in the plan's order: those for which there is no room stay, or become, held back.
 * Returns how many were held back before and aren't any more; `ret_held_back` counts the others.
 */
size_t rooms_admit(struct plan *plan, const struct servers *servers, size_t *ret_held_back);
/* The item for whose lack a tenant is held back. */
enum price_item rooms_item_for(const struct plan *plan, const struct servers *servers,
                               size_t tenant);

#endif
