/* Finding the points that the journal knows to be refused. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "influx/line.h"
#include "tenants/rejects/rejects.h"

int64_t rejects_line_time(const char *line, size_t len)
{
    const char *blank = memrchr(line, ' ', len);
    char *digits = blank ? xmemdupz(blank + 1, (size_t)(line + len - blank - 1)) : NULL;
    int64_t at_ns = digits ? strtoll(digits, NULL, 10) : 0;

    free(digits);
    return at_ns;
}

static void find_lines(void *context, const struct rejects_section *section)
{
    struct journal_refusals *refused = context;

    for (size_t at = 0, len; at < section->len; at += len) {
        int64_t at_ns;

        len = line_length(section->lines + at, section->len - at);
        at_ns = rejects_line_time(section->lines + at, len);
        for (size_t i = 0; i < refused->count; i++) {
            struct journal_refused *item = &refused->items[i];

            item->found += at_ns >= item->range.start_ns && at_ns < item->range.end_ns &&
                           strcmp(item->tenant, section->owner.tenant) == 0 &&
                           strcmp(item->database, section->owner.target) == 0;
        }
    }
}

int rejects_find(const struct rejects *rejects, struct journal_refusals *refused, struct err *err)
{
    return refused->count ? rejects_each(rejects, find_lines, refused, err) : 0;
}
