/*
 * Reading points, exactly: chunked replies of /query in MessagePack (InfluxDB 1.4 and later).
 * MessagePack tells integers from floats, and keeps bytes that are no UTF-8; JSON does neither
 * (measured on 1.6.7).
 *
 * Memory is bounded by one chunk (8 MiB). Texts are bytes with a length, as the server has them,
 * and borrowed during the call.
 */
#ifndef INFLUX_POINTS_H
#define INFLUX_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "influx/msgpack.h"

struct points_text {
    const char *bytes;
    size_t len;
};

struct points_tag {
    struct points_text key, value;
};

/* A series, or a part of it. */
struct points_series {
    struct points_text measurement;
    const struct points_tag *tags; /* sorted by key; only those that the series has */
    size_t tag_count;
    const struct points_text *columns; /* columns[0] is "time" */
    size_t column_count;
};

/* Is a text this one? */
bool points_text_is(const struct points_text *text, const char *literal);
/* The value of a tag; NULL where the series lacks the tag. */
const struct points_text *points_tag_value(const struct points_series *series, const char *key);

struct points_reader {
    /*
     * Takes a row: values[0] is the time, an MSGPACK_INT in ns; a value is MSGPACK_NIL where the
     * point lacks the field. `new_series` is true for the first row of each part of a series.
     * Returns -1 with `err` set to end the reading.
     */
    int (*row)(void *context, const struct points_series *series, bool new_series,
               const struct msgpack_value *values, struct err *err);
    void *context;
    size_t max_chunk_bytes; /* 0: 8 MiB */

    /* Only the reader writes these. */
    struct strbuf pending;
    struct msgpack_scanner scanner;
    char *error; /* the first error that a result carried, or NULL */
    bool results;
    bool partial;   /* the last result said that more comes */
    bool too_large; /* reading failed since a chunk exceeds the bound: fewer rows may fit */
    int64_t rows;
    struct err err;
};

#define POINTS_READER_INIT                                                                         \
    {                                                                                              \
        NULL, NULL, 0, STRBUF_INIT, {0, 0, false}, NULL, false, false, false, 0, ERR_INIT          \
    }

void points_reader_release(struct points_reader *reader);
void points_reader_reset(struct points_reader *reader);
/* -1 once reading has failed; the reader's `err` then says why. */
int points_reader_feed(struct points_reader *reader, const char *bytes, size_t len);
/* Call it after the last byte. -1 on a reply that is empty, ends within a document, or ends where
 * it promised more. */
int points_reader_finish(struct points_reader *reader);

#endif
