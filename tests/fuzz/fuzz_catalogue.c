/*
 * What a server says is there, and the plan that is made of it. Whatever the replies are: shard
 * groups are in order and disjoint, no list names what isn't there, and measurements share a
 * statement only where they may; each instant of a measurement of a tenant is planned once, within
 * one shard group and what the target keeps; and when all that is done, nothing is left to do.
 * tests/fuzz/run builds and runs it.
 */
#include "influx/catalogue.h"

#include "server.h"
#include "tenants/plan/plan.h"

/* As the program's, but for names that the input can reach. */
static bool is_wanted(const void *context, const char *measurement, const char *tag)
{
    return strvec_has(settings_tags_of(context, measurement), tag);
}

static bool is_target(const void *context, const char *database)
{
    return settings_is_target(context, database);
}

static void check_text(const char *text)
{
    must(text && strlen(text) < SIZE_MAX);
}

static void check_policy(const struct catalogue *catalogue, const struct catalogue_policy *policy)
{
    check_text(policy->name);
    must(policy->duration_ns >= 0 && policy->shard_group_duration_ns >= 0);
    for (size_t i = 0; i < policy->shard_count; i++) {
        must(policy->shards[i].start_ns < policy->shards[i].end_ns);
        must(!i || policy->shards[i - 1].end_ns <= policy->shards[i].start_ns);
    }
    must(policy->signature_count <= catalogue->measurements.count);
    for (uint32_t m = 0; m < policy->signature_count; m++) {
        uint32_t signature = catalogue_signature(policy, m);
        const struct catalogue_signature *facts;

        if (signature == NAMES_NONE)
            continue;
        must(signature < catalogue->signatures.count);
        facts = &catalogue->signature_facts[signature];
        must(facts->fields == facts->strings.nr + facts->numbers.nr && facts->fields);
        for (uint32_t other = 0; facts->alone && other < m; other++)
            must(catalogue_signature(policy, other) != signature);
    }
}

static void check_catalogue(const struct catalogue *catalogue, const struct catalogue_request *request)
{
    bool selected = false;

    must(catalogue_find_database(catalogue, request->database));
    for (size_t i = 0; i < catalogue->database_count; i++) {
        const struct catalogue_database *database = &catalogue->databases[i];

        must(!i || strcmp(catalogue->databases[i - 1].name, database->name) <= 0);
        must(same_text(catalogue_find_database(catalogue, database->name)->name, database->name));
        must(database->duration_ns >= 0 && database->shard_group_duration_ns >= 0);
        must(!database->default_policy || is_target(request->context, database->name));
    }
    for (size_t i = 0; i < catalogue->policy_count; i++) {
        check_policy(catalogue, &catalogue->policies[i]);
        selected |= catalogue->policies[i].read;
    }
    must(selected);
    for (size_t i = 0; i < catalogue->pair_count; i++) {
        const struct catalogue_pair *pair = &catalogue->pairs[i];
        const struct catalogue_pair *before = &catalogue->pairs[i ? i - 1 : 0];

        must(pair->tenant < catalogue->tenants.count);
        must(pair->measurement < catalogue->measurements.count);
        must(*catalogue->tenants.items[pair->tenant]);
        must(!i || before->tenant < pair->tenant ||
             (before->tenant == pair->tenant && before->measurement < pair->measurement));
    }
    for (size_t i = 0; i < catalogue->grant_count; i++) {
        check_text(catalogue->grants[i].user);
        check_text(catalogue->grants[i].database);
    }
    for (size_t i = 0; i < catalogue->continuous_queries.nr; i++)
        must(strstr(catalogue->continuous_queries.v[i], ": "));
}

/* The shard group of a policy that has all of a range. */
static bool is_in_one_shard(const struct catalogue_policy *policy, struct range range)
{
    for (size_t i = 0; i < policy->shard_count; i++)
        if (policy->shards[i].start_ns <= range.start_ns && range.end_ns <= policy->shards[i].end_ns)
            return true;
    return false;
}

/* Whose time a piece is: of a tenant, a policy and a measurement. */
static void key_of(struct strbuf *key, const struct plan_unit *unit, uint32_t measurement)
{
    strbuf_reset(key);
    strbuf_addf(key, "%u %zu %u", unit->tenant, unit->source_policy, measurement);
}

