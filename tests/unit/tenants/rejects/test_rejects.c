#include "tenants/rejects/rejects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../unit.h"
#include "base/file.h"
#include "base/mem.h"

struct place {
    char top[32];
    struct settings settings;
    struct rejects *rejects;
    struct err err;
};

static int set_up(void **state)
{
    struct place *place = xcalloc(1, sizeof(*place));

    strcpy(place->top, "/tmp/test_rejects.XXXXXX");
    assert_non_null(mkdtemp(place->top));
    place->settings = (struct settings){.database = xstrdup("mon"),
                                        .url = xstrdup("http://127.0.0.1:8086"),
                                        .state_dir = xstrdup(place->top)};
    place->rejects = rejects_new(&place->settings);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    struct strbuf lock = STRBUF_INIT;

    strbuf_addf(&lock, "%s.lock", rejects_path(place->rejects));
    unlink(lock.buf);
    unlink(rejects_path(place->rejects));
    rmdir(place->top);
    strbuf_release(&lock);
    rejects_free(place->rejects);
    free(place->settings.database);
    free(place->settings.url);
    free(place->settings.state_dir);
    err_release(&place->err);
    free(place);
    return 0;
}

/* Adds lines that were refused for one reason; returns how many are new. */
static int64_t add(struct place *place, const char *database, const char *words, const char *lines)
{
    struct rejects_owner owner = {"t", database, database, "autogen"};
    struct refusals refusals = REFUSALS_INIT;
    int64_t fresh = -1;

    refusals_add(&refusals, words, lines, strlen(lines));
    if (rejects_add(place->rejects, &owner, &refusals, &fresh, &place->err) < 0)
        fail_msg("%s", place->err.message);
    refusals_release(&refusals);
    return fresh;
}

static void add_section(void *context, const struct rejects_section *section)
{
    strbuf_addf(context, "<%s %s %s: %s: %.*s>", section->owner.tenant, section->owner.database,
                section->owner.target_policy, section->words, (int)section->len, section->lines);
}

static void assert_content(struct place *place, const char *wanted)
{
    struct strbuf text = STRBUF_INIT;

    assert_int_equal(rejects_each(place->rejects, add_section, &text, &place->err), 0);
    assert_string_equal(text.buf, wanted);
    strbuf_release(&text);
}

