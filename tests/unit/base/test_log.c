#include "base/log.h"

#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "../unit.h"
#include "base/file.h"

/* Standard error goes to a file while a test runs. */
struct place {
    char errors[32];
    char log[32];
    int kept;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    int fd;

    assert_non_null(place);
    strcpy(place->errors, "/tmp/test_log.XXXXXX");
    strcpy(place->log, "/tmp/test_log.XXXXXX");
    fd = mkstemp(place->log);
    assert_true(fd >= 0);
    close(fd);
    unlink(place->log);
    fd = mkstemp(place->errors);
    assert_true(fd >= 0);
    fflush(stderr);
    place->kept = dup(STDERR_FILENO);
    dup2(fd, STDERR_FILENO);
    close(fd);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    log_status(NULL);
    log_close();
    log_set_quiet(0);
    log_set_level(LOG_LEVEL_INFO);
    dup2(place->kept, STDERR_FILENO);
    close(place->kept);
    unlink(place->errors);
    unlink(place->log);
    free(place);
    return 0;
}

static char *content(const char *path)
{
    struct strbuf text = STRBUF_INIT;
    struct err err = ERR_INIT;

    assert_int_equal(file_read(path, 100000, &text, &err), 0);
    return strbuf_detach(&text);
}

static void assert_content(const char *path, const char *expected)
{
    char *text = content(path);

    assert_string_equal(text, expected);
    free(text);
}

static void levels(void **state)
{
    struct place *place = *state;

    log_debug("a");
    log_info("b %d", 1);
    log_warning("c");
    log_error("d");
    log_set_level(LOG_LEVEL_DEBUG);
    log_debug("e");
    log_notice("f");
    assert_content(place->errors, "b 1\nwarning: c\nerror: d\ndebug: e\nf\n");
}

static void quiet(void **state)
{
    struct place *place = *state;

    log_set_quiet(1);
    log_info("a");
    log_warning("b");
    log_notice("c");
    log_error("d");
    assert_content(place->errors, "error: d\n");
}

static void visible(void **state)
{
    struct place *place = *state;

    log_info("%s", "a\x1b[31m\nb");
    assert_content(place->errors, "a\\x1b[31m\\nb\n");
}

static void to_file(void **state)
{
    struct place *place = *state;
    struct err err = ERR_INIT;
    struct stat st;
    char *text;
    int year, month, day, hour, minute, second, ms, used = 0;
    long pid;

    assert_int_equal(log_open_file(place->log, &err), 0);
    log_info("first");
    log_warning("second");
    assert_content(place->errors, "warning: second\n");
    text = content(place->log);
    assert_int_equal(sscanf(text, "%4d-%2d-%2d %2d:%2d:%2d.%3d %ld INFO monasca-migrate [-] %n",
                            &year, &month, &day, &hour, &minute, &second, &ms, &pid, &used),
                     8);
    assert_true(pid == (long)getpid());
    assert_int_equal(strncmp(text + used, "first\n", 6), 0);
    assert_has(text, "WARNING monasca-migrate [-] second\n");
    free(text);
    assert_int_equal(stat(place->log, &st), 0);
    assert_int_equal(st.st_mode & 0137, 0);
}

static void full_file(void **state)
{
    struct place *place = *state;
    struct err err = ERR_INIT;

    assert_int_equal(log_open_file("/dev/full", &err), 0);
    log_info("a");
    log_info("b");
    assert_content(place->errors, "warning: can't write the log file /dev/full: No space left on "
                                  "device; what it lacks is said here\na\nb\n");
}

static void appends(void **state)
{
    struct place *place = *state;
    struct err err = ERR_INIT;
    char *text;

    assert_int_equal(log_open_file(place->log, &err), 0);
    log_info("first");
    log_close();
    assert_int_equal(log_open_file(place->log, &err), 0);
    log_info("second");
    text = content(place->log);
    assert_has(text, "first");
    assert_has(text, "second");
    free(text);
}

