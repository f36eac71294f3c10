#include "term/out.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit.h"
#include "base/file.h"
#include "base/json.h"

static char path[] = "/tmp/test_out.XXXXXX";
static int kept;

/* Standard output goes to `fd` until take_back(). */
static void send_to(int fd)
{
    assert_true(fd >= 0);
    fflush(stdout);
    kept = dup(STDOUT_FILENO);
    dup2(fd, STDOUT_FILENO);
    close(fd);
}

static void take_back(void)
{
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(path, "/tmp/test_out.XXXXXX");
    send_to(mkstemp(path));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

/* Ends the redirection, and compares the file with what should be in it. */
static void assert_printed(const char *expected)
{
    struct strbuf text = STRBUF_INIT;
    struct err err = ERR_INIT;
    int rc = out_finish(&err);

    take_back();
    assert_int_equal(rc, 0);
    assert_int_equal(file_read(path, 100000, &text, &err), 0);
    assert_string_equal(text.buf, expected);
    strbuf_release(&text);
}

static void texts(void **state)
{
    (void)state;
    out_text("100%s\n");
    out_printf("%d %s\n", 7, "x");
    assert_printed("100%s\n7 x\n");
}

static json_t *object(void)
{
    json_t *value = json_object();

    json_set_text(value, "event", "a\nb");
    json_set_int(value, "points", INT64_MAX);
    return value;
}

static void documents(void **state)
{
    (void)state;
    out_json_document(object());
    out_json_line(object());
    assert_printed("{\"event\":\"a\\nb\",\"points\":9223372036854775807}\n"
                   "{\"event\":\"a\\nb\",\"points\":9223372036854775807}\n");
}

static void lines_at_once(void **state)
{
    struct strbuf text = STRBUF_INIT;
    struct err err = ERR_INIT;

    (void)state;
    out_json_line(json_object());
    assert_int_equal(file_read(path, 100000, &text, &err), 0);
    assert_printed("{}\n");
    assert_string_equal(text.buf, "{}\n");
    strbuf_release(&text);
}

static void tables(void **state)
{
    struct out_table *table = out_table_new((const char *const[]){"TENANT", ">POINTS", "X", NULL});

    (void)state;
    out_table_cell(table, "a");
    out_table_cell(table, "%d", 7);
    out_table_cell(table, "note");
    out_table_cell(table, "gr\xc3\xb6\xc3\x9f"
                          "er als");
    out_table_cell(table, "%s", "12,345,678");
    out_table_cell(table, "%s", "");
    out_table_print(table);
    assert_printed("TENANT          POINTS  X\n"
                   "a                    7  note\n"
                   "gr\xc3\xb6\xc3\x9f"
                   "er als  12,345,678  \n");
}

static void hostile_cells(void **state)
{
    struct out_table *table = out_table_new((const char *const[]){"A", "B", NULL});

    (void)state;
    out_table_cell(table, "%s", "a\nb\x1b[31m\xff");
    out_table_cell(table, "%s", "%s");
    out_table_print(table);
    assert_printed("A                 B\n"
                   "a\\nb\\x1b[31m\\xff  %s\n");
}

static void empty_table(void **state)
{
    struct out_table *table = out_table_new((const char *const[]){"A", "B", NULL});

    (void)state;
    out_table_print(table);
    assert_printed("");
}

/* The error of a write is remembered for good, so this test is the last. */
static void full(void **state)
{
    struct err err = ERR_INIT;
    int rc;

    (void)state;
    send_to(open("/dev/full", O_WRONLY));
    out_text("x");
    rc = out_finish(&err);
    take_back();
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, ERR_FAILED);
    assert_has(err.message, "standard output");
    assert_has(err.message, "No space left");
    err_release(&err);
    assert_int_equal(out_finish(&err), -1);
    err_release(&err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define OUT_TEST(sentence, function) TEST_WITH(sentence, function, set_up, tear_down)
        OUT_TEST("a text is printed as it is, a format formatted", texts),
        OUT_TEST("JSON that goes to no terminal stands on one line", documents),
        OUT_TEST("a line of JSON is there at once", lines_at_once),
        OUT_TEST("the columns of a table line up by characters", tables),
        OUT_TEST("nothing in a cell reaches the terminal's controls", hostile_cells),
        OUT_TEST("a table without rows prints nothing", empty_table),
        TEST("what couldn't be written is an error at the end", full),
    };

    return cmocka_run_group_tests_name("term/out", tests, NULL, NULL);
}
