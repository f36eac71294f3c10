#include "tenants/plan/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"

void coverage_release(struct coverage *coverage)
{
    for (size_t i = 0; i < coverage->tenants.count; i++) {
        struct coverage_tenant *tenant = &coverage->by_tenant[i];

        for (size_t k = 0; k < tenant->count; k++) {
            free(tenant->rows[k].source_policy);
            free(tenant->rows[k].target);
            range_list_release(&tenant->rows[k].ranges);
        }
        for (size_t k = 0; k < tenant->landing_count; k++) {
            free(tenant->landings[k].source_policy);
            free(tenant->landings[k].target);
            free(tenant->landings[k].policy);
        }
        free(tenant->landings);
        free(tenant->rows);
    }
    for (size_t i = 0; i < coverage->set_count; i++) {
        names_release(&coverage->sets[i].measurements);
        free(coverage->sets[i].tags);
    }
    free(coverage->by_tenant);
    free(coverage->sets);
    names_release(&coverage->tenants);
    *coverage = (struct coverage){0};
}

const struct coverage_tenant *coverage_find(const struct coverage *coverage, const char *tenant)
{
    uint32_t number = names_find(&coverage->tenants, tenant);

    return number == NAMES_NONE ? NULL : &coverage->by_tenant[number];
}

static struct coverage_tenant *add_tenant(struct coverage *coverage, const char *tenant)
{
    uint32_t number = names_add(&coverage->tenants, tenant);

    if (number >= coverage->by_tenant_alloc) {
        size_t before = coverage->by_tenant_alloc;

        coverage->by_tenant = mem_grow(coverage->by_tenant, before, &coverage->by_tenant_alloc,
                                       sizeof(*coverage->by_tenant));
        memset(coverage->by_tenant + before, 0,
               (coverage->by_tenant_alloc - before) * sizeof(*coverage->by_tenant));
    }
    return &coverage->by_tenant[number];
}

struct coverage_row *coverage_row(struct coverage *coverage, const char *tenant, uint32_t set,
                                  const char *policy, const char *database)
{
    struct coverage_tenant *rows = add_tenant(coverage, tenant);

    for (size_t i = 0; i < rows->count; i++)
        if (rows->rows[i].set == set && strcmp(rows->rows[i].source_policy, policy) == 0 &&
            strcmp(rows->rows[i].target, database) == 0)
            return &rows->rows[i];
    GROW(rows->rows, rows->count, rows->alloc);
    rows->rows[rows->count] =
        (struct coverage_row){set, xstrdup(policy), xstrdup(database), RANGE_LIST_INIT};
    return &rows->rows[rows->count++];
}

void coverage_take_out(struct coverage *coverage, const char *tenant, const char *policy,
                       const char *database, struct range range)
{
    const struct coverage_tenant *rows = coverage_find(coverage, tenant);

    for (size_t i = 0; rows && i < rows->count; i++)
        if (strcmp(rows->rows[i].source_policy, policy) == 0 &&
            strcmp(rows->rows[i].target, database) == 0)
            range_list_subtract(&rows->rows[i].ranges, range);
}

void coverage_add_landing(struct coverage *coverage, const char *tenant, const char *source_policy,
                          const char *target, const char *policy)
{
    struct coverage_tenant *of = add_tenant(coverage, tenant);

    GROW(of->landings, of->landing_count, of->landing_alloc);
    of->landings[of->landing_count++] =
        (struct coverage_landing){xstrdup(source_policy), xstrdup(target), xstrdup(policy)};
}

const char *coverage_find_landing(const struct coverage_tenant *rows, const char *source_policy,
                                  const char *target)
{
    for (size_t i = 0; rows && i < rows->landing_count; i++)
        if (strcmp(rows->landings[i].source_policy, source_policy) == 0 &&
            strcmp(rows->landings[i].target, target) == 0)
            return rows->landings[i].policy;
    return NULL;
}

char *coverage_tags_text(const struct strvec *tags)
{
    struct strbuf text = STRBUF_INIT;

    for (size_t i = 0; i < tags->nr; i++)
        strbuf_addf(&text, "%zu:%s;", strlen(tags->v[i]), tags->v[i]);
    return strbuf_detach(&text);
}
