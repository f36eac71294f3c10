/*
 * Replies of /query in JSON: any bytes, in parts of any size, must be read or refused, the same way
 * whatever the parts. tests/fuzz/run builds and runs it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "influx/reply.h"
#include "tenants/run/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_series(void *context, const struct influx_series *series, struct err *err)
{
    struct strbuf *seen = context;
    size_t index;
    json_t *row;

    (void)err;
    strbuf_addf(seen, "%s %d\n", series->name, influx_column(series, "name"));
    json_array_foreach (series->values, index, row) {
        char *name = influx_cell_name(row, 0);

        strbuf_addf(seen, "%s %lld\n", name ? name : "-", (long long)influx_cell_int(row, 1, -1));
        free(name);
    }
    return 0;
}

/* What a reader makes of the bytes in parts of `part`: whole or not, its error, and the series. */
static void read_in_parts(const char *bytes, size_t size, size_t part, struct strbuf *seen)
{
    struct influx_reader reader = INFLUX_READER_INIT;
    int rc = 0;

    reader.series = on_series;
    reader.context = seen;
    for (size_t at = 0; at < size && rc == 0; at += part)
        rc = influx_reader_feed(&reader, bytes + at, size - at < part ? size - at : part);
    if (rc == 0)
        rc = influx_reader_finish(&reader);
    strbuf_addf(seen, "%d %s\n", rc, reader.error ? reader.error : "");
    influx_classify(200, reader.error);
    influx_reader_release(&reader);
}

static void count(const char *bytes, size_t size,
                  int (*read)(void *, const struct influx_series *, struct err *))
{
    struct influx_reader reader = INFLUX_READER_INIT;
    struct check check = CHECK_INIT;

    reader.series = read;
    reader.context = &check;
    influx_reader_feed(&reader, bytes, size);
    influx_reader_finish(&reader);
    check_compare(&check);
    check_is_whole(&check, 1, 1);
    check_release(&check);
    influx_reader_release(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strbuf whole = STRBUF_INIT, parts = STRBUF_INIT;
    const char *bytes = (const char *)data + (size > 0);

    if (!size)
        return 0;
    read_in_parts(bytes, size - 1, size, &whole);
    read_in_parts(bytes, size - 1, (size_t)data[0] % 32 + 1, &parts);
    if (whole.len != parts.len || memcmp(whole.buf, parts.buf, whole.len) != 0)
        abort();
    count(bytes, size - 1, check_read_source);
    count(bytes, size - 1, check_read_target);
    strbuf_release(&whole);
    strbuf_release(&parts);
    return 0;
}
