#include "schema/shape/model.h"

#include <stdlib.h>
#include <string.h>

#include "../../unit.h"
#include "../canonical.h"

static void assert_type(const char *given, const char *canonical)
{
    char *type = model_canonical_type(given);

    assert_string_equal(type, canonical);
    free(type);
}

static void types(void **state)
{
    (void)state;
    assert_type("INT(11)", "int");
    assert_type("int(10) unsigned", "int unsigned");
    assert_type("INTEGER", "int");
    assert_type("INTEGER(11) UNSIGNED", "int unsigned");
    assert_type("tinyint(1) unsigned", "tinyint unsigned");
    assert_type("CHARACTER(9)", "char(9)");
    assert_type("character", "char(1)");
    assert_type("tinyint(1)", "tinyint(1)");
    assert_type("tinyint(4)", "tinyint");
    assert_type("BOOLEAN", "tinyint(1)");
    assert_type("int(5) unsigned zerofill", "int(5) unsigned zerofill");
    assert_type("numeric(8, 2)", "decimal(8,2)");
    assert_type("decimal", "decimal(10,0)");
    assert_type("varchar( 36 )", "varchar(36)");
    assert_type("enum('A','b c')", "enum('A','b c')");
    assert_type("JSON", "longtext");
    assert_type("double precision", "double");
    assert_type("year(4)", "year");
}

static void assert_default(const char *type, const char *value, size_t len, const char *canonical)
{
    char *text = model_canonical_default(type, value, len);

    assert_string_equal(text, canonical);
    free(text);
}

static void defaults(void **state)
{
    (void)state;
    assert_default("int", "0", 1, "0");
    assert_default("varchar(5)", "it's", 4, "'it''s'");
    assert_default("varchar(5)", "a\\b", 3, "'a\\\\b'");
    assert_default("varchar(5)", "a\nb\0", 4, "'a\\nb\\0'");
    assert_default("binary(3)", "", 0, "x'000000'");
    assert_default("binary(3)", "\0\1", 2, "x'000100'");
    assert_default("varbinary(3)", "\1", 1, "x'01'");
}

static const char canonical[] =
    "`odd name` column `a b` varchar(10) not null default 'x default y'\n"
    "`odd name` table\n"
    "t column a int not null auto_increment\n"
    "t column b varchar(20) default ''\n"
    "t column c timestamp not null default current_timestamp on update current_timestamp\n"
    "t foreign key (b) references u (name) on delete cascade\n"
    "t index (b, c(12))\n"
    "t primary key (a)\n"
    "t table\n";

static void round_trip(void **state)
{
    struct model model, copy;
    struct strbuf text = STRBUF_INIT;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(canonical_parse(&model, "f", canonical, &err), 0);
    model_copy(&copy, &model);
    model_add_canonical(&text, &copy);
    assert_string_equal(text.buf, canonical);
    model_release(&model);
    model_release(&copy);
    strbuf_release(&text);
}

static void bad_line(void **state)
{
    static const char *const lines[] = {
        "t nonsense",
        "t odd index (a)",
        "t index (a) more",
        "t column  a int",
        "t column `a` int",
        "t COLUMN c int",
        "t column first int",
        "t foreign key (a)references u (id)",
        "t foreign key (a) references u",
        "t foreign key (a) references u v (id)",
        "`odd table",
        " table",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct model model;
        struct strbuf text = STRBUF_INIT;
        struct err err = ERR_INIT;

        strbuf_addf(&text, "t table\n\n# c\nt column first text\n%s\n", lines[i]);
        if (canonical_parse(&model, "f.txt", text.buf, &err) == 0)
            fail_msg("accepted: %s", lines[i]);
        assert_has(err.message, "f.txt:5");
        err_release(&err);
        strbuf_release(&text);
    }
}

static void odd_names(void **state)
{
    static const char text[] = "t foreign key (a) references `odd``name` (id)\nt table\n";
    struct strbuf again = STRBUF_INIT;
    struct model model;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(canonical_parse(&model, "f", text, &err), 0);
    assert_string_equal(model.tables[0].keys[0].ref_table, "odd`name");
    model_add_canonical(&again, &model);
    assert_string_equal(again.buf, text);
    model_release(&model);
    strbuf_release(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("types are in one dialect", types),
        TEST("defaults are in one dialect, binary ones padded", defaults),
        TEST("a canonical text that is read gives the same text", round_trip),
        TEST("odd names of tables are quoted, in foreign keys too", odd_names),
        TEST("a line that is none is an error with file and line", bad_line),
    };

    return cmocka_run_group_tests_name("schema/shape/model", tests, NULL, NULL);
}
