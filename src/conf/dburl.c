#include "conf/dburl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes percent-encoding. A stray % stands for itself, as in Python's unquote(). */
static char *decode(const char *s, size_t len, bool plus_is_space)
{
    struct strbuf out = STRBUF_INIT;

    for (size_t i = 0; i < len; i++) {
        int high = s[i] == '%' && i + 2 < len ? hex_digit(s[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(s[i + 2]) : -1;

        if (low >= 0) {
            strbuf_addch(&out, (char)(high * 16 + low));
            i += 2;
        } else {
            strbuf_addch(&out, plus_is_space && s[i] == '+' ? ' ' : s[i]);
        }
    }
    return strbuf_detach(&out);
}

static int parse_number(const char *text, unsigned max, unsigned *ret)
{
    char *end;
    unsigned long value;

    if (!isdigit((unsigned char)text[0]))
        return -1;
    value = strtoul(text, &end, 10);
    if (*end || value == 0 || value > max)
        return -1;
    *ret = (unsigned)value;
    return 0;
}

static bool is_false(const char *value)
{
    return strcasecmp(value, "false") == 0 || strcmp(value, "0") == 0 ||
           strcasecmp(value, "no") == 0 || strcasecmp(value, "off") == 0;
}

static bool looks_like_scheme(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("+-._", text[i]))
            return false;
    return len > 0;
}

/* Takes mysql and mariadb. A + and the name of a driver may follow; only Python needs the driver.
 */
static int check_scheme(const char *url, size_t len, struct err *err)
{
    static const char *const dialects[] = {"mysql", "mariadb"};

    for (size_t i = 0; i < ARRAY_SIZE(dialects); i++) {
        size_t n = strlen(dialects[i]);

        if (len >= n && strncasecmp(url, dialects[i], n) == 0 && (len == n || url[n] == '+'))
            return 0;
    }
    /* A scheme is shown; "user:password://" is none, and its password isn't. */
    if (looks_like_scheme(url, len))
        err_set(err, ERR_CONFIG, "the database URL is for '%.*s', not for MySQL or MariaDB",
                (int)len, url);
    else
        err_set(err, ERR_CONFIG, "the database URL is not for MySQL or MariaDB");
    return err_hint(err, "it looks like mysql+pymysql://user:password@host:3306/mon");
}

/* Behind a ':' the password goes on to the next '@': it may hold '/' and '?'. */
static const char *parse_userinfo(const char *p, struct dburl *url)
{
    size_t name = strcspn(p, ":/?");
    const char *at;

    at = p[name] == ':' ? strchr(p + name, '@') : NULL;
    if (at) {
        url->user = decode(p, name, false);
        url->password = decode(p + name + 1, (size_t)(at - p) - name - 1, false);
        return at + 1;
    }
    at = memrchr(p, '@', name);
    if (!at)
        return p;
    url->user = decode(p, (size_t)(at - p), false);
    return at + 1;
}

static int parse_host(const char **p, struct dburl *url, struct err *err)
{
    const char *s = *p;
    size_t len;
    char *port;

    if (*s == '[') {
        const char *end = strchr(s, ']');

        if (!end)
            return err_set(err, ERR_CONFIG, "the database URL has a '[' without a ']'");
        if (end == s + 1)
            return err_set(err, ERR_CONFIG, "the database URL has no address in its '[]'");
        url->host = xmemdupz(s + 1, (size_t)(end - s) - 1);
        s = end + 1;
    } else {
        len = strcspn(s, ":/?");
        if (len)
            url->host = decode(s, len, false);
        s += len;
    }
    if (url->host && strchr(url->host, '@')) {
        err_set(err, ERR_CONFIG, "the database URL has one '@' too many");
        return err_hint(err, "an '@' in a password is written %%40");
    }
    if (*s == ':') {
        len = strcspn(++s, "/?");
        port = xmemdupz(s, len);
        if (len && parse_number(port, 65535, &url->port) < 0) {
            free(port);
            err_set(err, ERR_CONFIG,
                    "the port in the database URL is not a number from 1 to 65535");
            return err_hint(err, "a ':', '/', '@' or '?' in a password is written %%3A, %%2F, %%40 "
                                 "or %%3F");
        }
        free(port);
        s += len;
    }
    if (*s && *s != '/' && *s != '?')
        return err_set(err, ERR_CONFIG, "the database URL has text behind the ']' of its host");
    *p = s;
    return 0;
}

/* The field of a key whose value is kept as it is; NULL for other keys. */
static char **text_field(struct dburl *url, const char *key)
{
    const struct {
        const char *key;
        char **field;
    } fields[] = {
        {"charset", &url->charset},       {"unix_socket", &url->socket},
        {"ssl_ca", &url->ssl_ca},         {"ssl_capath", &url->ssl_capath},
        {"ssl_cert", &url->ssl_cert},     {"ssl_key", &url->ssl_key},
        {"ssl_cipher", &url->ssl_cipher}, {"read_default_file", &url->defaults_file},
    };

    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        if (strcmp(fields[i].key, key) == 0)
            return fields[i].field;
    return NULL;
}

/* The wishes of the TLS keys, which may stand in any order. */
struct tls_wish {
    bool asked, disabled, preferred;
    enum { SILENT, YES, NO } verify, verify_host;
};

static int set_tls_mode(struct tls_wish *tls, const char *mode, struct err *err)
{
    static const char *const modes[] = {"DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA",
                                        "VERIFY_IDENTITY"};
    size_t i = 0;

    while (i < ARRAY_SIZE(modes) && strcasecmp(mode, modes[i]) != 0)
        i++;
    if (i == ARRAY_SIZE(modes)) {
        err_set(err, ERR_CONFIG, "the database URL has an unknown ssl_mode");
        return err_hint(err, "it is DISABLED, PREFERRED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY");
    }
    tls->disabled = i == 0;
    tls->asked = i > 0;
    tls->preferred = i == 1;
    if (i == 3 || i == 4)
        tls->verify = YES;
    if (i == 3)
        tls->verify_host = NO;
    return 0;
}

static int set_parameter(struct dburl *url, const char *key, char *value, struct tls_wish *tls,
                         struct err *err)
{
    char **field = text_field(url, key);

    if (field) {
        free(*field);
        *field = xstrdup(value);
    }
    if (strcmp(key, "connect_timeout") == 0 &&
        parse_number(value, 3600, &url->connect_timeout_s) < 0)
        return err_set(err, ERR_CONFIG,
                       "connect_timeout in the database URL is not a number from 1 to 3600");
    if (strcmp(key, "ssl_mode") == 0)
        return set_tls_mode(tls, value, err);
    if (strncmp(key, "ssl_", 4) == 0 || strcmp(key, "ssl") == 0)
        tls->asked = tls->asked || !is_false(value);
    if (strcmp(key, "ssl_verify_cert") == 0)
        tls->verify = is_false(value) ? NO : YES;
    if (strcmp(key, "ssl_verify_identity") == 0 || strcmp(key, "ssl_check_hostname") == 0)
        tls->verify_host = is_false(value) ? NO : YES;
    if (strcmp(key, "ssl_disabled") == 0)
        tls->disabled = !is_false(value);
    return 0;
}

static int parse_query(const char *s, struct dburl *url, struct err *err)
{
    struct tls_wish tls = {.asked = false};
    int rc = 0;

    while (*s && rc == 0) {
        size_t len = strcspn(s, "&;");
        size_t name = strcspn(s, "=&;");
        char *key = decode(s, name, true);
        char *value = name < len ? decode(s + name + 1, len - name - 1, true) : xstrdup("");

        rc = set_parameter(url, key, value, &tls, err);
        free(key);
        free(value);
        s += len + (s[len] ? 1 : 0);
    }
    url->ssl = tls.asked && !tls.disabled;
    /* Whoever names an authority wants the certificate checked; PyMySQL reads it so, too. */
    if (tls.verify == SILENT && (url->ssl_ca || url->ssl_capath || tls.verify_host == YES))
        tls.verify = YES;
    url->ssl_verify = url->ssl && tls.verify == YES;
    url->ssl_optional = url->ssl && tls.preferred && !url->ssl_verify;
    url->ssl_verify_host = url->ssl_verify && tls.verify_host != NO;
    return rc;
}

/* Does the driver connect by the host where the URL has a socket, too? Drivers on the C library do,
 * mysqlclient (SQLAlchemy's choice where the URL names none) among them: there a socket counts for
 * localhost only. Drivers in Python, like PyMySQL, prefer the socket. */
static bool prefers_host(const char *scheme, size_t len)
{
    static const char *const drivers[] = {"mysqldb", "mariadbconnector"};
    const char *plus = memchr(scheme, '+', len);
    size_t rest;

    if (!plus)
        return true;
    rest = (size_t)(scheme + len - plus) - 1;
    for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
        if (strlen(drivers[i]) == rest && strncasecmp(plus + 1, drivers[i], rest) == 0)
            return true;
    return false;
}

static int parse(const char *s, struct dburl *url, struct err *err)
{
    const char *p = strstr(s, "://");
    size_t len, scheme_len;

    /* A decoded zero byte would end the C string that it stands in. */
    if (strstr(s, "%00"))
        return err_set(err, ERR_CONFIG, "the database URL holds %%00, a zero byte");
    if (!p) {
        err_set(err, ERR_CONFIG, "the database URL has no '://'");
        return err_hint(err, "it looks like mysql+pymysql://user:password@host:3306/mon");
    }
    scheme_len = (size_t)(p - s);
    if (check_scheme(s, scheme_len, err) < 0)
        return -1;
    p = parse_userinfo(p + 3, url);
    if (parse_host(&p, url, err) < 0)
        return -1;
    if (*p == '/') {
        len = strcspn(++p, "?");
        if (len)
            url->database = decode(p, len, false);
        p += len;
    }
    if (!url->database) {
        err_set(err, ERR_CONFIG, "the database URL names no database");
        return err_hint(err, "the URL ends like .../mon");
    }
    if (*p == '?' && parse_query(p + 1, url, err) < 0)
        return -1;
    if (url->socket && url->host && strcmp(url->host, "localhost") != 0 &&
        prefers_host(s, scheme_len)) {
        free(url->socket);
        url->socket = NULL;
    }
    return 0;
}

int dburl_parse(const char *url, struct dburl *ret, struct err *err)
{
    size_t len = strlen(url);
    char *inner;
    int rc;

    *ret = (struct dburl)DBURL_INIT;
    while (len && isspace((unsigned char)*url))
        url++, len--;
    while (len && isspace((unsigned char)url[len - 1]))
        len--;
    if (len >= 2 && (url[0] == '"' || url[0] == '\'') && url[len - 1] == url[0])
        url++, len -= 2;
    inner = xmemdupz(url, len);
    rc = parse(inner, ret, err);
    free(inner);
    if (rc < 0)
        dburl_release(ret);
    return rc;
}

void dburl_release(struct dburl *url)
{
    free(url->user);
    free(url->password);
    free(url->host);
    free(url->database);
    free(url->socket);
    free(url->charset);
    free(url->ssl_ca);
    free(url->ssl_capath);
    free(url->ssl_cert);
    free(url->ssl_key);
    free(url->ssl_cipher);
    free(url->defaults_file);
    *url = (struct dburl)DBURL_INIT;
}

void dburl_add_redacted(struct strbuf *sb, const struct dburl *url)
{
    const char *host = url->host ? url->host : "localhost";

    strbuf_addstr(sb, "mysql://");
    if (url->user)
        strbuf_addf(sb, "%s@", url->user);
    strbuf_addf(sb, strchr(host, ':') ? "[%s]" : "%s", host);
    if (url->port)
        strbuf_addf(sb, ":%u", url->port);
    strbuf_addf(sb, "/%s", url->database ? url->database : "");
}
