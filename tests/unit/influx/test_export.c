#include "influx/export.h"

#include <string.h>

#include "../unit.h"

struct seen {
    size_t lines, rows;
    double last;
};

static int on_line(void *context, const struct export_line *line, struct err *err)
{
    struct seen *seen = context;

    (void)err;
    seen->lines++;
    seen->rows += line->count;
    export_number(line->values, line->count - 1, &seen->last);
    return 0;
}

static struct export_reader reader_for(struct seen *seen)
{
    struct export_reader reader = EXPORT_READER_INIT;

    reader.line = on_line;
    reader.context = seen;
    return reader;
}

static const char two_lines[] =
    "{\"metric\":{\"__name__\":\"a_value\"},\"values\":[1,2.5],\"timestamps\":[1700000000123,"
    "1700000001123]}\n"
    "{\"metric\":{\"__name__\":\"b_value\"},\"values\":[1e3],\"timestamps\":[5]}\n";

static void parts_of_any_size(void **state)
{
    (void)state;
    for (size_t part = 1; part < sizeof(two_lines); part += 7) {
        struct seen seen = {0};
        struct export_reader reader = reader_for(&seen);

        for (size_t at = 0; at < sizeof(two_lines) - 1; at += part) {
            size_t left = sizeof(two_lines) - 1 - at;

            assert_int_equal(export_reader_feed(&reader, two_lines + at, left < part ? left : part),
                             0);
        }
        assert_int_equal(export_reader_finish(&reader), 0);
        assert_int_equal(seen.lines, 2);
        assert_int_equal(seen.rows, 3);
        assert_true(seen.last > 999.9 && seen.last < 1000.1);
        export_reader_release(&reader);
    }
}

static void nothing_is_fine(void **state)
{
    struct seen seen = {0};
    struct export_reader reader = reader_for(&seen);

    (void)state;
    assert_int_equal(export_reader_finish(&reader), 0);
    export_reader_release(&reader);
}

static void whole_numbers_of_any_length(void **state)
{
    struct seen seen = {0};
    struct export_reader reader = reader_for(&seen);
    const char line[] =
        "{\"metric\":{},\"values\":[123456789012345678901234567890],\"timestamps\":[1]}\n";

    (void)state;
    assert_int_equal(export_reader_feed(&reader, line, sizeof(line) - 1), 0);
    assert_true(seen.last > 1.2e29 && seen.last < 1.3e29);
    export_reader_release(&reader);
}

static void broken_lines(void **state)
{
    static const char *const lines[] = {
        "no JSON\n",
        "[]\n",
        "{\"metric\":{},\"values\":[1],\"timestamps\":[]}\n",
        "{\"values\":[1],\"timestamps\":[1]}\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct seen seen = {0};
        struct export_reader reader = reader_for(&seen);

        assert_int_equal(export_reader_feed(&reader, lines[i], strlen(lines[i])), -1);
        assert_int_equal(reader.err.code, ERR_FAILED);
        assert_int_equal(export_reader_feed(&reader, two_lines, 5), -1);
        export_reader_release(&reader);
    }
}

static void cut_line(void **state)
{
    struct seen seen = {0};
    struct export_reader reader = reader_for(&seen);

    (void)state;
    assert_int_equal(export_reader_feed(&reader, two_lines, sizeof(two_lines) - 3), 0);
    assert_int_equal(export_reader_finish(&reader), -1);
    export_reader_release(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("an export is read in parts of any size", parts_of_any_size),
        TEST("an export of nothing is fine", nothing_is_fine),
        TEST("whole numbers may have any length", whole_numbers_of_any_length),
        TEST("a line that is no series ends the reading", broken_lines),
        TEST("an export that ends within a line is refused", cut_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
