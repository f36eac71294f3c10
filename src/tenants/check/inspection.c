#include "tenants/check/inspection.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/stop.h"
#include "findings.h"
#include "influx/quote.h"
#include "influx/reply.h"
#include "influx/writes.h"
#include "tenants/delta.h"
#include "tenants/rejects/rejects.h"
#include "uses.h"

/* The looks of one inspection. */
struct looking {
    struct inspection *inspection;
    struct delta_course course;
    struct delta first, second;
    struct writes writes; /* when the first look began */
    struct findings findings;
    struct run_summary summary;
    int64_t began_ns; /* monotonic */
    int64_t expected; /* values that the source must have at the second look */
    bool adds_up;     /* `expected` is the sum of what was looked at, and not a count of its own */
};

static struct totals_source source_of(const struct looking *looking, const struct delta *look)
{
    return (struct totals_source){looking->inspection->settings, &look->catalogue,
                                  looking->inspection->source};
}

/* Counting */

/* Counts all points of a policy, also those that belong to nobody. */
static int count_everything(const struct looking *looking, const struct delta *look, size_t policy,
                            enum totals_measurements measurements, struct totals *totals,
                            struct err *err)
{
    const struct totals_source source = source_of(looking, look);
    const struct totals_question question = {.policy = policy,
                                             .owner = INFLUX_OWNER_ANY,
                                             .range = looking->first.plan.range,
                                             .measurements = measurements};

    return totals_count(totals, &source, &question, err);
}

/* Counts all points of the policies that are compared. */
static int count_compared(const struct looking *looking, const struct delta *look,
                          struct totals *totals, struct err *err)
{
    for (size_t i = 0; i < look->catalogue.policy_count; i++)
        if (plan_compares_policy(&look->plan, i) &&
            count_everything(looking, look, i, TOTALS_ALL, totals, err) < 0)
            return -1;
    return 0;
}

/* Counts the points of a tenant in a policy. */
static int count_policy(const struct looking *looking, const struct plan_tenant *tenant,
                        size_t policy, struct range range, struct totals *totals, struct err *err)
{
    const struct totals_source source = source_of(looking, &looking->first);
    const struct totals_question question = {.policy = policy,
                                             .owner = INFLUX_OWNER_TENANT,
                                             .tenant = tenant->id,
                                             .range = range,
                                             .measurements = TOTALS_WANTED};

    return totals_count(totals, &source, &question, err);
}

/* Counts the points of a tenant in all policies that are compared. */
static int count_tenant(const struct looking *looking, const struct plan_tenant *tenant,
                        struct totals *totals, struct err *err)
{
    const struct plan *plan = &looking->first.plan;

    for (size_t i = 0; i < plan->catalogue->policy_count; i++)
        if (plan_compares_policy(plan, i) &&
            count_policy(looking, tenant, i, plan->range, totals, err) < 0)
            return -1;
    return 0;
}

/* Points without a counterpart */

#define COPY_POLICIES "monasca-migrate tenants run --source-retention-policy all"

/* Finds policies that no target has. */
static int find_policies(struct looking *looking, struct err *err)
{
    const struct plan *plan = &looking->first.plan;
    struct inspection *inspection = looking->inspection;

    for (size_t i = 0; i < plan->catalogue->policy_count; i++) {
        struct totals totals = {0};

        if (plan_compares_policy(plan, i))
            continue;
        if (count_everything(looking, &looking->first, i, TOTALS_ALL, &totals, err) < 0)
            return -1;
        reasons_add(&inspection->reasons, REASON_POLICY, totals.points, COPY_POLICIES,
                    "points of the source's policy %s, which no target has",
                    plan->catalogue->policies[i].name);
    }
    return 0;
}

/* Does a tenant lack a policy that is compared, since other tenants have it? */
static const struct plan_tenant *lacks_policy(const struct plan *plan, size_t tenant, size_t policy)
{
    const struct plan_tenant *of = &plan->tenants[tenant];

    if (of->problem || !plan_compares_policy(plan, policy))
        return NULL;
    for (size_t i = of->first_place; i < of->first_place + of->place_count; i++)
        if (plan->places[i].source_policy == policy)
            return plan_has_place(plan, &plan->places[i]) ? NULL : of;
    return of;
}

