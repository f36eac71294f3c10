/* The plan, as JSON. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cmd/tenants/price/price_print.h"
#include "plan_print.h"
#include "tenants/plan/target_map.h"
#include "term/number.h"
#include "term/out.h"

const char *tenants_server_url(const struct plan *plan, const struct plan_tenant *tenant)
{
    const struct settings_server *server = settings_server(plan->settings, tenant->server);

    return server ? server->url : plan->settings->url;
}

static json_t *names_json(const struct plan *plan, const struct plan_measurements *which)
{
    json_t *list = json_array();

    for (size_t i = 0; i < which->count; i++)
        json_array_append_new(
            list, json_text(plan->catalogue->measurements.items[which->measurements[i]]));
    return list;
}

json_t *tenants_unreadable_json(const struct plan *plan)
{
    json_t *list = json_array();

    if (plan->catalogue->closed_shards.unknown) {
        json_decref(list);
        return json_null();
    }
    for (size_t i = 0; i < plan->unreadable_count; i++) {
        const struct plan_unreadable *item = &plan->unreadable[i];
        json_t *object = json_object();

        json_set_int(object, "shard", item->shard);
        json_set_text(object, "policy", plan->catalogue->policies[item->source_policy].name);
        json_set_instant(object, "start", item->range.start_ns);
        json_set_instant(object, "end", item->range.end_ns);
        json_array_append_new(list, object);
    }
    return list;
}

/* Without counts the member is null. */
static void set_count(json_t *object, const char *key, const struct tenants_counts *counts,
                      int64_t count)
{
    if (counts)
        json_set_int(object, key, count);
    else
        json_set(object, key, json_null());
}

static void set_oldest(json_t *object, int64_t oldest_ns)
{
    struct strbuf text = STRBUF_INIT;

    if (oldest_ns != INT64_MIN)
        clock_add_instant(&text, oldest_ns);
    json_set_text(object, "oldest", oldest_ns != INT64_MIN ? text.buf : NULL);
    strbuf_release(&text);
}

/* The target's policy for each policy of the source. */
static json_t *places_json(const struct plan *plan, const struct plan_tenant *tenant)
{
    json_t *list = json_array();

    for (size_t i = 0; i < tenant->place_count && !tenant->problem; i++) {
        const struct plan_place *place = &plan->places[tenant->first_place + i];
        json_t *object = json_object();

        json_set_text(object, "source_policy",
                      plan->catalogue->policies[place->source_policy].name);
        json_set_text(object, "retention_policy", place->retention->policy);
        json_set_int(object, "retention_seconds", place->retention->duration_ns / CLOCK_SECOND_NS);
        json_set_int(object, "shard_seconds", place->retention->shard_length_ns / CLOCK_SECOND_NS);
        json_set_int(object, "shards_new", place->new_shards);
        json_set_bool(object, "create", place->retention->create);
        json_set_text(object, "note", place->retention->note);
        set_oldest(object, place->oldest_ns);
        json_set_bool(object, "again", place->is_moved);
        json_set_int(object, "windows", (int64_t)place->piece_count);
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *tenant_json(const struct plan *plan, size_t number,
                           const struct tenants_counts *counts)
{
    const struct plan_tenant *tenant = &plan->tenants[number];
    json_t *object = json_object();

    json_set_text(object, "tenant", tenant->id);
    json_set_text(object, "server", tenants_server_url(plan, tenant));
    json_set_text(object, "server_kind", target_map_kind_text(tenant->kind));
    json_set_text(object, "database", tenant->database);
    json_set_text(object, "problem", tenant->problem);
    json_set_text(object, "retention_policy", tenant->retention.policy);
    json_set_int(object, "retention_seconds", tenant->retention.duration_ns / CLOCK_SECOND_NS);
    json_set_bool(object, "create", tenant->retention.create);
    json_set_text(object, "note", tenant->retention.note);
    set_oldest(object, tenant->oldest_ns);
    json_set(object, "policies", places_json(plan, tenant));
    json_set_int(object, "measurements", (int64_t)tenant->measurement_count);
    json_set_int(object, "windows", (int64_t)tenant->piece_count);
    set_count(object, "points", counts, counts ? counts->points[number] : 0);
    set_count(object, "points_clipped", counts, counts ? counts->clipped[number] : 0);
    return object;
}

static json_t *write_windows_json(const struct catalogue *catalogue)
{
    json_t *windows = json_array();

    for (size_t i = 0; i < catalogue->policy_count; i++) {
        struct strbuf window = STRBUF_INIT;

        if (retention_add_window(&window, &catalogue->policies[i])) {
            json_t *item = json_object();

            json_set_text(item, "policy", catalogue->policies[i].name);
            json_set_text(item, "window", window.buf);
            json_array_append_new(windows, item);
        }
        strbuf_release(&window);
    }
    return windows;
}

static void set_counts(json_t *document, const struct tenants_counts *counts)
{
    static const struct tenants_counts none;
    const struct tenants_counts *known = counts ? counts : &none;

    set_count(document, "points_total", counts, known->points_total);
    set_count(document, "points_clipped", counts, known->clipped_total);
    set_count(document, "points_unassigned", counts, known->behind.unassigned);
    set_count(document, "points_skipped", counts, known->behind.skipped);
    set_count(document, "points_ahead", counts, known->ahead);
    set_count(document, "points_other_policies", counts, known->behind.other_policies);
    set_count(document, "seconds_estimated_low", counts,
              tenants_counts_time_ns(known, known->rate_high) / CLOCK_SECOND_NS);
    set_count(document, "seconds_estimated_high", counts,
              tenants_counts_time_ns(known, known->rate_low) / CLOCK_SECOND_NS);
    json_set_text(document, "estimate_based_on", known->based_on);
}

void tenants_print_plan_json(const struct plan *plan, const struct price *price,
                             const struct tenants_counts *counts, json_t *spread)
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
        json_array_append_new(tenants, tenant_json(plan, i, counts));
    json_set(document, "tenants", tenants);
    json_set_int(document, "tenants_total", (int64_t)plan->tenant_count);
    json_set_int(document, "windows_total", (int64_t)plan->piece_count);
    set_counts(document, counts);
    json_set(document, "unreadable", tenants_unreadable_json(plan));
    json_set(document, "measurements_unassigned", names_json(plan, &plan->unassigned));
    json_set(document, "measurements_skipped", names_json(plan, &plan->skipped));
    json_set(document, "measurements_unnameable", names_json(plan, &plan->unnameable));
    for (size_t i = 0; i < catalogue->policy_count; i++)
        if (!catalogue->policies[i].read)
            json_array_append_new(policies, json_text(catalogue->policies[i].name));
    json_set(document, "source_policies_not_copied", policies);
    json_set(document, "source_write_windows", write_windows_json(catalogue));
    for (size_t i = 0; i < catalogue->continuous_queries.nr; i++)
        json_array_append_new(queries, json_text(catalogue->continuous_queries.v[i]));
    json_set(document, "continuous_queries", queries);
    json_set_text(document, "not_kept", not_kept);
    json_set(document, "price", price_json(price, plan->settings));
    json_set(document, "spread", spread ? spread : json_null());
    free(not_kept);
    out_json_document(document);
    strbuf_release(&text);
}
