#include "stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "influx/line.h"
#include "influx/refusal.h"

/* A batch is large enough that a request's overhead doesn't count, and far below the server's limit
 * of 25 MB. */
#define BATCH_BYTES ((size_t)1024 * 1024)

enum { WRITES_IN_FLIGHT = 2 };

struct slot {
    struct stream *stream;
    struct influx_write write;
    bool busy;
    int64_t points;
    struct strbuf *parts; /* parts of a refused batch that are yet to be written, the last first */
    size_t part_count, part_alloc;
};

struct stream {
    struct influx_client *target;
    struct influx_query *query;
    void (*done)(struct influx_query *query); /* the caller's callback, */
    void *context;                            /* and its context */
    struct points_reader reader;
    struct strbuf head;  /* measurement and tags of the series at hand, as line protocol */
    bool head_is_good;   /* line protocol can express them */
    struct strbuf batch; /* the batch that is being filled */
    int64_t batch_points, points, inexpressible, started_ns;
    int (*refused)(void *context, const char *words, const char *lines, size_t len); /* or NULL */
    void *refused_context;
    bool has_refused; /* the target refused points of this query */
    struct slot slots[WRITES_IN_FLIGHT];
    bool reading, paused;
    bool leaves_strings;
    int64_t strings;              /* strings that were left out */
    struct msgpack_value *values; /* room for a row without its strings */
    size_t value_alloc;
    enum influx_failure failure; /* why the first write failed that did; else INFLUX_FINE */
    char *words;                 /* the server's words for that */
};

struct stream *stream_new(void)
{
    struct stream *stream = xcalloc(1, sizeof(*stream));

    stream->reader = (struct points_reader)POINTS_READER_INIT;
    stream->head = (struct strbuf)STRBUF_INIT;
    stream->batch = (struct strbuf)STRBUF_INIT;
    for (size_t i = 0; i < WRITES_IN_FLIGHT; i++) {
        stream->slots[i].stream = stream;
        stream->slots[i].write = (struct influx_write)INFLUX_WRITE_INIT;
    }
    return stream;
}

static void drop_parts(struct slot *slot)
{
    while (slot->part_count)
        strbuf_release(&slot->parts[--slot->part_count]);
}

void stream_free(struct stream *stream)
{
    if (!stream)
        return;
    points_reader_release(&stream->reader);
    strbuf_release(&stream->head);
    strbuf_release(&stream->batch);
    for (size_t i = 0; i < WRITES_IN_FLIGHT; i++) {
        drop_parts(&stream->slots[i]);
        free(stream->slots[i].parts);
        influx_write_release(&stream->slots[i].write);
    }
    free(stream->words);
    free(stream->values);
    free(stream);
}

bool stream_is_writing(const struct stream *stream)
{
    for (size_t i = 0; i < WRITES_IN_FLIGHT; i++)
        if (stream->slots[i].busy)
            return true;
    return false;
}

/* Ends the query: reading and writing are over. The failure of a write hides that of the reading,
 * which was cancelled for it. */
static void finish(struct stream *stream)
{
    struct influx_query *query = stream->query;

    if (query->failure == INFLUX_FINE || stream->failure != INFLUX_FINE) {
        free(query->words);
        query->failure = stream->failure;
        query->words = xstrdup_or_null(stream->words);
    }
    query->points = NULL;
    query->elapsed_ns = clock_monotonic_ns() - stream->started_ns;
    query->done = stream->done;
    query->context = stream->context;
    query->done(query);
}

static void send_batch(struct stream *stream, struct slot *slot)
{
    struct strbuf sent = slot->write.lines;

    slot->write.lines = stream->batch;
    stream->batch = sent;
    strbuf_reset(&stream->batch);
    slot->points = stream->batch_points;
    stream->batch_points = 0;
    slot->busy = true;
    influx_write_start(stream->target, &slot->write);
}

/* Sends full batches (and the last one, when all is read) as long as a write may start. Pauses the
 * reading where none may, and resumes it. */
static void pump(struct stream *stream)
{
    size_t least = stream->reading ? BATCH_BYTES : 1;
    /* The first batch goes alone: it may make a shard, and InfluxDB loses points where two writes
     * come at once into a new shard. */
    size_t writes = stream->points ? WRITES_IN_FLIGHT : 1;

    for (size_t i = 0; i < writes && stream->failure == INFLUX_FINE; i++)
        if (!stream->slots[i].busy && stream->batch.len >= least)
            send_batch(stream, &stream->slots[i]);
    if (!stream->reading)
        return;
    if (stream->batch.len >= BATCH_BYTES && !stream->paused) {
        stream->paused = true;
        http_pause(stream->query->request);
    } else if (stream->batch.len < BATCH_BYTES && stream->paused) {
        stream->paused = false;
        http_resume(stream->query->request);
    }
}

static void fail(struct stream *stream, enum influx_failure failure, const char *words)
{
    if (stream->failure != INFLUX_FINE)
        return;
    stream->failure = failure;
    stream->words = xstrdup(words);
}

static struct strbuf *add_part(struct slot *slot)
{
    GROW(slot->parts, slot->part_count, slot->part_alloc);
    slot->parts[slot->part_count] = (struct strbuf)STRBUF_INIT;
    return &slot->parts[slot->part_count++];
}

/* Hands the lines of a write over where all of them are refused. Else writes them again, in two
 * parts: the lines that the words condemn, and the others. */
