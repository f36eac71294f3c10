#include "follow.h"

#include <inttypes.h>
#include <poll.h>

#include "away.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status.h"
#include "base/stop.h"
#include "term/number.h"
#include "term/out.h"

/* While it waits, the line on the terminal and the metrics are renewed this often. */
#define IDLE_TURN_NS (CLOCK_SECOND_NS / 2)
/* A server that is away is asked again after at most so long. */
#define MAX_RETRY_NS (30 * CLOCK_SECOND_NS)

enum {
    MAX_REFUSALS = 20, /* it gives up after so many errors in a row that a server answered */
    MAX_TRIES = 3, /* failed windows are tried in so many deltas in a row; then in late ones only */
};

struct follow {
    struct tenants_copy *copy;
    int64_t interval_ns;
    int64_t began_ns;      /* when the delta at hand began; all of these are monotonic */
    int64_t late_began_ns; /* when the last delta began that looked for late points */
    int64_t fresh_ns; /* when the newest points that are copied were the newest of the source */
    int tries;        /* deltas in a row that tried failed windows */
    bool failing;     /* some windows or tenants have failed, and not been copied since */
    int refusals;     /* errors in a row that a server answered */
    bool away;        /* a warning said that a server is away */
};

static const struct settings *settings_of(const struct follow *follow)
{
    return &follow->copy->session->settings;
}

static int64_t behind_ns(const struct follow *follow)
{
    return clock_monotonic_ns() - follow->fresh_ns;
}

/* Telling */

static void tell_json(const struct follow *follow, enum delta_kind kind)
{
    const struct tenants_copy *copy = follow->copy;
    const struct journal_progress *progress = &copy->last.state.progress;
    json_t *event = json_object();
    struct strbuf text = STRBUF_INIT;

    clock_add_instant(&text, copy->end_ns - 1);
    json_set_text(event, "event", "delta");
    json_set_int(event, "delta", copy->course.begun);
    json_set_text(event, "copied_until", text.buf);
    json_set_bool(event, "late_points", delta_looks_back(kind));
    json_set_int(event, "points_written", progress->points);
    json_set_int(event, "points_refused", copy->last.refused);
    json_set_int(event, "windows_done", progress->windows_done);
    json_set_int(event, "windows_failed", progress->windows_failed);
    json_set_int(event, "statements", progress->statements);
    json_set_int(event, "retries", progress->retries);
    json_set_bool(event, "failing", follow->failing);
    json_set_int(event, "tenants_away", copy->last.tenants_away);
    json_set(event, "servers_away", tenants_away_json(&copy->session->servers));
    json_set_real(event, "seconds", (double)copy->last.elapsed_ns / 1e9);
    json_set_real(event, "behind_seconds", (double)behind_ns(follow) / 1e9);
    out_json_line(event);
    strbuf_release(&text);
}

static void tell_text(const struct follow *follow)
{
    const struct tenants_copy *copy = follow->copy;
    const struct journal_progress *progress = &copy->last.state.progress;
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "Delta %" PRId64 ": ", copy->course.begun);
    tenants_add_points(&text, progress->points);
    strbuf_addstr(&text, " in ");
    clock_add_duration_rounded(&text, copy->last.elapsed_ns);
    strbuf_addstr(&text, ", ");
    clock_add_duration_rounded(&text, behind_ns(follow));
    strbuf_addstr(&text, " behind");
    if (progress->windows_failed)
        strbuf_addf(&text, "; %" PRId64 " windows failed", progress->windows_failed);
    if (copy->last.refused)
        strbuf_addf(&text, "; %" PRId64 " points stand in the reject file", copy->last.refused);
    else if (!progress->windows_failed && follow->failing &&
             !(copy->last.tenants_away && copy->last.tenants_failed == copy->last.tenants_away))
        strbuf_addstr(&text, "; something is left that failed");
    tenants_add_away_briefly(&text, &copy->session->servers);
    out_printf("%s.\n", text.buf);
    out_flush();
    strbuf_release(&text);
}

static void tell(const struct follow *follow, enum delta_kind kind)
{
    if (follow->copy->json)
        tell_json(follow, kind);
    else
        tell_text(follow);
    tenants_metrics_delta(follow->copy->watcher.metrics, &follow->copy->last.state, follow->failing,
                          follow->copy->end_ns, behind_ns(follow));
}

