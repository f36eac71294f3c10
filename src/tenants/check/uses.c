#include "uses.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/shell.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "influx/quote.h"
#include "influx/statement.h"

struct uses {
    struct reasons *reasons;
    struct influx_client *client;
    const char *database;
    const char *user; /* whose grants are read */
    struct strvec users;
    struct strvec found, mend; /* of one kind of use: in words, and the statements that end it */
};

/* The text of the name that begins at `at`, without quotes; sets its end. */
static char *take_name(const char *at, const char **ret_end)
{
    struct strbuf name = STRBUF_INIT;

    if (*at == '"') {
        for (at++; *at && *at != '"'; at++) {
            if (*at == '\\' && at[1])
                at++;
            strbuf_addch(&name, *at);
        }
        at += *at == '"';
    } else {
        for (; isalnum((unsigned char)*at) || *at == '_'; at++)
            strbuf_addch(&name, *at);
    }
    *ret_end = at;
    return strbuf_detach(&name);
}

static const char *skip_text(const char *at)
{
    for (at++; *at && *at != '\''; at++)
        if (*at == '\\' && at[1])
            at++;
    return at + (*at == '\'');
}

bool uses_named(const char *statement, const char *database)
{
    bool named = false;

    for (const char *at = statement; *at && !named;) {
        char *name;

        if (*at == '\'') {
            at = skip_text(at);
        } else if (*at == '"' || isalnum((unsigned char)*at) || *at == '_') {
            name = take_name(at, &at);
            named = *at == '.' && strcmp(name, database) == 0;
            free(name);
        } else {
            at++;
        }
    }
    return named;
}

/* Asking */

static int ask(struct uses *uses, const char *statement,
               int (*series)(void *context, const struct influx_series *series, struct err *err),
               struct err *err)
{
    struct influx_query query = INFLUX_QUERY_INIT;
    int rc;

    query.statement = statement;
    query.reader.series = series;
    query.reader.context = uses;
    rc = influx_query_run(uses->client, &query, err);
    if (rc < 0 && query.failure == INFLUX_DENIED) {
        reasons_add(uses->reasons, REASON_RIGHTS, 1, REASONS_AS_ADMIN, "%s: %s", statement,
                    query.words);
        err_release(err);
        rc = 0;
    }
    influx_query_release(&query);
    return rc;
}

/* Adds the reason for the uses of one kind that were found, and forgets them. */
static void tell(struct uses *uses, enum reason_code code, const char *what)
{
    struct strbuf words = STRBUF_INIT, statements = STRBUF_INIT, mend = STRBUF_INIT;

    for (size_t i = 0; i < uses->found.nr; i++) {
        strbuf_addf(&words, "%s%s", i ? "; " : "", uses->found.v[i]);
        strbuf_addf(&statements, "%s%s", i ? "; " : "", uses->mend.v[i]);
    }
    strbuf_addstr(&mend, "influx -execute ");
    shell_add_word(&mend, statements.buf);
    reasons_add(uses->reasons, code, (int64_t)uses->found.nr, mend.buf, "%s: %s", what, words.buf);
    strbuf_release(&words);
    strbuf_release(&statements);
    strbuf_release(&mend);
    strvec_release(&uses->found);
    strvec_release(&uses->mend);
}

/* Adds a statement that ends a use, as DROP SUBSCRIPTION "name" ON "database"."policy". `policy`
 * may be NULL. */
static void add_mend(struct uses *uses, const char *verb, const char *name, const char *joint,
                     const char *database, const char *policy)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addstr(&text, verb);
    influx_add_identifier(&text, name);
    strbuf_addstr(&text, joint);
    influx_add_identifier(&text, database);
    if (policy) {
        strbuf_addch(&text, '.');
        influx_add_identifier(&text, policy);
    }
    strvec_push(&uses->mend, text.buf);
    strbuf_release(&text);
}

/* Grants */

