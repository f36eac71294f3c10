/*
 * The servers that hold targets: the source's own, and those of --target-url and --target-map, each
 * with the clients for it and what it has.
 *
 * A server's number is that of the settings: 0 is the source's own.
 */
#ifndef TENANTS_SERVERS_H
#define TENANTS_SERVERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "influx/catalogue.h"
#include "influx/client.h"
#include "tenants/settings.h"
#include "tenants/victoria.h"

struct server {
    const struct settings_server *spec; /* NULL: the source's own */
    enum influx_kind kind;
    struct influx_client client; /* where points are written, and InfluxDB is read */
    struct influx_client reader; /* where VictoriaMetrics is read */
    struct catalogue databases;  /* of others: only its databases are filled */
    int64_t retention_ns;        /* of VictoriaMetrics and InfluxDB 2: what it keeps; 0: forever, or
                                    not known */
    struct victoria_server victoria;
};

struct servers {
    struct server *items;
    size_t count;
    const struct catalogue *source;
};

/* Makes the clients, with the loop and the trust of `source`. Both arguments must outlive it. */
void servers_init(struct servers *servers, const struct settings *settings,
                  const struct influx_client *source);
void servers_release(struct servers *servers);

/*
 * Asks each server that a wanted tenant of the catalogue goes to what it is, and which databases it
 * has: a constant number of requests each. `source` must outlive `servers`. -1: one of them can't
 * be reached, refuses the credentials, or isn't what it was said to be.
 */
int servers_read(struct servers *servers, const struct settings *settings,
                 const struct catalogue *source, struct err *err);

/* NULL where the server has none of that name. */
const struct catalogue_database *servers_find_database(const struct servers *servers, size_t number,
                                                       const char *name);

#endif
