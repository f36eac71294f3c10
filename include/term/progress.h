/*
 * A progress line: how fast something goes, how long it will take, and all that in one line of a
 * terminal of any width.
 *
 * A line is made of parts in the order in which they stand; where not all fit, the least important
 * are left out. Nothing here writes anything.
 */
#ifndef TERM_PROGRESS_H
#define TERM_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/*
 * Something per second, smoothed: over some seconds at first, over a third of the time that it has
 * taken so far later, so that it settles.
 */
struct progress_rate {
    int64_t started_ns, sampled_ns; /* monotonic; 0: not begun */
    double amount;                  /* at the last sample */
    double per_second;
    int samples;
};

/* Begins anew: `amount` is there already. */
void progress_rate_begin(struct progress_rate *rate, double amount, int64_t now_ns);
/* As often as one likes: it takes a sample a second. */
void progress_rate_update(struct progress_rate *rate, double amount, int64_t now_ns);
/* Per second; -1 while there's no telling. */
double progress_rate(const struct progress_rate *rate);
/* The time that `rest` takes, rounded the coarser the longer it is; -1 while there's no telling. */
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

/* A part's text, to be filled. */
struct strbuf *progress_line_part(struct progress_line *line, int rank);
/* Adds the parts that fit into `columns`, with ", " between them. The most important is cut where
 * even that doesn't fit. */
void progress_line_add(const struct progress_line *line, size_t columns, struct strbuf *sb);
void progress_line_release(struct progress_line *line);

#endif
