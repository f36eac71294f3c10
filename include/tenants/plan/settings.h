/*
 * The settings of a run: one value, made from the command line and the persister's configuration,
 * and checked as a whole before any server is asked.
 *
 * settings.c has what is general, filters.c says which measurements and tenants are left out, and
 * routes.c which servers there are and where a tenant goes.
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
#include "influx/shard_stats.h"
#include "tenants/plan/retention.h"

/* What an option or the map tells of a server that holds targets; 0: nothing. */
struct settings_limits {
    int64_t descriptors;  /* that its process may have open */
    int64_t maps;         /* memory maps that it may have */
    int64_t memory_bytes; /* that it may have */
    enum influx_index index;
};

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
    GZIP_AUTO, /* for servers on other machines */
    GZIP_ON,
    GZIP_OFF,
};

/* A server that holds targets and isn't the source's. */
struct settings_server {
    char *url;             /* to write to, "/write" goes behind it; without a slash at the end */
    char *read_url;        /* to read a VictoriaMetrics; NULL: the same */
    char *user, *password; /* NULL: none; a password without a user is a token */
    enum influx_kind kind; /* INFLUX_KIND_UNKNOWN: the server is asked */
    int64_t retention_ns;  /* how long the server keeps points, if it doesn't tell; 0: not given */
    struct settings_limits limits;
    char *origin; /* for messages, who named it: "--target-url", "targets.conf, line 7" */
};

/* The target of a tenant that the map names. */
struct settings_route {
    size_t server;  /* number */
    char *database; /* NULL: the usual name */
    size_t line;    /* of the tenant's section in the map */
};

/* A server over which --spread spreads tenants. */
struct settings_spread {
    char *url;     /* without a slash at the end */
    size_t server; /* number */
    char *keys;    /* lines of a map: what a section says that sends a tenant there */
};

struct settings {
    enum settings_engine engine; /* on the source's server; other servers are always streamed to */
    /* From [influxdb] of the configuration. */
    char *database; /* the source's name */
    char *url;      /* of the source's server: scheme, host and port */
    char *user, *password;
    bool verify_tls;
    int64_t default_retention_hours;

    /* From --target-url and --target-map. Servers have numbers: 0 is the source's own, N is
     * servers[N - 1]. */
    struct settings_server *servers;
    size_t server_count, server_alloc;
    struct settings_limits source_limits; /* of the source's own server */
    size_t default_server;                /* the number for tenants that the map doesn't name */
    char *map_path;                       /* NULL: no map */
    struct names mapped; /* tenants that the map names; each number is the index in `routes` */
    struct settings_route *routes;
    size_t route_alloc;
    struct names mapped_databases;  /* names that the routes give */
    struct settings_spread *spread; /* from --spread */
    size_t spread_count, spread_alloc;
    bool drop_strings; /* a VictoriaMetrics may lose text fields */

    /* From the command line. */
    struct retention_rules retention;
    int64_t shard_duration_ns; /* of shard groups in policies that are made; 0: the program chooses,
                                  tenants/plan/price.h */
    bool ignore_limits;        /* the run begins, whatever the price */
    struct settings_regexes skip;         /* measurements to leave out, by Python's re.match */
    struct settings_regexes measurements; /* if any: a measurement must match one */
    struct strvec tenants;                /* if any: a tenant must be one of them */
    int64_t part, part_count; /* --shard I/N: leaves out tenants of other parts; 0: none */
    const char *unit;         /* "h", "d" or "w" */
    bool unit_given;          /* a person gave it: then windows are no longer than a unit */
    /* In units back from the cutoff; the range is (cutoff - end, cutoff - start]. An end of 0: back
     * to the beginning of time. */
    int64_t start_offset, end_offset;
    bool ahead;                /* the range goes on to the end of time; the start is 0 then */
    const char *source_policy; /* a name; "all"; NULL: the database's default */
    enum settings_gzip gzip;
    int64_t jobs; /* statements in flight at most */
    int64_t overlap_ns;
    int64_t max_rate; /* points a second; 0: no limit */
    bool full;
    bool grants;
    bool verify;              /* after a window is copied, count it on both sides */
    bool deep;                /* compare every point, not only counts */
    bool repair;              /* copy windows that differ again */
    struct strvec extra_tags; /* --tenant-tag */
    char *state_dir;

