#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "db.h"

/* Copying from one file into another */

/* The rows that are taken over, for the SQL functions below. */
struct copying {
    const struct settings *settings; /* say whose rows are copied; NULL: all */
    bool runs;                       /* runs are copied, too, */
    int64_t offset;                  /* and their numbers grow by so much */
};

static void is_mine(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct copying *copying = sqlite3_user_data(context);
    const char *tenant = (const char *)sqlite3_value_text(values[0]);

    (void)count;
    sqlite3_result_int(context, !copying->settings || !tenant ||
                                    !settings_is_elsewhere(copying->settings, tenant));
}

static void run_of(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct copying *copying = sqlite3_user_data(context);
    int64_t id = sqlite3_value_int64(values[0]);

    (void)count;
    sqlite3_result_int64(context, copying->runs && id ? id + copying->offset : 0);
}

/* A set or a measurement has another id in each file. Digests and names are the same in all. */
static const char copy_sets[] =
    "INSERT OR IGNORE INTO main.measurement (name) SELECT name FROM other.measurement;"
    "INSERT OR IGNORE INTO main.measurement_set (digest, tags, members) SELECT digest, tags,"
    " (SELECT group_concat(ours.id) FROM json_each('[' || members || ']') AS member"
    " JOIN other.measurement AS theirs ON theirs.id = member.value"
    " JOIN main.measurement AS ours ON ours.name = theirs.name) FROM other.measurement_set;"
    "CREATE TEMP TABLE set_map AS SELECT theirs.id AS theirs, ours.id AS ours"
    " FROM other.measurement_set AS theirs JOIN main.measurement_set AS ours"
    " ON ours.digest = theirs.digest;";

/* A table, and which of its rows are copied. Where two ranges begin together, either will do: what
 * isn't covered is copied again. */
struct copied_table {
    const char *name, *insert, *where;
};

#define MINE " WHERE is_mine(tenant)"

/* A place begins with its target; a tab follows. */
#define HOLDING_IS_MINE                                                                            \
    " WHERE substr(place, 1, instr(place || char(9), char(9)) - 1)"                                \
    " IN (SELECT database FROM other.tenant WHERE is_mine(tenant))"

static const struct copied_table tenant_tables[] = {
    {"coverage", "INSERT OR REPLACE", MINE},   {"verified", "INSERT OR REPLACE", MINE},
    {"compared", "INSERT OR REPLACE", MINE},   {"difference", "INSERT OR REPLACE", MINE},
    {"verification", "INSERT OR REPLACE", ""}, {"failure", "INSERT OR REPLACE", MINE},
    {"planned", "INSERT OR REPLACE", MINE},    {"holding", "INSERT OR REPLACE", HOLDING_IS_MINE},
    {"landing", "INSERT OR REPLACE", MINE},    {"tenant", "INSERT OR REPLACE", MINE},
    {"refused", "INSERT OR REPLACE", MINE},    {"looked", "INSERT OR REPLACE", MINE},
    {"source_range", "INSERT OR IGNORE", ""},
};

static const struct copied_table run_tables[] = {
    {"run", "INSERT", ""},
    {"sample", "INSERT", ""},
    {"slow", "INSERT", ""},
};

static const char remove_tenants[] = "DELETE FROM other.coverage WHERE is_mine(tenant);"
                                     "DELETE FROM other.verified WHERE is_mine(tenant);"
                                     "DELETE FROM other.compared WHERE is_mine(tenant);"
                                     "DELETE FROM other.difference WHERE is_mine(tenant);"
                                     "DELETE FROM other.refused WHERE is_mine(tenant);"
                                     "DELETE FROM other.failure WHERE is_mine(tenant);"
                                     "DELETE FROM other.planned WHERE is_mine(tenant);"
                                     "DELETE FROM other.holding" HOLDING_IS_MINE ";"
                                     "DELETE FROM other.landing WHERE is_mine(tenant);"
                                     "DELETE FROM other.looked WHERE is_mine(tenant);"
                                     "DELETE FROM other.tenant WHERE is_mine(tenant);";

