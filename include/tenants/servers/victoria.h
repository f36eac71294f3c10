/*
 * VictoriaMetrics as a target: what a server of it is like, and comparing what it holds with the
 * source.
 *
 * It takes line protocol, and makes a series of each field, MEASUREMENT_FIELD, with the tags and
 * the database for labels. It keeps numbers only (a string becomes 0, true 1), times in
 * milliseconds, and about 12 digits of each number; it never overwrites, so that a point that is
 * written twice is there twice (all measured on 1.79.5). So what is compared is the set of values
 * that a series has in a millisecond, nearly.
 */
#ifndef TENANTS_SERVERS_VICTORIA_H
#define TENANTS_SERVERS_VICTORIA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/names.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "influx/client.h"
#include "influx/export.h"
#include "influx/points.h"
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

/*
 * Counts. The target's of a series are different values in a millisecond, so that what was written
 * twice counts once; the source's are all. Equal counts so prove a copy, and a lack of the target's
 * proves nothing: then the points decide.
 */
struct victoria_count {
    char *measurement, *field;
    int64_t source, target;
};

struct victoria_counts {
    struct names series; /* MEASUREMENT_FIELD */
    struct victoria_count *items;
    size_t alloc;
    struct victoria_tail *tails; /* of series that go on in another line */
    size_t tail_count, tail_alloc;
    bool uncertain; /* a field is a string in one shard and a number in another */
    /* Set by the caller. */
    const struct victoria_server *server;
    const struct strvec *strings, *numbers; /* fields of the measurements that are counted */
};

void victoria_counts_release(struct victoria_counts *counts);
/* For influx_reader and export_reader, `context` is a struct victoria_counts. The source comes
 * first; series that it doesn't have don't count. */
int victoria_count_source(void *context, const struct influx_series *series, struct err *err);
int victoria_count_target(void *context, const struct export_line *line, struct err *err);
/* Before the target is counted (again). */
void victoria_counts_restart(struct victoria_counts *counts);
/* The sum of the source's; those that the target lacks in `ret_missing`. */
int64_t victoria_counts_compare(const struct victoria_counts *counts, int64_t *ret_missing);

/* The points themselves: those of the source are kept, and those of the target crossed out. */
struct victoria_values {
    struct victoria_value *slots;
    size_t slot_count, count;
    struct victoria_digest *columns; /* of the series at hand */
    size_t column_alloc;
    size_t missing;       /* that aren't crossed out */
    size_t conflicts;     /* of the target: another value than the source has, at its time */
    struct strvec *named; /* texts of what is missing or in conflict; victoria_name() and _take() */
    size_t named_max;
    /* Set by the caller. */
    const struct victoria_server *server;
    const char *database;
};

void victoria_values_release(struct victoria_values *values);
int victoria_keep(void *context, const struct points_series *series, bool new_series,
                  const struct msgpack_value *row, struct err *err);
int victoria_take(void *context, const struct export_line *line, struct err *err);
int victoria_name(void *context, const struct points_series *series, bool new_series,
                  const struct msgpack_value *row, struct err *err);

#endif
