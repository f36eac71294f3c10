/*
 * The inside of a run: its tasks, and what its files share.
 *
 * Each file calls only those that stand before it:
 *
 *     task      makes, splits and queues tasks, and answers questions about one
 *     tell      tells people and programs
 *     finish    records a task and ends it
 *     refused   keeps the points that a target refuses
 *     compare_  counts and compares both sides: compare.h
 *     memory    lets the journal remember the shard groups that were copied into
 *     queue     chooses the next task
 *     room      looks whether servers have room for more databases and shards
 *     outage    decides what becomes of a task whose server is away, full, or refuses us
 *     answer    decides what becomes of a task when the server has answered
 *     run       starts statements, and turns the event loop
 */
#ifndef TENANTS_RUN_TASK_H
#define TENANTS_RUN_TASK_H

#include "base/clock.h"
#include "stream.h"
#include "tenants/rejects/rejects.h"
#include "tenants/run/check.h"
#include "tenants/run/deep.h"
#include "tenants/run/difference.h"
#include "tenants/run/run.h"
#include "tenants/servers/pace.h"

/* A piece of the plan while its tasks are under way. */
struct piece {
    const struct plan_unit *unit;
    size_t open;   /* tasks of the piece that aren't done */
    int fruitless; /* splits since a task of the piece was copied */
    bool failed;
    bool owed; /* a task of the piece wasn't tried, since its server is away */
    const struct plan_unreadable *unreadable; /* why it can't be read; NULL: it can */
};

/* The phase that a task is in. A copy that is to be verified goes on with counting, and a deep
 * comparison begins with counting. */
enum phase {
    PHASE_COPY,
    PHASE_COUNT_TARGET, /* the target is counted; after a copy its counts may be proof enough */
    PHASE_COUNT_SOURCE, /* the source is counted, and both counts are compared */
    PHASE_READ_SOURCE,  /* deep: the values of the source are kept */
    PHASE_READ_TARGET,  /* deep: the values of the target are taken away from them */
    PHASE_NAME,         /* deep: the source is read again, to name the values that remained */
};

struct run;
struct compare;
struct comparison;
struct run_memory;

/* The points of a task that its target refused. */
struct run_refusals {
    struct refusals pending; /* points that are yet to be added to the reject file */
    int64_t points;          /* points that the last copy had refused */
    struct range range;      /* the time of these */
    int64_t fresh;           /* points that are new in the file since the last event */
    char *words;             /* the server's words for the first point */
    struct check excused;    /* the values of these points, as counts */
    bool told;               /* an event said so */
    struct err err;          /* why the points couldn't be kept, and the copy was ended */
};

/* A set of measurements of one tenant in a range of time, which one statement copies. */
struct task {
    struct run *run;
    struct task *next;
    struct piece *piece;
    uint32_t set; /* index in plan.sets */
    struct range range;
    enum phase phase;
    int attempts, clips, splits, recopies;
    int64_t not_before_ns; /* when a task that waits may be started; monotonic */
    struct influx_query query;
    struct strbuf statement;
    int64_t points;    /* points that the copy wrote, as the server says */
    int64_t missing;   /* values that the target lacked, or held otherwise, at its last compare */
    int64_t different; /* and of these, values in whose place it held another one */
    struct stream *stream; /* for the engine that streams; NULL until it is needed */
    bool makes;            /* its copy may make a shard: none is remembered there */
    bool probe;     /* its statement asks whether a server is back, and doesn't count for --jobs */
    bool by_server; /* the server copies, since line protocol can't express the points */
    bool sumless;   /* it is counted without sums: the server can't say one */
    bool by_stream; /* we read and write, to tell points apart that the server refuses */
    struct check check;
    struct deep deep;
    struct points_reader reader;
    struct run_refusals *refusals; /* NULL until a point is refused */
    struct difference difference;  /* what comparing points found last */
    struct comparison *comparison; /* the state of its compare_ file; NULL until it is needed */
};

