/*
 * The file of --target-map as it stands there: sections with their keys, each once, and their
 * lines. What they mean is target_map.c's to say.
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
    MAP_DATABASE,
    MAP_KEY_COUNT
};

/* As the file writes them. */
extern const char *const map_key_names[MAP_KEY_COUNT];

struct map_section {
    char *values[MAP_KEY_COUNT]; /* NULL: not set */
    size_t lines[MAP_KEY_COUNT];
    size_t line;
};

struct map_sections {
    const char *path;
    struct names names; /* of the sections; the number of each is its index */
    struct map_section *sections;
    size_t alloc;
    struct err *err; /* the first error of a callback */
};

/* ERR_CONFIG with file and line. Release `map` in any case; it borrows `path` and `err`. */
int map_sections_read(struct map_sections *map, const char *path, struct err *err);
void map_sections_release(struct map_sections *map);

/* What a section sets, or else [DEFAULT]; NULL where neither does, or it is empty. The line in
 * `ret_line`, which may be NULL. */
const char *map_sections_get(const struct map_sections *map, const struct map_section *section,
                             enum map_key key, size_t *ret_line);

#endif
