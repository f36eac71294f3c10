/*
 * The map of tenants to servers, by the grammar of the configuration: every tenant gets a server
 * that is there, no two of them one database on one server, and an error names the file.
 * tests/fuzz/run builds and runs it.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "fuzz.h"
#include "tenants/plan/target_map.h"

static void check_servers(const struct settings *settings)
{
    for (size_t i = 0; i < settings->server_count; i++) {
        const struct settings_server *server = &settings->servers[i];
        size_t len = strlen(server->url);

        must(len && server->url[len - 1] != '/' && server->origin);
        must(!server->read_url || *server->read_url);
        must(server->retention_ns >= 0);
    }
}

static void check_routes(const struct settings *settings)
{
    for (size_t i = 0; i < settings->mapped.count; i++) {
        const struct settings_route *route = &settings->routes[i];

        must(route->server <= settings->server_count && route->line);
        must(!route->database || *route->database);
        must(!route->database || strcmp(route->database, settings->database) != 0);
        must(strcmp(settings->mapped.items[i], "DEFAULT") != 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings settings = {.database = xstrdup("mon")};
    struct strbuf path = STRBUF_INIT;
    struct err err = ERR_INIT;
    int fd = memfd_create("map", MFD_CLOEXEC);

    /* It would read whatever file stands there. */
    if (!memmem(data, size, "password_file", 13)) {
        must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
        strbuf_addf(&path, "/proc/self/fd/%d", fd);
        if (target_map_read(&settings, path.buf, &err) == 0) {
            must(err.code == ERR_NONE);
            check_servers(&settings);
            check_routes(&settings);
        } else {
            must(err.code == ERR_CONFIG && strstr(err.message, path.buf));
        }
    }
    close(fd);
    settings_release(&settings);
    strbuf_release(&path);
    err_release(&err);
    return 0;
}
