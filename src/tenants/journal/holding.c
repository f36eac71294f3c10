#include "db.h"

int journal_recall(struct journal *journal, const char *place, struct holding *holding,
                   struct err *err)
{
    struct journal_rows rows;

    /* A file that is only read isn't carried over. Version 1 had no such table; up to version 4 a
     * target had one policy, whose name was left out. */
    if (journal->version < 2)
        return 0;
    journal_rows_begin(&rows, journal, err,
                       journal->version < 5 ? "SELECT groups FROM holding"
                                              " WHERE place = substr(?1, 1, instr(?1, char(9)) - 1)"
                                            : "SELECT groups FROM holding WHERE place = ?1",
                       "t", place);
    if (journal_rows_next(&rows))
        holding_parse(holding, journal_rows_text(&rows, 0));
    return journal_rows_end(&rows);
}

int journal_remember(struct journal *journal, const char *place, const struct holding *holding,
                     struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    int rc = -1;

    holding_add_text(&text, holding);
    if (journal_db_begin(journal, err) == 0)
        rc = journal_db_run(journal, err, "INSERT OR REPLACE INTO holding VALUES (?1, ?2)", "tt",
                            place, text.buf);
    strbuf_release(&text);
    return rc;
}

/* Landings */

int journal_land(struct journal *journal, const char *tenant, const char *target,
                 const char *source_policy, const char *policy, struct err *err)
{
    return journal_db_begin(journal, err) < 0
               ? -1
               : journal_db_run(journal, err,
                                "INSERT OR REPLACE INTO landing (tenant, database, policy,"
                                " target_policy) VALUES (?1, ?2, ?3, ?4)",
                                "tttt", tenant, target, source_policy, policy);
}

int journal_load_landings(struct journal *journal, struct coverage *coverage, struct err *err)
{
    struct journal_rows rows;

    if (journal->version < 5)
        return 0;
    journal_rows_begin(&rows, journal, err,
                       "SELECT tenant, policy, database, target_policy FROM landing", "");
    while (journal_rows_next(&rows))
        coverage_add_landing(coverage, journal_rows_text(&rows, 0), journal_rows_text(&rows, 1),
                             journal_rows_text(&rows, 2), journal_rows_text(&rows, 3));
    return journal_rows_end(&rows);
}

int journal_policies(struct journal *journal, struct strvec *policies, struct err *err)
{
    struct journal_rows rows;

    journal_rows_begin(&rows, journal, err, "SELECT DISTINCT policy FROM coverage", "");
    while (journal_rows_next(&rows))
        strvec_push(policies, journal_rows_text(&rows, 0));
    return journal_rows_end(&rows);
}
