#include "tenants/delta.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "influx/edges.h"
#include "tenants/rejects/rejects.h"
#include "tenants/run/holdings.h"
#include "tenants/servers/limits.h"
#include "tenants/servers/source_points.h"
#include "tenants/servers/target.h"
#include "tenants/spread/spread_make.h"

/* Does the delta copy everything again? With --full and --follow only the first one does. */
static bool forgets_all(const struct delta *delta)
{
    return delta->settings->full && !delta->course->begun;
}

static int load(struct delta *delta, struct coverage *coverage, struct err *err)
{
    if (!delta->journal)
        return 0;
    return journal_load(delta->journal, coverage, delta_leaves_out_failed(delta->kind), err);
}

/* Reading */

static bool tag_names_tenant(const void *settings, const char *measurement, const char *tag)
{
    return strvec_has(settings_tags_of(settings, measurement), tag);
}

static bool may_be_target(const void *settings, const char *database)
{
    return settings_is_target(settings, database);
}

static int read_servers(struct delta *delta, const struct strvec *copied, struct err *err)
{
    const struct settings *settings = delta->settings;
    bool all = delta_asks_servers_alone(delta->kind);
    const struct catalogue_request request = {
        .database = settings->database,
        .policy = all ? "all" : settings->source_policy,
        .also = copied,
        .tags = &settings->tags,
        .wanted = tag_names_tenant,
        .context = settings,
        .is_target = may_be_target,
        .grants = settings->grants && !all,
    };

    if (catalogue_read(&delta->catalogue, delta->source, &request, err) < 0 ||
        (all && edges_read(&delta->catalogue, delta->source, settings->database, err) < 0))
        return -1;
    return servers_read(delta->servers, delta->kind, settings, &delta->catalogue, err);
}

int delta_read(struct delta *delta, struct err *err)
{
    struct strvec copied = STRVEC_INIT;
    int rc = -1;

    /* A verification compares what was covered when it began, whatever a run beside it adds while
     * the catalogue is read. */
    if (delta_compares(delta->kind) && load(delta, &delta->coverage, err) < 0)
        return -1;
    /* A policy that was copied goes on being copied when it isn't the default one any more: its
     * last points would stay behind unseen. */
    if (!delta->journal || journal_policies(delta->journal, &copied, err) == 0) {
        log_status("reading the catalogue...");
        rc = read_servers(delta, &copied, err);
        log_status(NULL);
    }
    strvec_release(&copied);
    return rc;
}

/* Planning */

/* Makes the journal forget where points were refused that the reject file lacks: nothing else would
 * tell of them. */
static int forget_refused(const struct delta *delta, struct err *err)
{
    struct rejects *rejects = rejects_new(delta->settings);
    struct journal_refusals refused = {0};
    int64_t points = 0;
    int rc = -1;

    if (journal_load_refused(delta->journal, &refused, err) == 0 &&
        rejects_find(rejects, &refused, err) == 0)
        rc = journal_forget_refused(delta->journal, delta->settings, &refused, &points, err);
    if (points)
        log_warning("%lld points that their targets refused don't stand in %s any more; their time "
                    "is copied again",
                    (long long)points, rejects_path(rejects));
    journal_refusals_release(&refused);
    rejects_free(rejects);
    return rc;
}

/* Makes the journal forget what this delta copies again, before its coverage counts. */
static int trim(struct delta *delta, struct err *err)
{
    const struct settings *settings = delta->settings;
    int64_t quick_ns = settings->overlap_ns < DELTA_QUICK_OVERLAP_NS ? settings->overlap_ns
                                                                     : DELTA_QUICK_OVERLAP_NS;

    if (!delta_only_reads(delta->kind)) {
        if (journal_save(delta->journal, err) < 0)
            return -1;
        delta->is_pending = true;
        if (forgets_all(delta) && (journal_load(delta->journal, &delta->before, false, err) < 0 ||
                                   journal_forget(delta->journal, settings, err) < 0))
            return -1;
        if (!delta_compares(delta->kind) && forget_refused(delta, err) < 0)
            return -1;
    }
    if (delta_looks_back(delta->kind))
        return journal_trim(delta->journal, settings->overlap_ns, err);
    return journal_trim_at(delta->journal, delta->course->whole_end_ns - quick_ns, err);
}

static int build(struct delta *delta, struct err *err)
{
    return plan_build(&delta->plan, delta->kind, delta->settings, &delta->catalogue,
                      servers_facts(delta->servers), &delta->coverage, err);
}

