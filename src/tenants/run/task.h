/*
 * The inside of a run: its tasks, and what its files share.
 *
 * Each file calls only those that stand before it:
 *
 *     task      makes, splits and queues tasks, and answers what is known of one
 *     tell      tells people and programs
 *     finish    records a task and ends it
 *     refused   keeps the points that a target refuses
 *     compare_  counts and compares both sides: compare.h
 *     memory    lets the journal remember the shard groups that were copied into
 *     queue     chooses the next task
 *     outage    decides what becomes of a task whose server is away, full, or refuses us
 *     answer    decides what becomes of a task when the server has answered
 *     run       starts statements, and turns the event loop
 */
#ifndef TENANTS_RUN_TASK_H
#define TENANTS_RUN_TASK_H

#include "base/clock.h"
#include "tenants/rejects/rejects.h"
#include "tenants/run/check.h"
#include "tenants/run/deep.h"
#include "tenants/run/run.h"
#include "tenants/run/stream.h"
#include "tenants/servers/pace.h"

/* A piece of the plan, while parts of it are under way. */
struct piece {
    const struct plan_unit *unit;
    size_t open;   /* tasks of it that aren't done */
    int fruitless; /* splits since one of its tasks was copied */
    bool failed;
    bool owed; /* parts of it weren't tried: their server is away */
};

/* What a task does next. A copy goes on with counting where it is to be verified, and a deep
 * comparison counts first. */
enum phase {
    PHASE_COPY,
    PHASE_COUNT_TARGET, /* the target is counted: enough after a copy, where it proves that it is
                           whole */
    PHASE_COUNT_SOURCE, /* then the source, and both are compared */
    PHASE_READ_SOURCE,  /* deep: the source's points are kept */
    PHASE_READ_TARGET,  /* deep: those of the target are taken away */
    PHASE_NAME,         /* deep: the source's that are left are named */
};

struct run;
struct compare;
struct comparison;
struct run_memory;

/* Points of a task that its target refused. */
struct run_refusals {
    struct refusals pending; /* yet to be added to the reject file */
    int64_t points;          /* of the last copy */
    int64_t fresh;           /* those that weren't in the file yet, since that was told */
    char *words;             /* of the first */
    struct check excused;    /* their values */
    bool told;
    struct err err; /* they couldn't be kept: why the copy was ended */
};

/* A set of measurements of a tenant in a range of time: what one statement copies. */
struct task {
    struct run *run;
    struct task *next;
    struct piece *piece;
    uint32_t set; /* index in plan.sets */
    struct range range;
    enum phase phase;
    int attempts, clips, splits, recopies;
    int64_t not_before_ns; /* monotonic; for what waits */
    struct influx_query query;
    struct strbuf statement;
    int64_t points;        /* as the server says */
    int64_t missing;       /* values that the target lacked when both sides were compared last */
    struct stream *stream; /* of the engine that streams; NULL until it is needed */
    bool probe;            /* asks a server that is away, beside the statements that count */
    bool by_server;        /* what line protocol can't express is left to the server */
    bool by_stream;        /* what the server refuses is read, to tell the refused points apart */
    struct check check;
    struct deep deep;
    struct points_reader reader;
    struct run_refusals *refusals; /* NULL until there are any */
    struct strvec named;           /* values that a deep comparison found missing */
    struct comparison *comparison; /* of its compare_ file; NULL until it is needed */
};

struct tenant_state {
    size_t open; /* pieces that aren't done */
    size_t in_flight;
    bool failed;
    bool owed;         /* something of it is still to do: its server is away */
    int64_t length_ns; /* of its next window */
    int64_t margin_ns; /* at the edge of retention */
    int64_t points;
};

/* A copy that is under way, and the time of the target's shard groups that it writes to. */
struct run_copy {
    const struct task *task;
    uint32_t tenant;
    struct range shards;
};

/*
 * A server and what is to be done for its tenants. Each goes its own way: one that is slow or away
 * doesn't hold up the others. The source's own is number 0; where that is away, all wait.
 */
