/*
 * Configuration files as oslo.config 9.0.0 reads them.
 *
 * What python3-oslo.config would make of a set of files is what counts, down to its oddities: how
 * lines are read stands in conf/oslo_parse.h, what a value becomes stands here. tests/cli/oslo/
 * compares both with the real one, and lists where this differs and why.
 *
 *  - Of several assignments the last wins, and later files win over earlier ones. Section names
 *    but DEFAULT are compared without regard to (ASCII) case: [default] is a section of its own.
 *    Keys are compared with regard to it.
 *  - The environment wins over the files: OS_INFLUXDB__PASSWORD, OS_DEFAULT__LOG_FILE.
 *  - $name, ${name} and ${section.name} stand for other options' values, as do $$ and \$ for a
 *    dollar sign; another $ is itself. A name is looked up in the section of the option, then in
 *    DEFAULT. What no file sets and nobody declared is an error, as are circles. A name may hold
 *    dots, so that "$host.log" asks for the option log of a section host.
 *  - What is put in is the value, not its text: True for `yes`, 8086 for ` 8_086`.
 *
 * All errors are ERR_CONFIG, and name file and line (or the variable), section, key and what is
 * allowed; never the value, nor a part of it, of a key whose name contains "password" or
 * "connection" or the like, nor of one that such a value was put into.
 */
#ifndef CONF_OSLO_H
#define CONF_OSLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strvec.h"

struct oslo_config;

/*
 * Reads `files` in their order, then the *.conf files of each of `dirs` in sorted order; later ones
 * win. A leading ~ is the home directory. NULL on an error: a file or directory that isn't there is
 * one. The caller frees it by oslo_config_free().
 */
struct oslo_config *oslo_config_new(const struct strvec *files, const struct strvec *dirs,
                                    struct err *err);
/* Likewise from one text; `name` stands for it in messages. */
struct oslo_config *oslo_config_new_from_text(const char *name, const char *text, size_t len,
                                              struct err *err);
void oslo_config_free(struct oslo_config *config);

enum oslo_type {
    OSLO_STRING,
    OSLO_BOOL,
    OSLO_INT,
};

/*
 * Declares an option: its type, which decides what text a substitution puts in, and the value where
 * nothing sets it; NULL: known, without a value (a substitution puts in nothing). A default may
 * hold substitutions too. Its section counts as known.
 */
void oslo_config_set_default(struct oslo_config *config, const char *section, const char *key,
                             enum oslo_type type, const char *value);

/* Declares that files may still use an option's former name; in one file the present name wins. */
void oslo_config_set_old_name(struct oslo_config *config, const char *section, const char *key,
                              const char *old_section, const char *old_key);

/*
 * The value of an option after substitution, the caller's to free; where nothing sets it, the
 * declared default; else a copy of `fallback` (NULL gives NULL).
 */
int oslo_config_get_string(struct oslo_config *config, const char *section, const char *key,
                           const char *fallback, char **ret_value, struct err *err);
int oslo_config_get_bool(struct oslo_config *config, const char *section, const char *key,
                         bool fallback, bool *ret_value, struct err *err);
/* An empty value, which is None to oslo.config, is an error. */
int oslo_config_get_int(struct oslo_config *config, const char *section, const char *key,
                        int64_t min, int64_t max, int64_t fallback, int64_t *ret_value,
                        struct err *err);

/*
 * What set an option, as text for a message ("/etc/monasca/persister.conf, line 12", "environment
 * variable OS_INFLUXDB__PORT"), or NULL where nothing did. Borrowed until the next call.
 */
const char *oslo_config_origin(struct oslo_config *config, const char *section, const char *key);

/* Appends the *.conf files of `dir` in sorted order, without hidden ones; ERR_CONFIG where it can't
 * be read. */
int oslo_config_list_dir(const char *dir, struct strvec *files, struct err *err);

/*
 * Where oslo.config looks when no --config-file or no --config-dir is given: the first of
 * ~/.PROJECT, ~, /etc/PROJECT, /etc, $SNAP_COMMON/etc/PROJECT and $SNAP/etc/PROJECT that has
 * PROJECT.conf, and the first that has PROGRAM.conf; likewise the directories PROJECT.conf.d and
 * PROGRAM.conf.d. Of `programs` (ends in NULL; the present name, then former ones) the first one
 * is taken with which anything is found, PROJECT.conf included: that is how Monasca's services
 * search.
 *
 * Appends what exists to `files` and `dirs` (either may be NULL). `home` is the home directory
 * (NULL or "": none); `root` stands before /etc ("" in production).
 */
void oslo_config_find(const char *project, const char *const *programs, const char *home,
                      const char *root, struct strvec *files, struct strvec *dirs);

/*
 * The files that oslo.config would read for a command line with `files` and `dirs`, in its order:
 * the default files and directories where none of that kind is given, then `files`, then `dirs`.
 * So a service's drop-in directory counts beneath a given --config-file. That nothing is found is
 * an error whose hint names --config-file.
 */
int oslo_config_resolve(const char *project, const char *const *programs,
                        const struct strvec *files, const struct strvec *dirs,
                        struct strvec *ret_files, struct err *err);

#endif
