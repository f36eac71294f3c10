/*
 * A journal with strange rows, as damage or a person's hand leaves them; the file itself is sound. Each
 * line of the input is a row, "TABLE|VALUE|VALUE...", or a statement of a few words: "drop|TABLE",
 * "version|N". Whatever stands in it, reading gives ranges that are sorted and disjoint, or an error
 * with words; what is covered then is covered, what fails is not, and neither covers another
 * measurement; a report can be made of it. tests/fuzz/run builds and runs it.
 */
#include "tenants/journal/journal.h"

#include <dirent.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "fuzz.h"
#include "tenants/report/report.h"

static struct settings settings;
static struct strvec tags;
static struct strbuf template = STRBUF_INIT; /* the bytes of a new journal */
static char *path;

static void clear_directory(void)
{
    struct strbuf file = STRBUF_INIT;
    DIR *dir = opendir(settings.state_dir);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        strbuf_reset(&file);
        strbuf_addf(&file, "%s/%s", settings.state_dir, entry->d_name);
        unlink(file.buf);
    }
    if (dir)
        closedir(dir);
    strbuf_release(&file);
}

static void remove_directory(void)
{
    clear_directory();
    rmdir(settings.state_dir);
}

/* Makes a new journal in $FUZZ_DIR, which tests/fuzz/run deletes. */
static void make_template(void)
{
    const char *top = getenv("FUZZ_DIR");
    struct strbuf dir = STRBUF_INIT;
    struct journal *journal;
    struct err err = ERR_INIT;

    strbuf_addf(&dir, "%s/journal.%ld", top ? top : "/tmp", (long)getpid());
    settings = (struct settings)SETTINGS_INIT;
    settings.database = xstrdup("mon");
    settings.url = xstrdup("http://127.0.0.1:8086");
    settings.state_dir = strbuf_detach(&dir);
    tags = (struct strvec)STRVEC_INIT;
    strvec_push(&tags, "_tenant_id");
    atexit(remove_directory);
    journal = journal_open(&settings, JOURNAL_WRITE, &err);
    must(journal);
    path = xstrdup(journal_path(journal));
    journal_close(journal);
    must(file_read(path, 1 << 20, &template, &err) == 0);
}

static void bind(sqlite3_stmt *statement, int at, const char *value)
{
    char *end;
    long long number = strtoll(value, &end, 10);

    if (strcmp(value, "NULL") == 0)
        sqlite3_bind_null(statement, at);
    else if (*value && !*end)
        sqlite3_bind_int64(statement, at, number);
    else if (*value == '#')
        sqlite3_bind_blob(statement, at, value + 1, (int)strlen(value + 1), SQLITE_TRANSIENT);
    else if (*value == '~')
        sqlite3_bind_double(statement, at, strtod(value + 1, NULL));
    else
        sqlite3_bind_text(statement, at, value, -1, SQLITE_TRANSIENT);
}

static void insert(sqlite3 *db, const struct strvec *parts)
{
    struct strbuf sql = STRBUF_INIT;
    sqlite3_stmt *statement = NULL;

    strbuf_addf(&sql, "INSERT OR REPLACE INTO \"%s\" VALUES (", parts->v[0]);
    for (size_t i = 1; i < parts->nr; i++)
        strbuf_addstr(&sql, i > 1 ? ", ?" : "?");
    strbuf_addstr(&sql, ")");
    if (!strchr(parts->v[0], '"') &&
        sqlite3_prepare_v2(db, sql.buf, -1, &statement, NULL) == SQLITE_OK) {
        for (size_t i = 1; i < parts->nr; i++)
            bind(statement, (int)i, parts->v[i]);
        sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    strbuf_release(&sql);
}

static void run_line(sqlite3 *db, const char *line)
{
    struct strvec parts = STRVEC_INIT;
    char *sql = NULL;

    strvec_split(&parts, line, '|');
    if (parts.nr == 2 && strcmp(parts.v[0], "drop") == 0)
        sql = sqlite3_mprintf("DROP TABLE \"%w\"", parts.v[1]);
    else if (parts.nr == 2 && strcmp(parts.v[0], "version") == 0)
        sql = sqlite3_mprintf("PRAGMA user_version = %d", atoi(parts.v[1]) % 7);
    else if (parts.nr > 1)
        insert(db, &parts);
    if (sql)
        sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_free(sql);
    strvec_release(&parts);
}

static void make_file(const char *text)
{
    struct strvec lines = STRVEC_INIT;
    struct err err = ERR_INIT;
    sqlite3 *db;

    clear_directory();
    must(file_replace(path, template.buf, template.len, &err) == 0);
    must(sqlite3_open(path, &db) == SQLITE_OK);
    sqlite3_exec(db, "PRAGMA synchronous = OFF; BEGIN", NULL, NULL, NULL);
    strvec_split(&lines, text, '\n');
    for (size_t i = 0; i < lines.nr; i++)
        run_line(db, lines.v[i]);
    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    sqlite3_close(db);
    strvec_release(&lines);
}

/* Reading */

static void check_ranges(const struct range_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        must(list->items[i].start_ns < list->items[i].end_ns);
        must(!i || list->items[i - 1].end_ns < list->items[i].start_ns);
    }
}

