#include <string.h>

#include "base/mem.h"
#include "db.h"

/* A file of version 1 knows no such table, and nothing of what targets held. */
static bool knows_holdings(const struct journal *journal)
{
    return !journal->version || journal->version >= 2;
}

int journal_recall(struct journal *journal, const char *place, struct holding *holding,
                   struct err *err)
{
    int row;

    if (!knows_holdings(journal))
        return 0;
    if (journal_db_prepare_kept(journal, &journal->find_holding,
                                "SELECT groups FROM holding WHERE place = ?1", err) < 0)
        return -1;
    journal_db_bind_text(journal->find_holding, 1, place);
    row = journal_db_step_row(journal, journal->find_holding, err);
    if (row > 0)
        holding_parse(holding, journal_db_column_text(journal->find_holding, 0));
    sqlite3_reset(journal->find_holding);
    return row < 0 ? -1 : 0;
}

int journal_remember(struct journal *journal, const char *place, const struct holding *holding,
                     struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    int rc = -1;

    holding_add_text(&text, holding);
    if (journal_db_begin(journal, err) == 0 &&
        journal_db_prepare_kept(journal, &journal->replace_holding,
                                "INSERT OR REPLACE INTO holding VALUES (?1, ?2)", err) == 0) {
        journal_db_bind_text(journal->replace_holding, 1, place);
        journal_db_bind_text(journal->replace_holding, 2, text.buf);
        rc = journal_db_step_done(journal, journal->replace_holding, err);
    }
    strbuf_release(&text);
    return rc;
}

/* "BEFORE table WHERE ...": ?1 is the place, ?2 and ?3 the range. */
static int run_for_place(struct journal *journal, const char *before, const char *table,
                         const char *where, const char *place, struct range range, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = journal_range_prepare(journal, &statement, before, table, where, err);

    if (rc == 0) {
        journal_db_bind_text(statement, 1, place);
        sqlite3_bind_int64(statement, 2, range.start_ns);
        sqlite3_bind_int64(statement, 3, range.end_ns);
        rc = journal_db_step_done(journal, statement, err);
    }
    sqlite3_finalize(statement);
    return rc;
}

/* What is before and behind the range stays. */
static int forget_in_table(struct journal *journal, const char *table, const char *place,
                           struct range range, struct err *err)
{
    struct strbuf behind = STRBUF_INIT;
    int rc;

    strbuf_addf(&behind,
                "INSERT OR REPLACE INTO %s SELECT tenant, database, policy, set_id, ?3, end_ns,"
                " %s FROM",
                table, journal_range_other_columns(table));
    rc = run_for_place(journal, behind.buf, table,
                       " WHERE database = ?1 AND start_ns < ?3 AND end_ns > ?3 AND ?2 < ?3", place,
                       range, err);
    strbuf_release(&behind);
    if (rc < 0 || run_for_place(journal, "UPDATE", table,
                                " SET end_ns = ?2 WHERE database = ?1 AND start_ns < ?2"
                                " AND end_ns > ?2 AND ?2 < ?3",
                                place, range, err) < 0)
        return -1;
    return run_for_place(journal, "DELETE FROM", table,
                         " WHERE database = ?1 AND start_ns >= ?2 AND start_ns < ?3", place, range,
                         err);
}

int journal_forget_time(struct journal *journal, const char *place, struct range range,
                        struct err *err)
{
    const char *const tables[] = {journal->coverage.table, journal->verified.table, "compared",
                                  "difference"};

    if (journal_db_begin(journal, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
        if (forget_in_table(journal, tables[i], place, range, err) < 0)
            return -1;
    return 0;
}
