/*
 * The engine `stream`: reads points from the source and writes them to the target in batches, both
 * at once.
 *
 * Reading stops while the target is behind (back-pressure), so memory is bounded: a chunk of the
 * source, the batch that is being filled, and those in flight. Types are exact (influx/points.h,
 * influx/line.h). For targets on another server, where SELECT INTO can't go.
 *
 * Points that the target refuses are told apart from the others of their batch, and handed over as
 * they come.
 */
#ifndef TENANTS_RUN_STREAM_H
#define TENANTS_RUN_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "influx/client.h"

struct stream;

struct stream *stream_new(void);
void stream_free(struct stream *stream);

/*
 * Runs `query`, whose statement selects points, on `source`, and writes what it gives to the
 * target. In the end query->done is called as after influx_query_start(), with the failure and
 * words of whatever failed, the reading or a write; what was written until then stays, and is
 * written again by the next try. Points that are refused are no failure, unless nobody takes them,
 * which is INFLUX_FINAL. `elapsed_ns` of the query lasts until the last write was acknowledged.
 * `query` must stay in place. A stream does one query at a time.
 */
void stream_start(struct stream *stream, struct influx_client *source, struct influx_query *query,
                  struct influx_client *target, const char *database, const char *policy);

/* Does it wait for the target's answer to a write? */
bool stream_is_writing(const struct stream *stream);
/* Ends it as if the target couldn't be reached: that is silent. `done` is called before this
 * returns. */
void stream_cancel(struct stream *stream, const char *words);

/* Of the last query: points that the target took, and those that line protocol can't express, which
 * were left out. */
int64_t stream_points(const struct stream *stream);
int64_t stream_inexpressible(const struct stream *stream);

/* Who takes the points that the target refuses: whole lines, borrowed, with the server's words. -1
 * ends the query. */
void stream_on_refused(struct stream *stream,
                       int (*refused)(void *context, const char *words, const char *lines,
                                      size_t len),
                       void *context);

/* For targets that keep numbers only: strings are left out from here on, and so are points that
 * have nothing else. */
void stream_leave_strings(struct stream *stream);
/* Of the last query: strings that were left out. */
int64_t stream_strings(const struct stream *stream);
/* Has the target answered to the last query's writes, whatever it said? */
bool stream_target_answered(const struct stream *stream);
/* Was it a write that failed last, rather than the reading? */
bool stream_write_failed(const struct stream *stream);

#endif
