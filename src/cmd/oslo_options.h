/*
 * Options that the old tools had from oslo.log, for those who call this program by their names.
 *
 * They are taken under the names of the links only, and stand in no help: `monasca-migrate` itself
 * has --log-file and the configuration for this.
 */
#ifndef CMD_OSLO_OPTIONS_H
#define CMD_OSLO_OPTIONS_H

#include "cmd/command.h"

struct oslo_options {
    const char *log_dir, *log_file, *log_config;
    const char *value; /* the value of options that mean nothing here */
    bool off;          /* --nodebug and the like, which ask for the default */
    bool ignored;
};

extern const struct option oslo_options_table[];

/*
 * Puts the options into `common`, and logs which of them mean nothing here. common->log_file may
 * then point to `ret_path`, which is the caller's to free, or NULL.
 */
void oslo_options_apply(const struct oslo_options *options, struct common_options *common,
                        const char *program, char **ret_path);

#endif
