/*
 * Replies of InfluxDB's /query, read as they arrive.
 *
 * A reply is one JSON document, or with chunked=true one a line. Each is
 * {"results":[{"statement_id":0,"series":[{"name","tags","columns","values"}],"error"}]}, and HTTP
 * 200 may carry an error in any of them. A reader takes bytes in parts of any size and hands each
 * series over; memory is bounded by one line.
 */
#ifndef INFLUX_REPLY_H
#define INFLUX_REPLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

/* A part of a series; all borrowed, valid during the call. */
struct influx_series {
    int64_t statement_id;
    const char *name; /* the measurement, as a name (influx/quote.h); "" where there is none */
    const json_t *columns;
    const json_t *values; /* rows */
};

struct influx_reader {
    /* -1 with `err` set ends the reading. May be NULL. */
    int (*series)(void *context, const struct influx_series *series, struct err *err);
    void *context;
    size_t max_line_bytes; /* 0: no bound */

    /* What was read so far; the reader's own. */
    struct strbuf line;
    char *error;    /* the first error that a result carried: the server's words, or NULL */
    bool results;   /* at least one result came */
    bool partial;   /* the last one said that more comes */
    struct err err; /* why reading stopped, if it did */
};

/* The two functions come from the caller; the rest is zero. */
#define INFLUX_READER_INIT                                                                         \
    {                                                                                              \
        NULL, NULL, 0, STRBUF_INIT, NULL, false, false, ERR_INIT                                   \
    }

void influx_reader_release(struct influx_reader *reader);
/* Empties it for another reply. */
void influx_reader_reset(struct influx_reader *reader);
/* -1 once reading has failed (malformed, too large, or the callback's word); then `err` of the
 * reader tells. */
int influx_reader_feed(struct influx_reader *reader, const char *bytes, size_t len);
/* After the last byte: reads what stands without a newline at the end. -1 on a reply that is
 * malformed, empty, or ends where it promised more. */
int influx_reader_finish(struct influx_reader *reader);

/* The text of a cell as a name, the caller's to free; NULL if it is no string. */
char *influx_cell_name(const json_t *row, size_t column);
/* The integer of a cell, `fallback` if it is no number (null). */
int64_t influx_cell_int(const json_t *row, size_t column, int64_t fallback);
/* The column of that title, or -1. */
int influx_column(const struct influx_series *series, const char *title);

/* What to do about an error, by the server's words and the HTTP status (facts: InfluxDB 1.6's
 * sources, and measured). */
enum influx_failure {
    INFLUX_FINE,
    INFLUX_RETRY,      /* busy or away: the same again, later */
    INFLUX_TOO_BIG,    /* a smaller window may work */
    INFLUX_RETENTION,  /* points beyond the target's retention policy: clip more */
    INFLUX_DENIED,     /* credentials or rights */
    INFLUX_CANT_REACH, /* no connection at all */
    INFLUX_FULL,       /* the server's disk has no room */
    INFLUX_REFUSED,    /* points that the target won't take: type conflict. The others may be in */
    INFLUX_FINAL,      /* will fail again: parse error, no such database, a limit of the server */
};

/* For the words of an error and the HTTP status that came with it. */
enum influx_failure influx_classify(long status, const char *words);
/* Is it too big because the series are too many? Less time is no help then. */
bool influx_is_of_series(const char *words);
/* Are some of the points written refused, and the others fine? */
bool influx_is_of_points(const char *words);

#endif
