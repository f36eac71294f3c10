/* The plan, for a person: first problems and losses, then each tenant, then the amount of work. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/plural.h"
#include "base/strbuf.h"
#include "cmd/tenants/price/price_print.h"
#include "cmd/tenants/progress.h"
#include "plan_print.h"
#include "tenants/plan/target_facts.h"
#include "term/number.h"
#include "term/out.h"

enum {
    SHOWN_NAMES = 10,  /* measurements in a line */
    SHOWN_TENANTS = 3, /* tenants that are alike */
    MAX_ROWS = 20,     /* more tenants are folded, unless --tenant names them */
};

/* Folding: tenants that are alike are told as one group */

struct fold_item {
    char *key; /* what they have in common */
    size_t tenant;
};

struct fold {
    struct fold_item *items; /* by key, then tenant */
    size_t count;
    size_t *groups; /* the first item of each; in the order of their first tenants */
    size_t group_count;
};

static int compare_items(const void *a, const void *b)
{
    const struct fold_item *l = a, *r = b;
    int order = strcmp(l->key, r->key);

    return order ? order : l->tenant < r->tenant ? -1 : l->tenant > r->tenant;
}

/* Groups are ordered by their first tenants. */
static int compare_groups(const void *a, const void *b)
{
    const struct fold_item *l = *(const struct fold_item *const *)a,
                           *r = *(const struct fold_item *const *)b;

    return l->tenant < r->tenant ? -1 : l->tenant > r->tenant;
}

/* `key_of` returns NULL for a tenant that isn't wanted. */
static void fold_tenants(struct fold *fold, const struct plan *plan,
                         char *(*key_of)(const struct plan *plan, size_t tenant))
{
    const struct fold_item **firsts;

    fold->items = xcalloc(plan->tenant_count + 1, sizeof(*fold->items));
    for (size_t i = 0; i < plan->tenant_count; i++) {
        char *key = key_of(plan, i);

        if (key)
            fold->items[fold->count++] = (struct fold_item){key, i};
    }
    qsort(fold->items, fold->count, sizeof(*fold->items), compare_items);
    firsts = xcalloc(fold->count + 1, sizeof(*firsts));
    for (size_t i = 0; i < fold->count; i++)
        if (!i || strcmp(fold->items[i].key, fold->items[i - 1].key) != 0)
            firsts[fold->group_count++] = &fold->items[i];
    qsort(firsts, fold->group_count, sizeof(*firsts), compare_groups);
    fold->groups = xcalloc(fold->group_count + 1, sizeof(*fold->groups));
    for (size_t g = 0; g < fold->group_count; g++)
        fold->groups[g] = (size_t)(firsts[g] - fold->items);
    free(firsts);
}

static void fold_release(struct fold *fold)
{
    for (size_t i = 0; i < fold->count; i++)
        free(fold->items[i].key);
    free(fold->items);
    free(fold->groups);
    *fold = (struct fold){0};
}

/* How many items the group has that begins at `first`. */
static size_t group_size(const struct fold *fold, size_t first)
{
    size_t end = first + 1;

    while (end < fold->count && strcmp(fold->items[end].key, fold->items[first].key) == 0)
        end++;
    return end - first;
}

/* "tenant a", or "500 tenants (a, b, c and 497 more)" */
static void add_group(struct strbuf *sb, const struct plan *plan, const struct fold *fold,
                      size_t first)
{
    size_t count = group_size(fold, first);

    if (count == 1)
        strbuf_addstr(sb, "tenant ");
    else
        strbuf_addf(sb, "%zu tenants (", count);
    for (size_t i = 0; i < count && i < SHOWN_TENANTS; i++) {
        const char *id = plan->tenants[fold->items[first + i].tenant].id;

        strbuf_addstr(sb, i ? ", " : "");
        strbuf_add_visible(sb, id, strlen(id));
    }
    if (count > SHOWN_TENANTS)
        strbuf_addf(sb, " and %zu more", count - SHOWN_TENANTS);
    if (count > 1)
        strbuf_addch(sb, ')');
}

/* A line for each group: "WORD: tenant a: KEY" */
static void print_folded(const struct plan *plan, const char *word,
                         char *(*key_of)(const struct plan *plan, size_t tenant))
{
    struct fold fold = {0};
    struct strbuf text = STRBUF_INIT;

    fold_tenants(&fold, plan, key_of);
    for (size_t g = 0; g < fold.group_count; g++) {
        strbuf_reset(&text);
        add_group(&text, plan, &fold, fold.groups[g]);
        out_printf("%s: %s: %s\n", word, text.buf, fold.items[fold.groups[g]].key);
    }
    strbuf_release(&text);
    fold_release(&fold);
}

