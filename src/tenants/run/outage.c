/*
 * Decides what becomes of servers that are away and come back, or take no points since their disk
 * is full.
 *
 * While the source is away, all tasks wait. While a server of targets is away, only the tasks of
 * its tenants wait: as long as other servers have something to do, and at least for a while. Then
 * the server is given up in this run, with the tasks that are still to do there. The run itself
 * fails only where it has given up its last server.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/plural.h"
#include "task.h"

/* A server may say nothing for so long while all others wait for it. */
#define MAX_SILENCE_NS    (30 * CLOCK_SECOND_NS)
/* A server's cache may be full for so long. */
#define MAX_CACHE_FULL_NS (90 * CLOCK_SECOND_NS)
/* A server that is away for long isn't asked so often. */
#define LONG_OUTAGE_NS    (5 * 60 * CLOCK_SECOND_NS)
enum { MAX_STEPS = 4, MAX_LONG_STEPS = 7 }; /* how often the pause is doubled at most */
/* After so many timeouts a server counts as one that takes no points; answer.c tries a statement as
 * often. */
enum { MAX_WRITE_TIMEOUTS = 6 };

static bool is_streaming(const struct task *task)
{
    return task->phase == PHASE_COPY && task->stream && task_is_streamed(task);
}

size_t run_asked_server(const struct task *task)
{
    if (task_asks_target(task) || (is_streaming(task) && stream_write_failed(task->stream)))
        return task_tenant(task)->server;
    return 0;
}

/* The client that the task has asked, for messages. */
static const struct influx_client *asked_client(const struct task *task)
{
    if (task_asks_target(task))
        return task_target(task);
    return run_asked_server(task) ? &task_server(task)->client : task->run->source;
}

static int64_t outage_ns(const struct run *run, size_t number)
{
    return clock_monotonic_ns() - run->by_server[number].outage_since_ns;
}

/* Is the server one of several, so that the others can go on without it? */
static bool is_one_of_several(const struct run *run, size_t number)
{
    return number && servers_any_other(run->servers, number);
}

/* Does the run wait for this server only briefly, since another delta follows and asks it again?
 * Such an absence is told once, and only if it lasts. */
static bool is_hurried(const struct run *run, size_t number)
{
    return delta_is_followed(run->plan->kind) && is_one_of_several(run, number);
}

static void end_outage(struct run *run, size_t number)
{
    struct run_server *server = &run->by_server[number];
    char *label;

    if (!server->outage_since_ns)
        return;
    server->outage_since_ns = 0;
    server->outage_tries = 0;
    label = servers_label(run->servers, number);
    if (!is_hurried(run, number))
        log_info("%s is back", label);
    run_tell_server(run, number, "server_back", NULL);
    free(label);
}

void run_note_answer(const struct task *task)
{
    struct run *run = task->run;
    size_t asked = run_asked_server(task), target = task_tenant(task)->server;
    bool streams = is_streaming(task);

    if (task->query.failure != INFLUX_CANT_REACH) {
        end_outage(run, asked);
        run->servers->items[asked].away_tries = 0;
    }
    /* Points that failed to be written were read, so the source is there. A copy that wrote nothing
     * says nothing of its target. */
    if (streams && asked)
        end_outage(run, 0);
    if (streams && stream_target_answered(task->stream)) {
        end_outage(run, target);
        run->servers->items[target].away_tries = 0;
    }
}

static bool is_any_other_at_work(const struct run *run, size_t number)
{
    for (size_t i = 0; i < run->servers->count; i++)
        if (i != number && !run->by_server[i].outage_since_ns && run_is_busy(run, i))
            return true;
    return false;
}

/* Gives up a server for this run; the others go on. */
static void lose(struct run *run, size_t number, const struct err *why)
{
    if (!run->servers->items[number].told)
        log_warning("%s; %s", why->message,
                    delta_is_followed(run->plan->kind)
                        ? "its tenants are left out until it is back, the others go on"
                        : "the rest of its tenants is given up in this run");
    run->servers->items[number].told = true;
    run->by_server[number].lost = true;
    run->by_server[number].lost_kind = failure_kind_of_cause(influx_cause_of(why->message));
    servers_set_away(run->servers, number, why->message);
    run_tell_server(run, number, "server_lost", why->message);
}

