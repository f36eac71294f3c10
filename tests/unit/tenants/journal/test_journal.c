#include "tenants/journal/journal.h"

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../unit.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

/* The tables of version 1, as its program made them. */
#define VERSION_1                                                                                  \
    "PRAGMA user_version = 1;"                                                                     \
    "CREATE TABLE source (url TEXT NOT NULL, database TEXT NOT NULL);"                             \
    "CREATE TABLE measurement (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"                \
    "CREATE TABLE measurement_set (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, tags "     \
    "TEXT NOT NULL, members TEXT NOT NULL);"                                                       \
    "CREATE TABLE coverage (tenant TEXT NOT NULL, database TEXT NOT NULL, policy TEXT NOT NUL"     \
    "L, set_id INTEGER NOT NULL REFERENCES measurement_set, start_ns INTEGER NOT NULL, end_ns"     \
    " INTEGER NOT NULL, as_of_ns INTEGER NOT NULL, PRIMARY KEY (tenant, database, policy, set"     \
    "_id, start_ns)) WITHOUT ROWID;"                                                               \
    "CREATE TABLE verified (tenant TEXT NOT NULL, database TEXT NOT NULL, policy TEXT NOT NUL"     \
    "L, set_id INTEGER NOT NULL REFERENCES measurement_set, start_ns INTEGER NOT NULL, end_ns"     \
    " INTEGER NOT NULL, as_of_ns INTEGER NOT NULL, PRIMARY KEY (tenant, database, policy, set"     \
    "_id, start_ns)) WITHOUT ROWID;"                                                               \
    "CREATE TABLE failure (tenant TEXT NOT NULL, database TEXT NOT NULL, policy TEXT NOT NULL"     \
    ", set_id INTEGER NOT NULL REFERENCES measurement_set, start_ns INTEGER NOT NULL, end_ns "     \
    "INTEGER NOT NULL, words TEXT NOT NULL, run_id INTEGER NOT NULL, PRIMARY KEY (tenant, dat"     \
    "abase, policy, set_id, start_ns)) WITHOUT ROWID;"                                             \
    "CREATE TABLE run (id INTEGER PRIMARY KEY, pid INTEGER NOT NULL, started_ns INTEGER NOT N"     \
    "ULL, updated_ns INTEGER NOT NULL, ended_ns INTEGER NOT NULL DEFAULT 0, status INTEGER NO"     \
    "T NULL DEFAULT -1, cutoff_ns INTEGER NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER"     \
    " NOT NULL, tenants_total INTEGER NOT NULL DEFAULT 0, tenants_done INTEGER NOT NULL DEFAU"     \
    "LT 0, windows_total INTEGER NOT NULL DEFAULT 0, windows_done INTEGER NOT NULL DEFAULT 0,"     \
    " windows_failed INTEGER NOT NULL DEFAULT 0, statements INTEGER NOT NULL DEFAULT 0, retri"     \
    "es INTEGER NOT NULL DEFAULT 0, splits INTEGER NOT NULL DEFAULT 0, points INTEGER NOT NUL"     \
    "L DEFAULT 0);"

/* A journal in a directory of its own. */
struct place {
    char top[32];
    struct settings settings;
    struct journal *journal;
    struct strvec tags;
    struct err err;
};

static void open_journal(struct place *place)
{
    place->journal = journal_open(&place->settings, JOURNAL_WRITE, &place->err);
    if (!place->journal)
        fail_msg("%s", place->err.message);
}

static int set_up(void **state)
{
    struct place *place = xcalloc(1, sizeof(*place));
    struct strbuf dir = STRBUF_INIT;

    strcpy(place->top, "/tmp/test_journal.XXXXXX");
    assert_non_null(mkdtemp(place->top));
    strbuf_addf(&dir, "%s/state/inner", place->top);
    place->settings = (struct settings)SETTINGS_INIT;
    place->settings.database = xstrdup("mon");
    place->settings.url = xstrdup("http://127.0.0.1:8086");
    place->settings.password = xstrdup("s3cret");
    place->settings.user = xstrdup("admin");
    place->settings.state_dir = strbuf_detach(&dir);
    place->tags = (struct strvec)STRVEC_INIT;
    strvec_push(&place->tags, "_tenant_id");
    open_journal(place);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    struct strbuf path = STRBUF_INIT;
    struct dirent *entry;
    DIR *dir = opendir(place->settings.state_dir);

    journal_close(place->journal);
    while (dir && (entry = readdir(dir))) {
        strbuf_reset(&path);
        strbuf_addf(&path, "%s/%s", place->settings.state_dir, entry->d_name);
        unlink(path.buf);
    }
    if (dir)
        closedir(dir);
    rmdir(place->settings.state_dir);
    strbuf_reset(&path);
    strbuf_addf(&path, "%s/state", place->top);
    rmdir(path.buf);
    assert_int_equal(rmdir(place->top), 0);
    strbuf_release(&path);
    strvec_release(&place->tags);
    settings_release(&place->settings);
    err_release(&place->err);
    free(place);
    return 0;
}

/* Closes and opens again, so that what is read comes from the disk. */
static void reopen(struct place *place)
{
    journal_close(place->journal);
    open_journal(place);
}

static void begin(struct place *place, int64_t cutoff_ns)
{
    assert_int_equal(
        journal_begin_run(place->journal, cutoff_ns, (struct range){0, cutoff_ns + 1}, &place->err),
        0);
}

static void commit(struct place *place)
{
    struct journal_progress progress = {0};

    assert_int_equal(journal_commit(place->journal, &progress, &place->err), 0);
}

/* Records a failure, or coverage where `words` is NULL. `measurements` are separated by spaces. */
static void enter(struct place *place, const char *tenant, const char *measurements,
                  int64_t start_ns, int64_t end_ns, const char *words)
{
    struct strvec list = STRVEC_INIT;
    struct strbuf database = STRBUF_INIT;
    struct journal_entry entry = {.tenant = tenant, .policy = "all", .tags = &place->tags};
    int rc;

    strvec_split(&list, measurements, ' ');
    strbuf_addf(&database, "mon_%s", tenant);
    entry.database = database.buf;
    entry.measurements = (const char *const *)list.v;
    entry.measurement_count = list.nr;
    entry.range = (struct range){start_ns, end_ns};
    rc = words ? journal_fail(place->journal, &entry, FAILURE_OTHER, words, &place->err)
               : journal_cover(place->journal, &entry, false, &place->err);
    if (rc < 0)
        fail_msg("%s", place->err.message);
    strbuf_release(&database);
    strvec_release(&list);
}