struct run_server {
    const struct compare *compare; /* how its targets are compared with the source */
    struct plan_cursor cursor;     /* over its units */
    uint32_t *units;
    struct task *ready;   /* the next to start, last in first out */
    struct task *waiting; /* to be tried again */
    struct task *held;    /* until a copy into the same shard group has ended */
    struct task *started; /* in flight */
    int64_t in_flight;
    int64_t heard_ns; /* when it, or the source on behalf of its tenants, last answered */
    int64_t heard_points;
    int64_t outage_since_ns; /* 0: the server answers */
    int outage_tries;
    int write_timeouts; /* since points were copied */
    bool lost;          /* given up in this run */
    bool any_success;
    int64_t told_limit;
};

struct run {
    struct plan *plan;
    struct influx_client *source;
    struct servers *servers; /* of the targets */
    struct journal *journal; /* NULL: nothing is recorded */
    const struct run_observer *observer;
    struct run_state state;
    struct run_server *by_server; /* as many as servers->count */
    size_t next_server;           /* whose turn it is among those with as few in flight */
    size_t held_count;            /* of all servers */
    int64_t probes;               /* in flight */
    int64_t windows_owed;         /* neither done nor failed: their server is away */
    struct run_copy *copying;     /* what is under way */
    size_t copying_count, copying_alloc;
    struct tenant_state *tenants;
    int64_t answered_ns; /* when a statement ended last, or the first was sent; monotonic */
    bool full;           /* a server's disk is: what hangs there isn't waited for */
    bool told_silence;   /* ... since answered_ns */
    bool dirty;
    int recorded; /* windows with points since the last commit */
    int64_t committed_ns, reported_ns;
    char *trouble;
    struct rejects *rejects;
    struct run_memory *memory; /* of the targets' shard groups; NULL without a journal */
    int64_t asking;            /* questions about these in flight */
    struct err fatal;          /* why no statement is started any more */
    unsigned random;
};

/* How often a window that is too big is halved in time at most. */
enum { RUN_MAX_TIME_SPLITS = 24 };

/* task.c */

struct task *task_new(struct run *run, struct piece *piece, uint32_t set, struct range range);
/* Frees it, while its piece is still there; that is the caller's to count (finish.c). */
void task_free(struct task *task);
const struct plan_tenant *task_tenant(const struct task *task);
const char *task_policy(const struct task *task);
/* The server that holds the target. */
struct server *task_server(const struct task *task);
struct run_server *task_run_server(const struct task *task);
/* Is the target on the source's server? */
bool task_stays(const struct task *task);
/* Are its points read and written by us, rather than copied by the server? */
bool task_is_streamed(const struct task *task);
/* Does the phase ask the target? All others ask the source. */
bool task_asks_target(const struct task *task);
/* Where the target is read. */
struct influx_client *task_target(const struct task *task);
/* The target as a statement names it. ERR_BUG where that is the source. */
int task_target_init(const struct task *task, struct influx_target *target, struct err *err);
/* The names of a set, as the journal and statements want them. The caller frees the array; the
 * texts are the catalogue's. */
const char **task_names(const struct plan *plan, const struct plan_set *set);
/* What its target refused; made when it is asked for first. The task's. */
struct run_refusals *task_refusals(struct task *task);
/* Makes it the next to start: as it is, or in another phase. */
void task_ready(struct task *task);
void task_go_on(struct task *task, enum phase phase);
/* Lets it wait before it is started again. */
void task_wait(struct task *task, int64_t delay_ns);
/* Splitting puts two tasks in place of one, which begin anew: of the halves of its time, or of its
 * measurements. */
bool task_can_split_time(const struct task *task, int max_splits);
void task_split_time(struct task *task);
bool task_can_split_measurements(const struct task *task);
void task_split_measurements(struct task *task);
/* From 0 to 1: scatters retries, so that many don't come back at once. */
double run_random(struct run *run);

/* finish.c */

