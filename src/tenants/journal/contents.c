#include "tenants/journal/contents.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "db.h"

struct journal_contents {
    struct journal *journal;
    struct coverage sets; /* the sets alone; no other member is filled */
    struct names set_ids; /* the number of an id is its index in sets */
};

struct journal_contents *journal_contents_open(struct journal *journal, struct err *err)
{
    struct journal_contents *contents = xcalloc(1, sizeof(*contents));

    contents->journal = journal;
    if (journal_db_execute(journal, "BEGIN", err) < 0) {
        free(contents);
        return NULL;
    }
    if (journal_set_load(journal, &contents->sets, &contents->set_ids, err) < 0) {
        journal_contents_close(contents);
        return NULL;
    }
    return contents;
}

void journal_contents_close(struct journal_contents *contents)
{
    sqlite3_exec(contents->journal->db, "COMMIT", NULL, NULL, NULL);
    coverage_release(&contents->sets);
    names_release(&contents->set_ids);
    free(contents);
}

int journal_source(struct journal_contents *contents, char **ret_url, char **ret_database,
                   struct err *err)
{
    struct journal_rows rows;
    bool any;

    journal_rows_begin(&rows, contents->journal, err, "SELECT url, database FROM source LIMIT 1",
                       "");
    any = journal_rows_next(&rows);
    *ret_url = xstrdup(any ? journal_rows_text(&rows, 0) : "");
    *ret_database = xstrdup(any ? journal_rows_text(&rows, 1) : "");
    return journal_rows_end(&rows);
}

void journal_each_set(struct journal_contents *contents,
                      void (*each)(void *context, const struct coverage_set *set), void *context)
{
    for (size_t i = 0; i < contents->sets.set_count; i++)
        each(context, &contents->sets.sets[i]);
}

/* Ranges */

/* A run that came to its end has done all that it planned, or found it gone from the source. */
#define PLANNED_OPEN                                                                               \
    "planned AS t LEFT JOIN run ON run.id = t.run_id"                                              \
    " WHERE run.id IS NULL OR run.ended_ns = 0 OR run.status NOT IN (0, 1)"

/* Only verifications that came to their end say what they found whole. */
#define COMPARED                                                                                   \
    "(SELECT tenant, database, policy, set_id, compared.start_ns AS start_ns,"                     \
    " compared.end_ns AS end_ns, token, deep FROM compared JOIN verification ON token ="           \
    " verification WHERE ended_ns != 0 AND status IN (0, 1) AND words = '')"

#define VERIFIED                                                                                   \
    "(SELECT tenant, database, policy, set_id, start_ns, end_ns FROM verified"                     \
    " UNION ALL SELECT tenant, database, policy, set_id, start_ns, end_ns FROM " COMPARED ")"

/* One kind of ranges: the table, as `t`, and the SQL of its words, their kind and its verification.
 */
struct origin {
    const char *from, *words, *kind, *verification;
    int64_t version; /* of the journal, at least */
};

static const struct origin origins[] = {
    [JOURNAL_COVERED] = {"coverage AS t", "''", "''", "0", 1},
    [JOURNAL_VERIFIED] = {VERIFIED " AS t", "''", "''", "0", 3},
    [JOURNAL_FAILED] = {"failure AS t", "t.words", "t.kind", "0", 4},
    [JOURNAL_PLANNED] = {PLANNED_OPEN, "''", "''", "0", 2},
    [JOURNAL_DIFFERING] = {"difference AS t", "t.words", "'difference'", "verification", 3},
    [JOURNAL_COUNTED] = {COMPARED " AS t", "''", "''", "token", 3},
    [JOURNAL_COMPARED] = {COMPARED " AS t WHERE deep", "''", "''", "token", 3},
};
/* The same kinds in a file of an older version. */
static const struct origin old_origins[] = {
    [JOURNAL_VERIFIED] = {"verified AS t", "''", "''", "0", 1},
    [JOURNAL_FAILED] = {"failure AS t", "t.words", "''", "0", 1},
};