static void warn_of_loss(const struct loss *loss, const struct plan *plan, const char *what)
{
    const struct range_list *ranges = &loss->ranges;
    const struct plan_place *place = &plan->places[loss->place];
    const struct plan_tenant *tenant = &plan->tenants[place->tenant];
    struct strbuf text = STRBUF_INIT;

    clock_add_instant(&text, ranges->items[0].start_ns);
    strbuf_addstr(&text, " to ");
    clock_add_instant(&text, ranges->items[ranges->count - 1].end_ns);
    if (place->retention == &place->own)
        strbuf_addf(&text, " in the policy %s", place->own.policy);
    log_warning("the database %s has lost shard groups of %s %s", tenant->database, text.buf, what);
    strbuf_release(&text);
}

/* Only a plan knows which targets there are, so losses are found after it is made. Where there are
 * any, the plan is made again with the coverage that remains. */
static int plan_losses(struct delta *delta, struct err *err)
{
    if (losses_find(&delta->plan, delta->servers, delta->journal, LOSSES_BEFORE_RUN, &delta->losses,
                    err) < 0)
        return -1;
    if (!delta->losses.count)
        return 0;
    for (size_t i = 0; i < delta->losses.count; i++)
        warn_of_loss(&delta->losses.items[i], &delta->plan,
                     "since the last run; what was copied into them is copied again");
    if (!delta_only_reads(delta->kind) &&
        losses_forget(&delta->losses, &delta->plan, delta->journal, err) < 0)
        return -1;
    losses_take_out(&delta->losses, &delta->plan, &delta->coverage);
    plan_release(&delta->plan);
    return build(delta, err);
}

/* Does the plan make a database or a policy? */
static bool makes_any(const struct plan *plan)
{
    for (size_t i = 0; i < plan->place_count; i++)
        if (plan->places[i].retention->create && plan->places[i].piece_count)
            return true;
    return false;
}

/* Existing shard groups needn't be made. Where no target has a policy yet, no server is asked. */
static void read_holdings(struct holdings *holdings, const struct plan *plan,
                          const struct servers *servers)
{
    holdings_init(holdings, plan, servers);
    for (size_t i = 0; i < plan->place_count; i++)
        if (!plan->places[i].retention->create && plan->places[i].piece_count) {
            holdings_read(holdings);
            return;
        }
}

/* Deltas that follow one another come every few seconds, and mostly make nothing. */
static int make_price(struct delta *delta, struct err *err)
{
    struct plan *plan = &delta->plan;
    size_t server_count = delta->servers->count;
    struct price_server *facts;
    struct holdings holdings;
    int rc;

    if (!plan->piece_count || (delta_is_brief(delta->kind) && !makes_any(plan)))
        return 0;
    facts = xcalloc(server_count, sizeof(*facts));
    rc = limits_read(facts, plan, delta->servers, err);
    if (rc == 0) {
        read_holdings(&holdings, plan, delta->servers);
        price_make(&delta->price, plan, facts, server_count, holdings.by_place);
        rooms_set(delta->servers, &delta->price, delta->settings->ignore_limits);
        holdings_release(&holdings);
    }
    free(facts);
    return rc;
}

int delta_plan(struct delta *delta, struct err *err)
{
    bool copies = !delta_compares(delta->kind);

    if (copies && delta->journal && trim(delta, err) < 0)
        return -1;
    if ((copies && load(delta, &delta->coverage, err) < 0) || build(delta, err) < 0)
        return -1;
    if (copies && delta->journal && plan_losses(delta, err) < 0)
        return -1;
    return copies ? make_price(delta, err) : 0;
}

/* Spreading */

static int expect_all(const struct servers *servers, const struct settings *settings,
                      struct err *err)
{
    for (size_t i = 0; i < settings->spread_count; i++) {
        const struct server *server = &servers->items[settings->spread[i].server];

        if (server->away)
            return err_set(err, ERR_CONNECT, "--spread: %s", server->away);
    }
    return 0;
}

/* What the tenants cost with the server's own shard groups: price_make() chooses others only for a
 * server whose facts it knows. */
static void count_shards(struct plan *plan, const struct servers *servers)
{
    struct price_server *unknown = xcalloc(servers->count, sizeof(*unknown));
    struct price price = {0};
    struct holdings holdings;

    read_holdings(&holdings, plan, servers);
    price_make(&price, plan, unknown, servers->count, holdings.by_place);
    holdings_release(&holdings);
    price_release(&price);
    free(unknown);
}

int delta_spread(struct delta *delta, bool count, struct spread *spread, struct err *err)
{
    const struct plan_server *servers = servers_facts(delta->servers);
    struct plan plan = {0};
    struct price_server *facts = xcalloc(delta->servers->count, sizeof(*facts));
    int64_t *points = NULL;
    int rc = -1;

    /* What a tenant has counts, and not what is left to copy. */
    if (expect_all(delta->servers, delta->settings, err) < 0 ||
        plan_build(&plan, delta->kind, delta->settings, &delta->catalogue, servers, NULL, err) < 0)
        goto out;
    count_shards(&plan, delta->servers);
    points = xcalloc(plan.tenant_count + 1, sizeof(*points));
    if (limits_read(facts, &plan, delta->servers, err) < 0 ||
        (count && source_points_needed(&plan, delta->source, points, err) < 0))
        goto out;
    rc = spread_make(spread, &plan, count ? points : NULL, facts, servers, err);
out:
    free(points);
    free(facts);
    plan_release(&plan);
    return rc;
}

