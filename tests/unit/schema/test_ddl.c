#include "schema/ddl.h"

#include <string.h>

#include "../unit.h"
#include "schema/lookup.h"

static const char before[] = "p column name varchar(20) not null\n"
                             "p primary key (name)\n"
                             "p table\n"
                             "t column a int not null\n"
                             "t column b varchar(20) not null default 'x'\n"
                             "t primary key (a)\n"
                             "t table\n";

static void start(struct model *model)
{
    struct err err = ERR_INIT;

    assert_int_equal(model_parse(model, "before", before, &err), 0);
}

/* The effect of the statement's actions; they must be understood. */
static enum ddl_effect apply(struct model *model, const char *text, struct err *err)
{
    enum ddl_effect effect = DDL_EFFECT_APPLIED;
    struct ddl ddl;

    ddl_parse(&ddl, text);
    assert_int_equal(ddl.class, DDL_CLASS_SHAPE);
    for (size_t i = 0; i < ddl.count; i++)
        effect = ddl_action_apply(&ddl.actions[i], model, err);
    ddl_release(&ddl);
    return effect;
}

static void assert_gives(const char *text, const char *line)
{
    struct model model;
    struct strvec lines = STRVEC_INIT;
    struct err err = ERR_INIT;

    start(&model);
    assert_int_equal(apply(&model, text, &err), DDL_EFFECT_APPLIED);
    assert_int_equal(apply(&model, text, &err), DDL_EFFECT_ALREADY);
    model_lines(&lines, &model);
    if (line[0] == '!')
        assert_false(strvec_has(&lines, line + 1));
    else if (!strvec_has(&lines, line))
        fail_msg("no line '%s' after: %s", line, text);
    strvec_release(&lines);
    model_release(&model);
}

static void changes(void **state)
{
    (void)state;
    assert_gives("ALTER TABLE t ADD c INT(11) unsigned NULL DEFAULT NULL COMMENT 'it''s' AFTER a",
                 "t column c int unsigned");
    assert_gives("alter table `t` add column c BOOL NOT NULL DEFAULT false",
                 "t column c tinyint(1) not null default 0");
    assert_gives("ALTER TABLE t ADD COLUMN c binary(2) NOT NULL DEFAULT '\\0\\0'",
                 "t column c binary(2) not null default x'0000'");
    assert_gives("ALTER TABLE t ADD c timestamp NOT NULL DEFAULT NOW() ON UPDATE "
                 "CURRENT_TIMESTAMP",
                 "t column c timestamp not null default current_timestamp on update "
                 "current_timestamp");
    assert_gives("ALTER TABLE t DROP COLUMN b", "!t column b varchar(20) not null default 'x'");
    assert_gives("ALTER TABLE t CHANGE b c varchar(30)", "t column c varchar(30)");
    assert_gives("ALTER TABLE t RENAME COLUMN b TO c",
                 "t column c varchar(20) not null default 'x'");
    assert_gives("CREATE UNIQUE INDEX i ON t (b(5), a)", "t unique index (b(5), a)");
    assert_gives("ALTER TABLE t ADD INDEX (b)", "t index (b)");
    assert_gives("ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES p (name) ON DELETE "
                 "CASCADE ON UPDATE NO ACTION",
                 "t foreign key (b) references p (name) on delete cascade");
    assert_gives("ALTER TABLE t ADD FOREIGN KEY (b) REFERENCES p (name)", "t index (b)");
    assert_gives("CREATE TABLE u (x int PRIMARY KEY, y text, KEY (y(9))) ENGINE=InnoDB",
                 "u column x int not null");
    assert_gives("DROP TABLE IF EXISTS t", "!t table");
    assert_gives("RENAME TABLE t TO v", "v primary key (a)");
}

static void conflict(const char *text, const char *words)
{
    struct model model;
    struct err err = ERR_INIT;

    start(&model);
    assert_int_equal(apply(&model, text, &err), DDL_EFFECT_CONFLICT);
    assert_has(err.message, words);
    err_release(&err);
    model_release(&model);
}

static void conflicts(void **state)
{
    (void)state;
    conflict("ALTER TABLE t ADD b int", "t.b already, of another definition (varchar(20)");
    conflict("ALTER TABLE nowhere ADD b int", "there is no table nowhere");
    conflict("CREATE TABLE p (name varchar(21) PRIMARY KEY)", "there is a table p already");
    conflict("ALTER TABLE t ADD FOREIGN KEY (b) REFERENCES q (name)", "there is no table q");
    conflict("ALTER TABLE t MODIFY c int", "there is no column t.c");
}

