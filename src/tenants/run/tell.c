#include <stdlib.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "task.h"

static bool has_events(const struct run *run)
{
    return run->observer->event != NULL;
}

static void add_range(struct strbuf *sb, struct range range)
{
    clock_add_instant(sb, range.start_ns);
    strbuf_addstr(sb, " to ");
    clock_add_instant(sb, range.end_ns);
}

/* Makes an event with the members that all events about a task's window have. */
static json_t *window_event(const struct task *task, const char *name)
{
    const struct run *run = task->run;
    const struct plan_set *set = &run->plan->sets[task->set];
    json_t *event = json_object();

    json_set_text(event, "event", name);
    json_set_text(event, "tenant", task_tenant(task)->id);
    json_set_text(event, "database", task_tenant(task)->database);
    json_set_text(event, "source_policy", task_policy(task));
    json_set_int(event, "measurements", (int64_t)set->count);
    if (set->count == 1)
        json_set_text(event, "measurement",
                      run->plan->catalogue->measurements.items[set->measurements[0]]);
    json_set_instant(event, "start", task->range.start_ns);
    json_set_instant(event, "end", task->range.end_ns);
    return event;
}

void run_tell_window(const struct task *task, const char *name, const char *words)
{
    const struct run *run = task->run;
    json_t *event;

    if (!has_events(run))
        return;
    event = window_event(task, name);
    if (words)
        json_set_text(event, "words", words);
    else
        json_set_int(event, "points", task->points);
    json_set_real(event, "seconds", (double)task->query.elapsed_ns / 1e9);
    run->observer->event(run->observer->context, event);
}

static void add_difference(void *context, const char *measurement, const char *field,
                           int64_t source, int64_t target)
{
    json_t *object = json_object();

    json_set_text(object, "measurement", measurement);
    json_set_text(object, "field", field);
    json_set_int(object, "source", source);
    json_set_int(object, "target", target);
    json_array_append_new(context, object);
}

static void log_difference(void *context, const char *measurement, const char *field,
                           int64_t source, int64_t target)
{
    const struct task *task = context;
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "tenant %s, ", task_tenant(task)->id);
    add_range(&text, task->range);
    log_warning("differs: %s, measurement %s, field %s: %lld values in the source, %lld in %s",
                text.buf, measurement, field, (long long)source, (long long)target,
                task_tenant(task)->database);
    strbuf_release(&text);
}

static const char *server_url(const struct run *run, size_t number)
{
    return run->servers->items[number].client.endpoint.base_url;
}

void run_tell_limit(const struct run *run, size_t number)
{
    const struct pace *pace = &run->servers->items[number].pace;
    json_t *event;

    log_debug("statements in flight for %s: at most %lld of %lld", server_url(run, number),
              (long long)pace->limit, (long long)pace->ceiling);
    if (!has_events(run))
        return;
    event = json_object();
    json_set_text(event, "event", "limit");
    json_set_text(event, "server", server_url(run, number));
    json_set_int(event, "limit", pace->limit);
    json_set_int(event, "jobs", pace->ceiling);
    run->observer->event(run->observer->context, event);
}

void run_tell_server(const struct run *run, size_t number, const char *name, const char *words)
{
    json_t *event;

    if (!has_events(run))
        return;
    event = json_object();
    json_set_text(event, "event", name);
    json_set_text(event, "server", server_url(run, number));
    json_set_text(event, "words", words);
    run->observer->event(run->observer->context, event);
}

static void log_points(const struct task *task)
{
    const struct difference *difference = &task->difference;
    const struct plan_tenant *tenant = task_tenant(task);

    for (size_t i = 0; i < difference->first_missing.nr; i++)
        log_warning("differs: tenant %s: missing in %s: %s", tenant->id, tenant->database,
                    difference->first_missing.v[i]);
    for (size_t i = 0; i < difference->pair_count; i++) {
        const struct difference_pair *pair = &difference->first_different[i];

        log_warning("differs: tenant %s: another value in %s: %s: %s in the source, %s there",
                    tenant->id, tenant->database, pair->point, pair->source, pair->target);
    }
}

