/* The plan, as text for a person and as JSON. */
#include "cmd/tenants_setup.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "tenants/target_map.h"
#include "term/number.h"
#include "term/out.h"

/* Where a tenant goes. */
static const char *server_url(const struct plan *plan, const struct plan_tenant *tenant)
{
    const struct settings_server *server = settings_server(plan->settings, tenant->server);

    return server ? server->url : plan->settings->url;
}

static const char *server_kind(const struct plan *plan, const struct plan_tenant *tenant)
{
    return target_map_kind_text(plan->servers->items[tenant->server].kind);
}

static char *policy_text(const struct plan_tenant *tenant)
{
    struct strbuf text = STRBUF_INIT;

    strbuf_addstr(&text, tenant->retention.policy ? tenant->retention.policy
                         : tenant->numbers_only   ? "the server's"
                                                  : "?");
    strbuf_addstr(&text, " (");
    if (tenant->retention.duration_ns)
        clock_add_duration(&text, tenant->retention.duration_ns);
    else
        strbuf_addstr(&text, "forever");
    strbuf_addstr(&text, tenant->retention.create ? ", new)" : ", is there)");
    return strbuf_detach(&text);
}

static void print_names(const struct plan *plan, const char *title, const struct plan_left *left)
{
    enum { SHOWN = 10 };
    struct strbuf text = STRBUF_INIT;

    if (!left->count)
        return;
    strbuf_addf(&text, "%s: %zu", title, left->count);
    for (size_t i = 0; i < left->count && i < SHOWN; i++) {
        const char *name = plan->catalogue->measurements.items[left->measurements[i]];

        strbuf_addstr(&text, i ? ", " : ": ");
        strbuf_add_visible(&text, name, strlen(name));
    }
    if (left->count > SHOWN)
        strbuf_addf(&text, " and %zu more", left->count - SHOWN);
    out_printf("%s\n", text.buf);
    strbuf_release(&text);
}

/* What the operator must know first. */
static void print_warnings(const struct plan *plan)
{
    char *not_kept = plan_not_kept(plan);
    const struct catalogue *catalogue = plan->catalogue;
    struct strbuf text = STRBUF_INIT;

    for (size_t i = 0; i < plan->tenant_count; i++) {
        const struct plan_tenant *tenant = &plan->tenants[i];
        const char *words = tenant->problem ? tenant->problem : tenant->retention.note;

        if (!words)
            continue;
        strbuf_reset(&text);
        strbuf_add_visible(&text, tenant->id, strlen(tenant->id));
        out_printf("%s: tenant %s: %s\n", tenant->problem ? "PROBLEM" : "note", text.buf, words);
    }
    if (not_kept)
        out_printf("%s: %s\n",
                   plan->settings->drop_strings ? "note" : "PROBLEM (--drop-strings accepts it)",
                   not_kept);
    free(not_kept);
    print_names(plan, "PROBLEM: measurements that no statement can name (bytes that are no UTF-8)",
                &plan->unnameable);
    print_names(plan, "measurements without a tenant's tag, which stay behind", &plan->unassigned);
    print_names(plan, "measurements left out by a filter", &plan->skipped);
    for (size_t i = 0; i < catalogue->policy_count; i++)
        if (!catalogue->policies[i].read)
            out_printf("retention policy %s of the source is not copied (--source-retention-policy "
                       "%s does)\n",
                       catalogue->policies[i].name, catalogue->policies[i].name);
    for (size_t i = 0; i < catalogue->continuous_queries.nr; i++)
        out_printf("continuous query of the source, to be made again on the targets by hand: %s\n",
                   catalogue->continuous_queries.v[i]);
    strbuf_release(&text);
}

