#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "verification_inside.h"

/* A set, and those of its measurements that the plan reads. */
struct set_view {
    int64_t id;
    char *tags;
    struct strvec kept;
    bool tags_fit, whole;
};

struct view {
    const struct plan *plan;
    struct names tenants; /* by their numbers in the plan */
    struct set_view *sets;
    size_t set_count, set_alloc;
};

static void view_release(struct view *view)
{
    for (size_t i = 0; i < view->set_count; i++) {
        free(view->sets[i].tags);
        strvec_release(&view->sets[i].kept);
    }
    free(view->sets);
    names_release(&view->tenants);
}

static int add_set(struct view *view, struct journal *file, int64_t id, const char *tags,
                   const char *members, struct err *err)
{
    const struct settings *settings = view->plan->settings;
    struct set_view set = {.id = id, .tags = xstrdup(tags), .kept = STRVEC_INIT, .whole = true};
    struct strvec names = STRVEC_INIT;
    int rc = journal_set_names(file, members, &names, err);

    for (size_t i = 0; i < names.nr; i++) {
        if (settings_skips(settings, names.v[i]))
            set.whole = false;
        else
            strvec_push(&set.kept, names.v[i]);
    }
    if (names.nr) {
        char *ours = coverage_tags_text(settings_tags_of(settings, names.v[0]));

        set.tags_fit = strcmp(ours, tags) == 0;
        free(ours);
    }
    strvec_release(&names);
    GROW(view->sets, view->set_count, view->set_alloc);
    view->sets[view->set_count++] = set;
    return rc;
}

static int read_sets(struct view *view, struct journal *file, int64_t token, struct err *err)
{
    struct journal_rows rows;
    int rc = 0;

    journal_rows_begin(&rows, file, err,
                       "SELECT id, tags, members FROM measurement_set WHERE id IN"
                       " (SELECT set_id FROM compared WHERE verification = ?1) ORDER BY id",
                       "i", token);
    while (rc == 0 && journal_rows_next(&rows))
        rc = add_set(view, file, journal_rows_int(&rows, 0), journal_rows_text(&rows, 1),
                     journal_rows_text(&rows, 2), err);
    return journal_rows_end(&rows) < 0 ? -1 : rc;
}

static int compare_set_ids(const void *key, const void *item)
{
    int64_t id = *(const int64_t *)key;
    const struct set_view *set = item;

    return (id > set->id) - (id < set->id);
}

static const struct set_view *find_set(const struct view *view, int64_t id)
{
    return view->sets
               ? bsearch(&id, view->sets, view->set_count, sizeof(*view->sets), compare_set_ids)
               : NULL;
}

static bool reads_policy(const struct plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->catalogue->policy_count; i++)
        if (strcmp(plan->catalogue->policies[i].name, name) == 0)
            return plan->catalogue->policies[i].read;
    return true;
}

static bool reads_tenant(const struct view *view, const char *tenant, const char *database)
{
    uint32_t number = names_find(&view->tenants, tenant);
    const struct plan_tenant *planned;

    if (number == NAMES_NONE)
        return !settings_skips_tenant(view->plan->settings, tenant);
    planned = &view->plan->tenants[number];
    return !planned->problem && strcmp(planned->target, database) == 0;
}

/* A row that the verification doesn't look at as a whole. */
struct cut {
    char *tenant, *database, *policy;
    const struct set_view *set;
    struct range whole, kept; /* kept may be empty */
    int64_t as_of_ns;
};

struct cuts {
    struct cut *items;
    size_t count, alloc;
};

static void cuts_release(struct cuts *cuts)
{
    for (size_t i = 0; i < cuts->count; i++) {
        free(cuts->items[i].tenant);
        free(cuts->items[i].database);
        free(cuts->items[i].policy);
    }
    free(cuts->items);
}

static void look_at_row(const struct view *view, const struct journal_rows *rows, struct cuts *cuts)
{
    const char *tenant = journal_rows_text(rows, 0), *database = journal_rows_text(rows, 1),
               *policy = journal_rows_text(rows, 2);
    const struct set_view *set = find_set(view, journal_rows_int(rows, 3));
    struct range whole = journal_rows_range(rows, 4);
    struct range kept = range_intersect(whole, view->plan->range);

    if (!set)
        return;
    if (!set->tags_fit || !set->kept.nr || !reads_policy(view->plan, policy) ||
        !reads_tenant(view, tenant, database))
        kept = (struct range){whole.start_ns, whole.start_ns};
    if (set->whole && kept.start_ns == whole.start_ns && kept.end_ns == whole.end_ns)
        return;
    GROW(cuts->items, cuts->count, cuts->alloc);
    cuts->items[cuts->count++] = (struct cut){.tenant = xstrdup(tenant),
                                              .database = xstrdup(database),
                                              .policy = xstrdup(policy),
                                              .set = set,
                                              .whole = whole,
                                              .kept = kept,
                                              .as_of_ns = journal_rows_int(rows, 6)};
}

static int find_cuts(const struct view *view, struct journal *file, int64_t token,
                     struct cuts *cuts, struct err *err)
{
    struct journal_rows rows;

    journal_rows_begin(&rows, file, err,
                       "SELECT tenant, database, policy, set_id, start_ns, end_ns, as_of_ns"
                       " FROM compared WHERE verification = ?1",
                       "i", token);
    while (journal_rows_next(&rows))
        look_at_row(view, &rows, cuts);
    return journal_rows_end(&rows);
}

static int replace_row(struct journal *file, int64_t token, const struct cut *cut, struct err *err)
{
    struct journal_key key = {cut->tenant, cut->database, cut->policy, cut->set->id};

    if (journal_db_run(file, err,
                       "DELETE FROM compared" JOURNAL_WHERE_KEY
                       " AND start_ns = ?5 AND verification = ?6",
                       "kii", &key, cut->whole.start_ns, token) < 0)
        return -1;
    if (range_is_empty(cut->kept))
        return 0;
    if (journal_set_id(file, cut->set->tags, (const char *const *)cut->set->kept.v,
                       cut->set->kept.nr, &key.set, err) < 0)
        return -1;
    return journal_db_run(file, err,
                          "INSERT OR REPLACE INTO compared VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                          "krii", &key, cut->kept, cut->as_of_ns, token);
}

int verification_limit_rows(struct journal *file, int64_t token, const struct plan *plan,
                            bool *ret_part, struct err *err)
{
    struct view view = {.plan = plan, .tenants = NAMES_INIT};
    struct cuts cuts = {0};
    int rc = -1;

    for (size_t i = 0; i < plan->tenant_count; i++)
        names_add(&view.tenants, plan->tenants[i].id);
    if (read_sets(&view, file, token, err) == 0)
        rc = find_cuts(&view, file, token, &cuts, err);
    for (size_t i = 0; i < cuts.count && rc == 0; i++)
        rc = replace_row(file, token, &cuts.items[i], err);
    if (cuts.count)
        *ret_part = true;
    cuts_release(&cuts);
    view_release(&view);
    return rc;
}
