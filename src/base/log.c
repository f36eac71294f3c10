#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/utf8.h"

/* The width of a terminal that doesn't tell it. */
enum { DEFAULT_COLUMNS = 80 };

static struct {
    enum log_level level;
    int quiet;
    int fd; /* of the log file, -1: none */
    char *path;
    bool file_failed; /* the last record didn't get into the log file */
    char *status;
} state = {.level = LOG_LEVEL_INFO, .fd = -1};

static const char *const level_names[] = {"DEBUG", "INFO", "WARNING", "ERROR"};

void log_set_level(enum log_level level)
{
    state.level = level;
}

void log_set_quiet(int quiet)
{
    state.quiet = quiet;
}

int log_open_file(const char *path, struct err *err)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);

    if (fd < 0) {
        err_set(err, ERR_CONFIG, "can't open the log file %s: %s", path, strerror(errno));
        return err_hint(err, "--log-file names another");
    }
    log_close();
    state.fd = fd;
    state.path = xstrdup(path);
    return 0;
}

void log_close(void)
{
    if (state.fd >= 0)
        close(state.fd);
    free(state.path);
    state.fd = -1;
    state.path = NULL;
    state.file_failed = false;
}

/* Prints a line on standard error, above the status line. Where standard error is full or gone,
 * there is nobody left to tell. */
static void print_line(const char *line)
{
    struct strbuf out = STRBUF_INIT;

    if (state.status)
        strbuf_addstr(&out, "\r\033[K");
    strbuf_addstr(&out, line);
    strbuf_addch(&out, '\n');
    if (state.status)
        strbuf_add(&out, state.status, utf8_fitting(state.status, log_status_columns()));
    file_write_all(STDERR_FILENO, out.buf, out.len);
    strbuf_release(&out);
}

static void add_timestamp(struct strbuf *line)
{
    struct timespec now;
    struct tm tm;
    char text[32];

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &tm);
    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
    strbuf_addf(line, "%s.%03ld", text, now.tv_nsec / 1000000);
}

static void tell_file_failed(int number)
{
    struct strbuf line = STRBUF_INIT;

    strbuf_addf(&line, "warning: can't write the log file %s: %s; what it lacks is said here",
                state.path, strerror(number));
    if (!state.quiet)
        print_line(line.buf);
    strbuf_release(&line);
}

/* Writes a record to the log file. Returns false where no file is open, or the write failed. */
static bool write_record(enum log_level level, const char *text, size_t len)
{
    struct strbuf line = STRBUF_INIT;
    bool written;

    if (state.fd < 0)
        return false;
    add_timestamp(&line);
    strbuf_addf(&line, " %ld %s monasca-migrate [-] ", (long)getpid(), level_names[level]);
    strbuf_add_visible(&line, text, len);
    strbuf_addch(&line, '\n');
    written = file_write_all(state.fd, line.buf, line.len) == 0;
    if (!written && !state.file_failed)
        tell_file_failed(errno);
    state.file_failed = !written;
    strbuf_release(&line);
    return written;
}

static void record(enum log_level level, const char *text, size_t len)
{
    struct strbuf line = STRBUF_INIT;
    const bool written = write_record(level, text, len);

    if ((!written || level >= LOG_LEVEL_WARNING) && (!state.quiet || level >= LOG_LEVEL_ERROR)) {
        if (level != LOG_LEVEL_INFO)
            strbuf_addf(&line, "%s: ",
                        level == LOG_LEVEL_DEBUG     ? "debug"
                        : level == LOG_LEVEL_WARNING ? "warning"
                                                     : "error");
        strbuf_add_visible(&line, text, len);
        print_line(line.buf);
    }
    strbuf_release(&line);
}

static void record_formatted(enum log_level level, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void record_formatted(enum log_level level, const char *fmt, va_list ap)
{
    struct strbuf text = STRBUF_INIT;

    if (level < state.level)
        return;
    strbuf_vaddf(&text, fmt, ap);
    record(level, text.buf, text.len);
    strbuf_release(&text);
}

#define DEFINE_LEVEL(name, level)                                                                  \
    void name(const char *fmt, ...)                                                                \
    {                                                                                              \
        va_list ap;                                                                                \
                                                                                                   \
        va_start(ap, fmt);                                                                         \
        record_formatted(level, fmt, ap);                                                          \
        va_end(ap);                                                                                \
    }

DEFINE_LEVEL(log_debug, LOG_LEVEL_DEBUG)
DEFINE_LEVEL(log_info, LOG_LEVEL_INFO)
DEFINE_LEVEL(log_warning, LOG_LEVEL_WARNING)
DEFINE_LEVEL(log_error, LOG_LEVEL_ERROR)

void log_err(const struct err *err)
{
    struct strbuf text = STRBUF_INIT;

    log_error("%s", err->message ? err->message : "unknown error");
    if (err->hint) {
        strbuf_addstr(&text, "hint: ");
        strbuf_add_visible(&text, err->hint, strlen(err->hint));
        write_record(LOG_LEVEL_ERROR, text.buf, text.len);
        print_line(text.buf);
    }
    strbuf_release(&text);
}

void log_notice(const char *fmt, ...)
{
    struct strbuf text = STRBUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    strbuf_vaddf(&text, fmt, ap);
    va_end(ap);
    if (!state.quiet)
        print_line(text.buf);
    strbuf_release(&text);
}

size_t log_status_columns(void)
{
    const char *term = getenv("TERM");
    struct winsize size;

    if (state.quiet || !isatty(STDERR_FILENO) || !term || !*term || strcmp(term, "dumb") == 0)
        return 0;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col)
        return DEFAULT_COLUMNS - 1;
    /* A character in the last column makes some terminals begin another line. */
    return size.ws_col > 1 ? size.ws_col - 1U : 0;
}

void log_status(const char *line)
{
    struct strbuf out = STRBUF_INIT;
    size_t columns = line ? log_status_columns() : 0;

    if (line && !columns)
        return;
    if (!line && !state.status)
        return;
    strbuf_addstr(&out, "\r\033[K");
    if (line)
        strbuf_add(&out, line, utf8_fitting(line, columns));
    file_write_all(STDERR_FILENO, out.buf, out.len);
    free(state.status);
    state.status = xstrdup_or_null(line);
    strbuf_release(&out);
}
