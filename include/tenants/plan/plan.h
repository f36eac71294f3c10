/*
 * The plan of a run: a value, made from the settings, the source's catalogue, what is known of the
 * servers, and the journal's coverage. `tenants plan` prints it.
 *
 * A plan stays small, however much there is to copy. It has a unit for each tenant and set of
 * measurements that one statement may copy together, and one list of windows for all units. A piece
 * is what a statement copies at first: the time that a unit needs in one window.
 * plan_cursor_next() makes the pieces one by one, the oldest window first: the source's retention
 * deletes the oldest points next.
 */
#ifndef TENANTS_PLAN_PLAN_H
#define TENANTS_PLAN_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/strvec.h"
#include "influx/catalogue.h"
#include "tenants/plan/coverage.h"
#include "tenants/plan/kind.h"
#include "tenants/plan/range.h"
#include "tenants/plan/retention.h"
#include "tenants/plan/settings.h"
#include "tenants/plan/window.h"

/* The facts that a plan needs of a server that holds targets. servers_facts() tells them: a plan
 * itself asks no server. */
struct plan_server {
    enum influx_kind kind;
    int64_t retention_ns; /* how long a VictoriaMetrics or an InfluxDB 2 keeps points; 0: forever,
                             or not known */
    const char *away;     /* why the server can't be reached, in words; NULL: it can */
    const struct catalogue *databases; /* a catalogue that has the server's databases */
};

/* Measurements that one statement may copy together. The same tags name the tenant of their points.
 */
struct plan_set {
    uint32_t *measurements; /* numbers of the catalogue, sorted */
    size_t count;
    const struct strvec *tags; /* borrowed from the settings */
    bool alone; /* the set is one measurement that no other may join: it has a field of two types,
                   or a tag that is called as a field */
};

struct plan_unit {
    uint32_t tenant;      /* index in plan.tenants */
    uint32_t set;         /* index in plan.sets */
    size_t source_policy; /* index in catalogue.policies */
    size_t place;         /* index in plan.places */
    struct range_list needed;
    size_t field_count; /* of each measurement; a field of two types counts twice */
};

/* Where a tenant's points of one policy of the source go: a policy of the target. Each policy of
 * the source has one of its own, so that their points never land on each other. */
struct plan_place {
    uint32_t tenant;                          /* index in plan.tenants */
    size_t source_policy;                     /* index in catalogue.policies */
    const struct retention_choice *retention; /* the tenant's, or `own` */
    struct retention_choice own;              /* not the target's default policy */
    char *name;        /* in the journal's holdings: the target and its policy */
    int64_t oldest_ns; /* it wouldn't keep older points; INT64_MIN: no limit */
    bool is_recorded;  /* the journal says that points go there */
    bool is_moved;     /* what the journal says was copied lies elsewhere, or is gone */
    size_t piece_count;
    int64_t new_shards; /* that copying makes, at most; set with the price */
};

struct plan_tenant {
    const char *id;        /* borrowed from the catalogue */
    size_t server;         /* the number that the settings give it */
    enum influx_kind kind; /* of the server */
    char *database;
    char *target;  /* the target's name in the journal: the database, after "URL " where the server
                      isn't the source's */
    char *problem; /* why nothing can be copied for the tenant, or NULL */
    bool away;     /* the problem is that the server is away */
    bool makes_database; /* its first shard on the server; set with the price */
    bool held_back; /* its server has no room for it now (tenants/servers/room.h): it isn't begun */
    bool is_begun;  /* it has got its room */
    bool is_prepared;                  /* targets_prepare() has made its database */
    struct retention_choice retention; /* of the target's default policy */
    size_t first_place, place_count;   /* of plan.places; none where there is a problem */
    bool numbers_only;                 /* the server keeps no texts: strings stay behind */
    int64_t oldest_ns;                 /* no place of it keeps older points; INT64_MIN: no limit */
    size_t measurement_count;          /* that have series of the tenant */
    size_t piece_count;
};

/* Measurements that stay behind as a whole. */
struct plan_measurements {
    uint32_t *measurements;
    size_t count, alloc;
};

/* A shard of the source that isn't open, in a policy that is read. Its points can't be read, nor
 * counted: nothing of its time is copied, or recorded as copied. */
struct plan_unreadable {
    int64_t shard;        /* its id on the server */
    size_t source_policy; /* index in catalogue.policies */
    struct range range;   /* of the shard; parts of it may be outside of the plan's */
};

