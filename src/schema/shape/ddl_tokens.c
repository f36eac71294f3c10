#include "ddl_tokens.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "schema/shape/ddl.h"

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (c & 0x80);
}

/* Where the comment ends that `p` begins with; `p` where none does, NULL where it isn't closed. */
static const char *skip_comment(const char *p)
{
    const char *end;

    if (p[0] == '#' || (p[0] == '-' && p[1] == '-' && (isspace((unsigned char)p[2]) || !p[2])))
        return p + strcspn(p, "\n");
    if (p[0] != '/' || p[1] != '*')
        return p;
    end = strstr(p + 2, "*/");
    return end ? end + 2 : NULL;
}

/* Where the quoted text ends that `p` begins with; NULL where it isn't closed. */
static const char *skip_quoted(const char *p)
{
    char quote = *p;

    for (p++; *p; p++) {
        if ((*p == '\\' && quote != '`' && p[1]) || (*p == quote && p[1] == quote))
            p++;
        else if (*p == quote)
            return p + 1;
    }
    return NULL;
}

const char *ddl_skip(const char *p)
{
    const char *end = skip_comment(p);

    if (end != p)
        return end;
    return *p == '\'' || *p == '"' || *p == '`' ? skip_quoted(p) : p + 1;
}

int ddl_statement_length(const char *text, size_t *ret_len, const char **ret_next)
{
    const char *p = text;

    while (p && *p && *p != ';')
        p = ddl_skip(p);
    if (!p)
        return -1;
    *ret_len = (size_t)(p - text);
    *ret_next = *p ? p + 1 : p;
    return 0;
}

static char unescape(char c)
{
    static const char from[] = "0nrtbZ", to[] = "\0\n\r\t\b\x1a";
    const char *at = strchr(from, c);

    return c && at ? to[at - from] : c;
}

static void decode_quoted(struct strbuf *out, const char *p, const char *end)
{
    char quote = *p;

    for (p++, end--; p < end; p++) {
        if (*p == '\\' && quote != '`') {
            strbuf_addch(out, unescape(*++p));
        } else {
            p += *p == quote;
            strbuf_addch(out, *p);
        }
    }
}

static int hex_value(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static const char *read_hex(struct token *token, const char *p)
{
    const char *digits = p + 2, *end = digits;

    while (isxdigit((unsigned char)*end))
        end++;
    for (const char *d = digits; d + 1 < end; d += 2)
        strbuf_addch(&token->text, (char)(hex_value(d[0]) * 16 + hex_value(d[1])));
    return p[1] == '\'' && *end == '\'' ? end + 1 : end;
}

static const char *read_token(struct token *token, const char *p)
{
    const char *end = p + 1;

    if (*p == '\'' || *p == '"' || *p == '`') {
        token->kind = *p == '`' ? TOKEN_QUOTED : TOKEN_STRING;
        end = skip_quoted(p);
        if (end)
            decode_quoted(&token->text, p, end);
        return end;
    }
    if (((*p == 'x' || *p == 'X') && p[1] == '\'') || (*p == '0' && p[1] == 'x')) {
        token->kind = TOKEN_HEX;
        return read_hex(token, p);
    }
    if (isdigit((unsigned char)*p) || ((*p == '-' || *p == '+') && isdigit((unsigned char)p[1]))) {
        token->kind = TOKEN_NUMBER;
        while (isdigit((unsigned char)*end) || *end == '.')
            end++;
    } else if (is_name_char(*p)) {
        token->kind = TOKEN_WORD;
        while (is_name_char(*end))
            end++;
    } else {
        token->kind = TOKEN_SIGN;
    }
    strbuf_add(&token->text, p, (size_t)(end - p));
    return end;
}

void ddl_tokens_read(struct parser *parser)
{
    const char *p = parser->text;

    for (;;) {
        const char *end;
        struct token *token;

        while (isspace((unsigned char)*p))
            p++;
        end = skip_comment(p);
        if (end && end != p && !(p[0] == '/' && p[2] == '!')) {
            p = end;
            continue;
        }
        GROW(parser->tokens, parser->count, parser->alloc);
        token = &parser->tokens[parser->count++];
        *token = (struct token){TOKEN_END, (size_t)(p - parser->text), (size_t)(p - parser->text),
                                STRBUF_INIT};
        if (!*p)
            return;
        end = end ? read_token(token, p) : NULL;
        if (!end) {
            parser->failed = true;
            token->kind = TOKEN_END;
            return;
        }
        token->end = (size_t)(end - parser->text);
        p = end;
    }
}

void ddl_tokens_release(struct parser *parser)
{
    for (size_t i = 0; i < parser->count; i++)
        strbuf_release(&parser->tokens[i].text);
    free(parser->tokens);
}

const struct token *ddl_peek(const struct parser *parser)
{
    return &parser->tokens[parser->at];
}

bool ddl_is_word(const struct token *token, const char *word)
{
    return token->kind == TOKEN_WORD && strcasecmp(token->text.buf, word) == 0;
}

bool ddl_is_sign(const struct token *token, char c)
{
    return token->kind == TOKEN_SIGN && token->text.buf[0] == c;
}

bool ddl_take_words(struct parser *parser, const char *const *words)
{
    size_t n = 0;

    for (; words[n]; n++)
        if (parser->at + n >= parser->count ||
            !ddl_is_word(&parser->tokens[parser->at + n], words[n]))
            return false;
    parser->at += n;
    return true;
}

bool ddl_take_sign(struct parser *parser, char c)
{
    if (!ddl_is_sign(ddl_peek(parser), c))
        return false;
    parser->at++;
    return true;
}

char *ddl_take_identifier(struct parser *parser)
{
    const struct token *token = ddl_peek(parser);

    if (token->kind != TOKEN_WORD && token->kind != TOKEN_QUOTED) {
        parser->failed = true;
        return NULL;
    }
    parser->at++;
    return xstrdup(token->text.buf);
}

void ddl_expect_sign(struct parser *parser, char c)
{
    if (!ddl_take_sign(parser, c))
        parser->failed = true;
}

char *ddl_take_parenthesis(struct parser *parser)
{
    size_t start = ddl_peek(parser)->start;
    int depth = 0;

    do {
        depth += ddl_take_sign(parser, '(');
        if (ddl_take_sign(parser, ')'))
            depth--;
        else if (depth && !(ddl_is_sign(ddl_peek(parser), '(')))
            parser->at += ddl_peek(parser)->kind != TOKEN_END;
        if (ddl_peek(parser)->kind == TOKEN_END && depth) {
            parser->failed = true;
            return NULL;
        }
    } while (depth);
    return xmemdupz(parser->text + start, parser->tokens[parser->at - 1].end - start);
}

/* "(252)", or nothing. */
static size_t take_prefix(struct parser *parser)
{
    size_t prefix;

    if (!ddl_take_sign(parser, '('))
        return 0;
    prefix = strtoul(ddl_peek(parser)->text.buf, NULL, 10);
    parser->at += ddl_peek(parser)->kind == TOKEN_NUMBER;
    ddl_expect_sign(parser, ')');
    return prefix;
}

void ddl_take_columns(struct parser *parser, struct model_columns *columns)
{
    ddl_expect_sign(parser, '(');
    while (!parser->failed) {
        char *name = ddl_take_identifier(parser);

        if (name)
            model_columns_add(columns, name, take_prefix(parser));
        free(name);
        if (!TAKE(parser, "asc"))
            TAKE(parser, "desc");
        if (!ddl_take_sign(parser, ','))
            break;
    }
    ddl_expect_sign(parser, ')');
}
