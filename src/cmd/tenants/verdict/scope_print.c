#include "cmd/tenants/verdict/scope_print.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/shell.h"

char *scope_print_options(const struct tenants_options *options)
{
    const struct {
        const char *name;
        const struct strvec *values;
    } lists[] = {{"--tenant", &options->tenants},
                 {"--measurement", &options->measurements},
                 {"--migrate-skip-regex", &options->skip_regexes}};
    struct strbuf text = STRBUF_INIT;

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        for (size_t k = 0; k < lists[i].values->nr; k++) {
            strbuf_addf(&text, "%s%s ", text.len ? " " : "", lists[i].name);
            shell_add_word(&text, lists[i].values->v[k]);
        }
    if (options->shard)
        strbuf_addf(&text, "%s--shard %s", text.len ? " " : "", options->shard);
    if (options->source_policy) {
        strbuf_addf(&text, "%s--source-retention-policy ", text.len ? " " : "");
        shell_add_word(&text, options->source_policy);
    }
    if (options->unit)
        strbuf_addf(&text, "%s--migrate-time-unit %s", text.len ? " " : "", options->unit);
    if (options->start_offset != tenants_options_defaults.start_offset)
        strbuf_addf(&text, "%s--migrate-start-time-offset %" PRId64, text.len ? " " : "",
                    options->start_offset);
    if (options->end_offset != tenants_options_defaults.end_offset)
        strbuf_addf(&text, "%s--migrate-end-time-offset %" PRId64, text.len ? " " : "",
                    options->end_offset);
    if (options->ahead)
        strbuf_addf(&text, "%s--ahead", text.len ? " " : "");
    return strbuf_detach(&text);
}

void scope_print_text(struct strbuf *sb, const char *before, const struct scope *scope)
{
    for (enum scope_reason i = 0; i < SCOPE_REASONS; i++) {
        if (!scope->figures[i])
            continue;
        strbuf_addstr(sb, before);
        scope_add_words(sb, scope, i);
        strbuf_addstr(sb, ".\n");
    }
}

void scope_print_list(struct strbuf *sb, const char *before, const struct scope *scope)
{
    int width = (int)strlen(before);

    for (enum scope_reason i = 0; i < SCOPE_REASONS; i++) {
        if (!scope->figures[i])
            continue;
        strbuf_addf(sb, "%*s", width, before);
        scope_add_words(sb, scope, i);
        strbuf_addch(sb, '\n');
        before = "";
    }
}

void scope_print_line(struct strbuf *sb, const struct scope *scope)
{
    const char *between = "";

    for (enum scope_reason i = 0; i < SCOPE_REASONS; i++) {
        if (!scope->figures[i])
            continue;
        strbuf_addstr(sb, between);
        scope_add_words(sb, scope, i);
        between = "; ";
    }
}

json_t *scope_print_reasons(const struct scope *scope)
{
    json_t *list = json_array();

    for (enum scope_reason i = 0; i < SCOPE_REASONS; i++) {
        struct strbuf words = STRBUF_INIT;
        json_t *reason;

        if (!scope->figures[i])
            continue;
        reason = json_object();
        scope_add_words(&words, scope, i);
        json_set_text(reason, "reason", scope_code(i));
        if (scope->figures[i] < 0)
            json_set(reason, "count", json_null());
        else
            json_set_int(reason, "count", scope->figures[i]);
        json_set_text(reason, "words", words.buf);
        json_array_append_new(list, reason);
        strbuf_release(&words);
    }
    return list;
}

void scope_print_json(json_t *object, const char *key, const struct scope *scope)
{
    json_set_bool(object, "complete", scope_is_complete(scope));
    json_set(object, key, scope_print_reasons(scope));
}
