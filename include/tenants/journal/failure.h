/*
 * Kinds of failures: why a window could not be copied, so that a program can tell what helps.
 *
 * The words of a failure are for people. Its kind is recorded beside them, in the journal and
 * in the reject file, as a name that never changes.
 */
#ifndef TENANTS_JOURNAL_FAILURE_H
#define TENANTS_JOURNAL_FAILURE_H

#include "influx/reply.h"

enum failure_kind {
    FAILURE_OTHER,         /* no kind that is known here */
    FAILURE_FIELD_TYPE,    /* the target holds a field with another type */
    FAILURE_DIFFERENCE,    /* a verification found that the target lacks values, or holds others */
    FAILURE_INEXPRESSIBLE, /* line protocol can't hold a name or a tag */
    FAILURE_SELECT_SERIES, /* the server's limit max-select-series */
    FAILURE_SELECT,        /* another of its limits max-select-... */
    FAILURE_TAG_VALUES,    /* max-values-per-tag */
    FAILURE_DATABASE_SERIES, /* max-series-per-database */
    FAILURE_CACHE_FULL,      /* cache-max-memory-size */
    FAILURE_DISK_FULL,
    FAILURE_TIMEOUT,
    FAILURE_DENIED,     /* the user may not do this */
    FAILURE_RETENTION,  /* the points are older than the target keeps */
    FAILURE_UNREADABLE, /* a shard of the source isn't open */
    FAILURE_KINDS,      /* how many there are */
};

/* "field-type": as the journal keeps it. */
const char *failure_kind_name(enum failure_kind kind);
/* The kind of that name; FAILURE_OTHER where there is none. */
enum failure_kind failure_kind_named(const char *name);
/* The kind of a failure with whose cause a server answered. */
enum failure_kind failure_kind_of_cause(enum influx_cause cause);
/* Tells the kind from words alone: for reject files and for journals that kept no kind. A run that
 * knows why a window failed passes the kind instead. */
enum failure_kind failure_kind_of_words(const char *words);

#endif
