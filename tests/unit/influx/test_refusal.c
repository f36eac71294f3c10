#include "influx/refusal.h"

#include <string.h>

#include "../unit.h"
#include "base/mem.h"
#include "influx/line.h"

static size_t count(const char *lines)
{
    return line_count(lines, strlen(lines));
}

static void counting(void **state)
{
    (void)state;
    assert_int_equal(count(""), 0);
    assert_int_equal(count("m v=1 1\n"), 1);
    assert_int_equal(count("m v=1 1"), 1);
    assert_int_equal(count("m v=1 1\nm v=2 2\n"), 2);
    assert_int_equal(count("m s=\"a\nb\",v=1 1\nm v=2 2\n"), 2);
    assert_int_equal(count("m v=1,s=\"\\\"\n\\\\\" 1\nm v=2 2\n"), 2);
    /* Quotes are nothing special in names. */
    assert_int_equal(count("a\"b,t\"=\"x f\"=1 1\nm v=2 2\n"), 2);
    assert_int_equal(count("m\\ n,a\\=b=c\\ d v=1 1\nm v=2 2\n"), 2);
    /* Lines that a person left there: a comment, empty lines, lines that are no points. */
    assert_int_equal(count("# \"\nm v=2 2\n"), 2);
    assert_int_equal(count("\n\nnonsense\nm \nm v\nm v= 1\nm v=2 2\n"), 7);
}

static void add_field(void *context, const char *measurement, const char *field,
                      enum line_type type)
{
    static const char letters[] = "fisb";

    strbuf_addf(context, "[%s|%s|%c]", measurement, field, letters[type]);
}

static void assert_fields(const char *line, const char *wanted)
{
    struct strbuf text = STRBUF_INIT;

    line_each_field(line, strlen(line), add_field, &text);
    assert_string_equal(text.buf, wanted);
    strbuf_release(&text);
}

static void missing_quotes(void **state)
{
    (void)state;
    assert_int_equal(count("m s=\"a 1\nm v=2 2\n"), 2);
    assert_int_equal(count("m s=\"a 1\nm s=\"b\" 2\nm v=3 3\n"), 3);
    assert_int_equal(count("m s=\"a,t=\"b\" 1\nm v=2 2\n"), 2);
    assert_int_equal(count("m s=\"a\nb\" -1\nm s=\"a\nb\"\nm v=3"), 3);
}

static void fields(void **state)
{
    (void)state;
    assert_fields("m a=1,b=2i,c=\"x,y=3 z\",d=t,e=F 17\n", "[m|a|f][m|b|i][m|c|s][m|d|b][m|e|b]");
    assert_fields("m\\,\\ n,t=a\\ b f\\ \\=g=1e+300 17\n", "[m, n|f =g|f]");
    assert_fields("m\\x v=-9223372036854775808i 1\n", "[m\\x|v|i]");
    assert_fields("nonsense", "");
    assert_fields("m v", "");
}

#define CONFLICT(field, measurement, theirs)                                                       \
    "partial write: field type conflict: input field \"" field "\" on measurement \"" measurement  \
    "\" is type float, already exists as type " theirs

static void whole(void **state)
{
    static const char lines[] = "m v=1 1\nm v=2 2\n";

    (void)state;
    assert_true(refusal_is_of_all("anything", "m v=1 1\n", 8));
    assert_true(refusal_is_of_all(CONFLICT("v", "m", "string") " dropped=2", lines, strlen(lines)));
    assert_false(
        refusal_is_of_all(CONFLICT("v", "m", "string") " dropped=1", lines, strlen(lines)));
    assert_false(refusal_is_of_all("words", lines, strlen(lines)));
    /* The last number is the server's own, whatever a name holds. */
    assert_false(refusal_is_of_all(CONFLICT("v", " dropped=2", "string") " dropped=1", lines,
                                   strlen(lines)));
}

static void assert_split(const char *words, const char *lines, const char *condemned,
                         const char *others)
{
    struct strbuf a = STRBUF_INIT, b = STRBUF_INIT;

    refusal_split(words, lines, strlen(lines), &a, &b);
    assert_string_equal(a.buf, condemned);
    assert_string_equal(b.buf, others);
    strbuf_release(&a);
    strbuf_release(&b);
}

static void splitting(void **state)
{
    (void)state;
    assert_split(CONFLICT("v", "m", "string"), "m v=1 1\nm v=\"x\" 2\nn v=1 3\nm w=1 4\nm v=3i 5\n",
                 "m v=1 1\nm v=3i 5\n", "m v=\"x\" 2\nn v=1 3\nm w=1 4\n");
    /* Lines that the words don't tell apart are halved. */
    assert_split(CONFLICT("v", "x", "string"), "m v=1 1\nm v=2 2\nm v=3 3\n", "m v=1 1\n",
                 "m v=2 2\nm v=3 3\n");
    assert_split(CONFLICT("v", "m", "string"), "m v=1 1\nm v=2 2\n", "m v=1 1\n", "m v=2 2\n");
    /* 1.12 and 2.7 quote names as Go does. */
    assert_split(CONFLICT("a\\\"b", "\\u202e\\x7f\\\\c\\U000e0001", "string"),
                 "n v=1 1\n\xe2\x80\xae\x7f\\c\xf3\xa0\x80\x81 a\"b=2 2\nn w=3 3\nn x=4 4\n",
                 "\xe2\x80\xae\x7f\\c\xf3\xa0\x80\x81 a\"b=2 2\n", "n v=1 1\nn w=3 3\nn x=4 4\n");
    assert_split("other words", "m v=1 1\nm v=2 2\n", "m v=1 1\n", "m v=2 2\n");
}

/* A field's name may be the server's words that stand around it. */
static void like_the_words(void **state)
{
    static const char lines[] = "a v=1 1\na v=2 2\n";
    struct strbuf condemned = STRBUF_INIT, others = STRBUF_INIT;

    (void)state;
    refusal_split(CONFLICT(" on measurement ", "a", "integer"), lines, strlen(lines), &condemned,
                  &others);
    refusal_split("input field \" on measurement \" is type float, already exists as type integer",
                  lines, strlen(lines), &condemned, &others);
    assert_string_equal(condemned.buf, "a v=1 1\na v=1 1\n");
    assert_string_equal(others.buf, "a v=2 2\na v=2 2\n");
    strbuf_release(&condemned);
    strbuf_release(&others);
}

static void listing(void **state)
{
    struct refusals refusals = REFUSALS_INIT;

    (void)state;
    refusals_add(&refusals, "a dropped=1", "m v=1 1\n", 8);
    refusals_add(&refusals, "b", "m v=2 2\n", 8);
    refusals_add(&refusals, "a dropped=2", "m v=3 3\nm v=4 4\n", 16);
    assert_int_equal(refusals.count, 2);
    assert_int_equal(refusals.points, 4);
    assert_string_equal(refusals.items[0].words, "a");
    assert_string_equal(refusals.items[0].lines.buf, "m v=1 1\nm v=3 3\nm v=4 4\n");
    assert_int_equal(refusals.items[1].points, 1);
    refusals_release(&refusals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("lines are counted, newlines in strings aside", counting),
        TEST("a line that lacks a quote ends where a line ends", missing_quotes),
        TEST("a line's fields are told, with their types", fields),
        TEST("a part is refused whole where it is one line, or all were dropped", whole),
        TEST("a refused part is divided by the server's words, else in halves", splitting),
        TEST("names that are like the server's words harm nothing", like_the_words),
        TEST("what is refused is kept by its reason", listing),
    };

    return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}