static int find_missing_places(struct looking *looking, struct err *err)
{
    const struct plan *plan = &looking->first.plan;

    for (size_t p = 0; p < plan->catalogue->policy_count; p++) {
        struct totals totals = {0};
        const struct plan_tenant *first = NULL;
        int64_t tenants = 0;

        for (size_t t = 0; t < plan->tenant_count; t++) {
            const struct plan_tenant *tenant = lacks_policy(plan, t, p);
            int64_t before = totals.points;

            if (tenant && count_policy(looking, tenant, p, plan->range, &totals, err) < 0)
                return -1;
            if (totals.points == before)
                continue;
            first = first ? first : tenant;
            tenants++;
        }
        looking->expected += totals.values;
        reasons_add(&looking->inspection->reasons, REASON_POLICY, totals.points, COPY_POLICIES,
                    "points of the source's policy %s, of %lld tenants whose databases don't have "
                    "it, the first: %s",
                    plan->catalogue->policies[p].name, (long long)tenants, first ? first->id : "");
    }
    return 0;
}

static int find_skipped(struct looking *looking, struct err *err)
{
    const struct plan *plan = &looking->first.plan;
    struct totals totals = {0};

    for (size_t i = 0; plan->skipped.count && i < plan->catalogue->policy_count; i++)
        if (plan_compares_policy(plan, i) &&
            count_everything(looking, &looking->first, i, TOTALS_SKIPPED, &totals, err) < 0)
            return -1;
    looking->expected += totals.values;
    reasons_add(&looking->inspection->reasons, REASON_SKIPPED, totals.points,
                "monasca-migrate tenants run, without --migrate-skip-regex",
                "points of %zu measurements that --migrate-skip-regex leaves out",
                plan->skipped.count);
    return 0;
}

/* The points of these measurements can't even be counted. */
static int64_t count_hidden(const struct plan *plan)
{
    int64_t count = 0;

    for (size_t i = 0; i < plan->unnameable.count; i++)
        count += influx_name_is_exact(
            plan->catalogue->measurements.items[plan->unnameable.measurements[i]]);
    return count;
}

static int find_ownerless(struct looking *looking, struct err *err)
{
    const struct plan *plan = &looking->first.plan;
    const struct totals_source source = source_of(looking, &looking->first);
    struct reasons *reasons = &looking->inspection->reasons;
    struct totals nobody = {0}, unnameable = {0};

    for (size_t i = 0; i < plan->catalogue->policy_count; i++) {
        const struct totals_question question = {.policy = i,
                                                 .owner = INFLUX_OWNER_NOBODY,
                                                 .range = plan->range,
                                                 .measurements = TOTALS_WANTED};

        if (plan_compares_policy(plan, i) && totals_count(&nobody, &source, &question, err) < 0)
            return -1;
        if (plan->unnameable.count && totals_count_unnameable(&unnameable, &source, i, err) < 0)
            return -1;
    }
    reasons_add(reasons, REASON_UNNAMEABLE, count_hidden(plan),
                "influx_inspect export -database DATABASE, with influxd stopped",
                "measurements have names that InfluxDB keeps for lists of its own, and shows no "
                "points of");
    looking->expected += nobody.values;
    reasons_add(reasons, REASON_UNASSIGNED, nobody.points,
                "monasca-migrate tenants run --tenant-tag TAG",
                "points have no tag that names a tenant");
    /* A measurement without a point is a name that nobody can read. */
    reasons_add(reasons, REASON_UNNAMEABLE, unnameable.points,
                "influx -execute 'SELECT * FROM /\\x{FFFD}/'",
                "points of %zu measurements whose names no statement can hold",
                plan->unnameable.count);
    return 0;
}

/* Finds tenants for which nothing can be compared. */
static int find_problems(struct looking *looking, struct err *err)
{
    const struct plan *plan = &looking->first.plan;
    struct inspection *inspection = looking->inspection;

    for (size_t i = 0; i < plan->tenant_count; i++) {
        const struct plan_tenant *tenant = &plan->tenants[i];
        bool homeless = influx_database_name_problem(tenant->database) != NULL;
        struct totals totals = {0};

        inspection->tenants++;
        if (!tenant->problem || tenant->away)
            continue;
        if (count_tenant(looking, tenant, &totals, err) < 0)
            return -1;
        looking->expected += totals.values;
        inspection->tenants -= !totals.values;
        reasons_add(&inspection->reasons, homeless ? REASON_HOMELESS : REASON_NO_DATABASE,
                    totals.points,
                    homeless ? "monasca-migrate tenants run --target-map FILE"
                             : "monasca-migrate tenants run",
                    "points of the tenant %s, whose database %s holds nothing: %s", tenant->id,
                    tenant->database, tenant->problem);
    }
    return 0;
}

