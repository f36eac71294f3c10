#include "schema/shape/ddl.h"

#include <string.h>

#include "../../unit.h"
#include "../canonical.h"
#include "schema/server/lookup.h"

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

    assert_int_equal(canonical_parse(model, "before", before, &err), 0);
}

/* The effect of the statement's actions; they must be understood. */
static enum ddl_effect apply(struct model *model, const char *text, struct err *err)
{
    enum ddl_effect effect;
    struct ddl ddl;

    ddl_parse(&ddl, text);
    assert_int_equal(ddl.class, DDL_CLASS_SHAPE);
    effect = ddl_apply(&ddl, model, err);
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
    assert_gives("ALTER TABLE t ADD c DOUBLE PRECISION DEFAULT 1.5 AFTER a",
                 "t column c double default 1.5");
    assert_gives("ALTER TABLE t ADD c char(36) DEFAULT (uuid()) CHARACTER SET ascii COLLATE "
                 "ascii_bin FIRST",
                 "t column c char(36) default (uuid())");
    assert_gives("ALTER TABLE t ADD c timestamp NULL DEFAULT CURRENT_TIMESTAMP()",
                 "t column c timestamp default current_timestamp");
    assert_gives("ALTER TABLE t ADD c int(5) ZEROFILL UNSIGNED", "t column c int(5) zerofill "
                                                                 "unsigned");
    assert_gives("ALTER TABLE t ADD UNIQUE (b)", "t unique index (b)");
    assert_gives("ALTER TABLE t ADD CONSTRAINT c UNIQUE KEY (b, a)", "t unique index (b, a)");
    assert_gives("ALTER TABLE t ADD FULLTEXT KEY f (b) COMMENT 'words'", "t fulltext index (b)");
    assert_gives("CREATE SPATIAL INDEX s ON t (b)", "t spatial index (b)");
    assert_gives("ALTER TABLE t ADD KEY i USING HASH (b DESC, a ASC) USING BTREE",
                 "t index (b, a)");
    assert_gives("CREATE INDEX i USING BTREE ON t (b)", "t index (b)");
    assert_gives("ALTER TABLE t DROP PRIMARY KEY", "!t primary key (a)");
    assert_gives("ALTER TABLE t RENAME AS v", "v table");
    assert_gives("CREATE TABLE u (x int UNIQUE COMMENT 'c', y int UNIQUE KEY, CONSTRAINT f FOREIGN "
                 "KEY i (x) REFERENCES t (a) ON UPDATE SET NULL ON DELETE SET DEFAULT)",
                 "u foreign key (x) references t (a) on delete set default on update set null");
    assert_gives("CREATE TABLE u (x int, FOREIGN KEY i (x) REFERENCES t (a) ON DELETE RESTRICT)",
                 "u foreign key (x) references t (a)");
    assert_gives("CREATE TABLE u (x int, y int, CONSTRAINT c PRIMARY KEY (x), "
                 "CONSTRAINT d UNIQUE e (y))",
                 "u unique index (y)");
}

/* Like assert_gives(), for what may be repeated without being told from the first time. */
static void assert_sets(const char *text, const char *line)
{
    struct model model;
    struct strvec lines = STRVEC_INIT;
    struct err err = ERR_INIT;

    start(&model);
    assert_int_equal(apply(&model, text, &err), DDL_EFFECT_APPLIED);
    assert_int_equal(apply(&model, text, &err), DDL_EFFECT_APPLIED);
    model_lines(&lines, &model);
    if (!strvec_has(&lines, line))
        fail_msg("no line '%s' after: %s", line, text);
    strvec_release(&lines);
    model_release(&model);
}