static void add_choice(struct strbuf *sb, const struct plan_tenant *tenant,
                       const struct retention_choice *choice)
{
    strbuf_addstr(sb, choice->policy                              ? choice->policy
                      : !target_facts(tenant->kind)->has_policies ? "the server's"
                                                                  : "?");
    strbuf_addstr(sb, " (");
    if (choice->duration_ns)
        clock_add_duration(sb, choice->duration_ns);
    else
        strbuf_addstr(sb, "forever");
    strbuf_addstr(sb, choice->create ? ", new)" : ", is there)");
}

/* Problems and losses, which a person must know first */

static char *problem_key(const struct plan *plan, size_t tenant)
{
    return xstrdup_or_null(plan->tenants[tenant].problem);
}

static char *note_key(const struct plan *plan, size_t tenant)
{
    if (plan->tenants[tenant].problem)
        return NULL;
    return xstrdup_or_null(plan->tenants[tenant].retention.note);
}

/* The words for places that aren't the target's default policy: "rollup (4w, new)". */
static char *places_key(const struct plan *plan, size_t tenant)
{
    const struct plan_tenant *item = &plan->tenants[tenant];
    struct strbuf text = STRBUF_INIT;

    for (size_t i = 0; i < item->place_count && !item->problem; i++) {
        const struct plan_place *place = &plan->places[item->first_place + i];
        const char *name = plan->catalogue->policies[place->source_policy].name;

        if (place->retention != &place->own)
            continue;
        strbuf_addstr(&text, text.len ? "; points of " : "points of ");
        strbuf_add_visible(&text, name, strlen(name));
        strbuf_addstr(&text, " go to ");
        add_choice(&text, item, &place->own);
        if (place->is_moved)
            strbuf_addstr(&text, ", all of them again");
        if (place->own.note)
            strbuf_addf(&text, ": %s", place->own.note);
    }
    return text.len ? strbuf_detach(&text) : NULL;
}

static int64_t oldest_window_ns(const struct plan *plan, size_t source_policy)
{
    int64_t oldest_ns = INT64_MAX;

    for (size_t i = 0; i < plan->windows.count; i++)
        if (plan->windows.items[i].source_policy == source_policy &&
            plan->windows.items[i].range.start_ns < oldest_ns)
            oldest_ns = plan->windows.items[i].range.start_ns;
    return oldest_ns;
}

/* The words for a tenant of which the source may hold points that the target wouldn't keep. */
static char *clipped_key(const struct plan *plan, size_t tenant)
{
    const struct plan_tenant *item = &plan->tenants[tenant];
    struct strbuf text = STRBUF_INIT;

    for (size_t i = 0; i < item->place_count && !item->problem; i++) {
        const struct plan_place *place = &plan->places[item->first_place + i];

        if (place->oldest_ns <= oldest_window_ns(plan, place->source_policy))
            continue;
        if (text.len)
            strbuf_addstr(&text, "; ");
        strbuf_addstr(&text, "the target keeps ");
        clock_add_duration(&text, place->retention->duration_ns);
        if (place->retention == &place->own)
            strbuf_addf(&text, " in %s", place->own.policy);
        strbuf_addstr(&text, "; what is before ");
        clock_add_second(&text, place->oldest_ns);
        strbuf_addstr(&text, " stays behind");
    }
    return text.len ? strbuf_detach(&text) : NULL;
}

static void print_names(const struct plan *plan, const char *title,
                        const struct plan_measurements *which)
{
    struct strbuf text = STRBUF_INIT;

    if (!which->count)
        return;
    strbuf_addf(&text, "%s: %zu", title, which->count);
    for (size_t i = 0; i < which->count && i < SHOWN_NAMES; i++) {
        const char *name = plan->catalogue->measurements.items[which->measurements[i]];

        strbuf_addstr(&text, i ? ", " : ": ");
        strbuf_add_visible(&text, name, strlen(name));
    }
    if (which->count > SHOWN_NAMES)
        strbuf_addf(&text, " and %zu more", which->count - SHOWN_NAMES);
    out_printf("%s\n", text.buf);
    strbuf_release(&text);
}

/* Whole shard groups ahead of the clock tell, without counting, that points stay behind. */
static void print_write_windows(const struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->policy_count; i++) {
        struct strbuf window = STRBUF_INIT;

        if (retention_add_window(&window, &catalogue->policies[i]))
            out_printf("write window of the source's policy %s (%s), to be made again on the "
                       "targets by hand, after the last run\n",
                       catalogue->policies[i].name, window.buf);
        strbuf_release(&window);
    }
}

