#include "schema/run/runner.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/strbuf.h"
#include "blocker.h"
#include "key_name.h"
#include "lock.h"
#include "schema/history/detect.h"
#include "schema/history/diff.h"
#include "schema/server/inspect.h"
#include "schema/server/lookup.h"
#include "schema/server/record.h"
#include "schema/server/rights.h"
#include "schema/server/rows.h"
#include "schema/server/version.h"

/*
 * A statement whose effect shows in the schema needn't be recorded at once: it is recorded together
 * with those that follow it within this time. A commit for each would make an upgrade from empty to
 * head half as long again (measured). After a kill the next run finds such a statement done,
 * without a record.
 */
static const int64_t record_interval_ns = CLOCK_SECOND_NS / 10;

/* The state that alembic_version and the record show while no step is running. */
struct situation {
    struct version version;
    struct record record;
    const struct revision *current; /* by the version table */
    const struct revision *begun;   /* the step that the record has under way, or NULL */
};

struct schema_run {
    const struct runner *runner;
    struct lock lock;
    struct runner_result *result;
    bool up;
    const char *target;
    int64_t deadline_ns; /* of waiting for other runs */
    bool told;           /* that it waits */
    int64_t recorded_ns; /* when the record was written last */
    /* work for runner_locked(), instead of steps; or NULL */
    int (*work)(void *context, struct db *db, struct err *err);
    void *context;
};

static void situation_release(struct situation *situation)
{
    version_release(&situation->version);
    record_release(&situation->record);
}

static int read_situation(struct situation *situation, const struct runner *runner, struct err *err)
{
    const struct record *record = &situation->record;

    memset(situation, 0, sizeof(*situation));
    situation->version = (struct version)VERSION_INIT;
    if (version_read(&situation->version, runner->db, err) < 0 ||
        version_revision(&situation->version, runner->graph, &situation->current, err) < 0 ||
        record_read(&situation->record, runner->db, err) < 0)
        goto fail;
    if (record->has_row && record->revision[0]) {
        situation->begun = graph_find(runner->graph, record->revision);
        if (!situation->begun) {
            err_set(err, ERR_FAILED,
                    "a run was interrupted in revision %s, which is no known revision",
                    record->revision);
            err_hint(err, "run it with the --revisions-dir that has it");
            goto fail;
        }
    }
    return 0;
fail:
    situation_release(situation);
    return -1;
}

static void notify(const struct runner *runner, const struct runner_event *event)
{
    if (runner->notify)
        runner->notify(runner->context, event);
}

static int check_stop(struct err *err)
{
    if (!stop_requested())
        return 0;
    err_set(err, ERR_INTERRUPTED, "interrupted by a signal");
    return err_hint(err, "the same command goes on from here");
}

/* ---- statements ---- */

static int fail_statement(struct schema_run *run, const struct route_step *step, size_t i,
                          const char *sql, struct err *err)
{
    const struct route_statement *statement = &step->statements[i];
    struct db *db = run->runner->db;

    if (db_errno(db) == DB_ERROR_LOCK_WAIT)
        blocker_explain(db, sql, run->runner->lock_timeout_s, err);
    else if (db_errno(db) == DB_ERROR_KEY_REQUIRED_MARIADB ||
             db_errno(db) == DB_ERROR_KEY_REQUIRED_MYSQL)
        err_hint(err, "three of Monasca's tables have no primary key: switch off "
                      "sql_require_primary_key (MariaDB: innodb_force_primary_key), and run the "
                      "same command again");
    else if (db_lost(db))
        err_hint(err, "it may have taken effect or not; the same command finds out, and goes on");
    else if (!err->hint)
        err_hint(err,
                 "%zu of %zu statements of revision %s are done; the same "
                 "command goes on with this one",
                 i, step->count, step->revision->id);
    return err_wrap(err, "%s of revision %s, statement %zu of %zu (%s:%u)",
                    step->up ? "upgrade" : "downgrade", step->revision->id, i + 1, step->count,
                    step->revision->path, statement->source->line);
}

/* Adds the text as the server gets it. */
static int statement_text(struct strbuf *sql, struct schema_run *run,
                          const struct route_statement *statement, struct err *err)
{
    if (statement->verdict == ROUTE_REST) {
        strbuf_addstr(sql, statement->text);
        return 0;
    }
    if (statement->has_braces)
        return lookup_resolve_by_server(sql, statement->source->text, run->runner->db, err);
    strbuf_addstr(sql, statement->source->text);
    return 0;
}

