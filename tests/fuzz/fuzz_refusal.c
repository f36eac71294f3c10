/*
 * What a server says of a batch that it refuses: whatever its words are, the batch is divided into two
 * parts that are smaller than it and together have all its bytes, so that writing the parts again comes
 * to an end; and refusals keep every line. The input is the words, a newline, and lines. tests/fuzz/run
 * builds and runs it.
 */
#include "influx/refusal.h"

#include "fuzz.h"
#include "influx/line.h"

static void count_bytes(size_t counts[256], const char *text, size_t len, size_t by)
{
    for (size_t i = 0; i < len; i++)
        counts[(unsigned char)text[i]] += by;
}

/* Have the parts together all that the whole has? */
static bool are_divided(const char *lines, size_t len, const struct strbuf *condemned,
                        const struct strbuf *others)
{
    size_t counts[256] = {0};

    count_bytes(counts, lines, len, 1);
    count_bytes(counts, condemned->buf, condemned->len, SIZE_MAX);
    count_bytes(counts, others->buf, others->len, SIZE_MAX);
    for (size_t i = 0; i < 256; i++)
        if (counts[i])
            return false;
    return true;
}

/* Does the last line, a quote of which may be missing, take nothing of what follows with it? */
static bool stands_alone(const struct strbuf *lines)
{
    struct strbuf twice = STRBUF_INIT;
    bool alone;

    strbuf_add(&twice, lines->buf, lines->len);
    strbuf_add(&twice, lines->buf, lines->len);
    alone = line_count(twice.buf, twice.len) == 2 * line_count(lines->buf, lines->len);
    strbuf_release(&twice);
    return alone;
}

static void check_refusals(const char *words, const char *lines, size_t len)
{
    struct refusals refusals = REFUSALS_INIT;
    int64_t points = 0;

    refusals_add(&refusals, words, lines, len);
    refusals_add(&refusals, words, lines, len);
    refusals_add(&refusals, "other dropped=7", lines, len);
    for (size_t i = 0; i < refusals.count; i++) {
        points += refusals.items[i].points;
        must(refusals.items[i].points ==
             (int64_t)line_count(refusals.items[i].lines.buf, refusals.items[i].lines.len));
    }
    must(refusals.count <= 2 && points == refusals.points);
    must(points == 3 * (int64_t)line_count(lines, len));
    refusals_release(&refusals);
}

/* As those that write do, until a part is refused whole. */
static void divide(const char *words, const char *lines, size_t len)
{
    struct strbuf condemned = STRBUF_INIT, others = STRBUF_INIT;

    if (line_count(lines, len) < 2)
        return;
    refusal_is_of_all(words, lines, len);
    refusal_split(words, lines, len, &condemned, &others);
    must(condemned.len && others.len && condemned.len + others.len == len);
    must(are_divided(lines, len, &condemned, &others));
    divide(words, condemned.buf, condemned.len);
    divide(words, others.buf, others.len);
    strbuf_release(&condemned);
    strbuf_release(&others);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *newline = size ? memchr(text, '\n', size) : NULL;
    struct strbuf lines = STRBUF_INIT;
    char *words;

    if (!newline)
        return 0;
    words = xmemdupz(text, (size_t)(newline - text));
    strbuf_add(&lines, newline + 1, size - (size_t)(newline + 1 - text));
    /* A batch ends in a newline. */
    strbuf_addch(&lines, '\n');
    divide(words, lines.buf, lines.len);
    if (stands_alone(&lines))
        check_refusals(words, lines.buf, lines.len);
    free(words);
    strbuf_release(&lines);
    return 0;
}