static void print_ahead(const struct plan *plan)
{
    const struct catalogue *catalogue = plan->catalogue;
    struct strbuf text = STRBUF_INIT;
    size_t groups = 0;

    for (size_t p = 0; p < catalogue->policy_count && !plan->settings->ahead; p++)
        for (size_t i = 0; i < catalogue->policies[p].shard_count; i++) {
            int64_t start_ns = catalogue->policies[p].shards[i].start_ns;

            if (!catalogue->policies[p].read || start_ns <= plan->cutoff_ns || groups++)
                continue;
            clock_add_second(&text, start_ns);
        }
    if (groups)
        out_printf("shard groups ahead of the clock, whose points stay behind (--ahead copies "
                   "them): %zu, the first from %s on\n",
                   groups, text.buf);
    strbuf_release(&text);
}

static void print_unreadable(const struct plan *plan)
{
    if (plan->catalogue->closed_shards.unknown)
        out_printf("note: whether all shards of the source are open isn't known: %s\n",
                   plan->catalogue->closed_shards.unknown);
    for (size_t i = 0; i < plan->unreadable_count; i++) {
        char *words = plan_unreadable_words(plan, &plan->unreadable[i]);

        out_printf("PROBLEM: %s\n", words);
        free(words);
    }
}

static void print_warnings(const struct plan *plan)
{
    const struct catalogue *catalogue = plan->catalogue;
    char *not_kept = plan_not_kept(plan);

    print_folded(plan, "PROBLEM", problem_key);
    if (not_kept)
        out_printf("%s: %s\n",
                   plan->settings->drop_strings ? "note" : "PROBLEM (--drop-strings accepts it)",
                   not_kept);
    free(not_kept);
    print_names(plan, "PROBLEM: measurements that no statement can read", &plan->unnameable);
    print_unreadable(plan);
    print_folded(plan, "clipped", clipped_key);
    print_names(plan, "measurements without a tenant's tag, which stay behind", &plan->unassigned);
    print_names(plan, "measurements left out by a filter", &plan->skipped);
    if (plan->excluded_tenant_count)
        out_printf("tenants left out by a filter: %zu\n", plan->excluded_tenant_count);
    print_ahead(plan);
    for (size_t i = 0; i < catalogue->policy_count; i++)
        if (!catalogue->policies[i].read)
            out_printf("retention policy %s of the source is not copied (--source-retention-policy "
                       "all copies it, into a policy of its own)\n",
                       catalogue->policies[i].name);
    print_write_windows(catalogue);
    for (size_t i = 0; i < catalogue->continuous_queries.nr; i++)
        out_printf("continuous query of the source, to be made again on the targets by hand: %s\n",
                   catalogue->continuous_queries.v[i]);
    print_folded(plan, "note", note_key);
    print_folded(plan, "retention policies", places_key);
}

/* Tenants */

static bool is_folded(const struct plan *plan)
{
    return plan->tenant_count > MAX_ROWS && !plan->settings->tenants.nr;
}

/* The content of a row without names: tenants with the same content share a row. */
static char *row_key(const struct plan *plan, size_t number)
{
    const struct plan_tenant *tenant = &plan->tenants[number];
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "%s %s %zu %zu ", tenants_server_url(plan, tenant),
                tenant->problem ? tenant->problem : "", tenant->measurement_count,
                tenant->piece_count);
    add_choice(&text, tenant, &tenant->retention);
    if (!is_folded(plan))
        strbuf_addf(&text, " %zu", number);
    return strbuf_detach(&text);
}

/* The sum over the tenants of a group. */
static int64_t sum_of(const struct fold *fold, size_t first, const int64_t *of_tenants)
{
    size_t count = group_size(fold, first);
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += of_tenants[fold->items[first + i].tenant];
    return sum;
}

static void add_number_cell(struct out_table *table, int64_t number)
{
    struct strbuf text = STRBUF_INIT;

    number_add_grouped(&text, number);
    out_table_cell(table, "%s", text.buf);
    strbuf_release(&text);
}

