/*
 * Prints what our reader makes of files, in the form in which oracle.py prints what oslo.config
 * makes of them: one line for each option, or "load error".
 *
 *     oslo-dump [--service persister|api] [--config-file FILE | --config-dir DIR]...
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "conf/api.h"
#include "conf/oslo.h"
#include "conf/persister.h"

/* oracle.py has the same table. */
static const struct persister_option sample_options[] = {
    {"DEFAULT", "debug", OSLO_BOOL, "false", 0, 0, 0},
    {"DEFAULT", "log_file", OSLO_STRING, NULL, 0, 0, 0},
    {"DEFAULT", "log_dir", OSLO_STRING, NULL, 0, 0, 0},
    {"DEFAULT", "a", OSLO_STRING, NULL, 0, 0, 0},
    {"DEFAULT", "b", OSLO_STRING, "default of b", 0, 0, 0},
    {"DEFAULT", "c", OSLO_STRING, "<$b>", 0, 0, 0},
    {"DEFAULT", "number", OSLO_INT, "7", 0, INT64_MIN, INT64_MAX},
    {"influxdb", "database_name", OSLO_STRING, "mon", 0, 0, 0},
    {"influxdb", "ip_address", OSLO_STRING, NULL, 0, 0, 0},
    {"influxdb", "port", OSLO_PORT, "8086", 0, 0, 65535},
    {"influxdb", "ssl", OSLO_BOOL, "false", 0, 0, 0},
    {"influxdb", "user", OSLO_STRING, "mon_persister", 0, 0, 0},
    {"influxdb", "password", OSLO_STRING, NULL, 0, 0, 0},
    {"influxdb", "b", OSLO_STRING, NULL, 0, 0, 0},
    {"database", "connection", OSLO_STRING, NULL, 0, 0, 0},
    {NULL, NULL, OSLO_STRING, NULL, 0, 0, 0},
};

static const struct persister_option api_options[] = {
    {"database", "connection", OSLO_STRING, NULL, 0, 0, 0},
    {NULL, NULL, OSLO_STRING, NULL, 0, 0, 0},
};

static const char *const none[] = {NULL};
static const struct oslo_service sample_service = {"no-such-project", "no-such-program", none,
                                                   none};

static void declare_sample(struct oslo_config *config)
{
    for (const struct persister_option *o = sample_options; o->key; o++)
        oslo_config_set_default(config, o->section, o->key, o->type, o->value);
    oslo_config_set_old_name(config, "DEFAULT", "log_file", "DEFAULT", "logfile");
}

static const struct service {
    const char *name;
    const struct oslo_service *service;
    const struct persister_option *options;
    void (*declare)(struct oslo_config *config);
    bool needs_default; /* a wrong value in [DEFAULT] ends oslo.config when it reads the files */
} services[] = {
    {"sample", &sample_service, sample_options, declare_sample, false},
    {"persister", &persister_service, persister_options, persister_declare, true},
    {"api", &api_service, api_options, api_declare, false},
};

static void add_text(struct strbuf *out, const char *text)
{
    for (; *text; text++)
        if (*text >= ' ' && *text < 0x7f && *text != '\\')
            strbuf_addch(out, *text);
        else
            strbuf_addf(out, "\\x%02x", (unsigned char)*text);
}

static int add_value(struct strbuf *out, struct oslo_config *config,
                     const struct persister_option *o, struct err *err)
{
    char *text = NULL;
    bool truth = false;
    int64_t number = 0;

    switch (o->type) {
    case OSLO_STRING:
    case OSLO_HOST:
        if (oslo_config_get_string(config, o->section, o->key, NULL, &text, err) < 0)
            return -1;
        add_text(out, text ? text : "None");
        free(text);
        return 0;
    case OSLO_BOOL:
        if (oslo_config_get_bool(config, o->section, o->key, false, &truth, err) < 0)
            return -1;
        strbuf_addstr(out, truth ? "True" : "False");
        return 0;
    case OSLO_INT:
    case OSLO_PORT:
        if (oslo_config_get_int(config, o->section, o->key, o->min, o->max, 7, &number, err) < 0)
            return -1;
        strbuf_addf(out, "%" PRId64, number);
        return 0;
    }
    return -1;
}

static int add_values(struct strbuf *out, struct oslo_config *config, const struct service *service)
{
    struct err err = ERR_INIT;
    int rc = 0;

    for (const struct persister_option *o = service->options; o->key; o++) {
        if (strncmp(o->key, "migrate_", strlen("migrate_")) == 0)
            continue; /* the persister doesn't know these; tests/live/drop_in_configured.bats does */
        strbuf_addf(out, "[%s] %s = ", o->section, o->key);
        if (add_value(out, config, o, &err) < 0) {
            strbuf_addstr(out, "error");
            fprintf(stderr, "%s\n", err.message);
            err_release(&err);
            if (service->needs_default && strcmp(o->section, "DEFAULT") == 0)
                rc = -1;
        }
        strbuf_addch(out, '\n');
    }
    return rc;
}

static int run(char **argv, struct strbuf *out, struct err *err)
{
    const struct service *service = services;
    struct strvec files = STRVEC_INIT, words = STRVEC_INIT;
    struct oslo_config *config = NULL;
    int rc = -1;

    if (argv[0] && argv[1] && strcmp(argv[0], "--service") == 0) {
        while (strcmp(service->name, argv[1]) != 0)
            service++;
        argv += 2;
    }
    for (; *argv; argv++)
        strvec_push(&words, *argv);
    if (oslo_config_resolve(service->service, &words, &files, err) < 0)
        goto out;
    config = oslo_config_new(&files, err);
    if (!config)
        goto out;
    service->declare(config);
    rc = add_values(out, config, service);
out:
    oslo_config_free(config);
    strvec_release(&files);
    strvec_release(&words);
    return rc;
}

int main(int argc, char **argv)
{
    struct strbuf out = STRBUF_INIT;
    struct err err = ERR_INIT;

    (void)argc;
    if (run(argv + 1, &out, &err) < 0) {
        printf("load error\n");
        if (err.message)
            fprintf(stderr, "%s\n", err.message);
        err_release(&err);
    } else {
        fputs(out.buf, stdout);
    }
    strbuf_release(&out);
    return 0;
}
