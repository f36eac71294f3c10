#include <stdlib.h>

#include "base/mem.h"
#include "parts.h"

struct proving {
    const struct report_facts *facts;
    struct report_slice *covered, *whole; /* by tenant */
    struct report_proof *proof;
};

/* Is all that is covered of a tenant whole? Notes the first instant that isn't. */
static bool prove_tenant(const struct proving *proving, uint32_t tenant)
{
    const struct report_slice *covered = &proving->covered[tenant];
    struct report_proof *proof = proving->proof;
    bool all = true;

    for (size_t i = 0; i < covered->count; i++) {
        struct report_pieces pieces = {0};

        report_subtract_rows(&pieces, proving->facts, &covered->items[i], proving->whole[tenant]);
        for (size_t p = 0; p < pieces.count; p++) {
            const struct range_list *open = &pieces.items[p].ranges;

            if (!open->count)
                continue;
            if (!proof->open_ns || open->items[0].start_ns < proof->open_ns)
                proof->open_ns = open->items[0].start_ns;
            all = false;
        }
        report_pieces_release(&pieces);
    }
    return all;
}

static void prove_by(struct report_proof *proof, const struct report_facts *facts,
                     const struct report_rows *whole)
{
    struct proving proving = {facts, report_slices(facts, &facts->covered),
                              report_slices(facts, whole), proof};

    for (uint32_t t = 0; t < facts->names.count; t++) {
        if (!proving.covered[t].count)
            continue;
        proof->tenants++;
        if (!proving.whole[t].count)
            proof->tenants_none++;
        if (!prove_tenant(&proving, t) && proving.whole[t].count)
            proof->tenants_part++;
    }
    proof->all = proof->tenants && !proof->tenants_none && !proof->tenants_part;
    free(proving.covered);
    free(proving.whole);
}

/* Counts the verifications that found the rows, and notes when they began and ended. */
static void add_verifications(struct report_proof *proof, const struct report_facts *facts,
                              const struct report_rows *whole)
{
    bool *seen = xcalloc(facts->verifications.count + 1, sizeof(*seen));

    for (size_t i = 0; i < whole->count; i++)
        seen[whole->items[i].verification] = true;
    for (size_t i = 0; i < facts->verifications.count; i++) {
        const struct verification_record *record = &facts->verifications.items[i];

        if (!seen[i])
            continue;
        proof->verifications++;
        if (!proof->first_ns || record->started_ns < proof->first_ns)
            proof->first_ns = record->started_ns;
        if (record->ended_ns > proof->last_ns)
            proof->last_ns = record->ended_ns;
    }
    free(seen);
}

/* Copies the rows of the newest verification that left nothing out. */
static void rows_of_newest(struct report_rows *rows, const struct report_facts *facts)
{
    uint32_t newest = 0;

    while (newest < facts->verifications.count &&
           (facts->verifications.items[newest].part ||
            !verification_is_complete(&facts->verifications.items[newest])))
        newest++;
    for (size_t i = 0; i < facts->counted.count; i++)
        if (facts->counted.items[i].verification == newest) {
            GROW(rows->items, rows->count, rows->alloc);
            rows->items[rows->count++] = facts->counted.items[i];
        }
}

static void prove_with(struct report_proof *proof, const struct report_facts *facts,
                       const struct report_rows *whole, bool points)
{
    *proof = (struct report_proof){.points = points};
    prove_by(proof, facts, whole);
    add_verifications(proof, facts, whole);
}

static int64_t whole_tenants(const struct report_proof *proof)
{
    return proof->verifications ? proof->tenants - proof->tenants_none - proof->tenants_part : -1;
}

/* The proof is by points where every point was compared; else by the newest counts, where these
 * count all; else by all that any verification found. */
void report_prove(struct report_proof *proof, const struct report_facts *facts)
{
    struct report_rows newest = {0};
    struct report_proof by_points;

    prove_with(proof, facts, &facts->compared, true);
    by_points = *proof;
    if (!proof->all && facts->counted.count > facts->compared.count) {
        rows_of_newest(&newest, facts);
        prove_with(proof, facts, &newest, false);
        if (!proof->all)
            prove_with(proof, facts, &facts->counted, false);
        /* Points say more than counts that cover no more tenants. */
        if (!proof->all && whole_tenants(proof) <= whole_tenants(&by_points))
            *proof = by_points;
        free(newest.items);
    }
}
