/*
 * A VictoriaMetrics server that holds targets: its addresses, its flags, and the queries that
 * export what it holds.
 *
 * VictoriaMetrics takes line protocol. It makes a series MEASUREMENT_FIELD of each field; the
 * series' labels are the point's tags and the database. It keeps numbers only (a string becomes 0,
 * true becomes 1), times in milliseconds, and about 12 digits of each number. It never overwrites:
 * a point that is written twice is there twice (all measured on 1.79.5).
 * tenants/run/victoria_compare.h compares such a copy with its source.
 */
#ifndef TENANTS_SERVERS_VICTORIA_H
#define TENANTS_SERVERS_VICTORIA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "influx/client.h"
#include "tenants/plan/range.h"

/* The flags of a server, or their defaults where they can't be read. */
struct victoria_server {
    bool known;           /* the flags could be read */
    char *label;          /* the name of the label that has the database */
    char *separator;      /* between measurement and field in a series' name */
    int64_t retention_ns; /* 0: not known */
    bool deduplicates;    /* the server keeps one of several values in a millisecond */
    char *read_url;       /* "/api/v1/export" goes behind it */
};

void victoria_server_release(struct victoria_server *server);

/*
 * The address to read from, given the one to write to: the same for a single server; for a cluster,
 * PREFIX/insert/ACCOUNT/influx becomes PREFIX/select/ACCOUNT/prometheus. The caller's to free.
 */
char *victoria_read_url(const char *url);

/*
 * Tries whether the server takes line protocol and exports, and reads its flags. Writes no point.
 * ERR_CONNECT where the server can't be reached or refuses the credentials; ERR_FAILED where it
 * answers something else; ERR_CONFIG where its flags give series names in which measurements can't
 * be told apart.
 */
int victoria_server_read(struct victoria_server *server, struct influx_client *writer,
                         struct influx_client *reader, struct err *err);

/* Parses the value of -retentionPeriod: "100y", "30d", "24h"; "1" is a month of 31 days. Returns -1
 * for any other text. */
int victoria_parse_retention(const char *text, int64_t *ret_ns);

/* Selects points of a tenant. All borrowed. */
struct victoria_selection {
    const struct victoria_server *server;
    const char *const *measurements;
    size_t measurement_count;
    const char *database;
    const struct strvec *tags; /* a point's tenant stands in the first of them that it has */
    const char *tenant;
    struct range range;
};

/* Adds the parameters of an export, encoded as a form. A database export selects the series whose
 * label names the database; a tenant export selects those that have the tenant's tag. */
void victoria_add_database_export(struct strbuf *sb, const struct victoria_selection *selection);
void victoria_add_tenant_export(struct strbuf *sb, const struct victoria_selection *selection);

#endif
