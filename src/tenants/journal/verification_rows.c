#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "verification_parts.h"

/* Limits */

/* What the plan reads of the measurements of a set. */
struct set_view {
    int64_t id;
    char *tags;
    struct strvec kept;
    bool tags_fit, whole;
};

struct view {
    const struct plan *plan;
    struct names tenants; /* numbers are the plan's */
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
    sqlite3_stmt *statement =
        journal_db_prepare(file,
                           "SELECT id, tags, members FROM measurement_set WHERE id IN"
                           " (SELECT set_id FROM compared WHERE verification = ?1) ORDER BY id",
                           err);
    int row = -1;

    if (statement)
        sqlite3_bind_int64(statement, 1, token);
    while (statement && (row = journal_db_step_row(file, statement, err)) > 0)
        if (add_set(view, file, sqlite3_column_int64(statement, 0),
                    journal_db_column_text(statement, 1), journal_db_column_text(statement, 2),
                    err) < 0) {
            row = -1;
            break;
        }
    sqlite3_finalize(statement);
    return row;
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
    return !planned->problem && strcmp(planned->place, database) == 0;
}

/* A row of which not all is looked at. */
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

static void look_at_row(const struct view *view, sqlite3_stmt *row, struct cuts *cuts)
{
    const char *tenant = journal_db_column_text(row, 0), *database = journal_db_column_text(row, 1),
               *policy = journal_db_column_text(row, 2);
    const struct set_view *set = find_set(view, sqlite3_column_int64(row, 3));
    struct range whole = {sqlite3_column_int64(row, 4), sqlite3_column_int64(row, 5)};
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
                                              .as_of_ns = sqlite3_column_int64(row, 6)};
}

static int find_cuts(const struct view *view, struct journal *file, int64_t token,
                     struct cuts *cuts, struct err *err)
{
    sqlite3_stmt *statement =
        journal_db_prepare(file,
                           "SELECT tenant, database, policy, set_id, start_ns, end_ns, as_of_ns"
                           " FROM compared WHERE verification = ?1",
                           err);
    int row = -1;

    if (statement)
        sqlite3_bind_int64(statement, 1, token);
    while (statement && (row = journal_db_step_row(file, statement, err)) > 0)
        look_at_row(view, statement, cuts);
    sqlite3_finalize(statement);
    return row;
}

