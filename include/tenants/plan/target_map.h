/*
 * The file of --target-map: it names the server and the database that a tenant goes to.
 *
 *     [DEFAULT]
 *     user = migration
 *     password_file = /etc/monasca/targets.password
 *
 *     [0123456789abcdef0123456789abcdef]
 *     url = https://influx2.example.org:8086
 *     database = project_a
 *
 * The grammar is that of oslo.config (conf/oslo_parse.h). A section is called exactly as its
 * tenant; a key that it doesn't have is taken from [DEFAULT]. The keys are url, user,
 * password_file, kind, read_url, retention and database; docs/targets.rst says what they mean.
 */
#ifndef TENANTS_PLAN_TARGET_MAP_H
#define TENANTS_PLAN_TARGET_MAP_H

#include "base/err.h"
#include "tenants/plan/settings.h"

/*
 * Adds the servers and routes of the file `path` to the settings, whose default server must be set
 * before. Asks no server. ERR_CONFIG, with file and line and without any password: unknown keys,
 * sections or keys that are there twice, and values that a key can't have.
 */
int target_map_read(struct settings *settings, const char *path, struct err *err);

/* What the command line tells of servers that a map doesn't name; NULL or 0: nothing. */
struct target_map_told {
    const char *user, *password_file, *kind, *index;
    int64_t descriptors, maps, memory_mib;
};

/*
 * Finds the servers of settings->spread: a server that the map names has the keys of its first
 * section there; the source's own needs none; others get what is told, and what the map has in
 * [DEFAULT]. Call it after target_map_read(). ERR_CONFIG, as there.
 */
int target_map_spread(struct settings *settings, const struct target_map_told *told,
                      struct err *err);

/* Can a section be called so? No line can hold each name, and [DEFAULT] is no tenant. */
bool target_map_can_name(const char *tenant);

/* Parses a kind of server: "influxdb", "influxdb2", "victoriametrics", or "auto" for
 * INFLUX_KIND_UNKNOWN. Returns -1 for any other text. */
int target_map_kind(const char *text, enum influx_kind *ret_kind);
/* The text of a kind. */
const char *target_map_kind_text(enum influx_kind kind);

#endif
