#include "cmd/tenants/setup.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/strbuf.h"
#include "conf/persister.h"
#include "tenants/plan/target_map.h"

static const char *const engines[] = {"server", "stream", NULL};
static const char *const kinds[] = {"auto", "influxdb", "influxdb2", "victoriametrics", NULL};
static const char *const gzip_choices[] = {"auto", "on", "off", NULL};
static const char *const indexes[] = {"inmem", "tsi1", NULL};
static const char *const units[] = {"h", "d", "w", NULL};

const struct tenants_options tenants_options_defaults = {
    .skip_regexes = STRVEC_INIT,
    .tenants = STRVEC_INIT,
    .measurements = STRVEC_INIT,
    .tenant_tags = STRVEC_INIT,
    .jobs = 4,
    .overlap_ns = CLOCK_HOUR_NS,
    .accept = STRVEC_INIT,
    .settle_ns = 10 * CLOCK_SECOND_NS,
};

#define PLACE(member) offsetof(struct tenants_options, member)

/* Options of plan, run and verify that choose points of the source. */
const struct option tenants_selection_options[] = {
    {"migrate-skip-regex", 0, OPTION_STRINGS, PLACE(skip_regexes), "REGEX,...",
     "leave out measurements whose name begins with a match, for example ^log\\..+; commas "
     "separate several",
     0, 0, NULL, NULL},
    {"migrate-time-unit", 0, OPTION_CHOICE, PLACE(unit), "h|d|w",
     "unit of the offsets and of plain numbers (default: w); where it is given, no statement "
     "covers more time than one unit",
     0, 0, units, NULL},
    {"migrate-start-time-offset", 0, OPTION_INTEGER, PLACE(start_offset), "N",
     "leave out the newest N units (default: 0)", 0, 1000000, NULL, NULL},
    {"migrate-end-time-offset", 0, OPTION_INTEGER, PLACE(end_offset), "N",
     "go back N units (default: all, to the oldest point)", 1, 1000000, NULL, NULL},
    {"ahead", 0, OPTION_FLAG, PLACE(ahead), NULL,
     "look at points ahead of the source's clock, too; each run and delta copies these again", 0, 0,
     NULL, NULL},
    {"tenant", 0, OPTION_STRINGS, PLACE(tenants), "ID",
     "only this tenant; may be given more than once", 0, 0, NULL, NULL},
    {"shard", 0, OPTION_STRING, PLACE(shard), "I/N",
     "only the tenants of part I of N, for example 2/4: so N runs share the work, on one machine "
     "or several",
     0, 0, NULL, NULL},
    {"measurement", 0, OPTION_STRINGS, PLACE(measurements), "REGEX",
     "only measurements whose name begins with a match; may be given more than once", 0, 0, NULL,
     NULL},
    {"tenant-tag", 0, OPTION_STRINGS, PLACE(tenant_tags), "TAG",
     "one more tag that names the tenant of points without _tenant_id; may be given more than once",
     0, 0, NULL, NULL},
    {"source-retention-policy", 0, OPTION_STRING, PLACE(source_policy), "NAME|all",
     "retention policy of the source to copy, into one of its own (default: its default one, and "
     "what earlier runs copied)",
     0, 0, NULL, NULL},
    OPTION_END,
};

