#include "schema/history/diff.h"

#include <stdlib.h>
#include <string.h>

#include "../../unit.h"
#include "schema/shape/ddl.h"

static const struct graph no_graph = GRAPH_INIT;

/* What statements, each ending in a semicolon, make of a model. */
static void apply(struct model *model, const char *sql)
{
    struct err err = ERR_INIT;
    struct strbuf text = STRBUF_INIT;
    size_t len;

    while (*sql) {
        struct ddl ddl;

        strbuf_reset(&text);
        assert_int_equal(ddl_statement_length(sql, &len, &sql), 0);
        strbuf_add(&text, sql - len - 1, len);
        ddl_parse(&ddl, text.buf);
        if (ddl.class != DDL_CLASS_SHAPE)
            fail_msg("not understood: %s", text.buf);
        if (ddl_apply(&ddl, model, &err) != DDL_EFFECT_APPLIED)
            fail_msg("%s: %s", text.buf, err.message ? err.message : "done already");
        ddl_release(&ddl);
    }
    strbuf_release(&text);
}

static char *apply_aligned(struct model *model, const struct diff_statements *statements,
                           bool destructive)
{
    struct strbuf canonical = STRBUF_INIT;

    for (size_t i = 0; i < statements->count; i++) {
        struct err err = ERR_INIT;
        struct ddl ddl;

        if (statements->items[i].destructive && !destructive)
            continue;
        assert_int_equal(ddl_read(&ddl, statements->items[i].text, model, &err), 0);
        if (ddl_apply(&ddl, model, &err) != DDL_EFFECT_APPLIED || !ddl.count)
            fail_msg("%s: %s", ddl.text, err.message ? err.message : "done already, or not read");
        ddl_release(&ddl);
    }
    model_add_canonical(&canonical, model);
    return strbuf_detach(&canonical);
}

/*
 * The statements that make what `actual` made into what `wanted` made: those, a line each,
 * destructive ones with a "!" in front, are `expected`; they work, with and without the destructive
 * ones, and have that effect.
 */
static void assert_aligns(const char *actual, const char *wanted, const char *expected)
{
    struct model have = MODEL_INIT, want = MODEL_INIT, copy;
    struct diff_statements statements;
    struct strbuf lines = STRBUF_INIT, target = STRBUF_INIT;
    char *result;

    apply(&have, actual);
    apply(&want, wanted);
    diff_align(&statements, &have, &want, &no_graph, NULL);
    for (size_t i = 0; i < statements.count; i++)
        strbuf_addf(&lines, "%s%s\n", statements.items[i].destructive ? "!" : "",
                    statements.items[i].text);
    assert_string_equal(lines.buf, expected);
    model_copy(&copy, &have);
    free(apply_aligned(&copy, &statements, false));
    result = apply_aligned(&have, &statements, true);
    model_add_canonical(&target, &want);
    assert_string_equal(result, target.buf);
    free(result);
    diff_statements_release(&statements);
    model_release(&have);
    model_release(&want);
    model_release(&copy);
    strbuf_release(&lines);
    strbuf_release(&target);
}

static void words(void **state)
{
    struct model have = MODEL_INIT, want = MODEL_INIT;
    struct strbuf text = STRBUF_INIT;
    struct diff diff;

    (void)state;
    apply(&have, "CREATE TABLE p (id int PRIMARY KEY);"
                 "CREATE TABLE t (a int DEFAULT 3, b int, c int AUTO_INCREMENT, KEY (a),"
                 " FOREIGN KEY (b) REFERENCES p (id) ON DELETE CASCADE);");
    apply(&want, "CREATE TABLE p (id int PRIMARY KEY);"
                 "CREATE TABLE t (a int NOT NULL, b int, c int AUTO_INCREMENT, UNIQUE KEY (a),"
                 " KEY (b), FOREIGN KEY (b) REFERENCES p (id));");
    diff_make(&diff, &have, &want);
    for (size_t i = 0; i < diff.count; i++) {
        diff_item_add_words(&text, &diff.items[i]);
        strbuf_addch(&text, '\n');
    }
    assert_string_equal(
        text.buf, "different column t.a: it is 'int default 3', and should be 'int not null'\n"
                  "missing index t (a): unique index (a)\n"
                  "extra index t (a): index (a)\n"
                  "missing foreign key t (b): references p (id)\n"
                  "extra foreign key t (b): references p (id) on delete cascade\n");
    diff_release(&diff);
    model_release(&have);
    model_release(&want);
    strbuf_release(&text);
}