struct tenant_state {
    size_t open;      /* pieces of the tenant that aren't done */
    size_t in_flight; /* statements for the tenant */
    int pass;         /* the pass over the plan that takes its pieces; -1: it is held back */
    bool failed;
    bool owed;         /* a piece of the tenant is still to do, since its server is away */
    bool unreadable;   /* a piece of the tenant can't be read */
    int64_t length_ns; /* the length of the tenant's next window; 0: it had none yet */
    int64_t margin_ns; /* windows begin so long after the edge of the target's retention */
    int64_t points;    /* points that were written for the tenant */
};

/* A copy that is under way. `shards`: the time of the target's shard groups that it writes into. */
struct run_copy {
    const struct task *task;
    size_t place;
    struct range shards;
};

/*
 * A server of targets, and the tasks of its tenants. A server that is slow or away doesn't hold up
 * the others. Number 0 is the source's own server; while that is away, all tasks wait.
 */
struct run_server {
    const struct compare *compare; /* how its targets are compared with the source */
    struct plan_cursor cursor;     /* goes over the units of the server's tenants */
    uint32_t *units;               /* the units that the cursor goes over */
    struct task *ready;            /* tasks that may start, last in first out */
    struct task *waiting;          /* tasks that wait to be tried again */
    struct task *held;       /* tasks that wait until a copy into the same shard group has ended */
    struct task *started;    /* tasks in flight */
    int64_t in_flight;       /* statements for the server's tenants */
    int64_t heard_ns;        /* when the server, or the source for its tenants, last answered */
    int64_t heard_points;    /* points that its streams had written by then */
    int64_t outage_since_ns; /* when the server went away; monotonic; 0: it answers */
    int outage_tries;        /* tries since then, at most as many as lengthen the pause */
    int write_timeouts;      /* writes that ended with "timeout" since points were copied */
    int64_t cache_full_ns;   /* since when each write finds its cache full; monotonic; 0: not */
    int unknown_failures;    /* windows that failed by an error that isn't known here */
    bool told_unknown;       /* a warning told of such an error */
    bool lost;               /* the server is given up in this run */
    enum failure_kind lost_kind; /* why */
    bool made;                   /* a copy that may make a shard began since the last look at its
                                    room (room.c) */
    bool any_success;            /* points were copied there */
    int64_t told_limit;          /* the limit of statements that an event told last */
};

struct run {
    struct plan *plan;
    struct influx_client *source;
    struct servers *servers; /* of the targets */
    struct journal *journal; /* NULL: nothing is recorded */
    const struct run_observer *observer;
    struct run_state state;
    struct run_server *by_server; /* an entry for each of `servers` */
    size_t next_server;           /* the server whose turn it is, of those with as few in flight */
    int pass;          /* over the plan: one more whenever tenants are begun that were held back */
    size_t held_count; /* tasks that are held, of all servers */
    int64_t probes;    /* statements in flight that ask whether a server is back */
    int64_t windows_owed;     /* windows that are neither done nor failed: their server is away */
    struct run_copy *copying; /* the copies that are under way */
    size_t copying_count, copying_alloc;
    struct tenant_state *tenants; /* an entry for each tenant of the plan */
    int64_t answered_ns; /* when a statement ended last, or the first was sent; monotonic */
    bool full;         /* a server's disk is full: a statement that hangs there isn't waited for */
    bool told_silence; /* a warning told of the silence since answered_ns */
    bool dirty;        /* something was recorded since the last commit */
    int recorded;      /* windows with points that were recorded since the last commit */
    int64_t committed_ns; /* when the last commit was; monotonic */
    int64_t reported_ns;  /* when the progress was reported last; monotonic */
    char *trouble;        /* owns state.trouble */
    struct rejects *rejects;
    struct run_memory *memory; /* what memory.c keeps; NULL without a journal */
    int64_t asking;            /* questions for shard groups in flight */
    struct err fatal;          /* why no statement is started any more */
    unsigned random;           /* the state of run_random() */
};

/* A window that is too big is halved in time at most so often. */
enum { RUN_MAX_TIME_SPLITS = 24 };

/* task.c */

