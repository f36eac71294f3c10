#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "db.h"

#define FOREVER "9223372036854775807"
/* The table of refused points has an id, too. */
#define COLUMNS " (tenant, database, policy, set_id, start_ns, end_ns, $rest)"

const struct range_table journal_coverage_table = {"coverage", "as_of_ns", "as_of_ns",
                                                   RANGE_ROWS_MERGED, NULL};
const struct range_table journal_verified_table = {"verified", "as_of_ns", "as_of_ns",
                                                   RANGE_ROWS_MERGED, NULL};
const struct range_table journal_compared_table = {"compared", "as_of_ns, verification", "as_of_ns",
                                                   RANGE_ROWS_SEVERAL, NULL};
const struct range_table journal_failure_table = {"failure", "words, run_id, kind", FOREVER,
                                                  RANGE_ROWS_IN_TURN, NULL};
const struct range_table journal_difference_table = {"difference", "words, verification, deep",
                                                     FOREVER, RANGE_ROWS_IN_TURN, NULL};
/* How many points are left of a row that is cut isn't known: some are. */
const struct range_table journal_refused_table = {"refused", "points, gone", FOREVER,
                                                  RANGE_ROWS_IN_TURN, "points = 1"};

char *journal_range_sql(const struct range_table *table, const char *sql)
{
    const struct {
        const char *name, *text;
    } values[] = {{"$table", table->name},
                  {"$rest", table->rest},
                  {"$as_of", table->as_of},
                  {"$cut", table->cut}};
    struct strbuf text = STRBUF_INIT;

    while (*sql) {
        size_t plain = strcspn(sql, "$"), i = 0;

        strbuf_add(&text, sql, plain);
        sql += plain;
        while (i < ARRAY_SIZE(values) && strncmp(sql, values[i].name, strlen(values[i].name)) != 0)
            i++;
        if (i < ARRAY_SIZE(values)) {
            strbuf_addstr(&text, values[i].text);
            sql += strlen(values[i].name);
        } else if (*sql) {
            strbuf_addch(&text, *sql++);
        }
    }
    return strbuf_detach(&text);
}

int journal_range_run(struct journal *journal, struct err *err, const struct range_table *table,
                      const char *sql, const char *types, ...)
{
    char *text = journal_range_sql(table, sql);
    va_list arguments;
    int rc;

    va_start(arguments, types);
    rc = journal_db_run_list(journal, err, text, types, arguments);
    va_end(arguments);
    free(text);
    return rc;
}

/* Merging */

#define WHERE_TOUCHES JOURNAL_WHERE_KEY " AND start_ns <= ?6 AND end_ns >= ?5"

/* Joins the rows that touch `range` to it. `as_of_ns` becomes the latest of all. */
static int grow_by_touching(struct journal *journal, const struct range_table *table,
                            const struct journal_key *key, struct range *range, int64_t *as_of_ns,
                            struct err *err)
{
    char *sql = journal_range_sql(
        table, "SELECT min(start_ns), max(end_ns), max(as_of_ns) FROM $table" WHERE_TOUCHES);
    struct journal_rows rows;

    journal_rows_begin(&rows, journal, err, sql, "kr", key, *range);
    free(sql);
    if (journal_rows_next(&rows) && !journal_rows_is_null(&rows, 0)) {
        struct range touching = journal_rows_range(&rows, 0);
        int64_t touching_as_of_ns = journal_rows_int(&rows, 2);

        range->start_ns = touching.start_ns < range->start_ns ? touching.start_ns : range->start_ns;
        range->end_ns = touching.end_ns > range->end_ns ? touching.end_ns : range->end_ns;
        *as_of_ns = touching_as_of_ns > *as_of_ns ? touching_as_of_ns : *as_of_ns;
    }
    return journal_rows_end(&rows);
}

int journal_range_merge(struct journal *journal, const struct range_table *table,
                        const struct journal_key *key, struct range range, int64_t as_of_ns,
                        struct err *err)
{
    struct range merged = range;

    if (grow_by_touching(journal, table, key, &merged, &as_of_ns, err) < 0 ||
        journal_range_run(journal, err, table, "DELETE FROM $table" WHERE_TOUCHES, "kr", key,
                          range) < 0)
        return -1;
    return journal_range_run(journal, err, table,
                             "INSERT INTO $table VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", "kri", key,
                             merged, as_of_ns);
}

/* Taking out */

/* Takes a range out of a key's rows. What is before and behind it stays. */
static int take_key(struct journal *journal, const struct range_table *table,
                    const struct journal_key *key, struct range range, struct err *err)
{
    if (range_is_empty(range))
        return 0;
    if (journal_range_run(
            journal, err, table,
            "INSERT OR REPLACE INTO $table" COLUMNS " SELECT tenant, database, policy, set_id,"
            " ?5, end_ns, $rest FROM $table" JOURNAL_WHERE_KEY " AND start_ns < ?5 AND end_ns > ?5",
            "ki", key, range.end_ns) < 0 ||
        journal_range_run(journal, err, table,
                          "UPDATE $table SET end_ns = ?5" JOURNAL_WHERE_KEY
                          " AND start_ns < ?5 AND end_ns > ?5",
                          "ki", key, range.start_ns) < 0)
        return -1;
    return journal_range_run(journal, err, table,
                             "DELETE FROM $table" JOURNAL_WHERE_KEY
                             " AND start_ns >= ?5 AND start_ns < ?6",
                             "kr", key, range);
}

