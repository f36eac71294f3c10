#include "base/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* FNV-1a. Names come from the server; crafted ones could make lookups slow, and nothing worse. */
static uint64_t hash(const char *s)
{
    uint64_t h = 14695981039346656037u;

    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211u;
    return h;
}

/* The slot that holds `s`, or the free one where it belongs. */
static size_t find_slot(const struct names *names, const char *s)
{
    size_t slot = (size_t)hash(s) & (names->slot_count - 1);

    while (names->slots[slot] && strcmp(names->items[names->slots[slot] - 1], s) != 0)
        slot = (slot + 1) & (names->slot_count - 1);
    return slot;
}

static void grow_slots(struct names *names)
{
    names->slot_count = names->slot_count ? names->slot_count * 2 : 64;
    free(names->slots);
    names->slots = xcalloc(names->slot_count, sizeof(*names->slots));
    for (size_t i = 0; i < names->count; i++)
        names->slots[find_slot(names, names->items[i])] = (uint32_t)i + 1;
}

void names_release(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    free(names->slots);
    *names = (struct names)NAMES_INIT;
}

uint32_t names_add(struct names *names, const char *s)
{
    size_t slot;

    if (names->count * 2 >= names->slot_count)
        grow_slots(names);
    slot = find_slot(names, s);
    if (!names->slots[slot]) {
        GROW(names->items, names->count, names->alloc);
        names->items[names->count++] = xstrdup(s);
        names->slots[slot] = (uint32_t)names->count;
    }
    return names->slots[slot] - 1;
}

uint32_t names_find(const struct names *names, const char *s)
{
    size_t slot;

    if (!names->slot_count)
        return NAMES_NONE;
    slot = find_slot(names, s);
    return names->slots[slot] ? names->slots[slot] - 1 : NAMES_NONE;
}