/* Waiting */

static void show_waiting(const struct follow *follow, int64_t left_ns)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "%" PRId64 "s behind, next delta in %" PRId64 "s",
                behind_ns(follow) / CLOCK_SECOND_NS,
                (left_ns + CLOCK_SECOND_NS - 1) / CLOCK_SECOND_NS);
    if (!follow->copy->json)
        log_status(text.buf);
    strbuf_release(&text);
}

/* Waits until that time, or until a signal asks for the last delta. */
static void wait_until(const struct follow *follow, int64_t until_ns)
{
    struct pollfd wake = {.fd = stop_fd(), .events = POLLIN};

    for (int64_t left_ns; (left_ns = until_ns - clock_monotonic_ns()) > 0 && !stop_announced();) {
        int64_t turn_ns = left_ns < IDLE_TURN_NS ? left_ns : IDLE_TURN_NS;

        show_waiting(follow, left_ns);
        tenants_metrics_update(follow->copy->watcher.metrics, NULL);
        if (poll(&wake, 1, (int)(turn_ns / 1000000) + 1) > 0)
            stop_drain();
    }
    log_status(NULL);
}

/* Deltas */

static enum delta_kind next_kind(const struct follow *follow, bool last)
{
    if (last)
        return DELTA_QUICK;
    if (clock_monotonic_ns() - follow->late_began_ns >= settings_of(follow)->overlap_ns)
        return DELTA_LATE;
    return follow->failing && follow->tries >= MAX_TRIES ? DELTA_QUICKEST : DELTA_QUICK;
}

static void note_result(struct follow *follow, enum delta_kind kind, int rc)
{
    follow->away = false;
    follow->refusals = 0;
    /* Points newer than the range ends are left out on purpose. */
    follow->fresh_ns = follow->began_ns - follow->copy->lag_ns;
    if (delta_looks_back(kind)) {
        follow->late_began_ns = follow->began_ns;
        follow->tries = 0;
    }
    /* Windows of a server that is away don't count: they are tried as soon as the server is back.
     */
    if (rc == 1 && (follow->copy->last.tenants_failed > follow->copy->last.tenants_away ||
                    follow->copy->last.refused))
        follow->tries++;
    /* A delta that left failed windows out says nothing of them: they are still failing. */
    if (rc == 1 || !delta_leaves_out_failed(kind))
        follow->failing = rc == 1;
}

static int delta(struct follow *follow, enum delta_kind kind, struct err *err)
{
    int rc;

    follow->began_ns = clock_monotonic_ns();
    rc = tenants_copy_delta(follow->copy, kind, err);
    if (rc < 0)
        return -1;
    note_result(follow, kind, rc);
    tell(follow, kind);
    return rc;
}

/* Is a delta that ended with this error worth another try? A server that answers with errors may be
 * starting or busy, but not for long. */
static bool is_waited_for(struct follow *follow, const struct err *err)
{
    if (err->code == ERR_CONNECT)
        return true;
    return err->code == ERR_FAILED && ++follow->refusals < MAX_REFUSALS;
}

static void wait_for_server(struct follow *follow, struct err *err)
{
    if (!follow->away)
        log_warning("%s; trying again until it works", err->message);
    follow->away = true;
    err_release(err);
}

int tenants_follow(struct tenants_copy *copy, int64_t interval_ns, struct err *err)
{
    int64_t retry_ns = interval_ns < MAX_RETRY_NS ? interval_ns : MAX_RETRY_NS;
    struct follow follow = {.copy = copy, .interval_ns = interval_ns};

    if (delta(&follow, DELTA_FIRST, err) < 0)
        return -1;
    stop_announce_first();
    log_info("following; SIGTERM or Ctrl-C asks for a last delta");
    for (;;) {
        enum delta_kind kind;
        bool last;

        wait_until(&follow,
                   follow.away ? clock_monotonic_ns() + retry_ns : follow.began_ns + interval_ns);
        last = stop_announced();
        kind = next_kind(&follow, last);
        if (delta(&follow, kind, err) >= 0) {
            if (last)
                return follow.failing ? STATUS_IN_PART : STATUS_DONE;
            continue;
        }
        if (last || !is_waited_for(&follow, err))
            return last && err->code == ERR_CONNECT ? err_wrap(err, "the last delta") : -1;
        wait_for_server(&follow, err);
    }
}
