#include "conf/persister.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "conf/logging_file.h"
#include "conf/oslo.h"

static const char *const former[] = {"persister", NULL};
/* The persister hands its arguments to oslo.config where its name belongs: so no folder of its own
 * name is ever read. */
static const char *const folders[] = {"monasca", NULL};

const struct oslo_service persister_service = {"monasca", "monasca-persister", former, folders};

const struct persister_option persister_options[] = {
#define OPTION(section, key, type, value, min, max)                                                \
    {                                                                                              \
        section, #key, type, value, offsetof(struct persister_settings, key), min, max             \
    }
    OPTION("influxdb", database_name, OSLO_STRING, "mon", 0, 0),
    OPTION("influxdb", ip_address, OSLO_HOST, NULL, 0, 0),
    OPTION("influxdb", port, OSLO_PORT, "8086", 1, 65535),
    OPTION("influxdb", ssl, OSLO_BOOL, "false", 0, 0),
    OPTION("influxdb", verify_ssl, OSLO_BOOL, "false", 0, 0),
    OPTION("influxdb", user, OSLO_STRING, "mon_persister", 0, 0),
    OPTION("influxdb", password, OSLO_STRING, NULL, 0, 0),
    OPTION("influxdb", db_per_tenant, OSLO_BOOL, "false", 0, 0),
    /* The persister takes numbers below one for "no policy" and for "all in one write". */
    OPTION("influxdb", default_retention_hours, OSLO_INT, "0", INT64_MIN,
           INT64_MAX / CLOCK_HOUR_NS),
    OPTION("influxdb", batch_size, OSLO_INT, "10000", INT64_MIN, INT64_MAX),
    OPTION("DEFAULT", debug, OSLO_BOOL, "false", 0, 0),
    OPTION("DEFAULT", log_file, OSLO_STRING, NULL, 0, 0),
    OPTION("DEFAULT", log_dir, OSLO_STRING, NULL, 0, 0),
    OPTION("DEFAULT", log_config_append, OSLO_STRING, NULL, 0, 0),
    OPTION("DEFAULT", migrate_time_unit, OSLO_STRING, NULL, 0, 0),
    OPTION("DEFAULT", migrate_start_time_offset, OSLO_INT, NULL, 0, 1000000),
    OPTION("DEFAULT", migrate_end_time_offset, OSLO_INT, NULL, 1, 1000000),
    OPTION("DEFAULT", migrate_retention_policy, OSLO_STRING, NULL, 0, 0),
    OPTION("DEFAULT", migrate_skip_regex, OSLO_STRING, NULL, 0, 0),
#undef OPTION
    {NULL, NULL, OSLO_STRING, NULL, 0, 0, 0},
};

/* oslo.log's former names, all in DEFAULT. */
static const struct {
    const char *key;
    const char *old_key;
} old_names[] = {
    {"log_file", "logfile"},
    {"log_dir", "logdir"},
    {"log_config_append", "log-config"},
    {"log_config_append", "log_config"},
};

void persister_declare(struct oslo_config *config)
{
    for (const struct persister_option *o = persister_options; o->key; o++)
        oslo_config_set_default(config, o->section, o->key, o->type, o->value);
    for (const struct persister_option *o = persister_others; o->key; o++)
        oslo_config_set_default(config, o->section, o->key, o->type, o->value);
    for (size_t i = 0; i < ARRAY_SIZE(old_names); i++)
        oslo_config_set_old_name(config, "DEFAULT", old_names[i].key, "DEFAULT",
                                 old_names[i].old_key);
}