/* Marks a piece as done, as a run that copies it does. */
static void cover(struct coverage *coverage, const struct plan *plan, const struct plan_piece *piece)
{
    const struct plan_tenant *tenant = &plan->tenants[piece->unit->tenant];
    const struct plan_set *set = &plan->sets[piece->unit->set];

    while (coverage->set_count < plan->set_count) {
        const struct plan_set *next = &plan->sets[coverage->set_count];
        struct coverage_set copy = {.measurements = NAMES_INIT,
                                    .tags = coverage_tags_text(next->tags)};

        for (size_t i = 0; i < next->count; i++)
            names_add(&copy.measurements, plan->catalogue->measurements.items[next->measurements[i]]);
        GROW(coverage->sets, coverage->set_count, coverage->set_alloc);
        coverage->sets[coverage->set_count++] = copy;
    }
    must(set->count && (!set->alone || set->count == 1));
    range_list_add(&coverage_row(coverage, tenant->id, piece->unit->set,
                                 plan->catalogue->policies[piece->unit->source_policy].name, tenant->target)
                        ->ranges,
                   piece->range);
}

/* Each piece once; `coverage` becomes all of them. */
static void check_pieces(const struct plan *plan, struct coverage *coverage)
{
    struct plan_cursor cursor = {.plan = plan};
    struct names keys = NAMES_INIT;
    struct range_list *done = NULL;
    struct strbuf key = STRBUF_INIT;
    struct plan_piece piece;
    size_t alloc = 0, pieces = 0;

    for (; plan_cursor_next(&cursor, &piece); pieces++) {
        const struct plan_set *set = &plan->sets[piece.unit->set];

        must(!range_is_empty(piece.range));
        must(plan->range.start_ns <= piece.range.start_ns && piece.range.end_ns <= plan->range.end_ns);
        must(plan->tenants[piece.unit->tenant].oldest_ns <= piece.range.start_ns);
        must(is_in_one_shard(&plan->catalogue->policies[piece.unit->source_policy], piece.range));
        for (size_t i = 0; i < set->count; i++) {
            size_t before = keys.count, had;
            uint32_t number;

            key_of(&key, piece.unit, set->measurements[i]);
            number = names_add(&keys, key.buf);
            GROW(done, number, alloc);
            if (number == before)
                done[number] = (struct range_list)RANGE_LIST_INIT;
            had = (size_t)range_list_length_ns(&done[number]);
            range_list_add(&done[number], piece.range);
            must((size_t)range_list_length_ns(&done[number]) ==
                 had + (size_t)(piece.range.end_ns - piece.range.start_ns));
        }
        cover(coverage, plan, &piece);
    }
    must(pieces == plan->piece_count);
    for (size_t i = 0; i < keys.count; i++)
        range_list_release(&done[i]);
    free(done);
    names_release(&keys);
    strbuf_release(&key);
}

static int compare_databases(const void *a, const void *b)
{
    const struct catalogue_database *left = a, *right = b;

    return strcmp(left->name, right->name);
}

/* No two policies of the source go to one of the target. */
static void make_policies(struct catalogue_database *database, const struct plan *plan,
                          const struct plan_tenant *tenant)
{
    GROW(database->policies, database->policy_count, database->policy_alloc);
    database->policies[database->policy_count++] = (struct catalogue_target_policy){
        .name = xstrdup(tenant->retention.policy), .duration_ns = tenant->retention.duration_ns};
    for (size_t i = 0; i < tenant->place_count; i++) {
        const struct retention_choice *choice = plan->places[tenant->first_place + i].retention;

        if (choice == &tenant->retention)
            continue;
        must(!catalogue_find_policy(database, choice->policy));
        GROW(database->policies, database->policy_count, database->policy_alloc);
        database->policies[database->policy_count++] =
            (struct catalogue_target_policy){.name = xstrdup(choice->policy),
                                             .duration_ns = choice->duration_ns};
    }
}

