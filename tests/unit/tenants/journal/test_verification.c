#include "tenants/journal/verification.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../unit.h"
#include "base/clock.h"
#include "base/mem.h"
#include "tenants/report/report.h"

/* A journal in a directory of its own, as a run that is at work has it. */
struct place {
    char directory[32];
    struct settings settings;
    struct journal *journal;
    struct verification *verification;
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

    strcpy(place->directory, "/tmp/test_verif.XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    place->settings = (struct settings)SETTINGS_INIT;
    place->settings.database = xstrdup("mon");
    place->settings.url = xstrdup("http://127.0.0.1:8086");
    place->settings.state_dir = xstrdup(place->directory);
    strvec_push(&place->settings.metric_tags, "_tenant_id");
    strvec_push(&place->settings.history_tags, "tenant_id");
    place->tags = (struct strvec)STRVEC_INIT;
    strvec_push(&place->tags, "_tenant_id");
    open_journal(place);
    assert_int_equal(journal_begin_run(place->journal, 1000, (struct range){0, 1001}, &place->err),
                     0);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    struct dirent *entry;
    DIR *directory;

    verification_free(place->verification);
    journal_close(place->journal);
    directory = opendir(place->directory);
    while (directory && (entry = readdir(directory)))
        unlinkat(dirfd(directory), entry->d_name, 0);
    if (directory)
        closedir(directory);
    rmdir(place->directory);
    strvec_release(&place->tags);
    settings_release(&place->settings);
    err_release(&place->err);
    free(place);
    return 0;
}

static void commit(struct place *place)
{
    struct journal_progress progress = {0};

    assert_int_equal(journal_commit(place->journal, &progress, &place->err), 0);
}

/* Makes an entry whose target is "mon". The measurements are separated by blanks; the entry borrows
 * `list`. */
static struct journal_entry entry_of(const struct place *place, const char *tenant,
                                     const char *measurements, int64_t start_ns, int64_t end_ns,
                                     struct strvec *list)
{
    strvec_split(list, measurements, ' ');
    return (struct journal_entry){.tenant = tenant,
                                  .database = "mon",
                                  .policy = "all",
                                  .tags = &place->tags,
                                  .measurements = (const char *const *)list->v,
                                  .measurement_count = list->nr,
                                  .range = {start_ns, end_ns}};
}

static void cover(struct place *place, const char *tenant, const char *measurements,
                  int64_t start_ns, int64_t end_ns)
{
    struct strvec list = STRVEC_INIT;
    struct journal_entry entry = entry_of(place, tenant, measurements, start_ns, end_ns, &list);

    if (journal_cover(place->journal, &entry, false, &place->err) < 0)
        fail_msg("%s", place->err.message);
    strvec_release(&list);
    commit(place);
}

static void begin(struct place *place)
{
    place->verification = verification_begin(&place->settings, NULL, "verify", "");
    assert_true(verification_is_kept(place->verification));
}

static void not_whole(struct place *place, const char *tenant, const char *measurements,
                      int64_t start_ns, int64_t end_ns, int64_t missing, int64_t different)
{
    struct strvec list = STRVEC_INIT;
    struct journal_entry entry = entry_of(place, tenant, measurements, start_ns, end_ns, &list);

    verification_not_whole(place->verification, &entry, "words", missing, different);
    strvec_release(&list);
}

static void end(struct place *place, int status)
{
    const struct verification_end end = {.status = status, .words = status > 1 ? "why" : NULL};
    const struct journal_progress progress = {.windows_failed = status == 1};

    verification_end(place->verification, &end, &progress);
    assert_true(verification_is_kept(place->verification));
    verification_free(place->verification);
    place->verification = NULL;
}

/* Limits the verification to a plan of all for this time. */
static void limit(struct place *place, int64_t start_ns, int64_t end_ns)
{
    struct catalogue catalogue = {0};
    struct plan plan = {
        .catalogue = &catalogue, .settings = &place->settings, .range = {start_ns, end_ns}};

    verification_limit(place->verification, &plan);
}

/* Compares the rows of a statement, columns separated by blanks. */
static void assert_selects(const char *path, const char *sql, const char *expected)
{
    struct strbuf text = STRBUF_INIT;
    sqlite3_stmt *statement;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(statement); i++)
            strbuf_addf(&text, "%s%s", i ? " " : "",
                        (const char *)sqlite3_column_text(statement, i));
        strbuf_addch(&text, '\n');
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    assert_string_equal(text.buf ? text.buf : "", expected);
    strbuf_release(&text);
}

static const char compared[] =
    "SELECT tenant, (SELECT group_concat(name, '+') FROM measurement JOIN json_each('[' || members"
    " || ']') AS m ON m.value = measurement.id), start_ns, end_ns FROM compared JOIN"
    " measurement_set ON id = set_id ORDER BY 1, 2, 3";
