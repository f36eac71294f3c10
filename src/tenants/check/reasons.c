#include "tenants/check/reasons.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strvec.h"

static const struct {
    const char *word;
    bool acceptable;
} codes[REASON_COUNT] = {
    [REASON_DIFFERS] = {"differs", false},
    [REASON_NO_DATABASE] = {"no_database", false},
    [REASON_UNSEEN] = {"unseen", false},
    [REASON_AWAY] = {"away", false},
    [REASON_RIGHTS] = {"rights", false},
    [REASON_GROWING] = {"growing", false},
    [REASON_UNREADABLE] = {"unreadable", false},
    [REASON_UNACCOUNTED] = {"unaccounted", false},
    [REASON_EMPTY] = {"empty", true},
    [REASON_UNASSIGNED] = {"unassigned", true},
    [REASON_CLIPPED] = {"clipped", true},
    [REASON_UNNAMEABLE] = {"unnameable", true},
    [REASON_HOMELESS] = {"homeless", true},
    [REASON_AHEAD] = {"ahead", true},
    [REASON_POLICY] = {"policy", true},
    [REASON_SKIPPED] = {"skipped", true},
    [REASON_STRINGS] = {"strings", true},
    [REASON_REJECTS] = {"rejects", true},
    [REASON_GRANT] = {"grant", true},
    [REASON_CONTINUOUS_QUERY] = {"continuous_query", true},
    [REASON_SUBSCRIPTION] = {"subscription", true},
};

void reasons_release(struct reasons *reasons)
{
    for (size_t i = 0; i < reasons->count; i++) {
        free(reasons->items[i].words);
        free(reasons->items[i].mend);
    }
    free(reasons->items);
    *reasons = (struct reasons)REASONS_INIT;
}

const char *reasons_word(enum reason_code code)
{
    return codes[code].word;
}

static enum reason_code find(const char *word)
{
    size_t code = 0;

    while (code < REASON_COUNT && strcmp(codes[code].word, word) != 0)
        code++;
    return (enum reason_code)code;
}

static int refuse(const char *word, bool known, struct err *err)
{
    struct strbuf list = STRBUF_INIT;

    for (size_t i = 0; i < REASON_COUNT; i++)
        if (codes[i].acceptable)
            strbuf_addf(&list, "%s%s", list.len ? ", " : "", codes[i].word);
    err_set(err, ERR_USAGE, "--accept %s: %s; these can be accepted: %s", word,
            known ? "this reason can't be accepted" : "there is no such reason", list.buf);
    strbuf_release(&list);
    return -1;
}

int reasons_accept(struct reasons *reasons, const char *list, struct err *err)
{
    struct strvec words = STRVEC_INIT;
    int rc = 0;

    strvec_split(&words, list, ',');
    for (size_t i = 0; i < words.nr && rc == 0; i++) {
        enum reason_code code = find(words.v[i]);

        if (code == REASON_COUNT || !codes[code].acceptable)
            rc = refuse(words.v[i], code != REASON_COUNT, err);
        else
            reasons->accepted[code] = true;
    }
    strvec_release(&words);
    return rc;
}

void reasons_add(struct reasons *reasons, enum reason_code code, int64_t figure, const char *mend,
                 const char *words, ...)
{
    struct strbuf text = STRBUF_INIT;
    va_list args;

    if (!figure)
        return;
    va_start(args, words);
    strbuf_vaddf(&text, words, args);
    va_end(args);
    GROW(reasons->items, reasons->count, reasons->alloc);
    reasons->items[reasons->count++] =
        (struct reason){code, figure, strbuf_detach(&text), xstrdup(mend), reasons->accepted[code]};
}

size_t reasons_open(const struct reasons *reasons)
{
    size_t open = 0;

    for (size_t i = 0; i < reasons->count; i++)
        open += !reasons->items[i].accepted;
    return open;
}

bool reasons_have(const struct reasons *reasons, enum reason_code code)
{
    for (size_t i = 0; i < reasons->count; i++)
        if (reasons->items[i].code == code)
            return true;
    return false;
}