static void needed_index(void **state)
{
    struct model model;
    struct err err = ERR_INIT;

    (void)state;
    start(&model);
    apply(&model, "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES p (name)", &err);
    assert_int_equal(apply(&model, "ALTER TABLE t DROP INDEX f", &err), DDL_EFFECT_CONFLICT);
    assert_has(err.message, "needs the index f");
    assert_int_equal(apply(&model, "DROP TABLE p", &err), DDL_EFFECT_CONFLICT);
    assert_int_equal(apply(&model, "ALTER TABLE t DROP COLUMN b", &err), DDL_EFFECT_CONFLICT);
    assert_int_equal(apply(&model, "ALTER TABLE t DROP FOREIGN KEY f", &err), DDL_EFFECT_APPLIED);
    assert_int_equal(apply(&model, "ALTER TABLE t DROP INDEX f", &err), DDL_EFFECT_APPLIED);
    err_release(&err);
    model_release(&model);
}

/* None of the statement's actions conflicts. */
static void assert_works(struct model *model, const char *text)
{
    struct err err = ERR_INIT;
    struct ddl ddl;

    ddl_parse(&ddl, text);
    assert_int_equal(ddl.class, DDL_CLASS_SHAPE);
    for (size_t i = 0; i < ddl.count; i++)
        if (ddl_action_apply(&ddl.actions[i], model, &err) != DDL_EFFECT_APPLIED)
            fail_msg("%s: %s", text, err.message ? err.message : "done already");
    ddl_release(&ddl);
}

static void one_statement(void **state)
{
    struct model model;

    (void)state;
    start(&model);
    assert_works(&model, "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES p (name)");
    assert_works(&model, "ALTER TABLE t DROP INDEX f, ADD INDEX f (b, a)");
    assert_works(&model, "ALTER TABLE t DROP INDEX f, DROP COLUMN b, DROP FOREIGN KEY f");
    model_release(&model);
}

static void classes(void **state)
{
    static const char *const opaque[] = {"CREATE VIEW v AS SELECT 1",
                                         "ALTER TABLE t ADD (x int, y int)",
                                         "GRANT ALL ON x TO y",
                                         "ALTER TABLE t ADD CHECK (a > 0)",
                                         "CREATE TABLE x LIKE t",
                                         "/*! ALTER TABLE t ADD x int */",
                                         "",
                                         "ALTER TABLE t ADD x int GENERATED ALWAYS AS (1)",
                                         "CREATE TABLE t ('",
                                         "ALTER TABLE"};
    struct ddl ddl;

    (void)state;
    for (size_t i = 0; i < sizeof(opaque) / sizeof(*opaque); i++) {
        ddl_parse(&ddl, opaque[i]);
        if (ddl.class != DDL_CLASS_OPAQUE)
            fail_msg("understood: %s", opaque[i]);
        ddl_release(&ddl);
    }
    ddl_parse(&ddl, " /* c */ -- d\n insert INTO t VALUES (1)");
    assert_int_equal(ddl.class, DDL_CLASS_DATA);
    ddl_release(&ddl);
}

static void braces(void **state)
{
    struct strbuf text = STRBUF_INIT;
    struct model model;
    struct err err = ERR_INIT;

    (void)state;
    start(&model);
    apply(&model, "ALTER TABLE t ADD CONSTRAINT `f``k` FOREIGN KEY (b) REFERENCES p (name)", &err);
    assert_int_equal(ddl_resolve(&text,
                                 "a '{x}' {foreign key of t (b)} {index of t (b)} "
                                 "{index of t (a,b)} -- {y}",
                                 &model, &err),
                     0);
    assert_string_equal(text.buf, "a '{x}' `f``k` `f``k` `(none)` -- {y}");
    strbuf_reset(&text);
    assert_int_equal(ddl_resolve(&text, "x {nothing of t}", &model, &err), -1);
    assert_has(err.message, "{nothing of t}");
    err_release(&err);
    strbuf_release(&text);
    model_release(&model);
}

static void offline(void **state)
{
    struct strbuf sql = STRBUF_INIT;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(lookup_add_offline(&sql, "ALTER TABLE t DROP KEY {index of t (a, b)}", &err),
                     0);
    assert_has(sql.buf, "HAVING GROUP_CONCAT(COLUMN_NAME ORDER BY SEQ_IN_INDEX) = 'a,b'");
    assert_has(sql.buf, "CONCAT('ALTER TABLE t DROP KEY ', @monasca_1, '')");
    strbuf_release(&sql);
}

static void lengths(void **state)
{
    static const char text[] = "a ';' \"\\\";\" `;` /* ; */ -- ;\n b; next";
    const char *next;
    size_t len;

    (void)state;
    assert_int_equal(ddl_statement_length(text, &len, &next), 0);
    assert_string_equal(next, " next");
    assert_int_equal(ddl_statement_length("a 'b;", &len, &next), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("statements change the shape, and are found done after that", changes),
        TEST("what the server would refuse is a conflict, in words", conflicts),
        TEST("an index or column that a foreign key needs can't go", needed_index),
        TEST("in one statement foreign keys go first, and one index takes another's place",
             one_statement),
        TEST("what isn't understood is opaque, rows are data", classes),
        TEST("braces are replaced by what the model says, outside of literals", braces),
        TEST("offline, braces become a statement that the server composes", offline),
        TEST("a statement ends at its own semicolon", lengths),
    };

    return cmocka_run_group_tests_name("schema/ddl", tests, NULL, NULL);
}
