/* Settings: which measurements and tenants are left out. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "conf/pystr.h"
#include "tenants/plan/settings.h"

enum { MAX_PARTS = 1000 };

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

int64_t settings_part_of(const char *tenant, int64_t count)
{
    char digest[DIGEST_HEX_LENGTH + 1];

    digest_sha256_hex(tenant, strlen(tenant), digest);
    digest[15] = '\0';
    return (int64_t)(strtoull(digest, NULL, 16) % (uint64_t)count) + 1;
}

bool settings_is_elsewhere(const struct settings *settings, const char *tenant)
{
    return settings->part_count && settings_part_of(tenant, settings->part_count) != settings->part;
}

static bool parse_number(const char **text, int64_t *ret)
{
    char *end;

    if (!isdigit((unsigned char)**text))
        return false;
    *ret = strtoll(*text, &end, 10);
    *text = end;
    return *ret >= 1 && *ret <= MAX_PARTS;
}

int settings_set_part(struct settings *settings, const char *text, struct err *err)
{
    const char *at = text;

    if (parse_number(&at, &settings->part) && *at++ == '/' &&
        parse_number(&at, &settings->part_count) && !*at && settings->part <= settings->part_count)
        return 0;
    err_set(err, ERR_USAGE, "--shard: '%s' is no I/N with I from 1 to N, and N at most %d", text,
            MAX_PARTS);
    return err_hint(err, "for example --shard 1/4 to --shard 4/4 in four runs");
}

bool settings_skips_tenant(const struct settings *settings, const char *tenant)
{
    if (settings_is_elsewhere(settings, tenant))
        return true;
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

/* The index of the last character of the class that `text` begins with. A bracket that stands first
 * in a class is a member of it. */
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
        struct pystr trimmed = pystr_strip((struct pystr){list, len});
        char *pattern = xmemdupz(trimmed.s, trimmed.len);
        int rc = trimmed.len ? add_regex(&settings->skip, pattern, REGEX_MATCH_PREFIX, err) : 0;

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
