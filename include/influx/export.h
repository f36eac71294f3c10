/*
 * VictoriaMetrics' export (/api/v1/export), read as it arrives: a series, or a part of it, in each
 * line, as JSON:
 *
 *     {"metric":{"__name__":"cpu_value","db":"mon_a"},"values":[1,2],"timestamps":[1700000000123,...]}
 *
 * Times are in milliseconds, and sorted within a line. Memory is bounded by one line; the request
 * asks for lines of at most EXPORT_LINE_ROWS rows.
 */
#ifndef INFLUX_EXPORT_H
#define INFLUX_EXPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

#define EXPORT_LINE_ROWS 10000

/* A part of a series; all borrowed, valid during the call. */
struct export_line {
    const json_t *labels;     /* an object of texts; the name is __name__ */
    const json_t *values;     /* real numbers; any other type stands for NaN */
    const json_t *timestamps; /* real numbers, as many */
    size_t count;
};

struct export_reader {
    /* Returns -1 with `err` set to end the reading. */
    int (*line)(void *context, const struct export_line *line, struct err *err);
    void *context;

    /* Only the reader writes these. */
    struct strbuf pending;
    struct err err;
};

#define EXPORT_READER_INIT                                                                         \
    {                                                                                              \
        NULL, NULL, STRBUF_INIT, ERR_INIT                                                          \
    }

void export_reader_release(struct export_reader *reader);
void export_reader_reset(struct export_reader *reader);
/* -1 once reading has failed; the reader's `err` then says why. */
int export_reader_feed(struct export_reader *reader, const char *bytes, size_t len);
/* Call it after the last byte. -1 on a reply that ends within a line. */
int export_reader_finish(struct export_reader *reader);

/* Reads the number at `index` of a list of the line; false where no number stands there. */
bool export_number(const json_t *list, size_t index, double *ret);

#endif
