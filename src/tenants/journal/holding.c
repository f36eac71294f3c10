#include "db.h"

int journal_recall(struct journal *journal, const char *place, struct holding *holding,
                   struct err *err)
{
    struct journal_rows rows;

    /* Version 1 had no such table. */
    if (journal->version < 2)
        return 0;
    journal_rows_begin(&rows, journal, err, "SELECT groups FROM holding WHERE place = ?1", "t",
                       place);
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