static void primary_key(void **state)
{
    (void)state;
    assert_aligns("CREATE TABLE t (a int, b int, PRIMARY KEY (a));",
                  "CREATE TABLE t (a int NOT NULL, b int, PRIMARY KEY (b, a));",
                  "!ALTER TABLE `t` MODIFY COLUMN `b` int NOT NULL\n"
                  "!ALTER TABLE `t` DROP PRIMARY KEY, ADD PRIMARY KEY (`b`, `a`)\n");
    assert_aligns("CREATE TABLE t (a int, b int, PRIMARY KEY (a));",
                  "CREATE TABLE t (a int, b int NOT NULL DEFAULT 1);",
                  "!ALTER TABLE `t` MODIFY COLUMN `b` int NOT NULL DEFAULT 1\n"
                  "!ALTER TABLE `t` DROP PRIMARY KEY\n"
                  "!ALTER TABLE `t` MODIFY COLUMN `a` int NULL\n");
    assert_aligns("CREATE TABLE t (a int NOT NULL);", "CREATE TABLE t (a int, PRIMARY KEY (a));",
                  "ALTER TABLE `t` ADD PRIMARY KEY (`a`)\n");
}

static void primary_key_of_a_key(void **state)
{
    (void)state;
    /* The foreign key of `q` uses the primary key until the index has its place. */
    assert_aligns("CREATE TABLE p (id int PRIMARY KEY);"
                  "CREATE TABLE t (a int, b int, c int NOT NULL, PRIMARY KEY (a, b), KEY i (c),"
                  " CONSTRAINT q FOREIGN KEY (a) REFERENCES p (id));",
                  "CREATE TABLE p (id int PRIMARY KEY);"
                  "CREATE TABLE t (a int NOT NULL, b int NOT NULL, c int, PRIMARY KEY (c),"
                  " KEY i (a), CONSTRAINT q FOREIGN KEY (a) REFERENCES p (id));",
                  "!ALTER TABLE `t` DROP INDEX `i`, ADD INDEX `i` (`a`)\n"
                  "!ALTER TABLE `t` DROP PRIMARY KEY, ADD PRIMARY KEY (`c`)\n");
}

static void key_behind_a_primary_key(void **state)
{
    (void)state;
    /* Without the new primary key there is nothing that the foreign key could refer to. */
    assert_aligns(
        "CREATE TABLE p (a int, b int NOT NULL, PRIMARY KEY (a));"
        "CREATE TABLE t (b int, KEY i (b));",
        "CREATE TABLE p (a int NOT NULL, b int NOT NULL, PRIMARY KEY (b));"
        "CREATE TABLE t (b int, KEY i (b), CONSTRAINT q FOREIGN KEY (b) REFERENCES p (b));",
        "!ALTER TABLE `p` DROP PRIMARY KEY, ADD PRIMARY KEY (`b`)\n"
        "!ALTER TABLE `t` ADD CONSTRAINT `q` FOREIGN KEY (`b`) REFERENCES `p` (`b`)\n");
}

