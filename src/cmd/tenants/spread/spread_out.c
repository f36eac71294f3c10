#include "cmd/tenants/spread/spread_out.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/plural.h"
#include "tenants/spread/spread_make.h"
#include "tenants/spread/spread_map.h"
#include "term/out.h"

/* As --target-map takes it. */
#define MAX_MAP_BYTES ((size_t)64 * 1024 * 1024)

void spread_out_release(struct spread_out *out)
{
    spread_release(&out->spread);
    strbuf_release(&out->map);
}

int spread_out_make(struct spread_out *out, struct settings *settings, struct delta *delta,
                    bool count, struct err *err)
{
    struct strbuf there = STRBUF_INIT;
    int rc = -1;

    if (settings->map_path && file_read(settings->map_path, MAX_MAP_BYTES, &there, err) < 0) {
        err_wrap(err, "--target-map");
        goto out;
    }
    log_status("spreading...");
    rc = delta_spread(delta, count, &out->spread, err);
    log_status(NULL);
    if (rc < 0)
        goto out;
    spread_map_add(&out->map, &out->spread, settings, there.buf);
    spread_apply(&out->spread, settings);
    /* A run with the map leaves all others on the source's server. */
    settings->default_server = 0;
    for (size_t i = 0; i < out->spread.unnamed_count; i++)
        log_warning("no line of a map can name the tenant %s: it stays on the source's server",
                    out->spread.unnamed[i]);
out:
    strbuf_release(&there);
    return rc;
}

static bool is_same_file(const struct stat *a, const char *path)
{
    struct stat b;

    return path && stat(path, &b) == 0 && a->st_dev == b.st_dev && a->st_ino == b.st_ino;
}

/* May the file be written? `*ret_is_done`: it has the map already. */
static int look_at_file(const struct spread_out *out, const char *path, const char *map_path,
                        bool *ret_is_done, struct err *err)
{
    struct strbuf content = STRBUF_INIT;
    struct stat st;
    int rc = -1;

    *ret_is_done = false;
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || is_same_file(&st, map_path))
        return 0;
    if (file_read(path, MAX_MAP_BYTES, &content, err) == 0) {
        *ret_is_done = spread_map_is_same(content.buf, out->map.buf);
        rc = *ret_is_done ? 0 : -1;
        if (rc < 0) {
            err_set(err, ERR_CONFIG, "%s is there, and isn't this map", path);
            err_hint(err, "to add to it, give it as --target-map, too; else name another file");
        }
    }
    strbuf_release(&content);
    return rc;
}

int spread_out_write(const struct spread_out *out, const char *path, const char *map_path,
                     struct err *err)
{
    bool is_done;

    if (look_at_file(out, path, map_path, &is_done, err) < 0)
        return err_wrap(err, "--output-map");
    if (!is_done && file_replace(path, out->map.buf, out->map.len, err) < 0)
        return err_wrap(err, "--output-map");
    return 0;
}

void spread_out_print(const struct spread_out *out, const char *path)
{
    const struct spread *spread = &out->spread;

    if (!path) {
        out_text(out->map.buf);
        return;
    }
    out_printf("%s: a map of %zu tenant%s; after a run with it the servers have, at most%s:\n",
               path, spread->tenant_count, PLURAL(spread->tenant_count, "", "s"),
               spread->is_counted ? "" : " (measurements of tenants stand for points)");
    for (size_t i = 0; i < spread->server_count; i++) {
        struct strbuf text = STRBUF_INIT;

        spread_map_add_balance(&text, spread, i);
        out_printf("%s: %s\n", spread->servers[i].url, text.buf);
        strbuf_release(&text);
    }
}

static json_t *server_json(const struct spread *spread, size_t number)
{
    const struct spread_server *server = &spread->servers[number];
    json_t *object = json_object();

    json_set_text(object, "server", server->url);
    json_set_int(object, "tenants", (int64_t)server->tenant_count);
    json_set_int(object, "tenants_before", (int64_t)server->kept_count);
    json_set(object, "points",
             spread->is_counted ? json_integer(server->load[SPREAD_POINTS]) : json_null());
    json_set(object, "measurements",
             spread->is_counted ? json_null() : json_integer(server->load[SPREAD_POINTS]));
    json_set(object, "shards",
             server->facts.is_priced ? json_integer(server->load[SPREAD_SHARDS]) : json_null());
    json_set(object, "descriptors",
             server->facts.is_priced ? json_integer(server->load[SPREAD_DESCRIPTORS])
                                     : json_null());
    return object;
}

json_t *spread_out_json(const struct spread_out *out, const char *path)
{
    const struct spread *spread = &out->spread;
    json_t *object = json_object(), *servers = json_array(), *unnamed = json_array();

    for (size_t i = 0; i < spread->server_count; i++)
        json_array_append_new(servers, server_json(spread, i));
    for (size_t i = 0; i < spread->unnamed_count; i++)
        json_array_append_new(unnamed, json_text(spread->unnamed[i]));
    json_set(object, "servers", servers);
    json_set(object, "tenants_unnamed", unnamed);
    json_set_text(object, "file", path);
    json_set_text(object, "map", out->map.buf);
    return object;
}
