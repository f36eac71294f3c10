/*
 * The log file that a Python logging configuration names (log_config_append).
 *
 * Such a file is Python's ConfigParser's, not oslo.config's. Of it only handler sections matter:
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
 * The path as the file has it, the caller's; NULL in `ret_path` where no handler writes to a file,
 * or where what stands there can't be understood (an expression, an interpolation), which is logged
 * as a warning: a missing log file is no reason not to work. ERR_CONFIG where `path` can't be read.
 */
int logging_file_find(const char *path, char **ret_path, struct err *err);

#endif