/* The time of a place's points that it doesn't keep; empty where the source has none there. */
static struct range clipped_time(const struct plan *plan, const struct plan_place *place)
{
    const struct catalogue_policy *policy = &plan->catalogue->policies[place->source_policy];
    struct range older = range_intersect(plan->range, (struct range){INT64_MIN, place->oldest_ns});

    if (plan->tenants[place->tenant].problem || !plan_has_place(plan, place) ||
        !policy->shard_count || policy->shards[0].start_ns >= older.end_ns)
        return (struct range){0, 0};
    return older;
}

static int find_clipped(struct looking *looking, struct err *err)
{
    const struct plan *plan = &looking->first.plan;
    struct totals totals = {0};
    int64_t tenants = 0, counted = -1;

    for (size_t i = 0; i < plan->place_count; i++) {
        const struct plan_place *place = &plan->places[i];
        struct range older = clipped_time(plan, place);
        int64_t before = totals.points;

        if (range_is_empty(older))
            continue;
        if (count_policy(looking, &plan->tenants[place->tenant], place->source_policy, older,
                         &totals, err) < 0)
            return -1;
        if (totals.points == before || counted == place->tenant)
            continue;
        counted = place->tenant;
        tenants++;
    }
    looking->expected += totals.values;
    reasons_add(&looking->inspection->reasons, REASON_CLIPPED, totals.points,
                "influx -execute 'ALTER RETENTION POLICY ...', and monasca-migrate tenants run",
                "points of %lld tenants are older than their databases keep", (long long)tenants);
    return 0;
}

static void find_dropped_strings(struct looking *looking)
{
    const struct plan *plan = &looking->first.plan;
    char *words = plan_not_kept(plan);

    if (words)
        reasons_add(&looking->inspection->reasons, REASON_STRINGS,
                    (int64_t)(plan->string_fields.nr + plan->string_measurements.nr),
                    "monasca-migrate tenants run --target-url, to an InfluxDB", "%s", words);
    free(words);
}

static void add_rejected(void *context, const struct rejects_section *section)
{
    *(int64_t *)context += section->points;
}

static int find_rejects(struct looking *looking, struct err *err)
{
    struct rejects *rejects = rejects_new(looking->inspection->settings);
    int64_t points = 0;
    int rc = rejects_summary(rejects, add_rejected, &points, err);

    reasons_add(&looking->inspection->reasons, REASON_REJECTS, points,
                "monasca-migrate tenants run", "points that their targets refused stand in %s",
                rejects_path(rejects));
    rejects_free(rejects);
    return rc;
}

/* The first look */

static bool keeps_numbers_only(const struct plan *plan)
{
    for (size_t i = 0; i < plan->tenant_count; i++)
        if (plan->tenants[i].numbers_only)
            return true;
    return false;
}

/* Values don't add up where a VictoriaMetrics leaves some out, or where what differs is accepted:
 * then the first look counts them. */
static int begin_sum(struct looking *looking, struct err *err)
{
    struct totals totals = {0};

    looking->adds_up = !looking->inspection->reasons.accepted[REASON_AHEAD] &&
                       !keeps_numbers_only(&looking->first.plan);
    if (!looking->adds_up && count_compared(looking, &looking->first, &totals, err) < 0)
        return -1;
    looking->expected = totals.values;
    return 0;
}

/* Points of a shard that isn't open can be neither counted nor compared. A shard that was told of
 * before isn't told of again. */
static void find_unreadable(const struct looking *looking, const struct shard_list *closed,
                            const struct shard_list *told)
{
    struct reasons *reasons = &looking->inspection->reasons;

    if (closed->unknown && !told)
        reasons_add(reasons, REASON_RIGHTS, 1, REASONS_AS_ADMIN,
                    "whether all shards of the source are open isn't known: %s", closed->unknown);
    for (size_t i = 0; i < closed->count; i++) {
        const struct shard *shard = &closed->items[i];
        struct strbuf time = STRBUF_INIT;

        if (told && shard_list_has(told, shard->id))
            continue;
        clock_add_instant(&time, shard->start_ns);
        strbuf_addstr(&time, " to ");
        clock_add_instant(&time, shard->end_ns);
        reasons_add(
            reasons, REASON_UNREADABLE, 1, "influxd's log: 'Failed to open shard'",
            "shard %lld of the source, policy %s, %s, is not open: its points can't be read",
            (long long)shard->id, shard->policy, time.buf);
        strbuf_release(&time);
    }
}

