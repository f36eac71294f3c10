#include "cmd/tenants/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strbuf.h"

#define WRITE_INTERVAL_NS (5 * CLOCK_SECOND_NS)
/* More than any file that this program wrote. */
#define MAX_FILE_BYTES    ((size_t)1024 * 1024)

#define LAST_SUCCESS "monasca_migrate_last_success_timestamp_seconds"

struct tenants_metrics {
    char *path, *temporary;
    char *part; /* of --shard, "1/2"; NULL: none */
    bool told;  /* the log says already that the file can't be written */
    int64_t written_ns;
    int64_t started_ns;
    int64_t last_success_ns;           /* 0: none is known */
    int64_t deltas;                    /* how many deltas went through */
    int64_t copied_until_ns;           /* 0: not known */
    int64_t copied_until_monotonic_ns; /* the monotonic clock when the source's stood there */
    int status;                        /* -1: not ended */
    bool complete;                     /* once it has ended */
    struct run_state before;           /* sums of earlier runs of this process */
    struct run_state state;            /* the run at hand */
};

/* Text */

/* The text of a file in the making. */
struct page {
    struct strbuf text;
    const char *part; /* of --shard, the label of all samples; NULL: none */
};

static void add_head(struct page *page, const char *name, const char *type, const char *help)
{
    strbuf_addf(&page->text, "# HELP monasca_migrate_%s %s\n# TYPE monasca_migrate_%s %s\n", name,
                help, name, type);
}

/* Begins a sample: its name, and its labels in braces. `state` may be NULL. All samples have the
 * shard, so that the files of several shards may stand in one folder. */
static void add_name(struct page *page, const char *name, const char *state)
{
    strbuf_addf(&page->text, "monasca_migrate_%s", name);
    if (page->part)
        strbuf_addf(&page->text, "{shard=\"%s\"", page->part);
    if (state)
        strbuf_addf(&page->text, "%sstate=\"%s\"", page->part ? "," : "{", state);
    strbuf_addstr(&page->text, page->part || state ? "} " : " ");
}

static void add_sample(struct page *page, const char *name, const char *state, int64_t value)
{
    add_name(page, name, state);
    strbuf_addf(&page->text, "%" PRId64 "\n", value);
}

static void add_int(struct page *page, const char *name, const char *type, const char *help,
                    int64_t value)
{
    add_head(page, name, type, help);
    add_sample(page, name, NULL, value);
}

static void add_seconds(struct page *page, const char *name, const char *help, int64_t ns)
{
    add_head(page, name, "gauge", help);
    add_name(page, name, NULL);
    strbuf_addf(&page->text, "%" PRId64 ".%03" PRId64 "\n", ns / CLOCK_SECOND_NS,
                ns % CLOCK_SECOND_NS / 1000000);
}

static void add_work(struct page *page, const struct tenants_metrics *metrics)
{
    const struct journal_progress *now = &metrics->state.progress,
                                  *before = &metrics->before.progress;

    add_head(page, "windows", "gauge",
             "Windows of time, by state; failed and open ones of this delta.");
    add_sample(page, "windows", "done", before->windows_done + now->windows_done);
    add_sample(page, "windows", "failed", now->windows_failed);
    add_sample(page, "windows", "open",
               now->windows_total - now->windows_done - now->windows_failed);
    add_head(page, "tenants", "gauge", "Tenants of this delta, by state.");
    add_sample(page, "tenants", "done", now->tenants_done);
    add_sample(page, "tenants", "open", now->tenants_total - now->tenants_done);
    add_int(page, "tenants_in_flight", "gauge", "Tenants that are being copied.",
            metrics->state.tenants_in_flight);
    add_int(page, "points_written_total", "counter", "Points that were copied.",
            before->points + now->points);
    add_int(page, "values_verified_total", "counter",
            "Field values that were found in the targets.",
            metrics->before.values_verified + metrics->state.values_verified);
    add_int(page, "statements_total", "counter", "Statements that were started.",
            before->statements + now->statements);
    add_int(page, "retries_total", "counter", "Statements that had to be tried again.",
            before->retries + now->retries);
    add_int(page, "splits_total", "counter", "Windows that had to be cut.",
            before->splits + now->splits);
    add_int(page, "statements_in_flight", "gauge", "Statements that the server works on.",
            metrics->state.in_flight);
    add_int(page, "statements_limit", "gauge", "How many it may be given at once at present.",
            metrics->state.limit);
    add_int(page, "statements_waiting", "gauge", "Statements that wait to be tried again.",
            metrics->state.waiting);
    add_int(page, "servers_away", "gauge", "Servers that don't answer, while others are served.",
            metrics->state.servers_away);
}

