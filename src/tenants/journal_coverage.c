#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "journal_db.h"

/* Sets of measurements */

static int measurement_id(struct journal *journal, const char *name, int64_t *ret_id,
                          struct err *err)
{
    sqlite3_stmt *statement;
    int rc = -1;

    statement =
        journal_db_prepare(journal,
                           "INSERT INTO measurement (name) VALUES (?) ON CONFLICT (name) DO UPDATE"
                           " SET name = excluded.name RETURNING id",
                           err);
    if (!statement)
        return -1;
    journal_db_bind_text(statement, 1, name);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        *ret_id = sqlite3_column_int64(statement, 0);
        rc = 0;
    } else {
        journal_db_error(journal, "can't write", err);
    }
    sqlite3_finalize(statement);
    return rc;
}

static int insert_set(struct journal *journal, const char *digest, const char *tags,
                      const char *const *names, size_t count, int64_t *ret_id, struct err *err)
{
    struct strbuf members = STRBUF_INIT;
    sqlite3_stmt *statement = NULL;
    int rc = -1;

    for (size_t i = 0; i < count; i++) {
        int64_t id = 0;

        if (measurement_id(journal, names[i], &id, err) < 0)
            goto out;
        strbuf_addf(&members, "%s%" PRId64, i ? "," : "", id);
    }
    statement =
        journal_db_prepare(journal,
                           "INSERT INTO measurement_set (digest, tags, members) VALUES (?, ?, ?)"
                           " ON CONFLICT (digest) DO UPDATE SET tags = excluded.tags RETURNING id",
                           err);
    if (!statement)
        goto out;
    journal_db_bind_text(statement, 1, digest);
    journal_db_bind_text(statement, 2, tags);
    journal_db_bind_text(statement, 3, members.buf);
    if (sqlite3_step(statement) != SQLITE_ROW) {
        journal_db_error(journal, "can't write", err);
        goto out;
    }
    *ret_id = sqlite3_column_int64(statement, 0);
    rc = 0;
out:
    sqlite3_finalize(statement);
    strbuf_release(&members);
    return rc;
}

static void set_digest(const char *tags, const char *const *names, size_t count,
                       char ret_hex[DIGEST_HEX_LENGTH + 1])
{
    struct strvec sorted = STRVEC_INIT;
    struct strbuf text = STRBUF_INIT;

    for (size_t i = 0; i < count; i++)
        strvec_push(&sorted, names[i]);
    strvec_sort(&sorted);
    strbuf_addstr(&text, tags);
    for (size_t i = 0; i < sorted.nr; i++)
        strbuf_addf(&text, "%zu:%s;", strlen(sorted.v[i]), sorted.v[i]);
    digest_sha256_hex(text.buf, text.len, ret_hex);
    strvec_release(&sorted);
    strbuf_release(&text);
}

/* The id of a set, which is recorded if it is new. */
static int set_id(struct journal *journal, const char *tags, const char *const *names, size_t count,
                  int64_t *ret_id, struct err *err)
{
    char digest[DIGEST_HEX_LENGTH + 1];
    uint32_t number;

    set_digest(tags, names, count, digest);
    number = names_find(&journal->set_digests, digest);
    if (number != NAMES_NONE) {
        *ret_id = journal->set_ids[number];
        return 0;
    }
    if (insert_set(journal, digest, tags, names, count, ret_id, err) < 0)
        return -1;
    number = names_add(&journal->set_digests, digest);
    GROW(journal->set_ids, number, journal->set_alloc);
    journal->set_ids[number] = *ret_id;
    return 0;
}

static int entry_set_id(struct journal *journal, const struct journal_entry *entry, int64_t *ret_id,
                        struct err *err)
{
    char *tags = coverage_tags_text(entry->tags);
    int rc = set_id(journal, tags, entry->measurements, entry->measurement_count, ret_id, err);

    free(tags);
    return rc;
}

/* Coverage */

static void bind_key(sqlite3_stmt *statement, const char *tenant, const char *database,
                     const char *policy, int64_t set)
{
    journal_db_bind_text(statement, 1, tenant);
    journal_db_bind_text(statement, 2, database);
    journal_db_bind_text(statement, 3, policy);
    sqlite3_bind_int64(statement, 4, set);
}