/* Options of plan, run and verify that say where to write, how, and where the journal is. */
const struct option tenants_target_options[] = {
    {"engine", 0, OPTION_CHOICE, PLACE(engine), "server|stream",
     "server: SELECT INTO, within the source's server; stream: read points and write them "
     "(default: "
     "server; to other servers always stream)",
     0, 0, engines, NULL},
    {"target-url", 0, OPTION_STRING, PLACE(target_url), "URL",
     "copy to this server instead, for example https://influx2.example.org:8086", 0, 0, NULL, NULL},
    {"target-user", 0, OPTION_STRING, PLACE(target_user), "NAME",
     "user of the server of --target-url (default: no user; the configuration's are not sent "
     "there)",
     0, 0, NULL, NULL},
    {"target-password-file", 0, OPTION_STRING, PLACE(target_password_file), "FILE",
     "file whose first line is that user's password; without --target-user it is a token", 0, 0,
     NULL, NULL},
    {"target-kind", 0, OPTION_CHOICE, PLACE(target_kind), "auto|influxdb|influxdb2|victoriametrics",
     "kind of the server of --target-url (default: auto, the server is asked)", 0, 0, kinds, NULL},
    {"target-map", 0, OPTION_STRING, PLACE(target_map), "FILE",
     "file with a section for each tenant that goes to a server or database of its own; the others "
     "go where --target-url says, or stay on the source's server",
     0, 0, NULL, NULL},
    {"drop-strings", 0, OPTION_FLAG, PLACE(drop_strings), NULL,
     "leave out texts, which a VictoriaMetrics can't keep: value_meta and all alarm history, among "
     "others; without this option nothing is copied there",
     0, 0, NULL, NULL},
    {"gzip", 0, OPTION_CHOICE, PLACE(gzip), "auto|on|off",
     "compress points on their way (default: auto, from and to servers that are not on this "
     "machine)",
     0, 0, gzip_choices, NULL},
    {"jobs", 'j', OPTION_INTEGER, PLACE(jobs), "N",
     "have at most N statements in flight (default: 4)", 1, 256, NULL, NULL},
    {"state-dir", 0, OPTION_STRING, PLACE(state_dir), "DIR",
     "directory of the journal (default: $STATE_DIRECTORY, else /var/lib/monasca-migrate, else "
     "under $XDG_STATE_HOME or ~/.local/state)",
     0, 0, NULL, NULL},
    OPTION_END,
};

/* Options of plan and run that say how to copy. */
const struct option tenants_copy_options[] = {
    {"migrate-retention-policy", 0, OPTION_STRING, PLACE(retention_policy), "TENANT:DURATION,...",
     "retention policy of new databases, for example project:2w,project2:10; a plain number counts "
     "in --migrate-time-unit (default: default_retention_hours of the configuration, else the "
     "server's own)",
     0, 0, NULL, NULL},
    {"shard-duration", 0, OPTION_STRING, PLACE(shard_duration), "DURATION|auto",
     "length of the shard groups of new databases, for example 4w (default: auto, as InfluxDB "
     "chooses, and longer where the server couldn't take so many)",
     0, 0, NULL, NULL},
    {"ignore-limits", 0, OPTION_FLAG, PLACE(ignore_limits), NULL,
     "begin though the server's limits don't suffice; an InfluxDB without descriptors hangs, for "
     "everybody who writes to it",
     0, 0, NULL, NULL},
    {"target-descriptors", 0, OPTION_INTEGER, PLACE(target_descriptors), "N",
     "file descriptors that the server of new databases may have open (default: asked of its "
     "process where that is on this machine, else 65536)",
     1, 0, NULL, NULL},
    {"target-maps", 0, OPTION_INTEGER, PLACE(target_maps), "N",
     "memory maps that the server of new databases may have, vm.max_map_count (default: asked of "
     "its "
     "process, too, else 65530)",
     1, 0, NULL, NULL},
    {"target-memory", 0, OPTION_INTEGER, PLACE(target_memory), "MIB",
     "memory that the server of new databases may have, in MiB (default: asked of its process, "
     "too, "
     "else no limit)",
     1, 1 << 30, NULL, NULL},
    {"target-index", 0, OPTION_CHOICE, PLACE(target_index), "inmem|tsi1",
     "index-version of the shards of new databases (default: the server is asked; where it doesn't "
     "tell, the dearer one, tsi1, counts)",
     0, 0, indexes, NULL},
    {"overlap", 0, OPTION_DURATION, PLACE(overlap_ns), "DURATION",
     "copy the last DURATION of the run before again, for points that arrived late (default: 1h)",
     0, 0, NULL, NULL},
    {"max-rate", 0, OPTION_INTEGER, PLACE(max_rate), "POINTS_PER_SECOND",
     "write no more points a second, on average (default: no limit)", 1, 0, NULL, NULL},
    {"full", 0, OPTION_FLAG, PLACE(full), NULL,
     "forget what the journal says is done, and copy everything again", 0, 0, NULL, NULL},
    {"no-grants", 0, OPTION_FLAG, PLACE(no_grants), NULL,
     "don't repeat the grants on the source database on the new ones", 0, 0, NULL, NULL},
    {"no-verify", 0, OPTION_FLAG, PLACE(no_verify), NULL,
     "don't count the target's values after each window was copied", 0, 0, NULL, NULL},
    OPTION_END,
};