static void on_refused(struct slot *slot)
{
    struct stream *stream = slot->stream;
    const char *words = slot->write.words;
    const struct strbuf *lines = &slot->write.lines;
    struct strbuf condemned = STRBUF_INIT;

    if (!refusal_is_of_all(words, lines->buf, lines->len)) {
        refusal_split(words, lines->buf, lines->len, &condemned, add_part(slot));
        *add_part(slot) = condemned;
        return;
    }
    stream->has_refused = true;
    if (!stream->refused ||
        stream->refused(stream->refused_context, words, lines->buf, lines->len) < 0)
        fail(stream, INFLUX_FINAL, words);
}

static void write_part(struct slot *slot)
{
    strbuf_release(&slot->write.lines);
    slot->write.lines = slot->parts[--slot->part_count];
    slot->points = (int64_t)line_count(slot->write.lines.buf, slot->write.lines.len);
    slot->busy = true;
    influx_write_start(slot->stream->target, &slot->write);
}

static void on_written(struct influx_write *write)
{
    struct slot *slot = write->context;
    struct stream *stream = slot->stream;

    slot->busy = false;
    if (write->failure == INFLUX_FINE)
        stream->points += slot->points;
    else if (write->failure == INFLUX_REFUSED)
        on_refused(slot);
    else
        fail(stream, write->failure, write->words);
    if (stream->failure != INFLUX_FINE && stream->reading) {
        http_cancel(stream->query->request);
        return; /* the cancelling called on_read(), which went on from here */
    }
    if (stream->failure == INFLUX_FINE && slot->part_count) {
        write_part(slot);
        return;
    }
    pump(stream);
    if (!stream->reading && !stream_is_writing(stream))
        finish(stream);
}

/* Copies a row without its strings; NULL where it has nothing but strings. */
static const struct msgpack_value *without_strings(struct stream *stream,
                                                   const struct points_series *series,
                                                   const struct msgpack_value *values)
{
    size_t count = series->column_count, rest = 0;

    while (stream->value_alloc < count)
        GROW(stream->values, stream->value_alloc, stream->value_alloc);
    for (size_t i = 0; i < count; i++) {
        stream->values[i] = values[i];
        if (i && values[i].type == MSGPACK_STRING) {
            stream->values[i].type = MSGPACK_NIL;
            stream->strings++;
        }
        rest += i && stream->values[i].type != MSGPACK_NIL;
    }
    return rest ? stream->values : NULL;
}

static int on_row(void *context, const struct points_series *series, bool new_series,
                  const struct msgpack_value *values, struct err *err)
{
    struct stream *stream = context;

    (void)err;
    if (new_series) {
        strbuf_reset(&stream->head);
        stream->head_is_good = line_add_series(&stream->head, series);
    }
    if (stream->leaves_strings && !(values = without_strings(stream, series, values)))
        return 0;
    if (stream->head_is_good && line_add_point(&stream->batch, &stream->head, series, values))
        stream->batch_points++;
    else
        stream->inexpressible++;
    pump(stream);
    return 0;
}

/* The reading is over, well or not. */
static void on_read(struct influx_query *query)
{
    struct stream *stream = query->context;

    stream->reading = false;
    if (query->failure == INFLUX_FINE)
        pump(stream);
    if (!stream_is_writing(stream))
        finish(stream);
}

void stream_start(struct stream *stream, struct influx_client *source, struct influx_query *query,
                  struct influx_client *target, const char *database, const char *policy)
{
    stream->target = target;
    stream->query = query;
    stream->done = query->done;
    stream->context = query->context;
    stream->points = stream->inexpressible = stream->batch_points = stream->strings = 0;
    stream->started_ns = clock_monotonic_ns();
    strbuf_reset(&stream->batch);
    stream->has_refused = false;
    stream->failure = INFLUX_FINE;
    free(stream->words);
    stream->words = NULL;
    stream->reading = true;
    stream->paused = false;
    for (size_t i = 0; i < WRITES_IN_FLIGHT; i++) {
        drop_parts(&stream->slots[i]);
        stream->slots[i].write.database = database;
        stream->slots[i].write.policy = policy;
        stream->slots[i].write.done = on_written;
        stream->slots[i].write.context = &stream->slots[i];
    }
    stream->reader.row = on_row;
    stream->reader.context = stream;
    query->points = &stream->reader;
    query->done = on_read;
    query->context = stream;
    influx_query_start(source, query);
}

void stream_cancel(struct stream *stream, const char *words)
{
    fail(stream, INFLUX_CANT_REACH, words);
    for (size_t i = 0; i < WRITES_IN_FLIGHT; i++)
        if (stream->slots[i].busy)
            http_cancel(stream->slots[i].write.request);
    if (stream->reading)
        http_cancel(stream->query->request);
}

int64_t stream_points(const struct stream *stream)
{
    return stream->points;
}

int64_t stream_inexpressible(const struct stream *stream)
{
    return stream->inexpressible;
}

void stream_on_refused(struct stream *stream,
                       int (*refused)(void *context, const char *words, const char *lines,
                                      size_t len),
                       void *context)
{
    stream->refused = refused;
    stream->refused_context = context;
}

void stream_leave_strings(struct stream *stream)
{
    stream->leaves_strings = true;
}

int64_t stream_strings(const struct stream *stream)
{
    return stream->strings;
}

bool stream_target_answered(const struct stream *stream)
{
    return stream->points || stream->has_refused ||
           (stream->failure != INFLUX_FINE && stream->failure != INFLUX_CANT_REACH);
}

bool stream_write_failed(const struct stream *stream)
{
    return stream->failure != INFLUX_FINE;
}
