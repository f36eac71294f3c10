#include "tenants/servers/target.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/strbuf.h"

/* A statement that fails keeps the rest of its request from being run, and all are then run one by
 * one: a smaller request makes that cheaper. */
enum { STATEMENTS_A_REQUEST = 100 };

/* A statement, and the tenant that it is about. */
struct step {
    char *statement;
    struct plan_tenant *tenant;
};

struct steps {
    struct step *items;
    size_t count, alloc;
};

static void add_step(struct steps *steps, struct plan_tenant *tenant, struct strbuf *statement)
{
    GROW(steps->items, steps->count, steps->alloc);
    steps->items[steps->count++] = (struct step){strbuf_detach(statement), tenant};
}

static void steps_release(struct steps *steps)
{
    for (size_t i = 0; i < steps->count; i++)
        free(steps->items[i].statement);
    free(steps->items);
}

static int add_creation(struct steps *steps, const struct plan *plan, struct plan_tenant *tenant,
                        struct err *err)
{
    const struct retention_choice *choice = &tenant->retention;
    struct influx_policy_spec policy = {choice->policy, choice->duration_ns,
                                        choice->shard_group_duration_ns};
    struct influx_target target;
    struct strbuf statement = STRBUF_INIT;

    if (influx_target_init(&target, tenant->database, choice->policy, plan->settings->database,
                           err) < 0)
        return -1;
    influx_statement_create_database(&statement, &target, &policy);
    add_step(steps, tenant, &statement);
    return 0;
}

/* The policies that have no part in the making of the database. */
static int add_policies(struct steps *steps, const struct plan *plan, struct plan_tenant *tenant,
                        struct err *err)
{
    for (size_t i = 0; i < tenant->place_count; i++) {
        const struct plan_place *place = &plan->places[tenant->first_place + i];
        const struct influx_policy_spec policy = {place->own.policy, place->own.duration_ns,
                                                  place->own.shard_group_duration_ns};
        struct strbuf statement = STRBUF_INIT;
        struct influx_target target;

        if (!place->own.create || !place->piece_count)
            continue;
        if (influx_target_init(&target, tenant->database, policy.name, plan->settings->database,
                               err) < 0)
            return -1;
        influx_statement_create_policy(&statement, &target, &policy);
        add_step(steps, tenant, &statement);
    }
    return 0;
}

static bool has_rights(const struct catalogue *catalogue, const char *user, const char *database)
{
    for (size_t i = 0; i < catalogue->grant_count; i++)
        if (strcmp(catalogue->grants[i].user, user) == 0 &&
            strcmp(catalogue->grants[i].database, database) == 0 &&
            catalogue->grants[i].privilege != INFLUX_PRIVILEGE_NONE)
            return true;
    return false;
}

static int add_grants(struct steps *steps, const struct plan *plan, struct plan_tenant *tenant,
                      struct err *err)
{
    const struct catalogue *catalogue = plan->catalogue;

    for (size_t i = 0; i < catalogue->grant_count; i++) {
        const struct catalogue_grant *grant = &catalogue->grants[i];
        struct strbuf statement = STRBUF_INIT;
        struct influx_target target;

        if (strcmp(grant->database, plan->settings->database) != 0 ||
            grant->privilege == INFLUX_PRIVILEGE_NONE ||
            has_rights(catalogue, grant->user, tenant->database))
            continue;
        if (influx_target_init(&target, tenant->database, NULL, plan->settings->database, err) < 0)
            return -1;
        influx_statement_grant(&statement, grant->privilege, &target, grant->user);
        add_step(steps, tenant, &statement);
    }
    return 0;
}

/* Runs the statements from `first` to before `end` as one request. Returns -2 where the server
 * refuses one of them. */
static int run_steps(const struct steps *steps, size_t first, size_t end,
                     struct influx_client *client, struct err *err)
{
    struct influx_query query = INFLUX_QUERY_INIT;
    struct strbuf text = STRBUF_INIT;
    int rc;

    for (size_t i = first; i < end; i++)
        strbuf_addf(&text, "%s%s", i > first ? "; " : "", steps->items[i].statement);
    query.statement = text.buf;
    rc = influx_query_run(client, &query, err);
    /* A full disk concerns all tenants, not this one alone. */
    if (rc < 0 && err->code == ERR_FAILED && query.failure != INFLUX_FULL)
        rc = -2;
    influx_query_release(&query);
    strbuf_release(&text);
    return rc;
}

/* Runs the statements one by one, to find the tenant whose statement is refused. */
static int run_singly(const struct steps *steps, size_t first, size_t end,
                      struct influx_client *client, struct err *err)
{
    for (size_t i = first; i < end; i++) {
        struct step *step = &steps->items[i];
        int rc = step->tenant->problem ? 0 : run_steps(steps, i, i + 1, client, err);

        if (rc == -1)
            return -1;
        if (rc == -2) {
            step->tenant->problem = xstrdup(err->message);
            err_release(err);
        }
    }
    return 0;
}

static int run_all(const struct steps *steps, struct influx_client *client, struct err *err)
{
    for (size_t first = 0, end; first < steps->count; first = end) {
        int rc;

        end = first + STATEMENTS_A_REQUEST < steps->count ? first + STATEMENTS_A_REQUEST
                                                          : steps->count;
        rc = run_steps(steps, first, end, client, err);
        if (rc == -2) {
            err_release(err);
            rc = run_singly(steps, first, end, client, err);
        }
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* Adds the statements for the targets on one server. Only the source's server knows its users. */
static int add_steps(struct steps *steps, struct plan *plan, size_t server, struct err *err)
{
    for (size_t i = 0; i < plan->tenant_count; i++) {
        struct plan_tenant *tenant = &plan->tenants[i];

        if (tenant->server != server || tenant->problem || !tenant->piece_count ||
            tenant->held_back || tenant->is_prepared)
            continue;
        tenant->is_prepared = true;
        if ((tenant->retention.create && add_creation(steps, plan, tenant, err) < 0) ||
            add_policies(steps, plan, tenant, err) < 0 ||
            (server == 0 && add_grants(steps, plan, tenant, err) < 0))
            return -1;
    }
    return 0;
}

/* The server went away after it was asked for its databases: no tenant on it can be copied. */
static void leave_out(struct plan *plan, const struct servers *servers, size_t number)
{
    for (size_t i = 0; i < plan->tenant_count; i++) {
        struct plan_tenant *tenant = &plan->tenants[i];

        if (tenant->server != number || tenant->problem)
            continue;
        tenant->problem = xstrdup(servers->items[number].away);
        tenant->away = true;
    }
}

int targets_prepare(struct plan *plan, struct servers *servers, struct err *err)
{
    for (size_t i = 0; i < servers->count; i++) {
        struct steps steps = {0};
        int rc = add_steps(&steps, plan, i, err);

        if (rc == 0)
            rc = run_all(&steps, &servers->items[i].client, err);
        steps_release(&steps);
        if (rc < 0 && !servers_pass_over(servers, plan->kind, i, err))
            return -1;
        if (rc < 0)
            leave_out(plan, servers, i);
    }
    return 0;
}