static void add_record(struct strbuf *sql, const struct schema_run *run,
                       const struct route_step *step, size_t done)
{
    record_add_update(sql, run->lock.owner, run->lock.expiry_s, step ? step->revision->id : "",
                      run->up, step ? step->digest : "", done);
}

/* Runs a statement that must change one row; `otherwise` is the error where it doesn't. */
static int run_for_one_row(struct db *db, const char *sql, const char *otherwise, struct err *err)
{
    uint64_t affected;

    if (db_run(db, sql, &affected, err) < 0)
        return -1;
    return affected == 1 ? 0 : err_set(err, ERR_FAILED, "%s", otherwise);
}

static const char lost_lock[] = "another run took over, because nothing was heard of this one for "
                                "longer than --lock-expiry";

/* The work of one transaction. The statement and the move of the version may be NULL. */
struct change {
    const char *statement;
    const char *move;
    const char *record;
};

static int run_change(struct db *db, void *context, struct err *err)
{
    const struct change *change = context;

    if (change->statement && db_run(db, change->statement, NULL, err) < 0)
        return -1;
    if (change->move &&
        run_for_one_row(db, change->move, "alembic_version changed while this ran", err) < 0)
        return -1;
    return run_for_one_row(db, change->record, lost_lock, err);
}

/* May the record of this statement wait? `last`: the end of the step follows at once, and
 * records it too. */
static bool may_record_later(const struct schema_run *run, const struct route_statement *statement,
                             bool last)
{
    return last ||
           (statement->settles && clock_monotonic_ns() - run->recorded_ns < record_interval_ns);
}

static int run_statement(struct schema_run *run, const struct route_step *step, size_t i, bool last,
                         struct err *err)
{
    const struct route_statement *statement = &step->statements[i];
    struct strbuf sql = STRBUF_INIT, record = STRBUF_INIT;
    int rc = statement_text(&sql, run, statement, err);

    if (rc < 0)
        goto out;
    add_record(&record, run, step, i + 1);
    if (statement->data) {
        struct change change = {.statement = sql.buf, .record = record.buf};

        rc = db_transaction(run->runner->db, run_change, &change, err);
    } else {
        rc = db_run(run->runner->db, sql.buf, NULL, err);
        if (rc < 0)
            rc = key_name_retry(run->runner->db, sql.buf, err);
        if (rc == 0 && may_record_later(run, statement, last))
            goto out;
        if (rc == 0)
            rc = run_for_one_row(run->runner->db, record.buf, lost_lock, err);
    }
    run->recorded_ns = clock_monotonic_ns();
out:
    if (rc < 0)
        fail_statement(run, step, i, sql.buf, err);
    strbuf_release(&sql);
    strbuf_release(&record);
    return rc;
}

/* A run that was interrupted has done the first statements in another session: what these set there
 * is set again. */
static int repeat_settings(struct schema_run *run, const struct route_step *step, struct err *err)
{
    for (size_t i = 0; i < step->count; i++) {
        const char *text = step->statements[i].source->text;

        if (i >= step->first && step->statements[i].verdict != ROUTE_SKIP)
            break;
        if (strncasecmp(text, "SET", 3) == 0 && isspace((unsigned char)text[3]) &&
            db_run(run->runner->db, text, NULL, err) < 0)
            return fail_statement(run, step, i, text, err);
    }
    return 0;
}

static int run_statements(struct schema_run *run, const struct route_step *step, struct err *err)
{
    if (repeat_settings(run, step, err) < 0)
        return -1;
    for (size_t i = step->first; i < step->count; i++) {
        bool skipped = step->statements[i].verdict == ROUTE_SKIP;
        int64_t start = clock_monotonic_ns();

        if (check_stop(err) < 0)
            return -1;
        if (!skipped && run_statement(run, step, i, i + 1 == step->count, err) < 0)
            return -1;
        run->result->statements += !skipped;
        run->result->found_done += skipped;
        notify(run->runner, &(struct runner_event){.kind = RUNNER_STATEMENT,
                                                   .step = step,
                                                   .statement = i + 1,
                                                   .skipped = skipped,
                                                   .duration_ns = clock_monotonic_ns() - start});
    }
    return 0;
}