static void add_all(struct page *page, const struct tenants_metrics *metrics)
{
    int64_t now_ns = clock_now_ns();

    add_int(page, "running", "gauge", "1 while the process is at work.", metrics->status < 0);
    add_seconds(page, "start_timestamp_seconds", "When the process began.", metrics->started_ns);
    add_seconds(page, "updated_timestamp_seconds", "When this file was written.", now_ns);
    add_work(page, metrics);
    add_int(page, "deltas_total", "counter", "Times that it went through all there was to copy.",
            metrics->deltas);
    if (metrics->copied_until_ns) {
        add_seconds(page, "copied_until_timestamp_seconds",
                    "All points before this time that could be copied are.",
                    metrics->copied_until_ns);
        add_seconds(page, "behind_seconds", "The age of that time when this file was written.",
                    clock_monotonic_ns() - metrics->copied_until_monotonic_ns);
    }
    if (metrics->last_success_ns)
        add_seconds(page, "last_success_timestamp_seconds",
                    "When all was last copied, nothing failed.", metrics->last_success_ns);
    if (metrics->status < 0)
        return;
    add_int(page, "exit_status", "gauge", "The exit status of the process.", metrics->status);
    add_int(page, "complete", "gauge",
            "1 where nothing of the source was left out, and nothing was found to be wrong.",
            metrics->complete);
}

/* The file */