/* An empty source is the wrong one, or was emptied: nothing says that anything stands elsewhere.
 * Tenants that can't be compared have reasons of their own. */
static void find_emptiness(struct looking *looking)
{
    const struct plan *plan = &looking->first.plan;
    bool any = plan->unit_count > 0;

    for (size_t i = 0; i < plan->tenant_count; i++)
        any = any || plan->tenants[i].problem;
    if (!any)
        reasons_add(
            &looking->inspection->reasons, REASON_EMPTY, 1, "monasca-migrate tenants plan",
            "source has nothing of any tenant that was compared; is it the one that you mean?");
}

static int find_counterparts(struct looking *looking, struct err *err)
{
    int64_t expected;

    find_unreadable(looking, &looking->first.catalogue.closed_shards, NULL);
    find_emptiness(looking);
    if (begin_sum(looking, err) < 0)
        return -1;
    expected = looking->expected;
    if (find_policies(looking, err) < 0 || find_missing_places(looking, err) < 0 ||
        find_skipped(looking, err) < 0 || find_ownerless(looking, err) < 0 ||
        find_problems(looking, err) < 0 || find_clipped(looking, err) < 0 ||
        find_rejects(looking, err) < 0 ||
        uses_find(&looking->inspection->reasons, looking->inspection->source,
                  looking->inspection->settings->database, err) < 0)
        return -1;
    find_dropped_strings(looking);
    if (!looking->adds_up)
        looking->expected = expected;
    return 0;
}

static void tell_away(const struct looking *looking)
{
    const struct servers *servers = looking->inspection->servers;

    for (size_t i = 0; i < servers->count; i++)
        if (servers->items[i].wanted && servers->items[i].away) {
            char *label = servers_label(servers, i);

            reasons_add(&looking->inspection->reasons, REASON_AWAY,
                        (int64_t)servers->items[i].tenants_owed, "monasca-migrate tenants check",
                        "tenants were not compared: %s: %s", label, servers->items[i].away);
            free(label);
        }
}

static void on_event(void *context, json_t *event)
{
    struct looking *looking = context;

    findings_take(&looking->findings, event);
}

static void on_progress(void *context, const struct run_state *state)
{
    const struct run_observer *watcher = &((struct looking *)context)->inspection->watcher;

    if (watcher->progress)
        watcher->progress(watcher->context, state);
}

static int compare(struct looking *looking, struct err *err)
{
    struct inspection *inspection = looking->inspection;
    const struct run_observer observer = {
        .context = looking, .event = on_event, .progress = on_progress};

    looking->findings.cutoff_ns = looking->first.plan.cutoff_ns;
    if (delta_run(&looking->first, &observer, &looking->summary, err) < 0)
        return -1;
    findings_tell(&looking->findings, &inspection->reasons);
    tell_away(looking);
    inspection->tenants_whole = looking->summary.state.progress.tenants_done;
    inspection->values_compared = looking->summary.state.values_verified;
    if (looking->adds_up)
        looking->expected += inspection->values_compared;
    return 0;
}

/* The second look */

static int wait_to_settle(const struct looking *looking, struct err *err)
{
    int64_t until_ns = looking->began_ns + looking->inspection->settle_ns;

    log_status("waiting, to see whether anybody writes...");
    for (int64_t now_ns; (now_ns = clock_monotonic_ns()) < until_ns && !stop_requested();)
        if (http_loop_turn(looking->inspection->source->loop, until_ns - now_ns + 1000000, err) < 0)
            return -1;
    log_status(NULL);
    return stop_requested() ? err_set(err, ERR_INTERRUPTED, "interrupted") : 0;
}

