/*
 * Points in MessagePack: any bytes, in parts of any size, must be read or refused, the same way
 * whatever the parts; and a comparison of a reply with itself leaves nothing. tests/fuzz/run builds
 * and runs it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "influx/points.h"
#include "tenants/run/deep.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads all; returns whether it was whole, and how many rows there were. */
static int read_in_parts(const char *bytes, size_t size, size_t part, struct deep *deep,
                         int (*row)(void *, const struct points_series *, bool,
                                    const struct msgpack_value *, struct err *),
                         int64_t *ret_rows)
{
    struct points_reader reader = POINTS_READER_INIT;
    int rc = 0;

    reader.row = row;
    reader.context = deep;
    for (size_t at = 0; at < size && rc == 0; at += part)
        rc = points_reader_feed(&reader, bytes + at, size - at < part ? size - at : part);
    if (rc == 0)
        rc = points_reader_finish(&reader);
    *ret_rows = reader.rows;
    points_reader_release(&reader);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct deep deep = DEEP_INIT;
    struct difference found = DIFFERENCE_INIT;
    int64_t rows, same_rows;
    const char *bytes = (const char *)data + 1;
    int rc;

    if (!size)
        return 0;
    rc = read_in_parts(bytes, size - 1, size, &deep, deep_keep, &rows);
    deep.found = &found;
    read_in_parts(bytes, size - 1, size, &deep, deep_name, &same_rows);
    if (read_in_parts(bytes, size - 1, (size_t)data[0] % 32 + 1, &deep, deep_take, &same_rows) !=
            rc ||
        same_rows != rows || deep.count || deep.different || deep.extra)
        abort();
    difference_release(&found);
    deep_release(&deep);
    return 0;
}
