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
    const char *value; /* of options that mean nothing here */
    bool off;          /* --nodebug: as it is anyway */
    bool ignored;
};

extern const struct option oslo_options_table[];

/*
 * Puts what they say into `common`, and says what means nothing here. The text that
 * common->log_file may be made to point to is returned in `ret_path`, the caller's to free.
 */
void oslo_options_apply(const struct oslo_options *options, struct common_options *common,
                        const char *program, char **ret_path);

#endif