static const struct origin *origin_of(const struct journal *journal, enum journal_ranges which)
{
    if (journal->version >= origins[which].version)
        return &origins[which];
    return which < ARRAY_SIZE(old_origins) && old_origins[which].from ? &old_origins[which] : NULL;
}

int journal_each_range(struct journal_contents *contents, enum journal_ranges which,
                       void (*each)(void *context, const struct journal_range *range),
                       void *context, struct err *err)
{
    const struct origin *origin = origin_of(contents->journal, which);
    struct strbuf sql = STRBUF_INIT;
    struct journal_rows rows;

    if (!origin)
        return 0;
    strbuf_addf(&sql,
                "SELECT tenant, database, policy, set_id, t.start_ns, t.end_ns, %s, %s, %s FROM %s"
                " ORDER BY tenant, database, policy, set_id, t.start_ns",
                origin->words, origin->kind, origin->verification, origin->from);
    journal_rows_begin(&rows, contents->journal, err, sql.buf, "");
    strbuf_release(&sql);
    while (journal_rows_next(&rows)) {
        struct journal_range range = {
            .tenant = journal_rows_text(&rows, 0),
            .database = journal_rows_text(&rows, 1),
            .policy = journal_rows_text(&rows, 2),
            .set = names_find(&contents->set_ids, journal_rows_text(&rows, 3)),
            .range = journal_rows_range(&rows, 4),
            .words = journal_rows_text(&rows, 6),
            .kind = journal_failure_kind(journal_rows_text(&rows, 7), journal_rows_text(&rows, 6)),
            .verification = journal_rows_int(&rows, 8),
        };

        /* Damage may leave a row without a set, or without time. */
        if (range.set != NAMES_NONE && !range_is_empty(range.range))
            each(context, &range);
    }
    return journal_rows_end(&rows);
}

/* Targets and the source */

int journal_each_target(struct journal_contents *contents,
                        void (*each)(void *context, const struct journal_target *target),
                        void *context, struct err *err)
{
    struct journal_rows rows;

    if (contents->journal->version < 2)
        return 0;
    journal_rows_begin(&rows, contents->journal, err,
                       "SELECT tenant, database, policy, problem, keeps_ns, oldest_ns, points,"
                       " points_clipped FROM tenant ORDER BY tenant, database",
                       "");
    while (journal_rows_next(&rows)) {
        struct journal_target target = {
            .tenant = journal_rows_text(&rows, 0),
            .database = journal_rows_text(&rows, 1),
            .policy = journal_rows_text(&rows, 2),
            .problem = journal_rows_text(&rows, 3),
            .keeps_ns = journal_rows_int(&rows, 4),
            .oldest_ns = journal_rows_int(&rows, 5),
            .points = journal_rows_int(&rows, 6),
            .points_clipped = journal_rows_int(&rows, 7),
        };

        each(context, &target);
    }
    return journal_rows_end(&rows);
}

int journal_each_landing(struct journal_contents *contents,
                         void (*each)(void *context, const struct journal_landing *landing),
                         void *context, struct err *err)
{
    struct journal_rows rows;

    if (contents->journal->version < 6)
        return 0;
    journal_rows_begin(&rows, contents->journal, err,
                       "SELECT tenant, database, policy, target_policy, source_keeps_ns, keeps_ns"
                       " FROM landing ORDER BY tenant, database, policy",
                       "");
    while (journal_rows_next(&rows)) {
        struct journal_landing landing = {journal_rows_text(&rows, 0), journal_rows_text(&rows, 1),
                                          journal_rows_text(&rows, 2), journal_rows_text(&rows, 3),
                                          journal_rows_int(&rows, 4),  journal_rows_int(&rows, 5)};

        each(context, &landing);
    }
    return journal_rows_end(&rows);
}

int journal_each_looked(struct journal_contents *contents,
                        void (*each)(void *context, const struct journal_looked *looked),
                        void *context, struct err *err)
{
    struct journal_rows rows;

    if (contents->journal->version < 6)
        return 0;
    journal_rows_begin(&rows, contents->journal, err,
                       "SELECT tenant, policy, looked, measurements, shard_groups FROM looked"
                       " ORDER BY tenant, policy",
                       "");
    while (journal_rows_next(&rows)) {
        struct journal_looked looked = {journal_rows_text(&rows, 0), journal_rows_text(&rows, 1),
                                        journal_rows_int(&rows, 2) != 0, journal_rows_int(&rows, 3),
                                        journal_rows_int(&rows, 4)};

        each(context, &looked);
    }
    return journal_rows_end(&rows);
}

