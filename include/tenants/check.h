/*
 * Comparing counts: for each measurement and field, how many points both sides have.
 *
 * The source may hold less than its target (a persister already writes there), never more. One
 * request asks both sides, the source by statement 0, the target by statement 1.
 */
#ifndef TENANTS_CHECK_H
#define TENANTS_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/names.h"
#include "base/strbuf.h"
#include "influx/reply.h"
#include "influx/statement.h"

struct check_count {
    int64_t source, target;
};

struct check {
    struct names keys; /* of measurement and field */
    struct check_count *counts;
    size_t alloc;
};

#define CHECK_INIT                                                                                 \
    {                                                                                              \
        NAMES_INIT, NULL, 0                                                                        \
    }

void check_release(struct check *check);
void check_reset(struct check *check);

/* Both statements, for one request. */
void check_add_statements(struct strbuf *sb, const struct influx_selection *source,
                          const struct influx_target *target);
/* For influx_reader: `context` is the check. */
int check_read(void *context, const struct influx_series *series, struct err *err);

struct check_result {
    int64_t source, target; /* values, over all measurements and fields */
    int64_t missing;        /* values that the target lacks */
    size_t differing;       /* measurements and fields with a lack */
};

struct check_result check_compare(const struct check *check);

/* Calls `each` for every measurement and field of which the target has less. */
void check_each_difference(const struct check *check,
                           void (*each)(void *context, const char *measurement, const char *field,
                                        int64_t source, int64_t target),
                           void *context);

#endif
