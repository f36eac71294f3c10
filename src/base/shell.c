#include "base/shell.h"

#include <string.h>

static const char blanks[] = " \t\n";

void shell_add_word(struct strbuf *sb, const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "@%+=:,./-_";

    if (*word && !word[strspn(word, plain)]) {
        strbuf_addstr(sb, word);
        return;
    }
    strbuf_addch(sb, '\'');
    for (const char *c = word; *c; c++) {
        if (*c == '\'')
            strbuf_addstr(sb, "'\\''");
        else
            strbuf_addch(sb, *c);
    }
    strbuf_addch(sb, '\'');
}

void shell_add_line(struct strbuf *sb, const struct strvec *words)
{
    for (size_t i = 0; i < words->nr; i++) {
        if (i)
            strbuf_addch(sb, ' ');
        shell_add_word(sb, words->v[i]);
    }
}

/* Reads the word that `line` begins with. Returns where the word ends. */
static const char *take_word(struct strbuf *word, const char *line)
{
    bool quoted = false;

    for (; *line && (quoted || !strchr(blanks, *line)); line++) {
        if (*line == '\'')
            quoted = !quoted;
        else if (*line == '\\' && !quoted && line[1])
            strbuf_addch(word, *++line);
        else
            strbuf_addch(word, *line);
    }
    return line;
}

void shell_split(struct strvec *words, const char *line)
{
    struct strbuf word = STRBUF_INIT;

    while (*(line += strspn(line, blanks))) {
        strbuf_reset(&word);
        line = take_word(&word, line);
        strvec_push(words, word.buf);
    }
    strbuf_release(&word);
}