/* Writes the version, and begins the record of the next step (NULL: there is none). */
static int finish_step(struct schema_run *run, const struct route_step *step,
                       const struct route_step *next, struct err *err)
{
    struct strbuf move = STRBUF_INIT, record = STRBUF_INIT;
    struct change change;
    int rc;

    version_add_move(&move, step->from, step->to);
    add_record(&record, run, next, 0);
    change = (struct change){.move = move.buf, .record = record.buf};
    rc = db_transaction(run->runner->db, run_change, &change, err);
    run->recorded_ns = clock_monotonic_ns();
    strbuf_release(&move);
    strbuf_release(&record);
    return rc < 0 ? err_wrap(err, "moving alembic_version from %s to %s", graph_name(step->from),
                             graph_name(step->to))
                  : 0;
}

static int run_route(struct schema_run *run, const struct route *route, struct err *err)
{
    struct strbuf record = STRBUF_INIT;
    int rc;

    add_record(&record, run, &route->steps[0], route->steps[0].first);
    rc = run_for_one_row(run->runner->db, record.buf, lost_lock, err);
    strbuf_release(&record);
    for (size_t s = 0; s < route->count && rc == 0; s++) {
        const struct route_step *step = &route->steps[s];
        const struct route_step *next = s + 1 < route->count ? &route->steps[s + 1] : NULL;
        int64_t start = clock_monotonic_ns();

        notify(run->runner, &(struct runner_event){.kind = RUNNER_STEP, .step = step});
        rc = run_statements(run, step, err);
        if (rc == 0)
            rc = finish_step(run, step, next, err);
        if (rc < 0)
            break;
        run->result->steps++;
        run->result->to = step->to;
        notify(run->runner, &(struct runner_event){.kind = RUNNER_STEP_DONE,
                                                   .step = step,
                                                   .duration_ns = clock_monotonic_ns() - start});
    }
    return rc;
}

/* ---- before the first statement ---- */

/* Every run needs these, for the version and the record. */
static const char *const basic_rights[] = {"SELECT", "INSERT", "UPDATE", "DELETE",
                                           "CREATE", "DROP",   NULL};

/* Checks the rights that the steps need besides, and whether the server knows their statements. */
static int check_rights(const struct runner *runner, const struct route *route, struct err *err)
{
    const char *needed[4] = {NULL};
    size_t count = 0;

    if (route->needs_rename && !db_server(runner->db)->renames_columns) {
        err_set(err, ERR_FAILED, "the server knows no RENAME COLUMN: it is %s",
                db_server(runner->db)->version);
        return err_hint(err, "nothing was changed; CHANGE COLUMN does the same on every server");
    }
    if (route->needs_alter)
        needed[count++] = "ALTER";
    if (route->needs_index)
        needed[count++] = "INDEX";
    if (route->needs_references && db_server(runner->db)->needs_references)
        needed[count++] = "REFERENCES";
    return count ? rights_check(runner->db, needed, err) : 0;
}

static int fail_unversioned(const struct detection *detection, struct err *err)
{
    err_set(err, ERR_FAILED, "the database has tables, but no version in alembic_version");
    if (detection->exact)
        return err_hint(err,
                        "it has the schema of revision %s: 'schema stamp --from-fingerprint' "
                        "says so in alembic_version, then upgrade",
                        detection->revision->id);
    return err_hint(err, "'schema detect-revision' tells which one it is near; then use "
                         "'schema stamp'");
}

/* Tables without a version were made by a script, and must be stamped first; unless Alembic was
 * interrupted in its first step. */
static int check_versioned(const struct runner *runner, const struct situation *situation,
                           const struct model *actual, struct err *err)
{
    struct detection detection;
    int rc = 0;

    if (situation->current || situation->begun || !actual->count)
        return 0;
    detect_revision(&detection, runner->graph, actual);
    if (detection.exact || !situation->version.has_table)
        rc = fail_unversioned(&detection, err);
    detection_release(&detection);
    return rc;
}

/* Tells how many lines differ at the start. No step needs or changes these, or the route had
 * failed. */