static int read_users(void *context, const struct influx_series *series, struct err *err)
{
    struct uses *uses = context;
    size_t index;
    json_t *row;

    (void)err;
    json_array_foreach (series->values, index, row) {
        char *user = influx_cell_name(row, 0);

        /* An admin may read everything, and has no grants. */
        if (user && !json_is_true(json_array_get(row, 1)))
            strvec_push(&uses->users, user);
        free(user);
    }
    return 0;
}

static int read_grants(void *context, const struct influx_series *series, struct err *err)
{
    struct uses *uses = context;
    size_t index;
    json_t *row;

    (void)err;
    json_array_foreach (series->values, index, row) {
        char *database = influx_cell_name(row, 0);
        char *privilege = influx_cell_name(row, 1);

        if (database && privilege && strcmp(database, uses->database) == 0 &&
            strcmp(privilege, "NO PRIVILEGES") != 0) {
            strvec_pushf(&uses->found, "%s has %s", uses->user, privilege);
            add_mend(uses, "REVOKE ALL ON ", database, " FROM ", uses->user, NULL);
        }
        free(database);
        free(privilege);
    }
    return 0;
}

static int find_grants(struct uses *uses, struct err *err)
{
    int rc = ask(uses, "SHOW USERS", read_users, err);

    for (size_t i = 0; i < uses->users.nr && rc == 0; i++) {
        struct strbuf statement = STRBUF_INIT;

        uses->user = uses->users.v[i];
        influx_statement_show_grants(&statement, uses->user);
        rc = ask(uses, statement.buf, read_grants, err);
        strbuf_release(&statement);
    }
    if (rc == 0)
        tell(uses, REASON_GRANT, "users with rights on the source");
    return rc;
}

/* Continuous queries */

static int read_queries(void *context, const struct influx_series *series, struct err *err)
{
    struct uses *uses = context;
    bool own = strcmp(series->name, uses->database) == 0;
    size_t index;
    json_t *row;

    (void)err;
    json_array_foreach (series->values, index, row) {
        char *name = influx_cell_name(row, 0), *text = influx_cell_name(row, 1);

        if (name && text && (own || uses_named(text, uses->database))) {
            strvec_pushf(&uses->found, "%s of the database %s", name, series->name);
            add_mend(uses, "DROP CONTINUOUS QUERY ", name, " ON ", series->name, NULL);
        }
        free(name);
        free(text);
    }
    return 0;
}

static int find_queries(struct uses *uses, struct err *err)
{
    int rc = ask(uses, "SHOW CONTINUOUS QUERIES", read_queries, err);

    if (rc == 0)
        tell(uses, REASON_CONTINUOUS_QUERY, "continuous queries that name the source");
    return rc;
}

/* Subscriptions */

static int read_subscriptions(void *context, const struct influx_series *series, struct err *err)
{
    struct uses *uses = context;
    size_t index;
    json_t *row;

    (void)err;
    if (strcmp(series->name, uses->database) != 0)
        return 0;
    json_array_foreach (series->values, index, row) {
        char *policy = influx_cell_name(row, 0), *name = influx_cell_name(row, 1);

        if (policy && name) {
            strvec_pushf(&uses->found, "%s of the policy %s", name, policy);
            add_mend(uses, "DROP SUBSCRIPTION ", name, " ON ", uses->database, policy);
        }
        free(policy);
        free(name);
    }
    return 0;
}

static int find_subscriptions(struct uses *uses, struct err *err)
{
    int rc = ask(uses, "SHOW SUBSCRIPTIONS", read_subscriptions, err);

    if (rc == 0)
        tell(uses, REASON_SUBSCRIPTION, "subscriptions to the source");
    return rc;
}

int uses_find(struct reasons *reasons, struct influx_client *client, const char *database,
              struct err *err)
{
    struct uses uses = {.reasons = reasons,
                        .client = client,
                        .database = database,
                        .users = STRVEC_INIT,
                        .found = STRVEC_INIT,
                        .mend = STRVEC_INIT};
    int rc = 0;

    if (find_grants(&uses, err) < 0 || find_queries(&uses, err) < 0 ||
        find_subscriptions(&uses, err) < 0)
        rc = -1;
    strvec_release(&uses.users);
    strvec_release(&uses.found);
    strvec_release(&uses.mend);
    return rc;
}
