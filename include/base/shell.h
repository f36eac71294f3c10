/*
 * Command lines as a POSIX shell reads them: words to a line, and back.
 *
 * To change a line, split it, edit the words, and quote them again. A line that shell_add_line()
 * wrote comes back as the same bytes.
 */
#ifndef BASE_SHELL_H
#define BASE_SHELL_H

#include "base/strbuf.h"
#include "base/strvec.h"

/* Adds one word, in single quotes where a shell would change it otherwise. */
void shell_add_word(struct strbuf *sb, const char *word);
/* Adds all words, with a blank between them. */
void shell_add_line(struct strbuf *sb, const struct strvec *words);

/* Adds the words of `line` to `words`. It knows what shell_add_word() writes: blanks, single quotes
 * and backslashes outside of these. A quote that is never closed ends with the line. */
void shell_split(struct strvec *words, const char *line);

#endif
