/*
 * Quoting: what is written as an identifier, a string or an exact regular expression must be read
 * back as the same name by a scanner that works as InfluxQL's does (influxql/scanner.go of 1.6:
 * ScanString, ScanDelimited), and nothing may stand behind it. tests/fuzz/run builds and runs it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "influx/quote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads a quoted text from its quote to the end; false where InfluxQL would see an error, or where
 * something is left behind the closing quote. */
static bool scan_quoted(const char *text, char quote, struct strbuf *ret)
{
    if (*text++ != quote)
        return false;
    for (; *text != quote; text++) {
        if (!*text || *text == '\n')
            return false;
        if (*text != '\\') {
            strbuf_addch(ret, *text);
            continue;
        }
        text++;
        if (*text == 'n')
            strbuf_addch(ret, '\n');
        else if (*text == '\\' || *text == '"' || *text == '\'')
            strbuf_addch(ret, *text);
        else
            return false;
    }
    return !text[1];
}

/* The regular expression ends at the first slash that no backslash stands before. */
static bool regex_is_closed(const char *text)
{
    if (*text++ != '/')
        return false;
    for (; *text != '/'; text++) {
        if (!*text || *text == '\n')
            return false;
        if (*text == '\\' && text[1])
            text++;
    }
    return !text[1];
}

static void check_quoted(const char *name, char quote, void (*add)(struct strbuf *, const char *))
{
    struct strbuf text = STRBUF_INIT, back = STRBUF_INIT;

    add(&text, name);
    if (!scan_quoted(text.buf, quote, &back) || back.len != strlen(name) ||
        memcmp(back.buf, name, back.len) != 0)
        abort();
    strbuf_release(&text);
    strbuf_release(&back);
}

static void check_url(const char *name)
{
    struct strbuf text = STRBUF_INIT;

    influx_add_url_encoded(&text, name, strlen(name));
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.buf[i] <= ' ' || (unsigned char)text.buf[i] >= 0x7f ||
            strchr("&=?#+\"'", text.buf[i]))
            abort();
    strbuf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *name = influx_decode_name((const char *)data, size);
    struct strbuf regex = STRBUF_INIT;

    if (influx_name_is_quotable(name)) {
        check_quoted(name, '"', influx_add_identifier);
        check_quoted(name, '\'', influx_add_string);
    }
    influx_add_exact_regex(&regex, name);
    if (!regex_is_closed(regex.buf))
        abort();
    check_url(name);
    influx_database_name_problem(name);
    influx_name_is_exact(name);
    strbuf_release(&regex);
    free(name);
    return 0;
}
