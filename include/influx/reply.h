/*
 * Replies of InfluxDB's /query, read as they arrive.
 *
 * A reply is one JSON document, or with chunked=true one document a line. Each document is
 * {"results":[{"statement_id":0,"series":[{"name","tags","columns","values"}],"error"}]}; any of
 * them may carry an error, under HTTP status 200 too. A reader takes bytes in parts of any size and
 * hands each series over; memory is bounded by one line.
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
    /* Returns -1 with `err` set to end the reading. May be NULL. */
    int (*series)(void *context, const struct influx_series *series, struct err *err);
    void *context;
    size_t max_line_bytes; /* 0: no bound */

    /* Only the reader writes these. */
    struct strbuf line; /* the line that isn't complete yet */
    char *error;        /* the first error that a result carried: the server's words, or NULL */
    bool results;       /* at least one result came */
    bool partial;       /* the last result said that more comes */
    struct err err;     /* why reading stopped, if it did */
};

/* The caller sets `series`, `context` and `max_line_bytes`. */
#define INFLUX_READER_INIT                                                                         \
    {                                                                                              \
        NULL, NULL, 0, STRBUF_INIT, NULL, false, false, ERR_INIT                                   \
    }

void influx_reader_release(struct influx_reader *reader);
/* Empties the reader for another reply. */
void influx_reader_reset(struct influx_reader *reader);
/* -1 once reading has failed: the reply is malformed or too large, or `series` returned -1. The
 * reader's `err` then says why. */
int influx_reader_feed(struct influx_reader *reader, const char *bytes, size_t len);
/* Call it after the last byte: it reads a last line without a newline. -1 on a reply that is
 * malformed, empty, or ends where it promised more. */
int influx_reader_finish(struct influx_reader *reader);

/* The text of a cell as a name, the caller's to free; NULL if it is no string. */
char *influx_cell_name(const json_t *row, size_t column);
/* The integer of a cell; `fallback` where the cell is no number (null). */
int64_t influx_cell_int(const json_t *row, size_t column, int64_t fallback);
/* The index of the column with that title, or -1. */
int influx_column(const struct influx_series *series, const char *title);

/* Kinds of a server's errors, by what to do about them (facts: InfluxDB 1.6's sources, and
 * measured). */
enum influx_failure {
    INFLUX_FINE,
    INFLUX_UNKNOWN,    /* HTTP status 500 in words that aren't known here: it may pass, or not */
    INFLUX_RETRY,      /* busy or away: ask the same again, later */
    INFLUX_TOO_BIG,    /* a smaller window may work */
    INFLUX_RETENTION,  /* points beyond the target's retention policy: clip more */
    INFLUX_DENIED,     /* credentials or rights */
    INFLUX_CANT_REACH, /* no connection at all */
    INFLUX_FULL,       /* the server's disk has no room */
    INFLUX_REFUSED, /* the target won't take some points (type conflict), maybe took the others */
    INFLUX_FINAL,   /* will fail again: parse error, no such database, a limit of the server */
};

/* The kind of an error, from its words (NULL: none) and the HTTP status that came with it. */
enum influx_failure influx_classify(long status, const char *words);

/* Causes that a server names in its errors, by what helps against them. */
enum influx_cause {
    INFLUX_CAUSE_OTHER,           /* no cause that is known here */
    INFLUX_CAUSE_FIELD_TYPE,      /* the target holds a field with another type */
    INFLUX_CAUSE_SELECT_SERIES,   /* its limit max-select-series: less time is no help */
    INFLUX_CAUSE_SELECT,          /* another of its limits max-select-... */
    INFLUX_CAUSE_TAG_VALUES,      /* its limit max-values-per-tag */
    INFLUX_CAUSE_DATABASE_SERIES, /* its limit max-series-per-database */
    INFLUX_CAUSE_CACHE,           /* its cache is full: cache-max-memory-size */
    INFLUX_CAUSE_DISK,            /* its disk, or a quota there, is full */
    INFLUX_CAUSE_TIMEOUT,
    INFLUX_CAUSE_RIGHTS,    /* credentials or rights */
    INFLUX_CAUSE_RETENTION, /* points beyond the target's retention policy */
    INFLUX_CAUSE_NO_NUMBER, /* a result that JSON can't hold: a sum that overflows */
};

/* The cause of an error, from its words; they may stand within a longer message. */
enum influx_cause influx_cause_of(const char *words);
/* Are some of the points written refused, and the others fine? */
bool influx_is_of_points(const char *words);

#endif