static void overwrite(struct place *place, const char *content)
{
    FILE *file = fopen(rejects_path(place->rejects), "we");

    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void adding(void **state)
{
    struct place *place = *state;
    struct stat st;

    assert_content(place, "");
    assert_int_equal(add(place, "d", "why", "m v=1 1\nm s=\"a\n# b\" 2\n"), 2);
    assert_int_equal(stat(rejects_path(place->rejects), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_content(place, "<t d autogen: why: m v=1 1\nm s=\"a\n# b\" 2\n>");
    assert_int_equal(add(place, "d", "other", "m v=2 3\n"), 1);
    assert_content(
        place, "<t d autogen: why: m v=1 1\nm s=\"a\n# b\" 2\n><t d autogen: other: m v=2 3\n>");
}

static void once(void **state)
{
    struct place *place = *state;

    assert_int_equal(add(place, "d", "why", "m v=1 1\nm v=1 2\n"), 2);
    assert_int_equal(add(place, "d", "why, again", "m v=1 2\nm v=1 3\n"), 1);
    assert_int_equal(add(place, "d", "why", "m v=1 1\n"), 0);
    /* The same line for another database is another point. */
    assert_int_equal(add(place, "e", "why", "m v=1 1\n"), 1);
    /* Another process finds the same points in the file. */
    rejects_free(place->rejects);
    place->rejects = rejects_new(&place->settings);
    assert_int_equal(add(place, "d", "why", "m v=1 1\nm v=1 3\n"), 0);
    /* A point that was taken out in between is new again. */
    overwrite(place, "");
    assert_int_equal(add(place, "d", "why", "m v=1 1\n"), 1);
    assert_content(place, "<t d autogen: why: m v=1 1\n>");
}

static void missing_quote(void **state)
{
    struct place *place = *state;

    /* Without a rule for it, all up to the next quote would be one string, and the last line would
     * belong to the first target. */
    overwrite(place, "# TENANT: t\n# CONTEXT-DATABASE: d\nm s=\"a 1\nm v=1 2\n# END\n"
                     "# TENANT: u\n# CONTEXT-DATABASE: e\nm s=\"b\" 3\nm v=4 4\n# END\n");
    assert_content(place, "<t d : : m s=\"a 1\nm v=1 2\n><u e : : m s=\"b\" 3\nm v=4 4\n>");
    overwrite(place, "# TENANT: t\n# CONTEXT-DATABASE: d\nm s=\"a 1\n# END\n");
    assert_int_equal(add(place, "d", "why", "m s=\"b\" 3\n"), 1);
    assert_content(place, "<t d : : m s=\"a 1\n><t d autogen: why: m s=\"b\" 3\n>");
}

static void cut_off(void **state)
{
    struct place *place = *state;

    overwrite(place, "# TENANT: t\n# CONTEXT-DATABASE: d\nm v=1 1\nm v=1 123");
    assert_content(place, "<t d : : m v=1 1\n>");
    assert_int_equal(add(place, "d", "why", "m v=1 12345\n"), 1);
    assert_content(place, "<t d : : m v=1 1\n><t d autogen: why: m v=1 12345\n>");
    /* An editor may leave out the last newline: no point is lost. */
    overwrite(place, "# TENANT: t\nm v=1 1\nm v=1 123\n# END");
    assert_content(place, "<t  : : m v=1 1\nm v=1 123\n>");
}

static void cut_off_text(void **state)
{
    struct place *place = *state;

    /* The cut is inside a text field, behind a newline of the text. */
    overwrite(place, "# TENANT: t\nm v=1 1\nm s=\"a\n");
    assert_content(place, "<t  : : m v=1 1\n>");
    assert_int_equal(add(place, "d", "why", "m s=\"a\nb\" 2\n"), 1);
    assert_content(place, "<t  : : m v=1 1\n><t d autogen: why: m s=\"a\nb\" 2\n>");
    /* A crash can only cut off what stands behind the last "# END". */
    overwrite(place, "# TENANT: t\nm s=\"a 1\nm v=1 2\n# END\n# TENANT: t\nm v=1 3\nm v=1");
    assert_content(place, "<t  : : m s=\"a 1\nm v=1 2\n><t  : : m v=1 3\n>");
    assert_int_equal(add(place, "d", "why", "m v=1 4\n"), 1);
    assert_content(place, "<t  : : m s=\"a 1\nm v=1 2\n><t  : : m v=1 3\n>"
                          "<t d autogen: why: m v=1 4\n>");
}

struct parts {
    int64_t points, sections;
    size_t most;
    int64_t next; /* the time that the next line should have */
};

static void add_part(void *context, const struct rejects_section *section)
{
    struct parts *parts = context;

    parts->points += section->points;
    parts->sections++;
    parts->most = section->len > parts->most ? section->len : parts->most;
    for (const char *at = section->lines; at < section->lines + section->len;) {
        const char *blank = strchr(at, '1');

        assert_int_equal(strtoll(strchr(blank, ' ') + 1, NULL, 10), parts->next++);
        at = strchr(at, '\n') + 1;
    }
}

static void large(void **state)
{
    struct place *place = *state;
    struct parts parts = {.next = 0};
    struct strbuf lines = STRBUF_INIT;

    for (int i = 0; i < 60000; i++)
        strbuf_addf(&lines, "measurement,host=a,service=monitoring v=1 %d\n", i);
    assert_int_equal(add(place, "d", "why", lines.buf), 60000);
    assert_int_equal(add(place, "d", "why, again", lines.buf), 0);
    assert_int_equal(rejects_each(place->rejects, add_part, &parts, &place->err), 0);
    assert_int_equal(parts.points, 60000);
    assert_true(parts.sections > 2);
    assert_true(parts.most < 1024 * 1024);
    strbuf_release(&lines);
}

static void two_processes(void **state)
{
    struct place *place = *state;
    struct rejects *other = rejects_new(&place->settings), *own = place->rejects;

    assert_int_equal(add(place, "d", "why", "m v=1 1\n"), 1);
    place->rejects = other;
    assert_int_equal(add(place, "d", "why", "m v=1 1\nm v=1 2\n"), 1);
    place->rejects = own;
    assert_int_equal(add(place, "d", "why", "m v=1 2\nm v=1 3\n"), 1);
    place->rejects = other;
    assert_int_equal(add(place, "d", "why", "m v=1 1\nm v=1 2\nm v=1 3\n"), 0);
    /* A person takes a line out while both run. */
    overwrite(place, "# TENANT: t\n# TARGET: d\n# CONTEXT-RETENTION-POLICY: autogen\nm v=1 1\n");
    assert_int_equal(add(place, "d", "why", "m v=1 1\nm v=1 2\n"), 1);
    place->rejects = own;
    rejects_free(other);
}

static void one_line_reasons(void **state)
{
    struct place *place = *state;
    struct strbuf content = STRBUF_INIT;

    assert_int_equal(add(place, "d", "two\nlines", "m v=1 1\n"), 1);
    assert_int_equal(file_read(rejects_path(place->rejects), 65536, &content, &place->err), 0);
    assert_null(strstr(content.buf, "\nlines"));
    assert_has(content.buf, "\n# DML\n");
    assert_has(content.buf, "\n# CONTEXT-DATABASE: d\n");
    assert_has(content.buf, "\n# CONTEXT-RETENTION-POLICY: autogen\n");
    strbuf_release(&content);
}

static void take_kind(void *context, const struct rejects_section *section)
{
    *(enum failure_kind *)context = section->kind;
}

static enum failure_kind read_kind(struct place *place)
{
    enum failure_kind kind = FAILURE_KINDS;

    assert_int_equal(rejects_each(place->rejects, take_kind, &kind, &place->err), 0);
    return kind;
}

static void kinds(void **state)
{
    struct place *place = *state;
    struct strbuf content = STRBUF_INIT;

    assert_int_equal(add(place, "d", "field type conflict: x", "m v=1 1\n"), 1);
    assert_int_equal(file_read(rejects_path(place->rejects), 65536, &content, &place->err), 0);
    assert_has(content.buf, "\n# KIND: field-type\n# REASON: field type conflict: x\n");
    strbuf_release(&content);
    assert_int_equal(read_kind(place), FAILURE_FIELD_TYPE);
    overwrite(place, "# TENANT: t\n# KIND: disk-full\n# REASON: field type conflict\nm v=1 1\n");
    assert_int_equal(read_kind(place), FAILURE_DISK_FULL);
    overwrite(place, "# TENANT: t\n# REASON: field type conflict\nm v=1 1\n");
    assert_int_equal(read_kind(place), FAILURE_FIELD_TYPE);
}

static void full(void **state)
{
    struct place *place = *state;
    struct rejects_owner owner = {"t", "d", "d", "autogen"};
    struct refusals refusals = REFUSALS_INIT;
    struct strbuf line = STRBUF_INIT;
    int64_t fresh;

    assert_int_equal(add(place, "d", "why", "m v=1 1\n"), 1);
    assert_int_equal(truncate(rejects_path(place->rejects), 1024 * 1024 * 1024), 0);
    strbuf_addstr(&line, "m v=1 2\n");
    refusals_add(&refusals, "why", line.buf, line.len);
    assert_int_equal(rejects_add(place->rejects, &owner, &refusals, &fresh, &place->err), -1);
    assert_int_equal(place->err.code, ERR_FAILED);
    assert_has(place->err.message, "full");
    refusals_release(&refusals);
    strbuf_release(&line);
}

static void sum(void *context, const struct rejects_section *section)
{
    strbuf_addf(context, "<%s %s: %s: %d>", section->owner.tenant, section->owner.target,
                section->words, (int)section->points);
}

static void summing(void **state)
{
    struct place *place = *state;
    struct strbuf text = STRBUF_INIT;

    add(place, "d", "why", "m v=1 1\n");
    add(place, "e", "why", "m v=1 1\n");
    add(place, "d", "why", "m v=1 2\nm v=1 3\n");
    assert_int_equal(rejects_summary(place->rejects, sum, &text, &place->err), 0);
    assert_string_equal(text.buf, "<t d: why: 3><t e: why: 1>");
    strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_WITH("refused points stand in a file of mode 0600, by target and reason", adding,
                  set_up, tear_down),
        TEST_WITH("a point stands there once", once, set_up, tear_down),
        TEST_WITH("a line that a crash cut off isn't taken for a point", cut_off, set_up,
                  tear_down),
        TEST_WITH(
            "a line that lacks a quote takes nothing of other lines, and no other tenant's points",
            missing_quote, set_up, tear_down),
        TEST_WITH("nor is a text that a crash cut off", cut_off_text, set_up, tear_down),
        TEST_WITH("a long section is read in parts", large, set_up, tear_down),
        TEST_WITH("what another process adds, and a person takes out, is known", two_processes,
                  set_up, tear_down),
        TEST_WITH("a reason is one comment, and the stock client finds its own", one_line_reasons,
                  set_up, tear_down),
        TEST_WITH("a section says its kind; the words tell it in a file of an older version", kinds,
                  set_up, tear_down),
        TEST_WITH("a file that is full takes no more, and says so", full, set_up, tear_down),
        TEST_WITH("a summary has a tenant, target and reason once", summing, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("rejects", tests, NULL, NULL);
}