int journal_source_ranges(struct journal_contents *contents, struct range_list *ranges,
                          struct err *err)
{
    struct journal_rows rows;

    if (contents->journal->version < 2)
        return 0;
    journal_rows_begin(&rows, contents->journal, err, "SELECT start_ns, end_ns FROM source_range",
                       "");
    while (journal_rows_next(&rows))
        range_list_add(ranges, journal_rows_range(&rows, 0));
    return journal_rows_end(&rows);
}

/* Runs */

#define DETAILS                                                                                    \
    ", kind, engine, command, words, verify, values_verified, points_unassigned, points_skipped,"  \
    " points_clipped, points_homeless"
/* A file of version 1 has no such columns, one of version 4 doesn't know what is ahead, and one of
 * version 5 no scope. */
#define NO_SCOPE    ", 'unknown', -1, -1, -1, -1, -1, -1"
#define NO_DETAILS  ", 'copy', '', '', '', -1, -1, -1, -1, -1, -1, -1" NO_SCOPE
#define OLD_DETAILS DETAILS ", -1" NO_SCOPE
#define V5_DETAILS  DETAILS ", points_ahead" NO_SCOPE
#define ALL_DETAILS                                                                                \
    DETAILS ", points_ahead, scope, points_other_policies, tenants_source, measurements,"          \
            " measurements_source, policies, policies_source"
#define NEWEST_FIRST " FROM run ORDER BY started_ns DESC, id DESC LIMIT ?1"

int journal_each_run(struct journal_contents *contents, size_t max,
                     void (*each)(void *context, const struct journal_run_details *run),
                     void *context, struct err *err)
{
    struct journal_rows rows;

    journal_rows_begin(
        &rows, contents->journal, err,
        contents->journal->version < 2   ? "SELECT " JOURNAL_RUN_COLUMNS NO_DETAILS NEWEST_FIRST
        : contents->journal->version < 5 ? "SELECT " JOURNAL_RUN_COLUMNS OLD_DETAILS NEWEST_FIRST
        : contents->journal->version < 6 ? "SELECT " JOURNAL_RUN_COLUMNS V5_DETAILS NEWEST_FIRST
                                         : "SELECT " JOURNAL_RUN_COLUMNS ALL_DETAILS NEWEST_FIRST,
        "i", (int64_t)max);
    while (journal_rows_next(&rows)) {
        struct journal_run_details run = {
            .run = journal_run_of_row(contents->journal, &rows),
            .kind = journal_rows_text(&rows, 18),
            .engine = journal_rows_text(&rows, 19),
            .command = journal_rows_text(&rows, 20),
            .words = journal_rows_text(&rows, 21),
            .verify = (int)journal_rows_int(&rows, 22),
            .values_verified = journal_rows_int(&rows, 23),
            .unassigned = journal_rows_int(&rows, 24),
            .skipped = journal_rows_int(&rows, 25),
            .clipped = journal_rows_int(&rows, 26),
            .homeless = journal_rows_int(&rows, 27),
            .ahead = journal_rows_int(&rows, 28),
            .scope = journal_rows_text(&rows, 29),
            .other_policies = journal_rows_int(&rows, 30),
            .tenants_source = journal_rows_int(&rows, 31),
            .measurements = journal_rows_int(&rows, 32),
            .measurements_source = journal_rows_int(&rows, 33),
            .policies = journal_rows_int(&rows, 34),
            .policies_source = journal_rows_int(&rows, 35),
        };

        each(context, &run);
    }
    return journal_rows_end(&rows);
}

int journal_count_runs(struct journal_contents *contents, int64_t *ret_count, struct err *err)
{
    *ret_count = 0;
    return journal_db_query_int(contents->journal, "SELECT count(*) FROM run", ret_count, err);
}

