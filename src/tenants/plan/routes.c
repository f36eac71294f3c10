/* Settings: the servers that hold targets, and which tenant goes where. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "tenants/plan/settings.h"

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

/* Several sections may name one server: the first that tells a limit of it tells it for all. */
static void add_limits(struct settings_limits *limits, const struct settings_limits *more)
{
    if (!limits->descriptors)
        limits->descriptors = more->descriptors;
    if (!limits->maps)
        limits->maps = more->maps;
    if (!limits->memory_bytes)
        limits->memory_bytes = more->memory_bytes;
    if (!limits->index)
        limits->index = more->index;
}

size_t settings_add_server(struct settings *settings, struct settings_server *server)
{
    for (size_t i = 0; i < settings->server_count; i++)
        if (same_server(&settings->servers[i], server)) {
            add_limits(&settings->servers[i].limits, &server->limits);
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

const struct settings_limits *settings_limits(const struct settings *settings, size_t number)
{
    return number ? &settings->servers[number - 1].limits : &settings->source_limits;
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

static int add_spread(struct settings *settings, const char *text, struct err *err)
{
    size_t len = strlen(text);

    if (settings_check_url(text, "--spread", err) < 0)
        return -1;
    /* The address becomes a line of a file. */
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < ' ')
            return err_set(err, ERR_USAGE, "--spread: an address has a control character in it");
    while (len && text[len - 1] == '/')
        len--;
    GROW(settings->spread, settings->spread_count, settings->spread_alloc);
    settings->spread[settings->spread_count] = (struct settings_spread){.url = xmemdupz(text, len)};
    for (size_t i = 0; i < settings->spread_count; i++)
        if (strcmp(settings->spread[i].url, settings->spread[settings->spread_count].url) == 0) {
            err_set(err, ERR_USAGE, "--spread: %s is there twice", settings->spread[i].url);
            free(settings->spread[settings->spread_count].url);
            return -1;
        }
    settings->spread_count++;
    return 0;
}

int settings_set_spread(struct settings *settings, const char *text, struct err *err)
{
    struct strvec urls = STRVEC_INIT;
    int rc = 0;

    strvec_split(&urls, text, ',');
    for (size_t i = 0; i < urls.nr && rc == 0; i++)
        rc = add_spread(settings, urls.v[i], err);
    strvec_release(&urls);
    return rc;
}

bool settings_spreads(const struct settings *settings, size_t number)
{
    for (size_t i = 0; i < settings->spread_count; i++)
        if (settings->spread[i].server == number)
            return true;
    return false;
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

char *settings_target_database(const struct settings *settings, const char *tenant)
{
    struct strbuf name = STRBUF_INIT;
    uint32_t number = names_find(&settings->mapped, tenant);

    if (number != NAMES_NONE && settings->routes[number].database)
        return xstrdup(settings->routes[number].database);
    strbuf_addf(&name, "%s_%s", settings->database, tenant);
    return strbuf_detach(&name);
}
