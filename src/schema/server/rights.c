#include "schema/server/rights.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/strbuf.h"

/* Does a grant on the database `pattern` (% and _ are wildcards, unless escaped) hold for
 * `name`? */
static bool pattern_matches(const char *pattern, const char *name)
{
    for (; *pattern; pattern++, name++) {
        if (*pattern == '%') {
            for (pattern++;; name++) {
                if (pattern_matches(pattern, name))
                    return true;
                if (!*name)
                    return false;
            }
        }
        if (*pattern == '\\' && pattern[1])
            pattern++;
        else if (*pattern == '_' && *name)
            continue;
        if (tolower((unsigned char)*pattern) != tolower((unsigned char)*name))
            return false;
    }
    return *name == '\0';
}

enum grant_scope {
    GRANT_SCOPE_ELSEWHERE,
    GRANT_SCOPE_ALL,    /* on this database, or on all */
    GRANT_SCOPE_TABLES, /* on some of its tables */
    GRANT_SCOPE_ROLE,   /* a role: SHOW GRANTS doesn't tell its rights */
};

static char *take_name(const char **p)
{
    struct strbuf name = STRBUF_INIT;
    const char *s = *p;

    if (*s == '`' || *s == '\'' || *s == '"') {
        char quote = *s++;

        for (; *s && (*s != quote || s[1] == quote); s++) {
            s += *s == quote;
            strbuf_addch(&name, *s);
        }
        s += *s != '\0';
    } else {
        for (; *s && *s != '.' && *s != ' '; s++)
            strbuf_addch(&name, *s);
    }
    *p = s;
    return strbuf_detach(&name);
}

/* Where a grant like "GRANT SELECT, INSERT ON `mon`.* TO ..." holds. `*ret_len`: the length of
 * its part in front of ON. */
static enum grant_scope scope_of(const char *grant, const char *database, size_t *ret_len)
{
    const char *on = strstr(grant, " ON "), *p;
    enum grant_scope scope;
    char *name;

    if (!on) {
        *ret_len = 0;
        return GRANT_SCOPE_ROLE;
    }
    *ret_len = (size_t)(on - grant);
    p = on + 4;
    name = take_name(&p);
    if (strcmp(name, "*") != 0 && !pattern_matches(name, database))
        scope = GRANT_SCOPE_ELSEWHERE;
    else
        scope = strncmp(p, ".*", 2) == 0 ? GRANT_SCOPE_ALL : GRANT_SCOPE_TABLES;
    free(name);
    return scope;
}

/* Is `privilege` in the list "GRANT SELECT, CREATE TEMPORARY TABLES, ..."? */
static bool list_has(const char *list, size_t len, const char *privilege)
{
    size_t n = strlen(privilege);

    if (len >= 20 && strncasecmp(list, "GRANT ALL PRIVILEGES", 20) == 0)
        return true;
    for (const char *p = list + 6; p + n <= list + len; p++)
        if (strncasecmp(p, privilege, n) == 0 && (p[n] == ',' || p + n == list + len) &&
            strncmp(p - 1, " ", 1) == 0 && (p - 2 == list + 4 || p[-2] == ','))
            return true;
    return false;
}

void rights_find_missing(struct strvec *missing, const struct strvec *grants, const char *database,
                         const char *const *needed)
{
    for (; *needed; needed++) {
        bool given = false;

        for (size_t i = 0; i < grants->nr && !given; i++) {
            size_t len;
            enum grant_scope scope = scope_of(grants->v[i], database, &len);

            given = scope == GRANT_SCOPE_ROLE ||
                    (scope != GRANT_SCOPE_ELSEWHERE && list_has(grants->v[i], len, *needed));
        }
        if (!given)
            strvec_push(missing, *needed);
    }
}

/* Is the privilege given on all of the database, and not taken back there? */
static bool is_given_on_all(const struct strvec *grants, const char *database,
                            const char *privilege)
{
    bool given = false;

    for (size_t i = 0; i < grants->nr; i++) {
        bool revoked = strncmp(grants->v[i], "REVOKE ", 7) == 0;
        size_t len;

        /* Without its R, REVOKE is as long as GRANT, which list_has() skips. */
        if (scope_of(grants->v[i] + revoked, database, &len) != GRANT_SCOPE_ALL ||
            !list_has(grants->v[i] + revoked, len, privilege))
            continue;
        if (revoked)
            return false;
        given = true;
    }
    return given;
}

void rights_find_blind(struct strvec *missing, const struct strvec *grants, const char *database)
{
    /* Any of these shows foreign keys. */
    static const char *const others[] = {"REFERENCES", "INSERT", "UPDATE", "DELETE",  "CREATE",
                                         "DROP",       "ALTER",  "INDEX",  "TRIGGER", "SHOW VIEW"};
    bool shows_keys = false;

    for (size_t i = 0; i < ARRAY_SIZE(others) && !shows_keys; i++)
        shows_keys = is_given_on_all(grants, database, others[i]);
    if (!is_given_on_all(grants, database, "SELECT"))
        strvec_push(missing, "SELECT");
    if (!shows_keys)
        strvec_push(missing, "REFERENCES");
}

