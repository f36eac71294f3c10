#include "tenants/plan/target_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "conf/pystr.h"
#include "influx/quote.h"
#include "map_sections.h"

static const struct {
    const char *text;
    enum influx_kind kind;
} kinds[] = {
    {"auto", INFLUX_KIND_UNKNOWN},
    {"influxdb", INFLUX_KIND_1},
    {"influxdb2", INFLUX_KIND_2},
    {"victoriametrics", INFLUX_KIND_VICTORIA},
};

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

/* Puts file and line in front of an error. Returns -1. */
static int fail(const struct map_sections *map, size_t line, struct err *err)
{
    return err_wrap(err, "%s, line %zu", map->path, line);
}

static char *without_slash(const char *url)
{
    size_t len = strlen(url);

    while (len && url[len - 1] == '/')
        len--;
    return xmemdupz(url, len);
}

static int read_url(const struct map_sections *map, const struct map_section *section,
                    enum map_key key, char **ret_url, struct err *err)
{
    size_t line;
    const char *text = map_sections_get(map, section, key, &line);

    if (!text)
        return 0;
    if (settings_check_url(text, map_key_names[key], err) < 0) {
        err->code = ERR_CONFIG;
        return fail(map, line, err);
    }
    *ret_url = without_slash(text);
    return 0;
}

/* Reads a number, of 1 or more. */
static int read_number(const struct map_sections *map, const struct map_section *section,
                       enum map_key key, int64_t factor, int64_t *ret_number, struct err *err)
{
    size_t line;
    const char *text = map_sections_get(map, section, key, &line);
    char *end;
    long long number;

    if (!text)
        return 0;
    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno || *end || number < 1 || number > INT64_MAX / factor) {
        err_set(err, ERR_CONFIG, "%s is '%s', which is no number of 1 or more", map_key_names[key],
                text);
        return fail(map, line, err);
    }
    *ret_number = number * factor;
    return 0;
}

static int read_limits(const struct map_sections *map, const struct map_section *section,
                       struct settings_limits *limits, struct err *err)
{
    size_t line;
    const char *index = map_sections_get(map, section, MAP_INDEX, &line);

    if (read_number(map, section, MAP_DESCRIPTORS, 1, &limits->descriptors, err) < 0 ||
        read_number(map, section, MAP_MAPS, 1, &limits->maps, err) < 0 ||
        read_number(map, section, MAP_MEMORY, SETTINGS_MIB, &limits->memory_bytes, err) < 0)
        return -1;
    limits->index = influx_index_of(index);
    if (!index || limits->index != INFLUX_INDEX_UNKNOWN)
        return 0;
    err_set(err, ERR_CONFIG, "index is '%s'; there are inmem and tsi1", index);
    return fail(map, line, err);
}

static int read_rest(const struct map_sections *map, const struct map_section *section,
                     struct settings_server *server, struct err *err)
{
    size_t line;
    const char *text = map_sections_get(map, section, MAP_PASSWORD_FILE, &line);

    server->user = xstrdup_or_null(map_sections_get(map, section, MAP_USER, NULL));
    if (text && settings_read_password(text, &server->password, err) < 0)
        return fail(map, line, err);
    text = map_sections_get(map, section, MAP_KIND, &line);
    if (text && target_map_kind(text, &server->kind) < 0) {
        err_set(err, ERR_CONFIG,
                "kind is '%s'; there are auto, influxdb, influxdb2 and victoriametrics", text);
        return fail(map, line, err);
    }
    text = map_sections_get(map, section, MAP_RETENTION, &line);
    if (text && clock_parse_duration(text, 0, &server->retention_ns, err) < 0) {
        err->code = ERR_CONFIG;
        return fail(map, line, err);
    }
    return read_limits(map, section, &server->limits, err);
}

/* Adds the server of a section. A section without a url has none, and no other keys of a server. */
static int add_server(struct settings *settings, const struct map_sections *map,
                      const struct map_section *section, size_t *ret_server, struct err *err)
{
    struct settings_server server = {0};
    struct strbuf origin = STRBUF_INIT;
    size_t line = section->line;
    int rc = -1;

    if (read_url(map, section, MAP_URL, &server.url, err) < 0)
        goto out;
    if (!server.url) {
        for (enum map_key key = MAP_READ_URL; key <= MAP_INDEX; key++)
            if (section->values[key]) {
                err_set(err, ERR_CONFIG, "%s goes with url, and there is none", map_key_names[key]);
                fail(map, section->lines[key], err);
                goto out;
            }
        *ret_server = settings->default_server;
        rc = 0;
        goto out;
    }
    if (read_url(map, section, MAP_READ_URL, &server.read_url, err) < 0 ||
        read_rest(map, section, &server, err) < 0)
        goto out;
    map_sections_get(map, section, MAP_URL, &line);
    if (line)
        strbuf_addf(&origin, "%s, line %zu", map->path, line);
    else
        strbuf_addstr(&origin, "--spread");
    server.origin = strbuf_detach(&origin);
    *ret_server = settings_add_server(settings, &server);
    rc = 0;
out:
    settings_server_release(&server);
    return rc;
}

