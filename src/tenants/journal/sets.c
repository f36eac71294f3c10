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
    struct journal_rows rows;

    journal_rows_begin(&rows, journal, err,
                       "INSERT INTO measurement (name) VALUES (?1) ON CONFLICT (name) DO UPDATE"
                       " SET name = excluded.name RETURNING id",
                       "t", name);
    if (journal_rows_next(&rows))
        *ret_id = journal_rows_int(&rows, 0);
    return journal_rows_end(&rows);
}

static int insert_set(struct journal *journal, const char *digest, const char *tags,
                      const char *const *names, size_t count, int64_t *ret_id, struct err *err)
{
    struct strbuf members = STRBUF_INIT;
    struct journal_rows rows;
    int rc = -1;

    for (size_t i = 0; i < count; i++) {
        int64_t id = 0;

        if (measurement_id(journal, names[i], &id, err) < 0)
            goto out;
        strbuf_addf(&members, "%s%" PRId64, i ? "," : "", id);
    }
    journal_rows_begin(&rows, journal, err,
                       "INSERT INTO measurement_set (digest, tags, members) VALUES (?1, ?2, ?3)"
                       " ON CONFLICT (digest) DO UPDATE SET tags = excluded.tags RETURNING id",
                       "ttt", digest, tags, members.buf);
    if (journal_rows_next(&rows))
        *ret_id = journal_rows_int(&rows, 0);
    rc = journal_rows_end(&rows);
out:
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

/* Gives the next id of a set's members, and moves `*members` behind it. False at the end, or where
 * the text is damaged: then the rest counts for nothing. */
static bool next_member(const char **members, int64_t *ret_id)
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
    struct strbuf ids = STRBUF_INIT;
    struct journal_rows rows;
    const char *before = "[";
    int64_t id;

    for (; next_member(&members, &id); before = ",")
        strbuf_addf(&ids, "%s%" PRId64, before, id);
    strbuf_addstr(&ids, ids.len ? "]" : "[]");
    journal_rows_begin(&rows, journal, err,
                       "SELECT name FROM measurement WHERE id IN (SELECT value FROM json_each(?1))"
                       " ORDER BY name",
                       "t", ids.buf);
    while (journal_rows_next(&rows))
        strvec_push(names, journal_rows_text(&rows, 0));
    strbuf_release(&ids);
    return journal_rows_end(&rows);
}

/* Loading all */

/* The names of measurements by their ids. Ids are texts here, since a damaged file may hold any. */
struct id_names {
    struct names ids;
    struct strvec names; /* by number of the id */
};

static void id_names_release(struct id_names *names)
{
    names_release(&names->ids);
    strvec_release(&names->names);
}

static int load_names(struct journal *journal, struct id_names *names, struct err *err)
{
    struct journal_rows rows;

    journal_rows_begin(&rows, journal, err, "SELECT id, name FROM measurement", "");
    while (journal_rows_next(&rows)) {
        names_add(&names->ids, journal_rows_text(&rows, 0));
        strvec_push(&names->names, journal_rows_text(&rows, 1));
    }
    return journal_rows_end(&rows);
}

static void read_members(const char *members, const struct id_names *names, struct names *ret)
{
    struct strbuf text = STRBUF_INIT;
    int64_t id;

    while (next_member(&members, &id)) {
        uint32_t number;

        strbuf_reset(&text);
        strbuf_addf(&text, "%" PRId64, id);
        number = names_find(&names->ids, text.buf);
        if (number != NAMES_NONE)
            names_add(ret, names->names.v[number]);
    }
    strbuf_release(&text);
}

static int load_sets(struct journal *journal, const struct id_names *names,
                     struct coverage *coverage, struct names *index_of, struct err *err)
{
    struct journal_rows rows;

    journal_rows_begin(&rows, journal, err, "SELECT id, tags, members FROM measurement_set", "");
    while (journal_rows_next(&rows)) {
        struct coverage_set set = {.measurements = NAMES_INIT};

        read_members(journal_rows_text(&rows, 2), names, &set.measurements);
        set.tags = xstrdup(journal_rows_text(&rows, 1));
        GROW(coverage->sets, coverage->set_count, coverage->set_alloc);
        coverage->sets[coverage->set_count++] = set;
        names_add(index_of, journal_rows_text(&rows, 0));
    }
    return journal_rows_end(&rows);
}

int journal_set_load(struct journal *journal, struct coverage *coverage, struct names *index_of,
                     struct err *err)
{
    struct id_names names = {NAMES_INIT, STRVEC_INIT};
    int rc = load_names(journal, &names, err);

    if (rc == 0)
        rc = load_sets(journal, &names, coverage, index_of, err);
    id_names_release(&names);
    return rc;
}
