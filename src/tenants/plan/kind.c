#include "tenants/plan/kind.h"

static const struct {
    bool compares, only_reads, asks_servers_alone, is_followed, is_brief, looks_back,
        leaves_out_failed;
} kinds[] = {
    [DELTA_PLAN] = {.only_reads = true, .looks_back = true},
    [DELTA_COPY] = {.looks_back = true},
    [DELTA_FIRST] = {.looks_back = true, .is_followed = true},
    [DELTA_LATE] = {.looks_back = true, .is_followed = true, .is_brief = true},
    [DELTA_QUICK] = {.is_followed = true, .is_brief = true},
    [DELTA_QUICKEST] = {.is_followed = true, .is_brief = true, .leaves_out_failed = true},
    [DELTA_VERIFY] = {.compares = true, .only_reads = true},
    [DELTA_REPAIR] = {.compares = true},
    [DELTA_CHECK] = {.compares = true, .only_reads = true, .asks_servers_alone = true},
};

bool delta_compares(enum delta_kind kind)
{
    return kinds[kind].compares;
}

bool delta_only_reads(enum delta_kind kind)
{
    return kinds[kind].only_reads;
}

bool delta_asks_servers_alone(enum delta_kind kind)
{
    return kinds[kind].asks_servers_alone;
}

bool delta_is_followed(enum delta_kind kind)
{
    return kinds[kind].is_followed;
}

bool delta_is_brief(enum delta_kind kind)
{
    return kinds[kind].is_brief;
}

bool delta_looks_back(enum delta_kind kind)
{
    return kinds[kind].looks_back;
}

bool delta_leaves_out_failed(enum delta_kind kind)
{
    return kinds[kind].leaves_out_failed;
}
