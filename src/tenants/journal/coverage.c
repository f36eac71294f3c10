#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "db.h"

/* Coverage */

/* Takes the entry out of the differences that verifications found. A verification may write beside
 * a run, so the journal is asked each time whether it has any. That is cheap. */
static int clear_differences(struct journal *journal, const struct journal_entry *entry,
                             struct err *err)
{
    int64_t any = 0;

    if (journal_db_query_int(journal, "SELECT EXISTS (SELECT 1 FROM difference)", &any, err) < 0)
        return -1;
    return any ? journal_range_take(journal, &journal_difference_table, entry, err) : 0;
}

/* Takes the entry out of the failures. Mostly the journal has none, and this run knows that. */
static int clear_failures(struct journal *journal, const struct journal_entry *entry,
                          struct err *err)
{
    int64_t any = 0;

    if (!journal->failures_known) {
        if (journal_db_query_int(journal, "SELECT EXISTS (SELECT 1 FROM failure)", &any, err) < 0)
            return -1;
        journal->failures_known = true;
        journal->has_failures = any != 0;
    }
    return journal->has_failures ? journal_range_take(journal, &journal_failure_table, entry, err)
                                 : 0;
}

/* Records the points of the entry that were refused, in the place of what was refused there
 * before. */
static int note_refused(struct journal *journal, const struct journal_key *key,
                        const struct journal_entry *entry, struct err *err)
{
    int64_t any = 0;

    if (journal_db_query_int(journal, "SELECT EXISTS (SELECT 1 FROM refused)", &any, err) < 0)
        return -1;
    if (any && journal_range_take(journal, &journal_refused_table, entry, err) < 0)
        return -1;
    return !entry->refused
               ? 0
               : journal_db_run(journal, err,
                                "INSERT OR REPLACE INTO refused (tenant, database, policy, set_id,"
                                " start_ns, end_ns, points) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                                "kri", key, entry->refused_range, entry->refused);
}

/* Begins a transaction, and makes the key of an entry. */
static int begin_entry(struct journal *journal, const struct journal_entry *entry,
                       struct journal_key *key, struct err *err)
{
    *key = (struct journal_key){entry->tenant, entry->database, entry->policy, 0};
    return journal_db_begin(journal, err) < 0
               ? -1
               : journal_set_of_entry(journal, entry, &key->set, err);
}

static int merge_entry(struct journal *journal, const struct range_table *table,
                       const struct journal_key *key, const struct journal_entry *entry,
                       struct err *err)
{
    return journal_range_merge(journal, table, key, entry->range, journal->cutoff_ns, err);
}

int journal_cover(struct journal *journal, const struct journal_entry *entry, bool verified,
                  struct err *err)
{
    struct journal_key key;

    if (begin_entry(journal, entry, &key, err) < 0 ||
        merge_entry(journal, &journal_coverage_table, &key, entry, err) < 0 ||
        (verified && merge_entry(journal, &journal_verified_table, &key, entry, err) < 0) ||
        (entry->points && journal_add_points(journal, entry, err) < 0) ||
        note_refused(journal, &key, entry, err) < 0 || clear_differences(journal, entry, err) < 0)
        return -1;
    return clear_failures(journal, entry, err);
}

int journal_confirm(struct journal *journal, const struct journal_entry *entry, struct err *err)
{
    struct journal_key key;

    if (begin_entry(journal, entry, &key, err) < 0 ||
        merge_entry(journal, &journal_verified_table, &key, entry, err) < 0)
        return -1;
    /* Without points nothing was copied again, so that the differences stay: counts may not show
     * them. */
    if (entry->points &&
        (journal_add_points(journal, entry, err) < 0 || clear_differences(journal, entry, err) < 0))
        return -1;
    return clear_failures(journal, entry, err);
}

int journal_fail(struct journal *journal, const struct journal_entry *entry, enum failure_kind kind,
                 const char *words, struct err *err)
{
    static const struct range_table *const tables[] = {
        &journal_coverage_table, &journal_verified_table, &journal_compared_table,
        &journal_failure_table};
    struct journal_key key;

    if (begin_entry(journal, entry, &key, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
        if (journal_range_take(journal, tables[i], entry, err) < 0)
            return -1;
    journal->failures_known = journal->has_failures = true;
    return journal_db_run(journal, err,
                          "INSERT OR REPLACE INTO failure"
                          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                          "krtit", &key, entry->range, words, journal->run_id,
                          failure_kind_name(kind));
}

/* Loading */

/* Shortens the range of a row as journal_trim() said. */
static struct range trimmed(const struct journal *journal, struct range range, int64_t as_of_ns)
{
    int64_t end_ns = clock_sub(as_of_ns, journal->load_trim_ns);

    if (journal->trims && end_ns < range.end_ns)
        range.end_ns = end_ns > range.start_ns ? end_ns : range.start_ns;
    return range;
}

static int load_rows(struct journal *journal, const struct range_table *table,
                     const struct names *index_of, struct coverage *coverage, struct err *err)
{
    char *sql = journal_range_sql(
        table, "SELECT tenant, set_id, policy, database, start_ns, end_ns, $as_of FROM $table");
    struct journal_rows rows;

    journal_rows_begin(&rows, journal, err, sql, "");
    free(sql);
    while (journal_rows_next(&rows)) {
        uint32_t set = names_find(index_of, journal_rows_text(&rows, 1));
        struct range range =
            trimmed(journal, journal_rows_range(&rows, 4), journal_rows_int(&rows, 6));

        if (set != NAMES_NONE && !range_is_empty(range))
            range_list_add(&coverage_row(coverage, journal_rows_text(&rows, 0), set,
                                         journal_rows_text(&rows, 2), journal_rows_text(&rows, 3))
                                ->ranges,
                           range);
    }
    return journal_rows_end(&rows);
}

int journal_load(struct journal *journal, struct coverage *coverage, bool failed, struct err *err)
{
    struct names index_of = NAMES_INIT;
    int rc = journal_set_load(journal, coverage, &index_of, err);

    if (rc == 0)
        rc = load_rows(journal, &journal_coverage_table, &index_of, coverage, err);
    if (rc == 0 && failed)
        rc = load_rows(journal, &journal_failure_table, &index_of, coverage, err);
    if (rc == 0)
        rc = journal_load_landings(journal, coverage, err);
    names_release(&index_of);
    return rc;
}

/* Forgetting */

/* The tables that tell what was copied. What must be copied again is taken out of all of them. */
static const struct range_table *const copied_tables[] = {
    &journal_coverage_table, &journal_verified_table, &journal_compared_table};

/* Runs a statement with one number on each of these tables. */
static int on_copied_tables(struct journal *journal, const char *sql, int64_t number,
                            struct err *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(copied_tables); i++)
        if (journal_range_run(journal, err, copied_tables[i], sql, "i", number) < 0)
            return -1;
    return 0;
}

/* Deletes the rows that are empty since their end was moved. */
static int delete_empty(struct journal *journal, struct err *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(copied_tables); i++)
        if (journal_range_run(journal, err, copied_tables[i],
                              "DELETE FROM $table WHERE end_ns - start_ns <= 0", "") < 0)
            return -1;
    return 0;
}

int journal_save(struct journal *journal, struct err *err)
{
    return journal_db_commit(journal, err);
}

void journal_undo(struct journal *journal)
{
    journal_db_rollback(journal);
}

int journal_trim(struct journal *journal, int64_t overlap_ns, struct err *err)
{
    if (journal->lock_fd < 0) {
        journal->trims = true;
        journal->load_trim_ns = overlap_ns;
        return 0;
    }
    if (journal_db_begin(journal, err) < 0 ||
        on_copied_tables(journal,
                         "UPDATE $table SET end_ns = as_of_ns - ?1 WHERE end_ns > as_of_ns - ?1",
                         overlap_ns, err) < 0)
        return -1;
    return delete_empty(journal, err);
}

int journal_trim_at(struct journal *journal, int64_t instant_ns, struct err *err)
{
    if (journal_db_begin(journal, err) < 0 ||
        on_copied_tables(journal, "UPDATE $table SET end_ns = ?1 WHERE end_ns > ?1", instant_ns,
                         err) < 0)
        return -1;
    return delete_empty(journal, err);
}

int journal_forget_database(struct journal *journal, const char *database, struct err *err)
{
    static const char delete[] = "DELETE FROM $table WHERE database = ?1";

    if (journal_db_begin(journal, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_SIZE(copied_tables); i++)
        if (journal_range_run(journal, err, copied_tables[i], delete, "t", database) < 0)
            return -1;
    if (journal_range_run(journal, err, &journal_difference_table, delete, "t", database) < 0)
        return -1;
    if (journal_db_run(journal, err,
                       "DELETE FROM holding WHERE substr(place, 1, length(?1) + 1) = ?1 || char(9)",
                       "t", database) < 0 ||
        journal_db_run(journal, err, "DELETE FROM landing WHERE database = ?1", "t", database) < 0)
        return -1;
    /* The points that were written into the database are gone, and are counted anew. */
    return journal_db_run(journal, err, "UPDATE tenant SET points = 0 WHERE database = ?1", "t",
                          database);
}

int journal_forget_time(struct journal *journal, const char *target, const char *policy,
                        struct range range, struct err *err)
{
    if (journal_db_begin(journal, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_SIZE(copied_tables); i++)
        if (journal_range_forget(journal, copied_tables[i], target, policy, range, err) < 0)
            return -1;
    return journal_range_forget(journal, &journal_difference_table, target, policy, range, err);
}

int journal_forget_policy(struct journal *journal, const char *target, const char *policy,
                          struct err *err)
{
    static const char delete[] = "DELETE FROM $table WHERE database = ?1 AND policy = ?2";

    if (journal_db_begin(journal, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_SIZE(copied_tables); i++)
        if (journal_range_run(journal, err, copied_tables[i], delete, "tt", target, policy) < 0)
            return -1;
    return journal_range_run(journal, err, &journal_difference_table, delete, "tt", target, policy);
}

/* Gives the set of the measurements that stay when those of the settings are forgotten; 0: none
 * stays. */
static int rest_of_set(struct journal *journal, const struct coverage_set *set,
                       const struct settings *settings, int64_t *ret_id, struct err *err)
{
    const char **left = xcalloc(set->measurements.count, sizeof(*left));
    size_t count = 0;
    int rc = 0;

    for (size_t i = 0; i < set->measurements.count; i++)
        if (settings_skips(settings, set->measurements.items[i]))
            left[count++] = set->measurements.items[i];
    *ret_id = 0;
    if (count)
        rc = journal_set_id(journal, set->tags, left, count, ret_id, err);
    free(left);
    return rc;
}

static int delete_row(struct journal *journal, const char *tenant, const struct coverage_row *row,
                      const struct coverage_set *set, struct err *err)
{
    static const char delete[] = "DELETE FROM $table" JOURNAL_WHERE_KEY;
    const char **names = xcalloc(set->measurements.count, sizeof(*names));
    struct journal_key key = {tenant, row->target, row->source_policy, 0};
    int rc = -1;

    for (size_t i = 0; i < set->measurements.count; i++)
        names[i] = set->measurements.items[i];
    if (journal_set_id(journal, set->tags, names, set->measurements.count, &key.set, err) == 0 &&
        journal_range_run(journal, err, &journal_coverage_table, delete, "k", &key) == 0)
        rc = journal_range_run(journal, err, &journal_verified_table, delete, "k", &key);
    free(names);
    return rc;
}

static bool names_any(const struct settings *settings, const struct coverage_set *set)
{
    for (size_t i = 0; i < set->measurements.count; i++)
        if (!settings_skips(settings, set->measurements.items[i]))
            return true;
    return false;
}

/* Takes the named measurements out of one row. A row that has none of them stays as it is, since
 * the rest of another row may have joined it already. */
static int forget_row(struct journal *journal, const char *tenant, const struct coverage_row *row,
                      const struct coverage_set *set, const struct settings *settings,
                      struct err *err)
{
    int64_t rest = 0;

    if (!names_any(settings, set))
        return 0;
    if (rest_of_set(journal, set, settings, &rest, err) < 0 ||
        delete_row(journal, tenant, row, set, err) < 0)
        return -1;
    for (size_t i = 0; rest && i < row->ranges.count; i++) {
        struct journal_key key = {tenant, row->target, row->source_policy, rest};
        struct range range = row->ranges.items[i];

        if (journal_range_merge(journal, &journal_coverage_table, &key, range, range.end_ns, err) <
            0)
            return -1;
    }
    return 0;
}

static int forget_tenant(struct journal *journal, const struct coverage *coverage, size_t number,
                         const struct settings *settings, struct err *err)
{
    const struct coverage_tenant *tenant = &coverage->by_tenant[number];
    const char *id = coverage->tenants.items[number];

    for (size_t r = 0; r < tenant->count; r++)
        if (forget_row(journal, id, &tenant->rows[r], &coverage->sets[tenant->rows[r].set],
                       settings, err) < 0)
            return -1;
    /* With a filter of measurements this forgets more than is copied again. Then the journal says
     * "compared" of less than was compared. */
    if (journal_db_run(journal, err, "DELETE FROM compared WHERE tenant = ?1", "t", id) < 0)
        return -1;
    if (settings->skip.count || settings->measurements.count)
        return 0;
    if (journal_db_run(journal, err, "DELETE FROM difference WHERE tenant = ?1", "t", id) < 0)
        return -1;
    /* All points are written again, and counted anew. */
    return journal_db_run(journal, err, "UPDATE tenant SET points = 0 WHERE tenant = ?1", "t", id);
}

int journal_forget(struct journal *journal, const struct settings *settings, struct err *err)
{
    struct coverage coverage = {0};
    int rc = -1;

    if (journal_load(journal, &coverage, false, err) < 0 || journal_db_begin(journal, err) < 0)
        goto out;
    for (size_t t = 0; t < coverage.tenants.count; t++)
        if (!settings_skips_tenant(settings, coverage.tenants.items[t]) &&
            forget_tenant(journal, &coverage, t, settings, err) < 0)
            goto out;
    rc = 0;
out:
    coverage_release(&coverage);
    return rc;
}

/* Refused points */

/* A verification that came to its end found the row whole. What is copied since isn't compared. */
#define FOUND_WHOLE                                                                                \
    " EXISTS (SELECT 1 FROM compared JOIN verification ON token = compared.verification"           \
    " WHERE compared.tenant = refused.tenant AND compared.database = refused.database"             \
    " AND compared.policy = refused.policy AND compared.set_id = refused.set_id"                   \
    " AND compared.start_ns <= refused.start_ns AND compared.end_ns >= refused.end_ns"             \
    " AND verification.ended_ns > 0)"

int journal_load_refused(struct journal *journal, struct journal_refusals *refusals,
                         struct err *err)
{
    struct journal_rows rows;
    int rc = 0;

    if (journal->version < 6)
        return 0;
    journal_rows_begin(&rows, journal, err,
                       "SELECT refused.id, tenant, database, policy, start_ns, end_ns, points,"
                       " gone, members FROM refused"
                       " JOIN measurement_set ON measurement_set.id = set_id"
                       " WHERE NOT" FOUND_WHOLE " ORDER BY tenant, database, start_ns",
                       "");
    while (rc == 0 && journal_rows_next(&rows)) {
        struct journal_refused *item;

        GROW(refusals->items, refusals->count, refusals->alloc);
        item = &refusals->items[refusals->count++];
        *item = (struct journal_refused){
            .id = journal_rows_int(&rows, 0),
            .tenant = xstrdup(journal_rows_text(&rows, 1)),
            .database = xstrdup(journal_rows_text(&rows, 2)),
            .policy = xstrdup(journal_rows_text(&rows, 3)),
            .range = journal_rows_range(&rows, 4),
            .points = journal_rows_int(&rows, 6),
            .gone = journal_rows_int(&rows, 7) != 0,
            .measurements = STRVEC_INIT,
        };
        rc = journal_set_names(journal, journal_rows_text(&rows, 8), &item->measurements, err);
    }
    return journal_rows_end(&rows) < 0 || rc < 0 ? -1 : 0;
}

void journal_refusals_release(struct journal_refusals *refusals)
{
    for (size_t i = 0; i < refusals->count; i++) {
        free(refusals->items[i].tenant);
        free(refusals->items[i].database);
        free(refusals->items[i].policy);
        strvec_release(&refusals->items[i].measurements);
    }
    free(refusals->items);
    *refusals = (struct journal_refusals){0};
}

int journal_keep_refused(struct journal *journal, const struct journal_refusals *refusals,
                         struct err *err)
{
    if (journal_db_begin(journal, err) < 0)
        return -1;
    for (size_t i = 0; i < refusals->count; i++)
        if (journal_db_run(journal, err,
                           "UPDATE refused SET points = min(points, ?2) WHERE id = ?1 AND NOT gone",
                           "ii", refusals->items[i].id, refusals->items[i].found) < 0)
            return -1;
    if (journal_db_run(journal, err, "DELETE FROM refused WHERE points = 0", "") < 0)
        return -1;
    return journal_db_commit(journal, err);
}

int journal_forget_refused(struct journal *journal, const struct settings *settings,
                           const struct journal_refusals *refusals, int64_t *ret_points,
                           struct err *err)
{
    *ret_points = 0;
    if (journal_db_begin(journal, err) < 0 ||
        journal_db_run(journal, err, "DELETE FROM refused WHERE" FOUND_WHOLE, "") < 0)
        return -1;
    for (size_t i = 0; i < refusals->count; i++) {
        const struct journal_refused *item = &refusals->items[i];

        if (item->gone || item->found >= item->points ||
            settings_skips_tenant(settings, item->tenant))
            continue;
        *ret_points += item->points - item->found;
        if (journal_forget_time(journal, item->database, item->policy, item->range, err) < 0 ||
            journal_db_run(journal, err, "UPDATE refused SET gone = 1 WHERE id = ?1", "i",
                           item->id) < 0)
            return -1;
    }
    return 0;
}