static void tell_drift(const struct runner *runner, const struct situation *situation,
                       const struct model *actual)
{
    struct strvec have = STRVEC_INIT, want = STRVEC_INIT;
    size_t distance;

    if (situation->begun || !state_lines(&want, runner->graph, situation->current))
        return;
    model_lines(&have, actual);
    distance = state_distance(&have, &want);
    if (distance)
        notify(runner, &(struct runner_event){.kind = RUNNER_DRIFT, .count = distance});
    strvec_release(&have);
    strvec_release(&want);
}

static int ask(const struct runner *runner, const struct route *route, const struct model *actual,
               bool up, struct err *err)
{
    struct strvec losses = STRVEC_INIT;
    int rc = 0;

    route_add_losses(&losses, route, actual);
    if (route->count)
        notify(runner,
               &(struct runner_event){.kind = RUNNER_PLAN, .route = route, .losses = &losses});
    if (!up && runner->confirm)
        rc = runner->confirm(runner->context, &losses, err);
    strvec_release(&losses);
    return rc;
}

/* Looks for rows that a foreign key of the route would refuse. */
static int check_rows(const struct runner *runner, const struct route *route,
                      const struct model *actual, struct err *err)
{
    struct strvec texts = STRVEC_INIT;
    int rc;

    for (size_t s = 0; s < route->count; s++)
        for (size_t i = route->steps[s].first; i < route->steps[s].count; i++)
            if (route->steps[s].statements[i].verdict != ROUTE_SKIP)
                strvec_push(&texts, route->steps[s].statements[i].source->text);
    rc = rows_check_keys(runner->db, (const char *const *)texts.v, texts.nr, actual, err);
    strvec_release(&texts);
    return rc;
}

/* Reads the schema again, and compares it with what the statements should have made of it. */
static int look_again(const struct schema_run *run, const struct route *route, struct err *err)
{
    struct model actual = MODEL_INIT;
    struct diff diff = DIFF_INIT;
    struct strbuf words = STRBUF_INIT;
    int rc = route->uncertain ? 0 : inspect_database(run->runner->db, &actual, err);

    if (rc == 0 && !route->uncertain)
        diff_make(&diff, &actual, &route->after);
    if (diff.count) {
        diff_item_add_words(&words, &diff.items[0]);
        rc = err_set(err, ERR_FAILED,
                     "the database is at %s now, but its schema isn't what the statements should "
                     "have made: %s%s",
                     graph_name(run->result->to), words.buf, diff.count > 1 ? "; and more" : "");
        err_hint(err, "'schema diff' shows all, 'schema align' mends it");
    }
    strbuf_release(&words);
    diff_release(&diff);
    model_release(&actual);
    return rc;
}

/* Works out the route from the current revision to `to`, and runs it. `resuming`: it finishes an
 * interrupted step, and nobody is asked. */
static int run_to(struct schema_run *run, const struct situation *situation,
                  const struct revision *to, bool up, bool resuming, struct err *err)
{
    const struct runner *runner = run->runner;
    struct graph_path path = GRAPH_PATH_INIT;
    struct route route = ROUTE_INIT;
    struct model actual = MODEL_INIT;
    int rc = -1;

    run->up = up;
    if (graph_find_path(&path, runner->graph, situation->current, to, err) < 0 ||
        inspect_database(runner->db, &actual, err) < 0)
        goto out;
    path.up = up;
    if (up && check_versioned(runner, situation, &actual, err) < 0)
        goto out;
    if (route_make(&route, runner->graph, &path, situation->current, &actual, &situation->record,
                   err) < 0 ||
        check_rights(runner, &route, err) < 0 || check_rows(runner, &route, &actual, err) < 0)
        goto out;
    if (!route.found_done)
        tell_drift(runner, situation, &actual);
    if (!resuming && ask(runner, &route, &actual, up, err) < 0)
        goto out;
    if (!situation->version.has_table && version_make_table(runner->db, err) < 0)
        goto out;
    rc = route.count ? run_route(run, &route, err) : 0;
    if (rc == 0 && route.count)
        rc = look_again(run, &route, err);
out:
    model_release(&actual);
    route_release(&route);
    graph_path_release(&path);
    return rc;
}

/* ---- one run ---- */