static int add_grants(struct strvec *grants, struct db *db, const char *sql, struct err *err)
{
    struct db_rows rows;

    if (db_query(db, sql, "t", &rows, err) < 0) {
        if (db_errno(db) != DB_ERROR_READ_ONLY)
            return err_wrap(err, "reading the user's rights");
        /* The server runs with --skip-grant-tables: everybody may do everything. */
        err_release(err);
        strvec_push(grants, "GRANT ALL PRIVILEGES ON *.* TO everybody");
        return 0;
    }
    for (size_t i = 0; i < rows.count; i++)
        strvec_push(grants, rows.items[i][0]);
    db_rows_release(&rows);
    return 0;
}

/* MySQL names the roles in use, and tells their rights only when asked for them; MariaDB tells the
 * rights at once. */
static int add_grants_of_roles(struct strvec *grants, struct db *db, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    char *roles = NULL;
    int rc = 0;

    if (db_query_value(db, "SELECT CURRENT_ROLE()", &roles, err) < 0)
        return err_wrap(err, "reading the user's roles");
    if (roles && strcmp(roles, "NONE") != 0) {
        strbuf_addf(&sql, "SHOW GRANTS FOR CURRENT_USER() USING %s", roles);
        rc = add_grants(grants, db, sql.buf, err);
    }
    strbuf_release(&sql);
    free(roles);
    return rc;
}

static int read_grants(struct strvec *grants, struct db *db, struct err *err)
{
    bool has_role = false;

    if (add_grants(grants, db, "SHOW GRANTS", err) < 0)
        return -1;
    for (size_t i = 0; i < grants->nr; i++)
        has_role |= strstr(grants->v[i], " ON ") == NULL;
    return has_role && !db_server(db)->is_mariadb ? add_grants_of_roles(grants, db, err) : 0;
}

/* Adds what CURRENT_USER() gives, user@host, as a statement has it: 'user'@'host'. */
static void add_account(struct strbuf *sql, const char *user)
{
    const char *at = strrchr(user, '@');
    char *name = xmemdupz(user, at ? (size_t)(at - user) : strlen(user));

    db_add_string(sql, name);
    if (at) {
        strbuf_addch(sql, '@');
        db_add_string(sql, at + 1);
    }
    free(name);
}

static int fail_missing(const struct strvec *missing, const char *database, const char *user,
                        struct err *err)
{
    struct strbuf list = STRBUF_INIT, grant = STRBUF_INIT;

    for (size_t i = 0; i < missing->nr; i++)
        strbuf_addf(&list, "%s%s", i ? ", " : "", missing->v[i]);
    err_set(err, ERR_FAILED, "the user %s lacks rights on %s that this needs: %s", user, database,
            list.buf);
    strbuf_addf(&grant, "GRANT %s ON ", list.buf);
    db_add_identifier(&grant, database);
    strbuf_addstr(&grant, ".* TO ");
    add_account(&grant, user);
    err_hint(err, "nothing was changed; %s", grant.buf);
    strbuf_release(&list);
    strbuf_release(&grant);
    return -1;
}

/* Fills what the two checks below go by. */
static int read_all(struct strvec *grants, char **database, char **user, struct db *db,
                    struct err *err)
{
    if (read_grants(grants, db, err) < 0 ||
        db_query_value(db, "SELECT DATABASE()", database, err) < 0 ||
        db_query_value(db, "SELECT CURRENT_USER()", user, err) < 0)
        return -1;
    *database = *database ? *database : xstrdup("");
    *user = *user ? *user : xstrdup("");
    return 0;
}

int rights_check_sight(struct db *db, struct err *err)
{
    struct strvec grants = STRVEC_INIT, missing = STRVEC_INIT;
    char *database = NULL, *user = NULL;
    int rc = read_all(&grants, &database, &user, db, err);

    if (rc == 0)
        rights_find_blind(&missing, &grants, database);
    if (rc == 0 && missing.nr) {
        rc = fail_missing(&missing, database, user, err);
        err_wrap(err, "not all of the database can be seen");
    }
    free(database);
    free(user);
    strvec_release(&grants);
    strvec_release(&missing);
    return rc;
}

int rights_check(struct db *db, const char *const *needed, struct err *err)
{
    struct strvec grants = STRVEC_INIT, missing = STRVEC_INIT;
    char *database = NULL, *user = NULL;
    int rc = read_all(&grants, &database, &user, db, err);

    if (rc == 0)
        rights_find_missing(&missing, &grants, database, needed);
    if (rc == 0 && missing.nr)
        rc = fail_missing(&missing, database, user, err);
    free(database);
    free(user);
    strvec_release(&grants);
    strvec_release(&missing);
    return rc;
}