static int replace_row(struct journal *file, int64_t token, const struct cut *cut, struct err *err)
{
    struct journal_key key = {cut->tenant, cut->database, cut->policy, cut->set->id};
    sqlite3_stmt *statement = journal_db_prepare(file,
                                                 "DELETE FROM compared" JOURNAL_WHERE_KEY
                                                 " AND start_ns = ?5 AND verification = ?7 AND ?6",
                                                 err);
    int rc = -1;

    if (statement) {
        journal_bind_range(statement, &key, cut->whole);
        sqlite3_bind_int64(statement, 6, 1);
        sqlite3_bind_int64(statement, 7, token);
        rc = journal_db_step_done(file, statement, err);
    }
    sqlite3_finalize(statement);
    if (rc < 0 || range_is_empty(cut->kept))
        return rc;
    if (journal_set_id(file, cut->set->tags, (const char *const *)cut->set->kept.v,
                       cut->set->kept.nr, &key.set, err) < 0)
        return -1;
    statement = journal_db_prepare(
        file, "INSERT OR REPLACE INTO compared VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", err);
    rc = -1;
    if (statement) {
        journal_bind_range(statement, &key, cut->kept);
        sqlite3_bind_int64(statement, 7, cut->as_of_ns);
        sqlite3_bind_int64(statement, 8, token);
        rc = journal_db_step_done(file, statement, err);
    }
    sqlite3_finalize(statement);
    return rc;
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

/* Mending */

struct difference {
    char *tenant, *database, *policy, *members;
    int64_t set;
    struct range range;
};

struct differences {
    struct difference *items;
    size_t count, alloc;
};

static void differences_release(struct differences *differences)
{
    for (size_t i = 0; i < differences->count; i++) {
        free(differences->items[i].tenant);
        free(differences->items[i].database);
        free(differences->items[i].policy);
        free(differences->items[i].members);
    }
    free(differences->items);
}

static int read_differences(struct journal *file, int64_t token, bool deep,
                            struct differences *differences, struct err *err)
{
    sqlite3_stmt *statement = journal_db_prepare(
        file,
        "SELECT tenant, database, policy, members, set_id, start_ns, end_ns FROM difference"
        " JOIN measurement_set ON id = set_id WHERE verification != ?1 AND deep <= ?2",
        err);
    int row = -1;

    if (statement) {
        sqlite3_bind_int64(statement, 1, token);
        sqlite3_bind_int(statement, 2, deep);
    }
    while (statement && (row = journal_db_step_row(file, statement, err)) > 0) {
        GROW(differences->items, differences->count, differences->alloc);
        differences->items[differences->count++] = (struct difference){
            .tenant = xstrdup(journal_db_column_text(statement, 0)),
            .database = xstrdup(journal_db_column_text(statement, 1)),
            .policy = xstrdup(journal_db_column_text(statement, 2)),
            .members = xstrdup(journal_db_column_text(statement, 3)),
            .set = sqlite3_column_int64(statement, 4),
            .range = {sqlite3_column_int64(statement, 5), sqlite3_column_int64(statement, 6)},
        };
    }
    sqlite3_finalize(statement);
    return row;
}

/* Both are ids, separated by commas. */
static bool has_members(const char *members, const char *wanted)
{
    struct strvec all = STRVEC_INIT, some = STRVEC_INIT;
    bool has = true;

    strvec_split(&all, members, ',');
    strvec_split(&some, wanted, ',');
    for (size_t i = 0; i < some.nr && has; i++)
        has = strvec_has(&all, some.v[i]);
    strvec_release(&all);
    strvec_release(&some);
    return has;
}

/* Takes out of `rest` what the verification found whole of a difference. */
static int subtract_compared(struct journal *file, int64_t token,
                             const struct difference *difference, struct range_list *rest,
                             struct err *err)
{
    struct journal_key key = {difference->tenant, difference->database, difference->policy, token};
    sqlite3_stmt *statement = journal_db_prepare(
        file,
        "SELECT start_ns, end_ns, members FROM compared JOIN measurement_set ON id = set_id"
        " WHERE tenant = ?1 AND database = ?2 AND policy = ?3 AND verification = ?4"
        " AND start_ns < ?6 AND end_ns > ?5",
        err);
    int row = -1;

    if (statement)
        journal_bind_range(statement, &key, difference->range);
    while (statement && (row = journal_db_step_row(file, statement, err)) > 0)
        if (has_members(journal_db_column_text(statement, 2), difference->members))
            range_list_subtract(rest, (struct range){sqlite3_column_int64(statement, 0),
                                                     sqlite3_column_int64(statement, 1)});
    sqlite3_finalize(statement);
    return row;
}

static int delete_difference(struct journal *file, const struct difference *difference,
                             struct err *err)
{
    struct journal_key key = {difference->tenant, difference->database, difference->policy,
                              difference->set};
    sqlite3_stmt *statement = journal_db_prepare(
        file, "DELETE FROM difference" JOURNAL_WHERE_KEY " AND start_ns = ?5 AND end_ns = ?6", err);
    int rc = -1;

    if (statement) {
        journal_bind_range(statement, &key, difference->range);
        rc = journal_db_step_done(file, statement, err);
    }
    sqlite3_finalize(statement);
    return rc;
}

int verification_mend(struct journal *file, int64_t token, bool deep, struct err *err)
{
    struct differences differences = {0};
    int rc = read_differences(file, token, deep, &differences, err);

    for (size_t i = 0; i < differences.count && rc == 0; i++) {
        struct range_list rest = RANGE_LIST_INIT;

        range_list_add(&rest, differences.items[i].range);
        rc = subtract_compared(file, token, &differences.items[i], &rest, err);
        if (rc == 0 && !rest.count)
            rc = delete_difference(file, &differences.items[i], err);
        range_list_release(&rest);
    }
    differences_release(&differences);
    return rc;
}
