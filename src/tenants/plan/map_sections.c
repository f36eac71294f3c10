#include "map_sections.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "conf/oslo_parse.h"

/* A section has some hundred bytes: room for hundreds of thousands of tenants. */
#define MAX_MAP_BYTES ((size_t)64 * 1024 * 1024)

const char *const map_key_names[MAP_KEY_COUNT] = {
    "url",         "read_url", "user",   "password_file", "kind",     "retention",
    "descriptors", "maps",     "memory", "index",         "database",
};

static void on_section(void *arg, const char *name, size_t line)
{
    struct map_sections *map = arg;
    size_t before = map->names.count;
    uint32_t number;

    /* `names` and `sections` must stay equally long: after an error neither grows. */
    if (map->err->code != ERR_NONE)
        return;
    number = names_add(&map->names, name);
    if (number < before) {
        err_set(map->err, ERR_CONFIG,
                "%s, line %zu: section [%s] is there twice, first in line %zu", map->path, line,
                name, map->sections[number].line);
        return;
    }
    GROW(map->sections, before, map->alloc);
    map->sections[before] = (struct map_section){.line = line};
}

static int find_key(const char *text)
{
    for (int i = 0; i < MAP_KEY_COUNT; i++)
        if (strcmp(text, map_key_names[i]) == 0)
            return i;
    return -1;
}

static void on_assignment(void *arg, const struct oslo_assignment *read)
{
    struct map_sections *map = arg;
    uint32_t number = names_find(&map->names, read->section);
    int key = find_key(read->key);
    struct map_section *section;

    if (map->err->code != ERR_NONE || number == NAMES_NONE)
        return;
    section = &map->sections[number];
    if (key < 0) {
        err_set(map->err, ERR_CONFIG, "%s, line %zu: there is no key '%s'", map->path, read->line,
                read->key);
        err_hint(map->err, "there are url, user, password_file, kind, read_url, retention, "
                           "database; and descriptors, maps, memory and index");
    } else if (section->values[key]) {
        err_set(map->err, ERR_CONFIG, "%s, line %zu: %s is there twice, first in line %zu",
                map->path, read->line, read->key, section->lines[key]);
    } else if (strchr(read->value, '\n')) {
        err_set(map->err, ERR_CONFIG, "%s, line %zu: %s goes on in the next line", map->path,
                read->line, read->key);
    } else {
        section->values[key] = xstrdup(read->value);
        section->lines[key] = read->line;
    }
}

void map_sections_release(struct map_sections *map)
{
    for (size_t i = 0; i < map->names.count && map->sections; i++)
        for (size_t k = 0; k < MAP_KEY_COUNT; k++)
            free(map->sections[i].values[k]);
    free(map->sections);
    names_release(&map->names);
}

int map_sections_read(struct map_sections *map, const char *path, struct err *err)
{
    struct oslo_parse_handler handler = {on_section, on_assignment, map};
    struct strbuf content = STRBUF_INIT;
    int rc = -1;

    *map = (struct map_sections){.path = path, .names = NAMES_INIT, .err = err};
    if (file_read(path, MAX_MAP_BYTES, &content, err) < 0)
        err_wrap(err, "--target-map");
    else if (oslo_parse(path, content.buf, content.len, &handler, err) == 0 &&
             err->code == ERR_NONE)
        rc = 0;
    strbuf_release(&content);
    return rc;
}

const char *map_sections_get(const struct map_sections *map, const struct map_section *section,
                             enum map_key key, size_t *ret_line)
{
    uint32_t number = names_find(&map->names, "DEFAULT");
    const struct map_section *found = section;

    if (!section->values[key] && number != NAMES_NONE)
        found = &map->sections[number];
    if (ret_line)
        *ret_line = found->lines[key];
    return found->values[key] && *found->values[key] ? found->values[key] : NULL;
}
