#include "schema/server/version.h"

#include <string.h>

const char version_table_sql[] = "CREATE TABLE IF NOT EXISTS alembic_version (\n"
                                 "    version_num VARCHAR(32) NOT NULL,\n"
                                 "    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n"
                                 ")";

int version_read(struct version *version, struct db *db, struct err *err)
{
    struct db_rows rows;

    *version = (struct version)VERSION_INIT;
    if (db_query(db, "SELECT version_num FROM alembic_version ORDER BY version_num", "t", &rows,
                 err) < 0) {
        if (db_errno(db) != DB_ERROR_TABLE_MISSING)
            return err_wrap(err, "reading alembic_version");
        err_release(err);
        return 0;
    }
    version->has_table = true;
    for (size_t i = 0; i < rows.count; i++)
        strvec_push(&version->ids, rows.items[i][0]);
    db_rows_release(&rows);
    return 0;
}

void version_release(struct version *version)
{
    strvec_release(&version->ids);
}

static int fail_related(const struct revision *ancestor, const struct revision *descendant,
                        struct err *err)
{
    err_set(err, ERR_FAILED,
            "alembic_version has %s beside %s, which it leads to; only one of them can be right",
            ancestor->id, descendant->id);
    return err_hint(err, "'schema detect-revision' tells which; 'schema stamp --purge REVISION' "
                         "writes it");
}

int version_revision(const struct version *version, const struct graph *graph,
                     const struct revision **ret, struct err *err)
{
    *ret = NULL;
    for (size_t i = 0; i < version->ids.nr; i++) {
        const struct revision *revision = graph_find(graph, version->ids.v[i]);

        if (!revision) {
            err_set(err, ERR_FAILED, "alembic_version has '%s', which is no known revision",
                    version->ids.v[i]);
            return err_hint(err, "--revisions-dir adds revisions; if it is wrong, 'schema stamp "
                                 "--purge REVISION' writes another");
        }
        if (*ret && graph_is_ancestor(graph, *ret, revision))
            return fail_related(*ret, revision, err);
        if (*ret && graph_is_ancestor(graph, revision, *ret))
            return fail_related(revision, *ret, err);
        if (*ret)
            return err_set(err, ERR_FAILED, "alembic_version has two branches: %s and %s",
                           (*ret)->id, revision->id);
        *ret = revision;
    }
    return 0;
}

int version_make_table(struct db *db, struct err *err)
{
    if (db_run(db, version_table_sql, NULL, err) < 0)
        return err_wrap(err, "creating alembic_version");
    return 0;
}

void version_add_move(struct strbuf *sql, const struct revision *from, const struct revision *to)
{
    if (!from && to)
        strbuf_addf(sql, "INSERT INTO alembic_version (version_num) VALUES ('%s')", to->id);
    else if (from && !to)
        strbuf_addf(sql, "DELETE FROM alembic_version WHERE alembic_version.version_num = '%s'",
                    from->id);
    else if (from && to)
        strbuf_addf(sql,
                    "UPDATE alembic_version SET version_num='%s' WHERE "
                    "alembic_version.version_num = '%s'",
                    to->id, from->id);
}

/* Deletes all rows and inserts the new one, in one transaction. */
static int replace_rows(struct db *db, void *context, struct err *err)
{
    const struct revision *const *to = context;
    struct strbuf insert = STRBUF_INIT;
    int rc = db_run(db, "DELETE FROM " VERSION_TABLE, NULL, err);

    version_add_move(&insert, NULL, *to);
    if (rc == 0 && *to)
        rc = db_run(db, insert.buf, NULL, err);
    strbuf_release(&insert);
    return rc;
}

int version_write(struct db *db, const struct revision *to, struct err *err)
{
    if (version_make_table(db, err) < 0)
        return -1;
    if (db_transaction(db, replace_rows, &to, err) < 0)
        return err_wrap(err, "writing " VERSION_TABLE);
    return 0;
}
