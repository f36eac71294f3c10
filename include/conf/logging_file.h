/*
 * The log file that a Python logging configuration names (log_config_append).
 *
 * Python's ConfigParser reads such a file, oslo.config doesn't. Only its handler sections matter:
 *
 *     [handler_file]
 *     class = logging.handlers.RotatingFileHandler
 *     args = ('/var/log/monasca/persister.log', 'a', 104857600, 5)
 *
 * The handlers of the root logger come first, then all others, in the file's order. A handler whose
 * class ends in FileHandler writes to the file that its first argument names.
 */
#ifndef CONF_LOGGING_FILE_H
#define CONF_LOGGING_FILE_H

#include "base/err.h"

/*
 * Finds the path of the log file, as the configuration writes it; the caller frees it.
 *
 * `ret_path` is NULL where no handler writes to a file. It is also NULL where the argument is an
 * expression or an interpolation: that is logged as a warning, since a missing log file is no
 * reason not to work. ERR_CONFIG where `path` can't be read.
 */
int logging_file_find(const char *path, char **ret_path, struct err *err);

#endif
