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

/* Adds a range to the coverage of a key; what touches it becomes one with it. */
static int cover(struct journal *journal, const char *tenant, const char *database,
                 const char *policy, int64_t set, struct range range, int64_t as_of_ns,
                 struct err *err)
{
    if (journal_db_prepare_kept(
            journal, &journal->merge,
            "SELECT min(start_ns), max(end_ns), max(as_of_ns) FROM coverage" WHERE_KEY
            " AND start_ns <= ?6 AND end_ns >= ?5",
            err) < 0 ||
        journal_db_prepare_kept(
            journal, &journal->remove,
            "DELETE FROM coverage" WHERE_KEY " AND start_ns <= ?6 AND end_ns >= ?5", err) < 0 ||
        journal_db_prepare_kept(journal, &journal->insert,
                                "INSERT INTO coverage VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                                err) < 0)
        return -1;
    bind_key(journal->merge, tenant, database, policy, set);
    sqlite3_bind_int64(journal->merge, 5, range.start_ns);
    sqlite3_bind_int64(journal->merge, 6, range.end_ns);
    if (sqlite3_step(journal->merge) != SQLITE_ROW) {
        sqlite3_reset(journal->merge);
        return journal_db_error(journal, "can't read", err);
    }
    bind_key(journal->remove, tenant, database, policy, set);
    sqlite3_bind_int64(journal->remove, 5, range.start_ns);
    sqlite3_bind_int64(journal->remove, 6, range.end_ns);
    if (sqlite3_column_type(journal->merge, 0) != SQLITE_NULL) {
        int64_t start_ns = sqlite3_column_int64(journal->merge, 0),
                end_ns = sqlite3_column_int64(journal->merge, 1);
        int64_t merged_as_of_ns = sqlite3_column_int64(journal->merge, 2);

        range.start_ns = start_ns < range.start_ns ? start_ns : range.start_ns;
        range.end_ns = end_ns > range.end_ns ? end_ns : range.end_ns;
        as_of_ns = merged_as_of_ns > as_of_ns ? merged_as_of_ns : as_of_ns;
    }
    sqlite3_reset(journal->merge);
    bind_key(journal->insert, tenant, database, policy, set);
    sqlite3_bind_int64(journal->insert, 5, range.start_ns);
    sqlite3_bind_int64(journal->insert, 6, range.end_ns);
    sqlite3_bind_int64(journal->insert, 7, as_of_ns);
    if (journal_db_step_done(journal, journal->remove, err) < 0)
        return -1;
    return journal_db_step_done(journal, journal->insert, err);
}

int journal_cover(struct journal *journal, const struct journal_entry *entry, struct err *err)
{
    int64_t set = 0;

    if (journal_db_begin(journal, err) < 0 || entry_set_id(journal, entry, &set, err) < 0 ||
        cover(journal, entry->tenant, entry->database, entry->policy, set, entry->range,
              journal->cutoff_ns, err) < 0 ||
        journal_db_prepare_kept(
            journal, &journal->clear_failure,
            "DELETE FROM failure" WHERE_KEY " AND start_ns >= ?5 AND end_ns <= ?6", err) < 0)
        return -1;
    bind_key(journal->clear_failure, entry->tenant, entry->database, entry->policy, set);
    sqlite3_bind_int64(journal->clear_failure, 5, entry->range.start_ns);
    sqlite3_bind_int64(journal->clear_failure, 6, entry->range.end_ns);
    return journal_db_step_done(journal, journal->clear_failure, err);
}

int journal_fail(struct journal *journal, const struct journal_entry *entry, const char *words,
                 struct err *err)
{
    int64_t set = 0;

    if (journal_db_begin(journal, err) < 0 || entry_set_id(journal, entry, &set, err) < 0 ||
        journal_db_prepare_kept(
            journal, &journal->insert_failure,
            "INSERT OR REPLACE INTO failure VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", err) < 0)
        return -1;
    bind_key(journal->insert_failure, entry->tenant, entry->database, entry->policy, set);
    sqlite3_bind_int64(journal->insert_failure, 5, entry->range.start_ns);
    sqlite3_bind_int64(journal->insert_failure, 6, entry->range.end_ns);
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

int journal_trim(struct journal *journal, int64_t overlap_ns, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = -1;

    if (journal_db_begin(journal, err) < 0 ||
        !(statement = journal_db_prepare(
              journal, "UPDATE coverage SET end_ns = as_of_ns - ?1 WHERE end_ns > as_of_ns - ?1",
              err)))
        return -1;
    sqlite3_bind_int64(statement, 1, overlap_ns);
    if (journal_db_step_done(journal, statement, err) == 0 &&
        journal_db_execute(journal, "DELETE FROM coverage WHERE end_ns <= start_ns", err) == 0)
        rc = journal_db_commit(journal, err);
    sqlite3_finalize(statement);
    return rc;
}

int journal_forget_database(struct journal *journal, const char *database, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = -1;

    if (journal_db_begin(journal, err) < 0 ||
        !(statement = journal_db_prepare(journal, "DELETE FROM coverage WHERE database = ?1", err)))
        return -1;
    journal_db_bind_text(statement, 1, database);
    if (journal_db_step_done(journal, statement, err) == 0)
        rc = journal_db_commit(journal, err);
    sqlite3_finalize(statement);
    return rc;
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
    free(names);
    return rc;
}

/* Takes the named measurements out of one row. */
static int forget_row(struct journal *journal, const char *tenant, const struct coverage_row *row,
                      const struct coverage_set *set, const struct settings *settings,
                      struct err *err)
{
    int64_t rest = 0;

    if (rest_of_set(journal, set, settings, &rest, err) < 0 ||
        delete_row(journal, tenant, row, set, err) < 0)
        return -1;
    for (size_t i = 0; rest && i < row->ranges.count; i++)
        if (cover(journal, tenant, row->database, row->policy, rest, row->ranges.items[i],
                  row->ranges.items[i].end_ns, err) < 0)
            return -1;
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
