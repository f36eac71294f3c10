/* Failures by their reason: how many there are of each, and what helps. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "parts.h"

enum { REASONS_MAX = 20 };

static const char *const advices[FAILURE_KINDS] = {
    [FAILURE_FIELD_TYPE] =
        "The target holds this field with another type, written there by somebody else. Drop or "
        "rename that measurement in the target, then run again.",
    [FAILURE_DIFFERENCE] =
        "The target lacks values that the source has. 'tenants verify --repair' copies them again; "
        "if they go on missing, something deletes them, or the target's policy is shorter than it "
        "was.",
    [FAILURE_INEXPRESSIBLE] =
        "Line protocol can't hold these names. Copy this tenant within the source's "
        "server, without --engine stream and --target-url.",
    [FAILURE_SELECT_SERIES] =
        "The server allows too few series for one statement: raise or unset max-select-series in "
        "the section [coordinator] of influxdb.conf.",
    [FAILURE_SELECT] = "The server allows too little for one statement: raise or unset the "
                       "max-select-settings in the section [coordinator] of influxdb.conf.",
    [FAILURE_TAG_VALUES] = "The server allows too few values of a tag: raise max-values-per-tag in "
                           "the section [data] of influxdb.conf.",
    [FAILURE_DATABASE_SERIES] = "The server allows too few series in a database: raise "
                                "max-series-per-database in the section [data] of influxdb.conf.",
    [FAILURE_CACHE_FULL] = "The server's cache is full: run again with fewer --jobs, or raise "
                           "cache-max-memory-size in the section [data] of influxdb.conf.",
    [FAILURE_DISK_FULL] = "The server's disk is full: make room there, then run again.",
    [FAILURE_TIMEOUT] =
        "The server needs too long: run again when it has less to do, or with fewer "
        "--jobs.",
    [FAILURE_DENIED] = "The user may not do this: grant it, then run again.",
    [FAILURE_RETENTION] = "The points are older than the target keeps: make its policy longer, or "
                          "accept that they stay behind.",
    [FAILURE_UNREADABLE] = "The source's server couldn't open this shard: its log says why "
                           "('Failed to open shard'). Mend it, start the server again, then run "
                           "again.",
};

/* The words of a failure without what differs from one to the next: names, numbers, and what stands
 * behind a semicolon. Failures with the same such words are one reason. */
static char *common_words(const char *words)
{
    struct strbuf common = STRBUF_INIT;

    for (const char *c = words; *c && *c != ';'; c++) {
        if (*c == '"' && strchr(c + 1, '"')) {
            strbuf_addstr(&common, "\"\xe2\x80\xa6\"");
            c = strchr(c + 1, '"');
        } else if (isdigit((unsigned char)*c)) {
            strbuf_addstr(&common, "\xe2\x80\xa6");
            while (isdigit((unsigned char)c[1]))
                c++;
        } else {
            strbuf_addch(&common, *c);
        }
    }
    return strbuf_detach(&common);
}

static struct report_reason *find_reason(struct report *report, enum failure_kind kind,
                                         const char *words)
{
    char *common = common_words(words);
    struct report_reason *reason;

    for (size_t i = 0; i < report->reason_count; i++)
        if (strcmp(report->reasons[i].words, common) == 0) {
            free(common);
            return &report->reasons[i];
        }
    if (report->reason_count == REASONS_MAX) {
        free(common);
        reason = &report->reasons[REASONS_MAX - 1];
        free(reason->words);
        reason->words = xstrdup("other reasons");
        reason->kind = FAILURE_OTHER;
        reason->advice = NULL;
        return reason;
    }
    GROW(report->reasons, report->reason_count, report->reason_alloc);
    reason = &report->reasons[report->reason_count++];
    *reason = (struct report_reason){.words = common, .kind = kind};
    reason->advice = advices[reason->kind];
    return reason;
}

void report_count_reason(struct report *report, const char *tenant, enum failure_kind kind,
                         const char *words, int64_t windows, int64_t points)
{
    struct report_reason *reason = find_reason(report, kind, words);

    reason->failures += windows;
    reason->points += points;
    if (!reason->last_tenant || strcmp(reason->last_tenant, tenant) != 0)
        reason->tenants++;
    reason->last_tenant = tenant;
}

static int compare_reasons(const void *a, const void *b)
{
    const struct report_reason *x = a, *y = b;

    if (x->failures != y->failures)
        return x->failures < y->failures ? 1 : -1;
    return (x->points < y->points) - (x->points > y->points);
}

void report_sort_reasons(struct report *report)
{
    if (report->reason_count)
        qsort(report->reasons, report->reason_count, sizeof(*report->reasons), compare_reasons);
}