/* Preparing */

/* Was anything copied into this target, as far as the journal knows? */
static bool is_known(const struct coverage *coverage, const struct plan_tenant *tenant)
{
    const struct coverage_tenant *rows = coverage_find(coverage, tenant->id);

    for (size_t i = 0; rows && i < rows->count; i++)
        if (strcmp(rows->rows[i].target, tenant->target) == 0)
            return true;
    return false;
}

/* A database that the journal knows and the server lacks has lost all that was copied into it. The
 * journal must say so on the disk before the database is made again: later nobody could tell. */
static int forget_lost_databases(struct delta *delta, struct err *err)
{
    const struct coverage *known = forgets_all(delta) ? &delta->before : &delta->coverage;
    bool any = false;

    for (size_t i = 0; i < delta->plan.tenant_count; i++) {
        const struct plan_tenant *tenant = &delta->plan.tenants[i];

        if (!tenant->retention.create || !is_known(known, tenant))
            continue;
        log_warning("the database %s was copied before and is gone; all of it is copied again",
                    tenant->database);
        if (journal_forget_database(delta->journal, tenant->target, err) < 0)
            return -1;
        any = true;
    }
    return any ? journal_save(delta->journal, err) : 0;
}

/* Forgets what was copied of a policy into another place, or into one that is gone: those points
 * are copied anew, into their own policy. */
static int forget_moved(struct delta *delta, const struct plan_place *place, struct err *err)
{
    const struct plan_tenant *tenant = &delta->plan.tenants[place->tenant];
    const char *policy = delta->catalogue.policies[place->source_policy].name;
    const struct holding nothing = {0};

    if (place->is_recorded)
        log_warning(
            "the retention policy %s of the database %s is gone; what was copied into it is "
            "copied again",
            place->retention->policy, tenant->database);
    else
        log_warning("what was copied of the source's retention policy %s into the database %s "
                    "stands in another policy than %s, or not alone; it is copied again, into %s",
                    policy, tenant->database, place->retention->policy, place->retention->policy);
    if (place->retention->create &&
        journal_remember(delta->journal, place->name, &nothing, err) < 0)
        return -1;
    return journal_forget_policy(delta->journal, tenant->target, policy, err);
}

/* Records where points are about to go, so that points of the same policy go there for ever, and
 * no others do. VictoriaMetrics has no policies. */
static int land(struct delta *delta, struct err *err)
{
    for (size_t i = 0; i < delta->plan.place_count; i++) {
        const struct plan_place *place = &delta->plan.places[i];
        const struct plan_tenant *tenant = &delta->plan.tenants[place->tenant];

        if (tenant->problem || !place->retention->policy)
            continue;
        if (place->is_moved && forget_moved(delta, place, err) < 0)
            return -1;
        if (!place->is_recorded &&
            journal_land(delta->journal, tenant->id, tenant->target,
                         delta->catalogue.policies[place->source_policy].name,
                         place->retention->policy, err) < 0)
            return -1;
    }
    return 0;
}

/* Begins the record of a run, or of a further delta: those of --follow are one run in the journal.
 */
static int begin_record(struct delta *delta, struct err *err)
{
    struct delta_course *course = delta->course;
    const struct plan *plan = &delta->plan;
    int64_t late_cutoff_ns =
        delta_looks_back(delta->kind) ? plan->cutoff_ns : course->late_cutoff_ns;
    int rc = course->begun ? journal_begin_delta(delta->journal, plan->cutoff_ns, plan->range,
                                                 late_cutoff_ns, err)
                           : journal_begin_run(delta->journal, plan->cutoff_ns, plan->range, err);

    /* The plans of deltas that follow one another differ only where a tenant is new. */
    if (rc == 0 && (!course->begun || plan->tenant_count != course->tenant_count))
        rc = journal_record_plan(delta->journal, plan, course->line, err);
    course->tenant_count = plan->tenant_count;
    return rc;
}

int delta_prepare(struct delta *delta, struct err *err)
{
    size_t held_back;

    if (delta_only_reads(delta->kind))
        return 0;
    if (!delta_compares(delta->kind) &&
        (forget_lost_databases(delta, err) < 0 || land(delta, err) < 0))
        return -1;
    if (!delta_compares(delta->kind))
        rooms_admit(&delta->plan, delta->servers, &held_back);
    if (targets_prepare(&delta->plan, delta->servers, err) < 0 || begin_record(delta, err) < 0)
        return -1;
    delta->is_pending = false;
    return 0;
}

