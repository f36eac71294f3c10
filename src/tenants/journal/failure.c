#include "tenants/journal/failure.h"

#include <stddef.h>
#include <string.h>

#include "base/mem.h"

/* Journals hold the names, so that no name may change. */
static const char *const names[FAILURE_KINDS] = {
    [FAILURE_OTHER] = "other",
    [FAILURE_FIELD_TYPE] = "field-type",
    [FAILURE_DIFFERENCE] = "difference",
    [FAILURE_INEXPRESSIBLE] = "inexpressible",
    [FAILURE_SELECT_SERIES] = "select-series",
    [FAILURE_SELECT] = "select",
    [FAILURE_TAG_VALUES] = "tag-values",
    [FAILURE_DATABASE_SERIES] = "database-series",
    [FAILURE_CACHE_FULL] = "cache-full",
    [FAILURE_DISK_FULL] = "disk-full",
    [FAILURE_TIMEOUT] = "timeout",
    [FAILURE_DENIED] = "denied",
    [FAILURE_RETENTION] = "retention",
    [FAILURE_UNREADABLE] = "unreadable",
};

const char *failure_kind_name(enum failure_kind kind)
{
    return names[kind];
}

enum failure_kind failure_kind_named(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(names[i], name) == 0)
            return (enum failure_kind)i;
    return FAILURE_OTHER;
}

enum failure_kind failure_kind_of_cause(enum influx_cause cause)
{
    static const enum failure_kind kinds[] = {
        [INFLUX_CAUSE_OTHER] = FAILURE_OTHER,
        [INFLUX_CAUSE_FIELD_TYPE] = FAILURE_FIELD_TYPE,
        [INFLUX_CAUSE_SELECT_SERIES] = FAILURE_SELECT_SERIES,
        [INFLUX_CAUSE_SELECT] = FAILURE_SELECT,
        [INFLUX_CAUSE_TAG_VALUES] = FAILURE_TAG_VALUES,
        [INFLUX_CAUSE_DATABASE_SERIES] = FAILURE_DATABASE_SERIES,
        [INFLUX_CAUSE_CACHE] = FAILURE_CACHE_FULL,
        [INFLUX_CAUSE_DISK] = FAILURE_DISK_FULL,
        [INFLUX_CAUSE_TIMEOUT] = FAILURE_TIMEOUT,
        [INFLUX_CAUSE_RIGHTS] = FAILURE_DENIED,
        [INFLUX_CAUSE_RETENTION] = FAILURE_RETENTION,
        [INFLUX_CAUSE_NO_NUMBER] = FAILURE_OTHER,
    };

    return kinds[cause];
}

/* A run's own words stand at the beginning of a failure: behind them come names, which may hold any
 * words. */
enum failure_kind failure_kind_of_words(const char *words)
{
    static const struct {
        const char *words;
        enum failure_kind kind;
    } ours[] = {
        {"verification:", FAILURE_DIFFERENCE},
        {"points with a name or tag that line protocol can't express", FAILURE_INEXPRESSIBLE},
    };

    for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
        if (strncmp(words, ours[i].words, strlen(ours[i].words)) == 0)
            return ours[i].kind;
    return failure_kind_of_cause(influx_cause_of(words));
}