static void note_scope(struct looking *looking)
{
    struct inspection *inspection = looking->inspection;
    const struct catalogue *catalogue = &looking->second.catalogue;

    inspection->oldest_ns = catalogue->oldest_ns;
    inspection->newest_ns = catalogue->newest_ns;
    for (size_t i = 0; i < catalogue->policy_count; i++) {
        inspection->policies++;
        inspection->policies_compared += plan_compares_policy(&looking->second.plan, i);
    }
    for (uint32_t m = 0; m < catalogue->measurements.count; m++) {
        bool there = false;

        for (size_t i = 0; i < catalogue->policy_count && !there; i++)
            there = plan_compares_policy(&looking->second.plan, i) &&
                    catalogue_signature(&catalogue->policies[i], m) != NAMES_NONE;
        inspection->measurements += there;
    }
}

static void tell_writer(struct looking *looking, int64_t points, int64_t age_ns)
{
    struct strbuf age = STRBUF_INIT;

    clock_add_duration_rounded(&age, age_ns);
    reasons_add(&looking->inspection->reasons, REASON_GROWING, points,
                "systemctl stop monasca-persister, on every node",
                "somebody writes into the source: its newest point is %s old", age.buf);
    strbuf_release(&age);
}

static void tell_growth(struct looking *looking, int64_t written)
{
    struct inspection *inspection = looking->inspection;
    int64_t newest_ns = inspection->newest_ns;
    int64_t age_ns = clock_sub(looking->second.catalogue.now_ns, newest_ns);
    int64_t more = inspection->total.values - looking->expected;

    /* Values that differ aren't in the sum. */
    if (looking->adds_up &&
        (looking->findings.differing.windows || looking->findings.unseen.windows ||
         looking->findings.ahead.windows || looking->summary.tenants_away))
        more = 0;
    /* A source that grew is a reason where the sum shows nothing, too: a figure of 0 would be none.
     */
    if (written || newest_ns > looking->first.catalogue.newest_ns ||
        (newest_ns != INT64_MIN && age_ns < inspection->settle_ns))
        tell_writer(looking, written ? written : more > 0 ? more : 1, age_ns);
    else
        reasons_add(&inspection->reasons, REASON_UNACCOUNTED, more > 0 ? more : -more,
                    "monasca-migrate tenants check",
                    "values came or went while the source was looked at, or belong to nothing that "
                    "was compared");
}

static int look_again(struct looking *looking, struct err *err)
{
    struct inspection *inspection = looking->inspection;
    struct writes now = {0};
    int rc = -1;

    if (delta_read(&looking->second, err) < 0 || delta_plan(&looking->second, err) < 0 ||
        count_compared(looking, &looking->second, &inspection->total, err) < 0 ||
        writes_read(&now, inspection->source, inspection->settings->database, err) < 0)
        goto out;
    note_scope(looking);
    find_unreadable(looking, &looking->second.catalogue.closed_shards,
                    &looking->first.catalogue.closed_shards);
    tell_growth(looking, writes_between(&looking->writes, &now));
    rc = 0;
out:
    writes_release(&now);
    return rc;
}

/* Is the error that the user may not see what an inspection must see? */
static bool is_of_rights(const struct err *err)
{
    return err->code == ERR_CONNECT && influx_cause_of(err->message) == INFLUX_CAUSE_RIGHTS;
}

static int look(struct looking *looking, struct err *err)
{
    if (writes_read(&looking->writes, looking->inspection->source,
                    looking->inspection->settings->database, err) < 0 ||
        delta_read(&looking->first, err) < 0 || delta_plan(&looking->first, err) < 0 ||
        find_counterparts(looking, err) < 0 || compare(looking, err) < 0 ||
        wait_to_settle(looking, err) < 0)
        return -1;
    return look_again(looking, err);
}

int inspection_run(struct inspection *inspection, struct err *err)
{
    struct looking looking = {.inspection = inspection, .began_ns = clock_monotonic_ns()};
    int rc;

    looking.first = (struct delta){.kind = DELTA_CHECK,
                                   .settings = inspection->settings,
                                   .source = inspection->source,
                                   .servers = inspection->servers,
                                   .journal = inspection->journal,
                                   .course = &looking.course};
    looking.second = looking.first;
    rc = look(&looking, err);
    if (rc < 0 && is_of_rights(err)) {
        reasons_add(&inspection->reasons, REASON_RIGHTS, 1, REASONS_AS_ADMIN, "%s", err->message);
        err_release(err);
        rc = 0;
    }
    writes_release(&looking.writes);
    findings_release(&looking.findings);
    delta_release(&looking.first);
    delta_release(&looking.second);
    return rc;
}

void inspection_release(struct inspection *inspection)
{
    reasons_release(&inspection->reasons);
}