static const char differences[] = "SELECT tenant, start_ns, end_ns FROM difference ORDER BY 1, 2";

static void assert_journal(struct place *place, const char *sql, const char *expected)
{
    assert_selects(journal_path(place->journal), sql, expected);
}

/* Reads the proof as `status` and `report` do. */
static struct report_proof prove(struct place *place, size_t *ret_differing)
{
    struct report_facts facts = {0};
    struct report_proof proof;
    struct journal *journal = journal_open(&place->settings, JOURNAL_READ, &place->err);

    assert_non_null(journal);
    if (report_read(&facts, journal, &place->err) < 0)
        fail_msg("%s", place->err.message);
    report_prove(&proof, &facts);
    *ret_differing = facts.differing.count;
    report_facts_release(&facts);
    journal_close(journal);
    return proof;
}

static void assert_proof(struct place *place, bool all, bool points, int64_t verifications,
                         int64_t open_ns, size_t differing)
{
    size_t count;
    struct report_proof proof = prove(place, &count);

    assert_int_equal(proof.all, all);
    assert_int_equal(proof.points, points);
    assert_int_equal(proof.verifications, verifications);
    assert_int_equal(proof.open_ns, open_ns);
    assert_int_equal(count, differing);
}

static void whole(void **state)
{
    struct place *place = *state;

    cover(place, "t", "cpu disk", 0, 100);
    cover(place, "u", "cpu", 0, 50);
    assert_proof(place, false, true, 0, 0, 0);
    begin(place);
    /* Until the verification ends it says nothing. */
    assert_proof(place, false, true, 0, 0, 0);
    end(place, 0);
    assert_proof(place, true, false, 1, 0, 0);
    place->settings.deep = true;
    begin(place);
    end(place, 0);
    assert_proof(place, true, true, 1, 0, 0);
    /* Counting doesn't take the place of comparing points. */
    place->settings.deep = false;
    begin(place);
    end(place, 0);
    assert_proof(place, true, true, 1, 0, 0);
}

static void copied_since(void **state)
{
    struct place *place = *state;

    cover(place, "t", "cpu", 10, 100);
    begin(place);
    /* This was covered after the verification began, so it doesn't look there. */
    cover(place, "t", "cpu", 100, 200);
    end(place, 0);
    assert_proof(place, false, false, 1, 100, 0);
    begin(place);
    end(place, 0);
    assert_proof(place, true, false, 1, 0, 0);
}

static void forgotten_meanwhile(void **state)
{
    struct place *place = *state;

    cover(place, "t", "cpu", 10, 1000);
    cover(place, "u", "cpu", 10, 50);
    begin(place);
    /* A run begins. It copies the last 100 ns again, and what a target has lost. */
    assert_int_equal(journal_trim(place->journal, 100, &place->err), 0);
    assert_int_equal(
        journal_forget_time(place->journal, "mon", "all", (struct range){20, 30}, &place->err), 0);
    cover(place, "t", "cpu", 20, 30);
    cover(place, "u", "cpu", 20, 30);
    cover(place, "t", "cpu", 900, 1000);
    end(place, 0);
    assert_journal(place, compared, "t cpu 10 20\nt cpu 30 900\nu cpu 10 20\nu cpu 30 50\n");
    assert_proof(place, false, false, 1, 20, 0);
    assert_int_equal(journal_forget_database(place->journal, "mon", &place->err), 0);
    commit(place);
    assert_journal(place, compared, "");
}

static void cut_short(void **state)
{
    struct place *place = *state;
    struct verification_list list = {0};

    cover(place, "t", "cpu", 0, 100);
    begin(place);
    assert_int_equal(verification_read(&list, place->journal, 10, &place->err), 0);
    assert_int_equal(list.count, 1);
    assert_true(list.items[0].running);
    verification_list_release(&list);
    verification_free(place->verification);
    assert_int_equal(verification_read(&list, place->journal, 10, &place->err), 0);
    assert_false(list.items[0].running);
    assert_false(verification_is_complete(&list.items[0]));
    verification_list_release(&list);
    assert_proof(place, false, true, 0, 0, 0);
    /* The next one sweeps what the killed one had noted, and leaves one that goes on alone. */
    begin(place);
    assert_journal(place, "SELECT count(*), count(DISTINCT verification) FROM compared", "1 1\n");
    end(place, 5);
    assert_journal(place, compared, "");
    assert_journal(place, "SELECT status, words FROM verification WHERE ended_ns != 0", "5 why\n");
}

static void two_at_once(void **state)
{
    struct place *place = *state;
    struct verification *first;

    cover(place, "t", "cpu", 0, 100);
    begin(place);
    first = place->verification;
    begin(place);
    end(place, 0);
    assert_proof(place, true, false, 1, 0, 0);
    place->verification = first;
    end(place, 0);
    assert_proof(place, true, false, 1, 0, 0);
    assert_journal(place, compared, "t cpu 0 100\n");
}