int journal_largest_run(struct journal_contents *contents, int64_t *ret_id, struct err *err)
{
    *ret_id = 0;
    if (contents->journal->version < 2)
        return 0;
    return journal_db_query_int(contents->journal,
                                "SELECT id FROM run WHERE id IN (SELECT run_id FROM sample)"
                                " ORDER BY points DESC, id LIMIT 1",
                                ret_id, err);
}

/* Reads the newest run of a part, if it has one, and calls `each`. */
static int tell_part(struct journal *journal, const char *name, size_t number,
                     void (*each)(void *context, const struct journal_part_details *part),
                     void *context, struct err *err)
{
    struct journal_part_details part = {.name = name, .command = "", .words = ""};
    struct journal_rows rows;
    const char *same_name;

    if (number < journal->parts.count &&
        journal_part_run(journal, number, &same_name, &part.run, err) < 0)
        return -1;
    journal_rows_begin(&rows, journal, err, "SELECT command, words FROM run WHERE id = ?1", "i",
                       part.run.id);
    if (journal_rows_next(&rows)) {
        part.command = journal_rows_text(&rows, 0);
        part.words = journal_rows_text(&rows, 1);
    }
    each(context, &part);
    return journal_rows_end(&rows);
}

int journal_each_part(struct journal_contents *contents,
                      void (*each)(void *context, const struct journal_part_details *part),
                      void *context, struct err *err)
{
    struct journal *journal = contents->journal;
    int64_t count;

    if (journal_newest_division(journal, &count, err) < 0)
        return -1;
    for (int64_t i = 1; i <= count; i++) {
        struct strbuf name = STRBUF_INIT;
        size_t number = 0;
        int rc;

        strbuf_addf(&name, "%" PRId64 "/%" PRId64, i, count);
        while (number < journal->parts.count &&
               strcmp(journal->parts.items[number].name, name.buf) != 0)
            number++;
        rc = tell_part(journal, name.buf, number, each, context, err);
        strbuf_release(&name);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* How a run went */

int journal_each_sample(struct journal_contents *contents, int64_t run_id,
                        void (*each)(void *context, const struct journal_sample *sample),
                        void *context, struct err *err)
{
    struct journal_rows rows;

    if (contents->journal->version < 2)
        return 0;
    journal_rows_begin(&rows, contents->journal, err,
                       "SELECT at_ns, points, windows, in_flight FROM sample WHERE run_id = ?1"
                       " ORDER BY at_ns",
                       "i", run_id);
    while (journal_rows_next(&rows)) {
        struct journal_sample sample = {journal_rows_int(&rows, 0), journal_rows_int(&rows, 1),
                                        journal_rows_int(&rows, 2), journal_rows_int(&rows, 3)};

        each(context, &sample);
    }
    return journal_rows_end(&rows);
}

int journal_each_slow(struct journal_contents *contents, int64_t run_id, int64_t other_run_id,
                      size_t max,
                      void (*each)(void *context, const struct journal_statement *statement),
                      void *context, struct err *err)
{
    struct journal_rows rows;

    if (contents->journal->version < 2)
        return 0;
    journal_rows_begin(&rows, contents->journal, err,
                       "SELECT tenant, database, action, measurement, words, measurements,"
                       " duration_ns, points, start_ns, end_ns FROM slow WHERE run_id IN (?1, ?2)"
                       " ORDER BY duration_ns DESC LIMIT ?3",
                       "iii", run_id, other_run_id, (int64_t)max);
    while (journal_rows_next(&rows)) {
        struct journal_statement statement = {
            .tenant = journal_rows_text(&rows, 0),
            .database = journal_rows_text(&rows, 1),
            .action = journal_rows_text(&rows, 2),
            .measurement = journal_rows_text(&rows, 3),
            .words = journal_rows_text(&rows, 4),
            .measurement_count = journal_rows_int(&rows, 5),
            .duration_ns = journal_rows_int(&rows, 6),
            .points = journal_rows_int(&rows, 7),
            .range = journal_rows_range(&rows, 8),
        };

        each(context, &statement);
    }
    return journal_rows_end(&rows);
}
