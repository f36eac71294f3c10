#include "cmd/tenants/watch.h"

#include <unistd.h>

#include "away.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status.h"
#include "term/out.h"

/* Where there is no terminal, a line about the progress is logged this often. */
#define LINE_INTERVAL_NS (30 * CLOCK_SECOND_NS)

static void add_state(struct strbuf *sb, const struct tenants_watcher *watcher,
                      const struct run_state *state, size_t columns)
{
    struct tenants_progress shown = {
        .progress = &state->progress,
        .done = state->total_ns ? (double)state->done_ns / (double)state->total_ns : -1,
        .left_ns = progress_time_left_ns(&watcher->covered,
                                         (double)state->total_ns - (double)state->done_ns),
        .points_per_second = progress_rate(&watcher->points),
        .tenants_in_flight = state->tenants_in_flight,
        .tenant = state->tenant,
        .in_flight = state->in_flight,
        .limit = state->limit,
        .waiting = state->waiting,
        .servers_away = state->servers_away,
        .stopping = state->finishing,
        .behind_ns = -1,
    };

    tenants_add_progress(sb, &shown, columns);
}

static json_t *progress_json(const struct tenants_watcher *watcher, const struct run_state *state)
{
    json_t *event = json_object();

    json_set_text(event, "event", "progress");
    tenants_set_tenants(event, &state->progress);
    tenants_set_windows(event, &state->progress);
    json_set_int(event, "points_written", state->progress.points);
    json_set_int(event, "points_per_second", (int64_t)watcher->points.per_second);
    json_set_int(event, "in_flight", state->in_flight);
    json_set_int(event, "limit", state->limit);
    json_set_int(event, "waiting", state->waiting);
    json_set_int(event, "servers_away", state->servers_away);
    json_set_int(event, "retries", state->progress.retries);
    return event;
}

/* A line now and then: on standard output as JSON, else, where no terminal shows it, in the log. */
static void tell_now_and_then(struct tenants_watcher *watcher, const struct run_state *state,
                              bool shown, int64_t now_ns)
{
    struct strbuf line = STRBUF_INIT;

    if (now_ns - watcher->last_line_ns < LINE_INTERVAL_NS)
        return;
    watcher->last_line_ns = now_ns;
    if (!shown) {
        add_state(&line, watcher, state, TENANTS_LOG_COLUMNS);
        log_info("%s", line.buf);
    }
    if (watcher->json)
        out_json_line(progress_json(watcher, state));
    strbuf_release(&line);
}

static void on_progress(void *context, const struct run_state *state)
{
    struct tenants_watcher *watcher = context;
    int64_t now_ns = clock_monotonic_ns();
    size_t columns = log_status_columns();
    /* A status line would stand in front of lines of JSON on the same terminal. */
    bool shown = columns && !(watcher->json && isatty(STDOUT_FILENO));

    progress_rate_update(&watcher->points, (double)state->progress.points, now_ns);
    progress_rate_update(&watcher->covered, (double)state->done_ns, now_ns);
    tenants_metrics_update(watcher->metrics, state);
    if (shown) {
        struct strbuf line = STRBUF_INIT;

        add_state(&line, watcher, state, columns);
        log_status(line.buf);
        strbuf_release(&line);
    }
    tell_now_and_then(watcher, state, shown, now_ns);
}

static void on_event(void *context, json_t *event)
{
    (void)context;
    out_json_line(event);
}

void tenants_watcher_init(struct tenants_watcher *watcher, bool json,
                          struct tenants_metrics *metrics)
{
    *watcher = (struct tenants_watcher){.json = json, .metrics = metrics};
}

struct run_observer tenants_watcher_observer(struct tenants_watcher *watcher)
{
    tenants_metrics_begin(watcher->metrics);
    watcher->last_line_ns = clock_monotonic_ns();
    progress_rate_begin(&watcher->points, 0, clock_monotonic_ns());
    progress_rate_begin(&watcher->covered, 0, clock_monotonic_ns());
    return (struct run_observer){
        .context = watcher, .event = watcher->json ? on_event : NULL, .progress = on_progress};
}

json_t *tenants_summary_json(int status, const struct run_summary *summary,
                             const struct servers *servers)
{
    const struct journal_progress *progress = &summary->state.progress;
    json_t *event = json_object();

    json_set_text(event, "event", "summary");
    json_set_int(event, "status", status);
    json_set_text(event, "result", status_word(status));
    tenants_set_tenants(event, progress);
    json_set_int(event, "tenants_failed", summary->tenants_failed);
    json_set_int(event, "tenants_away", summary->tenants_away);
    json_set(event, "servers_away", tenants_away_json(servers));
    tenants_set_windows(event, progress);
    json_set_int(event, "statements", progress->statements);
    json_set_int(event, "points_written", progress->points);
    json_set_int(event, "values_verified", summary->state.values_verified);
    json_set_real(event, "seconds", (double)summary->elapsed_ns / 1e9);
    return event;
}
