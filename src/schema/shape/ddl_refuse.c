#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "ddl_tokens.h"
#include "schema/shape/ddl.h"

/* Why a SET can't stand here; NULL: it can, or it is none. */
static const char *refused_setting(const struct parser *parser)
{
    if (!ddl_is_word(&parser->tokens[0], "set"))
        return NULL;
    for (size_t i = 1; i < parser->count; i++) {
        if (ddl_is_word(&parser->tokens[i], "autocommit"))
            return "the run itself begins and ends transactions: leave autocommit as it is";
        if (ddl_is_word(&parser->tokens[i], "sql_mode"))
            return "the run goes by what statements mean in its own sql_mode: leave it as it is";
    }
    return NULL;
}

const char *ddl_refusal(const char *text)
{
    static const struct {
        const char *words[3];
        const char *why;
    } refused[] = {
        {{"use", NULL}, "USE leaves the database that the run has locked"},
        {{"delimiter", NULL},
         "DELIMITER is a command of the mysql client, and none of the server's"},
        {{"source", NULL}, "SOURCE is a command of the mysql client, and none of the server's"},
        {{"begin", NULL}, "the run itself begins and ends transactions: leave out BEGIN"},
        {{"start", "transaction", NULL},
         "the run itself begins and ends transactions: leave out START TRANSACTION"},
        {{"commit", NULL}, "the run itself begins and ends transactions: leave out COMMIT"},
        {{"rollback", NULL},
         "ROLLBACK would undo the record of the run: leave out what it is to undo"},
        {{"savepoint", NULL}, "the run itself begins and ends transactions: leave out SAVEPOINT"},
        {{"xa", NULL}, "the run itself begins and ends transactions: leave out XA"},
        {{"lock", NULL}, "LOCK TABLES locks the run out of its own record"},
        {{"unlock", NULL}, "UNLOCK TABLES ends a transaction of the run"},
    };
    struct parser parser = {.text = text};
    const char *why = NULL;

    ddl_tokens_read(&parser);
    for (size_t i = 0; i < ARRAY_SIZE(refused) && !why && parser.count; i++) {
        parser.at = 0;
        if (ddl_take_words(&parser, refused[i].words))
            why = refused[i].why;
    }
    if (!why && parser.count)
        why = refused_setting(&parser);
    ddl_tokens_release(&parser);
    return why;
}

const char *ddl_drops_nothing(const struct ddl *ddl)
{
    for (size_t i = 0; i < ddl->count; i++) {
        if (ddl->actions[i].effect != DDL_EFFECT_ALREADY)
            continue;
        switch (ddl->actions[i].kind) {
        case DDL_DROP_TABLE:
            return "it drops a table that there is no more, or never was";
        case DDL_DROP_COLUMN:
            return "it drops a column that there is no more, or never was";
        case DDL_DROP_INDEX:
            return "it drops an index that there is no more, or never was";
        case DDL_DROP_KEY:
        case DDL_DROP_CONSTRAINT:
            return "it drops a foreign key that there is no more, or never was";
        default:
            break;
        }
    }
    return NULL;
}
