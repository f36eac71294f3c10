#include "findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/plural.h"
#include "base/strbuf.h"

void findings_release(struct findings *findings)
{
    free(findings->differing.first);
    free(findings->ahead.first);
    free(findings->unseen.first);
    *findings = (struct findings){0};
}

static const char *text(const json_t *event, const char *key)
{
    const char *value = json_string_value(json_object_get(event, key));

    return value ? value : "";
}

static bool is_ahead(const struct findings *findings, const json_t *event)
{
    struct err err = ERR_INIT;
    int64_t start_ns = 0;
    bool parsed = clock_parse_instant(text(event, "start"), &start_ns, &err) == 0;

    err_release(&err);
    return parsed && start_ns > findings->cutoff_ns;
}

static void add(struct findings_group *group, const json_t *event, int64_t values)
{
    static const char verification[] = "verification: ";
    const char *words = text(event, "words");
    struct strbuf first = STRBUF_INIT;

    group->windows++;
    group->values += values;
    group->different += json_integer_value(json_object_get(event, "values_different"));
    if (group->first)
        return;
    if (strncmp(words, verification, sizeof(verification) - 1) == 0)
        words += sizeof(verification) - 1;
    strbuf_addf(&first, "tenant %s: %s", text(event, "tenant"), words);
    group->first = strbuf_detach(&first);
}

/* A deep comparison tells how many values are missing; of counts the difference tells it. */
static int64_t values_of(const json_t *event)
{
    int64_t values = json_integer_value(json_object_get(event, "values_missing")) +
                     json_integer_value(json_object_get(event, "values_different"));
    int64_t counted = 0;
    size_t index;
    json_t *count;

    json_array_foreach (json_object_get(event, "counts"), index, count) {
        counted += json_integer_value(json_object_get(count, "source")) -
                   json_integer_value(json_object_get(count, "target"));
    }
    values = values > counted ? values : counted;
    /* A figure of 0 would be no reason. */
    return values ? values : 1;
}

void findings_take(struct findings *findings, json_t *event)
{
    const char *name = text(event, "event");

    if (strcmp(name, "difference") == 0) {
        add(is_ahead(findings, event) ? &findings->ahead : &findings->differing, event,
            values_of(event));
        findings->told = true;
    } else if (strcmp(name, "window_failed") == 0) {
        if (!findings->told)
            add(&findings->unseen, event, 0);
        findings->told = false;
    }
    json_decref(event);
}

/* Adds "3 values are missing and 1 is different in 2 windows". */
static void add_values(struct strbuf *sb, const struct findings_group *group)
{
    long long missing = (long long)(group->values - group->different);
    long long different = (long long)group->different;

    if (missing)
        strbuf_addf(sb, "%lld value%s missing", missing, PLURAL(missing, " is", "s are"));
    if (missing && different)
        strbuf_addf(sb, " and %lld %s different", different, PLURAL(different, "is", "are"));
    else if (different)
        strbuf_addf(sb, "%lld value%s different", different, PLURAL(different, " is", "s are"));
    strbuf_addf(sb, " in %lld window%s", (long long)group->windows,
                PLURAL(group->windows, "", "s"));
}

void findings_tell(const struct findings *findings, struct reasons *reasons)
{
    const struct findings_group *differing = &findings->differing, *ahead = &findings->ahead,
                                *unseen = &findings->unseen;
    struct strbuf values = STRBUF_INIT;

    add_values(&values, differing);
    reasons_add(reasons, REASON_DIFFERS, differing->values,
                "monasca-migrate tenants run && monasca-migrate tenants verify --deep --repair",
                "%s, the first: %s", values.buf, differing->first);
    reasons_add(reasons, REASON_AHEAD, ahead->values,
                "monasca-migrate tenants run, when their time has come",
                "values ahead of the clock are missing, the first: %s", ahead->first);
    reasons_add(reasons, REASON_UNSEEN, unseen->windows, "monasca-migrate tenants check",
                "windows could not be compared, the first: %s", unseen->first);
    strbuf_release(&values);
}
