#include "key_name.h"

#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "schema/shape/ddl.h"

enum { LAST_NUMBER = 9 };

/* Does the error say that the name is taken? */
static bool means_taken(const struct db *db, const struct err *err)
{
    return (db_errno(db) == DB_ERROR_CANT_CREATE && strstr(err->message, "errno: 121")) ||
           db_errno(db) == DB_ERROR_DUPLICATE_KEY || db_errno(db) == DB_ERROR_DUPLICATE_KEY_NAME;
}

/* Where the name ends in `sql`, behind CONSTRAINT; NULL where it can't be found. */
static const char *end_of_name(const char *sql, const char *name)
{
    const char *p = strcasestr(sql, "CONSTRAINT");

    p = p ? strcasestr(p + strlen("CONSTRAINT"), name) : NULL;
    return p ? p + strlen(name) : NULL;
}

static int try_names(struct db *db, const char *sql, const char *name, struct err *err)
{
    const char *end = end_of_name(sql, name);
    struct strbuf text = STRBUF_INIT;
    struct err problem = ERR_INIT;
    int rc = -1;

    for (int number = 2; end && number <= LAST_NUMBER && rc < 0; number++) {
        strbuf_reset(&text);
        strbuf_add(&text, sql, (size_t)(end - sql));
        strbuf_addf(&text, "_%d%s", number, end);
        rc = db_run(db, text.buf, NULL, &problem);
        if (rc == 0)
            log_notice("the name %s is taken by another foreign key, or by what a killed server "
                       "left of one: this one is called %s_%d",
                       name, name, number);
        else if (!means_taken(db, &problem))
            end = NULL;
        err_release(&problem);
    }
    strbuf_release(&text);
    if (rc == 0)
        err_release(err);
    return rc;
}

int key_name_retry(struct db *db, const char *sql, struct err *err)
{
    struct ddl ddl;
    int rc = -1;

    if (!means_taken(db, err))
        return -1;
    ddl_parse(&ddl, sql);
    if (ddl.count == 1 && ddl.actions[0].kind == DDL_ADD_KEY && ddl.actions[0].key.name)
        rc = try_names(db, sql, ddl.actions[0].key.name, err);
    ddl_release(&ddl);
    return rc;
}
