/*
 * Database URLs: what was read, written as a URL again, is read as the same; no message holds any
 * part of the URL but its scheme and its query keys. tests/fuzz/run builds and runs it.
 */
#include "conf/dburl.h"

#include <ctype.h>

#include "fuzz.h"

static void add_encoded(struct strbuf *url, const char *text)
{
    for (; *text; text++)
        strbuf_addf(url, "%%%02x", (unsigned char)*text);
}

static void add_parameter(struct strbuf *url, const char *key, const char *value)
{
    if (!value)
        return;
    strbuf_addf(url, "&%s=", key);
    add_encoded(url, value);
}

static void add_url(struct strbuf *url, const struct dburl *parts)
{
    /* PyMySQL takes the socket, whatever the host. */
    strbuf_addstr(url, "mysql+pymysql://");
    if (parts->user) {
        add_encoded(url, parts->user);
        if (parts->password) {
            strbuf_addch(url, ':');
            add_encoded(url, parts->password);
        }
        strbuf_addch(url, '@');
    }
    if (parts->host && strchr(parts->host, ':'))
        strbuf_addf(url, "[%s]", parts->host);
    else if (parts->host)
        add_encoded(url, parts->host);
    if (parts->port)
        strbuf_addf(url, ":%u", parts->port);
    strbuf_addch(url, '/');
    add_encoded(url, parts->database);
    strbuf_addf(url, "?ssl_disabled=%d&ssl=%d&ssl_verify_cert=%d", !parts->ssl, parts->ssl,
                parts->ssl_verify);
    add_parameter(url, "charset", parts->charset);
    add_parameter(url, "unix_socket", parts->socket);
    add_parameter(url, "ssl_ca", parts->ssl_ca);
    add_parameter(url, "ssl_cert", parts->ssl_cert);
    add_parameter(url, "ssl_key", parts->ssl_key);
    add_parameter(url, "read_default_file", parts->defaults_file);
    if (parts->connect_timeout_s)
        strbuf_addf(url, "&connect_timeout=%u", parts->connect_timeout_s);
}

static void check_same(const struct dburl *a, const struct dburl *b)
{
    must(same_text(a->user, b->user));
    must(same_text(a->password, b->password));
    must(same_text(a->host, b->host));
    must(a->port == b->port);
    must(same_text(a->database, b->database));
    must(same_text(a->socket, b->socket));
    must(same_text(a->charset, b->charset));
    must(same_text(a->ssl_ca, b->ssl_ca));
    must(same_text(a->ssl_cert, b->ssl_cert));
    must(same_text(a->ssl_key, b->ssl_key));
    must(a->ssl == b->ssl && a->ssl_verify == b->ssl_verify);
    must(same_text(a->defaults_file, b->defaults_file));
    must(a->connect_timeout_s == b->connect_timeout_s);
}

static void check_round_trip(const struct dburl *parts)
{
    struct strbuf url = STRBUF_INIT;
    struct err err = ERR_INIT;
    struct dburl again;

    must(parts->database && (parts->user || !parts->password));
    add_url(&url, parts);
    must(dburl_parse(url.buf, &again, &err) == 0);
    check_same(parts, &again);
    dburl_release(&again);
    strbuf_release(&url);
}

/* Letters and digits become bytes that no message of ours has. */
static void check_silence(char *text)
{
    char *rest = strstr(text, "://");
    struct err err = ERR_INIT;
    struct dburl url;

    for (char *p = rest ? rest : text; *p; p++)
        if (isalnum((unsigned char)*p))
            *p = (char)(*p | 0x80);
    /* A scheme that is one. */
    for (char *p = text; rest && p < rest; p++)
        if (!isalnum((unsigned char)*p) && !strchr("+-._", *p))
            *p = (char)(*p | 0x80);
    if (dburl_parse(text, &url, &err) == 0)
        dburl_release(&url);
    else
        for (const char *p = err.message; *p; p++)
            must(!(*p & 0x80));
    err_release(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);
    struct strbuf redacted = STRBUF_INIT;
    struct err err = ERR_INIT;
    struct dburl url;

    if (dburl_parse(text, &url, &err) == 0) {
        check_round_trip(&url);
        dburl_add_redacted(&redacted, &url);
        dburl_release(&url);
    } else {
        must(err.code == ERR_CONFIG && err.message);
    }
    err_release(&err);
    check_silence(text);
    strbuf_release(&redacted);
    free(text);
    return 0;
}
