/*
 * Database URLs, as SQLAlchemy reads them.
 *
 *     mysql+pymysql://user:password@host:3306/mon?charset=utf8mb4
 *
 * User, password and database are percent-decoded; a host in brackets is an IPv6 address. Known
 * query keys: charset, unix_socket, read_default_file, connect_timeout, and those of TLS, as
 * PyMySQL, mysqlclient and MySQL's own driver name them: ssl_ca, ssl_capath, ssl_cert, ssl_key,
 * ssl_cipher, ssl_verify_cert, ssl_verify_identity, ssl_check_hostname, ssl_mode, ssl_disabled, and
 * `ssl=true`. Others are for Python's driver, and are ignored.
 *
 * Where a URL has a host and a socket, the driver decides, as it does in Python: PyMySQL takes the
 * socket; mysqlclient, and a URL without a driver, take it for localhost only.
 *
 * Any key of TLS asks for TLS, and then nothing goes in the clear. Only ssl_mode=PREFERRED does
 * without it where the server has none, unless the certificate is to be checked. A key that names
 * an authority asks for the server's certificate to be checked, and that the certificate is the
 * host's, unless another key says otherwise.
 *
 * Errors are ERR_CONFIG. A message holds no part of the URL but the scheme and the query keys: any
 * other part may be a password in the wrong place.
 */
#ifndef CONF_DBURL_H
#define CONF_DBURL_H

#include <stdbool.h>

#include "base/err.h"
#include "base/strbuf.h"

struct dburl {
    char *user;     /* NULL: not given; likewise below */
    char *password; /* "" is a password, NULL is none */
    char *host;
    unsigned port; /* 0: not given */
    char *database;
    char *socket; /* NULL, too, where the host counts instead */
    char *charset;
    char *ssl_ca, *ssl_capath, *ssl_cert, *ssl_key, *ssl_cipher;
    bool ssl;             /* some key asks for TLS */
    bool ssl_optional;    /* ... but is content without, where the server has none */
    bool ssl_verify;      /* the server's certificate is to be checked */
    bool ssl_verify_host; /* ... and that the certificate is the host's */
    char *defaults_file;
    unsigned connect_timeout_s;
};

#define DBURL_INIT                                                                                 \
    {                                                                                              \
        .port = 0                                                                                  \
    }

/* `url` may stand in one pair of quotes. On an error `ret` is released. */
int dburl_parse(const char *url, struct dburl *ret, struct err *err);
void dburl_release(struct dburl *url);

/* Adds the URL as messages show it: "mysql://user@host:port/database", without the password. */
void dburl_add_redacted(struct strbuf *sb, const struct dburl *url);

#endif