static int attach(struct journal *journal, const char *path, const char *mode, struct err *err)
{
    struct strbuf uri = STRBUF_INIT;
    int rc;

    journal_db_add_uri(&uri, path, mode);
    rc = journal_db_run(journal, err, "ATTACH ?1 AS other", "t", uri.buf);
    strbuf_release(&uri);
    return rc;
}

static void detach(struct journal *journal)
{
    sqlite3_exec(journal->db, "DETACH other", NULL, NULL, NULL);
}

static int add_functions(struct journal *journal, struct copying *copying, struct err *err)
{
    if (sqlite3_create_function(journal->db, "is_mine", 1, SQLITE_UTF8, copying, is_mine, NULL,
                                NULL) != SQLITE_OK ||
        sqlite3_create_function(journal->db, "run_of", 1, SQLITE_UTF8, copying, run_of, NULL,
                                NULL) != SQLITE_OK)
        return journal_db_error(journal, "can't prepare", err);
    return 0;
}

/* Gives the columns of a table of the other file, so that no column is forgotten that is added some
 * day: their names, or the SQL that reads them with the ids of this file. "" where an older version
 * wrote the file and had no such table. */
static char *columns_of(struct journal *journal, const char *table, bool as_read, struct err *err)
{
    struct journal_rows rows;
    char *columns = NULL;

    journal_rows_begin(
        &rows, journal, err,
        "SELECT group_concat(CASE WHEN ?2 THEN CASE name WHEN 'set_id' THEN 'ours' WHEN 'run_id'"
        " THEN 'run_of(run_id)' WHEN 'id' THEN CASE ?1 WHEN 'refused' THEN 'NULL'"
        " ELSE 'run_of(id)' END ELSE name END ELSE name END, ', ')"
        " FROM pragma_table_info(?1, 'other')",
        "tn", table, as_read);
    if (journal_rows_next(&rows))
        columns = xstrdup(journal_rows_text(&rows, 0));
    journal_rows_end(&rows);
    return columns;
}

static int copy_table(struct journal *journal, const struct copied_table *table, struct err *err)
{
    char *names = columns_of(journal, table->name, false, err);
    char *values = names ? columns_of(journal, table->name, true, err) : NULL;
    struct strbuf sql = STRBUF_INIT;
    int rc = -1;

    if (values && !*values) {
        rc = 0;
    } else if (values) {
        strbuf_addf(&sql, "%s INTO main.%s (%s) SELECT %s FROM other.%s%s%s", table->insert,
                    table->name, names, values, table->name,
                    strstr(names, "set_id") ? " JOIN temp.set_map ON theirs = set_id" : "",
                    table->where);
        rc = journal_db_execute(journal, sql.buf, err);
    }
    strbuf_release(&sql);
    free(names);
    free(values);
    return rc;
}

static int copy_tables(struct journal *journal, const struct copied_table *tables, size_t count,
                       struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (copy_table(journal, &tables[i], err) < 0)
            return -1;
    return 0;
}

/* Copies all tables from `other`, which is attached. */
static int copy_all(struct journal *journal, const struct copying *copying, struct err *err)
{
    if (journal_db_execute(journal, "BEGIN", err) < 0)
        return -1;
    if (journal_db_execute(journal, copy_sets, err) < 0 ||
        (copying->runs && copy_tables(journal, run_tables, ARRAY_SIZE(run_tables), err) < 0) ||
        copy_tables(journal, tenant_tables, ARRAY_SIZE(tenant_tables), err) < 0 ||
        journal_db_execute(journal, "DROP TABLE temp.set_map", err) < 0 ||
        journal_db_execute(journal, "COMMIT", err) < 0) {
        sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
        return -1;
    }
    return 0;
}

/* Taking over */

/* Carries over a file of an older version, so that it has all tables. */
static int carry_over_file(const char *path, const struct settings *settings, struct err *err)
{
    struct journal other = {.path = (char *)path, .lock_fd = -1, .base_lock_fd = -1};
    int rc = -1;

    if (journal_db_open(&other, path, SQLITE_OPEN_READWRITE, JOURNAL_BUSY_MS, err) == 0)
        rc = journal_carry_over(&other, settings, err);
    journal_db_close(&other);
    return rc;
}