void tenants_options_release(void *values)
{
    struct tenants_options *options = values;

    strvec_release(&options->skip_regexes);
    strvec_release(&options->tenants);
    strvec_release(&options->measurements);
    strvec_release(&options->tenant_tags);
    strvec_release(&options->accept);
    free(options->configured_policy);
}

/* Settings */

static char *server_url(const struct persister_settings *persister)
{
    struct strbuf url = STRBUF_INIT;
    bool bare_ipv6 = strchr(persister->ip_address, ':') && persister->ip_address[0] != '[';

    strbuf_addf(&url, "%s://%s%s%s:%lld", persister->ssl ? "https" : "http", bare_ipv6 ? "[" : "",
                persister->ip_address, bare_ipv6 ? "]" : "", (long long)persister->port);
    return strbuf_detach(&url);
}

static void add_tags(struct settings *settings, const struct strvec *extra)
{
    strvec_push(&settings->metric_tags, "_tenant_id");
    strvec_push(&settings->history_tags, "_tenant_id");
    strvec_push(&settings->history_tags, "tenant_id");
    for (size_t i = 0; i < extra->nr; i++) {
        if (!strvec_has(&settings->metric_tags, extra->v[i]))
            strvec_push(&settings->metric_tags, extra->v[i]);
        if (!strvec_has(&settings->history_tags, extra->v[i]))
            strvec_push(&settings->history_tags, extra->v[i]);
    }
    for (size_t i = 0; i < settings->history_tags.nr; i++)
        strvec_push(&settings->tags, settings->history_tags.v[i]);
}

/* The limits that options tell of the server whose tenants no map names. */
static struct settings_limits limits_of(const struct tenants_options *options)
{
    return (struct settings_limits){.descriptors = options->target_descriptors,
                                    .maps = options->target_maps,
                                    .memory_bytes = options->target_memory * SETTINGS_MIB,
                                    .index = influx_index_of(options->target_index)};
}

static int apply_shard_duration(struct settings *settings, const char *text, struct err *err)
{
    if (!text || strcmp(text, "auto") == 0)
        return 0;
    if (clock_parse_duration(text, 0, &settings->shard_duration_ns, err) < 0)
        return err_wrap(err, "--shard-duration");
    if (settings->shard_duration_ns < CLOCK_HOUR_NS)
        return err_set(err, ERR_USAGE,
                       "--shard-duration: %s: InfluxDB has shard groups of 1h at least", text);
    return 0;
}

static int make_target_server(struct settings_server *server, const struct tenants_options *options,
                              struct err *err)
{
    size_t len = strlen(options->target_url);

    if (settings_check_url(options->target_url, "--target-url", err) < 0)
        return -1;
    while (len && options->target_url[len - 1] == '/')
        len--;
    server->url = xmemdupz(options->target_url, len);
    server->user = xstrdup_or_null(options->target_user);
    server->origin = xstrdup("--target-url");
    server->limits = limits_of(options);
    if (options->target_kind)
        target_map_kind(options->target_kind, &server->kind);
    if (options->target_password_file &&
        settings_read_password(options->target_password_file, &server->password, err) < 0)
        return err_wrap(err, "--target-password-file");
    return 0;
}

static int apply_target(struct settings *settings, const struct tenants_options *options,
                        struct err *err)
{
    struct settings_server server = {0};
    bool streams = options->engine && strcmp(options->engine, "stream") == 0;
    int rc = -1;