static void same_name(void **state)
{
    (void)state;
    assert_aligns("CREATE TABLE t (a int, b int, KEY i (a));",
                  "CREATE TABLE t (a int, b int, KEY i (b, a));",
                  "!ALTER TABLE `t` DROP INDEX `i`, ADD INDEX `i` (`b`, `a`)\n");
    /* The other index stays, under the name that the new one would have. */
    assert_aligns("CREATE TABLE t (a int, b int, KEY i (a));",
                  "CREATE TABLE t (a int, b int, KEY j (a), KEY i (b));",
                  "ALTER TABLE `t` ADD INDEX `i_2` (`b`)\n");
    /* A foreign key needs the old one until there is another. */
    assert_aligns("CREATE TABLE p (id int PRIMARY KEY);"
                  "CREATE TABLE t (a int, b int, KEY i (a),"
                  " CONSTRAINT k FOREIGN KEY (a) REFERENCES p (id));",
                  "CREATE TABLE p (id int PRIMARY KEY);"
                  "CREATE TABLE t (a int, b int, KEY i (b), KEY j (a, b),"
                  " CONSTRAINT k FOREIGN KEY (a) REFERENCES p (id));",
                  "ALTER TABLE `t` ADD INDEX `i_2` (`b`)\n"
                  "ALTER TABLE `t` ADD INDEX `j` (`a`, `b`)\n"
                  "!ALTER TABLE `t` DROP INDEX `i`\n");
}

static void names_that_begin_alike(void **state)
{
    (void)state;
    /* An index over `ab` is none for the foreign key of `a`: that one has its own. */
    assert_aligns("CREATE TABLE p (a int PRIMARY KEY);"
                  "CREATE TABLE t (a int, ab int, c int, KEY i (ab), KEY k (a),"
                  " CONSTRAINT q FOREIGN KEY (a) REFERENCES p (a));",
                  "CREATE TABLE p (a int PRIMARY KEY);"
                  "CREATE TABLE t (a int, ab int, c int, KEY i (c), KEY k (a),"
                  " CONSTRAINT q FOREIGN KEY (a) REFERENCES p (a));",
                  "!ALTER TABLE `t` DROP INDEX `i`, ADD INDEX `i` (`c`)\n");
}

static void extra_tables(void **state)
{
    (void)state;
    /* Foreign keys go before the tables, whichever is dropped first. */
    assert_aligns("CREATE TABLE a (id int PRIMARY KEY);"
                  "CREATE TABLE b (id int, CONSTRAINT q FOREIGN KEY (id) REFERENCES a (id));",
                  "CREATE TABLE c (id int);",
                  "!ALTER TABLE `b` DROP FOREIGN KEY `q`\n"
                  "CREATE TABLE `c` (\n    `id` int NULL\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
                  " COLLATE=utf8mb4_unicode_ci\n"
                  "!DROP TABLE `a`\n!DROP TABLE `b`\n");
}

static void extra_column(void **state)
{
    (void)state;
    assert_aligns("CREATE TABLE t (a int, b int, KEY i (b));", "CREATE TABLE t (a int);",
                  "!ALTER TABLE `t` DROP INDEX `i`\n"
                  "!ALTER TABLE `t` DROP COLUMN `b`\n");
}

static void circle(void **state)
{
    struct model have = MODEL_INIT, want = MODEL_INIT;
    struct diff_statements statements;

    (void)state;
    apply(&want, "CREATE TABLE a (id int PRIMARY KEY, b int);"
                 "CREATE TABLE b (id int PRIMARY KEY, a int, FOREIGN KEY (a) REFERENCES a (id));"
                 "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b (id);");
    diff_align(&statements, &have, &want, &no_graph, NULL);
    assert_int_equal(statements.count, 4);
    assert_has(statements.items[0].text, "CREATE TABLE `a`");
    assert_has(statements.items[1].text, "CREATE TABLE `b`");
    assert_has(statements.items[2].text, "ALTER TABLE `a` ADD FOREIGN KEY (`b`)");
    diff_statements_release(&statements);
    model_release(&want);
}

#define TWO_TABLES                                                                                 \
    "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE q (id int PRIMARY KEY);"                    \
    "CREATE TABLE t (a int, b int, KEY (a), KEY (b)"

