#include "tenants/plan/target_map.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "conf/oslo_parse.h"
#include "influx/quote.h"

/* A tenant's section is some hundred bytes. */
#define MAX_MAP_BYTES ((size_t)64 * 1024 * 1024)

enum key { URL, READ_URL, USER, PASSWORD_FILE, KIND, RETENTION, DATABASE, KEY_COUNT };

static const char *const key_names[KEY_COUNT] = {
    "url", "read_url", "user", "password_file", "kind", "retention", "database",
};

static const struct {
    const char *text;
    enum influx_kind kind;
} kinds[] = {
    {"auto", INFLUX_KIND_UNKNOWN},
    {"influxdb", INFLUX_KIND_1},
    {"influxdb2", INFLUX_KIND_2},
    {"victoriametrics", INFLUX_KIND_VICTORIA},
};

struct section {
    char *values[KEY_COUNT]; /* NULL: not set */
    size_t lines[KEY_COUNT];
    size_t line;
};

struct map {
    const char *path;
    struct names names; /* of the sections; the number of each is its index */
    struct section *sections;
    size_t alloc;
    struct err *err; /* the first error of a callback */
};

static int fail(const struct map *map, size_t line, struct err *err)
{
    return err_wrap(err, "%s, line %zu", map->path, line);
}

int target_map_kind(const char *text, enum influx_kind *ret_kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (strcmp(text, kinds[i].text) == 0) {
            *ret_kind = kinds[i].kind;
            return 0;
        }
    return -1;
}

const char *target_map_kind_text(enum influx_kind kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (kinds[i].kind == kind)
            return kinds[i].text;
    return "auto";
}

/* Reading */

static void on_section(void *arg, const char *name, size_t line)
{
    struct map *map = arg;
    size_t before = map->names.count;
    uint32_t number;

    /* Every name has its section: after an error neither is added. */
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
    map->sections[before] = (struct section){.line = line};
}

static int find_key(const char *text)
{
    for (int i = 0; i < KEY_COUNT; i++)
        if (strcmp(text, key_names[i]) == 0)
            return i;
    return -1;
}

