/*
 * A progress line: the rate of some work, the time that the rest takes, and a line for a terminal
 * of any width.
 *
 * A line is made of parts, in the order in which they were added; where not all fit, the least
 * important are left out. Nothing here writes to the terminal.
 */
#ifndef TERM_PROGRESS_H
#define TERM_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/*
 * An amount per second, smoothed: over 5 s at first, later over a third of the time since the
 * beginning, so that the rate settles.
 */
struct progress_rate {
    int64_t started_ns, sampled_ns; /* monotonic; 0: not begun */
    double amount;                  /* at the last sample */
    double per_second;
    int samples;
};

/* Begins anew; `amount` was done before and doesn't count. */
void progress_rate_begin(struct progress_rate *rate, double amount, int64_t now_ns);
/* Tells the whole amount that is done now. Call it as often as you like: it takes a sample a
 * second.
 */
void progress_rate_update(struct progress_rate *rate, double amount, int64_t now_ns);
/* The amount per second; -1 while it isn't known. */
double progress_rate(const struct progress_rate *rate);
/* The time that the amount `rest` takes, rounded the coarser the longer it is; -1 where it isn't
 * known, or is over a year. */
int64_t progress_time_left_ns(const struct progress_rate *rate, double rest);

enum { PROGRESS_MAX_PARTS = 16 };

struct progress_line {
    struct {
        struct strbuf text;
        int rank; /* the lower, the more important */
    } parts[PROGRESS_MAX_PARTS];
    size_t count;
};

#define PROGRESS_LINE_INIT                                                                         \
    {                                                                                              \
        .count = 0                                                                                 \
    }

/* Adds a part and returns its empty text, for the caller to fill; the line owns it. */
struct strbuf *progress_line_part(struct progress_line *line, int rank);
/* Appends the parts that fit into `columns` to `sb`, with ", " between them. Where no part fits,
 * the most important one is cut. */
void progress_line_add(const struct progress_line *line, size_t columns, struct strbuf *sb);
void progress_line_release(struct progress_line *line);

#endif
