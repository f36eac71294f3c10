/*
 * What a run is told to do: one value, made from the command line and the persister's
 * configuration, checked whole before any server is asked.
 */
#ifndef TENANTS_PLAN_SETTINGS_H
#define TENANTS_PLAN_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/names.h"
#include "base/regex.h"
#include "base/strvec.h"
#include "influx/client.h"
#include "tenants/plan/retention.h"

struct settings_regexes {
    struct regex **items;
    size_t count;
    size_t alloc;
};

enum settings_engine {
    ENGINE_SERVER, /* SELECT INTO */
    ENGINE_STREAM, /* read and write */
};

enum settings_gzip {
    GZIP_AUTO, /* where the server isn't on this machine */
    GZIP_ON,
    GZIP_OFF,
};

/* A server that holds targets and isn't the source's. */
struct settings_server {
    char *url;             /* line protocol is written behind it; without a slash at the end */
    char *read_url;        /* VictoriaMetrics is read behind it; NULL: the same */
    char *user, *password; /* NULL: none; a password alone is a token */
    enum influx_kind kind; /* INFLUX_KIND_UNKNOWN: it is asked */
    int64_t retention_ns;  /* how long it keeps points, where it can't be asked; 0: not said */
    char *origin;          /* who named it: "--target-url", "targets.conf, line 7" */
};

/* Where a tenant that the map names goes. */
struct settings_route {
    size_t server;  /* number */
    char *database; /* NULL: called as always */
    size_t line;    /* of its section */
};

struct settings {
    enum settings_engine engine; /* for targets on the source's server; others are streamed to */
    /* From [influxdb] of the configuration. */
    char *database; /* the source */
    char *url;      /* of the server: scheme, host and port */
    char *user, *password;
    bool verify_tls;
    int64_t default_retention_hours;

    /*
     * Servers are numbered: 0 is the source's own, N is servers[N - 1]. From --target-url and
     * --target-map.
     */
    struct settings_server *servers;
    size_t server_count, server_alloc;
    size_t default_server; /* of tenants that the map doesn't name */
    char *map_path;        /* NULL: no map */
    struct names mapped;   /* tenants; the number of each is that of its route */
    struct settings_route *routes;
    size_t route_alloc;
    struct names mapped_databases; /* the names that routes give */
    bool drop_strings;             /* leave out what VictoriaMetrics can't keep */

    /* From the command line. */
    struct retention_rules retention;
    struct settings_regexes skip;         /* measurements to leave out: Python's re.match */
    struct settings_regexes measurements; /* where any: only measurements that match one of them */
    struct strvec tenants;                /* where any: only these */
    int64_t shard, shard_count;           /* --shard I/N: only tenants of this shard; 0: all */
    const char *unit;                     /* "h", "d" or "w" */
    bool unit_given;                      /* windows are cut at it */
    int64_t start_offset,
        end_offset; /* in units back from the cutoff; the range is (cutoff - end, cutoff - start] */
    const char *source_policy; /* NULL: the default one; a name; "all" */
    enum settings_gzip gzip;
    int64_t jobs; /* statements in flight at most */
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

/* Nothing is chosen yet. */
#define SETTINGS_INIT                                                                              \
    {                                                                                              \
        .tenants = STRVEC_INIT, .extra_tags = STRVEC_INIT, .tags = STRVEC_INIT,                    \
        .metric_tags = STRVEC_INIT, .history_tags = STRVEC_INIT                                    \
    }

void settings_release(struct settings *settings);

/* Is what is exchanged with the server of this URL compressed? */
bool settings_compresses(const struct settings *settings, const char *url);

/* The length of a unit: "h", "d" or "w". */
int64_t settings_unit_ns(const char *unit);

/* Which tags name the tenant of a measurement's points, in their order; borrowed. */
const struct strvec *settings_tags_of(const struct settings *settings, const char *measurement);

/* Is the measurement left out by --migrate-skip-regex or --measurement? */
bool settings_skips(const struct settings *settings, const char *measurement);
/* Which of `count` shards a tenant is in, from 1 on: the first 15 hex digits of the SHA-256 of its
 * id, modulo `count`, plus 1. The same on every machine and in every version. */
int64_t settings_shard_of(const char *tenant, int64_t count);
/* Is the tenant another shard's? */
bool settings_is_elsewhere(const struct settings *settings, const char *tenant);
/* Parses "I/N". ERR_USAGE. */
int settings_set_shard(struct settings *settings, const char *text, struct err *err);
/* Is the tenant left out by --tenant or --shard? */
bool settings_skips_tenant(const struct settings *settings, const char *tenant);

/* Comma-separated, as the old script takes them; a comma within [], {} or () or behind a backslash
 * separates nothing. */
int settings_add_skip(struct settings *settings, const char *list, struct err *err);
int settings_add_measurement(struct settings *settings, const char *pattern, struct err *err);

/* The target database of a tenant; the caller's to free. */
char *settings_target_database(const struct settings *settings, const char *tenant);
/* The number of the server that holds it. */
size_t settings_target_server(const struct settings *settings, const char *tenant);
/* May a database of this name be a target? */
bool settings_is_target(const struct settings *settings, const char *database);
/* NULL for the source's own. */
const struct settings_server *settings_server(const struct settings *settings, size_t number);

void settings_server_release(struct settings_server *server);
/* Takes it over; where one of the same address and credentials is there, that one's number is
 * given. */
size_t settings_add_server(struct settings *settings, struct settings_server *server);
/* ERR_USAGE with what is wrong with the address of a server; never quotes one that may hold a
 * password. `what` names the option or key. */
int settings_check_url(const char *url, const char *what, struct err *err);
/* The first line of a file. ERR_CONFIG. */
int settings_read_password(const char *path, char **ret_password, struct err *err);

#endif