    settings->engine = streams ? ENGINE_STREAM : ENGINE_SERVER;
    settings->map_path = xstrdup_or_null(options->target_map);
    if (options->spread && settings_set_spread(settings, options->spread, err) < 0)
        return -1;
    if (options->spread && options->target_url)
        return err_set(err, ERR_USAGE, "--spread names the servers; leave out --target-url");
    if (options->output_map && !options->spread)
        return err_set(err, ERR_USAGE, "--output-map goes with --spread");
    if (options->target_url && options->engine && !streams)
        return err_set(
            err, ERR_USAGE,
            "--engine server can't copy to another server; leave it out, or --target-url");
    if (!options->target_url && !options->spread &&
        (options->target_user || options->target_password_file || options->target_kind))
        return err_set(
            err, ERR_USAGE,
            "--target-user, --target-password-file and --target-kind go with --target-url");
    if (!options->target_url) {
        settings->source_limits = limits_of(options);
        return 0;
    }
    if (make_target_server(&server, options, err) < 0)
        goto out;
    settings->default_server = settings_add_server(settings, &server);
    rc = 0;
out:
    settings_server_release(&server);
    return rc;
}

static int apply_options(struct settings *settings, const struct tenants_options *options,
                         struct err *err)
{
    settings->unit = options->unit ? options->unit : "w";
    settings->unit_given = options->unit != NULL;
    settings->start_offset = options->start_offset;
    settings->end_offset = options->end_offset;
    settings->ahead = options->ahead;
    settings->source_policy = options->source_policy;
    settings->jobs = options->jobs;
    if (options->shard && settings_set_part(settings, options->shard, err) < 0)
        return -1;
    if (options->gzip)
        settings->gzip = strcmp(options->gzip, "on") == 0    ? GZIP_ON
                         : strcmp(options->gzip, "off") == 0 ? GZIP_OFF
                                                             : GZIP_AUTO;
    settings->overlap_ns = options->overlap_ns;
    settings->max_rate = options->max_rate;
    settings->full = options->full;
    settings->grants = !options->no_grants;
    settings->verify = !options->no_verify;
    settings->drop_strings = options->drop_strings;
    settings->ignore_limits = options->ignore_limits;
    if (apply_shard_duration(settings, options->shard_duration, err) < 0)
        return -1;
    settings->deep = options->deep;
    settings->repair = options->repair;
    settings->state_dir =
        options->state_dir ? xstrdup(options->state_dir) : journal_default_directory();
    if (options->end_offset && options->start_offset >= options->end_offset)
        return err_set(err, ERR_USAGE,
                       "--migrate-start-time-offset must be less than --migrate-end-time-offset");
    if (options->ahead && options->start_offset)
        return err_set(
            err, ERR_USAGE,
            "--migrate-start-time-offset leaves out the newest points, and --ahead looks "
            "at them; leave one of the two out");
    if (options->retention_policy &&
        retention_rules_parse(&settings->retention, options->retention_policy, settings->unit,
                              err) < 0)
        return -1;
    for (size_t i = 0; i < options->skip_regexes.nr; i++)
        if (settings_add_skip(settings, options->skip_regexes.v[i], err) < 0)
            return -1;
    for (size_t i = 0; i < options->measurements.nr; i++)
        if (settings_add_measurement(settings, options->measurements.v[i], err) < 0)
            return -1;
    for (size_t i = 0; i < options->tenants.nr; i++) {
        if (!*options->tenants.v[i])
            return err_set(err, ERR_USAGE, "--tenant: the value is empty");
        strvec_push(&settings->tenants, options->tenants.v[i]);
    }
    add_tags(settings, &options->tenant_tags);
    return apply_target(settings, options, err);
}

/* The old script took the last of several values of an option. */
static void keep_last(struct strvec *list)
{
    struct strvec last = STRVEC_INIT;

    if (list->nr < 2)
        return;
    strvec_push(&last, list->v[list->nr - 1]);
    strvec_release(list);
    *list = last;
}

/*
 * Fills in what the command line leaves open and the configuration sets, of the options that this
 * command has. Returns whether there was any.
 */
