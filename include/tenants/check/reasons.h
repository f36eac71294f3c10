/*
 * The reasons why the source may not be dropped, as `tenants check` gives them.
 *
 * A reason has a code word, a figure, a sentence and the command that mends it. Some are losses
 * that an operator may decide on: these can be accepted, and are then repeated in the verdict. What
 * wasn't seen, or is missing without anybody's decision, can't be.
 *
 * Nothing here talks to a server.
 */
#ifndef TENANTS_CHECK_REASONS_H
#define TENANTS_CHECK_REASONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum reason_code {
    /* Reasons that can't be accepted. */
    REASON_DIFFERS,     /* values that a target lacks, or holds otherwise */
    REASON_NO_DATABASE, /* points of tenants whose database isn't there */
    REASON_UNSEEN,      /* windows that could not be compared */
    REASON_AWAY,        /* tenants whose server is away */
    REASON_RIGHTS,      /* lists that the user may not see */
    REASON_GROWING,     /* points that came while the source was looked at */
    REASON_UNREADABLE,  /* shards of the source that aren't open: nobody knows what is in them */
    REASON_UNACCOUNTED, /* values that belong to nothing of what was compared or named */
    /* Reasons that can be accepted. */
    REASON_EMPTY,            /* 1: the source has nothing of any tenant that was compared */
    REASON_UNASSIGNED,       /* points without a tenant */
    REASON_CLIPPED,          /* points that are older than the target keeps */
    REASON_UNNAMEABLE,       /* measurements that no statement can name */
    REASON_HOMELESS,         /* points of tenants that can have no database */
    REASON_AHEAD,            /* values ahead of the clock that a target lacks */
    REASON_POLICY,           /* points of policies that the targets don't have */
    REASON_SKIPPED,          /* points of measurements that --migrate-skip-regex leaves out */
    REASON_STRINGS,          /* text fields that a VictoriaMetrics doesn't keep */
    REASON_REJECTS,          /* lines of the reject file */
    REASON_GRANT,            /* grants on the source */
    REASON_CONTINUOUS_QUERY, /* continuous queries that read the source or write there */
    REASON_SUBSCRIPTION,     /* subscriptions to the source */
    REASON_COUNT,
};

struct reason {
    enum reason_code code;
    int64_t figure;
    char *words;
    char *mend;
    bool accepted;
};

struct reasons {
    struct reason *items; /* in the order in which they were found */
    size_t count, alloc;
    bool accepted[REASON_COUNT];
};

#define REASONS_INIT                                                                               \
    {                                                                                              \
        NULL, 0, 0,                                                                                \
        {                                                                                          \
            false                                                                                  \
        }                                                                                          \
    }

/* The command that shows whether a lack of rights is mended. */
#define REASONS_AS_ADMIN "monasca-migrate tenants check, as an admin of InfluxDB"

void reasons_release(struct reasons *reasons);

/* "differs", as it stands in every form of output. */
const char *reasons_word(enum reason_code code);

/* Takes a list of code words, "clipped,ahead", each of which is accepted from here on. ERR_USAGE
 * where one is unknown or can't be accepted; the message lists those that can. */
int reasons_accept(struct reasons *reasons, const char *list, struct err *err);

/* Adds a reason; where `figure` is 0 there is none. */
void reasons_add(struct reasons *reasons, enum reason_code code, int64_t figure, const char *mend,
                 const char *words, ...) __attribute__((format(printf, 5, 6)));

/* How many reasons are not accepted. At 0 nothing speaks against dropping the source. */
size_t reasons_open(const struct reasons *reasons);
bool reasons_have(const struct reasons *reasons, enum reason_code code);

#endif