static void print_text(const struct plan *plan)
{
    static const char *const titles[] = {"tenant",        "database", "retention policy",
                                         ">measurements", ">windows", NULL};
    static const char *const more_titles[] = {
        "tenant", "server", "database", "retention policy", ">measurements", ">windows", NULL};
    bool elsewhere = plan->settings->server_count > 0;
    struct out_table *table = out_table_new(elsewhere ? more_titles : titles);
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "Source: database %s at %s, points from ", plan->settings->database,
                plan->settings->url);
    clock_add_instant(&text, plan->range.start_ns);
    strbuf_addstr(&text, " to ");
    clock_add_instant(&text, plan->range.end_ns - 1);
    out_printf("%s\n", text.buf);
    print_warnings(plan);
    out_text("\n");
    for (size_t i = 0; i < plan->tenant_count; i++) {
        const struct plan_tenant *tenant = &plan->tenants[i];
        char *policy = policy_text(tenant);

        out_table_cell(table, "%s", tenant->id);
        if (elsewhere)
            out_table_cell(table, "%s", server_url(plan, tenant));
        out_table_cell(table, "%s", tenant->problem ? "-" : tenant->database);
        out_table_cell(table, "%s", tenant->problem ? "can't be made" : policy);
        out_table_cell(table, "%zu", tenant->measurement_count);
        out_table_cell(table, "%zu", tenant->piece_count);
        free(policy);
    }
    out_table_print(table);
    out_printf("\n%zu tenants, %zu windows to copy; at least as many statements.\n",
               plan->tenant_count, plan->piece_count);
    strbuf_release(&text);
}

static json_t *names_json(const struct plan *plan, const struct plan_left *left)
{
    json_t *list = json_array();

    for (size_t i = 0; i < left->count; i++)
        json_array_append_new(
            list, json_text(plan->catalogue->measurements.items[left->measurements[i]]));
    return list;
}

static json_t *tenant_json(const struct plan *plan, const struct plan_tenant *tenant)
{
    json_t *object = json_object();
    struct strbuf text = STRBUF_INIT;

    json_set_text(object, "tenant", tenant->id);
    json_set_text(object, "server", server_url(plan, tenant));
    json_set_text(object, "server_kind", server_kind(plan, tenant));
    json_set_text(object, "database", tenant->database);
    json_set_text(object, "problem", tenant->problem);
    json_set_text(object, "retention_policy", tenant->retention.policy);
    json_set_int(object, "retention_seconds", tenant->retention.duration_ns / CLOCK_SECOND_NS);
    json_set_bool(object, "create", tenant->retention.create);
    json_set_text(object, "note", tenant->retention.note);
    if (tenant->oldest_ns != INT64_MIN) {
        clock_add_instant(&text, tenant->oldest_ns);
        json_set_text(object, "oldest", text.buf);
    } else {
        json_set_text(object, "oldest", NULL);
    }
    json_set_int(object, "measurements", (int64_t)tenant->measurement_count);
    json_set_int(object, "windows", (int64_t)tenant->piece_count);
    strbuf_release(&text);
    return object;
}

static void print_json(const struct plan *plan)
{
    const struct catalogue *catalogue = plan->catalogue;
    json_t *document = json_object(), *tenants = json_array(), *policies = json_array(),
           *queries = json_array();
    char *not_kept = plan_not_kept(plan);
    struct strbuf text = STRBUF_INIT;

    json_set_text(document, "source", plan->settings->url);
    json_set_text(document, "database", plan->settings->database);
    clock_add_instant(&text, plan->cutoff_ns);
    json_set_text(document, "cutoff", text.buf);
    strbuf_reset(&text);
    clock_add_instant(&text, plan->range.start_ns);
    json_set_text(document, "start", text.buf);
    strbuf_reset(&text);
    clock_add_instant(&text, plan->range.end_ns);
    json_set_text(document, "end", text.buf);
    for (size_t i = 0; i < plan->tenant_count; i++)
        json_array_append_new(tenants, tenant_json(plan, &plan->tenants[i]));
    json_set(document, "tenants", tenants);
    json_set_int(document, "tenants_total", (int64_t)plan->tenant_count);
    json_set_int(document, "windows_total", (int64_t)plan->piece_count);
    json_set(document, "measurements_unassigned", names_json(plan, &plan->unassigned));
    json_set(document, "measurements_skipped", names_json(plan, &plan->skipped));
    json_set(document, "measurements_unnameable", names_json(plan, &plan->unnameable));
    for (size_t i = 0; i < catalogue->policy_count; i++)
        if (!catalogue->policies[i].read)
            json_array_append_new(policies, json_text(catalogue->policies[i].name));
    json_set(document, "source_policies_not_copied", policies);
    for (size_t i = 0; i < catalogue->continuous_queries.nr; i++)
        json_array_append_new(queries, json_text(catalogue->continuous_queries.v[i]));
    json_set(document, "continuous_queries", queries);
    json_set_text(document, "not_kept", not_kept);
    free(not_kept);
    out_json_document(document);
    strbuf_release(&text);
}

void tenants_print_plan(const struct plan *plan, bool json)
{
    if (json)
        print_json(plan);
    else
        print_text(plan);
}