struct task *task_new(struct run *run, struct piece *piece, uint32_t set, struct range range);
/* Frees a task. Its piece must still be there; the caller counts the piece's tasks (finish.c). */
void task_free(struct task *task);
const struct plan_tenant *task_tenant(const struct task *task);
/* Where its points go. */
const struct plan_place *task_place(const struct task *task);
/* The source's policy. */
const char *task_policy(const struct task *task);
/* The server that holds the target. */
struct server *task_server(const struct task *task);
struct run_server *task_run_server(const struct task *task);
/* Is the target on the source's server? */
bool task_stays(const struct task *task);
/* Do we read and write the task's points, rather than let the server copy them? */
bool task_is_streamed(const struct task *task);
/* Does the task's phase ask the target? All other phases ask the source. */
bool task_asks_target(const struct task *task);
/* The client that reads the target. */
struct influx_client *task_target(const struct task *task);
/* Fills `target` with the task's target, as a statement names it. ERR_BUG where that is the
 * source. */
int task_target_init(const struct task *task, struct influx_target *target, struct err *err);
/* The names of a set, as the journal and statements want them. The caller frees the array; the
 * texts are the catalogue's. */
const char **task_names(const struct plan *plan, const struct plan_set *set);
/* The task's refusals, which are made when they are asked for first. The task owns them. */
struct run_refusals *task_refusals(struct task *task);
/* Makes the task the next to start: in its phase, or in another one. */
void task_ready(struct task *task);
void task_go_on(struct task *task, enum phase phase);
/* Lets the task wait before it is started again. */
void task_wait(struct task *task, int64_t delay_ns);
/* May equal counts of both sides prove the window, or must every point be compared? */
bool task_may_count(const struct task *task);
/* Are values counted together with their sums? */
bool task_sums(const struct task *task);
/* Splitting makes two tasks of one, each for half of its time, or half of its measurements. Both
 * begin anew. */
bool task_can_split_time(const struct task *task, int max_splits);
void task_split_time(struct task *task);
bool task_can_split_measurements(const struct task *task);
void task_split_measurements(struct task *task);
/* A random number from 0 to 1. It scatters retries, so that many don't come back at once. */
double run_random(struct run *run);

/* finish.c */

/* Records a task as done, which was copied, and verified if that is wanted. Ends it. */
void task_done(struct task *task);
/* Records a task as failed, which can't be done. Ends it. `words` are for people. */
void task_fail(struct task *task, enum failure_kind kind, const char *words);
/* Does the same where the server's answer says why. */
void task_fail_by_answer(struct task *task);
/* Ends a task whose server is away; records it as failed where that is of use to the next run. */
void task_leave(struct task *task, const char *words);
/* The source can't read it: ended, and recorded as failed; in a comparison only as not compared. */
void task_unreadable(struct task *task);
/* Copies a task again whose target lacks `missing` values, or lets it fail. */
void task_differs(struct task *task, const char *words, int64_t missing);
/* Ends a task that has nothing to do any more; records nothing. */
void task_end(struct task *task);
/* Frees a task that won't be tried in this run; its window is still to do. */
void task_drop(struct task *task);
/* Does so with all of a list, and leaves it empty. */
void task_drop_all(struct task **list);
/* Commits: all that was recorded is on the disk when this returns. -1: `fatal` says why not. */
int run_commit(struct run *run);
/* Lets the run start no more statements; `fatal` says why. */
void run_stop(struct run *run);

/* memory.c */

void run_memory_init(struct run *run);
void run_memory_release(struct run *run);
/* Takes a task whose copy is through. It is verified, or done, once the journal remembers the shard
 * group that its points are in. */
void run_remember(struct task *task);
/* Asks the servers whose answers windows wait for. */
void run_memory_turn(struct run *run);
/* Does the journal remember the shard group that the task copies into? */
bool run_is_remembered(const struct task *task);
/* Does any window wait for such an answer? */
bool run_memory_waits(const struct run *run);
/* `longest_ns`, or less where a server is to be asked sooner. */
int64_t run_memory_sleep_ns(const struct run *run, int64_t longest_ns);

/* queue.c */