static void cover(struct place *place, const char *tenant, const char *measurements,
                  int64_t start_ns, int64_t end_ns)
{
    enter(place, tenant, measurements, start_ns, end_ns, NULL);
}

/* Gives all that is covered, as sorted lines "tenant [measurements] start-end ..." */
static char *covered(struct place *place)
{
    struct coverage coverage = {0};
    struct strvec lines = STRVEC_INIT;
    struct strbuf text = STRBUF_INIT;

    if (journal_load(place->journal, &coverage, false, &place->err) < 0)
        fail_msg("%s", place->err.message);
    for (size_t t = 0; t < coverage.tenants.count; t++)
        for (size_t r = 0; r < coverage.by_tenant[t].count; r++) {
            const struct coverage_row *row = &coverage.by_tenant[t].rows[r];
            const struct coverage_set *set = &coverage.sets[row->set];

            strbuf_reset(&text);
            strbuf_addf(&text, "%s [", coverage.tenants.items[t]);
            for (size_t i = 0; i < set->measurements.count; i++)
                strbuf_addf(&text, "%s%s", i ? " " : "", set->measurements.items[i]);
            strbuf_addch(&text, ']');
            for (size_t i = 0; i < row->ranges.count; i++)
                strbuf_addf(&text, " %lld-%lld", (long long)row->ranges.items[i].start_ns,
                            (long long)row->ranges.items[i].end_ns);
            strvec_push(&lines, text.buf);
        }
    strvec_sort(&lines);
    strbuf_reset(&text);
    for (size_t i = 0; i < lines.nr; i++)
        strbuf_addf(&text, "%s\n", lines.v[i]);
    strvec_release(&lines);
    coverage_release(&coverage);
    return strbuf_detach(&text);
}

static void save(struct place *place)
{
    assert_int_equal(journal_save(place->journal, &place->err), 0);
}

static void assert_covered(struct place *place, const char *expected)
{
    char *text = covered(place);

    assert_string_equal(text, expected);
    free(text);
}

static void merges(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    cover(place, "t", "cpu", 100, 200);
    cover(place, "t", "cpu", 300, 400);
    assert_covered(place, "t [cpu] 100-200 300-400\n");
    cover(place, "t", "cpu", 200, 250);
    cover(place, "t", "cpu", 40, 60);
    assert_covered(place, "t [cpu] 40-60 100-250 300-400\n");
    cover(place, "t", "cpu", 240, 310);
    cover(place, "t", "cpu", 120, 130);
    commit(place);
    reopen(place);
    assert_covered(place, "t [cpu] 40-60 100-400\n");
    cover(place, "t", "cpu", INT64_MIN + 3, INT64_MAX);
    assert_covered(place, "t [cpu] -9223372036854775805-9223372036854775807\n");
}

