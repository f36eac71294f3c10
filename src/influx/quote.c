#include "influx/quote.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"

#include "base/utf8.h"

enum { DATABASE_NAME_MAX_BYTES = 255 };

/* The two bytes that stand for a NUL in a name. */
static const char nul_text[] = "\xc0\x80";

/* Bytes of the character at `s`: 2 for a NUL's two bytes, 1 for a stray byte. */
static size_t character(const char *s)
{
    size_t len = utf8_sequence(s, strlen(s));

    if (strncmp(s, nul_text, 2) == 0)
        return 2;
    return len ? len : 1;
}

static void add_quoted(struct strbuf *sb, const char *text, char quote)
{
    strbuf_addch(sb, quote);
    for (; *text; text++) {
        if (*text == '\n') {
            strbuf_addstr(sb, "\\n");
            continue;
        }
        if (*text == quote || *text == '\\')
            strbuf_addch(sb, '\\');
        strbuf_addch(sb, *text);
    }
    strbuf_addch(sb, quote);
}

void influx_add_identifier(struct strbuf *sb, const char *name)
{
    add_quoted(sb, name, '"');
}

void influx_add_string(struct strbuf *sb, const char *text)
{
    add_quoted(sb, text, '\'');
}

/*
 * Writes every ASCII character but letters, digits and _ as \x{..}: so no character has a meaning
 * to the expression, or to InfluxQL, which ends the expression at a slash.
 */
void influx_add_exact_regex(struct strbuf *sb, const char *name)
{
    strbuf_addstr(sb, "/^");
    while (*name) {
        unsigned char c = (unsigned char)*name;
        size_t len = character(name);

        if (strncmp(name, nul_text, 2) == 0)
            strbuf_addstr(sb, "\\x{00}");
        else if (c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                 (c >= 'a' && c <= 'z') || c == '_')
            strbuf_add(sb, name, len);
        else
            strbuf_addf(sb, "\\x{%02x}", c);
        name += len;
    }
    strbuf_addstr(sb, "$/");
}

void influx_add_equals(struct strbuf *sb, const char *left, const char *text)
{
    strbuf_addstr(sb, left);
    if (influx_name_is_quotable(text)) {
        strbuf_addstr(sb, " = ");
        influx_add_string(sb, text);
    } else {
        strbuf_addstr(sb, " =~ ");
        influx_add_exact_regex(sb, text);
    }
}

void influx_add_url_encoded(struct strbuf *sb, const char *text, size_t len)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c && strchr(plain, c)) {
            strbuf_addch(sb, text[i]);
            continue;
        }
        strbuf_addch(sb, '%');
        strbuf_addch(sb, digits[c >> 4]);
        strbuf_addch(sb, digits[c & 15]);
    }
}

bool influx_name_is_quotable(const char *name)
{
    return !strchr(name, '\r') && !strstr(name, nul_text);
}

bool influx_name_is_exact(const char *name)
{
    return !strstr(name, "\xef\xbf\xbd");
}

/* influxql/ast.go (IsSystemName). For the first three the server answers with a list of its own,
 * whatever the statement: only their own fields would be read of the points (tsdb/shard.go). */
static const char *const reserved[] = {"_fieldKeys", "_series",       "_tagKeys", "_name",
                                       "_tagKey",    "_measurements", "_tags"};
enum { HIDDEN_NAMES = 3 };

static bool is_among(const char *name, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, reserved[i]) == 0)
            return true;
    return false;
}

bool influx_name_is_reserved(const char *name)
{
    return is_among(name, ARRAY_SIZE(reserved));
}

const char *influx_measurement_problem(const char *name)
{
    if (!influx_name_is_exact(name))
        return "its name holds bytes that are no UTF-8";
    return is_among(name, HIDDEN_NAMES)
               ? "InfluxDB keeps its name for a list of its own, and shows no points of it"
               : NULL;
}

const char *influx_database_name_problem(const char *name)
{
    size_t len = strlen(name);

    if (!len)
        return "it is empty";
    if (len > DATABASE_NAME_MAX_BYTES)
        return "it is longer than 255 bytes";
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return "it is a directory's name";
    if (strchr(name, '/') || strchr(name, '\\'))
        return "it holds a slash or a backslash";
    if (!influx_name_is_exact(name))
        return "it holds bytes that are no UTF-8";
    for (; *name; name += character(name)) {
        unsigned char c = (unsigned char)*name;

        if (c < 0x20 || c == 0x7f || strncmp(name, nul_text, 2) == 0 ||
            (c == 0xc2 && (unsigned char)name[1] <= 0xa0) ||
            (c == 0xc2 && (unsigned char)name[1] == 0xad))
            return "it holds a character that can't be printed";
    }
    return NULL;
}

char *influx_decode_name(const char *bytes, size_t len)
{
    struct strbuf name = STRBUF_INIT;

    for (size_t i = 0; i < len; i++) {
        if (bytes[i])
            strbuf_addch(&name, bytes[i]);
        else
            strbuf_addstr(&name, nul_text);
    }
    return strbuf_detach(&name);
}
