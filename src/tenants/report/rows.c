#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "parts.h"

static struct report_piece *add_piece(struct report_pieces *pieces)
{
    GROW(pieces->items, pieces->count, pieces->alloc);
    pieces->items[pieces->count] = (struct report_piece){NULL, 0, RANGE_LIST_INIT};
    return &pieces->items[pieces->count++];
}

void report_pieces_release(struct report_pieces *pieces)
{
    for (size_t i = 0; i < pieces->count; i++) {
        free(pieces->items[i].measurements);
        range_list_release(&pieces->items[i].ranges);
    }
    free(pieces->items);
}

/* Moves the measurements that the set lacks to the end, in order. Returns how many the set has. */
static size_t partition(struct report_piece *piece, const struct report_set *set)
{
    uint32_t *lacking = xcalloc(piece->count, sizeof(*lacking));
    size_t has = 0, lacks = 0, s = 0;

    for (size_t i = 0; i < piece->count; i++) {
        uint32_t measurement = piece->measurements[i];

        while (s < set->count && set->measurements[s] < measurement)
            s++;
        if (s < set->count && set->measurements[s] == measurement)
            piece->measurements[has++] = measurement;
        else
            lacking[lacks++] = measurement;
    }
    memcpy(piece->measurements + has, lacking, lacks * sizeof(*lacking));
    free(lacking);
    return has;
}

static bool overlaps(const struct range_list *list, struct range range)
{
    for (size_t i = 0; i < list->count; i++)
        if (!range_is_empty(range_intersect(list->items[i], range)))
            return true;
    return false;
}

/* Takes the time of a row from those measurements of the pieces that the row has, too. */
static void subtract_row(struct report_pieces *pieces, const struct report_facts *facts,
                         const struct report_row *row)
{
    size_t before = pieces->count;

    for (size_t i = 0; i < before; i++) {
        size_t has, count = pieces->items[i].count;

        if (!overlaps(&pieces->items[i].ranges, row->range))
            continue;
        has = partition(&pieces->items[i], &facts->sets[row->set]);
        if (has && has < count) {
            struct report_piece *rest = add_piece(pieces), *piece = &pieces->items[i];

            rest->count = count - has;
            rest->measurements = xcalloc(rest->count, sizeof(*rest->measurements));
            memcpy(rest->measurements, piece->measurements + has,
                   rest->count * sizeof(*rest->measurements));
            range_list_copy(&rest->ranges, &piece->ranges);
            piece->count = has;
        }
        if (has)
            range_list_subtract(&pieces->items[i].ranges, row->range);
    }
}

/* Do both rows tell of the same points, apart from measurements and time? */
static bool is_alike(const struct report_facts *facts, const struct report_row *a,
                     const struct report_row *b)
{
    return a->tenant == b->tenant && a->database == b->database && a->policy == b->policy &&
           facts->sets[a->set].tags == facts->sets[b->set].tags;
}

/* The others with the same set come first, since they have all of the row in most cases. */
void report_subtract_rows(struct report_pieces *pieces, const struct report_facts *facts,
                          const struct report_row *row, struct report_slice others)
{
    const struct report_set *set = &facts->sets[row->set];
    struct report_piece *whole = add_piece(pieces);

    whole->count = set->count;
    whole->measurements = xcalloc(set->count, sizeof(*whole->measurements));
    memcpy(whole->measurements, set->measurements, set->count * sizeof(*set->measurements));
    range_list_add(&whole->ranges, row->range);
    for (size_t i = 0; i < others.count && whole->ranges.count; i++)
        if (others.items[i].set == row->set && is_alike(facts, row, &others.items[i]))
            range_list_subtract(&whole->ranges, others.items[i].range);
    if (!whole->ranges.count)
        return;
    for (size_t i = 0; i < others.count; i++)
        if (others.items[i].set != row->set && is_alike(facts, row, &others.items[i]))
            subtract_row(pieces, facts, &others.items[i]);
}

struct report_slice *report_slices(const struct report_facts *facts, const struct report_rows *rows)
{
    struct report_slice *slices = xcalloc(facts->names.count + 1, sizeof(*slices));

    for (size_t i = 0; i < rows->count; i++) {
        struct report_slice *of = &slices[rows->items[i].tenant];

        if (!of->count)
            of->items = &rows->items[i];
        of->count++;
    }
    return slices;
}
