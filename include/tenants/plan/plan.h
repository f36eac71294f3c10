/*
 * What a run will do: a value, made from the settings, the catalogue and what the journal covers.
 * Printing it is `tenants plan`.
 *
 * The work is kept small: one unit for each tenant and set of measurements that one statement may
 * copy together, and one list of windows for all. A piece, what one statement copies at first, is
 * the common part of a unit's needed time and a window; plan_cursor_next() makes them one after the
 * other, the oldest window first, so that what the source's retention policy takes next is copied
 * first.
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

/* What a plan must know of a server that holds targets. servers_facts() tells it: a plan itself
 * asks no server. */
struct plan_server {
    enum influx_kind kind;
    int64_t retention_ns; /* how long a VictoriaMetrics or an InfluxDB 2 keeps points; 0: forever,
                             or not known */
    const char *away;     /* why the server can't be reached, in words; NULL: it can */
    const struct catalogue *databases; /* a catalogue that has the server's databases */
};

/* Measurements (numbers of the catalogue, sorted) whose points belong to their tenants by the same
 * tags. */
struct plan_set {
    uint32_t *measurements;
    size_t count;
    const struct strvec *tags; /* borrowed from the settings */
    bool alone; /* of one measurement that no other may join: a field of two types, or a tag of a
                   field's name */
};

struct plan_unit {
    uint32_t tenant; /* index in plan.tenants */
    uint32_t set;    /* index in plan.sets */
    size_t policy;   /* of the source */
    struct range_list needed;
    size_t field_count; /* of each of its measurements; one too many where a field has two types */
};

struct plan_tenant {
    const char *id;        /* borrowed from the catalogue */
    size_t server;         /* the number that the settings give it */
    enum influx_kind kind; /* of the server */
    char *database;
    char *place;   /* the target as the journal knows it: the database, behind its server where that
                      isn't the source's */
    char *problem; /* why nothing can be copied for it, or NULL */
    bool away;     /* that is because its server is away */
    struct retention_choice retention;
    bool numbers_only; /* VictoriaMetrics: strings stay behind */
    int64_t oldest_ns; /* what is older the target wouldn't keep; INT64_MIN: no limit */
    size_t measurement_count;
    size_t piece_count;
};

/* Measurements that stay behind as a whole. */
struct plan_left {
    uint32_t *measurements;
    size_t count, alloc;
};

struct plan {
    enum delta_kind kind;
    const struct catalogue *catalogue; /* borrowed */
    const struct settings *settings;   /* borrowed */
    int64_t cutoff_ns;                 /* the end of what this run looks at, fixed at its start */
    struct range range;
    struct window_list windows;
    struct plan_tenant *tenants;
    size_t tenant_count;
    struct plan_set *sets;
    size_t set_count, set_alloc;
    struct plan_unit *units;
    size_t unit_count, unit_alloc;
    size_t piece_count;
    struct plan_left skipped;                         /* by a filter */
    struct plan_left unassigned;                      /* without any tag that could name a tenant */
    struct plan_left unnameable;                      /* no statement can name them */
    struct strvec string_fields, string_measurements; /* what tenants that go to a VictoriaMetrics
                                                         leave behind: fields; all of it */
    uint32_t *excluded_tenants; /* numbers of the catalogue; left out by --tenant */
    size_t excluded_tenant_count;
};

/* The clock of the target moves on while a statement runs, and no clock is exact. */
#define PLAN_RETENTION_MARGIN_NS (5 * 60 * CLOCK_SECOND_NS)

/*
 * `servers` has the source's own server first, then those of the settings by number; it may be NULL
 * where the settings name none, and is borrowed for the call only. `coverage` may be NULL: nothing
 * is covered. `plan` must be zero; release it in any case. ERR_USAGE where the range is empty,
 * ERR_CONFIG where two tenants would share a database.
 */
int plan_build(struct plan *plan, enum delta_kind kind, const struct settings *settings,
               const struct catalogue *catalogue, const struct plan_server *servers,
               const struct coverage *coverage, struct err *err);
void plan_release(struct plan *plan);

/* What is lost on the way to a VictoriaMetrics, in words, the caller's to free; NULL where no
 * tenant goes there. */
char *plan_not_kept(const struct plan *plan);

/* One statement's worth of work. */
struct plan_piece {
    const struct plan_unit *unit;
    struct range range;
};

struct plan_cursor {
    const struct plan *plan;
    size_t window, unit, part;
    const uint32_t *units; /* borrowed, sorted; only pieces of these; NULL: of all */
    size_t unit_count;
};

/* False after the last piece. Begin with {.plan = plan}. */
bool plan_cursor_next(struct plan_cursor *cursor, struct plan_piece *piece);

/* The number of a set with these measurements and tags, which is added if it is new. Takes over
 * `measurements`. */
uint32_t plan_add_set(struct plan *plan, uint32_t *measurements, size_t count,
                      const struct strvec *tags, bool alone);

#endif
