/*
 * Values of options: from files, from the environment, and by substitution behind a dollar sign.
 *
 * The library iniparser can't read these files. It takes `#` and `;` within a line as comments,
 * which cuts passwords short; it knows neither `:` nor continuation by indentation; it folds keys
 * to lower case; it refuses a file with a line of over 1024 bytes. Only conf/logging_file.c, whose
 * file isn't oslo.config's, uses it.
 */
#include "conf/oslo.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "conf/host.h"
#include "conf/oslo_parse.h"
#include "conf/pystr.h"

enum {
    FILE_BYTES_MAX = 16 * 1024 * 1024,
    VALUE_BYTES_MAX = 1024 * 1024,
    /* Python's recursion limit ends oslo.config a little above a hundred nested values. */
    DEPTH_MAX = 100,
    /* Work doubles with each level of a = $b$b, b = $c$c, ...; sixty levels would never end. */
    SUBSTITUTIONS_MAX = 10000,
};

static const char default_section[] = "DEFAULT";

struct assignment {
    char *section; /* folded, see fold_section() */
    char *key;
    char *value;
    size_t file; /* index in config->files */
    size_t line;
};

struct declared {
    char *section;
    char *key;
    enum oslo_type type;
    char *value;
};

struct old_name {
    char *section, *key;
    char *old_section, *old_key;
};

struct oslo_config {
    struct strvec files;
    struct strvec sections; /* folded names of the sections that the files have */
    struct assignment *assignments;
    size_t assignment_count, assignment_alloc;
    struct declared *declared;
    size_t declared_count, declared_alloc;
    struct old_name *old_names;
    size_t old_name_count, old_name_alloc;
    struct strbuf origin;
};

/* The place that set an option: a variable of the environment, or an assignment in a file. */
struct source {
    const char *value; /* NULL: no place did */
    const struct assignment *assignment;
    struct strbuf variable; /* empty: it wasn't the environment */
};

#define SOURCE_INIT                                                                                \
    {                                                                                              \
        NULL, NULL, STRBUF_INIT                                                                    \
    }

/* An option whose value is being built. `above` is the option that the value is put into. */
struct frame {
    const char *section;
    const char *key;
    const struct frame *above;
    size_t depth;
};

/* The state of one call of oslo_config_get_*(). */
struct search {
    size_t substitutions;
    bool secret;  /* the value of a secret key was read: no message may show a value any more */
    bool unknown; /* the error is that an option isn't known: oslo.config goes on in DEFAULT */
};

/* ---- Files ---------------------------------------------------------------------------------- */

static char *fold_section(const char *section)
{
    char *folded = xstrdup(section);

    if (strcmp(section, default_section) != 0)
        for (char *c = folded; *c; c++)
            *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    return folded;
}

static void add_section(void *arg, const char *section, size_t line)
{
    struct oslo_config *config = arg;
    char *folded = fold_section(section);

    (void)line;
    if (!strvec_has(&config->sections, folded))
        strvec_push(&config->sections, folded);
    free(folded);
}

static void add_assignment(void *arg, const struct oslo_assignment *read)
{
    struct oslo_config *config = arg;

    GROW(config->assignments, config->assignment_count, config->assignment_alloc);
    config->assignments[config->assignment_count++] = (struct assignment){
        .section = fold_section(read->section),
        .key = xstrdup(read->key),
        .value = xstrdup(read->value),
        .file = config->files.nr - 1,
        .line = read->line,
    };
}

static int add_text(struct oslo_config *config, const char *name, const char *text, size_t len,
                    struct err *err)
{
    struct oslo_parse_handler handler = {add_section, add_assignment, config};

    strvec_push(&config->files, name);
    return oslo_parse(name, text, len, &handler, err);
}

static int add_file(struct oslo_config *config, const char *path, struct err *err)
{
    struct strbuf content = STRBUF_INIT;
    int rc = file_read(path, FILE_BYTES_MAX, &content, err);

    if (rc == 0)
        rc = add_text(config, path, content.buf, content.len, err);
    strbuf_release(&content);
    return rc;
}