static void add_row(struct out_table *table, const struct plan *plan, const struct fold *fold,
                    size_t first, const struct tenants_counts *counts)
{
    const struct plan_tenant *tenant = &plan->tenants[fold->items[first].tenant];
    size_t count = group_size(fold, first);
    struct strbuf text = STRBUF_INIT;

    if (count == 1)
        out_table_cell(table, "%s", tenant->id);
    else
        out_table_cell(table, "%zu tenants: %s ...", count, tenant->id);
    if (plan->settings->server_count)
        out_table_cell(table, "%s", tenants_server_url(plan, tenant));
    if (tenant->problem) {
        out_table_cell(table, "-");
        out_table_cell(table, tenant->away ? "?" : "can't be made");
    } else {
        add_choice(&text, tenant, &tenant->retention);
        out_table_cell(table, count == 1 ? "%s" : "%s ...", tenant->database);
        out_table_cell(table, "%s", text.buf);
    }
    out_table_cell(table, "%zu", tenant->measurement_count);
    out_table_cell(table, "%zu", tenant->piece_count);
    if (counts) {
        add_number_cell(table, sum_of(fold, first, counts->points));
        add_number_cell(table, sum_of(fold, first, counts->clipped));
    }
    strbuf_release(&text);
}

static void print_tenants(const struct plan *plan, const struct tenants_counts *counts)
{
    const char *titles[9];
    struct fold fold = {0};
    struct out_table *table;
    size_t n = 0;

    titles[n++] = "tenant";
    if (plan->settings->server_count)
        titles[n++] = "server";
    titles[n++] = "database";
    titles[n++] = "retention policy";
    titles[n++] = ">measurements";
    titles[n++] = ">windows";
    if (counts) {
        titles[n++] = ">points";
        titles[n++] = ">clipped";
    }
    titles[n] = NULL;
    table = out_table_new(titles);
    fold_tenants(&fold, plan, row_key);
    for (size_t g = 0; g < fold.group_count; g++)
        add_row(table, plan, &fold, fold.groups[g], counts);
    out_table_print(table);
    if (fold.group_count < plan->tenant_count)
        out_text("Tenants that are alike stand in one row, figures but points for each; --tenant "
                 "shows one.\n");
    fold_release(&fold);
}

/* The time of a unit for which the source has shard groups. */
static struct range time_of(const struct plan *plan, const struct plan_unit *unit)
{
    struct range all = {INT64_MAX, INT64_MIN};

    for (size_t w = 0; w < plan->windows.count; w++)
        for (size_t n = 0; n < unit->needed.count; n++) {
            struct range part =
                range_intersect(plan->windows.items[w].range, unit->needed.items[n]);

            if (plan->windows.items[w].source_policy != unit->source_policy || range_is_empty(part))
                continue;
            all.start_ns = part.start_ns < all.start_ns ? part.start_ns : all.start_ns;
            all.end_ns = part.end_ns > all.end_ns ? part.end_ns : all.end_ns;
        }
    return all;
}

/* For --tenant: which measurements are copied together, and the time that they cover. */
static void print_units(const struct plan *plan, size_t tenant)
{
    for (size_t i = 0; i < plan->unit_count; i++) {
        const struct plan_unit *unit = &plan->units[i];
        const struct plan_set *set = &plan->sets[unit->set];
        const struct plan_measurements names = {set->measurements, set->count, 0};
        struct range time = time_of(plan, unit);
        struct strbuf text = STRBUF_INIT;

        if (unit->tenant != tenant || range_is_empty(time))
            continue;
        clock_add_second(&text, time.start_ns);
        strbuf_addstr(&text, " to ");
        clock_add_second(&text, time.end_ns);
        strbuf_addf(&text, ", measurements that one statement copies%s",
                    set->alone ? "" : " together");
        print_names(plan, text.buf, &names);
        strbuf_release(&text);
    }
}

/* Which shard groups the target will get. */
static void print_shards(const struct plan *plan, const struct plan_tenant *tenant)
{
    for (size_t i = 0; i < tenant->place_count; i++) {
        const struct plan_place *place = &plan->places[tenant->first_place + i];
        struct strbuf length = STRBUF_INIT;

        if (!place->new_shards)
            continue;
        clock_add_duration(&length, place->retention->shard_length_ns);
        out_printf("%s gets %" PRId64 " new shard%s at most, of %s each\n",
                   place->retention->policy, place->new_shards, PLURAL(place->new_shards, "", "s"),
                   length.buf);
        strbuf_release(&length);
    }
}

static void print_details(const struct plan *plan)
{
    for (size_t i = 0; i < plan->tenant_count; i++) {
        struct strbuf text = STRBUF_INIT;

        strbuf_add_visible(&text, plan->tenants[i].id, strlen(plan->tenants[i].id));
        out_printf("\nTenant %s\n", text.buf);
        print_units(plan, i);
        print_shards(plan, &plan->tenants[i]);
        strbuf_release(&text);
    }
}

/* The amount of work */

