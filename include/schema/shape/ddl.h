/*
 * The changes that a statement makes to the shape of a database.
 *
 * ddl_read() reads one SQL statement and says which changes of the shape it makes: a list of
 * actions. ddl_apply() makes them on a model, or finds that the model has them already. So the
 * program knows, without running anything, whether a revision fits a database, and after an
 * interruption, which statements took effect.
 *
 * Understood: CREATE, DROP, ALTER and RENAME TABLE, CREATE and DROP INDEX, in the forms that
 * docs/adding-a-revision.rst lists. INSERT, UPDATE, DELETE, REPLACE, SET and SELECT are data: they
 * leave the shape as it is. Everything else is opaque.
 *
 * A statement may name what only the database itself knows, in braces:
 *
 *     {charset of alarm_state.name}         CHARACTER SET latin1 COLLATE latin1_swedish_ci
 *     {foreign key of sub_alarm (state)}    the name of the foreign key over these columns
 *     {index of sub_alarm (state)}          the name of an index over exactly these columns
 *
 * Braces are resolved in three ways: by a model (here), by the server before the statement runs,
 * and offline, by SQL that the server composes (both in schema/server/lookup.h).
 *
 * Nothing here talks to a server.
 */
#ifndef SCHEMA_SHAPE_DDL_H
#define SCHEMA_SHAPE_DDL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "schema/shape/model.h"

enum ddl_class {
    DDL_CLASS_SHAPE,  /* `actions` say what it does */
    DDL_CLASS_DATA,   /* rows only */
    DDL_CLASS_OPAQUE, /* not understood */
};

enum ddl_kind {
    DDL_CREATE_TABLE,
    DDL_DROP_TABLE,
    DDL_RENAME_TABLE,
    DDL_ADD_COLUMN,
    DDL_DROP_COLUMN,
    DDL_CHANGE_COLUMN,
    DDL_RENAME_COLUMN,
    DDL_SET_DEFAULT,
    DDL_ADD_INDEX,
    DDL_DROP_INDEX,
    DDL_ADD_KEY,
    DDL_DROP_KEY,
    DDL_DROP_CONSTRAINT,
    DDL_SET_ENGINE, /* `new_name` is the engine's */
    DDL_NEUTRAL,    /* charset, comment: no part of the shape, and safe to repeat */
};

enum ddl_effect {
    DDL_EFFECT_APPLIED,
    DDL_EFFECT_ALREADY,  /* the model has it already, exactly */
    DDL_EFFECT_PARTLY,   /* of a statement: the model has some of its actions already */
    DDL_EFFECT_CONFLICT, /* the server would refuse it, or the result would not be what is meant */
};

struct ddl_action {
    enum ddl_kind kind;
    char *table;
    char *name;     /* of the column, index or key; NULL: not given */
    char *new_name; /* of renamed tables and columns */
    struct model_column column;
    struct model_index index;
    struct model_key key;
    struct model_table body; /* of a table that is created, its `name` is NULL; of an index that is
                                dropped, the indexes that the same statement adds */
    size_t start, end;       /* of an ALTER TABLE's action: where it stands in the text */
    enum ddl_effect effect;  /* what ddl_apply() found */
};

struct ddl {
    enum ddl_class class;
    char *text; /* the statement, with its braces resolved */
    struct ddl_action *actions;
    size_t count, alloc;
    size_t head_end; /* of an ALTER TABLE: where its first action begins, else 0 */
};

#define DDL_INIT                                                                                   \
    {                                                                                              \
        DDL_CLASS_OPAQUE, NULL, NULL, 0, 0, 0                                                      \
    }

/* Reads a statement whose braces were resolved. Never fails: what isn't understood is opaque. */
void ddl_parse(struct ddl *ddl, const char *text);
/* Resolves the braces by `model`, then reads the statement. An error where braces hold what isn't
 * understood; `ddl` is empty then. */
int ddl_read(struct ddl *ddl, const char *text, const struct model *model, struct err *err);
void ddl_release(struct ddl *ddl);

/* Applies an action to a model. CONFLICT leaves the model as it was, and says in `err` what is in
 * the way. */
enum ddl_effect ddl_action_apply(const struct ddl_action *action, struct model *model,
                                 struct err *err);
/*
 * Applies the actions in order, up to the first CONFLICT, and notes the effect of each. ALREADY:
 * the model had all of them; APPLIED: it had none, or there are none.
 */
enum ddl_effect ddl_apply(struct ddl *ddl, struct model *model, struct err *err);

/*
 * Says, of a statement that was applied to the shape before it, whether it drops what that doesn't
 * have; NULL: it doesn't. A misspelt name does that, and no database can have it.
 */
const char *ddl_drops_nothing(const struct ddl *ddl);
/* Why a revision can't have this statement: it would end the run's own transaction, its lock, or is
 * no statement. NULL: it can. */
const char *ddl_refusal(const char *text);

/* The contents of braces. */
enum ddl_lookup_kind {
    DDL_LOOKUP_CHARSET,
    DDL_LOOKUP_KEY,
    DDL_LOOKUP_INDEX,
};

struct ddl_lookup {
    enum ddl_lookup_kind kind;
    char *table;
    struct model_columns columns; /* of DDL_LOOKUP_CHARSET: one */
    size_t start, end;            /* of the braces in the text */
};

/*
 * Finds the next braces in `text` from `from` on, outside of literals and comments. Returns 1 and
 * fills `ret`, which the caller releases; 0 where there are none; -1 for braces with other things
 * in them.
 */
int ddl_next_lookup(const char *text, size_t from, struct ddl_lookup *ret, struct err *err);
void ddl_lookup_release(struct ddl_lookup *lookup);

/*
 * Adds `text` with each of its braces replaced by what `resolve` adds for them. -1 where `resolve`
 * gave that, or braces hold what isn't understood.
 */
int ddl_resolve(struct strbuf *resolved, const char *text,
                int (*resolve)(void *context, struct strbuf *resolved,
                               const struct ddl_lookup *lookup, struct err *err),
                void *context, struct err *err);
/*
 * Adds `text` with its braces replaced by what `model` says. A key or index that isn't there
 * becomes a name that nothing has; an unknown charset becomes nothing.
 */
int ddl_resolve_by_model(struct strbuf *resolved, const char *text, const struct model *model,
                         struct err *err);

/*
 * The length of the statement that `text` begins with, without its semicolon; `*ret_next` is where
 * to go on. Literals, quoted names and comments may hold semicolons. -1: a literal or comment
 * doesn't end.
 */
int ddl_statement_length(const char *text, size_t *ret_len, const char **ret_next);

#endif