static struct oslo_config *new_empty(void)
{
    struct oslo_config *config = xcalloc(1, sizeof(*config));

    config->files = (struct strvec)STRVEC_INIT;
    config->sections = (struct strvec)STRVEC_INIT;
    config->origin = (struct strbuf)STRBUF_INIT;
    return config;
}

struct oslo_config *oslo_config_new(const struct strvec *files, struct err *err)
{
    struct oslo_config *config = new_empty();

    for (size_t i = 0; i < files->nr; i++)
        if (add_file(config, files->v[i], err) < 0) {
            oslo_config_free(config);
            return NULL;
        }
    return config;
}

struct oslo_config *oslo_config_new_from_text(const char *name, const char *text, size_t len,
                                              struct err *err)
{
    struct oslo_config *config = new_empty();

    if (add_text(config, name, text, len, err) < 0) {
        oslo_config_free(config);
        return NULL;
    }
    return config;
}

void oslo_config_free(struct oslo_config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->assignment_count; i++) {
        free(config->assignments[i].section);
        free(config->assignments[i].key);
        free(config->assignments[i].value);
    }
    for (size_t i = 0; i < config->declared_count; i++) {
        free(config->declared[i].section);
        free(config->declared[i].key);
        free(config->declared[i].value);
    }
    for (size_t i = 0; i < config->old_name_count; i++) {
        free(config->old_names[i].section);
        free(config->old_names[i].key);
        free(config->old_names[i].old_section);
        free(config->old_names[i].old_key);
    }
    free(config->assignments);
    free(config->declared);
    free(config->old_names);
    strvec_release(&config->files);
    strvec_release(&config->sections);
    strbuf_release(&config->origin);
    free(config);
}

/* ---- Known options and sections ------------------------------------------------------------- */

void oslo_config_set_default(struct oslo_config *config, const char *section, const char *key,
                             enum oslo_type type, const char *value)
{
    GROW(config->declared, config->declared_count, config->declared_alloc);
    config->declared[config->declared_count++] = (struct declared){
        .section = xstrdup(section),
        .key = xstrdup(key),
        .type = type,
        .value = xstrdup_or_null(value),
    };
}

void oslo_config_set_old_name(struct oslo_config *config, const char *section, const char *key,
                              const char *old_section, const char *old_key)
{
    GROW(config->old_names, config->old_name_count, config->old_name_alloc);
    config->old_names[config->old_name_count++] = (struct old_name){
        .section = xstrdup(section),
        .key = xstrdup(key),
        .old_section = xstrdup(old_section),
        .old_key = xstrdup(old_key),
    };
}

/* The last declaration of an option, or NULL. */
static const struct declared *find_declared(const struct oslo_config *config, const char *section,
                                            const char *key)
{
    for (size_t i = config->declared_count; i-- > 0;)
        if (strcmp(config->declared[i].section, section) == 0 &&
            strcmp(config->declared[i].key, key) == 0)
            return &config->declared[i];
    return NULL;
}

static bool is_declared_section(const struct oslo_config *config, const char *section)
{
    for (size_t i = 0; i < config->declared_count; i++)
        if (strcmp(config->declared[i].section, section) == 0)
            return true;
    return false;
}

/* Can the section stand in front of a dot? oslo.config takes no ${DEFAULT.key}. */
static bool is_known_section(const struct oslo_config *config, const char *section)
{
    return strcmp(section, default_section) != 0 &&
           (is_declared_section(config, section) || strvec_has(&config->sections, section));
}

/* The last assignment under exactly this name, or NULL. */
static const struct assignment *find_exact(const struct oslo_config *config, const char *section,
                                           const char *key)
{
    char *folded = fold_section(section);
    const struct assignment *found = NULL;

    for (size_t i = config->assignment_count; i-- > 0 && !found;)
        if (strcmp(config->assignments[i].key, key) == 0 &&
            strcmp(config->assignments[i].section, folded) == 0)
            found = &config->assignments[i];
    free(folded);
    return found;
}

