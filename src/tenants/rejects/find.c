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

/* Looking for a line's measurement among those of a row. */
struct belonging {
    const struct strvec *measurements;
    bool found;
};

static void look_for(void *context, const char *measurement, const char *field, enum line_type type)
{
    struct belonging *belonging = context;

    (void)field;
    (void)type;
    for (size_t i = 0; i < belonging->measurements->nr && !belonging->found; i++)
        belonging->found = strcmp(belonging->measurements->v[i], measurement) == 0;
}

static bool is_of(const struct journal_refused *item, const struct rejects_owner *owner,
                  int64_t at_ns, const char *line, size_t len)
{
    struct belonging belonging = {&item->measurements, false};

    if (at_ns < item->range.start_ns || at_ns >= item->range.end_ns ||
        strcmp(item->tenant, owner->tenant) != 0 || strcmp(item->database, owner->target) != 0)
        return false;
    line_each_field(line, len, look_for, &belonging);
    return belonging.found;
}

static void find_lines(void *context, const struct rejects_section *section)
{
    struct journal_refusals *refused = context;

    for (size_t at = 0, len; at < section->len; at += len) {
        int64_t at_ns;

        len = line_length(section->lines + at, section->len - at);
        at_ns = rejects_line_time(section->lines + at, len);
        for (size_t i = 0; i < refused->count; i++)
            refused->items[i].found +=
                is_of(&refused->items[i], &section->owner, at_ns, section->lines + at, len);
    }
}

int rejects_find(const struct rejects *rejects, struct journal_refusals *refused, struct err *err)
{
    return refused->count ? rejects_each(rejects, find_lines, refused, err) : 0;
}