static void bad_file(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(log_open_file("/nowhere/x.log", &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_has(err.message, "/nowhere/x.log");
    err_release(&err);
}

static void error_with_hint(void **state)
{
    struct place *place = *state;
    struct err err = ERR_INIT, open_err = ERR_INIT;
    char *text;

    assert_int_equal(log_open_file(place->log, &open_err), 0);
    err_set(&err, ERR_FAILED, "it\nfailed");
    err_hint(&err, "do\tthis");
    log_err(&err);
    assert_content(place->errors, "error: it\\nfailed\nhint: do\\tthis\n");
    text = content(place->log);
    assert_has(text, "ERROR monasca-migrate [-] it\\nfailed\n");
    assert_has(text, "ERROR monasca-migrate [-] hint: do\\tthis\n");
    free(text);
    err_release(&err);
}

/* Puts a terminal of so many columns at standard error. Returns the end that shows what is
 * drawn. */
static int open_terminal(unsigned short columns)
{
    struct winsize size = {.ws_row = 24, .ws_col = columns};
    struct termios raw;
    int screen, terminal;

    assert_int_equal(openpty(&screen, &terminal, NULL, NULL, &size), 0);
    assert_int_equal(tcgetattr(terminal, &raw), 0);
    cfmakeraw(&raw);
    assert_int_equal(tcsetattr(terminal, TCSANOW, &raw), 0);
    dup2(terminal, STDERR_FILENO);
    close(terminal);
    setenv("TERM", "xterm", 1);
    return screen;
}

static void assert_drawn(int screen, const char *expected)
{
    char text[1000];
    size_t len = 0;
    struct pollfd fd = {.fd = screen, .events = POLLIN};

    /* Text that was written in pieces may come in pieces. */
    while (len < strlen(expected) && poll(&fd, 1, 5000) == 1) {
        ssize_t got = read(screen, text + len, sizeof(text) - 1 - len);

        if (got <= 0)
            break;
        len += (size_t)got;
    }
    text[len] = '\0';
    assert_string_equal(text, expected);
}

static void status_line(void **state)
{
    int screen = open_terminal(80);

    (void)state;
    assert_int_equal(log_status_columns(), 79);
    log_status(NULL);
    log_status("10%");
    log_info("a");
    log_status("20%");
    log_status(NULL);
    log_info("b");
    assert_drawn(screen, "\r\033[K10%\r\033[Ka\n10%\r\033[K20%\r\033[Kb\n");
    close(screen);
}

static void narrow(void **state)
{
    struct winsize size = {.ws_row = 24, .ws_col = 4};
    int screen = open_terminal(6);

    (void)state;
    log_status("10% done");
    assert_drawn(screen, "\r\033[K10% d");
    /* The terminal becomes narrower while a line is shown. */
    ioctl(screen, TIOCSWINSZ, &size);
    log_info("a");
    assert_drawn(screen, "\r\033[Ka\n10%");
    log_status("\xe6\x97\xa5\xe6\x9c\xac");
    assert_drawn(screen, "\r\033[K\xe6\x97\xa5");
    close(screen);
}

static void no_status_line(void **state)
{
    struct place *place = *state;
    int screen;

    log_status("10%");
    log_info("a");
    assert_content(place->errors, "a\n");
    screen = open_terminal(80);
    setenv("TERM", "dumb", 1);
    assert_int_equal(log_status_columns(), 0);
    unsetenv("TERM");
    assert_int_equal(log_status_columns(), 0);
    log_status("10%");
    log_info("a");
    assert_drawn(screen, "a\n");
    setenv("TERM", "xterm", 1);
    log_set_quiet(1);
    assert_int_equal(log_status_columns(), 0);
    close(screen);
}

#define LOG_TEST(sentence, function) TEST_WITH(sentence, function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST("records below the level are dropped, others named by it", levels),
        LOG_TEST("quiet leaves the errors", quiet),
        LOG_TEST("control characters in a record are made visible", visible),
        LOG_TEST("records go to the log file in oslo.log's layout, warnings to both", to_file),
        LOG_TEST("what a log file can't take is said on standard error", full_file),
        LOG_TEST("a log file is appended to", appends),
        LOG_TEST("a log file that can't be opened is an error", bad_file),
        LOG_TEST("an error and its hint are a line each, in the log file too", error_with_hint),
        LOG_TEST("records are printed above the status line", status_line),
        LOG_TEST("the status line is cut to the terminal as it is then", narrow),
        LOG_TEST("there is no status line but on a terminal that can draw it", no_status_line),
    };

    return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
