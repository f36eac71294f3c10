/*
 * The grammar of oslo.config's files: text in, assignments out.
 *
 * Rules, from oslo_config/iniparser.py and the ConfigParser of oslo_config/cfg.py (9.0.0):
 *
 *  - The text is UTF-8; lines end in LF, CR LF or CR. White space at the end of a line doesn't
 *    count; white space is what Python's str.strip() takes off.
 *  - An empty line ends a value. A line that begins with a space or a tab continues the value
 *    above, joined by a newline; a comment there is part of the value. Where no value is open, such
 *    a line is an error.
 *  - `[name]` begins a section. The name is taken as it is, with spaces; it must not be empty.
 *  - `#` and `;` begin a comment at the start of a line only.
 *  - In any other line the first `=` or `:` separates key and value; both are stripped. The key
 *    must not be empty. If the value's first line begins and ends with the same quote, that pair is
 *    taken off; a lone quote counts as a pair.
 *  - Nothing may be assigned before the first section.
 *
 * One rule is ours: a NUL in a file is an error.
 */
#ifndef CONF_OSLO_PARSE_H
#define CONF_OSLO_PARSE_H

#include <stddef.h>

#include "base/err.h"

struct oslo_assignment {
    const char *section; /* as it stands in the file */
    const char *key;
    const char *value;
    size_t line; /* counted from 1 */
};

/*
 * `section` (which may be NULL) is called for each section that begins, and `assignment` for each
 * assignment, in the order of the text. Arguments are borrowed for the call.
 */
struct oslo_parse_handler {
    void (*section)(void *arg, const char *section, size_t line);
    void (*assignment)(void *arg, const struct oslo_assignment *assignment);
    void *arg;
};

/*
 * Parses a text; `name` is the file's name for messages. Errors are ERR_CONFIG; they name file and
 * line and quote nothing, since any line may hold a password.
 */
int oslo_parse(const char *name, const char *text, size_t len,
               const struct oslo_parse_handler *handler, struct err *err);

#endif
