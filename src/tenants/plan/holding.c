#include "tenants/plan/holding.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void holding_release(struct holding *holding)
{
    free(holding->items);
    *holding = (struct holding){0};
}

/* The index of the group with this id, or where it would be inserted. */
static size_t index_of(const struct holding *holding, int64_t id)
{
    size_t low = 0, high = holding->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (holding->items[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct holding_group *find(const struct holding *holding, int64_t id)
{
    size_t at = index_of(holding, id);

    return at < holding->count && holding->items[at].id == id ? &holding->items[at] : NULL;
}

void holding_add(struct holding *holding, struct holding_group group)
{
    size_t at = index_of(holding, group.id);

    if (at < holding->count && holding->items[at].id == group.id)
        return;
    GROW(holding->items, holding->count, holding->alloc);
    memmove(holding->items + at + 1, holding->items + at,
            (holding->count - at) * sizeof(*holding->items));
    holding->items[at] = group;
    holding->count++;
}

bool holding_covers(const struct holding *holding, struct range range)
{
    struct range_list rest = RANGE_LIST_INIT;
    bool covers;

    range_list_add(&rest, range);
    for (size_t i = 0; i < holding->count && rest.count; i++)
        range_list_subtract(&rest, holding->items[i].range);
    covers = !rest.count;
    range_list_release(&rest);
    return covers;
}

void holding_add_text(struct strbuf *sb, const struct holding *holding)
{
    for (size_t i = 0; i < holding->count; i++)
        strbuf_addf(sb, "%" PRId64 " %" PRId64 " %" PRId64 "\n", holding->items[i].id,
                    holding->items[i].range.start_ns, holding->items[i].range.end_ns);
}

/* Reads the three numbers of a line that ends at `end`. False where it is something else. */
static bool parse_line(const char *line, const char *end, struct holding_group *group)
{
    int64_t numbers[3];

    for (size_t i = 0; i < 3; i++) {
        char *rest;

        numbers[i] = strtoll(line, &rest, 10);
        if (rest == line || rest > end)
            return false;
        line = rest;
    }
    *group = (struct holding_group){numbers[0], {numbers[1], numbers[2]}};
    return line == end;
}

void holding_parse(struct holding *holding, const char *text)
{
    while (*text) {
        const char *end = text + strcspn(text, "\n");
        struct holding_group group;

        if (parse_line(text, end, &group))
            holding_add(holding, group);
        text = end + (*end == '\n');
    }
}

void holding_compare(const struct holding *before, const struct holding *now, int64_t oldest_ns,
                     struct range_list *lost)
{
    for (size_t i = 0; i < before->count; i++) {
        const struct holding_group *was = &before->items[i], *is = find(now, was->id);

        if (is && is->range.start_ns == was->range.start_ns &&
            is->range.end_ns == was->range.end_ns)
            continue;
        range_list_add(lost, range_intersect(was->range, (struct range){oldest_ns, INT64_MAX}));
    }
}
