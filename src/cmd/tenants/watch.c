#include "cmd/tenants/watch.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status.h"
#include "cmd/tenants/away.h"
#include "term/number.h"
#include "term/out.h"

/* Where there is no terminal, a line about the progress is logged this often. */
#define LINE_INTERVAL_NS (30 * CLOCK_SECOND_NS)

/* What a narrow terminal shows first. */
enum {
    RANK_DONE,
    RANK_LEFT,
    RANK_STOPPING,
    RANK_FAILED,
    RANK_AWAY,
    RANK_WAITING,
    RANK_RATE,
    RANK_POINTS,
    RANK_RETRIES,
    RANK_SPLITS,
    RANK_TENANTS,
    RANK_WINDOWS,
    RANK_IN_FLIGHT,
    RANK_TENANT,
};

static void add_count(struct progress_line *line, int rank, int64_t count, const char *words)
{
    if (count > 0)
        strbuf_addf(progress_line_part(line, rank), "%" PRId64 " %s", count, words);
}

static void add_in_flight(struct progress_line *line, const struct tenants_progress *shown)
{
    struct strbuf *part;

    if (shown->stopping)
        strbuf_addf(progress_line_part(line, RANK_STOPPING), "stopping: %" PRId64 " in flight",
                    shown->in_flight);
    else if (shown->in_flight >= 0)
        strbuf_addf(progress_line_part(line, RANK_IN_FLIGHT),
                    "%" PRId64 " of %" PRId64 " in flight", shown->in_flight, shown->limit);
    if (!shown->tenant || shown->tenants_in_flight <= 0)
        return;
    part = progress_line_part(line, RANK_TENANT);
    strbuf_addstr(part, "at ");
    strbuf_add_visible(part, shown->tenant, strlen(shown->tenant));
    if (shown->tenants_in_flight > 1)
        strbuf_addf(part, " and %" PRId64 " more", shown->tenants_in_flight - 1);
}

void tenants_add_progress(struct strbuf *sb, const struct tenants_progress *shown, size_t columns)
{
    const struct journal_progress *progress = shown->progress;
    struct progress_line line = PROGRESS_LINE_INIT;
    struct strbuf *part;

    if (shown->done >= 0)
        strbuf_addf(progress_line_part(&line, RANK_DONE), "%d%%", (int)(shown->done * 100));
    if (shown->left_ns >= 0) {
        part = progress_line_part(&line, RANK_LEFT);
        if (shown->left_ns < 60 * CLOCK_SECOND_NS)
            strbuf_addf(part, "%" PRId64 "s", shown->left_ns / CLOCK_SECOND_NS);
        else
            clock_add_duration_rounded(part, shown->left_ns);
        strbuf_addstr(part, " left");
    }
    part = progress_line_part(&line, RANK_POINTS);
    number_add_short(part, (double)progress->points);
    strbuf_addstr(part, " points");
    if (shown->points_per_second >= 0) {
        part = progress_line_part(&line, RANK_RATE);
        number_add_short(part, shown->points_per_second);
        strbuf_addstr(part, "/s");
    }
    strbuf_addf(progress_line_part(&line, RANK_TENANTS), "tenants %" PRId64 "/%" PRId64,
                progress->tenants_done, progress->tenants_total);
    strbuf_addf(progress_line_part(&line, RANK_WINDOWS), "windows %" PRId64 "/%" PRId64,
                progress->windows_done, progress->windows_total);
    add_count(&line, RANK_FAILED, progress->windows_failed, "failed");
    add_count(&line, RANK_AWAY, shown->servers_away,
              shown->servers_away == 1 ? "server away" : "servers away");
    add_count(&line, RANK_WAITING, shown->waiting, "to retry");
    add_count(&line, RANK_RETRIES, progress->retries, "retries");
    add_count(&line, RANK_SPLITS, progress->splits, "splits");
    add_in_flight(&line, shown);
    if (shown->behind_ns >= 0) {
        part = progress_line_part(&line, RANK_LEFT);
        clock_add_duration_rounded(part, shown->behind_ns);
        strbuf_addstr(part, " behind");
    }
    progress_line_add(&line, columns, sb);
    progress_line_release(&line);
}

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
    json_set_int(event, "tenants_total", state->progress.tenants_total);
    json_set_int(event, "tenants_done", state->progress.tenants_done);
    json_set_int(event, "windows_total", state->progress.windows_total);
    json_set_int(event, "windows_done", state->progress.windows_done);
    json_set_int(event, "windows_failed", state->progress.windows_failed);
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
    /* Lines of JSON on the same terminal would stand behind it. */
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

void tenants_add_points(struct strbuf *text, int64_t points)
{
    number_add_grouped(text, points);
    strbuf_addstr(text, points == 1 ? " point" : " points");
}

const char *tenants_run_state(const struct journal_run *run)
{
    return !run->id         ? "none"
           : run->running   ? "running"
           : !run->ended_ns ? "cut short"
                            : status_word(run->status);
}

json_t *tenants_summary_json(int status, const struct run_summary *summary,
                             const struct servers *servers)
{
    const struct journal_progress *progress = &summary->state.progress;
    json_t *event = json_object();

    json_set_text(event, "event", "summary");
    json_set_int(event, "status", status);
    json_set_text(event, "result", status_word(status));
    json_set_int(event, "tenants_total", progress->tenants_total);
    json_set_int(event, "tenants_done", progress->tenants_done);
    json_set_int(event, "tenants_failed", summary->tenants_failed);
    json_set_int(event, "tenants_away", summary->tenants_away);
    json_set(event, "servers_away", tenants_away_json(servers));
    json_set_int(event, "windows_total", progress->windows_total);
    json_set_int(event, "windows_done", progress->windows_done);
    json_set_int(event, "windows_failed", progress->windows_failed);
    json_set_int(event, "statements", progress->statements);
    json_set_int(event, "points_written", progress->points);
    json_set_int(event, "values_verified", summary->state.values_verified);
    json_set_real(event, "seconds", (double)summary->elapsed_ns / 1e9);
    return event;
}
