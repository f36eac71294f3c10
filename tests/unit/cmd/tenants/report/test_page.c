#include "cmd/tenants/report/page.h"

#include <string.h>

#include "../../../../../src/cmd/tenants/report/html.h"
#include "../../../unit.h"
#include "base/clock.h"
#include "base/mem.h"
#include "cmd/tenants/report/words.h"

static void assert_escaped(const char *text, const char *expected)
{
    struct strbuf sb = STRBUF_INIT;

    html_add_escaped(&sb, text);
    assert_string_equal(sb.buf, expected);
    strbuf_release(&sb);
}

static void escapes(void **state)
{
    (void)state;
    assert_escaped("a<b>&\"c'", "a&lt;b&gt;&amp;&quot;c&#39;");
    assert_escaped("</style><script>x()</script>",
                   "&lt;/style&gt;&lt;script&gt;x()&lt;/script&gt;");
    assert_escaped("line\nbreak\x01\xff", "line\\nbreak\\x01\\xff");
    assert_escaped("\xc3\xb6", "\xc3\xb6");
}

static void assert_day(int64_t step_ns, const char *expected)
{
    struct strbuf sb = STRBUF_INIT;

    report_add_day(&sb, 1772346645500000000, step_ns);
    assert_string_equal(sb.buf, expected);
    strbuf_release(&sb);
}

static void days(void **state)
{
    (void)state;
    assert_day(CLOCK_WEEK_NS, "2026-03-01");
    assert_day(6 * CLOCK_HOUR_NS, "2026-03-01 06:30");
    assert_day(CLOCK_SECOND_NS, "2026-03-01 06:30:45");
}

/* The page holds text from outside as text only. */
static void page_escapes(void **state)
{
    static char evil[] = "<img src=x onerror=alert(1)>\"'&";
    struct report_facts facts = {.journal = evil, .url = evil, .database = evil};
    struct report report = {0};
    struct strbuf page = STRBUF_INIT;
    uint32_t number = names_add(&facts.names, evil);
    uint32_t measurements[] = {number};
    struct report_set sets[] = {{measurements, 1, number}};
    struct report_row row = {.tenant = number,
                             .database = number,
                             .policy = number,
                             .words = number,
                             .range = {0, CLOCK_WEEK_NS}};
    struct report_slow slow = {evil, evil, evil, evil, evil, 1, 1, 1, {0, 1}};
    struct report_run run = {.run = {.id = 1, .ended_ns = 2, .status = 4},
                             .kind = evil,
                             .engine = evil,
                             .command = evil,
                             .words = evil};
    struct report_target target = {
        .tenant = number, .database = number, .policy = number, .problem = number};
    struct verification_record record = {
        .words = evil, .filters = evil, .command = evil, .part = true, .ended_ns = 1, .status = 4};
    struct report_part part = {.name = evil, .ran = true, .words = evil, .command = evil};
    char *words[] = {evil, NULL};
    const struct strvec options = {words, 1, 0};

    (void)state;
    facts.differing = (struct report_rows){&row, 1, 1};
    facts.verifications = (struct verification_list){&record, 1, 1};
    facts.parts = &part;
    facts.part_count = 1;
    facts.sets = sets;
    facts.set_count = 1;
    facts.failed = (struct report_rows){&row, 1, 1};
    facts.slow = &slow;
    facts.slow_count = 1;
    facts.runs = &run;
    facts.run_count = 1;
    facts.targets = &target;
    facts.target_count = 1;
    report_build(&report, &facts, CLOCK_WEEK_NS, &options);
    report_add_page(&page, &report);
    assert_null(strstr(page.buf, "<img"));
    assert_null(strstr(page.buf, "alert(1)>"));
    assert_has(page.buf, "&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;");
    assert_null(strstr(page.buf, "<script"));
    report_release(&report);
    names_release(&facts.names);
    strbuf_release(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("text from outside is escaped and made visible", escapes),
        TEST("a day is told with as much as its step can differ in", days),
        TEST("nothing from outside becomes markup", page_escapes),
    };

    return cmocka_run_group_tests_name("cmd/tenants/report", tests, NULL, NULL);
}
