/*
 * The persister's settings, as far as a migration needs them: the server and database that the
 * persister writes to, and the file that it logs to. persister.conf.example lists every key with
 * its default.
 */
#ifndef CONF_PERSISTER_H
#define CONF_PERSISTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strvec.h"
#include "conf/oslo.h"

struct persister_settings {
    /* [influxdb] */
    char *database_name;
    char *ip_address; /* an address or a host name, as it stands; never empty */
    int64_t port;     /* 1 to 65535 */
    bool ssl;
    bool verify_ssl;
    char *user;     /* may be empty */
    char *password; /* NULL: none is set */
    bool db_per_tenant;
    int64_t
        default_retention_hours; /* 0 or less: for ever; at most what int64_t nanoseconds hold */
    int64_t batch_size;          /* points in a write; 0 or less: all in one */
    /* [DEFAULT] */
    bool debug;
    char *log_file; /* these three are the keys' values; NULL: not set */
    char *log_dir;
    char *log_config_append;
    /* The migration script's own options, which oslo.config reads there, too. */
    char *migrate_time_unit;           /* NULL: not set; likewise below */
    int64_t migrate_start_time_offset; /* 0: not set */
    int64_t migrate_end_time_offset;   /* 0: not set */
    char *migrate_retention_policy;
    char *migrate_skip_regex;
    char *log_path; /* the file that the persister logs to; NULL: none, or not known */
};

#define PERSISTER_SETTINGS_INIT                                                                    \
    {                                                                                              \
        .database_name = NULL                                                                      \
    }

/* The persister, as a service with default files. */
extern const struct oslo_service persister_service;

/* The keys that are read, and others of the persister, which a $ in a value may name; the last key
 * of either is NULL. */
extern const struct persister_option {
    const char *section;
    const char *key;
    enum oslo_type type;
    const char *value; /* the default; NULL: none */
    size_t offset;     /* of a char *, bool or int64_t in struct persister_settings */
    int64_t min, max;  /* OSLO_INT, OSLO_PORT */
} persister_options[], persister_others[];

/* Declares these keys, their former names, and what else the persister knows. */
void persister_declare(struct oslo_config *config);

/*
 * Reads the files that `words` name, and the default ones (oslo_config_resolve()): those of the
 * project monasca and the program monasca-persister, formerly persister, and the folder
 * monasca.conf.d. All errors are ERR_CONFIG, and leave `settings` as it was.
 *
 * `log_path` follows oslo.log. With log_config_append, the logging file's handler alone decides.
 * Else it is log_file, in log_dir where it is relative; else log_dir/monasca-persister.log.
 */
int persister_settings_load(struct persister_settings *settings, const struct strvec *words,
                            struct err *err);
/* Overwrites the password, frees all texts, and leaves PERSISTER_SETTINGS_INIT. */
void persister_settings_release(struct persister_settings *settings);

#endif
