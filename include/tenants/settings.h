/*
 * What a run is told to do: one value, made from the command line and the persister's
 * configuration, checked whole before any server is asked.
 */
#ifndef TENANTS_SETTINGS_H
#define TENANTS_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/regex.h"
#include "base/strvec.h"
#include "tenants/retention.h"

struct settings_regexes {
    struct regex **items;
    size_t count;
    size_t alloc;
};

enum settings_purpose {
    PURPOSE_COPY,   /* what isn't covered yet */
    PURPOSE_VERIFY, /* what is covered */
};

enum settings_engine {
    ENGINE_SERVER, /* SELECT INTO */
    ENGINE_STREAM, /* read and write */
};

struct settings {
    enum settings_engine engine;
    enum settings_purpose purpose;
    /* From [influxdb] of the configuration. */
    char *database; /* the source */
    char *url;      /* of the server: scheme, host and port */
    char *user, *password;
    bool verify_tls;
    int64_t default_retention_hours;

    /* Another server for the targets: NULL: the source's own. From the command line and a file. */
    char *target_url;
    char *target_user, *target_password;

    /* From the command line. */
    struct retention_rules retention;
    struct settings_regexes skip;         /* measurements to leave out: Python's re.match */
    struct settings_regexes measurements; /* where any: only measurements that match one of them */
    struct strvec tenants;                /* where any: only these */
    const char *unit;                     /* "h", "d" or "w" */
    bool unit_given;                      /* windows are cut at it */
    int64_t start_offset,
        end_offset; /* in units back from the cutoff; the range is (cutoff - end, cutoff - start] */
    const char *source_policy; /* NULL: the default one; a name; "all" */
    int64_t jobs;              /* statements in flight at most */
    int64_t overlap_ns;
    int64_t max_rate; /* points a second; 0: no limit */
    bool full;
    bool grants;
    bool verify;              /* count both sides of each window after it was copied */
    bool deep;                /* compare every point */
    bool repair;              /* copy again what differs */
    struct strvec extra_tags; /* --tenant-tag */
    char *state_dir;

    /* All tags that can name a tenant, those of alarm history included. */
    struct strvec tags;
    struct strvec metric_tags; /* of any measurement: _tenant_id, then --tenant-tag */
    struct strvec
        history_tags; /* of alarm_state_history: _tenant_id, tenant_id, then --tenant-tag */
};

void settings_release(struct settings *settings);

/* The length of a unit: "h", "d" or "w". */
int64_t settings_unit_ns(const char *unit);

/* Which tags name the tenant of a measurement's points, in their order; borrowed. */
const struct strvec *settings_tags_of(const struct settings *settings, const char *measurement);

/* Is the measurement left out by --migrate-skip-regex or --measurement? */
bool settings_skips(const struct settings *settings, const char *measurement);
/* Is the tenant left out by --tenant? */
bool settings_skips_tenant(const struct settings *settings, const char *tenant);

/* Comma-separated, as the old script takes them; a comma within [], {} or () or behind a backslash
 * separates nothing. */
int settings_add_skip(struct settings *settings, const char *list, struct err *err);
int settings_add_measurement(struct settings *settings, const char *pattern, struct err *err);

/* The target database of a tenant; the caller's to free. */
char *settings_target_database(const struct settings *settings, const char *tenant);

#endif