int journal_range_forget(struct journal *journal, const struct range_table *table,
                         const char *database, const char *policy, struct range range,
                         struct err *err)
{
    if (range_is_empty(range))
        return 0;
    if (journal_range_run(journal, err, table,
                          "INSERT OR REPLACE INTO $table" COLUMNS
                          " SELECT tenant, database, policy, set_id,"
                          " ?3, end_ns, $rest FROM $table"
                          " WHERE database = ?1 AND policy = ?2 AND start_ns < ?3 AND end_ns > ?3",
                          "tti", database, policy, range.end_ns) < 0 ||
        journal_range_run(journal, err, table,
                          "UPDATE $table SET end_ns = ?3"
                          " WHERE database = ?1 AND policy = ?2 AND start_ns < ?3 AND end_ns > ?3",
                          "tti", database, policy, range.start_ns) < 0)
        return -1;
    return journal_range_run(journal, err, table,
                             "DELETE FROM $table WHERE database = ?1 AND policy = ?2"
                             " AND start_ns >= ?3 AND start_ns < ?4",
                             "ttr", database, policy, range);
}

/* A row that shares time with the entry that is taken out. */
struct overlap {
    int64_t set;
    struct range range; /* the time that both share */
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

static int find_overlaps(struct journal *journal, const struct range_table *table,
                         const struct journal_entry *entry, struct overlaps *overlaps,
                         struct err *err)
{
    char *sql = journal_range_sql(
        table, "SELECT set_id, start_ns, end_ns, $as_of, tags, members FROM $table"
               " JOIN measurement_set ON measurement_set.id = set_id"
               " WHERE tenant = ?1 AND database = ?2 AND policy = ?3 AND start_ns < ?5"
               " AND end_ns > ?4");
    struct journal_rows rows;

    journal_rows_begin(&rows, journal, err, sql, "tttr", entry->tenant, entry->database,
                       entry->policy, entry->range);
    free(sql);
    while (journal_rows_next(&rows)) {
        GROW(overlaps->items, overlaps->count, overlaps->alloc);
        overlaps->items[overlaps->count++] = (struct overlap){
            .set = journal_rows_int(&rows, 0),
            .range = range_intersect(entry->range, journal_rows_range(&rows, 1)),
            .as_of_ns = journal_rows_int(&rows, 3),
            .tags = xstrdup(journal_rows_text(&rows, 4)),
            .members = xstrdup(journal_rows_text(&rows, 5)),
        };
    }
    return journal_rows_end(&rows);
}

/* Finds the members of a row's set that the entry doesn't name. */
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

/* Copies the rows of a key for another set, as far as they are in the range. */
static int copy_rows(struct journal *journal, const struct range_table *table,
                     const struct journal_key *key, int64_t set, struct range range,
                     struct err *err)
{
    return journal_range_run(
        journal, err, table,
        "INSERT OR REPLACE INTO $table" COLUMNS " SELECT tenant, database, policy, ?7,"
        " max(start_ns, ?5), min(end_ns, ?6), $rest FROM $table" JOURNAL_WHERE_KEY
        " AND start_ns < ?6 AND end_ns > ?5",
        "kri", key, range, set);
}

/* Keeps what a row says of the rest of its measurements, under the set of these. */
static int keep_rest(struct journal *journal, const struct range_table *table,
                     const struct journal_key *key, const struct overlap *overlap,
                     const struct strvec *rest, struct err *err)
{
    struct journal_key rest_key = *key;

    if (journal_set_id(journal, overlap->tags, (const char *const *)rest->v, rest->nr,
                       &rest_key.set, err) < 0)
        return -1;
    if (table->rows == RANGE_ROWS_MERGED)
        return journal_range_merge(journal, table, &rest_key, overlap->range, overlap->as_of_ns,
                                   err);
    if (table->rows == RANGE_ROWS_IN_TURN &&
        take_key(journal, table, &rest_key, overlap->range, err) < 0)
        return -1;
    return copy_rows(journal, table, key, rest_key.set, overlap->range, err);
}

/* Takes the time and the measurements that the entry names out of one row. */
static int take_overlap(struct journal *journal, const struct range_table *table,
                        const struct overlap *overlap, const struct journal_entry *entry,
                        struct err *err)
{
    struct journal_key key = {entry->tenant, entry->database, entry->policy, overlap->set};
    struct strvec rest = STRVEC_INIT;
    bool shares = false;
    int rc = rest_of_overlap(journal, overlap, entry, &rest, &shares, err);

    if (rc == 0 && shares && table->cut)
        rc = journal_range_run(journal, err, table,
                               "UPDATE $table SET $cut" JOURNAL_WHERE_KEY
                               " AND start_ns < ?6 AND end_ns > ?5",
                               "kr", &key, overlap->range);
    if (rc == 0 && shares && rest.nr)
        rc = keep_rest(journal, table, &key, overlap, &rest, err);
    if (rc == 0 && shares)
        rc = take_key(journal, table, &key, overlap->range, err);
    strvec_release(&rest);
    return rc;
}

int journal_range_take(struct journal *journal, const struct range_table *table,
                       const struct journal_entry *entry, struct err *err)
{
    struct overlaps overlaps = {0};
    char *tags = coverage_tags_text(entry->tags);
    int rc = find_overlaps(journal, table, entry, &overlaps, err);

    for (size_t i = 0; i < overlaps.count && rc == 0; i++)
        if (strcmp(overlaps.items[i].tags, tags) == 0)
            rc = take_overlap(journal, table, &overlaps.items[i], entry, err);
    overlaps_release(&overlaps);
    free(tags);
    return rc;
}