static void add_points(json_t *event, const struct difference *difference)
{
    json_t *missing = json_array(), *different = json_array();

    for (size_t i = 0; i < difference->first_missing.nr; i++)
        json_array_append_new(missing, json_text(difference->first_missing.v[i]));
    for (size_t i = 0; i < difference->pair_count; i++) {
        const struct difference_pair *pair = &difference->first_different[i];
        json_t *object = json_object();

        json_set_text(object, "point", pair->point);
        json_set_text(object, "source", pair->source);
        json_set_text(object, "target", pair->target);
        json_array_append_new(different, object);
    }
    json_set_int(event, "values_missing", difference->missing);
    json_set_int(event, "values_different", difference->different);
    json_set_int(event, "values_extra", difference->extra);
    json_set(event, "first_missing", missing);
    json_set(event, "first_different", different);
}

void run_tell_difference(const struct task *task, const char *words)
{
    const struct run *run = task->run;
    json_t *event, *counts;

    check_each_difference(&task->check, log_difference, (void *)task);
    log_points(task);
    if (!has_events(run))
        return;
    event = window_event(task, "difference");
    counts = json_array();
    check_each_difference(&task->check, add_difference, counts);
    json_set_text(event, "words", words);
    json_set(event, "counts", counts);
    add_points(event, &task->difference);
    run->observer->event(run->observer->context, event);
}

void run_tell_refused(const struct task *task, const struct run_refusals *refusals)
{
    const struct run *run = task->run;
    struct strbuf text = STRBUF_INIT;
    json_t *event;

    run_add_task(&text, task);
    log_warning("refused: %s: %lld points, kept in %s: %s", text.buf, (long long)refusals->points,
                rejects_path(run->rejects), refusals->words);
    strbuf_release(&text);
    if (!has_events(run))
        return;
    event = window_event(task, "refused");
    json_set_int(event, "points", refusals->points);
    json_set_int(event, "points_new", refusals->fresh);
    json_set_text(event, "words", refusals->words);
    json_set_text(event, "reject_file", rejects_path(run->rejects));
    run->observer->event(run->observer->context, event);
}

void run_tell_tenant(const struct run *run, const struct plan_tenant *tenant,
                     const struct tenant_state *state)
{
    bool verify = delta_compares(run->plan->kind);
    json_t *event;

    if (verify)
        log_info("tenant %s: %s in %s", tenant->id,
                 state->unreadable ? "not compared as a whole"
                 : state->failed   ? "differs"
                                   : "whole",
                 tenant->database);
    else if (!delta_is_brief(run->plan->kind))
        log_info("tenant %s: %s in %s, %lld points", tenant->id,
                 status_word(state->failed ? STATUS_IN_PART : STATUS_DONE), tenant->database,
                 (long long)state->points);
    if (!has_events(run))
        return;
    event = json_object();
    json_set_text(event, "event", "tenant");
    json_set_text(event, "tenant", tenant->id);
    json_set_text(event, "database", tenant->database);
    json_set_bool(event, "failed", state->failed);
    json_set_int(event, "points", state->points);
    run->observer->event(run->observer->context, event);
}

/* A message names the measurement where the task has one, else their number. */
void run_add_task(struct strbuf *sb, const struct task *task)
{
    const struct plan *plan = task->run->plan;
    const struct plan_set *set = &plan->sets[task->set];

    strbuf_addf(sb, "tenant %s, ", task_tenant(task)->id);
    if (set->count == 1)
        strbuf_addf(sb, "measurement %s, ",
                    plan->catalogue->measurements.items[set->measurements[0]]);
    else
        strbuf_addf(sb, "%zu measurements, ", set->count);
    add_range(sb, task->range);
}

void run_set_trouble(struct run *run, const char *words)
{
    free(run->trouble);
    run->trouble = xstrdup_or_null(words);
    run->state.trouble = run->trouble;
}

void run_tell_problem(const struct run *run, const struct plan_tenant *tenant)
{
    json_t *event;

    /* A server that is away was told once, not for each of its tenants. */
    if (!delta_is_brief(run->plan->kind) && !tenant->away)
        log_warning("tenant %s can't be copied to the database %s: %s", tenant->id,
                    tenant->database, tenant->problem);
    if (!has_events(run))
        return;
    event = json_object();
    json_set_text(event, "event", "tenant_failed");
    json_set_text(event, "tenant", tenant->id);
    json_set_text(event, "database", tenant->database);
    json_set_text(event, "words", tenant->problem);
    run->observer->event(run->observer->context, event);
}