static void print_totals(const struct plan *plan)
{
    size_t made = 0, idle = 0;

    for (size_t i = 0; i < plan->tenant_count; i++) {
        const struct plan_tenant *tenant = &plan->tenants[i];

        made += !tenant->problem && tenant->retention.create && tenant->piece_count;
        idle += !tenant->problem && !tenant->piece_count;
    }
    out_printf("\n%zu tenant%s, %zu window%s to copy; at least as many statements%s.\n",
               plan->tenant_count, PLURAL(plan->tenant_count, "", "s"), plan->piece_count,
               PLURAL(plan->piece_count, "", "s"),
               plan->settings->verify ? ", and one more for each that has points, to verify it"
                                      : "");
    if (made)
        out_printf("%zu database%s will be made.\n", made, PLURAL(made, "", "s"));
    if (idle)
        out_printf("%zu tenant%s nothing that isn't copied already.\n", idle,
                   PLURAL(idle, " has", "s have"));
}

static void add_time(struct strbuf *sb, const struct tenants_counts *counts, double rate)
{
    clock_add_duration_rounded(sb, tenants_counts_time_ns(counts, rate));
}

static void print_estimate(const struct tenants_counts *counts)
{
    struct strbuf text = STRBUF_INIT;

    tenants_add_points(&text, counts->points_total);
    strbuf_addstr(&text, " to copy");
    if (counts->clipped_total) {
        strbuf_addstr(&text, "; ");
        tenants_add_points(&text, counts->clipped_total);
        strbuf_addstr(&text, " are older than the targets keep");
    }
    if (counts->behind.unassigned) {
        strbuf_addstr(&text, "; ");
        tenants_add_points(&text, counts->behind.unassigned);
        strbuf_addstr(&text, " belong to no tenant");
    }
    if (counts->behind.skipped) {
        strbuf_addstr(&text, "; ");
        tenants_add_points(&text, counts->behind.skipped);
        strbuf_addstr(&text, " are left out by a filter");
    }
    if (counts->ahead) {
        strbuf_addstr(&text, "; ");
        tenants_add_points(&text, counts->ahead);
        strbuf_addstr(&text, " are ahead of the clock (--ahead copies them)");
    }
    strbuf_addstr(&text, ".\n");
    tenants_add_other_policies(&text, &counts->behind);
    if (counts->points_total && counts->rate_low == counts->rate_high) {
        strbuf_addstr(&text, "About ");
        add_time(&text, counts, counts->rate_low);
        strbuf_addstr(&text, ", at ");
        number_add_short(&text, counts->rate_low);
        strbuf_addf(&text, " points a second, %s.\n",
                    strcmp(counts->based_on, "last run") == 0 ? "which the last run did"
                                                              : "which --max-rate allows");
    } else if (counts->points_total) {
        strbuf_addstr(&text, "Between ");
        add_time(&text, counts, counts->rate_high);
        strbuf_addstr(&text, " and ");
        add_time(&text, counts, counts->rate_low);
        strbuf_addstr(&text, ": at ");
        number_add_short(&text, counts->rate_low);
        strbuf_addstr(&text, " to ");
        number_add_short(&text, counts->rate_high);
        strbuf_addstr(&text, " points a second, as other servers did. This one wasn't measured: a "
                             "run of one\ntenant (--tenant) does that, and plan --count goes by it "
                             "afterwards.\n");
    }
    out_text(text.buf);
    strbuf_release(&text);
}

/* "from 2026-03-01T00:00:00Z to 2026-06-01T00:00:00Z" */
static void add_time_range(struct strbuf *sb, const struct plan *plan)
{
    if (plan->range.start_ns == PLAN_OLDEST_NS) {
        strbuf_addstr(sb, "of all time up to ");
    } else {
        strbuf_addstr(sb, "from ");
        clock_add_instant(sb, plan->range.start_ns);
        strbuf_addstr(sb, " to ");
    }
    clock_add_instant(sb, range_past_end_ns(plan->range, plan->cutoff_ns) - 1);
    if (plan->settings->ahead)
        strbuf_addstr(sb, ", and those ahead of the clock");
}

void tenants_print_plan_text(const struct plan *plan, const struct price *price,
                             const struct tenants_counts *counts)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "Source: database %s at %s, points ", plan->settings->database,
                plan->settings->url);
    add_time_range(&text, plan);
    out_printf("%s\n", text.buf);
    print_warnings(plan);
    out_text("\n");
    print_tenants(plan, counts);
    if (plan->settings->tenants.nr)
        print_details(plan);
    print_totals(plan);
    if (counts)
        print_estimate(counts);
    price_print_text(price, plan->settings);
    strbuf_release(&text);
}
