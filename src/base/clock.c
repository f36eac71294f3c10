#include "base/clock.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

static const struct {
    const char *name;
    int64_t ns;
} units[] = {
    {"w", CLOCK_WEEK_NS},   {"d", CLOCK_DAY_NS}, {"h", CLOCK_HOUR_NS}, {"m", 60 * CLOCK_SECOND_NS},
    {"s", CLOCK_SECOND_NS}, {"ms", 1000000},     {"u", 1000},          {"ns", 1},
};

static int64_t read_clock(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * CLOCK_SECOND_NS + now.tv_nsec;
}

int64_t clock_now_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

/* The longest unit that `text` begins with, and the length of its name; 0 where it begins with
 * none. */
static int64_t leading_unit(const char *text, size_t *ret_len)
{
    int64_t found = 0;

    *ret_len = 0;
    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        size_t len = strlen(units[i].name);

        if (len > *ret_len && strncmp(text, units[i].name, len) == 0) {
            found = units[i].ns;
            *ret_len = len;
        }
    }
    return found;
}

int clock_parse_duration(const char *text, int64_t plain_unit_ns, int64_t *ret_ns, struct err *err)
{
    const char *at = text;
    int64_t total = 0;

    do {
        int64_t number = 0;
        int64_t unit;
        size_t unit_len;
        const char *digits = at;

        for (; isdigit((unsigned char)*at); at++)
            if (__builtin_mul_overflow(number, 10, &number) ||
                __builtin_add_overflow(number, *at - '0', &number))
                return err_set(err, ERR_USAGE, "the duration '%s' is too long", text);
        unit = leading_unit(at, &unit_len);
        if (!unit && *at == '\0' && digits == text)
            unit = plain_unit_ns;
        if (at == digits || !unit)
            return err_set(
                err, ERR_USAGE,
                "'%s' is no duration; allowed are numbers with w, d, h, m, s, ms, u or ns behind%s",
                text, plain_unit_ns ? ", or a plain number" : "");
        at += unit_len;
        if (__builtin_mul_overflow(number, unit, &number) ||
            __builtin_add_overflow(total, number, &total))
            return err_set(err, ERR_USAGE, "the duration '%s' is too long", text);
    } while (*at);
    *ret_ns = total;
    return 0;
}

void clock_add_duration(struct strbuf *sb, int64_t duration_ns)
{
    for (size_t i = 0; i < ARRAY_SIZE(units); i++)
        if (duration_ns && duration_ns % units[i].ns == 0) {
            strbuf_addf(sb, "%" PRId64 "%s", duration_ns / units[i].ns, units[i].name);
            return;
        }
    strbuf_addstr(sb, "0s");
}

void clock_add_duration_rounded(struct strbuf *sb, int64_t duration_ns)
{
    int64_t seconds = duration_ns / CLOCK_SECOND_NS;

    if (seconds < 10)
        strbuf_addf(sb, "%.1fs", (double)duration_ns / 1e9);
    else if (seconds < 60)
        strbuf_addf(sb, "%" PRId64 "s", seconds);
    else if (seconds < 3600)
        strbuf_addf(sb, "%" PRId64 "m %" PRId64 "s", seconds / 60, seconds % 60);
    else if (seconds < 86400)
        strbuf_addf(sb, "%" PRId64 "h %" PRId64 "m", seconds / 3600, seconds / 60 % 60);
    else
        strbuf_addf(sb, "%" PRId64 "d %" PRId64 "h", seconds / 86400, seconds / 3600 % 24);
}

void clock_add_instant(struct strbuf *sb, int64_t instant_ns)
{
    int64_t seconds = instant_ns / CLOCK_SECOND_NS;
    int64_t fraction = instant_ns % CLOCK_SECOND_NS;
    time_t t;
    struct tm tm;

    if (fraction < 0) {
        fraction += CLOCK_SECOND_NS;
        seconds--;
    }
    t = (time_t)seconds;
    gmtime_r(&t, &tm);
    strbuf_addf(sb, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                tm.tm_hour, tm.tm_min, tm.tm_sec);
    if (fraction) {
        strbuf_addf(sb, ".%09" PRId64, fraction);
        while (sb->buf[sb->len - 1] == '0')
            strbuf_setlen(sb, sb->len - 1);
    }
    strbuf_addch(sb, 'Z');
}

