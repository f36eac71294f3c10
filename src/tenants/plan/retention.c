#include "tenants/plan/retention.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "conf/pystr.h"

static bool is_plain_number(const char *text)
{
    if (!*text)
        return false;
    for (; *text; text++)
        if (!isdigit((unsigned char)*text))
            return false;
    return true;
}

/* Parses one rule, TENANT:DURATION; white space around either doesn't count. */
static int parse_rule(struct retention_rule *rule, const char *text, const char *unit,
                      struct err *err)
{
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    struct pystr tenant = pystr_strip((struct pystr){text, length});
    struct pystr duration =
        pystr_strip((struct pystr){colon ? colon + 1 : text, colon ? strlen(colon + 1) : 0});
    char *number = xmemdupz(duration.s, duration.len);
    struct strbuf name = STRBUF_INIT;
    int rc = -1;

    if (!tenant.len || !duration.len) {
        err_set(err, ERR_USAGE, "--migrate-retention-policy: '%s' is no TENANT:DURATION", text);
        err_hint(
            err,
            "for example project:2w,project2:10d; a plain number counts in --migrate-time-unit");
        goto out;
    }
    strbuf_addf(&name, "%s%s", number, is_plain_number(number) ? unit : "");
    if (clock_parse_duration(name.buf, 0, &rule->duration_ns, err) < 0) {
        err_wrap(err, "--migrate-retention-policy: %s", text);
        goto out;
    }
    if (rule->duration_ns < CLOCK_HOUR_NS) {
        err_set(err, ERR_USAGE,
                "--migrate-retention-policy: %s: InfluxDB keeps points for 1h at least", text);
        goto out;
    }
    rule->tenant = xmemdupz(tenant.s, tenant.len);
    rule->name = strbuf_detach(&name);
    rc = 0;
out:
    strbuf_release(&name);
    free(number);
    return rc;
}

int retention_rules_parse(struct retention_rules *rules, const char *text, const char *unit,
                          struct err *err)
{
    struct strvec parts = STRVEC_INIT;
    int rc = -1;

    strvec_split(&parts, text, ',');
    for (size_t i = 0; i < parts.nr; i++) {
        struct retention_rule rule;

        if (!pystr_strip((struct pystr){parts.v[i], strlen(parts.v[i])}).len)
            continue;
        if (parse_rule(&rule, parts.v[i], unit, err) < 0)
            goto out;
        GROW(rules->items, rules->count, rules->alloc);
        rules->items[rules->count++] = rule;
    }
    rc = 0;
out:
    strvec_release(&parts);
    return rc;
}

void retention_rules_release(struct retention_rules *rules)
{
    for (size_t i = 0; i < rules->count; i++) {
        free(rules->items[i].tenant);
        free(rules->items[i].name);
    }
    free(rules->items);
    *rules = (struct retention_rules)RETENTION_RULES_INIT;
}

const struct retention_rule *retention_rules_find(const struct retention_rules *rules,
                                                  const char *tenant)
{
    const struct retention_rule *found = NULL;

    for (size_t i = 0; i < rules->count; i++)
        if (strcmp(rules->items[i].tenant, tenant) == 0)
            found = &rules->items[i];
    return found;
}

static void add_length(struct strbuf *sb, int64_t duration_ns)
{
    if (duration_ns)
        clock_add_duration(sb, duration_ns);
    else
        strbuf_addstr(sb, "forever");
}

/* Notes that an existing database keeps points for another time than was asked for. */
static void note_existing(struct retention_choice *choice, const char *wanted_name,
                          int64_t wanted_ns)
{
    struct strbuf note = STRBUF_INIT;

    if (!wanted_name || choice->duration_ns == wanted_ns)
        return;
    strbuf_addf(&note, "the database is there with the default policy %s (", choice->policy);
    add_length(&note, choice->duration_ns);
    strbuf_addf(&note, "), which is kept; asked for was %s", wanted_name);
    choice->note = strbuf_detach(&note);
}

/* The length of shard groups that InfluxDB chooses by itself (its coordinator and meta, 1.6). */
static int64_t usual_shard_length_ns(int64_t duration_ns)
{
    if (!duration_ns || duration_ns >= 180 * CLOCK_DAY_NS)
        return CLOCK_WEEK_NS;
    return duration_ns >= 2 * CLOCK_DAY_NS ? CLOCK_DAY_NS : CLOCK_HOUR_NS;
}

/* Notes that the target's policy refuses old points, where nothing else is noted. */
static void note_window(struct retention_choice *choice)
{
    struct strbuf note = STRBUF_INIT;

    if (!choice->past_limit_ns || choice->note)
        return;
    strbuf_addf(&note, "the policy %s has a write window, and refuses points older than ",
                choice->policy);
    clock_add_duration(&note, choice->past_limit_ns);
    strbuf_addf(&note, "; ALTER RETENTION POLICY with PAST LIMIT 0s lets them in");
    choice->note = strbuf_detach(&note);
}

