#include "tenants/plan/scope.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/shell.h"
#include "base/strvec.h"

enum origin { BY_OPTION, BY_ANOTHER_RUN, FOUND };

static const struct {
    const char *code;
    enum origin origin;
    const char *of;         /* what is counted, of all that there are: " of 4"; NULL: alone */
    const char *one, *many; /* behind the figure */
    const char *uncounted;  /* the whole sentence without a figure */
} reasons[SCOPE_REASONS] = {
    [SCOPE_FILTERED_TENANTS] = {"filtered_tenants", BY_OPTION, "tenants",
                                "tenant is left out by --tenant",
                                "tenants are left out by --tenant",
                                "tenants are left out by --tenant"},
    [SCOPE_FILTERED_MEASUREMENTS] = {"filtered_measurements", BY_OPTION, NULL,
                                     "measurement is left out by a filter",
                                     "measurements are left out by a filter",
                                     "measurements are left out by a filter"},
    [SCOPE_TIME] = {"time", BY_OPTION, NULL,
                    "shard group of the source reaches beyond the time that was looked at",
                    "shard groups of the source reach beyond the time that was looked at",
                    "the time is limited by an offset"},
    [SCOPE_PART] = {"shard", BY_ANOTHER_RUN, "tenants", "tenant is of another shard",
                    "tenants are of other shards", "tenants are of other shards"},
    [SCOPE_POLICIES] = {"policies", BY_ANOTHER_RUN, NULL,
                        "retention policy of the source is left out",
                        "retention policies of the source are left out",
                        "retention policies of the source are left out"},
    [SCOPE_FAILED] = {"failed", FOUND, NULL, "window failed", "windows failed",
                      "the last run ended in part, without a failed window"},
    [SCOPE_AWAY] = {"away", FOUND, "tenants", "tenant is on a server that is away",
                    "tenants are on servers that are away", "tenants are on servers that are away"},
    [SCOPE_CUT_SHORT] = {"cut_short", FOUND, NULL, "run did not come to its end",
                         "runs did not come to their end", "the run did not come to its end"},
    [SCOPE_UNREADABLE] = {"unreadable", FOUND, NULL, "shard of the source is not open",
                          "shards of the source are not open", "shards of the source are not open"},
    [SCOPE_AHEAD] = {"ahead", FOUND, NULL, "point is ahead of the clock",
                     "points are ahead of the clock", "points ahead of the clock were not counted"},
    [SCOPE_UNASSIGNED] = {"unassigned", FOUND, NULL, "point belongs to no tenant",
                          "points belong to no tenant", "points belong to no tenant"},
    [SCOPE_CLIPPED] = {"clipped", FOUND, NULL, "point is older than its target keeps",
                       "points are older than their target keeps",
                       "points are older than their target keeps"},
    [SCOPE_REFUSED] = {"refused", FOUND, NULL, "point was refused by its target",
                       "points were refused by their targets",
                       "points were refused by their targets"},
    [SCOPE_UNNAMEABLE] = {"unnameable", FOUND, NULL,
                          "measurement has a name that no statement can hold",
                          "measurements have names that no statement can hold",
                          "measurements have names that no statement can hold"},
    [SCOPE_HOMELESS] = {"homeless", FOUND, "tenants", "tenant can't be copied",
                        "tenants can't be copied", "tenants can't be copied"},
    [SCOPE_STRINGS] = {"strings", FOUND, NULL, "text can't be kept by VictoriaMetrics",
                       "texts can't be kept by VictoriaMetrics",
                       "texts can't be kept by VictoriaMetrics"},
    [SCOPE_UNVERIFIED] = {"unverified", FOUND, NULL, "run counted nothing on the targets",
                          "runs counted nothing on the targets",
                          "nothing was counted on the targets"},
    [SCOPE_UNCOUNTED] = {"uncounted", FOUND, NULL, "run did not count the points that stay behind",
                         "runs did not count the points that stay behind",
                         "points that stay behind were not counted"},
    [SCOPE_DIFFERING] = {"differing", FOUND, NULL, "window differs", "windows differ",
                         "windows differ"},
    [SCOPE_NO_DATABASE] = {"no_database", FOUND, "tenants", "tenant has lost its database",
                           "tenants have lost their databases",
                           "tenants have lost their databases"},
    [SCOPE_NEVER_COPIED] = {"never_copied", FOUND, "tenants", "tenant was never copied",
                            "tenants were never copied", "tenants were never copied"},
    [SCOPE_NEVER_COPIED_MEASUREMENTS] = {"never_copied_measurements", FOUND, NULL,
                                         "measurement was never copied",
                                         "measurements were never copied",
                                         "measurements were never copied"},
};

const char *scope_code(enum scope_reason reason)
{
    return reasons[reason].code;
}

void scope_add_words(struct strbuf *sb, const struct scope *scope, enum scope_reason reason)
{
    int64_t figure = scope->figures[reason];

    if (figure < 0) {
        strbuf_addstr(sb, reasons[reason].uncounted);
        return;
    }
    if (reasons[reason].of && scope->tenants_total)
        strbuf_addf(sb, "%" PRId64 " of %" PRId64 " %s", figure, scope->tenants_total,
                    reasons[reason].many);
    else
        strbuf_addf(sb, "%" PRId64 " %s", figure,
                    figure == 1 ? reasons[reason].one : reasons[reason].many);
}

