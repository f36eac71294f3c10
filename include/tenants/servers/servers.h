/*
 * The servers that hold targets: the source's own, and those of --target-url and --target-map, each
 * with the clients for it and what it has.
 *
 * A server's number is that of the settings: 0 is the source's own. One of several may be away: its
 * tenants are left out, and the others are served. What is known of its speed and of its absence
 * outlives a run, for --follow.
 */
#ifndef TENANTS_SERVERS_SERVERS_H
#define TENANTS_SERVERS_SERVERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "influx/catalogue.h"
#include "influx/client.h"
#include "tenants/plan/kind.h"
#include "tenants/plan/plan.h"
#include "tenants/plan/settings.h"
#include "tenants/servers/pace.h"
#include "tenants/servers/victoria.h"

struct server {
    const struct settings_server *spec; /* NULL: the source's own */
    enum influx_kind kind;
    struct influx_client client; /* where points are written, and InfluxDB is read */
    struct influx_client reader; /* where VictoriaMetrics is read */
    struct catalogue databases;  /* of others: only its databases are filled */
    int64_t retention_ns;        /* of VictoriaMetrics and InfluxDB 2: what it keeps; 0: forever, or
                                    not known */
    struct victoria_server victoria;

    bool wanted;          /* a tenant of the source goes there, and isn't left out */
    char *away;           /* why it can't be reached, in words; NULL: it can, as far as is known */
    bool told;            /* people know that it is away */
    size_t tenants_left;  /* of the last run: tenants that lack something because it is away */
    int away_tries;       /* since it last did anything */
    int64_t ask_again_ns; /* not before; monotonic */
    struct pace pace;     /* of the statements for its tenants; the source's own bounds all */
};

struct servers {
    struct server *items;
    size_t count;
    const struct catalogue *source;
    struct plan_server *facts; /* as many as items; servers_facts() */
    int64_t rate_free_ns;      /* for --max-rate: no copy starts before; monotonic */
};

/* Makes the clients, with the loop and the trust of `source`. Both arguments must outlive it. */
void servers_init(struct servers *servers, const struct settings *settings,
                  const struct influx_client *source);
void servers_release(struct servers *servers);

/*
 * Asks each server that a wanted tenant of the catalogue goes to what it is, and which databases it
 * has: a constant number of requests each. `source` must outlive `servers`. One that doesn't answer
 * is marked as away; asked again by the next call, but for one that comes too soon. -1: no wanted
 * server can be reached (the source's own counts where a tenant stays there); or one refuses the
 * credentials, or isn't what it was said to be. In a brief delta such a one counts as away, too.
 */
int servers_read(struct servers *servers, enum delta_kind kind, const struct settings *settings,
                 const struct catalogue *source, struct err *err);

/* "InfluxDB at http://10.0.0.1:8086". The caller's to free. */
char *servers_label(const struct servers *servers, size_t number);

/* Marks a server as away. */
void servers_set_away(struct servers *servers, size_t number, const char *words);
/* Is any server that is wanted, but for number `but`, not away? */
bool servers_any_other(const struct servers *servers, size_t but);
/*
 * After an error: was it because the server is away, and are there others? Then it is marked, the
 * error released, and the answer true.
 */
bool servers_pass_over(struct servers *servers, enum delta_kind kind, size_t number,
                       struct err *err);

/* What a plan must know of the servers, by number, after servers_read(). Borrowed, until a server
 * is asked or marked again. */
const struct plan_server *servers_facts(struct servers *servers);

#endif