/* The assignment that wins, former names included. The last file that has any name wins; within one
 * file the present name does, then the first former name declared. */
static const struct assignment *find_assignment(const struct oslo_config *config,
                                                const char *section, const char *key)
{
    const struct assignment *found = find_exact(config, section, key);

    for (size_t i = 0; i < config->old_name_count; i++) {
        const struct old_name *old = &config->old_names[i];
        const struct assignment *other;

        if (strcmp(old->section, section) != 0 || strcmp(old->key, key) != 0)
            continue;
        other = find_exact(config, old->old_section, old->old_key);
        if (other && (!found || other->file > found->file))
            found = other;
    }
    return found;
}

static void find_source(const struct oslo_config *config, const char *section, const char *key,
                        struct source *source)
{
    strbuf_addf(&source->variable, "OS_%s__%s", section, key);
    for (char *c = source->variable.buf; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    source->value = getenv(source->variable.buf);
    if (source->value)
        return;
    strbuf_reset(&source->variable);
    source->assignment = find_assignment(config, section, key);
    if (source->assignment)
        source->value = source->assignment->value;
}

static void add_origin(const struct oslo_config *config, const struct source *source,
                       struct strbuf *text)
{
    if (source->variable.len)
        strbuf_addf(text, "environment variable %s", source->variable.buf);
    else if (source->assignment)
        strbuf_addf(text, "%s, line %zu", config->files.v[source->assignment->file],
                    source->assignment->line);
    else
        strbuf_addstr(text, "default");
}

static void source_release(struct source *source)
{
    strbuf_release(&source->variable);
}

const char *oslo_config_origin(struct oslo_config *config, const char *section, const char *key)
{
    struct source source = SOURCE_INIT;

    strbuf_reset(&config->origin);
    find_source(config, section, key, &source);
    if (source.value)
        add_origin(config, &source, &config->origin);
    source_release(&source);
    return config->origin.len ? config->origin.buf : NULL;
}

static bool is_known(const struct oslo_config *config, const char *section, const char *key)
{
    return find_declared(config, section, key) || find_assignment(config, section, key);
}

static bool is_secret(const char *key)
{
    static const char *const parts[] = {"password", "passwd", "connection", "secret",
                                        "token",    "url",    "credential"};

    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        if (strcasestr(key, parts[i]))
            return true;
    return false;
}

/* Sets an error about an option: where it was set, its name, and what is wrong. */
static int fail(struct oslo_config *config, const char *section, const char *key, const char *what,
                struct err *err)
{
    struct source source = SOURCE_INIT;
    struct strbuf origin = STRBUF_INIT;

    find_source(config, section, key, &source);
    add_origin(config, &source, &origin);
    err_set(err, ERR_CONFIG, "%s: [%s] %s: %s", origin.buf, section, key, what);
    strbuf_release(&origin);
    source_release(&source);
    return -1;
}

/* ---- Substitution ---------------------------------------------------------------------------- */

static int add_value(struct oslo_config *config, struct search *search, const struct frame *frame,
                     struct strbuf *out, bool *ret_set, struct err *err);

/* Sets an error about a wrong value; shows the value where it can't hold a secret. */
static int wrong_value(struct oslo_config *config, const struct search *search,
                       const struct frame *frame, const char *value, const char *allowed,
                       struct err *err)
{
    struct strbuf what = STRBUF_INIT;