/* Gives what is covered of a measurement of tenant a in mon_a, from autogen. */
static void covered(const struct coverage *coverage, const char *measurement,
                    struct range_list *ret_ranges)
{
    const struct coverage_tenant *rows = coverage_find(coverage, "a");
    char *wanted = coverage_tags_text(&tags);

    for (size_t r = 0; rows && r < rows->count; r++) {
        const struct coverage_row *row = &rows->rows[r];
        const struct coverage_set *set = &coverage->sets[row->set];

        if (strcmp(row->target, "mon_a") != 0 || strcmp(row->source_policy, "autogen") != 0 ||
            strcmp(set->tags, wanted) != 0 ||
            names_find(&set->measurements, measurement) == NAMES_NONE)
            continue;
        for (size_t i = 0; i < row->ranges.count; i++)
            range_list_add(ret_ranges, row->ranges.items[i]);
    }
    free(wanted);
}

static bool load(struct journal *journal, bool failed, struct coverage *coverage)
{
    struct err err = ERR_INIT;
    bool ok = journal_load(journal, coverage, failed, &err) == 0;

    must(ok || err.message);
    for (size_t t = 0; t < coverage->tenants.count; t++)
        for (size_t r = 0; r < coverage->by_tenant[t].count; r++) {
            must(coverage->by_tenant[t].rows[r].set < coverage->set_count);
            check_ranges(&coverage->by_tenant[t].rows[r].ranges);
        }
    err_release(&err);
    return ok;
}

static int on_failure(void *context, const struct journal_failure *failure)
{
    (void)context;
    must(failure->tenant && failure->database && failure->policy && failure->words);
    return 0;
}

static void check_holding(struct journal *journal)
{
    struct holding holding = {0}, again = {0};
    struct strbuf text = STRBUF_INIT, second = STRBUF_INIT;
    struct err err = ERR_INIT;

    if (journal_recall(journal, "mon_a", &holding, &err) == 0) {
        holding_add_text(&text, &holding);
        holding_parse(&again, text.buf);
        holding_add_text(&second, &again);
        must(same_text(text.buf, second.buf) && holding.count == again.count);
        for (size_t i = 1; i < holding.count; i++)
            must(holding.items[i - 1].id < holding.items[i].id);
    }
    holding_release(&holding);
    holding_release(&again);
    strbuf_release(&text);
    strbuf_release(&second);
    err_release(&err);
}

static void check_report(struct journal *journal)
{
    struct report_facts facts = {0};
    struct report report = {0};
    struct err err = ERR_INIT;

    if (report_read(&facts, journal, &err) == 0) {
        report_build(&report, &facts, INT64_C(1795330000000000000), &(struct strvec)STRVEC_INIT);
        must(report.bin_count <= REPORT_BINS_MAX);
        must(report.failure_count <= REPORT_FAILURES_MAX);
        must(report.failure_total >= (int64_t)report.failure_count);
        for (size_t t = 0; t < report.tenant_count; t++)
            for (size_t i = 0; i < report.bin_count; i++)
                must(report.tenants[t].bins[i] < REPORT_STATES);
        report_release(&report);
    }
    report_facts_release(&facts);
    err_release(&err);
}

