#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "db.h"

/* Coverage */

/* What is copied doesn't differ any more. A verification may write beside a run: whether there is
 * any is asked each time, and cheap. */
static int clear_differences(struct journal *journal, const struct journal_entry *entry,
                             struct err *err)
{
    int row;

    if (journal_db_prepare_kept(journal, &journal->any_difference,
                                "SELECT 1 FROM difference LIMIT 1", err) < 0)
        return -1;
    row = journal_db_step_row(journal, journal->any_difference, err);
    sqlite3_reset(journal->any_difference);
    return row > 0 ? journal_range_take(journal, "difference", entry, err) : row;
}

/* What is done isn't failed. Mostly there is no failure, and that is known. */
static int clear_failures(struct journal *journal, const struct journal_entry *entry,
                          struct err *err)
{
    int64_t any = 0;

    if (!journal->failures_known) {
        if (journal_db_query_int(journal, "SELECT EXISTS (SELECT 1 FROM failure)", 0, &any, err) <
            0)
            return -1;
        journal->failures_known = true;
        journal->has_failures = any != 0;
    }
    return journal->has_failures ? journal_range_take(journal, "failure", entry, err) : 0;
}

int journal_cover(struct journal *journal, const struct journal_entry *entry, bool verified,
                  struct err *err)
{
    struct journal_key key = {entry->tenant, entry->database, entry->policy, 0};
    struct range covered = entry->range, verified_range = entry->range;

    if (journal_db_begin(journal, err) < 0 ||
        journal_set_of_entry(journal, entry, &key.set, err) < 0 ||
        journal_range_merge(journal, &journal->coverage, &key, &covered, journal->cutoff_ns, err) <
            0)
        return -1;
    if (verified && journal_range_merge(journal, &journal->verified, &key, &verified_range,
                                        journal->cutoff_ns, err) < 0)
        return -1;
    if ((entry->points && journal_add_points(journal, entry, err) < 0) ||
        clear_differences(journal, entry, err) < 0)
        return -1;
    return clear_failures(journal, entry, err);
}

int journal_confirm(struct journal *journal, const struct journal_entry *entry, struct err *err)
{
    struct journal_key key = {entry->tenant, entry->database, entry->policy, 0};
    struct range verified_range = entry->range;

    if (journal_db_begin(journal, err) < 0 ||
        journal_set_of_entry(journal, entry, &key.set, err) < 0 ||
        journal_range_merge(journal, &journal->verified, &key, &verified_range, journal->cutoff_ns,
                            err) < 0)
        return -1;
    /* What was only counted may differ as before. */
    if (entry->points &&
        (journal_add_points(journal, entry, err) < 0 || clear_differences(journal, entry, err) < 0))
        return -1;
    return clear_failures(journal, entry, err);
}

int journal_fail(struct journal *journal, const struct journal_entry *entry, const char *words,
                 struct err *err)
{
    struct journal_key key = {entry->tenant, entry->database, entry->policy, 0};

    if (journal_db_begin(journal, err) < 0 ||
        journal_set_of_entry(journal, entry, &key.set, err) < 0 ||
        journal_range_take(journal, "coverage", entry, err) < 0 ||
        journal_range_take(journal, "verified", entry, err) < 0 ||
        journal_range_take(journal, "compared", entry, err) < 0 ||
        journal_range_take(journal, "failure", entry, err) < 0 ||
        journal_db_prepare_kept(
            journal, &journal->insert_failure,
            "INSERT OR REPLACE INTO failure VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", err) < 0)
        return -1;
    journal->failures_known = journal->has_failures = true;
    journal_bind_range(journal->insert_failure, &key, entry->range);
    journal_db_bind_text(journal->insert_failure, 7, words);
    sqlite3_bind_int64(journal->insert_failure, 8, journal->run_id);
    return journal_db_step_done(journal, journal->insert_failure, err);
}

/* Loading */

/* Names of measurements by their ids, which are texts here: a damaged file may have any. */
struct id_names {
    struct names ids;
    struct strvec names; /* by number of the id */
};

static void id_names_release(struct id_names *names)
{
    names_release(&names->ids);
    strvec_release(&names->names);
}

