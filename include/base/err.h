/*
 * An error, on its way up to the person.
 *
 * A fallible function returns 0 or -1 (or a count) and takes `struct err *err` last. It fills `err`
 * by err_set() exactly when it fails. On the way up, err_wrap() puts what was being tried in front.
 * The error is printed once, in cmd/, as one line, and a second line `hint: ...` where there is
 * one.
 *
 *     struct err err = ERR_INIT;
 *     if (thing_load(&thing, path, &err) < 0)
 *         return err_wrap(&err, "reading %s", path);
 *
 * A message never holds a password. It is text for people: control characters are made visible when
 * it is printed.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* The codes that a caller may branch on. err_status() gives the exit status of each. */
enum err_code {
    ERR_NONE = 0,
    ERR_FAILED,      /* what was asked could not be done, or the answer is no */
    ERR_USAGE,       /* the command line is wrong */
    ERR_CONFIG,      /* configuration: a file is missing, unreadable, or a value in it is wrong */
    ERR_CONNECT,     /* a server can't be reached, or refuses the credentials */
    ERR_INTERRUPTED, /* a signal asked to stop */
    ERR_BUG,         /* an invariant of this program broke */
};

struct err {
    enum err_code code;
    char *message; /* NULL while there is no error */
    char *hint;    /* the next step, or NULL */
};

#define ERR_INIT                                                                                   \
    {                                                                                              \
        ERR_NONE, NULL, NULL                                                                       \
    }

/* All three return -1, so that a caller can write `return err_set(...)`. err_set() replaces what
 * was there. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int err_wrap(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int err_hint(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Frees the texts and leaves ERR_INIT. */
void err_release(struct err *err);

/* The exit status for a code: an enum status, which base/status.h explains. */
int err_status(enum err_code code);

#endif