static int add_route(struct settings *settings, const struct map_sections *map, const char *tenant,
                     const struct map_section *section, struct err *err)
{
    struct settings_route route = {.line = section->line};
    const char *database = section->values[MAP_DATABASE], *problem;
    uint32_t number;

    if (add_server(settings, map, section, &route.server, err) < 0)
        return -1;
    if (database) {
        problem = *database ? influx_database_name_problem(database) : "it is empty";
        if (!problem && strcmp(database, settings->database) == 0)
            problem = "the source is called so";
        if (problem) {
            err_set(err, ERR_CONFIG, "a target can't be called '%s': %s", database, problem);
            return fail(map, section->lines[MAP_DATABASE], err);
        }
        names_add(&settings->mapped_databases, database);
        route.database = xstrdup(database);
    }
    number = names_add(&settings->mapped, tenant);
    GROW(settings->routes, number, settings->route_alloc);
    settings->routes[number] = route;
    return 0;
}

static int check_default(const struct map_sections *map, const struct map_section *section,
                         struct err *err)
{
    if (!section->values[MAP_DATABASE])
        return 0;
    err_set(err, ERR_CONFIG, "[DEFAULT] can't name the database: each tenant has its own");
    return fail(map, section->lines[MAP_DATABASE], err);
}

int target_map_read(struct settings *settings, const char *path, struct err *err)
{
    struct map_sections map;
    int rc = -1;

    if (map_sections_read(&map, path, err) < 0)
        goto out;
    for (uint32_t i = 0; i < map.names.count; i++)
        if (strcmp(map.names.items[i], "DEFAULT") == 0
                ? check_default(&map, &map.sections[i], err) < 0
                : add_route(settings, &map, map.names.items[i], &map.sections[i], err) < 0)
            goto out;
    rc = 0;
out:
    map_sections_release(&map);
    return rc;
}

/* Spreading */

/* The first section of a tenant that goes to this address; NULL: there is none. */
static const struct map_section *find_section(const struct map_sections *map, const char *url)
{
    for (uint32_t i = 0; i < map->names.count; i++) {
        const struct map_section *section = &map->sections[i];
        const char *text = map_sections_get(map, section, MAP_URL, NULL);
        size_t len = strlen(url);

        if (strcmp(map->names.items[i], "DEFAULT") != 0 && text && strncmp(text, url, len) == 0 &&
            !text[len + strspn(text + len, "/")])
            return section;
    }
    return NULL;
}

/* A value that begins or ends with white space or a quote keeps it within quotes of its own. */
static void add_line(struct strbuf *sb, enum map_key key, const char *value)
{
    size_t len = strlen(value);
    bool quoted = len && (strchr("\"'", value[0]) || strchr("\"'", value[len - 1]) ||
                          pystr_strip((struct pystr){value, len}).len != len);

    strbuf_addf(sb,
                quoted ? "%s = \"%s\"\n"
                : len  ? "%s = %s\n"
                       : "%s =%s\n",
                map_key_names[key], value);
}

static char *lines_of(const struct map_section *section)
{
    struct strbuf text = STRBUF_INIT;

    for (enum map_key key = 0; key < MAP_DATABASE; key++)
        if (section->values[key])
            add_line(&text, key, section->values[key]);
    return strbuf_detach(&text);
}

static void set_text(struct map_section *section, enum map_key key, const char *value)
{
    section->values[key] = xstrdup_or_null(value);
}

static void set_number(struct map_section *section, enum map_key key, int64_t value)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "%lld", (long long)value);
    if (value)
        section->values[key] = strbuf_detach(&text);
    strbuf_release(&text);
}

/* The section of a server that the map doesn't name. */
static void make_section(struct map_section *section, const struct map_sections *map,
                         const struct settings *settings, const char *url,
                         const struct target_map_told *told)
{
    struct map_section empty = {0};

    if (strcmp(url, settings->url) == 0) {
        /* Without a url a tenant stays on the source's server. */
        if (map_sections_get(map, &empty, MAP_URL, NULL))
            set_text(section, MAP_URL, "");
        return;
    }
    set_text(section, MAP_URL, url);
    set_text(section, MAP_USER, told->user);
    set_text(section, MAP_PASSWORD_FILE, told->password_file);
    set_text(section, MAP_KIND, told->kind);
    set_number(section, MAP_DESCRIPTORS, told->descriptors);
    set_number(section, MAP_MAPS, told->maps);
    set_number(section, MAP_MEMORY, told->memory_mib);
    set_text(section, MAP_INDEX, told->index);
}

static int find_server(struct settings_spread *spread, struct settings *settings,
                       const struct map_sections *map, const struct target_map_told *told,
                       struct err *err)
{
    const struct map_section *section = find_section(map, spread->url);
    struct map_section made = {0};
    int rc;

    if (!section) {
        make_section(&made, map, settings, spread->url, told);
        section = &made;
    }
    rc = add_server(settings, map, section, &spread->server, err);
    spread->keys = lines_of(section);
    for (size_t k = 0; k < MAP_KEY_COUNT; k++)
        free(made.values[k]);
    return rc;
}

int target_map_spread(struct settings *settings, const struct target_map_told *told,
                      struct err *err)
{
    struct map_sections map = {.path = "--spread", .names = NAMES_INIT, .err = err};
    int rc = -1;

    if (settings->map_path && map_sections_read(&map, settings->map_path, err) < 0)
        goto out;
    for (size_t i = 0; i < settings->spread_count; i++)
        if (find_server(&settings->spread[i], settings, &map, told, err) < 0)
            goto out;
    rc = 0;
out:
    map_sections_release(&map);
    return rc;
}

bool target_map_can_name(const char *tenant)
{
    size_t len = strlen(tenant);

    if (!len || strcmp(tenant, "DEFAULT") == 0 || strpbrk(tenant, "\r\n"))
        return false;
    for (size_t i = 0, run; i < len; i += run)
        if (!(run = utf8_sequence(tenant + i, len - i)))
            return false;
    return true;
}