void clock_add_second(struct strbuf *sb, int64_t instant_ns)
{
    clock_add_instant(sb, clock_floor_to(instant_ns, CLOCK_SECOND_NS));
}

/* Makes one number of seconds since the epoch and nanoseconds. A sum beyond the range of int64_t is
 * an error. */
static int join_instant(int64_t seconds, int64_t fraction_ns, const char *text, int64_t *ret_ns,
                        struct err *err)
{
    /* The range begins within a second. Rounded down, that second would be out of range: round it
     * up. */
    if (seconds < 0 && fraction_ns > 0) {
        seconds++;
        fraction_ns -= CLOCK_SECOND_NS;
    }
    if (__builtin_mul_overflow(seconds, CLOCK_SECOND_NS, ret_ns) ||
        __builtin_add_overflow(*ret_ns, fraction_ns, ret_ns))
        return err_set(err, ERR_FAILED, "the instant '%s' is out of range", text);
    return 0;
}

/* The seconds since the epoch of a date and time; -1 where there is none such. timegm() alone would
 * read a 31st of April as the 1st of May. */
static int seconds_of(const struct tm *tm, int64_t *ret_seconds)
{
    struct tm copy = *tm;
    time_t t = timegm(&copy);

    if (copy.tm_mday != tm->tm_mday || copy.tm_mon != tm->tm_mon || copy.tm_hour != tm->tm_hour ||
        copy.tm_min != tm->tm_min)
        return -1;
    *ret_seconds = (int64_t)t;
    return 0;
}

/* Reads exactly `count` digits at `*at`, and moves it behind them. Returns -1 where there are
 * fewer. */
static int take_digits(const char **at, int count)
{
    int number = 0;

    for (; count; count--, (*at)++) {
        if (!isdigit((unsigned char)**at))
            return -1;
        number = number * 10 + (**at - '0');
    }
    return number;
}

/* Reads one of the characters `allowed` at `*at`, and moves it behind that. */
static bool take_one_of(const char **at, const char *allowed)
{
    bool found = **at && strchr(allowed, **at);

    *at += found;
    return found;
}

/* Reads `HH:MM:SS`. seconds_of() checks that each is in its range. */
static bool take_time(const char **at, struct tm *tm)
{
    return (tm->tm_hour = take_digits(at, 2)) >= 0 && take_one_of(at, ":") &&
           (tm->tm_min = take_digits(at, 2)) >= 0 && take_one_of(at, ":") &&
           (tm->tm_sec = take_digits(at, 2)) >= 0;
}

static bool take_date(const char **at, struct tm *tm)
{
    if ((tm->tm_year = take_digits(at, 4)) < 0 || !take_one_of(at, "-") ||
        (tm->tm_mon = take_digits(at, 2)) < 0 || !take_one_of(at, "-") ||
        (tm->tm_mday = take_digits(at, 2)) < 0)
        return false;
    tm->tm_year -= 1900;
    tm->tm_mon -= 1;
    return true;
}

/* Reads a fraction of up to nine digits: `.5`. Where there is none, it is 0. */
static bool take_fraction(const char **at, int64_t *ret_ns)
{
    int64_t digit = CLOCK_SECOND_NS / 10;

    *ret_ns = 0;
    if (!take_one_of(at, "."))
        return true;
    if (!isdigit((unsigned char)**at))
        return false;
    for (; isdigit((unsigned char)**at) && digit; (*at)++, digit /= 10)
        *ret_ns += digit * (**at - '0');
    return !isdigit((unsigned char)**at);
}

/* Reads an offset: `Z`, `+HH:MM` or `-HH:MM`. */
static bool take_offset(const char **at, int64_t *ret_seconds)
{
    int sign = **at == '-' ? -1 : 1;
    int hours, minutes;

    *ret_seconds = 0;
    if (take_one_of(at, "Zz"))
        return true;
    if (!take_one_of(at, "+-") || (hours = take_digits(at, 2)) < 0 || !take_one_of(at, ":") ||
        (minutes = take_digits(at, 2)) < 0)
        return false;
    *ret_seconds = sign * (hours * 3600 + minutes * 60);
    return hours < 24 && minutes < 60;
}