static void repeatable(void **state)
{
    (void)state;
    assert_sets("ALTER TABLE t ALTER COLUMN b SET DEFAULT 'it''s'",
                "t column b varchar(20) not null default 'it''s'");
    assert_sets("ALTER TABLE t ALTER a SET DEFAULT 5", "t column a int not null default 5");
    assert_sets("ALTER TABLE t ALTER b DROP DEFAULT", "t column b varchar(20) not null");
    assert_sets("ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (a, b)", "t primary key (a, b)");
    assert_sets("ALTER TABLE t MODIFY b varchar(20) CHARSET utf8mb4", "t column b varchar(20)");
    assert_sets("ALTER TABLE t ENGINE=InnoDB, COMMENT = 'x', CONVERT TO CHARACTER SET utf8mb4",
                "t column a int not null");
}

static void renamed_everywhere(void **state)
{
    struct strvec lines = STRVEC_INIT;
    struct model model;
    struct err err = ERR_INIT;

    (void)state;
    start(&model);
    apply(&model, "ALTER TABLE t ADD KEY i (b(5), a)", &err);
    apply(&model, "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES p (name)", &err);
    apply(&model, "ALTER TABLE t CHANGE b c varchar(20) NOT NULL", &err);
    apply(&model, "ALTER TABLE p RENAME COLUMN name TO id", &err);
    assert_int_equal(apply(&model, "RENAME TABLE p TO q", &err), DDL_EFFECT_APPLIED);
    model_lines(&lines, &model);
    assert_true(strvec_has(&lines, "t index (c(5), a)"));
    assert_true(strvec_has(&lines, "t foreign key (c) references q (id)"));
    assert_true(strvec_has(&lines, "q primary key (id)"));
    strvec_release(&lines);
    model_release(&model);
}

