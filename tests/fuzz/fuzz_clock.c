/*
 * Durations, instants and dates: what was read, printed, is read as the same; and so is any number.
 * tests/fuzz/run builds and runs it.
 */
#include "base/clock.h"

#include "fuzz.h"

static void check_duration(int64_t ns)
{
    struct strbuf text = STRBUF_INIT;
    struct err err = ERR_INIT;
    int64_t again;

    clock_add_duration(&text, ns);
    must(clock_parse_duration(text.buf, 0, &again, &err) == 0 && again == ns);
    strbuf_reset(&text);
    clock_add_duration_rounded(&text, ns);
    must(text.len > 0);
    strbuf_release(&text);
}

static void check_instant(int64_t ns)
{
    struct strbuf text = STRBUF_INIT;
    struct err err = ERR_INIT;
    int64_t again;

    clock_add_instant(&text, ns);
    must(clock_parse_instant(text.buf, &again, &err) == 0 && again == ns);
    strbuf_release(&text);
}

static void check_text(const char *text)
{
    struct err err = ERR_INIT;
    int64_t ns, plain_ns;

    if (clock_parse_duration(text, 0, &ns, &err) == 0) {
        check_duration(ns);
        must(ns >= 0);
        must(clock_parse_duration(text, CLOCK_HOUR_NS, &plain_ns, &err) == 0 && plain_ns == ns);
    }
    if (clock_parse_instant(text, &ns, &err) == 0)
        check_instant(ns);
    if (clock_parse_http_date(text, &ns, &err) == 0) {
        check_instant(ns);
        must(ns % CLOCK_SECOND_NS == 0);
    }
    err_release(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);
    int64_t number[2] = {0, 0};

    check_text(text);
    memcpy(number, data, size < sizeof(number) ? size : sizeof(number));
    check_instant(number[0]);
    check_duration(number[0] & INT64_MAX);
    must(clock_add(clock_sub(number[0], number[1]), number[1]) == number[0] ||
         clock_sub(number[0], number[1]) == INT64_MAX ||
         clock_sub(number[0], number[1]) == INT64_MIN);
    free(text);
    return 0;
}