static int resolve_target(const struct schema_run *run, const struct situation *situation,
                          const struct revision **ret, bool *ret_nothing, struct err *err)
{
    const struct graph *graph = run->runner->graph;

    if (graph_resolve(graph, run->target, situation->current, ret, err) < 0)
        return -1;
    if (run->up) {
        /* Like Alembic: an older revision is reached already. */
        *ret_nothing = graph_is_ancestor(graph, *ret, situation->current);
        return 0;
    }
    *ret_nothing = *ret == situation->current;
    if (!graph_is_ancestor(graph, *ret, situation->current)) {
        err_set(err, ERR_USAGE, "%s doesn't lie below the current revision %s", graph_name(*ret),
                graph_name(situation->current));
        return err_hint(err, "'schema upgrade' goes up");
    }
    return 0;
}

static int set_timeouts(const struct runner *runner, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int rc;

    strbuf_addf(&sql,
                "SET SESSION lock_wait_timeout = %lld, SESSION innodb_lock_wait_timeout = %lld",
                (long long)(runner->lock_timeout_s ? runner->lock_timeout_s : 1),
                (long long)(runner->lock_timeout_s ? runner->lock_timeout_s : 1));
    rc = db_run(runner->db, sql.buf, NULL, err);
    strbuf_release(&sql);
    return rc;
}

static int fail_lock(const struct runner *runner, const char *holder, struct err *err)
{
    err_set(err, ERR_FAILED, "another run holds the lock (%s), for longer than %lld s",
            holder ? holder : "unknown", (long long)runner->lock_timeout_s);
    return err_hint(err, "--lock-timeout waits longer; nothing was changed");
}

/* Tries to get one of the two locks. 1: held; 0: not yet, and there is time left to wait. */
static int try_lock(struct schema_run *run, int (*try)(struct lock *, char **, struct err *),
                    struct err *err)
{
    char *holder;
    int rc = try(&run->lock, &holder, err);

    if (rc == 0 && !run->told)
        notify(run->runner, &(struct runner_event){.kind = RUNNER_WAITING, .holder = holder});
    run->told |= rc == 0;
    if (rc == 0 && clock_monotonic_ns() >= run->deadline_ns)
        rc = fail_lock(run->runner, holder, err);
    free(holder);
    return rc == 0 ? check_stop(err) : rc;
}

static int forget_record(struct schema_run *run, struct err *err)
{
    struct strbuf record = STRBUF_INIT;
    int rc;

    add_record(&record, run, NULL, 0);
    rc = run_for_one_row(run->runner->db, record.buf, lost_lock, err);
    strbuf_release(&record);
    return rc;
}

/* Finishes a step that was interrupted. */
static int resume(struct schema_run *run, struct situation *situation, struct err *err)
{
    const struct runner *runner = run->runner;
    bool up = situation->record.up, wanted_up = run->up;
    const struct revision *to =
        up ? situation->begun : graph_parent(runner->graph, situation->begun);
    const struct revision *from =
        up ? graph_parent(runner->graph, situation->begun) : situation->begun;
    int rc;

    /* If somebody has written another version meanwhile, the record is void. */
    if (situation->current != from) {
        rc = forget_record(run, err);
    } else {
        notify(runner, &(struct runner_event){.kind = RUNNER_RESUMING,
                                              .statement = situation->record.done,
                                              .holder = situation->begun->id});
        rc = run_to(run, situation, to, up, true, err);
    }
    run->up = wanted_up;
    situation_release(situation);
    return rc < 0 ? -1 : read_situation(situation, runner, err);
}

static int run_locked(struct schema_run *run, struct err *err)
{
    struct situation situation;
    const struct revision *to;
    bool nothing;
    int rc = -1;

    if (read_situation(&situation, run->runner, err) < 0)
        return -1;
    if (situation.begun && resume(run, &situation, err) < 0)
        goto out;
    run->result->to = situation.current;
    if (resolve_target(run, &situation, &to, &nothing, err) < 0)
        goto out;
    if (!nothing && run_to(run, &situation, to, run->up, false, err) < 0)
        goto out;
    rc = 0;
out:
    situation_release(&situation);
    return rc;
}

/* 1: there is nothing to do, and no earlier run has left its table. Other work is always to be
 * done. */
static int is_done(struct schema_run *run, struct err *err)
{
    struct situation situation;
    const struct revision *to;
    bool nothing;
    int rc;

    if (run->work)
        return 0;
    if (read_situation(&situation, run->runner, err) < 0)
        return -1;
    if (!run->result->from && !run->result->to)
        run->result->from = run->result->to = situation.current;
    if (situation.begun) {
        rc = 0;
    } else {
        rc = resolve_target(run, &situation, &to, &nothing, err);
        if (rc == 0)
            rc = nothing && !situation.record.has_table;
        run->result->to = situation.current;
    }
    situation_release(&situation);
    return rc;
}

