#include "tenants/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/strbuf.h"

/* The one measurement whose points have their tenant in a tag of another name (facts:
 * monasca-persister's alarm history). */
static const char alarm_history[] = "alarm_state_history";

static void regexes_release(struct settings_regexes *list)
{
    for (size_t i = 0; i < list->count; i++)
        regex_free(list->items[i]);
    free(list->items);
    *list = (struct settings_regexes){0};
}

void settings_release(struct settings *settings)
{
    free(settings->database);
    free(settings->url);
    free(settings->user);
    if (settings->password)
        explicit_bzero(settings->password, strlen(settings->password));
    free(settings->password);
    free(settings->target_url);
    free(settings->target_user);
    if (settings->target_password)
        explicit_bzero(settings->target_password, strlen(settings->target_password));
    free(settings->target_password);
    retention_rules_release(&settings->retention);
    regexes_release(&settings->skip);
    regexes_release(&settings->measurements);
    strvec_release(&settings->tenants);
    strvec_release(&settings->extra_tags);
    free(settings->state_dir);
    strvec_release(&settings->tags);
    strvec_release(&settings->metric_tags);
    strvec_release(&settings->history_tags);
    *settings = (struct settings){0};
}

int64_t settings_unit_ns(const char *unit)
{
    return *unit == 'h' ? CLOCK_HOUR_NS : *unit == 'd' ? CLOCK_DAY_NS : CLOCK_WEEK_NS;
}

const struct strvec *settings_tags_of(const struct settings *settings, const char *measurement)
{
    return strcmp(measurement, alarm_history) == 0 ? &settings->history_tags
                                                   : &settings->metric_tags;
}

static bool any_matches(const struct settings_regexes *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (regex_matches(list->items[i], text))
            return true;
    return false;
}

bool settings_skips(const struct settings *settings, const char *measurement)
{
    if (any_matches(&settings->skip, measurement))
        return true;
    return settings->measurements.count && !any_matches(&settings->measurements, measurement);
}

bool settings_skips_tenant(const struct settings *settings, const char *tenant)
{
    return settings->tenants.nr && !strvec_has(&settings->tenants, tenant);
}

static int add_regex(struct settings_regexes *list, const char *pattern, enum regex_mode mode,
                     struct err *err)
{
    struct regex *re = regex_new(pattern, mode, err);

    if (!re)
        return -1;
    GROW(list->items, list->count, list->alloc);
    list->items[list->count++] = re;
    return 0;
}

/* The place of the last character of the class that `text` begins with. A bracket that stands first
 * in it is a member. */
static size_t class_end(const char *text)
{
    size_t i = text[1] == '^' ? 2 : 1;

    if (text[i] == ']')
        i++;
    for (; text[i] && text[i] != ']'; i++)
        if (text[i] == '\\' && text[i + 1])
            i++;
    return text[i] ? i : i - 1;
}

/* The length of the first expression of a comma-separated list. */
static size_t expression_length(const char *list)
{
    size_t depth = 0, i;

    for (i = 0; list[i]; i++) {
        if (list[i] == '\\' && list[i + 1])
            i++;
        else if (list[i] == '[')
            i += class_end(list + i);
        else if (strchr("({", list[i]))
            depth++;
        else if (strchr(")}", list[i]) && depth)
            depth--;
        else if (list[i] == ',' && !depth)
            break;
    }
    return i;
}

int settings_add_skip(struct settings *settings, const char *list, struct err *err)
{
    while (*list) {
        size_t len = expression_length(list);
        char *pattern = xmemdupz(list, len);
        int rc = len ? add_regex(&settings->skip, pattern, REGEX_MATCH_PREFIX, err) : 0;

        free(pattern);
        if (rc < 0)
            return err_wrap(err, "--migrate-skip-regex");
        list += len + (list[len] == ',');
    }
    return 0;
}

int settings_add_measurement(struct settings *settings, const char *pattern, struct err *err)
{
    if (add_regex(&settings->measurements, pattern, REGEX_MATCH_PREFIX, err) < 0)
        return err_wrap(err, "--measurement");
    return 0;
}

char *settings_target_database(const struct settings *settings, const char *tenant)
{
    struct strbuf name = STRBUF_INIT;

    strbuf_addf(&name, "%s_%s", settings->database, tenant);
    return strbuf_detach(&name);
}
