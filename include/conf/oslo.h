/*
 * Configuration files as oslo.config 9.0.0 reads them.
 *
 * The results are those of python3-oslo.config, its oddities included. conf/oslo_parse.h says how
 * lines are read; this header says what values become. tests/cli/oslo/ compares both with the real
 * oslo.config, and lists where this reader differs and why.
 *
 *  - Of several assignments the last wins, and later files win over earlier ones. Section names
 *    are compared without regard to (ASCII) case, DEFAULT excepted: [default] is another section.
 *    Keys are compared with regard to case.
 *  - The environment wins over the files: OS_INFLUXDB__PASSWORD, OS_DEFAULT__LOG_FILE.
 *  - $name, ${name} and ${section.name} stand for other options' values, as do $$ and \$ for a
 *    dollar sign; another $ is itself. A name is looked up in the section of the option, then in
 *    DEFAULT. A name that no file sets and nobody declared is an error, and so is a circle. A name
 *    may hold dots: "$host.log" asks for the option log of a section host.
 *  - A substitution puts in the other option's value, not its text: True for `yes`, 8086 for
 *    ` 8_086`.
 *
 * All errors are ERR_CONFIG. A message names file and line (or the variable), section, key and what
 * is allowed. It shows no part of a secret value: one of a key whose name contains "password",
 * "connection" or the like, or one that such a value was put into.
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
 * Reads `files` in their order; later ones win. NULL on an error; a missing file is one. The caller
 * frees the result by oslo_config_free().
 */
struct oslo_config *oslo_config_new(const struct strvec *files, struct err *err);
/* Likewise from one text; `name` stands for it in messages. */
struct oslo_config *oslo_config_new_from_text(const char *name, const char *text, size_t len,
                                              struct err *err);
void oslo_config_free(struct oslo_config *config);

enum oslo_type {
    OSLO_STRING,
    OSLO_BOOL,
    OSLO_INT,
    OSLO_PORT, /* a number from 0 to 65535 */
    OSLO_HOST, /* a text, see conf/host.h; the dot that may end a name is taken off */
};

/*
 * Declares an option, and its section with it. `type` decides what text a substitution puts in.
 * `value` is the default, and may hold substitutions; NULL: the option has no value where nothing
 * sets it, and a substitution puts in nothing.
 */
void oslo_config_set_default(struct oslo_config *config, const char *section, const char *key,
                             enum oslo_type type, const char *value);

/* Declares that files may still use an option's former name; in one file the present name wins. */
void oslo_config_set_old_name(struct oslo_config *config, const char *section, const char *key,
                              const char *old_section, const char *old_key);

/*
 * The value of an option after substitution, the caller's to free; where nothing sets it, the
 * declared default; else a copy of `fallback` (NULL gives NULL). A wrong host is an error.
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
 * Tells a message where an option was set: "/etc/monasca/persister.conf, line 12", "environment
 * variable OS_INFLUXDB__PORT", or NULL where nothing set it. Borrowed until the next call.
 */
const char *oslo_config_origin(struct oslo_config *config, const char *section, const char *key);

/* Appends the *.conf files of `dir` in sorted order, without hidden ones. ERR_CONFIG where the
 * directory can't be read. */
int oslo_config_list_dir(const char *dir, struct strvec *files, struct err *err);

/*
 * A service, as far as its default files go. `program` is its present name; `former` are earlier
 * ones, and `folders` the names whose *.conf.d it reads; both end in NULL.
 */
struct oslo_service {
    const char *project;
    const char *program;
    const char *const *former;
    const char *const *folders;
};

/*
 * Finds the default files and directories, where a service looks when no --config-file or no
 * --config-dir is given.
 *
 * The places are ~/.PROJECT, ~, /etc/PROJECT, /etc, $SNAP_COMMON/etc/PROJECT and $SNAP/etc/PROJECT.
 * The first that has PROJECT.conf and the first that has PROGRAM.conf give a file each. Where
 * neither is found, each former name gives its file, in their order. The first place that has
 * FOLDER.conf.d gives a directory. So Monasca's services search.
 *
 * Appends to `files` and `dirs` (either may be NULL). `home` is the home directory (NULL or "":
 * none); `root` stands before /etc ("" in production).
 */
void oslo_config_find(const struct oslo_service *service, const char *home, const char *root,
                      struct strvec *files, struct strvec *dirs);

/*
 * Lists the files that a service would read for a command line, in its order. `words` are what the
 * command line says of it, in its order: "--config-file", FILE, "--config-dir", DIR.
 *
 * First come the default files and then the default directories, each where `words` name none of
 * the kind; then what `words` name, in their order. So a given --config-file wins over the
 * service's drop-in directory. A leading ~ is the home directory. To find no file is an error; its
 * hint names --config-file.
 */
int oslo_config_resolve(const struct oslo_service *service, const struct strvec *words,
                        struct strvec *ret_files, struct err *err);

#endif
