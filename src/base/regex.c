#include "base/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct regex {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *context;
};

enum { MATCH_LIMIT = 1000000 };

struct regex *regex_new(const char *pattern, enum regex_mode mode, struct err *err)
{
    uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF;
    int code;
    PCRE2_SIZE offset;
    struct regex *re = xcalloc(1, sizeof(*re));

    if (mode != REGEX_SEARCH)
        options |= PCRE2_ANCHORED;
    if (mode == REGEX_MATCH_WHOLE)
        options |= PCRE2_ENDANCHORED;
    re->code =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, &code, &offset, NULL);
    if (!re->code) {
        PCRE2_UCHAR text[160];

        pcre2_get_error_message(code, text, sizeof(text));
        err_set(err, ERR_USAGE, "the regular expression '%s' is wrong at character %zu: %s",
                pattern, offset + 1, (const char *)text);
        regex_free(re);
        return NULL;
    }
    re->match = pcre2_match_data_create(1, NULL);
    re->context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(re->context, MATCH_LIMIT);
    return re;
}

void regex_free(struct regex *re)
{
    if (!re)
        return;
    pcre2_match_data_free(re->match);
    pcre2_match_context_free(re->context);
    pcre2_code_free(re->code);
    free(re);
}

bool regex_matches(const struct regex *re, const char *text)
{
    return pcre2_match(re->code, (PCRE2_SPTR)text, strlen(text), 0, 0, re->match, re->context) >= 0;
}
