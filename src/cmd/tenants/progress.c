#include "cmd/tenants/progress.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/plural.h"
#include "base/status.h"
#include "term/number.h"
#include "term/progress.h"

void tenants_add_points(struct strbuf *text, int64_t points)
{
    number_add_grouped(text, points);
    strbuf_addstr(text, PLURAL(points, " point", " points"));
}

void tenants_add_other_policies(struct strbuf *text, const struct source_points_behind *behind)
{
    for (size_t i = 0; i < behind->policy_count; i++) {
        const struct source_points_policy *policy = &behind->policies[i];

        strbuf_addstr(text, "Left behind: ");
        tenants_add_points(text, policy->points);
        strbuf_addstr(text, " in retention policy ");
        strbuf_add_visible(text, policy->name, strlen(policy->name));
        strbuf_addf(text, ", which is not %s; --source-retention-policy all copies them.\n",
                    policy->is_default ? "copied" : "the default one");
    }
}

const char *tenants_run_state(const struct journal_run *run)
{
    return !run->id         ? "none"
           : run->running   ? "running"
           : !run->ended_ns ? "cut short"
                            : status_word(run->status);
}

/* The order in which parts of the line get room: a narrow terminal shows the first ones. */
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
              PLURAL(shown->servers_away, "server away", "servers away"));
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

void tenants_set_tenants(json_t *object, const struct journal_progress *progress)
{
    json_set_int(object, "tenants_total", progress->tenants_total);
    json_set_int(object, "tenants_done", progress->tenants_done);
}

void tenants_set_windows(json_t *object, const struct journal_progress *progress)
{
    json_set_int(object, "windows_total", progress->windows_total);
    json_set_int(object, "windows_done", progress->windows_done);
    json_set_int(object, "windows_failed", progress->windows_failed);
}

void tenants_set_progress(json_t *object, const struct journal_progress *progress)
{
    tenants_set_tenants(object, progress);
    tenants_set_windows(object, progress);
    json_set_int(object, "statements", progress->statements);
    json_set_int(object, "retries", progress->retries);
    json_set_int(object, "splits", progress->splits);
    json_set_int(object, "points_written", progress->points);
}