/* Gives up the server, and the run where it is the last one or the source. Takes over `why`. */
static void give_up_for(struct run *run, size_t number, struct err *why)
{
    if (run->by_server[number].lost || run->fatal.code != ERR_NONE) {
        err_release(why);
    } else if (is_one_of_several(run, number)) {
        lose(run, number, why);
        err_release(why);
    } else {
        run->fatal = *why;
    }
}

static void give_up(struct task *task, size_t number)
{
    struct err why = ERR_INIT;

    influx_query_error(asked_client(task), &task->query, &why);
    give_up_for(task->run, number, &why);
}

static void begin_outage(struct task *task, size_t number)
{
    struct run *run = task->run;
    char *label = servers_label(run->servers, number);

    run->by_server[number].outage_since_ns = clock_monotonic_ns();
    if (!is_hurried(run, number))
        log_warning("%s is away: %s; waiting for it%s", label, task->query.words,
                    is_one_of_several(run, number) ? ", the others go on" : "");
    run_tell_server(run, number, "server_away", task->query.words);
    free(label);
}

void run_on_away(struct task *task)
{
    struct run *run = task->run;
    size_t number = run_asked_server(task);
    struct run_server *server = &run->by_server[number];
    int most;

    if (server->lost) {
        task_wait(task, 0);
        return;
    }
    if (!server->outage_since_ns)
        begin_outage(task, number);
    run_set_trouble(run, task->query.words);
    run->state.progress.retries++;
    run_tell_window(task, "retry", task->query.words);
    if (pace_gives_up(outage_ns(run, number), number && is_any_other_at_work(run, number),
                      is_hurried(run, number))) {
        give_up(task, number);
        if (run->fatal.code == ERR_CONNECT)
            err_hint(&run->fatal,
                     "run the same command again when the server is back: it goes on from here");
    }
    most = outage_ns(run, number) > LONG_OUTAGE_NS ? MAX_LONG_STEPS : MAX_STEPS;
    if (server->outage_tries < most)
        server->outage_tries++;
    task_wait(task, pace_retry_delay_ns(server->outage_tries, run_random(run)));
}

/* Does the task wait for the target's server, rather than for the source? */
static bool awaits_target(const struct task *task)
{
    return is_streaming(task) ? stream_is_writing(task->stream) : task_asks_target(task);
}

/* How long all tasks of a server have waited for it. A batch that it took is an answer, too. */
static int64_t silent_ns(struct run_server *server)
{
    int64_t points = 0;
    bool awaited = true;

    for (const struct task *task = server->started; task; task = task->next) {
        points += is_streaming(task) ? stream_points(task->stream) : 0;
        awaited = awaited && awaits_target(task);
    }
    if (points != server->heard_points || !awaited)
        server->heard_ns = clock_monotonic_ns();
    server->heard_points = points;
    return clock_monotonic_ns() - server->heard_ns;
}

/* Cancels the server's statements in flight. Each comes back as a statement that failed. */
static void cancel_all(struct run_server *server, const char *words)
{
    while (server->started) {
        struct task *task = server->started;

        if (is_streaming(task))
            stream_cancel(task->stream, words);
        else
            http_cancel(task->query.request);
    }
}

void run_leave_silent(struct run *run)
{
    for (size_t i = 1; i < run->servers->count; i++) {
        struct run_server *server = &run->by_server[i];
        struct err why = ERR_INIT;
        char *label;

        if (!server->in_flight || server->lost || silent_ns(server) < MAX_SILENCE_NS ||
            !is_hurried(run, i) || is_any_other_at_work(run, i))
            continue;
        label = servers_label(run->servers, i);
        err_set(&why, ERR_CONNECT, "%s says nothing for %d seconds", label,
                (int)(MAX_SILENCE_NS / CLOCK_SECOND_NS));
        lose(run, i, &why);
        cancel_all(server, why.message);
        err_release(&why);
        free(label);
    }
}

/* A server that took points has accepted our credentials; any success shows that the source did,
 * too. */
