#include "cmd/tenants/verification_print.h"

#include <string.h>

#include "../../unit.h"
#include "base/clock.h"

/* 2026-03-01T06:30:45.5Z */
#define AT INT64_C(1772346645500000000)

static void assert_proof(const struct report_proof *proof, int64_t differences,
                         const char *expected)
{
    struct strbuf text = STRBUF_INIT;

    verification_print_proof(&text, proof, differences);
    assert_string_equal(text.buf, expected);
    strbuf_release(&text);
}

static void proofs(void **state)
{
    struct report_proof proof = {.points = true};

    (void)state;
    assert_proof(&proof, 0, "nothing: nothing is copied");
    proof.tenants = 3;
    assert_proof(&proof, 0, "nothing yet, by 'tenants verify'");
    proof = (struct report_proof){.all = true,
                                  .points = true,
                                  .tenants = 3,
                                  .verifications = 1,
                                  .first_ns = AT - CLOCK_HOUR_NS,
                                  .last_ns = AT};
    assert_proof(&proof, 0,
                 "all that was copied, point by point, at 2026-03-01T06:30:45Z; nothing differs");
    proof.points = false;
    proof.verifications = 2;
    assert_proof(&proof, 0,
                 "all that was copied, by counts, in 2 verifications, from 2026-03-01T05:30:45Z to"
                 " 2026-03-01T06:30:45Z; nothing is missing");
}

static void proofs_in_part(void **state)
{
    struct report_proof proof = {.points = true,
                                 .tenants = 3,
                                 .tenants_part = 1,
                                 .verifications = 1,
                                 .open_ns = AT - CLOCK_DAY_NS,
                                 .last_ns = AT};

    (void)state;
    assert_proof(&proof, 0,
                 "all that was copied up to 2026-02-28T06:30:45Z, point by point, at"
                 " 2026-03-01T06:30:45Z; nothing differs there. Not yet: what is later, of 1"
                 " tenant");
    proof.tenants_none = 1;
    assert_proof(&proof, 0,
                 "a part of what was copied, point by point, at 2026-03-01T06:30:45Z. Not yet: 1 of"
                 " 3 tenants, and a part of 1 tenant, from 2026-02-28T06:30:45Z on");
    proof.tenants_none = 0;
    assert_proof(&proof, 2,
                 "a part of what was copied, point by point, at 2026-03-01T06:30:45Z. Differing, or"
                 " not yet compared: a part of 1 tenant, from 2026-02-28T06:30:45Z on");
}

static void assert_record(const struct verification_record *record, const char *expected)
{
    struct strbuf text = STRBUF_INIT;

    verification_print_record(&text, record);
    assert_string_equal(text.buf, expected);
    strbuf_release(&text);
}

static void records(void **state)
{
    char nothing[] = "", filters[] = "--tenant a", words[] = "interrupted";
    struct verification_record record = {
        .started_ns = AT, .words = nothing, .filters = nothing, .running = true};

    (void)state;
    assert_record(&record, "by counts, 2026-03-01T06:30:45Z: running");
    record.running = false;
    assert_record(&record, "by counts, 2026-03-01T06:30:45Z: cut short");
    record.deep = true;
    record.ended_ns = AT + CLOCK_HOUR_NS;
    record.windows_total = record.windows_done = 1200;
    record.values_verified = 1;
    assert_record(&record, "point by point, 2026-03-01T07:30:45Z after 1h 0m: whole, 1,200 of 1,200"
                           " windows, 1 value compared");
    record.windows_done = 1199;
    record.part = true;
    record.filters = filters;
    assert_record(&record,
                  "point by point, 2026-03-01T07:30:45Z after 1h 0m, of a part: --tenant a: in"
                  " part, 1,199 of 1,200 windows whole, 1 value compared");
    record.values_different = 3;
    assert_string_equal(verification_print_state(&record), "differs");
    record.values_missing = 7;
    record.status = 1;
    record.repair = true;
    record.points_repaired = 2;
    record.part = false;
    assert_record(&record, "point by point, with repair, 2026-03-01T07:30:45Z after 1h 0m: differs,"
                           " 1,199 of 1,200 windows whole, 1 value compared, 7 missing,"
                           " 3 different, 2 points copied again");
    record.values_different = -1; /* of an older version */
    assert_record(&record, "point by point, with repair, 2026-03-01T07:30:45Z after 1h 0m: differs,"
                           " 1,199 of 1,200 windows whole, 1 value compared, 7 missing or"
                           " different, 2 points copied again");
    record.status = 5;
    record.words = words;
    assert_string_equal(verification_print_state(&record), "interrupted");
    record.status = 4;
    assert_string_equal(verification_print_state(&record), "failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("what is proven is one sentence", proofs),
        TEST("what isn't proven yet is said beside what is", proofs_in_part),
        TEST("a verification is told by how, when, of what, and its result", records),
    };

    return cmocka_run_group_tests_name("cmd/verification_print", tests, NULL, NULL);
}
