#include "cmd/tenants_watch.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "term/number.h"
#include "term/out.h"

/* Where there is no terminal, a line about the progress is logged this often. */
#define LINE_INTERVAL_NS (30 * CLOCK_SECOND_NS)

/* Points per second, smoothed over some seconds. */
static void update_rate(struct tenants_watcher *watcher, const struct run_state *state,
                        int64_t now_ns)
{
    int64_t since_ns =
        watcher->sample_ns ? now_ns - watcher->sample_ns : now_ns - state->started_ns;
    double rate;

    if (since_ns < CLOCK_SECOND_NS)
        return;
    rate = (double)(state->progress.points - watcher->sample_points) * 1e9 / (double)since_ns;
    watcher->rate = watcher->sample_ns ? watcher->rate * 0.8 + rate * 0.2 : rate;
    watcher->sample_ns = now_ns;
    watcher->sample_points = state->progress.points;
}

static void add_time_left(struct strbuf *line, const struct run_state *state, int64_t now_ns)
{
    double done = state->total_ns ? (double)state->done_ns / (double)state->total_ns : 0;
    int64_t elapsed_ns = now_ns - state->started_ns;

    if (done < 0.01 || done > 1 || elapsed_ns < 2 * CLOCK_SECOND_NS)
        return;
    strbuf_addstr(line, ", ");
    clock_add_duration_rounded(line, (int64_t)((double)elapsed_ns * (1 - done) / done));
    strbuf_addstr(line, " left");
}

static void add_progress(struct strbuf *line, const struct tenants_watcher *watcher,
                         const struct run_state *state, int64_t now_ns)
{
    const struct journal_progress *progress = &state->progress;

    strbuf_addf(line, "tenants %" PRId64 "/%" PRId64 ", windows %" PRId64 "/%" PRId64 ", ",
                progress->tenants_done, progress->tenants_total, progress->windows_done,
                progress->windows_total);
    number_add_short(line, (double)progress->points);
    strbuf_addstr(line, " points, ");
    number_add_short(line, watcher->rate);
    strbuf_addstr(line, "/s");
    add_time_left(line, state, now_ns);
    if (progress->windows_failed)
        strbuf_addf(line, ", %" PRId64 " failed", progress->windows_failed);
    if (state->waiting)
        strbuf_addf(line, ", %" PRId64 " to retry", state->waiting);
    if (state->finishing)
        strbuf_addf(line, ", stopping: %" PRId64 " in flight", state->in_flight);
}

static json_t *progress_json(const struct tenants_watcher *watcher, const struct run_state *state)
{
    json_t *event = json_object();

    json_set_text(event, "event", "progress");
    json_set_int(event, "tenants_total", state->progress.tenants_total);
    json_set_int(event, "tenants_done", state->progress.tenants_done);
    json_set_int(event, "windows_total", state->progress.windows_total);
    json_set_int(event, "windows_done", state->progress.windows_done);
    json_set_int(event, "windows_failed", state->progress.windows_failed);
    json_set_int(event, "points_written", state->progress.points);
    json_set_int(event, "points_per_second", (int64_t)watcher->rate);
    json_set_int(event, "in_flight", state->in_flight);
    json_set_int(event, "limit", state->limit);
    json_set_int(event, "waiting", state->waiting);
    json_set_int(event, "retries", state->progress.retries);
    return event;
}

static void on_progress(void *context, const struct run_state *state)
{
    struct tenants_watcher *watcher = context;
    int64_t now_ns = clock_monotonic_ns();
    struct strbuf line = STRBUF_INIT;

    update_rate(watcher, state, now_ns);
    if (watcher->terminal || now_ns - watcher->last_line_ns >= LINE_INTERVAL_NS) {
        add_progress(&line, watcher, state, now_ns);
        if (watcher->terminal)
            log_status(line.buf);
    }
    if (now_ns - watcher->last_line_ns >= LINE_INTERVAL_NS) {
        watcher->last_line_ns = now_ns;
        if (!watcher->terminal)
            log_info("%s", line.buf);
        if (watcher->json)
            out_json_line(progress_json(watcher, state));
    }
    strbuf_release(&line);
}

static void on_event(void *context, json_t *event)
{
    (void)context;
    out_json_line(event);
}

struct run_observer tenants_watcher_observer(struct tenants_watcher *watcher, bool json)
{
    *watcher = (struct tenants_watcher){
        .terminal = isatty(STDERR_FILENO), .json = json, .last_line_ns = clock_monotonic_ns()};
    return (struct run_observer){
        .context = watcher, .event = json ? on_event : NULL, .progress = on_progress};
}

void tenants_add_points(struct strbuf *text, int64_t points)
{
    number_add_grouped(text, points);
    strbuf_addstr(text, points == 1 ? " point" : " points");
}

const char *tenants_status_word(int status)
{
    return status == 0   ? "done"
           : status == 1 ? "done in part"
           : status == 5 ? "interrupted"
                         : "failed";
}
