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

/* What a server's flags say. */
struct victoria_server {
    bool known;           /* they could be read */
    char *label;          /* that has the database */
    char *separator;      /* between measurement and field */
    int64_t retention_ns; /* 0: not known */
    bool deduplicates;    /* of several values in a millisecond it keeps one */
    char *read_url;       /* behind which /api/v1/export is */
};

void victoria_server_release(struct victoria_server *server);

/*
 * Where a server is read: `url` itself, or for a cluster's (PREFIX/insert/ACCOUNT/influx)
 * PREFIX/select/ACCOUNT/prometheus. The caller's to free.
 */
char *victoria_read_url(const char *url);

/*
 * Sees whether the server takes and gives, and reads its flags. ERR_CONNECT where it can't be
 * reached or refuses the credentials; ERR_CONFIG where it names series so that measurements could
 * not be told apart. Nothing is written.
 */
int victoria_server_read(struct victoria_server *server, struct influx_client *writer,
                         struct influx_client *reader, struct err *err);

/* How long -retentionPeriod is: "1" is a month of 31 days, "100y", "30d", "24h". -1: no such text.
 */
int victoria_parse_retention(const char *text, int64_t *ret_ns);

/* Points of a tenant. All borrowed. */
struct victoria_selection {
    const struct victoria_server *server;
    const char *const *measurements;
    size_t measurement_count;
    const char *database;
    const struct strvec *tags; /* the point's tenant is in the first of them that it has */
    const char *tenant;
    struct range range;
};

/* The parameters of an export, encoded as a form: of all series that are called after the database;
 * or of all that have the tenant's tag. */
void victoria_add_database_export(struct strbuf *sb, const struct victoria_selection *selection);
void victoria_add_tenant_export(struct strbuf *sb, const struct victoria_selection *selection);

#endif