    if (search->secret)
        strbuf_addf(&what, "the value is wrong; allowed are %s", allowed);
    else if (*value)
        strbuf_addf(&what, "'%s' is wrong; allowed are %s", value, allowed);
    else
        strbuf_addf(&what, "the value is empty; allowed are %s", allowed);
    fail(config, frame->section, frame->key, what.buf, err);
    strbuf_release(&what);
    return -1;
}

/* Checks a host, and takes the dot off that may end its name. The message doesn't show the value: a
 * whole URL in the wrong place may hold a password. */
static int convert_host(struct oslo_config *config, const struct frame *frame, struct strbuf *value,
                        size_t start, struct err *err)
{
    size_t len = host_length(value->buf + start);

    if (len) {
        strbuf_setlen(value, start + len);
        return 0;
    }
    if (value->len == start)
        return fail(config, frame->section, frame->key, "the value is empty", err);
    fail(config, frame->section, frame->key, "this is no address and no host name", err);
    return err_hint(err, "the port belongs into the key port; ssl = true asks for https");
}

/* Replaces `value`, from `start` on, by the text that Python's str() gives for the option's type.
 */
static int convert_text(struct oslo_config *config, const struct search *search,
                        const struct frame *frame, struct strbuf *value, size_t start,
                        struct err *err)
{
    const struct declared *declared = find_declared(config, frame->section, frame->key);
    const char *text = value->buf + start;
    bool truth;
    int64_t number;

    switch (declared ? declared->type : OSLO_STRING) {
    case OSLO_BOOL:
        if (pystr_bool(text, &truth) < 0)
            return wrong_value(config, search, frame, text, "true and false", err);
        strbuf_setlen(value, start);
        strbuf_addstr(value, truth ? "True" : "False");
        return 0;
    case OSLO_HOST:
        return convert_host(config, frame, value, start, err);
    case OSLO_INT:
    case OSLO_PORT:
        switch (pystr_int(text, &number)) {
        case PYSTR_NUMBER_DONE:
            if (declared->type == OSLO_PORT && (number < 0 || number > UINT16_MAX))
                return wrong_value(config, search, frame, text, "whole numbers from 0 to 65535",
                                   err);
            strbuf_setlen(value, start);
            strbuf_addf(value, "%" PRId64, number);
            return 0;
        case PYSTR_NUMBER_EMPTY:
            strbuf_setlen(value, start);
            return 0;
        default:
            return wrong_value(config, search, frame, text, "whole numbers", err);
        }
    default:
        return 0;
    }
}

/* Puts the value of `section` `key` into the value of `above`. */
static int put_in(struct oslo_config *config, struct search *search, const char *section,
                  const char *key, const struct frame *above, struct strbuf *out, struct err *err)
{
    struct frame frame = {section, key, above, above->depth + 1};
    size_t start = out->len;
    bool set = false;

    search->unknown = false;
    for (const struct frame *f = above; f; f = f->above)
        if (strcmp(f->section, section) == 0 && strcmp(f->key, key) == 0)
            return fail(config, above->section, above->key,
                        "the values behind its dollar signs go in a circle", err);
    if (frame.depth > DEPTH_MAX || ++search->substitutions > SUBSTITUTIONS_MAX)
        return fail(config, above->section, above->key,
                    "too many values stand within each other behind dollar signs", err);
    if (add_value(config, search, &frame, out, &set, err) < 0)
        return -1;
    if (out->len > VALUE_BYTES_MAX)
        return fail(config, above->section, above->key, "the value is too long", err);
    return set ? convert_text(config, search, &frame, out, start, err) : 0;
}

/* Sets an error about a name behind a dollar sign. The name isn't shown where it may be part of a
 * password. */
static int wrong_name(struct oslo_config *config, struct search *search, const struct frame *frame,
                      const char *name, const char *what, bool unknown, struct err *err)
{
    struct strbuf text = STRBUF_INIT;

    if (is_secret(frame->key))
        strbuf_addstr(&text, "what stands behind a dollar sign names no option");
    else
        strbuf_addf(&text, "$%s: %s", name, what);
    fail(config, frame->section, frame->key, text.buf, err);
    err_hint(err, "write $$ for a dollar sign");
    strbuf_release(&text);
    search->unknown = unknown;
    return -1;
}

/* Puts in the value of ${section.key}; `dot` points to the dot in `name`. */
static int put_qualified(struct oslo_config *config, struct search *search,
                         const struct frame *frame, const char *name, const char *dot,
                         struct strbuf *out, struct err *err)
{
    char *section = xmemdupz(name, (size_t)(dot - name));
    size_t start = out->len;
    int rc;