static void choose_existing(struct retention_choice *choice,
                            const struct catalogue_database *existing, const char *wanted_name,
                            int64_t wanted_ns)
{
    choice->policy = xstrdup_or_null(existing->default_policy);
    choice->duration_ns = existing->duration_ns;
    choice->shard_length_ns = existing->shard_group_duration_ns;
    choice->past_limit_ns = existing->past_limit_ns;
    if (choice->policy)
        note_existing(choice, wanted_name, wanted_ns);
    else
        choice->note = xstrdup("the database is there and has no default retention policy");
    note_window(choice);
}

void retention_choose(struct retention_choice *choice, const struct retention_rules *rules,
                      int64_t default_retention_hours, const char *tenant,
                      const struct catalogue_database *existing,
                      const struct catalogue_policy *source, bool same_shards)
{
    const struct retention_rule *rule = retention_rules_find(rules, tenant);
    struct strbuf name = STRBUF_INIT;
    int64_t duration_ns = 0;

    *choice = (struct retention_choice){0};
    if (rule) {
        strbuf_addstr(&name, rule->name);
        duration_ns = rule->duration_ns;
    } else if (default_retention_hours > 0) {
        strbuf_addf(&name, "%" PRId64 "h", default_retention_hours);
        duration_ns = default_retention_hours * CLOCK_HOUR_NS;
    }
    if (existing) {
        choose_existing(choice, existing, name.len ? name.buf : NULL, duration_ns);
    } else {
        choice->create = true;
        /* "autogen" is what the server calls its own default policy, which keeps points forever. */
        choice->policy = xstrdup(name.len ? name.buf : "autogen");
        choice->duration_ns = duration_ns;
        if (same_shards && (!duration_ns || source->shard_group_duration_ns <= duration_ns))
            choice->shard_group_duration_ns = source->shard_group_duration_ns;
        choice->shard_length_ns = choice->shard_group_duration_ns
                                      ? choice->shard_group_duration_ns
                                      : usual_shard_length_ns(duration_ns);
    }
    strbuf_release(&name);
}

/* Notes that a policy of that name is there, and keeps points for another time than the source. */
static void note_length(struct retention_choice *choice, const struct catalogue_policy *source)
{
    struct strbuf note = STRBUF_INIT;

    strbuf_addf(&note, "the database has a policy %s (", choice->policy);
    add_length(&note, choice->duration_ns);
    strbuf_addf(&note, "), which is kept; that of the source, %s, keeps points for another time (",
                source->name);
    add_length(&note, source->duration_ns);
    strbuf_addch(&note, ')');
    choice->note = strbuf_detach(&note);
}

void retention_choose_own(struct retention_choice *choice, const char *name,
                          const struct catalogue_policy *source,
                          const struct catalogue_database *existing)
{
    const struct catalogue_target_policy *there = catalogue_find_policy(existing, name);

    *choice = (struct retention_choice){.create = !there, .policy = xstrdup(name)};
    if (there) {
        choice->duration_ns = there->duration_ns;
        choice->shard_length_ns = there->shard_group_duration_ns;
        choice->past_limit_ns = there->past_limit_ns;
        if (there->duration_ns != source->duration_ns)
            note_length(choice, source);
        note_window(choice);
        return;
    }
    choice->duration_ns = source->duration_ns;
    choice->shard_group_duration_ns = choice->shard_length_ns = source->shard_group_duration_ns;
}

void retention_set_shards(struct retention_choice *choice, int64_t length_ns)
{
    if (choice->duration_ns && length_ns > choice->duration_ns)
        length_ns = choice->duration_ns;
    choice->shard_group_duration_ns = choice->shard_length_ns = length_ns;
}

void retention_choice_release(struct retention_choice *choice)
{
    free(choice->policy);
    free(choice->note);
    *choice = (struct retention_choice){0};
}

int64_t retention_reach_ns(const struct retention_choice *choice)
{
    if (!choice->duration_ns || !choice->past_limit_ns)
        return choice->duration_ns + choice->past_limit_ns;
    return choice->past_limit_ns < choice->duration_ns ? choice->past_limit_ns
                                                       : choice->duration_ns;
}

bool retention_add_window(struct strbuf *sb, const struct catalogue_policy *policy)
{
    if (policy->past_limit_ns) {
        strbuf_addstr(sb, "PAST LIMIT ");
        clock_add_duration(sb, policy->past_limit_ns);
    }
    if (policy->future_limit_ns) {
        strbuf_addf(sb, "%sFUTURE LIMIT ", policy->past_limit_ns ? ", " : "");
        clock_add_duration(sb, policy->future_limit_ns);
    }
    return policy->past_limit_ns || policy->future_limit_ns;
}

int64_t retention_oldest_ns(int64_t duration_ns, int64_t now_ns, int64_t margin_ns)
{
    if (!duration_ns)
        return INT64_MIN;
    return clock_add(clock_sub(now_ns, duration_ns), margin_ns);
}
