/*
 * Configuration files as oslo.config reads them.
 *
 * What python3-oslo.config would make of a set of files is what counts: `#` and `;` start a comment
 * only at the start of a line, the first of `=` and `:` separates, one pair of quotes is taken off,
 * indented lines continue a value, $name and
 * ${group.name} are replaced, the last assignment wins, section names but DEFAULT are compared
 * without regard to case. iniparser reads what it reads alike; the header of src/conf/oslo.c says
 * what surrounds it and why.
 *
 * All errors are ERR_CONFIG, and name file, section, key and what is allowed; never the value of a
 * key whose name contains "password" or "connection".
 */
#ifndef CONF_OSLO_H
#define CONF_OSLO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strvec.h"

struct oslo_config;

/*
 * Reads `files` in their order, then the *.conf files of each of `dirs` in sorted order; later ones
 * win. NULL on an error. The caller frees it by oslo_config_free().
 */
struct oslo_config *oslo_config_new(const struct strvec *files, const struct strvec *dirs,
                                    struct err *err);
void oslo_config_free(struct oslo_config *config);

/*
 * The value of an option after substitution, the caller's to free, or a copy of `fallback` (NULL
 * gives NULL) where no file sets it. Substitutions see the defaults that oslo_config_set_default()
 * declared.
 */
int oslo_config_get_string(struct oslo_config *config, const char *section, const char *key,
                           const char *fallback, char **ret_value, struct err *err);
int oslo_config_get_bool(struct oslo_config *config, const char *section, const char *key,
                         bool fallback, bool *ret_value, struct err *err);
int oslo_config_get_int(struct oslo_config *config, const char *section, const char *key,
                        int64_t min, int64_t max, int64_t fallback, int64_t *ret_value,
                        struct err *err);

/* Declares an option that a substitution may name though no file sets it; NULL: known, without a
 * value. */
void oslo_config_set_default(struct oslo_config *config, const char *section, const char *key,
                             const char *value);

/*
 * The file, and line, that set an option last, as text for a message ("/etc/monasca/persister.conf,
 * line 12"), or NULL where none did. Borrowed until the next call.
 */
const char *oslo_config_origin(struct oslo_config *config, const char *section, const char *key);

/*
 * Where oslo.config looks when no --config-file is given: for `project` and then the first of
 * `programs` (ends in NULL) that is found anywhere, NAME.conf in ~/.PROJECT, ~, /etc/PROJECT, /etc;
 * at most one file each. Appends what exists to `files`. Also the NAME.conf.d directories, to
 * `dirs`. `home` and `root` stand before the paths ("" in production).
 */
void oslo_config_find(const char *project, const char *const *programs, const char *home,
                      const char *root, struct strvec *files, struct strvec *dirs);

#endif