static bool has_succeeded(const struct run *run, size_t number)
{
    for (size_t i = 0; i < run->servers->count; i++)
        if (run->by_server[i].any_success && (i == number || !number))
            return true;
    return false;
}

void run_on_denied(struct task *task)
{
    struct run *run = task->run;
    size_t number = run_asked_server(task);

    if (has_succeeded(run, number)) {
        task_fail(task, FAILURE_DENIED, task->query.words);
        return;
    }
    give_up(task, number);
    task_wait(task, 0);
}

void run_on_full(struct task *task)
{
    task->run->full = true;
    give_up(task, run_asked_server(task));
    task_wait(task, 0);
}

/*
 * InfluxDB 1.6 locks itself up in a shard for whose log there was no room: from then on each write
 * there ends with "timeout", after coordinator.write-timeout, or never, until influxd is restarted.
 */
static void give_up_stuck(struct run *run, size_t number, const char *words)
{
    char *label = servers_label(run->servers, number);
    struct err why = ERR_INIT;

    err_set(&why, ERR_FAILED, "%s takes no points: timeout, for %d write%s in a row%s", label,
            run->by_server[number].write_timeouts,
            PLURAL(run->by_server[number].write_timeouts, "", "s"), words);
    err_hint(&why,
             "is its disk full, or was it, or has it run out of descriptors? Make room there, "
             "and restart the server, which may hang until then; the same command goes on "
             "from here");
    run->full = true;
    give_up_for(run, number, &why);
    free(label);
}

void run_took_points(struct run_server *server)
{
    server->write_timeouts = 0;
    server->cache_full_ns = 0;
}

/* A cache falls when it is written to the disk, which takes seconds. Where it never does, the
 * server can't write it, or the limit is smaller than a batch. */
static bool has_stuck_cache(struct task *task)
{
    struct run *run = task->run;
    struct run_server *server = task_run_server(task);
    size_t number = task_tenant(task)->server;
    struct err why = ERR_INIT;
    char *label;

    if (!server->cache_full_ns)
        server->cache_full_ns = clock_monotonic_ns();
    if (clock_monotonic_ns() - server->cache_full_ns < MAX_CACHE_FULL_NS)
        return false;
    label = servers_label(run->servers, number);
    err_set(&why, ERR_FAILED, "%s takes no points, for %d seconds: %s", label,
            (int)(MAX_CACHE_FULL_NS / CLOCK_SECOND_NS), task->query.words);
    err_hint(&why, "can the server write to its disk, and is cache-max-memory-size of its section "
                   "[data] large enough? Then the same command goes on from here");
    give_up_for(run, number, &why);
    free(label);
    return true;
}

/* A server that runs out of descriptors hangs: from the first sign on it gets no statement more. */
static bool is_out_of_room(struct run *run, size_t number)
{
    struct err why = ERR_INIT;

    if (!run_is_out_of_room(run, number, &why))
        return false;
    run->full = true;
    give_up_for(run, number, &why);
    return true;
}

bool run_takes_no_points(struct task *task)
{
    struct run_server *server = task_run_server(task);

    if (task->makes && strcmp(task->query.words, "timeout") == 0 &&
        is_out_of_room(task->run, task_tenant(task)->server)) {
        task_wait(task, 0);
        return true;
    }
    if (task->phase == PHASE_COPY && influx_cause_of(task->query.words) == INFLUX_CAUSE_CACHE) {
        if (!has_stuck_cache(task))
            return false;
        task_wait(task, 0);
        return true;
    }
    if (task->phase != PHASE_COPY || strcmp(task->query.words, "timeout") != 0 ||
        ++server->write_timeouts <= MAX_WRITE_TIMEOUTS || task->attempts < MAX_WRITE_TIMEOUTS)
        return false;
    give_up_stuck(task->run, task_tenant(task)->server, "");
    task_wait(task, 0);
    return true;
}

void run_on_silence(struct run *run)
{
    log_warning("no answer to %" PRId64 " statements for a minute; if the server hangs (is its "
                "disk full, or was it?), restart it: the run goes on by itself",
                run->state.in_flight);
    for (size_t i = 0; i < run->servers->count; i++)
        if (run->by_server[i].write_timeouts)
            give_up_stuck(run, i, ", and then no answer for a minute");
}
