#include "conf/oslo_parse.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "conf/pystr.h"

struct parser {
    const char *name;
    const struct oslo_parse_handler *handler;
    size_t line;
    char *section; /* NULL before the first one */
    /* The assignment that the next lines may continue. */
    bool open;
    struct strbuf key;
    struct strbuf value;
    size_t key_line;
};

static int fail(const struct parser *parser, size_t line, const char *what, struct err *err)
{
    return err_set(err, ERR_CONFIG, "%s, line %zu: %s", parser->name, line, what);
}

/* Refuses a byte order mark and bytes that are no UTF-8, as oslo.config does, and NUL. */
static int check_text(const struct parser *parser, const char *text, size_t len, struct err *err)
{
    size_t line = 1;

    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        fail(parser, 1, "a byte order mark stands in front of the first character", err);
        return err_hint(err, "save the file as UTF-8 without one");
    }
    for (size_t i = 0; i < len;) {
        size_t run = utf8_sequence(text + i, len - i);

        if (!run)
            return fail(parser, line, "a byte is no UTF-8", err);
        if (text[i] == '\0')
            return fail(parser, line, "there is a NUL byte", err);
        line += text[i] == '\n' || (text[i] == '\r' && (i + 1 == len || text[i + 1] != '\n'));
        i += run;
    }
    return 0;
}

static int close_assignment(struct parser *parser, struct err *err)
{
    struct oslo_assignment assignment = {
        .section = parser->section,
        .key = parser->key.buf,
        .value = parser->value.buf,
        .line = parser->key_line,
    };

    if (!parser->open)
        return 0;
    parser->open = false;
    if (!parser->section)
        return fail(parser, parser->key_line, "a key stands before the first [section]", err);
    parser->handler->assignment(parser->handler->arg, &assignment);
    return 0;
}

static int continue_value(struct parser *parser, struct pystr line, struct err *err)
{
    struct pystr rest = pystr_lstrip(line);

    if (!parser->open) {
        fail(parser, parser->line, "an indented line continues nothing", err);
        return err_hint(err, "only a value right above can be continued; begin other lines, "
                             "comments too, in the first column");
    }
    strbuf_addch(&parser->value, '\n');
    strbuf_add(&parser->value, rest.s, rest.len);
    return 0;
}

static int begin_section(struct parser *parser, struct pystr line, struct err *err)
{
    if (line.s[line.len - 1] != ']')
        return fail(parser, parser->line, "a line that begins with [ must end with ]", err);
    if (line.len <= 2)
        return fail(parser, parser->line, "the section has no name", err);
    free(parser->section);
    parser->section = xmemdupz(line.s + 1, line.len - 2);
    if (parser->handler->section)
        parser->handler->section(parser->handler->arg, parser->section, parser->line);
    return 0;
}

static struct pystr unquote(struct pystr value)
{
    char first = value.len ? value.s[0] : '\0';

    if ((first != '"' && first != '\'') || value.s[value.len - 1] != first)
        return value;
    /* A lone quote is first and last at once; value[1:-1] of it is empty. */
    return (struct pystr){value.s + 1, value.len >= 2 ? value.len - 2 : 0};
}

static int open_assignment(struct parser *parser, struct pystr line, struct err *err)
{
    struct pystr key = {line.s, 0}, value;

    while (key.len < line.len && key.s[key.len] != '=' && key.s[key.len] != ':')
        key.len++;
    if (key.len == line.len)
        return fail(parser, parser->line, "the line has no = or :", err);
    value = (struct pystr){line.s + key.len + 1, line.len - key.len - 1};
    value = unquote(pystr_strip(value));
    key = pystr_strip(key);
    if (!key.len)
        return fail(parser, parser->line, "there is no key in front of the = or :", err);
    strbuf_reset(&parser->key);
    strbuf_add(&parser->key, key.s, key.len);
    strbuf_reset(&parser->value);
    strbuf_add(&parser->value, value.s, value.len);
    parser->key_line = parser->line;
    parser->open = true;
    return 0;
}

static int parse_line(struct parser *parser, struct pystr line, struct err *err)
{
    line = pystr_rstrip(line);
    if (line.len && (line.s[0] == ' ' || line.s[0] == '\t'))
        return continue_value(parser, line, err);
    if (close_assignment(parser, err) < 0)
        return -1;
    if (!line.len || line.s[0] == '#' || line.s[0] == ';')
        return 0;
    if (line.s[0] == '[')
        return begin_section(parser, line, err);
    return open_assignment(parser, line, err);
}

/* Takes the first line off `rest`, and drops the line's end: LF, CR or CR LF. */
static struct pystr take_line(struct pystr *rest)
{
    struct pystr line = {rest->s, 0};
    size_t used;

    while (line.len < rest->len && line.s[line.len] != '\n' && line.s[line.len] != '\r')
        line.len++;
    used = line.len;
    if (used + 1 < rest->len && line.s[used] == '\r' && line.s[used + 1] == '\n')
        used++;
    if (used < rest->len)
        used++;
    rest->s += used;
    rest->len -= used;
    return line;
}

int oslo_parse(const char *name, const char *text, size_t len,
               const struct oslo_parse_handler *handler, struct err *err)
{
    struct parser parser = {
        .name = name, .handler = handler, .key = STRBUF_INIT, .value = STRBUF_INIT};
    struct pystr rest = {text, len};
    int rc = -1;

    if (check_text(&parser, text, len, err) < 0)
        goto out;
    while (rest.len) {
        struct pystr line = take_line(&rest);

        parser.line++;
        if (parse_line(&parser, line, err) < 0)
            goto out;
    }
    rc = close_assignment(&parser, err);
out:
    free(parser.section);
    strbuf_release(&parser.key);
    strbuf_release(&parser.value);
    return rc;
}
