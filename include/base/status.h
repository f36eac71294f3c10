/*
 * Exit statuses, which docs/exit-statuses.rst promises, and their words.
 *
 * The journal records how a run ended as such a status, too.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum status {
    STATUS_DONE = 0,
    STATUS_IN_PART = 1,
    STATUS_USAGE = 2,
    STATUS_CONFIG = 3,
    STATUS_CONNECT = 4,
    STATUS_INTERRUPTED = 5,
    STATUS_BUG = 70,
};

struct status_meaning {
    enum status status;
    const char *word;    /* how a run ended: "done in part" */
    const char *meaning; /* for the help; NULL ends the table */
};
extern const struct status_meaning status_meanings[];

/* The word of a status. A number that is none, as a damaged journal may hold, is "failed". */
const char *status_word(int status);

#endif
