#include "tenants/plan/settings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "http/local.h"

/* The one measurement whose points have their tenant in a tag of another name (facts:
 * monasca-persister's alarm history). */
static const char alarm_history[] = "alarm_state_history";

enum { MAX_SHARDS = 1000 };

static void regexes_release(struct settings_regexes *list)
{
    for (size_t i = 0; i < list->count; i++)
        regex_free(list->items[i]);
    free(list->items);
    *list = (struct settings_regexes){0};
}

void settings_release(struct settings *settings)
{
    free(settings->database);
    free(settings->url);
    free(settings->user);
    if (settings->password)
        explicit_bzero(settings->password, strlen(settings->password));
    free(settings->password);
    for (size_t i = 0; i < settings->server_count; i++)
        settings_server_release(&settings->servers[i]);
    free(settings->servers);
    for (size_t i = 0; i < settings->mapped.count; i++)
        free(settings->routes[i].database);
    free(settings->routes);
    free(settings->map_path);
    names_release(&settings->mapped);
    names_release(&settings->mapped_databases);
    retention_rules_release(&settings->retention);
    regexes_release(&settings->skip);
    regexes_release(&settings->measurements);
    strvec_release(&settings->tenants);
    strvec_release(&settings->extra_tags);
    free(settings->state_dir);
    strvec_release(&settings->tags);
    strvec_release(&settings->metric_tags);
    strvec_release(&settings->history_tags);
    *settings = (struct settings){0};
}

bool settings_compresses(const struct settings *settings, const char *url)
{
    return settings->gzip == GZIP_ON || (settings->gzip == GZIP_AUTO && !local_url(url));
}

int64_t settings_unit_ns(const char *unit)
{
    return *unit == 'h' ? CLOCK_HOUR_NS : *unit == 'd' ? CLOCK_DAY_NS : CLOCK_WEEK_NS;
}

const struct strvec *settings_tags_of(const struct settings *settings, const char *measurement)
{
    return strcmp(measurement, alarm_history) == 0 ? &settings->history_tags
                                                   : &settings->metric_tags;
}

/* Servers and routes */

static void wipe(char *password)
{
    if (password)
        explicit_bzero(password, strlen(password));
    free(password);
}

