/*
 * Counting what the source has, points and values: of all owners, of nobody, or of one tenant.
 *
 * Values are exact: each field of each point is one. Points are the largest count of a
 * measurement's fields, summed over measurements; exact where every point has that field.
 */
#ifndef TENANTS_CHECK_TOTALS_H
#define TENANTS_CHECK_TOTALS_H

#include <stdint.h>

#include "base/err.h"
#include "influx/catalogue.h"
#include "influx/client.h"
#include "influx/statement.h"
#include "tenants/plan/range.h"
#include "tenants/plan/settings.h"

struct totals {
    int64_t points, values;
};

/* The source whose points are counted. All borrowed. */
struct totals_source {
    const struct settings *settings;
    const struct catalogue *catalogue;
    struct influx_client *client;
};

/* Measurements, by what the skip expressions of the settings say. */
enum totals_measurements { TOTALS_ALL, TOTALS_WANTED, TOTALS_SKIPPED };

/* The points that are counted. `tenant` is NULL but for INFLUX_OWNER_TENANT. */
struct totals_question {
    size_t policy; /* index in catalogue.policies; it must have been read */
    enum influx_owner owner;
    const char *tenant;
    struct range range;
    enum totals_measurements measurements;
};

/* Adds to `totals`. Measurements that no statement can name are passed over. Errors: as
 * influx_query_run(). */
int totals_count(struct totals *totals, const struct totals_source *source,
                 const struct totals_question *question, struct err *err);

/* Counts the points of measurements in a policy that no statement can name. */
int totals_count_unnameable(struct totals *totals, const struct totals_source *source,
                            size_t policy, struct err *err);

#endif
