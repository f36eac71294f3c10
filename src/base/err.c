#include "base/err.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/status.h"
#include "base/strbuf.h"

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
    struct strbuf text = STRBUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    strbuf_vaddf(&text, fmt, ap);
    va_end(ap);
    err_release(err);
    err->code = code;
    err->message = strbuf_detach(&text);
    return -1;
}

int err_wrap(struct err *err, const char *fmt, ...)
{
    struct strbuf text = STRBUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    strbuf_vaddf(&text, fmt, ap);
    va_end(ap);
    strbuf_addf(&text, ": %s", err->message ? err->message : "unknown error");
    free(err->message);
    err->message = strbuf_detach(&text);
    /* A function that failed without saying why must not lead to status 0. */
    if (err->code == ERR_NONE)
        err->code = ERR_BUG;
    return -1;
}

int err_hint(struct err *err, const char *fmt, ...)
{
    struct strbuf text = STRBUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    strbuf_vaddf(&text, fmt, ap);
    va_end(ap);
    free(err->hint);
    err->hint = strbuf_detach(&text);
    return -1;
}

void err_release(struct err *err)
{
    free(err->message);
    free(err->hint);
    *err = (struct err)ERR_INIT;
}

int err_status(enum err_code code)
{
    static const enum status status[] = {
        [ERR_NONE] = STATUS_DONE,       [ERR_FAILED] = STATUS_IN_PART,
        [ERR_USAGE] = STATUS_USAGE,     [ERR_CONFIG] = STATUS_CONFIG,
        [ERR_CONNECT] = STATUS_CONNECT, [ERR_INTERRUPTED] = STATUS_INTERRUPTED,
        [ERR_BUG] = STATUS_BUG,
    };

    return (int)status[code];
}