static void stays_small(void **state)
{
    struct place *place = *state;
    sqlite3_stmt *statement;
    sqlite3 *db;

    begin(place, 1000);
    for (int64_t at = 0; at < 500; at++)
        cover(place, "t", at % 2 ? "cpu disk" : "disk cpu", at, at + 1);
    commit(place);
    assert_int_equal(sqlite3_open(journal_path(place->journal), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT (SELECT count(*) FROM coverage),"
                                        " (SELECT count(*) FROM measurement_set)",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(statement, 0), 1);
    assert_int_equal(sqlite3_column_int(statement, 1), 1);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

static void keeps_apart(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    cover(place, "t", "cpu disk", 0, 100);
    cover(place, "u", "cpu disk", 0, 50);
    cover(place, "t", "disk", 100, 200);
    cover(place, "t", "disk cpu", 100, 150);
    strvec_push(&place->tags, "tenant_id");
    cover(place, "t", "cpu disk", 500, 600);
    commit(place);
    reopen(place);
    assert_covered(place, "t [cpu disk] 0-150\nt [cpu disk] 500-600\nt [disk] 100-200\n"
                          "u [cpu disk] 0-50\n");
}

static void not_committed(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    cover(place, "t", "cpu", 0, 100);
    commit(place);
    cover(place, "t", "cpu", 100, 200);
    enter(place, "t", "cpu", 300, 400, "words");
    reopen(place);
    assert_covered(place, "t [cpu] 0-100\n");
}

static void trims(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    cover(place, "t", "cpu", 0, 1001);
    cover(place, "u", "cpu", 0, 600);
    cover(place, "v", "cpu", 950, 1001);
    cover(place, "w", "cpu", 0, 901);
    commit(place);
    assert_int_equal(journal_trim(place->journal, 100, &place->err), 0);
    save(place);
    reopen(place);
    assert_covered(place, "t [cpu] 0-900\nu [cpu] 0-600\nw [cpu] 0-900\n");
    /* A later run copied again: its own cutoff counts. */
    begin(place, 2000);
    cover(place, "t", "cpu", 900, 1500);
    commit(place);
    assert_int_equal(journal_trim(place->journal, 100, &place->err), 0);
    save(place);
    assert_covered(place, "t [cpu] 0-1500\nu [cpu] 0-600\nw [cpu] 0-900\n");
}

static void forgets_all(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    cover(place, "t", "cpu disk", 0, 100);
    cover(place, "u", "mem", 0, 100);
    commit(place);
    assert_int_equal(journal_forget(place->journal, &place->settings, &place->err), 0);
    save(place);
    reopen(place);
    assert_covered(place, "");
}

static void undoes(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    cover(place, "t", "cpu disk", 0, 1000);
    commit(place);
    /* The run is refused twice; then it begins. */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(journal_forget(place->journal, &place->settings, &place->err), 0);
        assert_covered(place, "");
        journal_undo(place->journal);
        assert_covered(place, "t [cpu disk] 0-1000\n");
        assert_int_equal(journal_trim(place->journal, 100, &place->err), 0);
        assert_covered(place, "t [cpu disk] 0-900\n");
        reopen(place);
        assert_covered(place, "t [cpu disk] 0-1000\n");
    }
    assert_int_equal(journal_forget(place->journal, &place->settings, &place->err), 0);
    begin(place, 2000);
    reopen(place);
    assert_covered(place, "");
    /* A set that was made and undone is made again. */
    strvec_push(&place->settings.tenants, "t");
    begin(place, 1000);
    cover(place, "t", "cpu mem", 0, 100);
    commit(place);
    assert_int_equal(settings_add_measurement(&place->settings, "cpu", &place->err), 0);
    assert_int_equal(journal_forget(place->journal, &place->settings, &place->err), 0);
    assert_covered(place, "t [mem] 0-100\n");
    journal_undo(place->journal);
    cover(place, "t", "mem", 200, 300);
    commit(place);
    assert_covered(place, "t [cpu mem] 0-100\nt [mem] 200-300\n");
}

static void forgets_with_filters(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    cover(place, "t", "cpu disk mem", 0, 100);
    cover(place, "t", "disk mem", 200, 300);
    cover(place, "t", "cpu", 300, 400);
    cover(place, "u", "cpu disk", 0, 50);
    commit(place);
    strvec_push(&place->settings.tenants, "t");
    assert_int_equal(settings_add_measurement(&place->settings, "cpu", &place->err), 0);
    assert_int_equal(journal_forget(place->journal, &place->settings, &place->err), 0);
    save(place);
    reopen(place);
    assert_covered(place, "t [disk mem] 0-100 200-300\nu [cpu disk] 0-50\n");
}

static void forgets_a_database(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    cover(place, "t", "cpu", 0, 100);
    cover(place, "u", "cpu", 0, 100);
    commit(place);
    assert_int_equal(journal_forget_database(place->journal, "mon_t", &place->err), 0);
    save(place);
    reopen(place);
    assert_covered(place, "u [cpu] 0-100\n");
}

static void forgets_a_time(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    cover(place, "t", "cpu", 0, 100);
    cover(place, "t", "mem", 40, 60);
    cover(place, "t", "disk", 0, 50);
    cover(place, "u", "cpu", 0, 100);
    commit(place);
    assert_int_equal(
        journal_forget_time(place->journal, "mon_t", "all", (struct range){40, 60}, &place->err),
        0);
    save(place);
    reopen(place);
    assert_covered(place, "t [cpu] 0-40 60-100\nt [disk] 0-40\nu [cpu] 0-100\n");
    assert_int_equal(
        journal_forget_time(place->journal, "mon_t", "all", (struct range){0, 100}, &place->err),
        0);
    save(place);
    reopen(place);
    assert_covered(place, "u [cpu] 0-100\n");
}

static void remembers_what_targets_hold(void **state)
{
    struct place *place = *state;
    struct holding holding = {0}, again = {0};

    holding_add(&holding, (struct holding_group){7, {0, 100}});
    assert_int_equal(journal_recall(place->journal, "mon_t", &again, &place->err), 0);
    assert_int_equal(again.count, 0);
    begin(place, 1000);
    assert_int_equal(journal_remember(place->journal, "mon_t", &holding, &place->err), 0);
    holding_add(&holding, (struct holding_group){9, {100, 200}});
    assert_int_equal(journal_remember(place->journal, "mon_t", &holding, &place->err), 0);
    commit(place);
    reopen(place);
    assert_int_equal(journal_recall(place->journal, "mon_t", &again, &place->err), 0);
    assert_int_equal(again.count, 2);
    assert_int_equal(again.items[1].id, 9);
    holding_release(&again);
    assert_int_equal(journal_recall(place->journal, "mon_u", &again, &place->err), 0);
    assert_int_equal(again.count, 0);
    holding_release(&holding);
}

static int add_failure(void *context, const struct journal_failure *failure)
{
    struct strbuf *text = context;

    strbuf_addf(text, "%s>%s %s [", failure->tenant, failure->database, failure->policy);
    for (size_t i = 0; i < failure->measurements.nr; i++)
        strbuf_addf(text, "%s%s", i ? " " : "", failure->measurements.v[i]);
    strbuf_addf(text, "] %lld-%lld %s\n", (long long)failure->range.start_ns,
                (long long)failure->range.end_ns, failure->words);
    return 0;
}

static void assert_failures(struct place *place, const char *expected)
{
    struct strbuf text = STRBUF_INIT;

    assert_int_equal(journal_failures(place->journal, add_failure, &text, &place->err), 0);
    assert_string_equal(text.buf, expected);
    strbuf_release(&text);
}

static void failures(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    assert_failures(place, "");
    enter(place, "u", "cpu", 0, 100, "it's \"bad\"");
    enter(place, "t", "disk cpu", 100, 200, "other");
    enter(place, "t", "disk cpu", 0, 100, "first");
    enter(place, "t", "disk cpu", 0, 100, "again");
    commit(place);
    reopen(place);
    assert_failures(place, "t>mon_t all [cpu disk] 0-100 again\n"
                           "t>mon_t all [cpu disk] 100-200 other\n"
                           "u>mon_u all [cpu] 0-100 it's \"bad\"\n");
    assert_covered(place, "");
}

static void failures_cleared(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    enter(place, "t", "cpu", 0, 100, "a");
    enter(place, "t", "disk", 0, 100, "b");
    enter(place, "u", "cpu", 0, 100, "c");
    enter(place, "t", "cpu", 200, 300, "d");
    cover(place, "t", "cpu", 0, 100);
    commit(place);
    assert_failures(place, "t>mon_t all [disk] 0-100 b\nt>mon_t all [cpu] 200-300 d\n"
                           "u>mon_u all [cpu] 0-100 c\n");
}

static void failures_cleared_piecewise(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    enter(place, "t", "cpu", 0, 100, "a");
    cover(place, "t", "cpu", 0, 30);
    assert_failures(place, "t>mon_t all [cpu] 30-100 a\n");
    cover(place, "t", "cpu", 60, 200);
    assert_failures(place, "t>mon_t all [cpu] 30-60 a\n");
    cover(place, "t", "cpu", 30, 60);
    assert_failures(place, "");
}

static void failed_repair(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    cover(place, "t", "cpu", 0, 500);
    cover(place, "t", "disk", 0, 500);
    cover(place, "u", "cpu", 0, 500);
    enter(place, "t", "cpu", 100, 200, "lacks 3");
    enter(place, "t", "cpu", 0, 50, "lacks 1");
    enter(place, "t", "cpu", 450, 600, "lacks 2");
    commit(place);
    reopen(place);
    assert_covered(place, "t [cpu] 50-100 200-450\nt [disk] 0-500\nu [cpu] 0-500\n");
    begin(place, 2000);
    cover(place, "t", "cpu", 100, 200);
    assert_failures(place, "t>mon_t all [cpu] 0-50 lacks 1\nt>mon_t all [cpu] 450-600 lacks 2\n");
    assert_covered(place, "t [cpu] 50-450\nt [disk] 0-500\nu [cpu] 0-500\n");
}

static void forget_failures(struct place *place)
{
    assert_int_equal(journal_forget_failures(place->journal, &place->settings, &place->err), 0);
}

static void failures_forgotten(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    enter(place, "t", "cpu", 0, 100, "a");
    enter(place, "u", "cpu", 0, 100, "b");
    enter(place, "u", "cpu", 100, 200, "c");
    forget_failures(place);
    commit(place);
    begin(place, 2000);
    enter(place, "u", "cpu", 100, 200, "again");
    strvec_push(&place->settings.tenants, "u");
    forget_failures(place);
    reopen(place);
    assert_failures(place, "t>mon_t all [cpu] 0-100 a\nu>mon_u all [cpu] 100-200 again\n");
    begin(place, 3000);
    strvec_release(&place->settings.tenants);
    assert_int_equal(settings_add_measurement(&place->settings, "disk", &place->err), 0);
    forget_failures(place);
    assert_failures(place, "t>mon_t all [cpu] 0-100 a\nu>mon_u all [cpu] 100-200 again\n");
}

/* The measurements that a statement takes together change from run to run. */
static void failures_of_other_sets(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    enter(place, "t", "cpu disk", 0, 100, "a");
    cover(place, "t", "cpu mem", 0, 60);
    commit(place);
    reopen(place);
    assert_failures(place, "t>mon_t all [disk] 0-60 a\nt>mon_t all [cpu disk] 60-100 a\n");
    cover(place, "t", "cpu disk mem", 0, 100);
    assert_failures(place, "");
}

static void failures_overlap(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    enter(place, "t", "cpu disk", 0, 100, "a");
    enter(place, "t", "cpu", 50, 150, "b");
    enter(place, "t", "disk", 20, 30, "c");
    assert_failures(place, "t>mon_t all [cpu disk] 0-20 a\nt>mon_t all [cpu] 20-30 a\n"
                           "t>mon_t all [disk] 20-30 c\nt>mon_t all [cpu disk] 30-50 a\n"
                           "t>mon_t all [cpu] 50-150 b\nt>mon_t all [disk] 50-100 a\n");
}

/* A repair that fails must not stay covered under another set. */
static void failed_repair_of_other_sets(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    cover(place, "t", "cpu disk", 0, 500);
    cover(place, "t", "disk", 500, 600);
    enter(place, "t", "cpu mem", 100, 200, "lacks 3");
    commit(place);
    reopen(place);
    assert_covered(place, "t [cpu disk] 0-100 200-500\nt [disk] 100-200 500-600\n");
}

static void odd_names(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    cover(place, "x' OR '1'='1",
          "a\xc0\x80"
          "b c\rd\n 'e\" \xc3\xb6; \xff\xfe ,1,2",
          0, 10);
    enter(place, "%s;--", "1,2) --", 0, 10, "w\xff\n'");
    commit(place);
    reopen(place);
    assert_covered(place, "x' OR '1'='1 [a\xc0\x80"
                          "b c\rd\n 'e\" \xc3\xb6; \xff\xfe ,1,2] 0-10\n");
    assert_failures(place, "%s;-->mon_%s;-- all [-- 1,2)] 0-10 w\xff\n'\n");
}

static void halves(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    cover(place, "t", "a b c d", 0, 100);
    cover(place, "t", "a b", 100, 200);
    cover(place, "t", "c", 100, 200);
    enter(place, "t", "d", 100, 200, "conflict");
    cover(place, "t", "d c b a", 200, 300);
    commit(place);
    reopen(place);
    assert_covered(place, "t [a b c d] 0-100 200-300\nt [a b] 100-200\nt [c] 100-200\n");
}

static void runs(void **state)
{
    struct place *place = *state;
    struct journal_progress progress = {1, 2, 3, 4, 5, 6, 7, 8, INT64_MAX, 0};
    struct journal_end end = JOURNAL_END_INIT;
    struct journal_run run;

    assert_int_equal(journal_last_run(place->journal, &run, &place->err), 0);
    assert_int_equal(run.id, 0);
    begin(place, 1000);
    assert_int_equal(journal_last_run(place->journal, &run, &place->err), 0);
    assert_int_equal(run.id, 1);
    assert_int_equal(run.cutoff_ns, 1000);
    assert_int_equal(run.range.end_ns, 1001);
    assert_int_equal(run.ended_ns, 0);
    assert_int_equal(run.pid, getpid());
    assert_true(run.running);
    assert_int_equal(journal_commit(place->journal, &progress, &place->err), 0);
    end.status = 1;
    assert_int_equal(journal_end_run(place->journal, &end, &progress, &place->err), 0);
    begin(place, 2000);
    end.status = 5;
    assert_int_equal(journal_end_run(place->journal, &end, &progress, &place->err), 0);
    reopen(place);
    assert_int_equal(journal_last_run(place->journal, &run, &place->err), 0);
    assert_int_equal(run.id, 2);
    assert_int_equal(run.cutoff_ns, 2000);
    assert_int_equal(run.status, 5);
    assert_true(run.ended_ns >= run.started_ns && run.started_ns > 0);
    assert_false(run.running);
    assert_memory_equal(&run.progress, &progress, sizeof(progress));
}

/* The run was cut short: nobody holds its journal any more. */
static void cut_short(void **state)
{
    struct place *place = *state;
    struct journal_run run;

    begin(place, 1000);
    journal_close(place->journal);
    place->journal = journal_open(&place->settings, JOURNAL_READ, &place->err);
    assert_non_null(place->journal);
    assert_int_equal(journal_last_run(place->journal, &run, &place->err), 0);
    assert_int_equal(run.ended_ns, 0);
    assert_false(run.running);
}

static void reads_beside(void **state)
{
    struct place *place = *state;
    struct journal *reader;
    struct journal_run run;
    struct place reading;

    begin(place, 1000);
    cover(place, "t", "cpu", 0, 100);
    reader = journal_open(&place->settings, JOURNAL_READ, &place->err);
    assert_non_null(reader);
    reading = (struct place){.journal = reader};
    assert_covered(&reading, "");
    commit(place);
    assert_covered(&reading, "t [cpu] 0-100\n");
    assert_int_equal(journal_last_run(reader, &run, &place->err), 0);
    assert_true(run.running);
    journal_close(reader);
}

static void two_writers(void **state)
{
    struct place *place = *state;
    struct journal *other = journal_open(&place->settings, JOURNAL_WRITE, &place->err);

    assert_null(other);
    assert_int_equal(place->err.code, ERR_FAILED);
    assert_has(place->err.message, "another run");
    journal_close(place->journal);
    err_release(&place->err);
    open_journal(place);
}

static void sources_apart(void **state)
{
    struct place *place = *state;
    struct journal *other;

    begin(place, 1000);
    free(place->settings.database);
    place->settings.database = xstrdup("../a/b'");
    other = journal_open(&place->settings, JOURNAL_WRITE, &place->err);
    assert_non_null(other);
    assert_string_not_equal(journal_path(other), journal_path(place->journal));
    assert_null(strchr(journal_path(other) + strlen(place->settings.state_dir) + 1, '/'));
    journal_close(other);
}

static void newer_version(void **state)
{
    struct place *place = *state;
    char *path = xstrdup(journal_path(place->journal));
    sqlite3 *db;

    journal_close(place->journal);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 1000", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    free(path);
    place->journal = journal_open(&place->settings, JOURNAL_WRITE, &place->err);
    assert_null(place->journal);
    assert_int_equal(place->err.code, ERR_CONFIG);
    assert_has(place->err.message, "newer version (1000");
    place->journal = journal_open(&place->settings, JOURNAL_READ, &place->err);
    assert_null(place->journal);
    assert_int_equal(place->err.code, ERR_CONFIG);
}

/* Closes the journal and puts something else there. */
static void replace_file(struct place *place, const char *bytes, size_t len)
{
    char *path = xstrdup(journal_path(place->journal));
    int fd;

    journal_close(place->journal);
    fd = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
    free(path);
}

static void damaged(void **state)
{
    struct place *place = *state;
    char text[4096];

    memset(text, 'x', sizeof(text));
    replace_file(place, text, sizeof(text));
    place->journal = journal_open(&place->settings, JOURNAL_WRITE, &place->err);
    assert_null(place->journal);
    assert_int_equal(place->err.code, ERR_CONFIG);
    assert_has(place->err.hint, "damaged");
}

static void nothing_to_read(void **state)
{
    struct place *place = *state;

    replace_file(place, "", 0);
    /* A run ended before it had made the tables. */
    place->journal = journal_open(&place->settings, JOURNAL_READ, &place->err);
    assert_null(place->journal);
    assert_int_equal(place->err.code, ERR_FAILED);
    assert_has(place->err.message, "no journal");
    free(place->settings.database);
    place->settings.database = xstrdup("other");
    place->journal = journal_open(&place->settings, JOURNAL_READ, &place->err);
    assert_null(place->journal);
    assert_int_equal(place->err.code, ERR_FAILED);
    assert_has(place->err.message, "no journal");
}

/* Gives the rows of a statement as the stock client does, columns separated by blanks. */
static char *select_all(struct place *place, const char *sql)
{
    struct strbuf text = STRBUF_INIT;
    sqlite3_stmt *statement;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(journal_path(place->journal), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(statement); i++)
            strbuf_addf(&text, "%s%s", i ? " " : "",
                        (const char *)sqlite3_column_text(statement, i));
        strbuf_addch(&text, '\n');
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return strbuf_detach(&text);
}

static void assert_selects(struct place *place, const char *sql, const char *expected)
{
    char *text = select_all(place, sql);

    assert_string_equal(text, expected);
    free(text);
}

/* Replaces the journal by one as the program of version 1 wrote it. */
static void make_version_1(struct place *place)
{
    char *path = xstrdup(journal_path(place->journal));
    sqlite3 *db;

    journal_close(place->journal);
    unlink(path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
                     VERSION_1 "INSERT INTO source VALUES ('http://127.0.0.1:8086', 'mon');"
                               "INSERT INTO measurement VALUES (1, 'cpu');"
                               "INSERT INTO measurement_set VALUES (1, 'd', '10:_tenant_id;', '1');"
                               "INSERT INTO coverage VALUES ('t', 'mon_t', 'all', 1, 0, 100, 100);"
                               "INSERT INTO verified VALUES ('t', 'mon_t', 'all', 1, 0, 50, 100);"
                               "INSERT INTO failure VALUES ('u', 'mon_u', 'all', 1, 0, 9, 'w', 1);"
                               "INSERT INTO run (pid, started_ns, updated_ns, cutoff_ns, start_ns,"
                               " end_ns, points) VALUES (7, 1, 2, 3, 4, 5, 600);",
                     NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    free(path);
}

static void assert_version_1_kept(struct place *place)
{
    struct journal_run run;

    assert_covered(place, "t [cpu] 0-100\n");
    assert_failures(place, "u>mon_u all [cpu] 0-9 w\n");
    assert_int_equal(journal_last_run(place->journal, &run, &place->err), 0);
    assert_int_equal(run.pid, 7);
    assert_int_equal(run.progress.points, 600);
}

static void version_1(void **state)
{
    struct place *place = *state;

    make_version_1(place);
    open_journal(place);
    assert_version_1_kept(place);
    assert_selects(place, "PRAGMA user_version", "6\n");
    begin(place, 1000);
    cover(place, "t", "cpu", 100, 200);
    commit(place);
    reopen(place);
    assert_selects(place, "SELECT kind, verify, words FROM run", "copy -1 \ncopy -1 \n");
    assert_selects(place, "SELECT count(*) FROM source", "1\n");
}

static void version_1_read(void **state)
{
    struct place *place = *state;

    make_version_1(place);
    place->journal = journal_open(&place->settings, JOURNAL_READ, &place->err);
    assert_non_null(place->journal);
    assert_version_1_kept(place);
    assert_selects(place, "PRAGMA user_version", "1\n");
}

/* Replaces the journal by one that the program of version 3 wrote. */
static void make_version_3(struct place *place)
{
    char *path = xstrdup(journal_path(place->journal));
    struct strbuf sql = STRBUF_INIT;
    sqlite3 *db;

    journal_close(place->journal);
    unlink(path);
    assert_int_equal(
        file_read("tests/unit/tenants/journal/version_3.sql", 1 << 20, &sql, &place->err), 0);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql.buf, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    strbuf_release(&sql);
    free(path);
}

static int add_kind(void *context, const struct journal_failure *failure)
{
    strbuf_addf(context, "%s ", failure_kind_name(failure->kind));
    return 0;
}

static void assert_kinds(struct place *place, const char *expected)
{
    struct strbuf text = STRBUF_INIT;

    assert_int_equal(journal_failures(place->journal, add_kind, &text, &place->err), 0);
    assert_string_equal(text.buf, expected);
    strbuf_release(&text);
}

#define VERSION_3_KINDS "field-type difference select-series select timeout other "
#define VERSION_3_COVERED                                                                          \
    "a [cpu mem] 1791763200000000000-1792368000000000000 1795392000000000000-1795749543738134352"  \
    "\nb [cpu] 1791763200000000000-1792368000000000000 1795392000000000000-1795749543738134352\n"

static void version_3(void **state)
{
    struct place *place = *state;

    make_version_3(place);
    open_journal(place);
    assert_selects(place, "PRAGMA user_version", "6\n");
    assert_selects(place, "SELECT group_concat(kind, ' ') || ' ' FROM failure",
                   VERSION_3_KINDS "\n");
    assert_kinds(place, VERSION_3_KINDS);
    assert_covered(place, VERSION_3_COVERED);
    /* The journal goes on: a failure is mended, another one comes. */
    begin(place, INT64_C(1795749543738134352));
    cover(place, "c", "cpu", INT64_C(1791763200000000000), INT64_C(1791763200000000009));
    enter(place, "c", "cpu", 0, 100, "no such thing");
    commit(place);
    reopen(place);
    assert_selects(place, "SELECT count(*), count(DISTINCT kind) FROM failure", "7 6\n");
    assert_selects(place, "SELECT count(*) FROM compared", "4\n");
    assert_selects(place, "SELECT count(*) FROM run", "2\n");
}

static void version_3_read(void **state)
{
    struct place *place = *state;

    make_version_3(place);
    place->journal = journal_open(&place->settings, JOURNAL_READ, &place->err);
    assert_non_null(place->journal);
    assert_kinds(place, VERSION_3_KINDS);
    assert_covered(place, VERSION_3_COVERED);
    assert_selects(place, "PRAGMA user_version", "3\n");
}

static void keeps_kinds(void **state)
{
    struct place *place = *state;
    const char *names[] = {"cpu"};
    struct journal_entry entry = {.tenant = "t",
                                  .database = "mon_t",
                                  .policy = "all",
                                  .measurements = names,
                                  .measurement_count = 1,
                                  .tags = &place->tags};

    begin(place, 1000);
    for (int kind = FAILURE_OTHER; kind < FAILURE_KINDS; kind++) {
        entry.range = (struct range){kind * 10, kind * 10 + 10};
        assert_int_equal(
            journal_fail(place->journal, &entry, (enum failure_kind)kind, "timeout", &place->err),
            0);
        assert_int_equal(failure_kind_named(failure_kind_name((enum failure_kind)kind)), kind);
    }
    /* The rest of a failure keeps its kind. */
    cover(place, "t", "cpu", 0, 4);
    commit(place);
    reopen(place);
    assert_kinds(place, "other field-type difference inexpressible select-series select tag-values "
                        "database-series cache-full disk-full timeout denied retention "
                        "unreadable ");
    assert_int_equal(failure_kind_named("of a newer version"), FAILURE_OTHER);
}

static void kinds_of_words(void **state)
{
    static const struct {
        const char *words;
        enum failure_kind kind;
    } cases[] = {
        {"verification: 1 of 2 values are missing in the target, the first: timeout",
         FAILURE_DIFFERENCE},
        {"points with a name or tag that line protocol can't express", FAILURE_INEXPRESSIBLE},
        {"field type conflict: input field \"verification: x\" on measurement \"m\"",
         FAILURE_FIELD_TYPE},
        {"max-select-series limit exceeded: (2/1)", FAILURE_SELECT_SERIES},
        {"no such thing", FAILURE_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(failure_kind_of_words(cases[i].words), cases[i].kind);
}

static void samples_thinned(void **state)
{
    struct place *place = *state;
    struct journal_progress progress = {0};

    begin(place, 1000);
    for (int i = 0; i < 2000; i++) {
        progress.points = i;
        /* The run looks as if it had begun a second earlier each time. */
        journal_backdate_run(place->journal, CLOCK_SECOND_NS);
        assert_int_equal(journal_commit(place->journal, &progress, &place->err), 0);
    }
    assert_selects(place,
                   "SELECT count(*) BETWEEN 200 AND 481, min(at_ns) < 9000000000,"
                   " max(at_ns) > 1980000000000, max(points) > 1980 FROM sample",
                   "1 1 1 1\n");
    assert_selects(
        place,
        "SELECT max(d) <= 3 * avg(d) FROM (SELECT at_ns - lag(at_ns) OVER (ORDER BY at_ns)"
        " AS d FROM sample) WHERE d IS NOT NULL",
        "1\n");
    /* Samples of runs that wrote less go with time; those of the run that wrote most stay. */
    progress.points = 1;
    begin(place, 1000);
    assert_int_equal(journal_commit(place->journal, &progress, &place->err), 0);
    for (int i = 0; i < 25; i++)
        begin(place, 1000);
    assert_selects(place, "SELECT DISTINCT run_id FROM sample", "1\n");
}

static void slowest_kept(void **state)
{
    struct place *place = *state;
    struct journal_statement statement = {
        .tenant = "t", .database = "mon_t", .action = "copy", .measurement_count = 3};

    begin(place, 1000);
    for (int64_t i = 0; i < 1000; i++) {
        statement.duration_ns = i * 7 % 1000;
        statement.words = statement.duration_ns == 999 ? "timeout" : NULL;
        journal_note_statement(place->journal, &statement);
        if (i % 10 == 0)
            commit(place);
    }
    commit(place);
    assert_selects(place, "SELECT count(*), min(duration_ns), max(duration_ns) FROM slow",
                   "20 980 999\n");
    assert_selects(place, "SELECT words, measurement, measurements FROM slow WHERE words != ''",
                   "timeout  3\n");
}

static void points_counted(void **state)
{
    struct place *place = *state;
    const char *names[] = {"cpu"};
    struct journal_entry entry = {.tenant = "t",
                                  .database = "mon_t",
                                  .policy = "all",
                                  .measurements = names,
                                  .measurement_count = 1,
                                  .tags = &place->tags,
                                  .range = {0, 10},
                                  .points = 40};

    begin(place, 1000);
    assert_int_equal(journal_cover(place->journal, &entry, true, &place->err), 0);
    entry.range = (struct range){10, 20};
    entry.points = 2;
    assert_int_equal(journal_cover(place->journal, &entry, true, &place->err), 0);
    commit(place);
    assert_selects(place, "SELECT tenant, database, points FROM tenant", "t mon_t 42\n");
    assert_int_equal(journal_forget_database(place->journal, "mon_t", &place->err), 0);
    save(place);
    assert_selects(place, "SELECT tenant, points FROM tenant", "t 0\n");
}

static void modes(void **state)
{
    struct place *place = *state;
    struct strbuf path = STRBUF_INIT;
    struct dirent *entry;
    struct stat st;
    DIR *dir;
    int files = 0;

    begin(place, 1000);
    assert_int_equal(stat(place->settings.state_dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    dir = opendir(place->settings.state_dir);
    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        strbuf_reset(&path);
        strbuf_addf(&path, "%s/%s", place->settings.state_dir, entry->d_name);
        assert_int_equal(stat(path.buf, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        files++;
    }
    closedir(dir);
    assert_in_range(files, 3, 4);
    strbuf_release(&path);
}

static void no_password(void **state)
{
    struct place *place = *state;
    char *path = xstrdup(journal_path(place->journal));
    char text[65536];
    ssize_t len;
    int fd;

    begin(place, 1000);
    cover(place, "t", "cpu", 0, 10);
    commit(place);
    journal_close(place->journal);
    place->journal = NULL;
    fd = open(path, O_RDONLY);
    len = read(fd, text, sizeof(text));
    close(fd);
    assert_true(len > 1000);
    assert_non_null(memmem(text, (size_t)len, "127.0.0.1", 9));
    assert_null(memmem(text, (size_t)len, "s3cret", 6));
    free(path);
}

/* A journal that is only read is trimmed in memory. */
static void trims_what_is_read(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    cover(place, "t", "cpu", 0, 1001);
    cover(place, "u", "cpu", 950, 1001);
    commit(place);
    journal_close(place->journal);
    place->journal = journal_open(&place->settings, JOURNAL_READ, &place->err);
    assert_non_null(place->journal);
    assert_int_equal(journal_trim(place->journal, 100, &place->err), 0);
    assert_covered(place, "t [cpu] 0-900\n");
}

static void tags_apart(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    cover(place, "t", "cpu", 0, 100);
    strvec_push(&place->tags, "tenant_id");
    enter(place, "t", "cpu", 0, 100, "words");
    commit(place);
    assert_covered(place, "t [cpu] 0-100\n");
}

/* There was no failure when the run began. */
static void first_failure(void **state)
{
    struct place *place = *state;

    begin(place, 1000);
    cover(place, "t", "cpu", 0, 100);
    enter(place, "t", "cpu", 100, 200, "words");
    cover(place, "t", "cpu", 100, 200);
    commit(place);
    assert_selects(place, "SELECT count(*) FROM failure", "0\n");
}

/* Points of some measurements were forgotten. Nobody knows how many. */
static void points_stay(void **state)
{
    struct place *place = *state;
    const char *names[] = {"cpu"};
    struct journal_entry entry = {.tenant = "t",
                                  .database = "mon_t",
                                  .policy = "all",
                                  .measurements = names,
                                  .measurement_count = 1,
                                  .tags = &place->tags,
                                  .range = {0, 10},
                                  .points = 40};

    begin(place, 1000);
    assert_int_equal(journal_cover(place->journal, &entry, true, &place->err), 0);
    commit(place);
    assert_int_equal(settings_add_measurement(&place->settings, "cpu", &place->err), 0);
    assert_int_equal(journal_forget(place->journal, &place->settings, &place->err), 0);
    assert_covered(place, "");
    assert_selects(place, "SELECT tenant, points FROM tenant", "t 40\n");
    regex_free(place->settings.measurements.items[0]);
    place->settings.measurements.count = 0;
    entry.points = 2;
    begin(place, 1000);
    assert_int_equal(journal_cover(place->journal, &entry, true, &place->err), 0);
    commit(place);
    assert_int_equal(journal_forget(place->journal, &place->settings, &place->err), 0);
    save(place);
    assert_selects(place, "SELECT tenant, points FROM tenant", "t 0\n");
}

/* The clock went back, which doesn't make older what was copied. */
static void newest_cutoff(void **state)
{
    struct place *place = *state;

    begin(place, 2000);
    cover(place, "t", "cpu", 0, 1900);
    commit(place);
    begin(place, 1000);
    cover(place, "t", "cpu", 1900, 1950);
    commit(place);
    assert_int_equal(journal_trim(place->journal, 10, &place->err), 0);
    assert_covered(place, "t [cpu] 0-1950\n");
}

/* What the journal should hold of one tenant, three measurements and a short time. */
enum { TIMES = 24, MEASUREMENTS = 3 };

struct truth {
    bool covered[MEASUREMENTS][TIMES], verified[MEASUREMENTS][TIMES], failed[MEASUREMENTS][TIMES];
};

static const char *const some_names[MEASUREMENTS] = {"cpu", "disk", "mem"};

/* Reads the rows of a table, for the tenant and all sets. */
static void read_truth(struct place *place, const char *table, bool ret[MEASUREMENTS][TIMES])
{
    struct strbuf sql = STRBUF_INIT;
    sqlite3_stmt *statement;
    sqlite3 *db;

    memset(ret, 0, MEASUREMENTS * sizeof(*ret));
    strbuf_addf(&sql,
                "SELECT measurement.name, start_ns, end_ns FROM %s"
                " JOIN measurement_set AS s ON s.id = set_id JOIN measurement"
                " ON ',' || members || ',' LIKE '%%,' || measurement.id || ',%%'"
                " WHERE tenant = 't' AND tags = '10:_tenant_id;'",
                table);
    assert_int_equal(sqlite3_open(journal_path(place->journal), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql.buf, -1, &statement, NULL), SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW)
        for (size_t m = 0; m < MEASUREMENTS; m++)
            for (int64_t at = sqlite3_column_int64(statement, 1);
                 strcmp((const char *)sqlite3_column_text(statement, 0), some_names[m]) == 0 &&
                 at < sqlite3_column_int64(statement, 2);
                 at++)
                ret[m][at] = true;
    sqlite3_finalize(statement);
    sqlite3_close(db);
    strbuf_release(&sql);
}

static void assert_truth(struct place *place, const struct truth *truth)
{
    struct truth is;

    read_truth(place, "coverage", is.covered);
    read_truth(place, "verified", is.verified);
    read_truth(place, "failure", is.failed);
    for (size_t m = 0; m < MEASUREMENTS; m++)
        for (size_t at = 0; at < TIMES; at++)
            if (is.covered[m][at] != truth->covered[m][at] ||
                is.verified[m][at] != truth->verified[m][at] ||
                is.failed[m][at] != truth->failed[m][at])
                fail_msg("%s at %zu is %scovered, %sverified, %sfailed", some_names[m], at,
                         is.covered[m][at] ? "" : "not ", is.verified[m][at] ? "" : "not ",
                         is.failed[m][at] ? "" : "not ");
}

/* Takes one step of a run, in the journal and in the truth. */
static void some_step(struct place *place, struct truth *truth)
{
    const char *names[MEASUREMENTS];
    int start = rand() % TIMES, end = start + 1 + rand() % (TIMES - start), kind = rand() % 10;
    int chosen = 1 + rand() % ((1 << MEASUREMENTS) - 1);
    struct journal_entry entry = {.tenant = rand() % 8 ? "t" : "u",
                                  .database = "mon",
                                  .policy = "all",
                                  .measurements = names,
                                  .tags = &place->tags,
                                  .range = {start, end}};
    bool mine = strcmp(entry.tenant, "t") == 0;
    int rc = 0;

    for (size_t m = 0; m < MEASUREMENTS; m++)
        if (chosen & 1 << m)
            names[entry.measurement_count++] = some_names[m];
    if (kind < 4)
        rc = journal_cover(place->journal, &entry, kind < 2, &place->err);
    else if (kind < 6)
        rc = journal_confirm(place->journal, &entry, &place->err);
    else if (kind < 8)
        rc = journal_fail(place->journal, &entry, FAILURE_OTHER, "words", &place->err);
    else if (kind == 8)
        rc = journal_forget_time(place->journal, "mon", "all", entry.range, &place->err);
    else
        rc = journal_trim_at(place->journal, start, &place->err);
    if (rc < 0)
        fail_msg("%s", place->err.message);
    for (size_t m = 0; m < MEASUREMENTS; m++)
        for (int at = 0; at < TIMES; at++) {
            bool within = start <= at && at < end;

            if (kind >= 8 && (kind == 8 ? within : at >= start))
                truth->covered[m][at] = truth->verified[m][at] = false;
            if (kind >= 8 || !mine || !within || !(chosen & 1 << m))
                continue;
            truth->covered[m][at] = kind < 4 || (kind < 6 && truth->covered[m][at]);
            truth->verified[m][at] =
                kind < 2 || (kind < 4 && truth->verified[m][at]) || kind == 4 || kind == 5;
            truth->failed[m][at] = kind >= 6;
        }
}

static void any_steps(void **state)
{
    struct place *place = *state;
    unsigned seed = (unsigned)time(NULL);
    struct truth truth = {0};

    printf("seed %u\n", seed);
    srand(seed);
    begin(place, INT64_C(1000000));
    for (int i = 0; i < 400; i++) {
        some_step(place, &truth);
        if (i % 5)
            continue;
        commit(place);
        if (i % 50 == 0) {
            reopen(place);
            begin(place, INT64_C(1000000));
        }
        assert_truth(place, &truth);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define PLACE_TEST(sentence, function) TEST_WITH(sentence, function, set_up, tear_down)
        PLACE_TEST("ranges that touch are one, on the disk too", merges),
        PLACE_TEST("windows that follow one another leave one row, of one set", stays_small),
        PLACE_TEST("tenants, sets and tags are covered apart, whatever the order of a set",
                   keeps_apart),
        PLACE_TEST("what wasn't committed is not done", not_committed),
        PLACE_TEST("the overlap before a run's own cutoff doesn't count", trims),
        PLACE_TEST("nor does it count where the journal is only read", trims_what_is_read),
        PLACE_TEST("what failed by other tags is still covered by these", tags_apart),
        PLACE_TEST("the first failure of all is cleared like others", first_failure),
        PLACE_TEST("points are counted anew where all of a tenant's are forgotten", points_stay),
        PLACE_TEST("a clock that went back takes nothing away", newest_cutoff),
        PLACE_TEST(
            "whatever a run covers, confirms, fails and forgets, the journal holds just that",
            any_steps),
        PLACE_TEST("all is forgotten where nothing is left out", forgets_all),
        PLACE_TEST("what is forgotten comes back where the run is refused, and not once it began",
                   undoes),
        PLACE_TEST("only what the filters name is forgotten", forgets_with_filters),
        PLACE_TEST("a database that was made anew is forgotten", forgets_a_database),
        PLACE_TEST("a failure is listed once, with its last words, and covers nothing", failures),
        PLACE_TEST("a failure is cleared when just that is covered", failures_cleared),
        PLACE_TEST("a failure is cleared when its parts are covered", failures_cleared_piecewise),
        PLACE_TEST("what was covered and couldn't be repaired is to be copied again",
                   failed_repair),
        PLACE_TEST("failures that a run didn't see again are forgotten at its end, where it looked",
                   failures_forgotten),
        PLACE_TEST("what is covered isn't failed, whatever the sets of measurements",
                   failures_of_other_sets),
        PLACE_TEST("no measurement is failed twice at one time", failures_overlap),
        PLACE_TEST("what couldn't be repaired isn't covered by any set",
                   failed_repair_of_other_sets),
        PLACE_TEST("a journal of version 1 is carried over with all that it holds", version_1),
        PLACE_TEST("a journal of version 1 can be read as it is", version_1_read),
        PLACE_TEST("a journal of version 3 is carried over, and tells the kinds of its failures",
                   version_3),
        PLACE_TEST("a journal of version 3 can be read as it is", version_3_read),
        PLACE_TEST("a failure keeps its kind, whatever its words", keeps_kinds),
        PLACE_TEST("words alone tell the kind of a failure, and a name in them does not",
                   kinds_of_words),
        PLACE_TEST("samples of a run are thinned", samples_thinned),
        PLACE_TEST("the slowest statements are kept", slowest_kept),
        PLACE_TEST("points are counted for each tenant until its database is forgotten",
                   points_counted),
        PLACE_TEST("names of any bytes come back as they were", odd_names),
        PLACE_TEST("sets that were split in halves come back as they were copied", halves),
        PLACE_TEST("the last run is told with all its numbers", runs),
        PLACE_TEST("a run that was cut short isn't running", cut_short),
        PLACE_TEST("a reader sees what is committed while a run goes on", reads_beside),
        PLACE_TEST("a second writer is refused until the first has gone", two_writers),
        PLACE_TEST("each source has a journal of its own, whatever its name", sources_apart),
        PLACE_TEST("what a target lost isn't covered any more, and the rest is", forgets_a_time),
        PLACE_TEST("what a target holds is remembered, the newest of it",
                   remembers_what_targets_hold),
        PLACE_TEST("a journal of a newer version is refused", newer_version),
        PLACE_TEST("a damaged journal is told to be moved away", damaged),
        PLACE_TEST("where there is no journal, none can be read", nothing_to_read),
        PLACE_TEST("nobody else can read the journal's files", modes),
        PLACE_TEST("the password isn't in the journal", no_password),
    };

    return cmocka_run_group_tests_name("tenants/journal", tests, NULL, NULL);
}
