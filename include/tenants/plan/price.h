/*
 * The price of a plan: what databases and shards cost the servers that will hold them, before,
 * after a run, and after one more week; and whether that fits.
 *
 * An InfluxDB 1.x pays for every database and every shard with file descriptors, memory maps and
 * memory, however few points there are. One that runs out of descriptors refuses nothing: it hangs,
 * for everybody who writes to it (measured on 1.6.7). A VictoriaMetrics has no such price; that of
 * an InfluxDB 2 isn't known here.
 *
 * All is pure: price_place says what a plan wants, price_server what a server has; servers/limits.h
 * finds the latter. The figures are an upper bound: a catalogue doesn't tell in which shard groups
 * of the source a tenant has points, so a tenant is taken to have some in all that it needs.
 */
#ifndef TENANTS_PLAN_PRICE_H
#define TENANTS_PLAN_PRICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tenants/plan/holding.h"
#include "tenants/plan/plan.h"
#include "tenants/plan/range.h"

enum price_item {
    PRICE_DATABASES,
    PRICE_SHARDS,
    PRICE_DESCRIPTORS,
    PRICE_MAPS,
    PRICE_MEMORY, /* bytes */
    PRICE_DISK,   /* bytes */
    PRICE_ITEMS,
};

/* Where a limit is from. */
enum price_origin {
    PRICE_NO_LIMIT, /* none is known; nothing is refused for it */
    PRICE_ASSUMED,  /* the default of influxd's unit, or of the kernel */
    PRICE_TOLD,     /* by an option or the target map */
    PRICE_MEASURED, /* of the process that listens at the server's address */
};

struct price_limit {
    int64_t most;
    enum price_origin origin;
};

/* The defaults: LimitNOFILE of influxd's unit, and vm.max_map_count of Linux. */
#define PRICE_DEFAULT_DESCRIPTORS 65536
#define PRICE_DEFAULT_MAPS        65530

/* The facts about a server. */
struct price_server {
    bool is_priced;  /* an InfluxDB 1.x that isn't away, to which the plan copies something */
    int64_t process; /* its id: the figures of `now` are of that process; 0: it wasn't found */
    size_t paid_by;  /* the number of the server that pays: this one, or an earlier one where both
                        are the same server by two names or users */
    enum influx_index index; /* unknown: priced as the dearer one, tsi1 */
    int64_t now[PRICE_ITEMS];
    struct price_limit limits[PRICE_ITEMS];
    int64_t measured[PRICE_ITEMS]; /* limits of the process, whatever was told; 0: not known */
    int64_t source_bytes; /* on the disk, of the source's database; the same for all servers */
};

/* What a plan wants of a policy of a target. */
struct price_place {
    size_t server;
    struct range_list time;      /* that is to be written */
    const struct holding *there; /* the shard groups that it has; NULL: none, or not known */
    int64_t length_ns;           /* of its shard groups */
    int64_t keeps_ns;            /* its retention; 0: forever */
    bool is_free;                /* the run makes it, and may choose the length */
    bool makes_database;
    int64_t weight; /* measurements of the tenant; tells who has many points */
    double share;   /* of the source's points, 0 to 1 */
};

/* The price of one server. */
struct price_entry {
    struct price_server server;
    int64_t added[PRICE_ITEMS]; /* by the run */
    int64_t after[PRICE_ITEMS];
    int64_t week[PRICE_ITEMS]; /* after one more week, if every tenant goes on */
    bool lacks[PRICE_ITEMS];   /* the run adds of it, and needs more than there may be */
    bool lacks_in_a_week[PRICE_ITEMS];
    /* Of the places whose length was free. */
    size_t free_count, longer_count; /* all; longer than the server would choose */
    int64_t longest_ns;
};

struct price {
    struct price_entry *items; /* one for each server, by number; not priced: all zero */
    size_t count;
};

/* "descriptors" */
const char *price_item_name(enum price_item item);
/* How much of an item so many databases and shards take. */
int64_t price_of(enum price_item item, enum influx_index index, int64_t databases, int64_t shards);
/* How much of a limit a plan may use: a part is left to connections, compactions and log files. */
int64_t price_bound(const struct price_limit *limit);

/* How many shards a place's time adds, in groups of this length. */
int64_t price_new_shards(const struct price_place *place, int64_t length_ns);

/*
 * The price of one server: what is `now`, and what the places that are on server `number` add.
 * `now_ns` is the time from which the week counts.
 */
void price_server_entry(struct price_entry *entry, const struct price_server *server, size_t number,
                        const struct price_place *places, size_t count, int64_t now_ns);

/*
 * Chooses the length of the shard groups of all free places on a server, so that a shard is worth
 * its price. While the server has room, they stay as they are, which is as long as the server would
 * choose. Else those of the tenants with the fewest points become longer first, until the run takes
 * no more than half of each limit; where that can't be, until it fits, with a week more; where not
 * even that can be, until it fits. A policy that deletes points keeps groups of a quarter of its
 * time at most, since a group is deleted as a whole.
 */
void price_choose_lengths(const struct price_server *server, size_t number,
                          struct price_place *places, size_t count, int64_t now_ns);

/*
 * Makes the price of a plan; release it. Sets the length of the shard groups of policies that are
 * made, unless --shard-duration names one. `facts` are by server, `there` (may be NULL) by place.
 */
void price_make(struct price *price, struct plan *plan, const struct price_server *facts,
                size_t server_count, const struct holding *there);
void price_release(struct price *price);

/* Does the run fit on all servers? */
bool price_fits(const struct price *price);

#endif
