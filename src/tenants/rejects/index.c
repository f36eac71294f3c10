#include "index.h"

#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "tenants/rejects/rejects.h"

/*
 * The key of a point: a digest of its target and series, its time, and a digest of its target and
 * whole line. The last part alone tells points apart. The first two put keys that are added
 * together side by side, since points come by series and time: so few pages change at once.
 */
enum { SERIES_BYTES = 4, TIME_BYTES = 8, LINE_BYTES = 16 };
enum { KEY_BYTES = SERIES_BYTES + TIME_BYTES + LINE_BYTES };

struct rejects_index {
    char *path;
    sqlite3 *db;
    sqlite3_stmt *insert;
    struct strbuf text; /* room for a line and its target */
};

static int cant(const struct rejects_index *index, struct err *err)
{
    err_set(err, ERR_CONFIG, "can't write %s: %s", index->path,
            index->db ? sqlite3_errmsg(index->db) : "no memory");
    return err_hint(err, "make room, or name another place by --state-dir");
}

struct rejects_index *rejects_index_new(const char *path, struct err *err)
{
    /* The index is made anew by each process, so it needs no journal, no sync, and one transaction
     * that never ends. Its memory is the page cache: 4 MiB. */
    static const char set_up[] = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                                 "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -4096;"
                                 "CREATE TABLE point (key BLOB PRIMARY KEY) WITHOUT ROWID; BEGIN";
    struct rejects_index *index = xcalloc(1, sizeof(*index));
    struct strbuf own = STRBUF_INIT;

    strbuf_addf(&own, "%s.index-%ld", path, (long)getpid());
    index->text = (struct strbuf)STRBUF_INIT;
    index->path = strbuf_detach(&own);
    unlink(index->path); /* a process of this id may have been killed right here */
    if (sqlite3_open_v2(index->path, &index->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                        NULL) != SQLITE_OK ||
        sqlite3_exec(index->db, set_up, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(index->db, "INSERT OR IGNORE INTO point VALUES (?1)", -1, &index->insert,
                           NULL) != SQLITE_OK) {
        cant(index, err);
        unlink(index->path);
        rejects_index_free(index);
        return NULL;
    }
    /* The file lives on while it is open, and goes when the process does. */
    unlink(index->path);
    return index;
}

void rejects_index_free(struct rejects_index *index)
{
    if (!index)
        return;
    sqlite3_finalize(index->insert);
    sqlite3_close(index->db);
    strbuf_release(&index->text);
    free(index->path);
    free(index);
}

/* Big-endian, so that keys are in the order of numbers. */
static void put_number(unsigned char *key, size_t bytes, uint64_t number)
{
    for (size_t i = bytes; i-- > 0; number >>= 8)
        key[i] = (unsigned char)number;
}

/* The number behind the last blank. A person may have edited the line: then any number will do,
 * since the digest tells points apart. */
static uint64_t time_of(const char *line, size_t len)
{
    const char *blank = memrchr(line, ' ', len);
    uint64_t number = 0;

    for (const char *at = blank ? blank + 1 : line + len; at < line + len; at++)
        if (*at >= '0' && *at <= '9')
            number = number * 10 + (uint64_t)(*at - '0');
    return number;
}

static void make_key(struct rejects_index *index, const struct rejects_owner *owner,
                     const char *line, size_t len, unsigned char key[KEY_BYTES])
{
    unsigned char digest[DIGEST_BYTES];
    const char *blank = memchr(line, ' ', len);
    size_t series = blank ? (size_t)(blank - line) : len;

    strbuf_reset(&index->text);
    strbuf_addf(&index->text, "%s\n%s\n", owner->target, owner->target_policy);
    strbuf_add(&index->text, line, series);
    digest_sha256(index->text.buf, index->text.len, digest);
    memcpy(key, digest, SERIES_BYTES);
    put_number(key + SERIES_BYTES, TIME_BYTES, time_of(line, len));
    strbuf_add(&index->text, line + series, len - series);
    digest_sha256(index->text.buf, index->text.len, digest);
    memcpy(key + SERIES_BYTES + TIME_BYTES, digest, LINE_BYTES);
}

int rejects_index_add(struct rejects_index *index, const struct rejects_owner *owner,
                      const char *line, size_t len, bool *ret_new, struct err *err)
{
    unsigned char key[KEY_BYTES];
    int code;

    make_key(index, owner, line, len, key);
    sqlite3_bind_blob(index->insert, 1, key, sizeof(key), SQLITE_STATIC);
    code = sqlite3_step(index->insert);
    sqlite3_reset(index->insert);
    sqlite3_clear_bindings(index->insert);
    *ret_new = code == SQLITE_DONE && sqlite3_changes(index->db) > 0;
    return code == SQLITE_DONE ? 0 : cant(index, err);
}
