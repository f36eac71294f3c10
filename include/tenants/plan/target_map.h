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

/* Parses a kind of server: "influxdb", "influxdb2", "victoriametrics", or "auto" for
 * INFLUX_KIND_UNKNOWN. Returns -1 for any other text. */
int target_map_kind(const char *text, enum influx_kind *ret_kind);
/* The text of a kind. */
const char *target_map_kind_text(enum influx_kind kind);

#endif