static int load_names(struct journal *journal, struct id_names *names, struct err *err)
{
    sqlite3_stmt *statement = journal_db_prepare(journal, "SELECT id, name FROM measurement", err);
    int row = -1;

    while (statement && (row = journal_db_step_row(journal, statement, err)) > 0) {
        names_add(&names->ids, journal_db_column_text(statement, 0));
        strvec_push(&names->names, journal_db_column_text(statement, 1));
    }
    sqlite3_finalize(statement);
    return row;
}

static void read_members(const char *members, const struct id_names *names, struct names *ret)
{
    struct strbuf text = STRBUF_INIT;
    int64_t id;

    while (journal_set_next_member(&members, &id)) {
        uint32_t number;

        strbuf_reset(&text);
        strbuf_addf(&text, "%" PRId64, id);
        number = names_find(&names->ids, text.buf);
        if (number != NAMES_NONE)
            names_add(ret, names->names.v[number]);
    }
    strbuf_release(&text);
}

/* `index_of[id]` becomes the place of the set of that id in coverage.sets. */
static int load_sets(struct journal *journal, const struct id_names *names,
                     struct coverage *coverage, struct names *index_of, struct err *err)
{
    sqlite3_stmt *statement =
        journal_db_prepare(journal, "SELECT id, tags, members FROM measurement_set", err);
    int row = -1;

    while (statement && (row = journal_db_step_row(journal, statement, err)) > 0) {
        struct coverage_set set = {.measurements = NAMES_INIT};

        read_members(journal_db_column_text(statement, 2), names, &set.measurements);
        set.tags = xstrdup(journal_db_column_text(statement, 1));
        GROW(coverage->sets, coverage->set_count, coverage->set_alloc);
        coverage->sets[coverage->set_count++] = set;
        names_add(index_of, journal_db_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    return row;
}

static int load_rows(struct journal *journal, const char *table, const struct names *index_of,
                     struct coverage *coverage, struct err *err)
{
    bool failed = strcmp(table, journal->coverage.table) != 0;
    sqlite3_stmt *statement = NULL;
    int row = -1;

    if (journal_range_prepare(journal, &statement,
                              failed ? "SELECT tenant, set_id, policy, database, start_ns, end_ns,"
                                       " 9223372036854775807 FROM"
                                     : "SELECT tenant, set_id, policy, database, start_ns, end_ns,"
                                       " as_of_ns FROM",
                              table, "", err) < 0)
        return -1;
    while (statement && (row = journal_db_step_row(journal, statement, err)) > 0) {
        uint32_t set = names_find(index_of, journal_db_column_text(statement, 1));
        struct range range = {sqlite3_column_int64(statement, 4),
                              sqlite3_column_int64(statement, 5)};
        int64_t trimmed_ns = clock_sub(sqlite3_column_int64(statement, 6), journal->load_trim_ns);

        if (journal->trims && trimmed_ns < range.end_ns)
            range.end_ns = trimmed_ns > range.start_ns ? trimmed_ns : range.start_ns;
        if (set != NAMES_NONE && !range_is_empty(range))
            range_list_add(&coverage_row(coverage, journal_db_column_text(statement, 0), set,
                                         journal_db_column_text(statement, 2),
                                         journal_db_column_text(statement, 3))
                                ->ranges,
                           range);
    }
    sqlite3_finalize(statement);
    return row;
}

int journal_load(struct journal *journal, struct coverage *coverage, bool failed, struct err *err)
{
    struct id_names names = {NAMES_INIT, STRVEC_INIT};
    struct names index_of = NAMES_INIT;
    int rc = -1;

    if (load_names(journal, &names, err) == 0 &&
        load_sets(journal, &names, coverage, &index_of, err) == 0)
        rc = load_rows(journal, journal->coverage.table, &index_of, coverage, err);
    if (rc == 0 && failed)
        rc = load_rows(journal, "failure", &index_of, coverage, err);
    id_names_release(&names);
    names_release(&index_of);
    return rc;
}

/* Forgetting */

/* Runs a statement with one parameter on the tables of what was copied. */
static int on_covering_tables(struct journal *journal, const char *before, const char *after,
                              int64_t number, const char *text, struct err *err)
{
    const char *const tables[] = {journal->coverage.table, journal->verified.table, "compared"};

    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        sqlite3_stmt *statement = NULL;
        int rc = journal_range_prepare(journal, &statement, before, tables[i], after, err);

        if (rc == 0) {
            if (text)
                journal_db_bind_text(statement, 1, text);
            else
                sqlite3_bind_int64(statement, 1, number);
            rc = journal_db_step_done(journal, statement, err);
        }
        sqlite3_finalize(statement);
        if (rc < 0)
            return -1;
    }
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
        on_covering_tables(journal, "UPDATE",
                           " SET end_ns = as_of_ns - ?1 WHERE end_ns > as_of_ns - ?1", overlap_ns,
                           NULL, err) < 0 ||
        on_covering_tables(journal, "DELETE FROM", " WHERE end_ns - start_ns <= ?1", 0, NULL, err) <
            0)
        return -1;
    return 0;
}