static bool fill_in(struct tenants_options *options, const struct command *command,
                    const struct persister_settings *persister)
{
    bool filled = false;

    if (command_has_table(command, tenants_selection_options)) {
        if (!options->skip_regexes.nr && persister->migrate_skip_regex) {
            strvec_push(&options->skip_regexes, persister->migrate_skip_regex);
            filled = true;
        }
        for (size_t i = 0; !options->unit && persister->migrate_time_unit && units[i]; i++)
            if (strcmp(units[i], persister->migrate_time_unit) == 0) {
                options->unit = units[i];
                filled = true;
            }
        if (!options->start_offset && persister->migrate_start_time_offset) {
            options->start_offset = persister->migrate_start_time_offset;
            filled = true;
        }
        if (!options->end_offset && persister->migrate_end_time_offset) {
            options->end_offset = persister->migrate_end_time_offset;
            filled = true;
        }
    }
    if (command_has_table(command, tenants_copy_options) && !options->retention_policy &&
        persister->migrate_retention_policy) {
        options->configured_policy = xstrdup(persister->migrate_retention_policy);
        options->retention_policy = options->configured_policy;
        filled = true;
    }
    return filled;
}

/* The command line is checked first, since its errors need no file; what the configuration adds is
 * checked with it a second time. */
static int read_settings(struct settings *settings, struct tenants_options *options,
                         const struct command_input *input, struct persister_settings *persister,
                         struct err *err)
{
    if (input->link)
        keep_last(&options->skip_regexes);
    if (apply_options(settings, options, err) < 0 ||
        persister_settings_load(persister, &input->common->config, err) < 0)
        return -1;
    if (!fill_in(options, input->command, persister))
        return 0;
    log_notice("keys migrate_... of section [DEFAULT] of the configuration count as options");
    settings_release(settings);
    *settings = (struct settings)SETTINGS_INIT;
    if (apply_options(settings, options, err) == 0)
        return 0;
    if (err->code == ERR_USAGE)
        err->code = ERR_CONFIG;
    return err_wrap(err, "with the keys migrate_... of section [DEFAULT]");
}

static void apply_persister(struct settings *settings, const struct persister_settings *persister)
{
    settings->database = xstrdup(persister->database_name);
    settings->url = server_url(persister);
    settings->user = xstrdup_or_null(persister->user);
    settings->password = xstrdup_or_null(persister->password);
    settings->verify_tls = persister->verify_ssl;
    settings->default_retention_hours = persister->default_retention_hours;
    if (persister->ssl && !persister->verify_ssl)
        log_warning(
            "the certificate of the server isn't checked: verify_ssl is off in section [influxdb]");
}

/* A file of authorities that count beside the system's; NULL: there is none. The persister's HTTP
 * library (requests) reads the first two variables, OpenSSL the third; libcurl reads none of them.
 */
static const char *ca_file(void)
{
    static const char *const variables[] = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
                                            "SSL_CERT_FILE"};

    for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
        const char *file = getenv(variables[i]);

        if (file && *file)
            return file;
    }
    return NULL;
}

static void make_clients(struct tenants_session *session)
{
    const struct settings *settings = &session->settings;

    session->client = (struct influx_client){
        .loop = session->loop,
        .endpoint = {.base_url = settings->url,
                     .user = settings->user,
                     .password = settings->password,
                     .verify_tls = settings->verify_tls,
                     .ca_file = settings->verify_tls ? ca_file() : NULL,
                     .compress = settings_compresses(settings, settings->url)},
    };
    servers_init(&session->servers, settings, &session->client);
}

/* A path that leads to the same file from everywhere. */
static char *whole_path(const char *path)
{
    char *whole = path ? realpath(path, NULL) : NULL;

    return whole ? whole : xstrdup_or_null(path);
}

static int find_spread(struct settings *settings, const struct tenants_options *options,
                       struct err *err)
{
    char *password_file = whole_path(options->target_password_file);
    const struct target_map_told told = {.user = options->target_user,
                                         .password_file = password_file,
                                         .kind = options->target_kind,
                                         .index = options->target_index,
                                         .descriptors = options->target_descriptors,
                                         .maps = options->target_maps,
                                         .memory_mib = options->target_memory};
    int rc = target_map_spread(settings, &told, err);

