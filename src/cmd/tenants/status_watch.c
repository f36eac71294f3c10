/* Watching a run of another process, by its journal. */
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "cmd/tenants/progress.h"
#include "status.h"
#include "term/out.h"
#include "term/progress.h"

int status_read_run(struct run_status *status, struct err *err)
{
    if (journal_last_run(status->journal, &status->run, err) < 0)
        return -1;
    if (!status->run.id)
        return err_set(err, ERR_FAILED, "the journal %s holds no run yet",
                       journal_path(status->journal));
    return 0;
}

struct watch {
    struct run_status *status;
    bool json;
    struct progress_rate points, windows;
    struct journal_run told; /* the run as the last line told it */
};

static void add_line(struct strbuf *sb, const struct watch *watch, size_t columns)
{
    const struct journal_run *run = &watch->status->run;
    const struct journal_progress *progress = &run->progress;
    double total = (double)progress->windows_total,
           done = (double)(progress->windows_done + progress->windows_failed);
    struct tenants_progress shown = {
        .progress = progress,
        .done = total > 0 ? done / total : -1,
        .left_ns = done < total ? progress_time_left_ns(&watch->windows, total - done) : -1,
        .points_per_second = progress_rate(&watch->points),
        .in_flight = -1,
        /* With all windows done, a run waits for the next delta, or counts what stays behind. */
        .behind_ns =
            done < total ? -1 : clock_now_ns() - range_past_end_ns(run->range, run->cutoff_ns),
    };

    tenants_add_progress(sb, &shown, columns);
}

static void tell_watched(const struct watch *watch)
{
    struct strbuf line = STRBUF_INIT;

    clock_add_second(&line, watch->status->run.updated_ns);
    strbuf_addstr(&line, " running: ");
    add_line(&line, watch, TENANTS_LOG_COLUMNS);
    out_printf("%s\n", line.buf);
    out_flush();
    strbuf_release(&line);
}

/* On a terminal one line is drawn over and over; elsewhere a line is printed for each change. */
static int show_watched(struct watch *watch, struct err *err)
{
    const struct journal_run *run = &watch->status->run;
    int64_t now_ns = clock_monotonic_ns();
    size_t columns = isatty(STDOUT_FILENO) && !watch->json ? log_status_columns() : 0;
    bool same = run->updated_ns == watch->told.updated_ns && run->id == watch->told.id;

    if (run->id != watch->told.id) {
        progress_rate_begin(&watch->points, (double)run->progress.points, now_ns);
        progress_rate_begin(&watch->windows, (double)run->progress.windows_done, now_ns);
    }
    progress_rate_update(&watch->points, (double)run->progress.points, now_ns);
    progress_rate_update(&watch->windows,
                         (double)(run->progress.windows_done + run->progress.windows_failed),
                         now_ns);
    watch->told = *run;
    if (columns) {
        struct strbuf line = STRBUF_INIT;

        add_line(&line, watch, columns);
        log_status(line.buf);
        strbuf_release(&line);
        return 0;
    }
    if (same)
        return 0;
    if (watch->json)
        return status_print_json(watch->status, true, err);
    tell_watched(watch);
    return 0;
}

int status_watch(struct run_status *status, const struct settings *settings, int64_t interval_ns,
                 bool json, struct err *err)
{
    struct watch watch = {.status = status, .json = json};
    struct pollfd wake = {.fd = stop_fd(), .events = POLLIN};
    int rc = 0;

    while (rc == 0 && status->run.running && !stop_requested()) {
        rc = show_watched(&watch, err);
        if (rc == 0 && poll(&wake, 1, (int)(interval_ns / 1000000)) > 0)
            stop_drain();
        if (rc == 0)
            rc = journal_refresh(status->journal, settings, err);
        if (rc == 0)
            rc = status_read_run(status, err);
    }
    log_status(NULL);
    return rc;
}