    if (!is_known_section(config, section)) {
        rc = wrong_name(config, search, frame, name, "there is no such section", false, err);
    } else if (is_known(config, section, dot + 1)) {
        rc = put_in(config, search, section, dot + 1, frame, out, err);
    } else {
        rc = wrong_name(config, search, frame, name, "there is no such option", true, err);
    }
    if (rc < 0)
        strbuf_setlen(out, start);
    free(section);
    return rc;
}

static int put_name(struct oslo_config *config, struct search *search, const struct frame *frame,
                    const char *name, struct strbuf *out, struct err *err)
{
    const char *dot = strchr(name, '.');
    size_t start = out->len;

    if (dot)
        return put_qualified(config, search, frame, name, dot, out, err);
    if (strcmp(frame->section, default_section) != 0 && is_known(config, frame->section, name)) {
        if (put_in(config, search, frame->section, name, frame, out, err) == 0)
            return 0;
        /* Measured: an unknown option, however deep within, sends oslo.config on to DEFAULT. */
        if (!search->unknown || !is_known(config, default_section, name))
            return -1;
        strbuf_setlen(out, start);
        err_release(err);
    }
    if (is_declared_section(config, name))
        return wrong_name(config, search, frame, name, "this is a section, and no option", false,
                          err);
    if (!is_known(config, default_section, name))
        return wrong_name(config, search, frame, name, "there is no such option", true, err);
    return put_in(config, search, default_section, name, frame, out, err);
}

/* The length of the character at `s` that may stand in a name; 0: none may. oslo.config's pattern
 * is [_a-z][._a-z0-9]* with Python's re.IGNORECASE: by that İ, ı, ſ and the Kelvin sign are letters
 * from a to z. */
static size_t name_character(const char *s, bool first)
{
    static const char *const folded[] = {"\xc4\xb0", "\xc4\xb1", "\xc5\xbf", "\xe2\x84\xaa"};
    unsigned char c = (unsigned char)*s;

    if (c == '_' || (c < 0x80 && isalpha(c)) || (!first && (c == '.' || isdigit(c))))
        return 1;
    for (size_t i = 0; i < ARRAY_SIZE(folded); i++)
        if (strncmp(s, folded[i], strlen(folded[i])) == 0)
            return strlen(folded[i]);
    return 0;
}

static size_t name_length(const char *s)
{
    size_t len = 0, more;

    while ((more = name_character(s + len, len == 0)))
        len += more;
    return len;
}

/* Appends `text` with its dollar signs substituted; `text` has no \$ any more. */
static int substitute(struct oslo_config *config, struct search *search, const struct frame *frame,
                      const char *text, struct strbuf *out, struct err *err)
{
    while (*text) {
        size_t plain = strcspn(text, "$");
        bool braced;
        const char *start;
        size_t len;
        char *name;
        int rc;

        strbuf_add(out, text, plain);
        text += plain;
        if (!*text)
            break;
        braced = text[1] == '{';
        start = text + 1 + braced;
        len = name_length(start);
        if (!len || (braced && start[len] != '}')) {
            /* $$ is a dollar sign, and so is one that begins nothing. */
            strbuf_addch(out, '$');
            text += text[1] == '$' ? 2 : 1;
            continue;
        }
        name = xmemdupz(start, len);
        rc = put_name(config, search, frame, name, out, err);
        free(name);
        if (rc < 0)
            return -1;
        text = start + len + braced;
    }
    return 0;
}

/* A copy of `text` with $$ in the place of each \$; the caller frees it. */
static char *replace_backslashes(const char *text)
{
    struct strbuf replaced = STRBUF_INIT;

    for (; *text; text++) {
        bool escape = text[0] == '\\' && text[1] == '$';

        strbuf_addstr(&replaced, escape ? "$$" : "");
        if (escape)
            text++;
        else
            strbuf_addch(&replaced, *text);
    }
    return strbuf_detach(&replaced);
}

/* Appends the value of the frame's option. `*ret_set` tells whether the option has a value. */
static int add_value(struct oslo_config *config, struct search *search, const struct frame *frame,
                     struct strbuf *out, bool *ret_set, struct err *err)
{
    const struct declared *declared = find_declared(config, frame->section, frame->key);
    struct source source = SOURCE_INIT;
    const char *value;
    char *text;
    int rc = 0;

