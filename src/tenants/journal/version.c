#include <inttypes.h>

#include "base/strbuf.h"
#include "db.h"
#include "tenants/plan/scope.h"

int journal_check_version(struct journal *journal, int64_t *ret_version, struct err *err)
{
    if (journal_db_query_int(journal, "PRAGMA user_version", ret_version, err) < 0)
        return -1;
    if (*ret_version > JOURNAL_VERSION) {
        err_set(err, ERR_CONFIG,
                "the journal %s was written by a newer version (%" PRId64 ", this one knows %d)",
                journal->path, *ret_version, JOURNAL_VERSION);
        return err_hint(err,
                        "run that version, or name another --state-dir: all is copied anew then");
    }
    return 0;
}

enum failure_kind journal_failure_kind(const char *kind, const char *words)
{
    return *kind ? failure_kind_named(kind) : failure_kind_of_words(words);
}

/* Version 3 told the kind of a failure from its words each time. */
static int tell_kinds(struct journal *journal, struct err *err)
{
    struct strvec words = STRVEC_INIT;
    struct journal_rows rows;
    int rc;

    journal_rows_begin(&rows, journal, err, "SELECT DISTINCT words FROM failure WHERE kind = ''",
                       "");
    while (journal_rows_next(&rows))
        strvec_push(&words, journal_rows_text(&rows, 0));
    rc = journal_rows_end(&rows);
    for (size_t i = 0; i < words.nr && rc == 0; i++)
        rc = journal_db_run(journal, err, "UPDATE failure SET kind = ?2 WHERE words = ?1", "tt",
                            words.v[i], failure_kind_name(failure_kind_of_words(words.v[i])));
    strvec_release(&words);
    return rc;
}

/* Version 5 told the scope of a run from its command line each time. Did a copy of all come to its
 * end? */
static int find_whole_run(struct journal *journal, bool *ret, struct err *err)
{
    struct journal_rows rows;

    *ret = false;
    journal_rows_begin(&rows, journal, err,
                       "SELECT command FROM run WHERE kind = 'copy' AND command <> ''"
                       " AND ended_ns > 0 AND status IN (0, 1)",
                       "");
    while (journal_rows_next(&rows)) {
        struct scope scope = {0};

        scope_of_command(&scope, journal_rows_text(&rows, 0));
        *ret = *ret || !scope_is_rehearsal(&scope);
    }
    return journal_rows_end(&rows);
}

/* What such a run looked at stays known: the tenants and policies of which something is recorded.
 */
static int tell_looked(struct journal *journal, struct err *err)
{
    bool whole;

    if (find_whole_run(journal, &whole, err) < 0)
        return -1;
    return !whole ? 0
                  : journal_db_execute(journal,
                                       "INSERT OR IGNORE INTO looked SELECT tenant, policy, 1, 0,"
                                       " 0, 0 FROM (SELECT tenant FROM tenant UNION"
                                       " SELECT tenant FROM coverage), (SELECT policy FROM"
                                       " source_range UNION SELECT policy FROM coverage)",
                                       err);
}

/* Makes a file of version `version` one of this version. */
static int add_tables(struct journal *journal, int64_t version, const struct settings *settings,
                      struct err *err)
{
    for (int64_t i = version; i < JOURNAL_VERSION; i++)
        if (journal_db_execute(journal, (const char *)journal_tables[i].data, err) < 0)
            return -1;
    if (version)
        return (version < 4 && tell_kinds(journal, err) < 0) ? -1 : tell_looked(journal, err);
    return journal_db_run(journal, err, "INSERT INTO source VALUES (?1, ?2)", "tt", settings->url,
                          settings->database);
}

int journal_carry_over(struct journal *journal, const struct settings *settings, struct err *err)
{
    struct strbuf now = STRBUF_INIT;
    int64_t version = 0;
    int rc = -1;

    if (journal_check_version(journal, &version, err) < 0)
        return -1;
    journal->version = JOURNAL_VERSION;
    if (version == JOURNAL_VERSION)
        return 0;
    strbuf_addf(&now, "PRAGMA user_version = %d", JOURNAL_VERSION);
    /* Another process may have done it meanwhile, so the version is asked again. */
    if (journal_db_begin(journal, err) == 0 && journal_check_version(journal, &version, err) == 0 &&
        add_tables(journal, version, settings, err) == 0 &&
        journal_db_execute(journal, now.buf, err) == 0)
        rc = journal_db_commit(journal, err);
    strbuf_release(&now);
    return rc;
}