static void differs(void **state)
{
    struct place *place = *state;

    cover(place, "t", "cpu disk", 0, 100);
    begin(place);
    not_whole(place, "t", "cpu", 20, 40, 3, 2);
    not_whole(place, "t", "disk", 60, 80, 0, 0); /* couldn't be compared */
    end(place, 1);
    assert_journal(place, compared,
                   "t cpu 60 80\nt cpu+disk 0 20\nt cpu+disk 40 60\nt cpu+disk 80 100\n"
                   "t disk 20 40\n");
    assert_journal(place, differences, "t 20 40\n");
    assert_journal(place,
                   "SELECT values_missing, values_different, windows_failed FROM verification",
                   "3 2 1\n");
    assert_proof(place, false, false, 1, 20, 1);
    /* A verification that doesn't come to its end mends nothing, and loses nothing that it found.
     */
    begin(place);
    not_whole(place, "t", "cpu", 0, 10, 1, 0);
    end(place, 5);
    assert_journal(place, differences, "t 0 10\nt 20 40\n");
    /* A window that is copied again doesn't differ any more. */
    cover(place, "t", "cpu disk", 20, 40);
    assert_journal(place, differences, "t 0 10\n");
    begin(place);
    end(place, 0);
    assert_journal(place, differences, "");
    assert_proof(place, true, false, 1, 0, 0);
}

static void deep_differences(void **state)
{
    struct place *place = *state;
    struct strvec list = STRVEC_INIT;
    struct journal_entry entry = entry_of(place, "t", "cpu", 0, 100, &list);

    cover(place, "t", "cpu", 0, 100);
    place->settings.deep = true;
    begin(place);
    not_whole(place, "t", "cpu", 20, 40, 1, 0);
    end(place, 1);
    /* Counts agree, which disproves nothing. */
    place->settings.deep = false;
    begin(place);
    end(place, 0);
    assert_int_equal(journal_confirm(place->journal, &entry, &place->err), 0);
    commit(place);
    assert_journal(place, differences, "t 20 40\n");
    /* A repair copied it. */
    entry.points = 5;
    assert_int_equal(journal_confirm(place->journal, &entry, &place->err), 0);
    commit(place);
    assert_journal(place, differences, "");
    strvec_release(&list);
}

static void limits(void **state)
{
    struct place *place = *state;

    cover(place, "t", "cpu disk", 0, 100);
    cover(place, "u", "cpu", 0, 100);
    begin(place);
    not_whole(place, "t", "cpu", 50, 60, 1, 0);
    not_whole(place, "u", "cpu", 50, 60, 1, 0);
    end(place, 1);
    strvec_push(&place->settings.tenants, "t");
    begin(place);
    limit(place, 10, 90);
    end(place, 0);
    assert_journal(place, differences, "u 50 60\n");
    assert_journal(place, "SELECT part FROM verification ORDER BY started_ns", "0\n1\n");
    assert_int_equal(settings_add_measurement(&place->settings, "^disk", &place->err), 0);
    begin(place);
    limit(place, 0, 1000);
    assert_journal(place,
                   "SELECT tenant, start_ns, end_ns FROM compared WHERE verification = (SELECT"
                   " token FROM verification WHERE ended_ns = 0)",
                   "t 0 100\n");
    end(place, 0);
    /* A filter that fits all leaves nothing out. */
    strvec_release(&place->settings.tenants);
    settings_release(&(struct settings){.measurements = place->settings.measurements});
    place->settings.measurements = (struct settings_regexes){0};
    begin(place);
    limit(place, 0, 100);
    end(place, 0);
    assert_journal(place, "SELECT part FROM verification ORDER BY started_ns DESC LIMIT 1", "0\n");
    assert_journal(place, differences, "");
    assert_proof(place, true, false, 1, 0, 0);
}

static void other_tags(void **state)
{
    struct place *place = *state;

    strvec_push(&place->tags, "project");
    cover(place, "t", "cpu", 0, 100);
    begin(place);
    limit(place, 0, 1000);
    end(place, 0);
    assert_proof(place, false, true, 0, 0, 0);
    assert_journal(place, "SELECT part FROM verification", "1\n");
}

/* Makes the file one of version 2. */
static void make_version_2(struct place *place)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(journal_path(place->journal), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "DROP TABLE landing; DROP TABLE looked; DROP TABLE refused; DROP "
                                  "TABLE verification; DROP TABLE compared;"
                                  " DROP TABLE difference; ALTER TABLE failure DROP COLUMN kind;"
                                  " ALTER TABLE run DROP COLUMN points_ahead;"
                                  " ALTER TABLE run DROP COLUMN scope;"
                                  " ALTER TABLE run DROP COLUMN tenants_source;"
                                  " ALTER TABLE run DROP COLUMN measurements;"
                                  " ALTER TABLE run DROP COLUMN measurements_source;"
                                  " ALTER TABLE run DROP COLUMN policies;"
                                  " ALTER TABLE run DROP COLUMN policies_source;"
                                  " ALTER TABLE run DROP COLUMN points_other_policies;"
                                  " PRAGMA user_version = 2",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
}