/* Running */

/* Finds what targets lost while they were filled. Windows that were whole when they were recorded
 * are whole no more: the journal forgets them, so that status and report say so, and the next delta
 * copies them again. Returns 1 where there is any loss. */
static int forget_new_losses(struct delta *delta, struct err *err)
{
    struct losses losses = {0};
    int rc =
        losses_find(&delta->plan, delta->servers, delta->journal, LOSSES_AFTER_RUN, &losses, err);

    for (size_t i = 0; i < losses.count; i++)
        warn_of_loss(&losses.items[i], &delta->plan,
                     "during this run; the next one copies what is missing");
    if (rc == 0 && losses.count)
        rc = losses_forget(&losses, &delta->plan, delta->journal, err) < 0 ||
                     journal_save(delta->journal, err) < 0
                 ? -1
                 : 1;
    losses_release(&losses);
    return rc;
}

/* The server's clock, when the catalogue was read, is known to some seconds only. */
#define CLOCK_MARGIN_NS (5 * CLOCK_SECOND_NS)

/* A shard that closed meanwhile may have been read as empty: its time counts as copied no more. */
static int forget_closed(struct delta *delta, const struct shard *shard, struct err *err)
{
    const struct plan *plan = &delta->plan;

    log_warning("shard %lld of the source, policy %s, isn't open since the server was started "
                "again: its time isn't copied; run again",
                (long long)shard->id, shard->policy);
    for (size_t i = 0; i < plan->tenant_count && !delta_only_reads(delta->kind); i++)
        if (journal_forget_time(delta->journal, plan->tenants[i].target, shard->policy,
                                (struct range){shard->start_ns, shard->end_ns}, err) < 0)
            return -1;
    return 0;
}

static bool is_read(const struct plan *plan, const struct shard *shard)
{
    const struct range time = {shard->start_ns, shard->end_ns};
    const struct catalogue *catalogue = plan->catalogue;

    for (size_t i = 0; i < catalogue->policy_count; i++)
        if (strcmp(catalogue->policies[i].name, shard->policy) == 0)
            return catalogue->policies[i].read &&
                   !range_is_empty(range_intersect(time, plan->range));
    return false;
}

/* Did the source's server come back without a shard while it was read? Returns 1 then. */
static int find_new_closed(struct delta *delta, struct err *err)
{
    const struct catalogue *catalogue = &delta->catalogue;
    struct shard_list closed = {0};
    int rc = shards_find_closed_since(&closed, delta->source, delta->settings->database,
                                      catalogue->now_ns - CLOCK_MARGIN_NS, clock_now_ns(), err);

    for (size_t i = 0; i < closed.count && rc >= 0; i++)
        if (!shard_list_has(&catalogue->closed_shards, closed.items[i].id) &&
            is_read(&delta->plan, &closed.items[i]))
            rc = forget_closed(delta, &closed.items[i], err) < 0 ? -1 : 1;
    if (rc > 0 && !delta_only_reads(delta->kind) && journal_save(delta->journal, err) < 0)
        rc = -1;
    shard_list_release(&closed);
    return rc;
}

int delta_run(struct delta *delta, const struct run_observer *observer, struct run_summary *summary,
              struct err *err)
{
    struct delta_course *course = delta->course;
    int rc;

    course->begun++;
    rc = run_execute(&delta->plan, delta->source, delta->servers,
                     delta_only_reads(delta->kind) ? NULL : delta->journal, observer, summary, err);
    log_status(NULL);
    /* A repair mends losses from before it began; the next run looks for later ones itself. */
    if (rc >= 0 && !delta_only_reads(delta->kind) && !delta_compares(delta->kind) &&
        summary->state.progress.points) {
        int lost = forget_new_losses(delta, err);

        rc = lost ? lost : rc;
    }
    if (rc >= 0) {
        int closed = find_new_closed(delta, err);

        rc = closed ? closed : rc;
    }
    if (rc < 0)
        return -1;
    if (!delta_compares(delta->kind) && !delta_is_brief(delta->kind) &&
        journal_look(delta->journal, &delta->plan, err) < 0)
        return -1;
    /* Time ahead of the clock is never whole: more points may come there at any time. */
    course->whole_end_ns = range_past_end_ns(delta->plan.range, delta->plan.cutoff_ns);
    if (delta_looks_back(delta->kind))
        course->late_cutoff_ns = delta->plan.cutoff_ns;
    return rc;
}

void delta_release(struct delta *delta)
{
    if (delta->is_pending)
        journal_undo(delta->journal);
    losses_release(&delta->losses);
    price_release(&delta->price);
    plan_release(&delta->plan);
    coverage_release(&delta->before);
    coverage_release(&delta->coverage);
    catalogue_release(&delta->catalogue);
}
