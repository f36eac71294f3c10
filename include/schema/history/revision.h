/*
 * One revision of the schema, as a file says it.
 *
 *     -- revision: 0cce983d957a
 *     -- revises: 00597b5c8325
 *     -- message: Mark deterministic sub-alarm definitions
 *
 *     -- upgrade
 *     ALTER TABLE sub_alarm_definition ADD COLUMN is_deterministic tinyint(1) NOT NULL DEFAULT 0;
 *
 *     -- downgrade
 *     ALTER TABLE sub_alarm_definition DROP COLUMN is_deterministic;
 *
 * `revises` is empty or `base` for the first one. `-- script:` names the commits of the legacy SQL
 * script that made the same shape; a revision without it was never made by a script. Statements end
 * in a semicolon and may hold what schema/shape/ddl.h puts in braces.
 */
#ifndef SCHEMA_HISTORY_REVISION_H
#define SCHEMA_HISTORY_REVISION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct revision_statement {
    char *text;    /* without the semicolon and the comments in front */
    unsigned line; /* where it begins in the file */
};

struct revision_part {
    struct revision_statement *items;
    size_t count, alloc;
};

struct revision {
    char *id;
    char *parent; /* NULL: none, it starts from the empty database */
    char *message;
    char *script; /* NULL: no script had this shape */
    char *path;   /* for messages */
    bool built_in;
    struct revision_part upgrade;
    struct revision_part downgrade;
    char *text; /* the whole file */
};

/* The longest id: alembic_version.version_num is VARCHAR(32). */
enum { REVISION_ID_MAX = 32 };

/* Errors (ERR_CONFIG) name `path` and the line. On an error `ret` is released. */
int revision_parse(struct revision *ret, const char *path, const char *text, struct err *err);
void revision_release(struct revision *revision);

/* A new id: 12 random hexadecimal digits, the caller's to free. */
char *revision_new_id(void);
/* The text of a new file with empty parts, the caller's to free. */
char *revision_template(const char *id, const char *parent, const char *message);

#endif