/* Makes a queue for each server. */
void run_queue_init(struct run *run);
void run_queue_release(struct run *run);
/* Takes the next task to start; NULL where none may be started now. There is one as long as
 * anything is to be done, no task waits and no statement is in flight. The server with the fewest
 * statements in flight comes first. */
struct task *run_take(struct run *run);
/* Ends all tasks of a server that was lost. */
void run_leave_lost(struct run *run);
/* Has a server tasks that are to be done, or in flight? */
bool run_is_busy(const struct run *run, size_t number);
/* Is the next copy too early for --max-rate? Tasks that only read aren't held back. */
bool run_is_throttled(const struct run *run);
/* Tell the queue that a copy begins, and that it ends; to end twice does no harm. */
void run_copying(const struct task *task);
void run_copied(const struct task *task);

/* Goes over the plan again, for the tenants that were held back and aren't any more. */
void run_queue_again(struct run *run);

/* room.c */

/* Begins tenants that were held back, once nothing else is left to do. False where there are none,
 * or no room for any: `fatal` says so then. */
bool run_begin_held_back(struct run *run);
/* Ends the run in good order where a server nears its limits by other hands. */
void run_watch_room(struct run *run);
/* After a server left a copy that may make a shard without an answer: has it run out of room, as
 * far as can be known? Sets `why` then. */
bool run_is_out_of_room(struct run *run, size_t number, struct err *why);

/* outage.c */

/* The number of the server that the task's query depended on when it ended. */
size_t run_asked_server(const struct task *task);
/* Takes note that the servers that answered the task are there again. */
void run_note_answer(const struct task *task);
/* Decides for a task whose server is away: it waits, or the server is given up. */
void run_on_away(struct task *task);
/* Decides for a task whose server refuses the credentials. */
void run_on_denied(struct task *task);
/* Decides for a task whose server has a full disk. */
void run_on_full(struct task *task);
/* Warns that no server has answered for a minute. */
void run_on_silence(struct run *run);
/* Call it after an answer "timeout", or that the cache is full. Returns true where the server takes
 * no points any more; then it was given up, and the task was put away. */
bool run_takes_no_points(struct task *task);
/* Call it where a server took points: what run_takes_no_points() counts begins anew. */
void run_took_points(struct run_server *server);
/* Gives up a silent server that all others wait for, where another delta follows this one. */
void run_leave_silent(struct run *run);

/* answer.c: the callback `done` of every task's query. */
void run_on_answer(struct influx_query *query);

/* refused.c */

/* Has the stream copy a task that the server refuses; false where that was tried before. */
bool run_refused_by_stream(struct task *task);
/* Call it before a copy by a stream: the points that the target refuses are then kept. */
void run_refused_begin(struct task *task);
/* Call it after such a copy: returns true when the refused points are in the reject file and on the
 * disk. False: that failed, and the task was ended. */
bool run_keep_refused(struct task *task);
/* Was the copy cut short since refused points couldn't be kept? Then the task is ended, too. */
bool run_refused_failed(struct task *task);
/* Call it before both sides are compared: the target isn't expected to have refused points. */
void run_excuse_refused(struct task *task);

/* tell.c */

/* Sends an event about a task's window; `words` is NULL for a window that is done. */
void run_tell_window(const struct task *task, const char *name, const char *words);
/* Tells how many statements for a server may be in flight now. */
void run_tell_limit(const struct run *run, size_t number);
/* Sends the event `name`: "server_away", "server_back" or "server_lost". `words` may be NULL. */
void run_tell_server(const struct run *run, size_t number, const char *name, const char *words);
/* Tells of points that the target refused. */
void run_tell_refused(const struct task *task, const struct run_refusals *refusals);
void run_tell_difference(const struct task *task, const char *words);
void run_tell_tenant(const struct run *run, const struct plan_tenant *tenant,
                     const struct tenant_state *state);
void run_tell_problem(const struct run *run, const struct plan_tenant *tenant);
/* Adds "tenant A, measurement cpu, 2026-.. to 2026-..". */
void run_add_task(struct strbuf *sb, const struct task *task);
void run_set_trouble(struct run *run, const char *words);

#endif
