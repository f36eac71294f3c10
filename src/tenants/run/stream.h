/*
 * The engine `stream` reads points from the source and writes them to the target in batches, both
 * at once. It serves targets on another server, where SELECT INTO can't go.
 *
 * The reading pauses while the target is behind (back-pressure). So memory is bounded by a chunk of
 * the source, the batch that is being filled, and the batches in flight. Types are exact
 * (influx/points.h, influx/line.h).
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
 * Runs `query`, whose statement selects points, on `source`, and writes these points to the target.
 * In the end query->done is called as after influx_query_start(), with the failure and words of the
 * reading or the write that failed. Points that were written until then stay, and the next try
 * writes them again. Refused points are no failure, unless nobody takes them, which is
 * INFLUX_FINAL. `elapsed_ns` of the query lasts until the last write was acknowledged. `query` must
 * not move. A stream does one query at a time.
 */
void stream_start(struct stream *stream, struct influx_client *source, struct influx_query *query,
                  struct influx_client *target, const char *database, const char *policy);

/* Does the stream wait for the target's answer to a write? */
bool stream_is_writing(const struct stream *stream);
/* Ends the query of a target that is silent, as if the target couldn't be reached. `done` is called
 * before this returns. */
void stream_cancel(struct stream *stream, const char *words);

/* Count points of the last query: points that the target took, and points that were left out since
 * line protocol can't express them. */
int64_t stream_points(const struct stream *stream);
int64_t stream_inexpressible(const struct stream *stream);

/* Sets the callback that takes points that the target refuses: whole lines, borrowed, with the
 * server's words. It returns -1 to end the query. */
void stream_on_refused(struct stream *stream,
                       int (*refused)(void *context, const char *words, const char *lines,
                                      size_t len),
                       void *context);

/* For targets that keep numbers only: leaves out strings from now on, and points that have nothing
 * but strings. */
void stream_leave_strings(struct stream *stream);
/* Counts the strings of the last query that were left out. */
int64_t stream_strings(const struct stream *stream);
/* Has the target answered to a write of the last query, whatever it said? */
bool stream_target_answered(const struct stream *stream);
/* Did a write of the last query fail, rather than the reading? */
bool stream_write_failed(const struct stream *stream);

#endif