struct plan {
    enum delta_kind kind;
    const struct catalogue *catalogue; /* borrowed */
    const struct settings *settings;   /* borrowed */
    int64_t cutoff_ns; /* the source's clock at the start; with --ahead, younger points count too */
    struct range range; /* of the points that are looked at */
    struct window_list windows;
    struct plan_tenant *tenants;
    size_t tenant_count;
    struct plan_place *places;
    size_t place_count;
    struct plan_set *sets;
    size_t set_count, set_alloc;
    struct plan_unit *units;
    size_t unit_count, unit_alloc;
    size_t piece_count;
    struct plan_unreadable *unreadable; /* by shard; a window says which, counted from 1 */
    size_t unreadable_count, unreadable_alloc;
    struct plan_measurements skipped;    /* a filter leaves them out */
    struct plan_measurements unassigned; /* they have no tag that could name a tenant */
    struct plan_measurements unnameable; /* no statement can name them */
    /* Left behind by tenants that go to a VictoriaMetrics: text fields of measurements that are
     * copied, and measurements that have nothing else. */
    struct strvec string_fields, string_measurements;
    struct strvec copied_policies; /* of the source: an earlier run copied some of them */
    uint32_t *excluded_tenants;    /* numbers of the catalogue; --tenant leaves them out */
    size_t excluded_tenant_count;
};

/* For retention_oldest_ns(): a target's limit moves on while a statement runs, and clocks differ.
 */
#define PLAN_RETENTION_MARGIN_NS (5 * 60 * CLOCK_SECOND_NS)

/* InfluxDB's time: [1677-09-21T00:12:43.145224194Z, 2262-04-11T23:47:16.854775807Z). */
#define PLAN_OLDEST_NS (INT64_MIN + 2)
#define PLAN_NEWEST_NS INT64_MAX

/*
 * `servers` has the source's own server first, then those of the settings by number; it may be NULL
 * where the settings name none, and is borrowed for the call only. `coverage` may be NULL: nothing
 * is covered. `plan` must be zero; release it in any case. ERR_USAGE where the range is empty, or
 * several policies of the source would go to a VictoriaMetrics; ERR_CONFIG where two tenants would
 * share a database.
 */
int plan_build(struct plan *plan, enum delta_kind kind, const struct settings *settings,
               const struct catalogue *catalogue, const struct plan_server *servers,
               const struct coverage *coverage, struct err *err);
void plan_release(struct plan *plan);
/* Does the source hold points in the plan's time that nobody can read? It is no whole then,
 * whatever is copied. */
bool plan_lacks_beginning(const struct plan *plan);

/* May points of a policy of the source be compared with targets? A check makes no places: where no
 * target has the policy, nothing can be compared. The default policy always may. */
bool plan_compares_policy(const struct plan *plan, size_t policy);

/* Is the place there? A check compares only places that are. */
bool plan_has_place(const struct plan *plan, const struct plan_place *place);

/* A check counts a policy up to here. Behind it, near the policy's newest point, it compares every
 * point: there equal counts prove nothing, since persisters write to both sides around the cutover.
 */
int64_t plan_counted_until_ns(const struct plan *plan, size_t policy);

/* Says in words what a VictoriaMetrics doesn't keep of the plan's points; NULL where no tenant goes
 * to one. The caller's to free. */
char *plan_not_kept(const struct plan *plan);

/* Says in words which shard can't be read, and its time. The caller's to free. */
char *plan_unreadable_words(const struct plan *plan, const struct plan_unreadable *unreadable);

/* A part of the time that a unit needs, in one window. */
struct plan_piece {
    const struct plan_unit *unit;
    struct range range;
    const struct plan_unreadable *unreadable; /* why it can't be copied; NULL: it can */
};

struct plan_cursor {
    const struct plan *plan;
    size_t window, unit, part;
    const uint32_t *units; /* borrowed, sorted: gives pieces of these units only; NULL: of all */
    size_t unit_count;
};

/* Gives the next piece; false after the last. The first cursor is {.plan = plan}. */
bool plan_cursor_next(struct plan_cursor *cursor, struct plan_piece *piece);

/* The number of the set with these measurements and tags, which is added where it is missing. Takes
 * `measurements` over. */
uint32_t plan_add_set(struct plan *plan, uint32_t *measurements, size_t count,
                      const struct strvec *tags, bool alone);

#endif