static void key_names(void **state)
{
    (void)state;
    /* Without the first the second can't be. */
    assert_aligns(TWO_TABLES ", CONSTRAINT k FOREIGN KEY (a) REFERENCES p (id));",
                  TWO_TABLES ", CONSTRAINT k FOREIGN KEY (a) REFERENCES q (id) ON DELETE CASCADE);",
                  "!ALTER TABLE `t` DROP FOREIGN KEY `k`\n"
                  "!ALTER TABLE `t` ADD CONSTRAINT `k` FOREIGN KEY (`a`) REFERENCES `q` (`id`) "
                  "on delete cascade\n");
    /* The name is that of a key that stays: the server finds another. */
    assert_aligns(TWO_TABLES ", CONSTRAINT k FOREIGN KEY (a) REFERENCES p (id));",
                  TWO_TABLES ", CONSTRAINT j FOREIGN KEY (a) REFERENCES p (id),"
                             " CONSTRAINT k FOREIGN KEY (b) REFERENCES q (id));",
                  "ALTER TABLE `t` ADD FOREIGN KEY (`b`) REFERENCES `q` (`id`)\n");
}

static void losses(void **state)
{
    (void)state;
    assert_aligns(
        "CREATE TABLE t (a varchar(36), b varchar(64), c varchar(9) NOT NULL, d binary(2),"
        " e varchar(3)); CREATE TABLE vendor (x int);",
        "CREATE TABLE t (a varchar(64), b varchar(36), c varchar(9), d binary(3),"
        " e char(3));",
        "ALTER TABLE `t` MODIFY COLUMN `a` varchar(64) NULL\n"
        "!ALTER TABLE `t` MODIFY COLUMN `b` varchar(36) NULL\n"
        "ALTER TABLE `t` MODIFY COLUMN `c` varchar(9) NULL\n"
        "!ALTER TABLE `t` MODIFY COLUMN `d` binary(3) NULL\n"
        "!ALTER TABLE `t` MODIFY COLUMN `e` char(3) NULL\n"
        "!DROP TABLE `vendor`\n");
}

static void charsets(void **state)
{
    (void)state;
    /* A column that refers takes its charset from what it refers to. */
    assert_aligns("CREATE TABLE p (id varchar(9) PRIMARY KEY);",
                  "CREATE TABLE p (id varchar(9) PRIMARY KEY);"
                  "CREATE TABLE t (a varchar(9) DEFAULT 'x', b int, KEY (a, b),"
                  " FOREIGN KEY (a) REFERENCES p (id));",
                  "CREATE TABLE `t` (\n"
                  "    `a` varchar(9) {charset of p.id} NULL DEFAULT 'x',\n"
                  "    `b` int NULL,\n"
                  "    INDEX `a` (`a`, `b`)\n"
                  ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci\n"
                  "ALTER TABLE `t` ADD FOREIGN KEY (`a`) REFERENCES `p` (`id`)\n");
    /* One that is changed keeps its own. */
    assert_aligns("CREATE TABLE t (a varchar(9) COLLATE latin1_bin);",
                  "CREATE TABLE t (a varchar(10));",
                  "ALTER TABLE `t` MODIFY COLUMN `a` varchar(10) COLLATE latin1_bin NULL\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a difference is told in words, with both definitions", words),
        TEST("a primary key is replaced in one statement, after its columns are NOT NULL",
             primary_key),
        TEST("a primary key that a foreign key uses goes when that has another index",
             primary_key_of_a_key),
        TEST("what only works behind a destructive statement is left out with it",
             key_behind_a_primary_key),
        TEST("an index takes the revision of another one of its name, unless a key needs that",
             same_name),
        TEST("names that begin alike are others", names_that_begin_alike),
        TEST("extra tables lose their foreign keys before they go", extra_tables),
        TEST("an extra column goes after the indexes over it", extra_column),
        TEST("missing tables that refer to each other are made", circle),
        TEST("a foreign key waits for the one that has its name, or does without", key_names),
        TEST("what narrows, changes a type or takes away is destructive, what widens isn't",
             losses),
        TEST("columns get the charset of what they refer to, and keep their own", charsets),
    };

    return cmocka_run_group_tests_name("schema/history/diff", tests, NULL, NULL);
}
