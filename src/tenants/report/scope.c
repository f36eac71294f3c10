/* The scope of all runs together: what each of them left out. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/status.h"
#include "parts.h"

static bool leaves_out(const char *command)
{
    struct scope scope = {0};

    scope_of_command(&scope, command);
    return scope_is_rehearsal(&scope);
}

/* Runs of older versions recorded nothing but their command lines. */
static bool command_lines_leave_out(const struct report_facts *facts)
{
    bool any = false;

    for (size_t i = 0; i < facts->part_count; i++)
        if (facts->parts[i].ran && leaves_out(facts->parts[i].command))
            return true;
    for (size_t i = 0; i < facts->run_count && !facts->part_count; i++) {
        const struct report_run *run = &facts->runs[i];

        if (strcmp(run->kind, "copy") != 0)
            continue;
        any = true;
        /* What this run looked at stays known, whatever came after it. */
        if (run->run.ended_ns && run->run.status <= STATUS_IN_PART && !leaves_out(run->command))
            return false;
    }
    return any;
}

static void add_command_lines(struct scope *scope, const struct report_facts *facts)
{
    for (size_t i = 0; i < facts->run_count && command_lines_leave_out(facts); i++)
        if (strcmp(facts->runs[i].kind, "copy") == 0)
            scope_of_command(scope, facts->runs[i].command);
}

/* The policies, by their number in the facts' names, that some run has looked at. */
static bool *find_policies(struct scope *scope, const struct report_facts *facts)
{
    bool *known = xcalloc(facts->names.count + 1, sizeof(*known));
    bool *read = xcalloc(facts->names.count + 1, sizeof(*read));

    for (size_t i = 0; i < facts->looked_count; i++)
        read[facts->looked[i].policy] = read[facts->looked[i].policy] || facts->looked[i].looked;
    for (size_t i = 0; i < facts->looked_count; i++) {
        uint32_t policy = facts->looked[i].policy;

        scope->figures[SCOPE_POLICIES] += !known[policy] && !read[policy];
        known[policy] = true;
    }
    free(known);
    return read;
}

static void raise_to(int64_t *figure, int64_t value)
{
    if (value > *figure)
        *figure = value;
}

/* Adds the rows of one tenant, `count` from `looked`. */
static void add_tenant(struct scope *scope, const struct report_looked *looked, size_t count,
                       const bool *read)
{
    bool missed = false;

    for (size_t i = 0; i < count; i++) {
        missed = missed || (read[looked[i].policy] && !looked[i].looked);
        if (!looked[i].looked)
            continue;
        raise_to(&scope->figures[SCOPE_FILTERED_MEASUREMENTS], looked[i].measurements);
        raise_to(&scope->figures[SCOPE_TIME], looked[i].shard_groups);
    }
    scope->figures[SCOPE_FILTERED_TENANTS] += missed;
    scope->tenants_total++;
}

void report_scope_of_runs(struct scope *scope, const struct report_facts *facts)
{
    bool *read;

    if (!facts->looked_count) {
        add_command_lines(scope, facts);
        return;
    }
    read = find_policies(scope, facts);
    for (size_t i = 0, count; i < facts->looked_count; i += count) {
        const struct report_looked *first = &facts->looked[i];

        count = 1;
        while (i + count < facts->looked_count && first[count].tenant == first->tenant)
            count++;
        add_tenant(scope, first, count, read);
    }
    free(read);
}

bool report_is_rehearsal(const struct report_facts *facts)
{
    struct scope scope = {0};

    report_scope_of_runs(&scope, facts);
    return scope_is_rehearsal(&scope);
}

void report_run_scope(struct scope *scope, const struct report_run *run)
{
    *scope = (struct scope){.tenants_total = run->tenants_source < 0 ? 0 : run->tenants_source};
    scope_read_record(scope, run->scope);
}

bool report_is_landing_of(const struct report_facts *facts, const struct report_landing *landing,
                          const struct report_tenant *tenant)
{
    const char *const *names = (const char *const *)facts->names.items;

    return strcmp(names[landing->tenant], tenant->id) == 0 &&
           strcmp(names[landing->database], tenant->database) == 0;
}
