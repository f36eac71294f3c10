/*
 * Regular expressions, as PCRE2 knows them, over UTF-8.
 *
 * Python's `re` and PCRE2 agree on what is used for names: classes (\w and \d are Unicode's),
 * groups, alternatives, anchors, look-around. Matching is bounded, so that a crafted expression
 * can't hang a run.
 */
#ifndef BASE_REGEX_H
#define BASE_REGEX_H

#include <stdbool.h>

#include "base/err.h"

struct regex;

enum regex_mode {
    REGEX_SEARCH,       /* anywhere in the text */
    REGEX_MATCH_PREFIX, /* at the start of the text, as Python's re.match */
    REGEX_MATCH_WHOLE,  /* the whole text */
};

/* Returns NULL on an error (ERR_USAGE), which says where in the pattern it is. The caller frees the
 * result by regex_free(). */
struct regex *regex_new(const char *pattern, enum regex_mode mode, struct err *err);
void regex_free(struct regex *re);
/* A text that exceeds the bounds counts as no match. */
bool regex_matches(const struct regex *re, const char *text);

#endif
