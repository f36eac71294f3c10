/*
 * The file of --target-map: which tenants go to which servers and databases.
 *
 *     [DEFAULT]
 *     user = migration
 *     password_file = /etc/monasca/targets.password
 *
 *     [0123456789abcdef0123456789abcdef]
 *     url = https://influx2.example.org:8086
 *     database = project_a
 *
 * Read by the grammar of oslo.config (conf/oslo_parse.h). A section's name is the tenant's, to the
 * letter; [DEFAULT] has what its sections don't set themselves. Keys: url, user, password_file,
 * kind, read_url, retention, database. docs/targets.rst tells what they mean.
 */
#ifndef TENANTS_PLAN_TARGET_MAP_H
#define TENANTS_PLAN_TARGET_MAP_H

#include "base/err.h"
#include "tenants/plan/settings.h"

/*
 * Adds the servers and routes of `path` to the settings, whose default server must be set. Nothing
 * is asked of a server. Errors are ERR_CONFIG, with file and line, and never quote a password:
 * unknown keys, sections and keys that are there twice, two tenants of one database, and what a key
 * can't hold.
 */
int target_map_read(struct settings *settings, const char *path, struct err *err);

/* The kind of server that a text names ("influxdb", "influxdb2", "victoriametrics", "auto"); -1
 * where it names none. */
int target_map_kind(const char *text, enum influx_kind *ret_kind);
const char *target_map_kind_text(enum influx_kind kind);

#endif