    /* Tags that can name a tenant. A point's tenant stands in the first of them that it has. */
    struct strvec tags;        /* all of them */
    struct strvec metric_tags; /* for most measurements: _tenant_id, then --tenant-tag */
    /* For the measurement alarm_state_history: _tenant_id, tenant_id, then --tenant-tag. */
    struct strvec history_tags;
};

/* Nothing is chosen yet. */
#define SETTINGS_INIT                                                                              \
    {                                                                                              \
        .tenants = STRVEC_INIT, .extra_tags = STRVEC_INIT, .tags = STRVEC_INIT,                    \
        .metric_tags = STRVEC_INIT, .history_tags = STRVEC_INIT                                    \
    }

void settings_release(struct settings *settings);

/* Says whether bodies are compressed on the way to and from the server of this URL. */
bool settings_compresses(const struct settings *settings, const char *url);

/* The length of a unit "h", "d" or "w". */
int64_t settings_unit_ns(const char *unit);

/* The tags that name the tenant of a measurement's points, the first choice first; borrowed. */
const struct strvec *settings_tags_of(const struct settings *settings, const char *measurement);

/* Says whether --migrate-skip-regex or --measurement leaves the measurement out. */
bool settings_skips(const struct settings *settings, const char *measurement);
/* The part, 1 to `count`, that a tenant is in: the first 15 hex digits of the SHA-256 of its id,
 * modulo `count`, plus 1. It must never change: several machines and versions share the parts. */
int64_t settings_part_of(const char *tenant, int64_t count);
/* Says whether the tenant is in another part than that of --shard. */
bool settings_is_elsewhere(const struct settings *settings, const char *tenant);
/* Parses the "I/N" of --shard. ERR_USAGE. */
int settings_set_part(struct settings *settings, const char *text, struct err *err);
/* Says whether --tenant or --shard leaves the tenant out. */
bool settings_skips_tenant(const struct settings *settings, const char *tenant);

/* Adds a comma-separated list of expressions, as the old script takes it: without white space at
 * their ends. A comma within [], {} or (), or behind a backslash, separates nothing. ERR_USAGE. */
int settings_add_skip(struct settings *settings, const char *list, struct err *err);
/* Adds one expression. ERR_USAGE. */
int settings_add_measurement(struct settings *settings, const char *pattern, struct err *err);

/* The name of a tenant's target database; the caller's to free. */
char *settings_target_database(const struct settings *settings, const char *tenant);
/* The number of the server that holds a tenant's target database. */
size_t settings_target_server(const struct settings *settings, const char *tenant);
/* Says whether a database of this name may be the target of some tenant. */
bool settings_is_target(const struct settings *settings, const char *database);
/* The server of a number; NULL for 0, the source's own. */
const struct settings_server *settings_server(const struct settings *settings, size_t number);

/* Memory is told in MiB. */
#define SETTINGS_MIB INT64_C(1048576)
/* What is told of the server of a number. */
const struct settings_limits *settings_limits(const struct settings *settings, size_t number);

void settings_server_release(struct settings_server *server);
/* Adds a server and returns its number; where an equal one is there, returns that one's number.
 * Takes over what `server` holds. */
size_t settings_add_server(struct settings *settings, struct settings_server *server);
/* Parses the "URL[,URL...]" of --spread; target_map_spread() finds the servers. ERR_USAGE. */
int settings_set_spread(struct settings *settings, const char *text, struct err *err);
/* Says whether --spread names the server of a number. */
bool settings_spreads(const struct settings *settings, size_t number);
/* Checks the address of a server. ERR_USAGE; an address that may have a password in it isn't
 * quoted. `what` names the option or key. */
int settings_check_url(const char *url, const char *what, struct err *err);
/* Reads the first line of a file. The caller wipes and frees the password. ERR_CONFIG. */
int settings_read_password(const char *path, char **ret_password, struct err *err);

#endif
