/*
 * The library iniparser is good enough for a logging configuration. It folds sections and keys to
 * lower case, and Python's ConfigParser folds keys, too; only the start of a value is needed. A
 * line that iniparser can't read (a value continued by indentation, `:`) costs the name of a log
 * file, no more.
 */
#include "conf/logging_file.h"

#include <ctype.h>
#include <errno.h>
#include <iniparser/iniparser.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strvec.h"

/* Swallows iniparser's own messages: only base/log prints to standard error. */
static int say_nothing(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static int say_nothing(const char *fmt, ...)
{
    (void)fmt;
    return 0;
}

static const char *get(const dictionary *ini, const char *section, const char *key)
{
    struct strbuf name = STRBUF_INIT;
    const char *value;

    strbuf_addf(&name, "%s:%s", section, key);
    value = iniparser_getstring(ini, name.buf, "");
    strbuf_release(&name);
    return value;
}

/* Adds the words of a comma-separated list, without the spaces around them. */
static void add_words(struct strvec *words, const char *list)
{
    while (*list) {
        size_t len = strcspn(list, ",");
        size_t start = 0, end = len;

        while (start < end && isspace((unsigned char)list[start]))
            start++;
        while (end > start && isspace((unsigned char)list[end - 1]))
            end--;
        if (end > start)
            strvec_pushf(words, "%.*s", (int)(end - start), list + start);
        list += len + (list[len] == ',');
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/*
 * The string that a Python tuple like ('/var/log/x.log', 'a') begins with. NULL where the tuple
 * begins with something else, or where the string holds an escape or an interpolation.
 */
static char *first_string(const char *args)
{
    struct strbuf text = STRBUF_INIT;
    char quote;

    args += strspn(args, " \t(");
    if (*args == 'u' || *args == 'r')
        args++;
    quote = *args++;
    if (quote != '\'' && quote != '"')
        return NULL;
    for (; *args && *args != quote; args++) {
        if (*args == '\\' || *args == '%')
            break;
        strbuf_addch(&text, *args);
    }
    if (*args == quote && text.len &&
        (args[1] == ',' || args[1] == ')' || isspace((unsigned char)args[1])))
        return strbuf_detach(&text);
    strbuf_release(&text);
    return NULL;
}

/* The path of the first file handler of `ini`, or NULL. */
static char *find_handler(const dictionary *ini, const char *path)
{
    struct strvec handlers = STRVEC_INIT;
    char *found = NULL;

    add_words(&handlers, get(ini, "logger_root", "handlers"));
    add_words(&handlers, get(ini, "handlers", "keys"));
    for (size_t i = 0; i < handlers.nr && !found; i++) {
        struct strbuf section = STRBUF_INIT;

        strbuf_addf(&section, "handler_%s", handlers.v[i]);
        if (ends_with(get(ini, section.buf, "class"), "FileHandler")) {
            found = first_string(get(ini, section.buf, "args"));
            if (!found)
                log_warning("%s: [%s] args: the name of the log file isn't plain text", path,
                            section.buf);
        }
        strbuf_release(&section);
    }
    strvec_release(&handlers);
    return found;
}

int logging_file_find(const char *path, char **ret_path, struct err *err)
{
    dictionary *ini;

    *ret_path = NULL;
    if (access(path, R_OK) < 0)
        return err_set(err, ERR_CONFIG, "can't read the logging configuration %s: %s", path,
                       strerror(errno));
    iniparser_set_error_callback(say_nothing);
    ini = iniparser_load(path);
    iniparser_set_error_callback(NULL);
    if (!ini) {
        log_warning("%s: the name of the log file can't be found: a line isn't like key = value",
                    path);
        return 0;
    }
    *ret_path = find_handler(ini, path);
    iniparser_freedict(ini);
    return 0;
}