/* The file may be read by everybody: it tells nothing that isn't for everybody. */
static int write_file(struct tenants_metrics *metrics, struct err *err)
{
    struct page page = {STRBUF_INIT, metrics->part};
    int fd = open(metrics->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    int rc;

    metrics->written_ns = clock_monotonic_ns();
    if (fd < 0)
        return err_set(err, ERR_CONFIG, "--metrics-file: can't write %s: %s", metrics->temporary,
                       strerror(errno));
    add_all(&page, metrics);
    rc = file_write_all(fd, page.text.buf, page.text.len);
    if (rc < 0)
        err_set(err, ERR_CONFIG, "--metrics-file: can't write %s: %s", metrics->temporary,
                strerror(errno));
    if (close(fd) < 0 && rc == 0)
        rc = err_set(err, ERR_CONFIG, "--metrics-file: can't write %s: %s", metrics->temporary,
                     strerror(errno));
    if (rc == 0 && rename(metrics->temporary, metrics->path) < 0)
        rc = err_set(err, ERR_CONFIG, "--metrics-file: can't rename %s to %s: %s",
                     metrics->temporary, metrics->path, strerror(errno));
    if (rc < 0)
        unlink(metrics->temporary);
    strbuf_release(&page.text);
    return rc;
}

static void write_or_tell(struct tenants_metrics *metrics)
{
    struct err err = ERR_INIT;

    if (write_file(metrics, &err) == 0) {
        metrics->told = false;
        return;
    }
    if (!metrics->told)
        log_warning("%s; the run goes on", err.message);
    metrics->told = true;
    err_release(&err);
}

/* The value of the last success in the file that is there, whatever its labels, in ns; 0 where it
 * has none. */
static int64_t read_last_success(const char *path)
{
    struct strbuf text = STRBUF_INIT;
    struct err err = ERR_INIT;
    const char *line;
    double seconds = 0;

    if (file_read(path, MAX_FILE_BYTES, &text, &err) == 0 &&
        (line = strstr(text.buf, "\n" LAST_SUCCESS))) {
        line += strlen("\n" LAST_SUCCESS);
        line += *line == '{' ? strcspn(line, " \n") : 0;
        seconds = *line == ' ' ? strtod(line + 1, NULL) : 0;
    }
    err_release(&err);
    strbuf_release(&text);
    /* A value that is no time of these centuries is not ours. */
    return seconds > 0 && seconds < 4e9 ? (int64_t)(seconds * 1e3 + 0.5) * 1000000 : 0;
}

struct tenants_metrics *tenants_metrics_open(const char *path, const char *part, struct err *err)
{
    struct tenants_metrics *metrics;
    struct strbuf temporary = STRBUF_INIT;
    struct stat there;

    /* A rename would replace anything else: /dev/null must stay what it is. */
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) {
        err_set(err, ERR_CONFIG, "--metrics-file: %s is no plain file", path);
        err_hint(err, "name a file; it is replaced each time");
        return NULL;
    }
    metrics = xcalloc(1, sizeof(*metrics));
    strbuf_addf(&temporary, "%s.tmp", path);
    metrics->part = xstrdup_or_null(part);
    metrics->path = xstrdup(path);
    metrics->temporary = strbuf_detach(&temporary);
    metrics->status = -1;
    metrics->started_ns = clock_now_ns();
    metrics->last_success_ns = read_last_success(path);
    if (write_file(metrics, err) < 0) {
        err_hint(err, "name a file in a directory that this user can write to, and that is there");
        tenants_metrics_free(metrics);
        return NULL;
    }
    return metrics;
}

void tenants_metrics_free(struct tenants_metrics *metrics)
{
    if (!metrics)
        return;
    free(metrics->path);
    free(metrics->temporary);
    free(metrics->part);
    free(metrics);
}

void tenants_metrics_update(struct tenants_metrics *metrics, const struct run_state *state)
{
    if (!metrics)
        return;
    if (state)
        metrics->state = *state;
    if (clock_monotonic_ns() - metrics->written_ns >= WRITE_INTERVAL_NS)
        write_or_tell(metrics);
}

/* Adds the work of the run that ended to the sums. That waits until the next run begins, so that
 * the file shows till then how this one ended. */
static void add_to_sums(struct tenants_metrics *metrics)
{
    struct journal_progress *sum = &metrics->before.progress;
    const struct journal_progress *progress = &metrics->state.progress;

    sum->windows_done += progress->windows_done;
    sum->points += progress->points;
    sum->statements += progress->statements;
    sum->retries += progress->retries;
    sum->splits += progress->splits;
    metrics->before.values_verified += metrics->state.values_verified;
}

void tenants_metrics_begin(struct tenants_metrics *metrics)
{
    if (!metrics)
        return;
    add_to_sums(metrics);
    metrics->state = (struct run_state){0};
}

void tenants_metrics_delta(struct tenants_metrics *metrics, const struct run_state *state,
                           bool failed, int64_t end_ns, int64_t age_ns)
{
    if (!metrics)
        return;
    metrics->state = *state;
    metrics->deltas++;
    if (!failed) {
        metrics->copied_until_ns = end_ns;
        metrics->copied_until_monotonic_ns = clock_monotonic_ns() - age_ns;
        metrics->last_success_ns = clock_now_ns();
    }
    write_or_tell(metrics);
}

void tenants_metrics_end(struct tenants_metrics *metrics, int status, bool complete)
{
    if (!metrics)
        return;
    metrics->status = status;
    metrics->complete = complete;
    metrics->state.in_flight = metrics->state.tenants_in_flight = 0;
    write_or_tell(metrics);
}
