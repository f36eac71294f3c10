#include "tenants/journal/failure.h"

#include <stddef.h>
#include <string.h>

#include "base/mem.h"

/* Journals hold the names, so that no name may change. Where the words of several kinds are found,
 * the first kind counts. */
static const struct {
    const char *name, *words;
} kinds[] = {
    [FAILURE_OTHER] = {"other", NULL},
    [FAILURE_FIELD_TYPE] = {"field-type", "field type conflict"},
    [FAILURE_DIFFERENCE] = {"difference", "verification:"},
    [FAILURE_INEXPRESSIBLE] = {"inexpressible", "can't express"},
    [FAILURE_SELECT_SERIES] = {"select-series", "max-select-series"},
    [FAILURE_SELECT] = {"select", "max-select"},
    [FAILURE_TAG_VALUES] = {"tag-values", "max-values-per-tag"},
    [FAILURE_DATABASE_SERIES] = {"database-series", "max-series-per-database"},
    [FAILURE_CACHE_FULL] = {"cache-full", "cache-max-memory-size"},
    [FAILURE_DISK_FULL] = {"disk-full", "no space left"},
    [FAILURE_TIMEOUT] = {"timeout", "timeout"},
    [FAILURE_DENIED] = {"denied", "not authorized"},
    [FAILURE_RETENTION] = {"retention", "retention policy"},
};

const char *failure_kind_name(enum failure_kind kind)
{
    return kinds[kind].name;
}

enum failure_kind failure_kind_named(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return (enum failure_kind)i;
    return FAILURE_OTHER;
}

enum failure_kind failure_kind_of_words(const char *words)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (kinds[i].words && strstr(words, kinds[i].words))
            return (enum failure_kind)i;
    return FAILURE_OTHER;
}