    /* What a tenant costs is asked of the first server. */
    if (rc == 0)
        settings->default_server = settings->spread[0].server;
    free(password_file);
    return rc;
}

int tenants_session_open(struct tenants_session *session, const struct command_input *input,
                         struct err *err)
{
    struct settings *settings = &session->settings;
    struct persister_settings persister = PERSISTER_SETTINGS_INIT;
    int rc = -1;

    *settings = (struct settings)SETTINGS_INIT;
    session->spread = (struct spread_out)SPREAD_OUT_INIT;
    session->options = input->options;
    if (read_settings(settings, input->options, input, &persister, err) < 0)
        goto out;
    apply_persister(settings, &persister);
    if ((settings->map_path && target_map_read(settings, settings->map_path, err) < 0) ||
        (settings->spread_count && find_spread(settings, session->options, err) < 0))
        goto out;
    session->log_path = xstrdup_or_null(persister.log_path);
    session->loop = http_loop_new(err);
    if (!session->loop || stop_install(err) < 0)
        goto out;
    make_clients(session);
    rc = 0;
out:
    persister_settings_release(&persister);
    return rc;
}

void tenants_session_close(struct tenants_session *session)
{
    spread_out_release(&session->spread);
    http_loop_free(session->loop);
    servers_release(&session->servers);
    settings_release(&session->settings);
    free(session->log_path);
}

/* A delta */

static void warn_of_unknown_measurements(const struct settings *settings,
                                         const struct tenants_options *options,
                                         const struct catalogue *catalogue)
{
    const struct names *names = &catalogue->measurements;

    for (size_t i = 0; i < settings->measurements.count; i++) {
        size_t k = 0;

        while (k < names->count && !regex_matches(settings->measurements.items[i], names->items[k]))
            k++;
        if (k == names->count)
            log_warning("--measurement %s: the source has no measurement that it matches",
                        options->measurements.v[i]);
    }
}

static void warn_of_unknown_tenants(const struct settings *settings,
                                    const struct catalogue *catalogue)
{
    for (size_t i = 0; i < settings->retention.count; i++)
        if (names_find(&catalogue->tenants, settings->retention.items[i].tenant) == NAMES_NONE)
            log_warning("--migrate-retention-policy %s: the source has no points of this tenant",
                        settings->retention.items[i].tenant);
    for (size_t i = 0; i < settings->tenants.nr; i++)
        if (names_find(&catalogue->tenants, settings->tenants.v[i]) == NAMES_NONE)
            log_warning("--tenant %s: the source has no points of this tenant",
                        settings->tenants.v[i]);
    for (size_t i = 0; i < settings->mapped.count; i++)
        if (names_find(&catalogue->tenants, settings->mapped.items[i]) == NAMES_NONE)
            log_warning("%s, line %zu: the source has no points of the tenant %s",
                        settings->map_path, settings->routes[i].line, settings->mapped.items[i]);
}

bool tenants_session_lacks_tenant(const struct tenants_session *session,
                                  const struct catalogue *catalogue)
{
    for (size_t i = 0; i < session->settings.tenants.nr; i++)
        if (names_find(&catalogue->tenants, session->settings.tenants.v[i]) == NAMES_NONE)
            return true;
    return false;
}

int tenants_session_plan(struct tenants_session *session, struct delta *delta, struct err *err)
{
    delta->settings = &session->settings;
    delta->source = &session->client;
    delta->servers = &session->servers;
    if (delta_read(delta, err) < 0)
        return -1;
    if (!delta_is_brief(delta->kind)) {
        warn_of_unknown_tenants(&session->settings, &delta->catalogue);
        warn_of_unknown_measurements(&session->settings, session->options, &delta->catalogue);
    }
    if (session->settings.spread_count && spread_out_make(&session->spread, &session->settings,
                                                          delta, session->options->count, err) < 0)
        return -1;
    if (delta_plan(delta, err) < 0)
        return -1;
    if (!delta_is_brief(delta->kind) && plan_lacks_beginning(&delta->plan))
        log_warning(
            "the source's first shard group, which begins in 1677, can't be read: its start "
            "was lost when the server was started; its points stay behind");
    return 0;
}