static void constraint_by_name(void **state)
{
    struct model model;
    struct err err = ERR_INIT;

    (void)state;
    start(&model);
    apply(&model, "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES p (name)", &err);
    apply(&model, "ALTER TABLE t ADD CONSTRAINT u UNIQUE (b, a)", &err);
    assert_int_equal(apply(&model, "ALTER TABLE t DROP CONSTRAINT f", &err), DDL_EFFECT_APPLIED);
    assert_int_equal(model_find_table(&model, "t")->key_count, 0);
    assert_int_equal(apply(&model, "ALTER TABLE t DROP CONSTRAINT u", &err), DDL_EFFECT_APPLIED);
    assert_int_equal(apply(&model, "ALTER TABLE t DROP CONSTRAINT u", &err), DDL_EFFECT_ALREADY);
    apply(&model, "CREATE INDEX i ON t (b)", &err);
    assert_int_equal(apply(&model, "DROP INDEX i ON t", &err), DDL_EFFECT_APPLIED);
    assert_int_equal(apply(&model, "DROP INDEX IF EXISTS i ON t", &err), DDL_EFFECT_ALREADY);
    model_release(&model);
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
    conflict("ALTER TABLE t CHANGE a b int", "there is a column t.b already");
    conflict("ALTER TABLE t RENAME COLUMN c TO d", "there is no column t.c");
    conflict("ALTER TABLE t RENAME COLUMN a TO b", "there is a column t.b already");
    conflict("ALTER TABLE t ALTER c SET DEFAULT 1", "there is no column t.c");
    conflict("RENAME TABLE t TO p", "there is a table p already");
    conflict("RENAME TABLE u TO v", "there is no table u");
    conflict("CREATE TABLE t (a int PRIMARY KEY)", "it has 'column b");
    conflict("CREATE TABLE p (name varchar(20) PRIMARY KEY, x int)", "it lacks 'column x int'");
    conflict("CREATE TABLE u (x int, FOREIGN KEY (x) REFERENCES nowhere (a))",
             "there is no table nowhere for the foreign key of u (x)");
    conflict("CREATE TABLE u (x int, FOREIGN KEY (x) REFERENCES t (b))", "t has no index over (b)");
    conflict("ALTER TABLE t ADD INDEX `PRIMARY` (b)", "t has an index PRIMARY already, over (a)");
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

static void implied_index(void **state)
{
    struct model model;
    struct strvec lines = STRVEC_INIT;
    struct err err = ERR_INIT;

    (void)state;
    start(&model);
    apply(&model, "ALTER TABLE t ADD bc int", &err);
    apply(&model, "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES p (name)", &err);
    /* The name begins alike, and is that of another column. */
    apply(&model, "ALTER TABLE t ADD INDEX (bc)", &err);
    model_lines(&lines, &model);
    assert_true(strvec_has(&lines, "t index (b)"));
    strvec_release(&lines);
    apply(&model, "ALTER TABLE t ADD INDEX (b, a)", &err);
    model_lines(&lines, &model);
    assert_false(strvec_has(&lines, "t index (b)"));
    strvec_release(&lines);
    model_release(&model);
}

/* None of the statement's actions conflicts. */
static void assert_works(struct model *model, const char *text)
{
    struct err err = ERR_INIT;
    struct ddl ddl;

    ddl_parse(&ddl, text);
    assert_int_equal(ddl.class, DDL_CLASS_SHAPE);
    if (ddl_apply(&ddl, model, &err) != DDL_EFFECT_APPLIED)
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

static void partly(void **state)
{
    struct model model;
    struct err err = ERR_INIT;

    (void)state;
    start(&model);
    apply(&model, "ALTER TABLE t ADD x int", &err);
    assert_int_equal(apply(&model, "ALTER TABLE t ADD x int, ADD y int", &err), DDL_EFFECT_PARTLY);
    assert_int_equal(apply(&model, "ALTER TABLE t ADD x int, ADD y int", &err), DDL_EFFECT_ALREADY);
    assert_int_equal(apply(&model, "ALTER TABLE t ADD x int, ADD b int", &err),
                     DDL_EFFECT_CONFLICT);
    err_release(&err);
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
                                         "CREATE TABLE t (a int DEFAULT now, b int DEFAULT +)",
                                         "CREATE TABLE t (a int DEFAULT (1 + (2))",
                                         "CREATE TABLE t (CONSTRAINT c CHECK (a > 0))",
                                         "CREATE TABLE t (a int, FOREIGN KEY (a) TO b (c))",
                                         "CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES b (c) "
                                         "ON DELETE EXPLODE)",
                                         "CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES b (c) "
                                         "ON NOTHING)",
                                         "RENAME TABLE a b",
                                         "CREATE INDEX i FOR t (a)",
                                         "DROP INDEX i FROM t",
                                         "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)",
                                         "ALTER TABLE t RENAME INDEX a TO b",
                                         "ALTER TABLE t ALTER a SET INVISIBLE",
                                         "ALTER TABLE t ADD x int, PARTITION BY HASH (x)",
                                         "ALTER TABLE t ADD x int UNIQUE",
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
    assert_int_equal(ddl_resolve_by_model(&text,
                                          "a '{x}' {foreign key of t (b)} {index of t (b)} "
                                          "{index of t (a,b)} -- {y}",
                                          &model, &err),
                     0);
    assert_string_equal(text.buf, "a '{x}' `f``k` `f``k` `(none)` -- {y}");
    strbuf_reset(&text);
    assert_int_equal(ddl_resolve_by_model(&text, "x {nothing of t}", &model, &err), -1);
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
    assert_int_equal(
        lookup_resolve_offline(&sql, "ALTER TABLE t DROP KEY {index of t (a, b)}", &err), 0);
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
        TEST("defaults and table options may be set again", repeatable),
        TEST("a new name stands wherever the old one did", renamed_everywhere),
        TEST("a constraint is dropped by its name, key or index", constraint_by_name),
        TEST("what the server would refuse is a conflict, in words", conflicts),
        TEST("an index or column that a foreign key needs can't go", needed_index),
        TEST("the index that a server made for a foreign key goes for one that it leads",
             implied_index),
        TEST("in one statement foreign keys go first, and one index takes another's revision",
             one_statement),
        TEST("a statement is found done in part, or as a whole", partly),
        TEST("what isn't understood is opaque, rows are data", classes),
        TEST("braces are replaced by what the model says, outside of literals", braces),
        TEST("offline, braces become a statement that the server composes", offline),
        TEST("a statement ends at its own semicolon", lengths),
    };

    return cmocka_run_group_tests_name("schema/shape/ddl", tests, NULL, NULL);
}