static int read_options(struct persister_settings *settings, struct oslo_config *config,
                        struct err *err)
{
    for (const struct persister_option *o = persister_options; o->key; o++) {
        const char *section = o->section, *key = o->key;
        void *value = (char *)settings + o->offset;
        int rc = -1;

        switch (o->type) {
        case OSLO_STRING:
        case OSLO_HOST:
            rc = oslo_config_get_string(config, section, key, NULL, value, err);
            break;
        case OSLO_BOOL:
            rc = oslo_config_get_bool(config, section, key, false, value, err);
            break;
        case OSLO_INT:
        case OSLO_PORT:
            rc = oslo_config_get_int(config, section, key, o->min, o->max, 0, value, err);
            break;
        }
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int check_time_unit(struct oslo_config *config, const char *unit, struct err *err)
{
    if (!unit || (strlen(unit) == 1 && strchr("hdw", *unit)))
        return 0;
    return err_set(err, ERR_CONFIG,
                   "%s: [DEFAULT] migrate_time_unit: '%s' is wrong; allowed are h, d and w",
                   oslo_config_origin(config, "DEFAULT", "migrate_time_unit"), unit);
}

/* Refuses a key that has no value. `files` are those that were read. */
static int check_present(struct oslo_config *config, const char *key, const char *value,
                         const struct strvec *files, struct err *err)
{
    const char *origin = oslo_config_origin(config, "influxdb", key);

    if (value && *value)
        return 0;
    if (origin)
        return err_set(err, ERR_CONFIG, "%s: [influxdb] %s: the value is empty", origin, key);
    err_set(err, ERR_CONFIG, "%s: [influxdb] %s is missing",
            files->nr ? files->v[files->nr - 1] : "no file", key);
    if (files->nr > 1)
        return err_hint(err, "this file was read last of %zu; any of them may set the key",
                        files->nr);
    return err_hint(err, "set it there, or name another file by --config-file");
}

static bool is_set(const char *value)
{
    return value && *value;
}

static int find_log_path(struct persister_settings *settings, struct err *err)
{
    struct strbuf path = STRBUF_INIT;
    const char *dir = settings->log_dir, *file = settings->log_file;

    if (is_set(settings->log_config_append))
        return logging_file_find(settings->log_config_append, &settings->log_path, err);
    /* oslo.log joins by os.path.join(): an absolute name wins over the directory. */
    if (is_set(dir) && (!is_set(file) || file[0] != '/'))
        strbuf_addf(&path, "%s%s", dir, dir[strlen(dir) - 1] == '/' ? "" : "/");
    if (is_set(file))
        strbuf_addstr(&path, file);
    else if (path.len)
        strbuf_addf(&path, "%s.log", persister_service.program);
    if (path.len)
        settings->log_path = strbuf_detach(&path);
    strbuf_release(&path);
    return 0;
}

int persister_settings_load(struct persister_settings *settings, const struct strvec *words,
                            struct err *err)
{
    struct persister_settings loaded = PERSISTER_SETTINGS_INIT;
    struct strvec files = STRVEC_INIT;
    struct oslo_config *config = NULL;
    int rc = -1;

    if (oslo_config_resolve(&persister_service, words, &files, err) < 0)
        goto out;
    config = oslo_config_new(&files, err);
    if (!config)
        goto out;
    persister_declare(config);
    if (read_options(&loaded, config, err) < 0)
        goto out;
    if (check_present(config, "database_name", loaded.database_name, &files, err) < 0 ||
        check_present(config, "ip_address", loaded.ip_address, &files, err) < 0 ||
        check_time_unit(config, loaded.migrate_time_unit, err) < 0)
        goto out;
    if (find_log_path(&loaded, err) < 0)
        goto out;
    persister_settings_release(settings);
    *settings = loaded;
    loaded = (struct persister_settings)PERSISTER_SETTINGS_INIT;
    rc = 0;
out:
    persister_settings_release(&loaded);
    oslo_config_free(config);
    strvec_release(&files);
    return rc;
}

void persister_settings_release(struct persister_settings *settings)
{
    if (settings->password)
        explicit_bzero(settings->password, strlen(settings->password));
    free(settings->database_name);
    free(settings->ip_address);
    free(settings->user);
    free(settings->password);
    free(settings->log_file);
    free(settings->log_dir);
    free(settings->log_config_append);
    free(settings->migrate_time_unit);
    free(settings->migrate_retention_policy);
    free(settings->migrate_skip_regex);
    free(settings->log_path);
    *settings = (struct persister_settings)PERSISTER_SETTINGS_INIT;
}
