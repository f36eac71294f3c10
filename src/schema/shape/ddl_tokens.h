/*
 * The words of a statement: what ddl_parse.c and ddl_lookup.c read their text with.
 *
 * ddl_tokens_read() cuts a text into tokens. The ddl_take_*() functions go through them from front
 * to back: each takes what it names, or leaves `at` where it is. Where something must stand and
 * doesn't, `failed` is set, and stays so; nobody needs to look at it before the end.
 */
#ifndef SCHEMA_SHAPE_DDL_TOKENS_H
#define SCHEMA_SHAPE_DDL_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "schema/shape/model.h"

enum token_kind {
    TOKEN_WORD,   /* a keyword or a plain name */
    TOKEN_QUOTED, /* `a name` */
    TOKEN_STRING,
    TOKEN_HEX,    /* x'00ff' or 0x00ff; its text is the bytes */
    TOKEN_NUMBER, /* with its sign */
    TOKEN_SIGN,   /* one other character */
    TOKEN_END,
};

struct token {
    enum token_kind kind;
    size_t start, end;  /* where it stands in the statement */
    struct strbuf text; /* decoded */
};

struct parser {
    const char *text; /* borrowed */
    struct token *tokens;
    size_t count, alloc;
    size_t at; /* the next token */
    bool failed;
};

/* Cuts `parser->text` into tokens; the last one is TOKEN_END. */
void ddl_tokens_read(struct parser *parser);
void ddl_tokens_release(struct parser *parser);

/* Where the comment, the quoted text or else the one character ends that `p` begins with; NULL
 * where a comment or a quote isn't closed. */
const char *ddl_skip(const char *p);

/* The next token. */
const struct token *ddl_peek(const struct parser *parser);
bool ddl_is_word(const struct token *token, const char *word);
bool ddl_is_sign(const struct token *token, char c);

/* Takes these words (the list ends in NULL), all or none. */
bool ddl_take_words(struct parser *parser, const char *const *words);
#define TAKE(parser, ...) ddl_take_words((parser), (const char *const[]){__VA_ARGS__, NULL})

bool ddl_take_sign(struct parser *parser, char c);
void ddl_expect_sign(struct parser *parser, char c);
/* Takes a name; where none stands, NULL, and `failed`. The caller's to free. */
char *ddl_take_identifier(struct parser *parser);
/* Takes a balanced "(...)" whose opening stands next; NULL, and `failed`, where it isn't closed.
 * Returns its text, the caller's to free. */
char *ddl_take_parenthesis(struct parser *parser);
/* Takes "(a, b(252))" and adds it to `columns`. */
void ddl_take_columns(struct parser *parser, struct model_columns *columns);

#endif
