/*
 * The setup that the commands of the group tenants share: their options, and the way from these and
 * the persister's configuration to settings and a client.
 */
#ifndef CMD_TENANTS_SETUP_H
#define CMD_TENANTS_SETUP_H

#include "cmd/command.h"
#include "cmd/tenants/spread/spread_out.h"
#include "influx/client.h"
#include "tenants/delta.h"
#include "tenants/plan/settings.h"
#include "tenants/servers/servers.h"

struct tenants_options {
    const char *retention_policy;
    struct strvec skip_regexes;
    const char *unit;                 /* NULL: not given */
    int64_t start_offset, end_offset; /* an end of 0: not given */
    bool ahead;
    struct strvec tenants;
    struct strvec measurements;
    struct strvec tenant_tags;
    const char *source_policy;
    const char *shard; /* NULL: all tenants */
    int64_t jobs;
    int64_t overlap_ns;
    int64_t max_rate;
    const char *state_dir;
    const char *gzip;   /* NULL: auto */
    const char *engine; /* NULL: `server`, or `stream` to another server */
    const char *target_url, *target_user, *target_password_file, *target_kind, *target_map;
    int64_t target_descriptors, target_maps, target_memory; /* 0: not given; memory in MiB */
    const char *target_index;                               /* NULL: not given */
    const char *shard_duration;                             /* NULL: auto */
    bool ignore_limits;
    bool full;
    bool no_grants;
    bool drop_strings;
    bool no_verify;
    bool dry_run;
    int64_t follow_ns; /* 0: not given */
    int64_t watch_ns;  /* 0: not given */
    bool count;
    const char *spread;     /* NULL: not given */
    const char *output_map; /* NULL: standard output */
    const char *metrics_file;
    bool deep;
    bool repair;
    struct strvec accept;
    int64_t settle_ns;
    char *configured_policy; /* what retention_policy points to where the configuration set it */
};

extern const struct tenants_options tenants_options_defaults;

/* Tables of options that more than one command has; each fills a struct tenants_options. */
extern const struct option
    tenants_selection_options[];                     /* plan, run, verify: points of the source */
extern const struct option tenants_target_options[]; /* plan, run, verify: targets, journal */
extern const struct option tenants_copy_options[];   /* plan, run: how to copy */

void tenants_options_release(void *values);

struct tenants_session {
    struct settings settings;
    const struct tenants_options *options; /* borrowed from the command's input */
    char *log_path;                        /* the persister's log file; NULL: none */
    struct http_loop *loop;
    struct influx_client client; /* asks the source */
    struct servers servers;      /* the servers of the targets */
    struct spread_out spread;    /* with --spread */
};

/* Makes the settings and clients, and checks all that can be checked without a server. `session`
 * must be zero; close it in any case. */
int tenants_session_open(struct tenants_session *session, const struct command_input *input,
                         struct err *err);
void tenants_session_close(struct tenants_session *session);

/*
 * Reads the catalogue, spreads the tenants where --spread asks for that, makes the plan of a delta,
 * shows that on a terminal, and warns of options that name nothing in the source. The caller sets
 * the delta's kind, journal and course, and releases it in any case.
 */
int tenants_session_plan(struct tenants_session *session, struct delta *delta, struct err *err);
/* Does --tenant name one that the source doesn't have? What was asked for isn't done then. */
bool tenants_session_lacks_tenant(const struct tenants_session *session,
                                  const struct catalogue *catalogue);

#endif