int journal_trim_at(struct journal *journal, int64_t instant_ns, struct err *err)
{
    if (journal_db_begin(journal, err) < 0 ||
        on_covering_tables(journal, "UPDATE", " SET end_ns = ?1 WHERE end_ns > ?1", instant_ns,
                           NULL, err) < 0 ||
        on_covering_tables(journal, "DELETE FROM", " WHERE end_ns - start_ns <= ?1", 0, NULL, err) <
            0)
        return -1;
    return 0;
}

/* What was written is gone, or will be written again: it is counted anew. `column` is a literal. */
static int forget_points(struct journal *journal, const char *column, const char *text,
                         struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    sqlite3_stmt *statement;
    int rc = -1;

    strbuf_addf(&sql, "UPDATE tenant SET points = 0 WHERE %s = ?1", column);
    statement = journal_db_prepare(journal, sql.buf, err);
    if (statement) {
        journal_db_bind_text(statement, 1, text);
        rc = journal_db_step_done(journal, statement, err);
    }
    sqlite3_finalize(statement);
    strbuf_release(&sql);
    return rc;
}

/* `where` is a literal with ?1 in it. */
static int delete_where(struct journal *journal, const char *table, const char *where,
                        const char *text, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = journal_range_prepare(journal, &statement, "DELETE FROM", table, where, err);

    if (rc == 0) {
        journal_db_bind_text(statement, 1, text);
        rc = journal_db_step_done(journal, statement, err);
    }
    sqlite3_finalize(statement);
    return rc;
}

int journal_forget_database(struct journal *journal, const char *database, struct err *err)
{
    if (journal_db_begin(journal, err) < 0 ||
        on_covering_tables(journal, "DELETE FROM", " WHERE database = ?1", 0, database, err) < 0 ||
        delete_where(journal, "difference", " WHERE database = ?1", database, err) < 0 ||
        forget_points(journal, "database", database, err) < 0)
        return -1;
    return 0;
}

/* What remains of a set when the measurements that the settings name are forgotten: 0 for nothing.
 */
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
    const char **names = xcalloc(set->measurements.count, sizeof(*names));
    sqlite3_stmt *statement = NULL;
    int64_t id = 0;
    int rc = -1;

    for (size_t i = 0; i < set->measurements.count; i++)
        names[i] = set->measurements.items[i];
    if (journal_set_id(journal, set->tags, names, set->measurements.count, &id, err) == 0 &&
        (statement = journal_db_prepare(journal, "DELETE FROM coverage" JOURNAL_WHERE_KEY, err))) {
        journal_bind_key(statement, tenant, row->database, row->policy, id);
        rc = journal_db_step_done(journal, statement, err);
    }
    sqlite3_finalize(statement);
    statement = NULL;
    if (rc == 0 &&
        (statement = journal_db_prepare(journal, "DELETE FROM verified" JOURNAL_WHERE_KEY, err))) {
        journal_bind_key(statement, tenant, row->database, row->policy, id);
        rc = journal_db_step_done(journal, statement, err);
    }
    sqlite3_finalize(statement);
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

/* Takes the named measurements out of one row. A row without any stays as it is: what remains of
 * another may have joined it already. */
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
        struct journal_key key = {tenant, row->database, row->policy, rest};
        struct range range = row->ranges.items[i];

        if (journal_range_merge(journal, &journal->coverage, &key, &range, range.end_ns, err) < 0)
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
    /* With a filter of measurements this forgets more than is copied again: less is said to be
     * compared than was. */
    if (delete_where(journal, "compared", " WHERE tenant = ?1", id, err) < 0)
        return -1;
    if (settings->skip.count || settings->measurements.count)
        return 0;
    if (delete_where(journal, "difference", " WHERE tenant = ?1", id, err) < 0)
        return -1;
    return forget_points(journal, "tenant", id, err);
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