static void read_journal(void)
{
    struct err err = ERR_INIT;
    struct journal *journal = journal_open(&settings, JOURNAL_READ, &err);
    struct coverage coverage = {0}, both = {0};
    struct journal_run run;

    must(journal || err.message);
    if (journal) {
        load(journal, false, &coverage);
        load(journal, true, &both);
        journal_failures(journal, on_failure, NULL, &err);
        err_release(&err);
        journal_last_run(journal, &run, &err);
        err_release(&err);
        check_holding(journal);
        check_report(journal);
    }
    coverage_release(&coverage);
    coverage_release(&both);
    journal_close(journal);
    err_release(&err);
}

/* Writing */

static bool has(const struct range_list *list, struct range range)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].start_ns <= range.start_ns && range.end_ns <= list->items[i].end_ns)
            return true;
    return false;
}

/* Nothing of `other` is covered that wasn't before. Where rows of one key overlap, some may be forgotten. */
static void check_loaded(struct journal *journal, const char *measurement, struct range range,
                         bool is_covered, const char *other, const struct range_list *before)
{
    struct coverage coverage = {0};
    struct range_list mine = RANGE_LIST_INIT, others = RANGE_LIST_INIT;

    must(load(journal, false, &coverage));
    covered(&coverage, measurement, &mine);
    covered(&coverage, other, &others);
    must(!is_covered || has(&mine, range));
    for (size_t i = 0; !is_covered && i < mine.count; i++)
        must(range_is_empty(range_intersect(mine.items[i], range)));
    for (size_t i = 0; i < others.count; i++)
        must(has(before, others.items[i]));
    range_list_release(&mine);
    range_list_release(&others);
    coverage_release(&coverage);
}

static void write_entry(struct journal *journal, const char *measurement, struct range range)
{
    const struct journal_entry entry = {.tenant = "a",
                                        .database = "mon_a",
                                        .policy = "autogen",
                                        .measurements = &measurement,
                                        .measurement_count = 1,
                                        .tags = &tags,
                                        .range = range,
                                        .points = 3};
    const char *other = strcmp(measurement, "cpu") == 0 ? "mem" : "cpu";
    struct journal_progress progress = {0};
    struct coverage coverage = {0};
    struct range_list before = RANGE_LIST_INIT;
    struct err err = ERR_INIT;

    if (load(journal, false, &coverage)) {
        covered(&coverage, other, &before);
        if (journal_cover(journal, &entry, true, &err) == 0 &&
            journal_commit(journal, &progress, &err) == 0)
            check_loaded(journal, measurement, range, true, other, &before);
        if (err.code == ERR_NONE && journal_fail(journal, &entry, FAILURE_OTHER, "no", &err) == 0 &&
            journal_commit(journal, &progress, &err) == 0)
            check_loaded(journal, measurement, range, false, other, &before);
    }
    must(err.code != ERR_BUG);
    range_list_release(&before);
    coverage_release(&coverage);
    err_release(&err);
}

static void write_journal(void)
{
    struct err err = ERR_INIT;
    struct journal *journal = journal_open(&settings, JOURNAL_WRITE, &err);

    must(journal || err.message);
    if (journal && journal_trim(journal, CLOCK_HOUR_NS, &err) == 0 &&
        journal_begin_run(journal, 1000, (struct range){0, 1000}, &err) == 0) {
        write_entry(journal, "cpu", (struct range){100, 200});
        write_entry(journal, "mem", (struct range){50, 150});
        journal_forget_time(journal, "mon_a", "autogen", (struct range){0, 120}, &err);
        err_release(&err);
        journal_forget(journal, &settings, &err);
    }
    journal_close(journal);
    err_release(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);

    if (!path)
        make_template();
    make_file(text);
    read_journal();
    write_journal();
    free(text);
    return 0;
}
