/*
 * The text of a --target-map file: its sections, their keys and values, and the lines of each.
 * target_map.c says what they mean.
 */
#ifndef TENANTS_PLAN_MAP_SECTIONS_H
#define TENANTS_PLAN_MAP_SECTIONS_H

#include <stddef.h>

#include "base/err.h"
#include "base/names.h"

enum map_key {
    MAP_URL,
    MAP_READ_URL,
    MAP_USER,
    MAP_PASSWORD_FILE,
    MAP_KIND,
    MAP_RETENTION,
    MAP_DESCRIPTORS,
    MAP_MAPS,
    MAP_MEMORY,
    MAP_INDEX, /* the last key of a server */
    MAP_DATABASE,
    MAP_KEY_COUNT
};

/* The keys as the file writes them. */
extern const char *const map_key_names[MAP_KEY_COUNT];

/* Lines count from 1. */
struct map_section {
    char *values[MAP_KEY_COUNT]; /* NULL: the section doesn't have the key */
    size_t lines[MAP_KEY_COUNT]; /* of the values */
    size_t line;                 /* of the section's name */
};

struct map_sections {
    const char *path;
    struct names names; /* of the sections; each number is the index in `sections` */
    struct map_section *sections;
    size_t alloc;
    struct err *err; /* set by the parser's callbacks, which can't return an error */
};

/* ERR_CONFIG, with file and line: unknown keys, and sections or keys that are there twice. Release
 * `map` in any case; it borrows `path` and `err`. */
int map_sections_read(struct map_sections *map, const char *path, struct err *err);
void map_sections_release(struct map_sections *map);

/* The value of a key in a section, or else in [DEFAULT]; NULL where neither has it, or it is empty.
 * `ret_line` is the value's line; it may be NULL. */
const char *map_sections_get(const struct map_sections *map, const struct map_section *section,
                             enum map_key key, size_t *ret_line);

#endif
