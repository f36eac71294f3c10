#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "db.h"

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

int journal_set_id(struct journal *journal, const char *tags, const char *const *names,
                   size_t count, int64_t *ret_id, struct err *err)
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

int journal_set_of_entry(struct journal *journal, const struct journal_entry *entry,
                         int64_t *ret_id, struct err *err)
{
    char *tags = coverage_tags_text(entry->tags);
    int rc =
        journal_set_id(journal, tags, entry->measurements, entry->measurement_count, ret_id, err);

    free(tags);
    return rc;
}

bool journal_set_next_member(const char **members, int64_t *ret_id)
{
    const char *at = *members;
    char *end;

    at += *at == ',';
    if (!isdigit((unsigned char)at[*at == '-']))
        return false;
    errno = 0;
    *ret_id = strtoll(at, &end, 10);
    *members = end;
    return errno == 0;
}

int journal_set_names(struct journal *journal, const char *members, struct strvec *names,
                      struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    sqlite3_stmt *statement;
    const char *before = "";
    int64_t id;
    int row = -1;

    strbuf_addstr(&sql, "SELECT name FROM measurement WHERE id IN (");
    for (; journal_set_next_member(&members, &id); before = ",")
        strbuf_addf(&sql, "%s%" PRId64, before, id);
    strbuf_addstr(&sql, ") ORDER BY name");
    statement = journal_db_prepare(journal, sql.buf, err);
    while (statement && (row = journal_db_step_row(journal, statement, err)) > 0)
        strvec_push(names, journal_db_column_text(statement, 0));
    sqlite3_finalize(statement);
    strbuf_release(&sql);
    return row;
}