#define WHERE_KEY " WHERE tenant = ?1 AND database = ?2 AND policy = ?3 AND set_id = ?4"

/* "VERB TABLE WHERE ..." of a key's rows that touch the range ?5 to ?6, or "VERB TABLE TAIL". */
static int prepare_for(struct journal *journal, sqlite3_stmt **statement, const char *verb,
                       const char *table, const char *tail, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int rc;

    strbuf_addf(&sql, "%s %s%s", verb, table, tail);
    rc = journal_db_prepare_kept(journal, statement, sql.buf, err);
    strbuf_release(&sql);
    return rc;
}

#define WHERE_TOUCHES WHERE_KEY " AND start_ns <= ?6 AND end_ns >= ?5"

static int prepare_merge(struct journal *journal, struct journal_merge *merge, struct err *err)
{
    if (prepare_for(journal, &merge->find, "SELECT min(start_ns), max(end_ns), max(as_of_ns) FROM",
                    merge->table, WHERE_TOUCHES, err) < 0 ||
        prepare_for(journal, &merge->remove, "DELETE FROM", merge->table, WHERE_TOUCHES, err) < 0)
        return -1;
    return prepare_for(journal, &merge->insert, "INSERT INTO", merge->table,
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", err);
}

/* Whose rows are meant. */
struct key {
    const char *tenant, *database, *policy;
    int64_t set;
};

static void bind_range(sqlite3_stmt *statement, const struct key *key, struct range range)
{
    bind_key(statement, key->tenant, key->database, key->policy, key->set);
    sqlite3_bind_int64(statement, 5, range.start_ns);
    sqlite3_bind_int64(statement, 6, range.end_ns);
}

/* Adds a range to a key's; what touches it becomes one with it, in `range` too. */
static int merge_range(struct journal *journal, struct journal_merge *merge, const struct key *key,
                       struct range *range, int64_t as_of_ns, struct err *err)
{
    int row;

    if (prepare_merge(journal, merge, err) < 0)
        return -1;
    bind_range(merge->find, key, *range);
    row = journal_db_step_row(journal, merge->find, err);
    if (row <= 0) {
        sqlite3_reset(merge->find);
        return row < 0 ? -1 : err_set(err, ERR_BUG, "the journal has no aggregate");
    }
    bind_range(merge->remove, key, *range);
    if (sqlite3_column_type(merge->find, 0) != SQLITE_NULL) {
        struct range touching = {sqlite3_column_int64(merge->find, 0),
                                 sqlite3_column_int64(merge->find, 1)};
        int64_t touching_as_of_ns = sqlite3_column_int64(merge->find, 2);

        range->start_ns = touching.start_ns < range->start_ns ? touching.start_ns : range->start_ns;
        range->end_ns = touching.end_ns > range->end_ns ? touching.end_ns : range->end_ns;
        as_of_ns = touching_as_of_ns > as_of_ns ? touching_as_of_ns : as_of_ns;
    }
    sqlite3_reset(merge->find);
    if (journal_db_step_done(journal, merge->remove, err) < 0)
        return -1;
    bind_range(merge->insert, key, *range);
    sqlite3_bind_int64(merge->insert, 7, as_of_ns);
    return journal_db_step_done(journal, merge->insert, err);
}

static int clear_failures(struct journal *journal, const struct key *key, struct range range,
                          struct err *err)
{
    if (journal_db_prepare_kept(
            journal, &journal->clear_failure,
            "DELETE FROM failure" WHERE_KEY " AND start_ns >= ?5 AND end_ns <= ?6", err) < 0)
        return -1;
    bind_range(journal->clear_failure, key, range);
    return journal_db_step_done(journal, journal->clear_failure, err);
}

int journal_cover(struct journal *journal, const struct journal_entry *entry, bool verified,
                  struct err *err)
{
    struct key key = {entry->tenant, entry->database, entry->policy, 0};
    struct range covered = entry->range, verified_range = entry->range;

    if (journal_db_begin(journal, err) < 0 || entry_set_id(journal, entry, &key.set, err) < 0 ||
        merge_range(journal, &journal->coverage, &key, &covered, journal->cutoff_ns, err) < 0)
        return -1;
    if (verified && merge_range(journal, &journal->verified, &key, &verified_range,
                                journal->cutoff_ns, err) < 0)
        return -1;
    return clear_failures(journal, &key, covered, err);
}

int journal_confirm(struct journal *journal, const struct journal_entry *entry, struct err *err)
{
    struct key key = {entry->tenant, entry->database, entry->policy, 0};
    struct range verified_range = entry->range;

    if (journal_db_begin(journal, err) < 0 || entry_set_id(journal, entry, &key.set, err) < 0 ||
        merge_range(journal, &journal->verified, &key, &verified_range, journal->cutoff_ns, err) <
            0)
        return -1;
    return clear_failures(journal, &key, entry->range, err);
}

/* Runs "VERB TABLE TAIL" once, for a key and a range. */
static int run_for(struct journal *journal, const char *verb, const char *table, const char *tail,
                   const struct key *key, struct range range, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = prepare_for(journal, &statement, verb, table, tail, err);

    if (rc == 0) {
        bind_range(statement, key, range);
        rc = journal_db_step_done(journal, statement, err);
    }
    sqlite3_finalize(statement);
    return rc;
}

/* Takes a range out of a key's; what is before and behind it stays. */
static int take_out(struct journal *journal, const char *table, const struct key *key,
                    struct range range, struct err *err)
{
    struct strbuf behind = STRBUF_INIT;
    int rc;

    strbuf_addf(&behind,
                "INSERT INTO %s SELECT tenant, database, policy, set_id, ?6, end_ns, as_of_ns FROM",
                table);
    rc = run_for(journal, behind.buf, table, WHERE_KEY " AND start_ns < ?6 AND end_ns > ?6", key,
                 range, err);
    strbuf_release(&behind);
    if (rc < 0 ||
        run_for(journal, "UPDATE", table,
                " SET end_ns = ?5" WHERE_KEY " AND start_ns < ?5 AND end_ns > ?5 AND ?5 < ?6", key,
                range, err) < 0)
        return -1;
    return run_for(journal, "DELETE FROM", table, WHERE_KEY " AND start_ns >= ?5 AND start_ns < ?6",
                   key, range, err);
}

int journal_fail(struct journal *journal, const struct journal_entry *entry, const char *words,
                 struct err *err)
{
    struct key key = {entry->tenant, entry->database, entry->policy, 0};

    if (journal_db_begin(journal, err) < 0 || entry_set_id(journal, entry, &key.set, err) < 0 ||
        take_out(journal, journal->coverage.table, &key, entry->range, err) < 0 ||
        take_out(journal, journal->verified.table, &key, entry->range, err) < 0 ||
        journal_db_prepare_kept(
            journal, &journal->insert_failure,
            "INSERT OR REPLACE INTO failure VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", err) < 0)
        return -1;
    bind_range(journal->insert_failure, &key, entry->range);
    journal_db_bind_text(journal->insert_failure, 7, words);
    sqlite3_bind_int64(journal->insert_failure, 8, journal->run_id);
    return journal_db_step_done(journal, journal->insert_failure, err);
}

/* Loading */

/* Names of measurements by their ids. */
struct id_names {
    char **items;
    size_t count, alloc;
};

static void put_name(struct id_names *names, int64_t id, const char *name)
{
    while ((int64_t)names->count <= id) {
        GROW(names->items, names->count, names->alloc);
        names->items[names->count++] = NULL;
    }
    if (id < 0 || !names->items)
        return;
    free(names->items[id]);
    names->items[id] = xstrdup(name);
}

static void id_names_release(struct id_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
}

static int load_names(struct journal *journal, struct id_names *names, struct err *err)
{
    sqlite3_stmt *statement =
        journal_db_prepare(journal, "SELECT id, name FROM measurement WHERE id >= 0", err);
    int row = -1;

    while (statement && (row = journal_db_step_row(journal, statement, err)) > 0)
        put_name(names, sqlite3_column_int64(statement, 0), journal_db_column_text(statement, 1));
    sqlite3_finalize(statement);
    return row;
}

static void read_members(const char *members, const struct id_names *names, struct names *ret)
{
    char *end;

    for (; *members; members = *end == ',' ? end + 1 : end) {
        long long id = strtoll(members, &end, 10);

        if (end == members)
            return;
        if (id >= 0 && (size_t)id < names->count && names->items[id])
            names_add(ret, names->items[id]);
    }
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

static int load_rows(struct journal *journal, const struct names *index_of,
                     struct coverage *coverage, struct err *err)
{
    sqlite3_stmt *statement = journal_db_prepare(
        journal, "SELECT tenant, set_id, policy, database, start_ns, end_ns FROM coverage", err);
    int row = -1;

    while (statement && (row = journal_db_step_row(journal, statement, err)) > 0) {
        uint32_t set = names_find(index_of, journal_db_column_text(statement, 1));
        struct range range = {sqlite3_column_int64(statement, 4),
                              sqlite3_column_int64(statement, 5)};

        if (set != NAMES_NONE)
            range_list_add(&coverage_row(coverage, journal_db_column_text(statement, 0), set,
                                         journal_db_column_text(statement, 2),
                                         journal_db_column_text(statement, 3))
                                ->ranges,
                           range);
    }
    sqlite3_finalize(statement);
    return row;
}

int journal_load(struct journal *journal, struct coverage *coverage, struct err *err)
{
    struct id_names names = {0};
    struct names index_of = NAMES_INIT;
    int rc = -1;

    if (load_names(journal, &names, err) == 0 &&
        load_sets(journal, &names, coverage, &index_of, err) == 0)
        rc = load_rows(journal, &index_of, coverage, err);
    id_names_release(&names);
    names_release(&index_of);
    return rc;
}

/* Forgetting */

/* Runs a statement with one parameter on both tables of ranges; TABLE in it is the table's name. */
static int on_both_tables(struct journal *journal, const char *before, const char *after,
                          int64_t number, const char *text, struct err *err)
{
    const char *const tables[] = {journal->coverage.table, journal->verified.table};

    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        sqlite3_stmt *statement = NULL;
        int rc = prepare_for(journal, &statement, before, tables[i], after, err);

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

int journal_trim(struct journal *journal, int64_t overlap_ns, struct err *err)
{
    if (journal_db_begin(journal, err) < 0 ||
        on_both_tables(journal, "UPDATE",
                       " SET end_ns = as_of_ns - ?1 WHERE end_ns > as_of_ns - ?1", overlap_ns, NULL,
                       err) < 0 ||
        on_both_tables(journal, "DELETE FROM", " WHERE end_ns - start_ns <= ?1", 0, NULL, err) < 0)
        return -1;
    return journal_db_commit(journal, err);
}

int journal_forget_database(struct journal *journal, const char *database, struct err *err)
{
    if (journal_db_begin(journal, err) < 0 ||
        on_both_tables(journal, "DELETE FROM", " WHERE database = ?1", 0, database, err) < 0)
        return -1;
    return journal_db_commit(journal, err);
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
        rc = set_id(journal, set->tags, left, count, ret_id, err);
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
    if (set_id(journal, set->tags, names, set->measurements.count, &id, err) == 0 &&
        (statement = journal_db_prepare(journal, "DELETE FROM coverage" WHERE_KEY, err))) {
        bind_key(statement, tenant, row->database, row->policy, id);
        rc = journal_db_step_done(journal, statement, err);
    }
    sqlite3_finalize(statement);
    statement = NULL;
    if (rc == 0 &&
        (statement = journal_db_prepare(journal, "DELETE FROM verified" WHERE_KEY, err))) {
        bind_key(statement, tenant, row->database, row->policy, id);
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
        struct key key = {tenant, row->database, row->policy, rest};
        struct range range = row->ranges.items[i];

        if (merge_range(journal, &journal->coverage, &key, &range, range.end_ns, err) < 0)
            return -1;
    }
    return 0;
}

int journal_forget(struct journal *journal, const struct settings *settings, struct err *err)
{
    struct coverage coverage = {0};
    int rc = -1;

    if (journal_load(journal, &coverage, err) < 0 || journal_db_begin(journal, err) < 0)
        goto out;
    for (size_t t = 0; t < coverage.tenants.count; t++) {
        const struct coverage_tenant *tenant = &coverage.by_tenant[t];

        for (size_t r = 0;
             r < tenant->count && !settings_skips_tenant(settings, coverage.tenants.items[t]); r++)
            if (forget_row(journal, coverage.tenants.items[t], &tenant->rows[r],
                           &coverage.sets[tenant->rows[r].set], settings, err) < 0)
                goto out;
    }
    rc = journal_db_commit(journal, err);
out:
    coverage_release(&coverage);
    return rc;
}
