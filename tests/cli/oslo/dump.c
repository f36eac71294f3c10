/*
 * Prints what our reader makes of files, in the form in which oracle.py prints what oslo.config
 * makes of them: one line for each option, or "load error".
 *
 *     oslo-dump [--config-file FILE | --config-dir DIR]...
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/oslo.h"

/* oracle.py has the same table. */
static const struct {
    const char *section;
    const char *key;
    enum oslo_type type;
    const char *value;
    int64_t min, max;
} options[] = {
    {"DEFAULT", "debug", OSLO_BOOL, "false", 0, 0},
    {"DEFAULT", "log_file", OSLO_STRING, NULL, 0, 0},
    {"DEFAULT", "log_dir", OSLO_STRING, NULL, 0, 0},
    {"DEFAULT", "a", OSLO_STRING, NULL, 0, 0},
    {"DEFAULT", "b", OSLO_STRING, "default of b", 0, 0},
    {"DEFAULT", "c", OSLO_STRING, "<$b>", 0, 0},
    {"DEFAULT", "number", OSLO_INT, "7", INT64_MIN, INT64_MAX},
    {"influxdb", "database_name", OSLO_STRING, "mon", 0, 0},
    {"influxdb", "ip_address", OSLO_STRING, NULL, 0, 0},
    {"influxdb", "port", OSLO_INT, "8086", 0, 65535},
    {"influxdb", "ssl", OSLO_BOOL, "false", 0, 0},
    {"influxdb", "user", OSLO_STRING, "mon_persister", 0, 0},
    {"influxdb", "password", OSLO_STRING, NULL, 0, 0},
    {"influxdb", "b", OSLO_STRING, NULL, 0, 0},
    {"database", "connection", OSLO_STRING, NULL, 0, 0},
};

static void print_text(const char *text)
{
    for (; *text; text++)
        if (*text >= ' ' && *text < 0x7f && *text != '\\')
            putchar(*text);
        else
            printf("\\x%02x", (unsigned char)*text);
}

static int print_value(struct oslo_config *config, size_t i, struct err *err)
{
    const char *section = options[i].section, *key = options[i].key;
    char *text = NULL;
    bool truth = false;
    int64_t number = 0;

    switch (options[i].type) {
    case OSLO_STRING:
        if (oslo_config_get_string(config, section, key, NULL, &text, err) < 0)
            return -1;
        if (text)
            print_text(text);
        else
            printf("None");
        free(text);
        return 0;
    case OSLO_BOOL:
        if (oslo_config_get_bool(config, section, key, false, &truth, err) < 0)
            return -1;
        printf("%s", truth ? "True" : "False");
        return 0;
    case OSLO_INT:
        if (oslo_config_get_int(config, section, key, options[i].min, options[i].max, 7, &number,
                                err) < 0)
            return -1;
        printf("%" PRId64, number);
        return 0;
    }
    return -1;
}

static int run(char **argv, struct err *err)
{
    static const char *const none[] = {NULL};
    static const struct oslo_service service = {"no-such-project", "no-such-program", none, none};
    struct strvec files = STRVEC_INIT, words = STRVEC_INIT;
    struct oslo_config *config = NULL;
    int rc = -1;

    for (; *argv; argv++)
        strvec_push(&words, *argv);
    if (oslo_config_resolve(&service, &words, &files, err) < 0)
        goto out;
    config = oslo_config_new(&files, err);
    if (!config)
        goto out;
    for (size_t i = 0; i < ARRAY_SIZE(options); i++)
        oslo_config_set_default(config, options[i].section, options[i].key, options[i].type,
                                options[i].value);
    oslo_config_set_old_name(config, "DEFAULT", "log_file", "DEFAULT", "logfile");
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        printf("[%s] %s = ", options[i].section, options[i].key);
        if (print_value(config, i, err) < 0) {
            printf("error");
            fprintf(stderr, "%s\n", err->message);
            err_release(err);
        }
        putchar('\n');
    }
    rc = 0;
out:
    oslo_config_free(config);
    strvec_release(&files);
    strvec_release(&words);
    return rc;
}

int main(int argc, char **argv)
{
    struct err err = ERR_INIT;

    (void)argc;
    if (run(argv + 1, &err) < 0) {
        printf("load error\n");
        fprintf(stderr, "%s\n", err.message);
        err_release(&err);
    }
    return 0;
}