static void add_landings(struct coverage *coverage, const struct plan *plan)
{
    for (size_t i = 0; i < plan->place_count; i++) {
        const struct plan_tenant *tenant = &plan->tenants[plan->places[i].tenant];

        coverage_add_landing(coverage, tenant->id,
                             plan->catalogue->policies[plan->places[i].source_policy].name,
                             tenant->target, plan->places[i].retention->policy);
    }
}

/* The databases that a run of the plan makes, with the policies that it chose. */
static void make_databases(struct catalogue *catalogue, const struct plan *plan)
{
    for (size_t i = 0; i < plan->tenant_count; i++) {
        const struct plan_tenant *tenant = &plan->tenants[i];

        if (!tenant->retention.create)
            continue;
        GROW(catalogue->databases, catalogue->database_count, catalogue->database_alloc);
        catalogue->databases[catalogue->database_count++] =
            (struct catalogue_database){.name = xstrdup(tenant->database),
                                        .default_policy = xstrdup(tenant->retention.policy),
                                        .duration_ns = tenant->retention.duration_ns,
                                        .shard_group_duration_ns =
                                            tenant->retention.shard_group_duration_ns};
        make_policies(&catalogue->databases[catalogue->database_count - 1], plan, tenant);
    }
    qsort(catalogue->databases, catalogue->database_count, sizeof(*catalogue->databases),
          compare_databases);
}

static void check_plan(struct catalogue *catalogue, struct settings *settings)
{
    struct plan plan = {0}, again = {0};
    struct coverage coverage = {0};
    struct err err = ERR_INIT;

    must(plan_build(&plan, DELTA_COPY, settings, catalogue, NULL, NULL, &err) == 0);
    check_pieces(&plan, &coverage);
    add_landings(&coverage, &plan);
    make_databases(catalogue, &plan);
    must(plan_build(&again, DELTA_VERIFY, settings, catalogue, NULL, &coverage, &err) == 0);
    must(again.piece_count >= plan.piece_count);
    plan_release(&again);
    must(plan_build(&again, DELTA_COPY, settings, catalogue, NULL, &coverage, &err) == 0);
    must(!again.piece_count);
    plan_release(&again);
    plan_release(&plan);
    coverage_release(&coverage);
    err_release(&err);
}

static void settings_init(struct settings *settings, struct choices *choices)
{
    static const char *const units[] = {"h", "d", "w"}, *const policies[] = {NULL, "all", "raw"};

    *settings = (struct settings)SETTINGS_INIT;
    settings->database = xstrdup("mon");
    settings->unit = units[choose(choices, 3)];
    settings->source_policy = policies[choose(choices, 3)];
    settings->end_offset = 520 * CLOCK_WEEK_NS / settings_unit_ns(settings->unit);
    /* Weeks only: hours of ten years are many. */
    settings->unit_given = settings->unit[0] == 'w' && choose(choices, 2);
    if (choose(choices, 2))
        settings->default_retention_hours = 24 * 90;
    strvec_push(&settings->metric_tags, "_tenant_id");
    strvec_push(&settings->history_tags, "_tenant_id");
    strvec_push(&settings->history_tags, "tenant_id");
    strvec_push(&settings->tags, "_tenant_id");
    strvec_push(&settings->tags, "tenant_id");
}

/* The first line is choices, the rest replies. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
    struct choices choices = {data, newline ? (size_t)(newline - data) : 0};
    struct influx_client client = server_client();
    struct catalogue catalogue = {0};
    struct settings settings;
    struct catalogue_request request = {.database = "mon", .wanted = is_wanted, .is_target = is_target};
    struct err err = ERR_INIT;

    if (!newline)
        return 0;
    settings_init(&settings, &choices);
    request.policy = settings.source_policy;
    request.tags = &settings.tags;
    request.context = &settings;
    request.grants = choose(&choices, 2) == 0;
    server_begin(newline + 1, size - (size_t)(newline + 1 - data), 1 + size % 200);
    if (catalogue_read(&catalogue, &client, &request, &err) == 0) {
        must(err.code == ERR_NONE && catalogue.now_ns);
        check_catalogue(&catalogue, &request);
        check_plan(&catalogue, &settings);
    } else {
        must(err.code != ERR_NONE && err.code != ERR_BUG && err.message);
    }
    catalogue_release(&catalogue);
    settings_release(&settings);
    err_release(&err);
    return 0;
}
