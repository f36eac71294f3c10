/*
 * The servers that hold targets: the source's own, and those of --target-url and --target-map. Each
 * has its clients, and what it answered when it was asked.
 *
 * Servers have the numbers that the settings give them; 0 is the source's own. A server may be
 * away, that is, not answer: its tenants are then left out, and those of the others are served.
 * Speed and absence of a server are remembered from run to run, for --follow.
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
#include "tenants/servers/room.h"
#include "tenants/servers/victoria.h"

struct server {
    const struct settings_server *spec; /* NULL: the source's own */
    enum influx_kind kind;
    struct influx_client client; /* writes points, and reads an InfluxDB */
    struct influx_client reader; /* reads a VictoriaMetrics */
    struct catalogue databases;  /* has databases and nothing else; empty for the source's own */
    int64_t retention_ns;        /* how long a VictoriaMetrics or an InfluxDB 2 keeps points; 0:
                                    forever, or not known */
    struct victoria_server victoria;

    bool wanted;          /* some tenant that isn't left out goes there, or may */
    char *away;           /* why the server can't be reached, in words; NULL: no failure is known */
    bool told;            /* a message said that the server is away */
    size_t tenants_owed;  /* tenants to which the last run owes points since the server is away */
    int away_tries;       /* failures since a statement there last succeeded */
    int64_t ask_again_ns; /* the server isn't asked again before; monotonic */
    struct room room;     /* for databases and shards; room_of() */
    size_t payer;         /* the number of the server whose room it shares: its own, mostly */
    struct pace pace;     /* of statements for the server's tenants; number 0 bounds them all */
};

struct servers {
    struct server *items;
    size_t count;
    const struct catalogue *source; /* borrowed */
    struct plan_server *facts;      /* as many as items; servers_facts() */
    int64_t rate_free_ns;           /* for --max-rate: no statement starts before; monotonic */
};

/* Makes the clients; they share the loop of `source`, and how it checks certificates. `settings`
 * and `source` must outlive `servers`. */
void servers_init(struct servers *servers, const struct settings *settings,
                  const struct influx_client *source);
void servers_release(struct servers *servers);

/*
 * Asks each wanted server what it is and which databases it has; a constant number of requests for
 * each. The catalogue `source` says which tenants there are; it must outlive `servers`.
 *
 * A server that doesn't answer is marked as away. The next call asks it again, unless that comes
 * too soon. -1 where no wanted server answers (the source's own does, if a tenant stays there), or
 * where one refuses the credentials or isn't what it was said to be. In a brief delta the latter
 * counts as away as well.
 */
int servers_read(struct servers *servers, enum delta_kind kind, const struct settings *settings,
                 const struct catalogue *source, struct err *err);

/* The name of a server for messages, "InfluxDB at http://10.0.0.1:8086". The caller's to free. */
char *servers_label(const struct servers *servers, size_t number);

/* Marks a server as away; `words` say why. */
void servers_set_away(struct servers *servers, size_t number, const char *words);
/* Says whether a wanted server other than number `but` isn't away. */
bool servers_any_other(const struct servers *servers, size_t but);
/*
 * After an error of a server: where the reason is that the server is away, and others aren't, marks
 * it as away, releases the error, and returns true: the others can go on. The source's own server
 * is never passed over.
 */
bool servers_pass_over(struct servers *servers, enum delta_kind kind, size_t number,
                       struct err *err);

/* The facts that a plan needs of the servers, by number, after servers_read(). Borrowed, until a
 * server is asked or marked again. */
const struct plan_server *servers_facts(struct servers *servers);

#endif