/* Does any reason hold whose origin is at most this one? */
static bool any_up_to(const struct scope *scope, enum origin origin)
{
    for (size_t i = 0; i < SCOPE_REASONS; i++)
        if (scope->figures[i] && reasons[i].origin <= origin)
            return true;
    return false;
}

bool scope_is_complete(const struct scope *scope)
{
    return !any_up_to(scope, FOUND);
}

bool scope_is_rehearsal(const struct scope *scope)
{
    return any_up_to(scope, BY_OPTION);
}

bool scope_is_whole(const struct scope *scope)
{
    return !any_up_to(scope, BY_ANOTHER_RUN);
}

void scope_merge(struct scope *scope, const struct scope *other)
{
    if (other->tenants_total > scope->tenants_total)
        scope->tenants_total = other->tenants_total;
    for (size_t i = 0; i < SCOPE_REASONS; i++) {
        int64_t *sum = &scope->figures[i], more = other->figures[i];

        /* Parts (--shard) share no tenant; all else is the same for each part. */
        if (*sum < 0 || more < 0)
            *sum = -1;
        else if (i == SCOPE_FILTERED_TENANTS || reasons[i].origin == FOUND)
            *sum += more;
        else
            *sum = more > *sum ? more : *sum;
    }
}

/* A plan */

/* Points after the cutoff are another run's. The first shard group of all begins before InfluxDB's
 * first instant. */
static bool is_cut(const struct catalogue_shard *shard, const struct plan *plan)
{
    return (shard->start_ns < plan->range.start_ns && plan->range.start_ns > PLAN_OLDEST_NS) ||
           (plan->range.end_ns <= plan->cutoff_ns && shard->end_ns > plan->range.end_ns &&
            shard->start_ns <= plan->cutoff_ns);
}

int64_t scope_count_cut(const struct plan *plan, const struct catalogue_policy *policy)
{
    int64_t count = 0;

    for (size_t i = 0; policy->read && i < policy->shard_count; i++)
        count += is_cut(&policy->shards[i], plan);
    return count;
}

void scope_of_plan(struct scope *scope, const struct plan *plan)
{
    const struct catalogue *catalogue = plan->catalogue;

    *scope = (struct scope){.tenants_total = (int64_t)catalogue->tenants.count};
    for (size_t i = 0; i < catalogue->tenants.count; i++)
        scope->figures[SCOPE_PART] +=
            settings_is_elsewhere(plan->settings, catalogue->tenants.items[i]);
    scope->figures[SCOPE_FILTERED_TENANTS] = (int64_t)plan->excluded_tenant_count;
    scope->figures[SCOPE_FILTERED_MEASUREMENTS] = (int64_t)plan->skipped.count;
    for (size_t p = 0; p < catalogue->policy_count; p++) {
        const struct catalogue_policy *policy = &catalogue->policies[p];

        scope->figures[SCOPE_POLICIES] += !policy->read && policy->shard_count;
        scope->figures[SCOPE_TIME] += scope_count_cut(plan, policy);
    }
}

/* The journal's words */

void scope_add_record(struct strbuf *sb, const struct scope *scope)
{
    for (size_t i = 0; i < SCOPE_REASONS; i++)
        if (scope->figures[i])
            strbuf_addf(sb, "%s%s %" PRId64, sb->len ? " " : "", reasons[i].code,
                        scope->figures[i]);
}

void scope_read_record(struct scope *scope, const char *record)
{
    struct strvec words = STRVEC_INIT;

    strvec_split(&words, record, ' ');
    for (size_t w = 0; w + 1 < words.nr; w += 2)
        for (size_t i = 0; i < SCOPE_REASONS; i++)
            if (strcmp(words.v[w], reasons[i].code) == 0)
                scope->figures[i] = strtoll(words.v[w + 1], NULL, 10);
    strvec_release(&words);
}

/* Gives the value where the word is this option, as --name=value or with the value in the next
 * word; else NULL. */
static const char *option_value(const struct strvec *words, size_t w, const char *name)
{
    const char *word = words->v[w];
    size_t len = strlen(name);

    if (strncmp(word, name, len) != 0 || (word[len] && word[len] != '='))
        return NULL;
    return word[len] ? word + len + 1 : w + 1 < words->nr ? words->v[w + 1] : "";
}

void scope_of_command(struct scope *scope, const char *command)
{
    static const struct {
        const char *name;
        enum scope_reason reason;
    } options[] = {
        {"--tenant", SCOPE_FILTERED_TENANTS},
        {"--measurement", SCOPE_FILTERED_MEASUREMENTS},
        {"--migrate-skip-regex", SCOPE_FILTERED_MEASUREMENTS},
        {"--migrate-start-time-offset", SCOPE_TIME},
        {"--migrate-end-time-offset", SCOPE_TIME},
        {"--shard", SCOPE_PART},
    };
    struct strvec words = STRVEC_INIT;

    shell_split(&words, command);
    for (size_t w = 0; w < words.nr; w++)
        for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
            const char *value = option_value(&words, w, options[i].name);

            /* An offset of 0 leaves nothing out. */
            if (value && (options[i].reason != SCOPE_TIME || strcmp(value, "0") != 0))
                scope->figures[options[i].reason] = -1;
        }
    strvec_release(&words);
}