/* The task was copied, and verified if that is wanted: recorded as done, and ended. */
void task_done(struct task *task);
/* The task can't be done: recorded as failed, and ended. `words` are for people. */
void task_fail(struct task *task, enum failure_kind kind, const char *words);
/* The same, where the server's answer says why. */
void task_fail_by_answer(struct task *task);
/* Its server is away: ended, and recorded as failed where that is of use to the next run. */
void task_leave(struct task *task, const char *words);
/* The target lacks `missing` values: the task is copied again, or fails. */
void task_differs(struct task *task, const char *words, int64_t missing);
/* Nothing of it is left to do: ended, and nothing is recorded. */
void task_end(struct task *task);
/* It won't be tried in this run, and is still to do. */
void task_drop(struct task *task);
/* Makes what was recorded durable. */
int run_commit(struct run *run);
/* Starts no more statements. */
void run_stop(struct run *run);

/* memory.c */

void run_memory_init(struct run *run);
void run_memory_release(struct run *run);
/* After a copy that wrote points: once the journal remembers their shard group, the task is
 * verified or done. */
void run_remember(struct task *task);
/* Asks the servers that windows wait for. */
void run_memory_turn(struct run *run);
/* Does a window wait for a server's answer? */
bool run_memory_waits(const struct run *run);
/* `longest_ns`, or less where a server is to be asked sooner. */
int64_t run_memory_sleep_ns(const struct run *run, int64_t longest_ns);

/* queue.c */

/* A queue for each server. */
void run_queue_init(struct run *run);
void run_queue_release(struct run *run);
/* The next task to start, NULL where none may be started now; there is one where there is anything
 * to do, nothing waits and nothing is in flight. The server with the fewest in flight comes first.
 */
struct task *run_take(struct run *run);
/* Ends all tasks of a server that was lost. */
void run_leave_lost(struct run *run);
/* Is there anything to do for a server, or under way? */
bool run_is_busy(const struct run *run, size_t number);
/* Is the next copy too early for --max-rate? What is only read isn't held back. */
bool run_is_throttled(const struct run *run);
/* A copy begins, and ends; ending twice does no harm. */
void run_copying(const struct task *task);
void run_copied(const struct task *task);

/* outage.c */

/* The number of the server whose answer, or silence, ended the task's query. */
size_t run_asked_server(const struct task *task);
/* Servers that answered are there again. */
void run_note_answer(const struct task *task);
/* The server that was asked is away. */
void run_on_away(struct task *task);
/* It refuses the credentials. */
void run_on_denied(struct task *task);
/* Its disk is full. */
void run_on_full(struct task *task);
/* There was no answer from any server for a minute. */
void run_on_silence(struct run *run);
/* After an answer "timeout": true where the server takes no points any more, and was given up. */
bool run_takes_no_points(struct task *task);
/* Gives up a server that is silent, where all others wait for it alone and another run follows. */
void run_leave_silent(struct run *run);

/* answer.c: `done` of every task's query. */
void run_on_answer(struct influx_query *query);

/* refused.c */

/* Has the other engine copy what the server refuses; false where it was tried. */
bool run_refused_by_stream(struct task *task);
/* Before a copy by a stream: takes what is refused. */
void run_refused_begin(struct task *task);
/* After it: has what was refused in the reject file, on the disk. False where that failed: the task
 * was ended. */
bool run_keep_refused(struct task *task);
/* Was the copy ended since what it had refused couldn't be kept? Then the task was ended, too. */
bool run_refused_failed(struct task *task);
/* Before both sides are compared: what was refused isn't expected in the target. */
void run_excuse_refused(struct task *task);

/* tell.c */

/* An event about a task's window; `words` NULL for one that is done. */
void run_tell_window(const struct task *task, const char *name, const char *words);
/* The number of a server's statements in flight that are allowed has changed. */
void run_tell_limit(const struct run *run, size_t number);
/* "server_away", "server_back" or "server_lost"; `words` may be NULL. */
void run_tell_server(const struct run *run, size_t number, const char *name, const char *words);
/* Points that the target refused. */
void run_tell_refused(const struct task *task, const struct run_refusals *refusals);
void run_tell_difference(const struct task *task, const char *words);
void run_tell_tenant(const struct run *run, const struct plan_tenant *tenant,
                     const struct tenant_state *state);
void run_tell_problem(const struct run *run, const struct plan_tenant *tenant);
/* "tenant A, measurement cpu, 2026-.. to 2026-.." */
void run_add_task(struct strbuf *sb, const struct task *task);
void run_set_trouble(struct run *run, const char *words);

#endif