    if (is_secret(frame->key))
        search->secret = true;
    find_source(config, frame->section, frame->key, &source);
    value = source.value ? source.value : declared ? declared->value : NULL;
    *ret_set = value != NULL;
    if (value) {
        text = replace_backslashes(value);
        rc = substitute(config, search, frame, text, out, err);
        free(text);
    }
    source_release(&source);
    return rc;
}

/* ---- Values ---------------------------------------------------------------------------------- */

/* The value of an option, the caller's to free; NULL where the option has none. */
static int get_text(struct oslo_config *config, struct search *search, const struct frame *frame,
                    char **ret_text, struct err *err)
{
    struct strbuf value = STRBUF_INIT;
    bool set;
    int rc = add_value(config, search, frame, &value, &set, err);

    *ret_text = NULL;
    if (rc == 0 && set)
        *ret_text = strbuf_detach(&value);
    strbuf_release(&value);
    return rc;
}

int oslo_config_get_string(struct oslo_config *config, const char *section, const char *key,
                           const char *fallback, char **ret_value, struct err *err)
{
    const struct declared *declared = find_declared(config, section, key);
    struct frame frame = {section, key, NULL, 0};
    struct search search = {0};
    struct strbuf value = STRBUF_INIT;
    bool set;
    int rc = add_value(config, &search, &frame, &value, &set, err);

    if (rc == 0 && set && declared && declared->type == OSLO_HOST)
        rc = convert_host(config, &frame, &value, 0, err);
    if (rc == 0)
        *ret_value = set ? strbuf_detach(&value) : xstrdup_or_null(fallback);
    strbuf_release(&value);
    return rc;
}

int oslo_config_get_bool(struct oslo_config *config, const char *section, const char *key,
                         bool fallback, bool *ret_value, struct err *err)
{
    struct frame frame = {section, key, NULL, 0};
    struct search search = {0};
    char *text;
    int rc = 0;

    if (get_text(config, &search, &frame, &text, err) < 0)
        return -1;
    *ret_value = fallback;
    if (text && pystr_bool(text, ret_value) < 0)
        rc = wrong_value(config, &search, &frame, text,
                         "true, 1, on and yes, and false, 0, off and no", err);
    free(text);
    return rc;
}

int oslo_config_get_int(struct oslo_config *config, const char *section, const char *key,
                        int64_t min, int64_t max, int64_t fallback, int64_t *ret_value,
                        struct err *err)
{
    struct frame frame = {section, key, NULL, 0};
    struct search search = {0};
    struct strbuf allowed = STRBUF_INIT;
    int64_t number = fallback;
    char *text;
    int rc = 0;

    if (get_text(config, &search, &frame, &text, err) < 0)
        return -1;
    if (text && (pystr_int(text, &number) != PYSTR_NUMBER_DONE || number < min || number > max)) {
        strbuf_addstr(&allowed, "whole numbers");
        if (min > INT64_MIN)
            strbuf_addf(&allowed, " from %" PRId64, min);
        strbuf_addf(&allowed, " %s %" PRId64, min > INT64_MIN ? "to" : "up to", max);
        rc = wrong_value(config, &search, &frame, text, allowed.buf, err);
    } else {
        *ret_value = number;
    }
    strbuf_release(&allowed);
    free(text);
    return rc;
}