void settings_server_release(struct settings_server *server)
{
    free(server->url);
    free(server->read_url);
    free(server->user);
    wipe(server->password);
    free(server->origin);
    *server = (struct settings_server){0};
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_server(const struct settings_server *a, const struct settings_server *b)
{
    return same_text(a->url, b->url) && same_text(a->read_url, b->read_url) &&
           same_text(a->user, b->user) && same_text(a->password, b->password) &&
           a->kind == b->kind && a->retention_ns == b->retention_ns;
}

size_t settings_add_server(struct settings *settings, struct settings_server *server)
{
    for (size_t i = 0; i < settings->server_count; i++)
        if (same_server(&settings->servers[i], server)) {
            settings_server_release(server);
            return i + 1;
        }
    GROW(settings->servers, settings->server_count, settings->server_alloc);
    settings->servers[settings->server_count++] = *server;
    *server = (struct settings_server){0};
    return settings->server_count;
}

const struct settings_server *settings_server(const struct settings *settings, size_t number)
{
    return number ? &settings->servers[number - 1] : NULL;
}

int settings_check_url(const char *url, const char *what, struct err *err)
{
    bool known = strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;

    if (strchr(url, '@')) {
        err_set(err, ERR_USAGE, "%s takes no user or password: too many people see it", what);
        return err_hint(err, "a user and the file of the password are given on their own");
    }
    if (!known || !url[strcspn(url, ":") + 3])
        return err_set(err, ERR_USAGE, "%s: '%s' is no http:// or https:// address", what, url);
    if (strpbrk(url, "?# \t\n"))
        return err_set(err, ERR_USAGE, "%s: '%s' has more in it than host, port and path", what,
                       url);
    return 0;
}

int settings_read_password(const char *path, char **ret_password, struct err *err)
{
    struct strbuf content = STRBUF_INIT;

    if (file_read(path, 4096, &content, err) < 0) {
        strbuf_release(&content);
        return -1;
    }
    *ret_password = xmemdupz(content.buf, strcspn(content.buf, "\r\n"));
    explicit_bzero(content.buf, content.len);
    strbuf_release(&content);
    return 0;
}

size_t settings_target_server(const struct settings *settings, const char *tenant)
{
    uint32_t number = names_find(&settings->mapped, tenant);

    return number == NAMES_NONE ? settings->default_server : settings->routes[number].server;
}

bool settings_is_target(const struct settings *settings, const char *database)
{
    size_t len = strlen(settings->database);

    return (strncmp(database, settings->database, len) == 0 && database[len] == '_') ||
           names_find(&settings->mapped_databases, database) != NAMES_NONE;
}

static bool any_matches(const struct settings_regexes *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (regex_matches(list->items[i], text))
            return true;
    return false;
}

bool settings_skips(const struct settings *settings, const char *measurement)
{
    if (any_matches(&settings->skip, measurement))
        return true;
    return settings->measurements.count && !any_matches(&settings->measurements, measurement);
}

int64_t settings_shard_of(const char *tenant, int64_t count)
{
    char digest[DIGEST_HEX_LENGTH + 1];

    digest_sha256_hex(tenant, strlen(tenant), digest);
    digest[15] = '\0';
    return (int64_t)(strtoull(digest, NULL, 16) % (uint64_t)count) + 1;
}

bool settings_is_elsewhere(const struct settings *settings, const char *tenant)
{
    return settings->shard_count &&
           settings_shard_of(tenant, settings->shard_count) != settings->shard;
}

static bool parse_number(const char **text, int64_t *ret)
{
    char *end;

    if (!isdigit((unsigned char)**text))
        return false;
    *ret = strtoll(*text, &end, 10);
    *text = end;
    return *ret >= 1 && *ret <= MAX_SHARDS;
}

int settings_set_shard(struct settings *settings, const char *text, struct err *err)
{
    const char *at = text;

    if (parse_number(&at, &settings->shard) && *at++ == '/' &&
        parse_number(&at, &settings->shard_count) && !*at &&
        settings->shard <= settings->shard_count)
        return 0;
    err_set(err, ERR_USAGE, "--shard: '%s' is no I/N with I from 1 to N, and N at most %d", text,
            MAX_SHARDS);
    return err_hint(err, "for example --shard 1/4 to --shard 4/4 in four runs");
}

bool settings_skips_tenant(const struct settings *settings, const char *tenant)
{
    if (settings_is_elsewhere(settings, tenant))
        return true;
    return settings->tenants.nr && !strvec_has(&settings->tenants, tenant);
}

static int add_regex(struct settings_regexes *list, const char *pattern, enum regex_mode mode,
                     struct err *err)
{
    struct regex *re = regex_new(pattern, mode, err);

    if (!re)
        return -1;
    GROW(list->items, list->count, list->alloc);
    list->items[list->count++] = re;
    return 0;
}

/* The place of the last character of the class that `text` begins with. A bracket that stands first
 * in it is a member. */
static size_t class_end(const char *text)
{
    size_t i = text[1] == '^' ? 2 : 1;

    if (text[i] == ']')
        i++;
    for (; text[i] && text[i] != ']'; i++)
        if (text[i] == '\\' && text[i + 1])
            i++;
    return text[i] ? i : i - 1;
}

/* The length of the first expression of a comma-separated list. */
static size_t expression_length(const char *list)
{
    size_t depth = 0, i;

    for (i = 0; list[i]; i++) {
        if (list[i] == '\\' && list[i + 1])
            i++;
        else if (list[i] == '[')
            i += class_end(list + i);
        else if (strchr("({", list[i]))
            depth++;
        else if (strchr(")}", list[i]) && depth)
            depth--;
        else if (list[i] == ',' && !depth)
            break;
    }
    return i;
}

int settings_add_skip(struct settings *settings, const char *list, struct err *err)
{
    while (*list) {
        size_t len = expression_length(list);
        char *pattern = xmemdupz(list, len);
        int rc = len ? add_regex(&settings->skip, pattern, REGEX_MATCH_PREFIX, err) : 0;

        free(pattern);
        if (rc < 0)
            return err_wrap(err, "--migrate-skip-regex");
        list += len + (list[len] == ',');
    }
    return 0;
}

int settings_add_measurement(struct settings *settings, const char *pattern, struct err *err)
{
    if (add_regex(&settings->measurements, pattern, REGEX_MATCH_PREFIX, err) < 0)
        return err_wrap(err, "--measurement");
    return 0;
}

char *settings_target_database(const struct settings *settings, const char *tenant)
{
    struct strbuf name = STRBUF_INIT;
    uint32_t number = names_find(&settings->mapped, tenant);

    if (number != NAMES_NONE && settings->routes[number].database)
        return xstrdup(settings->routes[number].database);
    strbuf_addf(&name, "%s_%s", settings->database, tenant);
    return strbuf_detach(&name);
}
