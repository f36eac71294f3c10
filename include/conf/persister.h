/*
 * The persister's settings, as far as a migration needs them: the server and database that it
 * writes to, and where it logs. persister.conf.example lists every key with its default.
 */
#ifndef CONF_PERSISTER_H
#define CONF_PERSISTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strvec.h"

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
    int64_t default_retention_hours; /* 0: for ever; at most what int64_t nanoseconds hold */
    int64_t batch_size;              /* points in a write; 1 or more */
    /* [DEFAULT] */
    bool debug;
    char *log_file; /* these three as they stand; NULL: not set */
    char *log_dir;
    char *log_config_append;
    char *log_path; /* the file that the persister logs to; NULL: none, or none that can be told */
};

#define PERSISTER_SETTINGS_INIT                                                                    \
    {                                                                                              \
        .database_name = NULL                                                                      \
    }

/*
 * Reads the files of a command line, and the default ones where it names none of a kind
 * (oslo_config_resolve()): those of the project monasca and the program monasca-persister, formerly
 * persister. All errors are ERR_CONFIG; on one `settings` is as it was.
 *
 * `log_path` follows oslo.log: with log_config_append the logging file's handler, and nothing else;
 * else log_file, in log_dir where it is relative; else log_dir/monasca-persister.log.
 */
int persister_settings_load(struct persister_settings *settings, const struct strvec *config_files,
                            const struct strvec *config_dirs, struct err *err);
/* Frees the texts, the password overwritten first, and leaves PERSISTER_SETTINGS_INIT. */
void persister_settings_release(struct persister_settings *settings);

#endif
