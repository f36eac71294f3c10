/*
 * Shards of a database that its server knows of and doesn't have open: nobody can read their
 * points, and no query says so.
 *
 * SHOW SHARDS lists all, SHOW STATS FOR 'shard' those that are open (1.6 to 1.12). A shard whose
 * files are damaged isn't opened when the server starts: an error in its log, and no more.
 *
 * A shard group whose shard was never made looks the same. The server makes a group ahead of its
 * time (shard-precreation) and the shard itself with the first point. So a group that begins after
 * the server was started is taken for one without points: if it had any, they were written since,
 * and its shard is open; or, before, into the server's future. The rest can't be told apart: where
 * nobody wrote for the whole time of a group, and the server was started later, its shard counts as
 * closed. The operator's guide says how to find out.
 */
#ifndef INFLUX_SHARDS_H
#define INFLUX_SHARDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "influx/client.h"

struct shard {
    int64_t id; /* the server gives it once */
    char *policy;
    int64_t start_ns, end_ns; /* [start, end) */
};

struct shard_list {
    struct shard *items; /* sorted by id */
    size_t count, alloc;
    char *unknown; /* why it isn't known which shards are open, in the server's words; NULL: it is.
                      The user may lack the right to see it, or other nodes hold shards. */
};

/*
 * Finds the shards of a database that aren't open, in two requests, and in up to five where
 * some aren't. `now_ns` is the server's clock. `closed` must be zero; release it in any case. Where
 * the server doesn't tell, the list is empty and has `unknown`; that is no error. Errors: as
 * influx_query_run().
 */
int shards_find_closed(struct shard_list *closed, struct influx_client *client,
                       const char *database, int64_t now_ns, struct err *err);
/* As shards_find_closed(), but in one request where the server runs since before `since_ns`: while
 * it runs it closes none, and `closed` stays empty. */
int shards_find_closed_since(struct shard_list *closed, struct influx_client *client,
                             const char *database, int64_t since_ns, int64_t now_ns,
                             struct err *err);
/* Is a shard of this id in the list? */
bool shard_list_has(const struct shard_list *list, int64_t id);
void shard_list_release(struct shard_list *list);

#endif