static int has_mine(struct journal *journal, bool *ret, struct err *err)
{
    int64_t any = 0;
    int rc = journal_db_query_int(
        journal,
        "SELECT EXISTS (SELECT 1 FROM other.coverage WHERE is_mine(tenant)) OR EXISTS"
        " (SELECT 1 FROM other.failure WHERE is_mine(tenant)) OR EXISTS"
        " (SELECT 1 FROM other.tenant WHERE is_mine(tenant))",
        &any, err);

    *ret = any != 0;
    return rc;
}

static void delete_file(const struct journal_part *part)
{
    static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
    struct strbuf path = STRBUF_INIT;

    for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
        strbuf_reset(&path);
        strbuf_addf(&path, "%s%s", part->path, endings[i]);
        unlink(path.buf);
    }
    strbuf_release(&path);
}

/* Copies the rows, makes them durable, and only then deletes them in the other file. A kill in
 * between leaves a tenant in both files, which is no harm. */
static int take_over_file(struct journal *journal, const struct journal_part *part,
                          struct copying *copying, struct err *err)
{
    bool any = false;
    int rc = -1;

    if (carry_over_file(part->path, copying->settings, err) < 0 ||
        attach(journal, part->path, "rw", err) < 0)
        return -1;
    if (copying->runs)
        any = true;
    else if (has_mine(journal, &any, err) < 0)
        goto out;
    if (any && (copy_all(journal, copying, err) < 0 ||
                (!copying->runs && journal_db_execute(journal, remove_tenants, err) < 0)))
        goto out;
    rc = 0;
out:
    detach(journal);
    if (rc == 0 && copying->runs)
        delete_file(part);
    return rc;
}

static int next_offset(struct journal *journal, int64_t *ret_offset, struct err *err)
{
    return journal_db_query_int(journal, "SELECT ifnull(max(id), 0) FROM main.run", ret_offset,
                                err);
}

int journal_take_over(struct journal *journal, const struct settings *settings, struct err *err)
{
    struct copying copying = {.settings = settings, .runs = !settings->part_count};
    struct journal_parts parts = {0};
    int rc = add_functions(journal, &copying, err);

    journal_parts_find(&parts, settings);
    for (size_t i = 0; i < parts.count && rc == 0; i++) {
        const struct journal_part *part = &parts.items[i];

        /* Parts of one division have no tenant in common. */
        if (strcmp(part->path, journal->path) == 0 ||
            (part->count && part->count == settings->part_count))
            continue;
        if (next_offset(journal, &copying.offset, err) < 0 ||
            take_over_file(journal, part, &copying, err) < 0)
            rc = err_wrap(err, "taking over %s", part->path);
    }
    journal_parts_release(&parts);
    return rc;
}

/* Reading all */

static int read_part(struct journal *journal, struct journal_part *part, struct copying *copying,
                     struct err *err)
{
    int64_t version = 0, newest = 0;
    int rc = -1;

    /* A run may just have taken the file over. */
    if (access(part->path, F_OK) < 0)
        return 0;
    if (next_offset(journal, &copying->offset, err) < 0 ||
        attach(journal, part->path, "ro", err) < 0)
        return -1;
    if (journal_db_query_int(journal, "PRAGMA other.user_version", &version, err) < 0)
        goto out;
    /* 0: a run ended before it had made the tables. */
    if (version && version <= journal->version &&
        (copy_all(journal, copying, err) < 0 || next_offset(journal, &newest, err) < 0))
        goto out;
    part->run_id = newest > copying->offset ? newest : 0;
    rc = 0;
    if (version > journal->version)
        rc = err_set(err, ERR_CONFIG, "the journal %s was written by a newer version", part->path);
out:
    detach(journal);
    return rc;
}

int journal_read_parts(struct journal *journal, struct err *err)
{
    struct copying copying = {.runs = true};
    int rc = add_functions(journal, &copying, err);

    for (size_t i = 0; i < journal->parts.count && rc == 0; i++)
        if (read_part(journal, &journal->parts.items[i], &copying, err) < 0)
            rc = err_wrap(err, "reading %s", journal->parts.items[i].path);
    return rc;
}
