#include "base/status.h"

#include <stddef.h>

static const char failed[] = "failed";

const struct status_meaning status_meanings[] = {
    {STATUS_DONE, "done", "done, or the answer is yes"},
    {STATUS_IN_PART, "done in part", "done in part, or the answer is no"},
    {STATUS_USAGE, failed, "usage: the command line is wrong"},
    {STATUS_CONFIG, failed, "configuration: a file is missing or unreadable, or a value is wrong"},
    {STATUS_CONNECT, failed, "a server can't be reached, or refuses the credentials"},
    {STATUS_INTERRUPTED, "interrupted",
     "interrupted by a signal; the same command goes on from there"},
    {STATUS_BUG, failed, "a bug: an invariant broke"},
    {STATUS_DONE, NULL, NULL},
};

const char *status_word(int status)
{
    for (const struct status_meaning *s = status_meanings; s->meaning; s++)
        if ((int)s->status == status)
            return s->word;
    return failed;
}