static void version_2(void **state)
{
    struct place *place = *state;
    struct err *err = &place->err;
    char *path = xstrdup(journal_path(place->journal));

    cover(place, "t", "cpu", 0, 100);
    make_version_2(place);
    /* The program of version 2 is at work on it: nothing is changed. */
    place->verification = verification_begin(&place->settings, NULL, "verify", "");
    assert_false(verification_is_kept(place->verification));
    verification_free(place->verification);
    place->verification = NULL;
    assert_selects(path, "PRAGMA user_version", "2\n");
    journal_close(place->journal);
    place->journal = NULL;
    /* It can be read as it is; a verification carries it over. */
    assert_proof(place, false, true, 0, 0, 0);
    assert_selects(path, "PRAGMA user_version", "2\n");
    begin(place);
    end(place, 0);
    assert_selects(path, "PRAGMA user_version", "6\n");
    assert_proof(place, true, false, 1, 0, 0);
    assert_int_equal(err->code, ERR_NONE);
    /* A run carries it over, too. */
    open_journal(place);
    make_version_2(place);
    journal_close(place->journal);
    open_journal(place);
    assert_selects(path, "SELECT count(*) FROM compared", "0\n");
    assert_selects(path, "SELECT tenant, start_ns, end_ns FROM coverage", "t 0 100\n");
    free(path);
}

/* The journal becomes that of a shard. */
static void open_shard(struct place *place, int64_t shard)
{
    journal_close(place->journal);
    place->settings.part = shard;
    place->settings.part_count = shard ? 2 : 0;
    open_journal(place);
    assert_int_equal(journal_begin_run(place->journal, 1000, (struct range){0, 1001}, &place->err),
                     0);
}

static void shards(void **state)
{
    struct place *place = *state;
    static const char *const tenants[] = {"a", "b", "c", "d", "e"};

    for (int64_t shard = 1; shard <= 2; shard++) {
        open_shard(place, shard);
        for (size_t i = 0; i < ARRAY_SIZE(tenants); i++)
            if (settings_part_of(tenants[i], 2) == shard)
                cover(place, tenants[i], "cpu", 0, 100);
    }
    /* Beside the run of a shard, of all shards. */
    place->settings.part_count = 0;
    begin(place);
    not_whole(place, "a", "cpu", 0, 10, 1, 0);
    not_whole(place, "b", "cpu", 0, 10, 1, 0);
    end(place, 1);
    assert_proof(place, false, false, 1, 0, 2);
    begin(place);
    /* A run without --shard takes over, and deletes the files of shards: the record goes along. */
    open_shard(place, 0);
    end(place, 0);
    assert_proof(place, true, false, 1, 0, 0);
    assert_journal(place, "SELECT count(*) FROM verification", "2\n");
}

static void nowhere_to_write(void **state)
{
    struct place *place = *state;
    struct settings settings = place->settings;

    settings.state_dir = (char *)"/proc/none";
    place->verification = verification_begin(&settings, NULL, "verify", "");
    assert_false(verification_is_kept(place->verification));
    not_whole(place, "t", "cpu", 0, 10, 1, 0);
    verification_end(place->verification, &(struct verification_end){0},
                     &(struct journal_progress){0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define PLACE_TEST(sentence, function) TEST_WITH(sentence, function, set_up, tear_down)
        PLACE_TEST("a verification that ended proves what the journal covered when it began",
                   whole),
        PLACE_TEST("what was copied after it began isn't proven", copied_since),
        PLACE_TEST("what a run forgets and copies again meanwhile isn't proven",
                   forgotten_meanwhile),
        PLACE_TEST("a verification that was killed or interrupted proves nothing", cut_short),
        PLACE_TEST("two at once don't disturb each other", two_at_once),
        PLACE_TEST("a difference is told until it is copied again, or found whole", differs),
        PLACE_TEST("what differs point by point isn't disproven by counts", deep_differences),
        PLACE_TEST("what filters leave out isn't proven, and its differences stay", limits),
        PLACE_TEST("what was copied by other tags isn't proven", other_tags),
        PLACE_TEST("a journal of version 2 is carried over, but not under its program", version_2),
        PLACE_TEST("shards have one record, which goes along when a run takes over", shards),
        PLACE_TEST("where nothing can be written, nothing is recorded", nowhere_to_write),
    };

    return cmocka_run_group_tests_name("tenants/verification", tests, NULL, NULL);
}