/* Seconds since the epoch, and nanoseconds. */
static int parse_instant(const char *text, int64_t *ret_seconds, int64_t *ret_fraction_ns,
                         struct err *err)
{
    struct tm tm = {0};
    int64_t offset;
    const char *at = text;

    if (!take_date(&at, &tm) || !take_one_of(&at, "Tt") || !take_time(&at, &tm) ||
        !take_fraction(&at, ret_fraction_ns) || !take_offset(&at, &offset) || *at ||
        seconds_of(&tm, ret_seconds) < 0) {
        err_set(err, ERR_FAILED, "'%s' is no instant as RFC 3339 writes it", text);
        return -1; /* clang-tidy can't see that err_set() returns it */
    }
    *ret_seconds -= offset;
    return 0;
}

int clock_parse_instant(const char *text, int64_t *ret_ns, struct err *err)
{
    int64_t seconds, fraction_ns;

    if (parse_instant(text, &seconds, &fraction_ns, err) < 0)
        return -1;
    return join_instant(seconds, fraction_ns, text, ret_ns, err);
}

int clock_parse_instant_held(const char *text, int64_t *ret_ns, struct err *err)
{
    struct err out_of_range = ERR_INIT;
    int64_t seconds, fraction_ns;

    if (parse_instant(text, &seconds, &fraction_ns, err) < 0)
        return -1;
    if (join_instant(seconds, fraction_ns, text, ret_ns, &out_of_range) < 0)
        *ret_ns = seconds < 0 ? INT64_MIN : INT64_MAX;
    err_release(&out_of_range);
    return 0;
}

/* Reads one of `words`, which are of three letters and written without blanks. Returns its index,
 * or -1. */
static int take_word(const char **at, const char *words)
{
    for (int i = 0; words[3 * i]; i++)
        if (strncmp(*at, words + 3 * i, 3) == 0) {
            *at += 3;
            return i;
        }
    return -1;
}

int clock_parse_http_date(const char *text, int64_t *ret_ns, struct err *err)
{
    struct tm tm = {0};
    const char *at = text;
    int64_t seconds;

    if (take_word(&at, "SunMonTueWedThuFriSat") < 0 || !take_one_of(&at, ",") ||
        !take_one_of(&at, " ") || (tm.tm_mday = take_digits(&at, 2)) < 0 ||
        !take_one_of(&at, " ") ||
        (tm.tm_mon = take_word(&at, "JanFebMarAprMayJunJulAugSepOctNovDec")) < 0 ||
        !take_one_of(&at, " ") || (tm.tm_year = take_digits(&at, 4)) < 0 ||
        !take_one_of(&at, " ") || !take_time(&at, &tm) || strcmp(at, " GMT") != 0)
        goto bad;
    tm.tm_year -= 1900;
    if (seconds_of(&tm, &seconds) < 0)
        goto bad;
    return join_instant(seconds, 0, text, ret_ns, err);
bad:
    return err_set(err, ERR_FAILED, "'%s' is no date as HTTP writes it", text);
}

int64_t clock_add(int64_t a, int64_t b)
{
    int64_t sum;

    if (__builtin_add_overflow(a, b, &sum))
        return b > 0 ? INT64_MAX : INT64_MIN;
    return sum;
}

int64_t clock_sub(int64_t a, int64_t b)
{
    int64_t difference;

    if (__builtin_sub_overflow(a, b, &difference))
        return b < 0 ? INT64_MAX : INT64_MIN;
    return difference;
}

int64_t clock_floor_to(int64_t instant_ns, int64_t step_ns)
{
    int64_t rest = instant_ns % step_ns; /* has the sign of the instant */
    int64_t floor;

    if (rest >= 0 || __builtin_sub_overflow(instant_ns - rest, step_ns, &floor))
        return instant_ns - rest;
    return floor;
}