/* Drops the table of the record when all is done, or nothing was begun; but not with the row of
 * another run, which took over. */
static int drop_record(const struct schema_run *run, struct err *err)
{
    struct db *db = run->runner->db;
    struct record record;
    int rc = record_read(&record, db, err);

    if (rc == 0 && record.has_table &&
        (!record.has_row || (strcmp(record.owner, run->lock.owner) == 0 && !record.revision[0])))
        rc = record_drop_table(db, err);
    record_release(&record);
    return rc;
}

static int work_with_lock(struct schema_run *run, struct err *err)
{
    struct err second = ERR_INIT;
    int rc = run->work ? run->work(run->context, run->runner->db, err) : run_locked(run, err);

    if (rc == 0)
        return drop_record(run, err);
    if (!db_lost(run->runner->db))
        drop_record(run, &second);
    err_release(&second);
    return -1;
}

/*
 * Waits for the server's lock, then for the row of the record, and works. Looks before every try
 * whether there is anything to do: another run may have done it.
 */
static int wait_and_work(struct schema_run *run, struct err *err)
{
    const struct runner *runner = run->runner;
    bool has_turn = false;
    int rc;

    run->deadline_ns = clock_monotonic_ns() + runner->lock_timeout_s * CLOCK_SECOND_NS;
    if (set_timeouts(runner, err) < 0 ||
        lock_init(&run->lock, runner->db, runner->lock_expiry_s, err) < 0)
        return -1;
    while ((rc = is_done(run, err)) == 0) {
        rc = try_lock(run, has_turn ? lock_claim : lock_try, err);
        if (rc == 1 && has_turn) {
            rc = work_with_lock(run, err);
            break;
        }
        if (rc == 1 && rights_check(runner->db, basic_rights, err) < 0)
            rc = -1;
        has_turn |= rc == 1;
        if (rc < 0)
            break;
    }
    lock_release(&run->lock);
    return rc < 0 ? -1 : 0;
}

static int run_in_time(const struct runner *runner, const char *target, bool up,
                       struct runner_result *ret, struct err *err)
{
    struct schema_run run = {.runner = runner, .result = ret, .up = up, .target = target};
    int64_t start = clock_monotonic_ns();
    int rc;

    *ret = (struct runner_result){.from = NULL};
    rc = wait_and_work(&run, err);
    ret->duration_ns = clock_monotonic_ns() - start;
    return rc;
}

int runner_upgrade(const struct runner *runner, const char *target, struct runner_result *ret,
                   struct err *err)
{
    return run_in_time(runner, target, true, ret, err);
}

int runner_downgrade(const struct runner *runner, const char *target, struct runner_result *ret,
                     struct err *err)
{
    return run_in_time(runner, target, false, ret, err);
}

/* ---- other work under the lock ---- */

int runner_locked(const struct runner *runner,
                  int (*work)(void *context, struct db *db, struct err *err), void *context,
                  struct err *err)
{
    struct schema_run run = {.runner = runner, .work = work, .context = context};

    return wait_and_work(&run, err);
}

int runner_statements(const struct runner *runner, const char *const *statements, size_t count,
                      struct err *err)
{
    struct db *db = runner->db;

    for (size_t i = 0; i < count; i++) {
        struct strbuf sql = STRBUF_INIT;
        int rc = check_stop(err);

        if (rc == 0)
            rc = lookup_resolve_by_server(&sql, statements[i], db, err);
        if (rc == 0)
            rc = db_run(db, sql.buf, NULL, err);
        if (rc < 0)
            rc = key_name_retry(db, sql.buf, err);
        if (rc < 0 && db_errno(db) == DB_ERROR_LOCK_WAIT)
            blocker_explain(db, sql.buf, runner->lock_timeout_s, err);
        strbuf_release(&sql);
        if (rc < 0) {
            if (!err->hint)
                err_hint(err, "%zu of %zu statements are done; the same command goes on", i, count);
            return err_wrap(err, "statement %zu of %zu (%.60s...)", i + 1, count, statements[i]);
        }
    }
    return 0;
}
