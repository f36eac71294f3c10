#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "db.h"

void journal_bind_key(sqlite3_stmt *statement, const char *tenant, const char *database,
                      const char *policy, int64_t set)
{
    journal_db_bind_text(statement, 1, tenant);
    journal_db_bind_text(statement, 2, database);
    journal_db_bind_text(statement, 3, policy);
    sqlite3_bind_int64(statement, 4, set);
}

/* "VERB TABLE WHERE ..." of a key's rows that touch the range ?5 to ?6, or "VERB TABLE TAIL". */
int journal_range_prepare(struct journal *journal, sqlite3_stmt **statement, const char *verb,
                          const char *table, const char *tail, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int rc;

    strbuf_addf(&sql, "%s %s%s", verb, table, tail);
    rc = journal_db_prepare_kept(journal, statement, sql.buf, err);
    strbuf_release(&sql);
    return rc;
}

#define WHERE_TOUCHES JOURNAL_WHERE_KEY " AND start_ns <= ?6 AND end_ns >= ?5"

static int prepare_merge(struct journal *journal, struct journal_merge *merge, struct err *err)
{
    if (journal_range_prepare(journal, &merge->find,
                              "SELECT min(start_ns), max(end_ns), max(as_of_ns) FROM", merge->table,
                              WHERE_TOUCHES, err) < 0 ||
        journal_range_prepare(journal, &merge->remove, "DELETE FROM", merge->table, WHERE_TOUCHES,
                              err) < 0)
        return -1;
    return journal_range_prepare(journal, &merge->insert, "INSERT INTO", merge->table,
                                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", err);
}

void journal_bind_range(sqlite3_stmt *statement, const struct journal_key *key, struct range range)
{
    journal_bind_key(statement, key->tenant, key->database, key->policy, key->set);
    sqlite3_bind_int64(statement, 5, range.start_ns);
    sqlite3_bind_int64(statement, 6, range.end_ns);
}

/* Adds a range to a key's; what touches it becomes one with it, in `range` too. */
int journal_range_merge(struct journal *journal, struct journal_merge *merge,
                        const struct journal_key *key, struct range *range, int64_t as_of_ns,
                        struct err *err)
{
    int row;

    if (prepare_merge(journal, merge, err) < 0)
        return -1;
    journal_bind_range(merge->find, key, *range);
    row = journal_db_step_row(journal, merge->find, err);
    if (row <= 0) {
        sqlite3_reset(merge->find);
        return row < 0 ? -1 : err_set(err, ERR_BUG, "the journal has no aggregate");
    }
    journal_bind_range(merge->remove, key, *range);
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
    journal_bind_range(merge->insert, key, *range);
    sqlite3_bind_int64(merge->insert, 7, as_of_ns);
    return journal_db_step_done(journal, merge->insert, err);
}

/* Runs "VERB TABLE TAIL" once, for a key and a range. */
static int run_for(struct journal *journal, const char *verb, const char *table, const char *tail,
                   const struct journal_key *key, struct range range, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = journal_range_prepare(journal, &statement, verb, table, tail, err);

    if (rc == 0) {
        journal_bind_range(statement, key, range);
        rc = journal_db_step_done(journal, statement, err);
    }
    sqlite3_finalize(statement);
    return rc;
}

static bool has_words(const char *table)
{
    return strcmp(table, "failure") == 0 || strcmp(table, "difference") == 0;
}

const char *journal_range_other_columns(const char *table)
{
    static const struct {
        const char *table, *columns;
    } others[] = {{"failure", "words, run_id"},
                  {"difference", "words, verification, deep"},
                  {"compared", "as_of_ns, verification"}};

    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        if (strcmp(table, others[i].table) == 0)
            return others[i].columns;
    return "as_of_ns";
}

/* "INSERT OR REPLACE INTO table SELECT" of rows with another set or range. */
static void add_copy(struct strbuf *sql, const char *table, const char *set, const char *range)
{
    strbuf_addf(sql, "INSERT OR REPLACE INTO %s SELECT tenant, database, policy, %s, %s, %s FROM",
                table, set, range, journal_range_other_columns(table));
}

/* Takes a range out of a key's; what is before and behind it stays. */
static int take_key(struct journal *journal, const char *table, const struct journal_key *key,
                    struct range range, struct err *err)
{
    struct strbuf behind = STRBUF_INIT;
    int rc;

    add_copy(&behind, table, "set_id", "?6, end_ns");
    rc = run_for(journal, behind.buf, table, JOURNAL_WHERE_KEY " AND start_ns < ?6 AND end_ns > ?6",
                 key, range, err);
    strbuf_release(&behind);
    if (rc < 0 || run_for(journal, "UPDATE", table,
                          " SET end_ns = ?5" JOURNAL_WHERE_KEY
                          " AND start_ns < ?5 AND end_ns > ?5 AND ?5 < ?6",
                          key, range, err) < 0)
        return -1;
    return run_for(journal, "DELETE FROM", table,
                   JOURNAL_WHERE_KEY " AND start_ns >= ?5 AND start_ns < ?6", key, range, err);
}

/* A row that shares time with what is taken out. */
struct overlap {
    int64_t set;
    struct range range;
    int64_t as_of_ns;
    char *tags, *members;
};

struct overlaps {
    struct overlap *items;
    size_t count, alloc;
};

static void overlaps_release(struct overlaps *overlaps)
{
    for (size_t i = 0; i < overlaps->count; i++) {
        free(overlaps->items[i].tags);
        free(overlaps->items[i].members);
    }
    free(overlaps->items);
}

static int find_overlaps(struct journal *journal, const char *table, const struct journal_key *key,
                         struct range range, struct overlaps *overlaps, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    sqlite3_stmt *statement;
    int row = -1;

    strbuf_addf(&sql,
                "SELECT set_id, start_ns, end_ns, %s, tags, members FROM %s"
                " JOIN measurement_set ON measurement_set.id = set_id"
                " WHERE tenant = ?1 AND database = ?2 AND policy = ?3 AND ?4 = ?4"
                " AND start_ns < ?6 AND end_ns > ?5",
                has_words(table) ? "0" : "as_of_ns", table);
    statement = journal_db_prepare(journal, sql.buf, err);
    if (statement)
        journal_bind_range(statement, key, range);
    while (statement && (row = journal_db_step_row(journal, statement, err)) > 0) {
        GROW(overlaps->items, overlaps->count, overlaps->alloc);
        overlaps->items[overlaps->count++] = (struct overlap){
            .set = sqlite3_column_int64(statement, 0),
            .range = range_intersect(range, (struct range){sqlite3_column_int64(statement, 1),
                                                           sqlite3_column_int64(statement, 2)}),
            .as_of_ns = sqlite3_column_int64(statement, 3),
            .tags = xstrdup(journal_db_column_text(statement, 4)),
            .members = xstrdup(journal_db_column_text(statement, 5)),
        };
    }
    sqlite3_finalize(statement);
    strbuf_release(&sql);
    return row;
}

/* The members of a row's set that the entry doesn't name. */
static int rest_of_overlap(struct journal *journal, const struct overlap *overlap,
                           const struct journal_entry *entry, struct strvec *rest, bool *ret_shares,
                           struct err *err)
{
    struct strvec names = STRVEC_INIT;
    struct names taken = NAMES_INIT;
    int rc = journal_set_names(journal, overlap->members, &names, err);

    *ret_shares = false;
    for (size_t i = 0; i < entry->measurement_count; i++)
        names_add(&taken, entry->measurements[i]);
    for (size_t i = 0; i < names.nr && rc == 0; i++) {
        if (names_find(&taken, names.v[i]) == NAMES_NONE)
            strvec_push(rest, names.v[i]);
        else
            *ret_shares = true;
    }
    names_release(&taken);
    strvec_release(&names);
    return rc;
}

/* What a row says of the rest of its measurements goes on being said. Words are said once; what
 * several verifications compared stays theirs. */
static int keep_copies(struct journal *journal, const char *table, const struct journal_key *key,
                       int64_t rest, struct range range, struct err *err)
{
    struct journal_key rest_key = {key->tenant, key->database, key->policy, rest};
    struct strbuf set = STRBUF_INIT, sql = STRBUF_INIT;
    int rc = has_words(table) ? take_key(journal, table, &rest_key, range, err) : 0;

    strbuf_addf(&set, "%lld", (long long)rest);
    add_copy(&sql, table, set.buf, "max(start_ns, ?5), min(end_ns, ?6)");
    if (rc == 0)
        rc = run_for(journal, sql.buf, table,
                     JOURNAL_WHERE_KEY " AND start_ns < ?6 AND end_ns > ?5", key, range, err);
    strbuf_release(&set);
    strbuf_release(&sql);
    return rc;
}

static int keep_rest(struct journal *journal, const char *table, const struct journal_key *key,
                     const struct overlap *overlap, const struct strvec *rest, struct err *err)
{
    struct journal_key rest_key = *key;
    struct range range = overlap->range;

    if (journal_set_id(journal, overlap->tags, (const char *const *)rest->v, rest->nr,
                       &rest_key.set, err) < 0)
        return -1;
    if (has_words(table) || strcmp(table, "compared") == 0)
        return keep_copies(journal, table, key, rest_key.set, range, err);
    return journal_range_merge(
        journal, strcmp(table, "coverage") == 0 ? &journal->coverage : &journal->verified,
        &rest_key, &range, overlap->as_of_ns, err);
}

/* Takes out what the entry and one row have in common, in time and measurements. */
static int take_overlap(struct journal *journal, const char *table, const struct overlap *overlap,
                        const struct journal_entry *entry, struct err *err)
{
    struct journal_key key = {entry->tenant, entry->database, entry->policy, overlap->set};
    struct strvec rest = STRVEC_INIT;
    bool shares = false;
    int rc = rest_of_overlap(journal, overlap, entry, &rest, &shares, err);

    if (rc == 0 && shares && rest.nr)
        rc = keep_rest(journal, table, &key, overlap, &rest, err);
    if (rc == 0 && shares)
        rc = take_key(journal, table, &key, overlap->range, err);
    strvec_release(&rest);
    return rc;
}

int journal_range_take(struct journal *journal, const char *table,
                       const struct journal_entry *entry, struct err *err)
{
    struct journal_key key = {entry->tenant, entry->database, entry->policy, 0};
    struct overlaps overlaps = {0};
    char *tags = coverage_tags_text(entry->tags);
    int rc = find_overlaps(journal, table, &key, entry->range, &overlaps, err);

    for (size_t i = 0; i < overlaps.count && rc == 0; i++)
        if (strcmp(overlaps.items[i].tags, tags) == 0)
            rc = take_overlap(journal, table, &overlaps.items[i], entry, err);
    overlaps_release(&overlaps);
    free(tags);
    return rc;
}