static void on_assignment(void *arg, const struct oslo_assignment *read)
{
    struct map *map = arg;
    uint32_t number = names_find(&map->names, read->section);
    int key = find_key(read->key);
    struct section *section;

    if (map->err->code != ERR_NONE || number == NAMES_NONE)
        return;
    section = &map->sections[number];
    if (key < 0) {
        err_set(map->err, ERR_CONFIG, "%s, line %zu: there is no key '%s'", map->path, read->line,
                read->key);
        err_hint(map->err, "there are url, user, password_file, kind, read_url, retention and "
                           "database");
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

static void map_release(struct map *map)
{
    for (size_t i = 0; i < map->names.count && map->sections; i++)
        for (size_t k = 0; k < KEY_COUNT; k++)
            free(map->sections[i].values[k]);
    free(map->sections);
    names_release(&map->names);
}

/* Meaning */

/* What a section sets, or else [DEFAULT]; NULL where neither does, or it is empty. The line in
 * `ret_line`, which may be NULL. */
static const char *get(const struct map *map, const struct section *section, enum key key,
                       size_t *ret_line)
{
    uint32_t number = names_find(&map->names, "DEFAULT");
    const struct section *found = section;

    if (!section->values[key] && number != NAMES_NONE)
        found = &map->sections[number];
    if (ret_line)
        *ret_line = found->lines[key];
    return found->values[key] && *found->values[key] ? found->values[key] : NULL;
}

static char *without_slash(const char *url)
{
    size_t len = strlen(url);

    while (len && url[len - 1] == '/')
        len--;
    return xmemdupz(url, len);
}

static int read_url(const struct map *map, const struct section *section, enum key key,
                    char **ret_url, struct err *err)
{
    size_t line;
    const char *text = get(map, section, key, &line);

    if (!text)
        return 0;
    if (settings_check_url(text, key_names[key], err) < 0) {
        err->code = ERR_CONFIG;
        return fail(map, line, err);
    }
    *ret_url = without_slash(text);
    return 0;
}

static int read_rest(const struct map *map, const struct section *section,
                     struct settings_server *server, struct err *err)
{
    size_t line;
    const char *text = get(map, section, PASSWORD_FILE, &line);

    server->user = xstrdup_or_null(get(map, section, USER, NULL));
    if (text && settings_read_password(text, &server->password, err) < 0)
        return fail(map, line, err);
    text = get(map, section, KIND, &line);
    if (text && target_map_kind(text, &server->kind) < 0) {
        err_set(err, ERR_CONFIG,
                "kind is '%s'; there are auto, influxdb, influxdb2 and victoriametrics", text);
        return fail(map, line, err);
    }
    text = get(map, section, RETENTION, &line);
    if (text && clock_parse_duration(text, 0, &server->retention_ns, err) < 0) {
        err->code = ERR_CONFIG;
        return fail(map, line, err);
    }
    return 0;
}

/* The server of a section: what it says is only worth something with an address. */
static int add_server(struct settings *settings, const struct map *map,
                      const struct section *section, size_t *ret_server, struct err *err)
{
    struct settings_server server = {0};
    struct strbuf origin = STRBUF_INIT;
    size_t line = section->line;
    int rc = -1;

    if (read_url(map, section, URL, &server.url, err) < 0)
        goto out;
    if (!server.url) {
        for (enum key key = READ_URL; key <= RETENTION; key++)
            if (section->values[key]) {
                err_set(err, ERR_CONFIG, "%s goes with url, and there is none", key_names[key]);
                fail(map, section->lines[key], err);
                goto out;
            }
        *ret_server = settings->default_server;
        rc = 0;
        goto out;
    }
    if (read_url(map, section, READ_URL, &server.read_url, err) < 0 ||
        read_rest(map, section, &server, err) < 0)
        goto out;
    get(map, section, URL, &line);
    strbuf_addf(&origin, "%s, line %zu", map->path, line);
    server.origin = strbuf_detach(&origin);
    *ret_server = settings_add_server(settings, &server);
    rc = 0;
out:
    settings_server_release(&server);
    return rc;
}

static int add_route(struct settings *settings, const struct map *map, const char *tenant,
                     const struct section *section, struct err *err)
{
    struct settings_route route = {.line = section->line};
    const char *database = section->values[DATABASE], *problem;
    uint32_t number;

    if (add_server(settings, map, section, &route.server, err) < 0)
        return -1;
    if (database) {
        problem = *database ? influx_database_name_problem(database) : "it is empty";
        if (!problem && strcmp(database, settings->database) == 0)
            problem = "the source is called so";
        if (problem) {
            err_set(err, ERR_CONFIG, "a target can't be called '%s': %s", database, problem);
            return fail(map, section->lines[DATABASE], err);
        }
        names_add(&settings->mapped_databases, database);
        route.database = xstrdup(database);
    }
    number = names_add(&settings->mapped, tenant);
    GROW(settings->routes, number, settings->route_alloc);
    settings->routes[number] = route;
    return 0;
}

static int check_default(const struct map *map, const struct section *section, struct err *err)
{
    if (!section->values[DATABASE])
        return 0;
    err_set(err, ERR_CONFIG, "[DEFAULT] can't name the database: each tenant has its own");
    return fail(map, section->lines[DATABASE], err);
}

int target_map_read(struct settings *settings, const char *path, struct err *err)
{
    struct map map = {.path = path, .names = NAMES_INIT, .err = err};
    struct oslo_parse_handler handler = {on_section, on_assignment, &map};
    struct strbuf content = STRBUF_INIT;
    int rc = -1;

    if (file_read(path, MAX_MAP_BYTES, &content, err) < 0) {
        err_wrap(err, "--target-map");
        goto out;
    }
    if (oslo_parse(path, content.buf, content.len, &handler, err) < 0 || err->code != ERR_NONE)
        goto out;
    for (uint32_t i = 0; i < map.names.count; i++)
        if (strcmp(map.names.items[i], "DEFAULT") == 0
                ? check_default(&map, &map.sections[i], err) < 0
                : add_route(settings, &map, map.names.items[i], &map.sections[i], err) < 0)
            goto out;
    rc = 0;
out:
    map_release(&map);
    strbuf_release(&content);
    return rc;
}
