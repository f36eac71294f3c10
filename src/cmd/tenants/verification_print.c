#include "cmd/tenants/verification_print.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/plural.h"
#include "base/status.h"
#include "cmd/tenants/progress.h"
#include "term/number.h"

static void add_counted(struct strbuf *sb, int64_t count, const char *word)
{
    number_add_grouped(sb, count);
    strbuf_addf(sb, " %s%s", word, PLURAL(count, "", "s"));
}

static void add_when(struct strbuf *sb, const struct report_proof *proof)
{
    if (proof->verifications > 1) {
        strbuf_addf(sb, " in %" PRId64 " verifications, from ", proof->verifications);
        clock_add_second(sb, proof->first_ns);
        strbuf_addstr(sb, " to ");
    } else {
        strbuf_addstr(sb, " at ");
    }
    clock_add_second(sb, proof->last_ns);
}

/* Adds the case in which all was compared up to a time, and something of each tenant. */
static void add_later(struct strbuf *sb, const struct report_proof *proof)
{
    strbuf_addf(sb, "; nothing %s there. Not yet: what is later, of ",
                proof->points ? "differs" : "is missing");
    add_counted(sb, proof->tenants_part, "tenant");
}

static void add_open(struct strbuf *sb, const struct report_proof *proof, bool differs)
{
    strbuf_addstr(sb, differs ? ". Differing, or not yet compared: " : ". Not yet: ");
    if (proof->tenants_none) {
        number_add_grouped(sb, proof->tenants_none);
        strbuf_addstr(sb, " of ");
        add_counted(sb, proof->tenants, "tenant");
        strbuf_addstr(sb, proof->tenants_part ? ", and " : "");
    }
    if (proof->tenants_part) {
        strbuf_addstr(sb, "a part of ");
        add_counted(sb, proof->tenants_part, "tenant");
    }
    strbuf_addstr(sb, ", from ");
    clock_add_second(sb, proof->open_ns);
    strbuf_addstr(sb, " on");
}

void verification_print_proof(struct strbuf *sb, const struct report_proof *proof,
                              int64_t differences)
{
    const char *how = proof->points ? ", point by point," : ", by counts,";

    if (!proof->tenants) {
        strbuf_addstr(sb, "nothing: nothing is copied");
    } else if (!proof->verifications) {
        strbuf_addstr(sb, "nothing yet, by 'tenants verify'");
    } else if (proof->all) {
        strbuf_addf(sb, "all that was copied%s", how);
        add_when(sb, proof);
        strbuf_addstr(sb, differences     ? ""
                          : proof->points ? "; nothing differs"
                                          : "; nothing is missing");
    } else if (!proof->tenants_none && !differences) {
        strbuf_addstr(sb, "all that was copied up to ");
        clock_add_second(sb, proof->open_ns);
        strbuf_addf(sb, "%s", how);
        add_when(sb, proof);
        add_later(sb, proof);
    } else {
        strbuf_addf(sb, "a part of what was copied%s", how);
        add_when(sb, proof);
        add_open(sb, proof, differences);
    }
}

void verification_print_differences(struct strbuf *sb, const struct report_facts *facts)
{
    const struct report_rows *rows = &facts->differing;
    int64_t tenants = 0;

    for (size_t i = 0; i < rows->count; i++)
        tenants += !i || rows->items[i].tenant != rows->items[i - 1].tenant;
    add_counted(sb, (int64_t)rows->count, "window");
    strbuf_addstr(sb, " of ");
    add_counted(sb, tenants, "tenant");
}

static bool has_differences(const struct verification_record *record)
{
    return record->values_missing || record->values_different > 0;
}

const char *verification_print_state(const struct verification_record *record)
{
    if (record->running)
        return "running";
    if (!record->ended_ns)
        return "cut short";
    if (verification_is_complete(record))
        return has_differences(record)                        ? "differs"
               : record->windows_done < record->windows_total ? "in part"
               : !record->windows_total                       ? "nothing to compare"
               /* The verification answered no, since it couldn't compare some windows. */
               : record->status ? "in part"
                                : "whole";
    return record->status == STATUS_INTERRUPTED ? status_word(record->status) : "failed";
}

static void add_differences(struct strbuf *sb, const struct verification_record *record)
{
    bool told_apart = !record->deep || record->values_different >= 0;

    if (record->values_missing) {
        strbuf_addstr(sb, ", ");
        number_add_grouped(sb, record->values_missing);
        strbuf_addstr(sb, told_apart ? " missing" : " missing or different");
    }
    if (record->values_different > 0) {
        strbuf_addstr(sb, ", ");
        number_add_grouped(sb, record->values_different);
        strbuf_addstr(sb, " different");
    }
}

static void add_result(struct strbuf *sb, const struct verification_record *record)
{
    strbuf_addstr(sb, verification_print_state(record));
    if (*record->words)
        strbuf_addf(sb, " (%s)", record->words);
    if (!record->ended_ns)
        return;
    strbuf_addstr(sb, ", ");
    number_add_grouped(sb, record->windows_done);
    strbuf_addstr(sb, " of ");
    add_counted(sb, record->windows_total, "window");
    strbuf_addstr(sb, record->windows_done < record->windows_total ? " whole, " : ", ");
    add_counted(sb, record->values_verified, "value");
    strbuf_addstr(sb, record->deep ? " compared" : " counted");
    add_differences(sb, record);
    if (record->points_repaired) {
        strbuf_addstr(sb, ", ");
        tenants_add_points(sb, record->points_repaired);
        strbuf_addstr(sb, " copied again");
    }
}

void verification_print_record(struct strbuf *sb, const struct verification_record *record)
{
    strbuf_addstr(sb, record->deep ? "point by point" : "by counts");
    if (record->repair)
        strbuf_addstr(sb, ", with repair");
    strbuf_addstr(sb, ", ");
    clock_add_second(sb, record->ended_ns ? record->ended_ns : record->started_ns);
    if (record->ended_ns) {
        strbuf_addstr(sb, " after ");
        clock_add_duration_rounded(sb, record->ended_ns - record->started_ns);
    }
    if (record->part)
        strbuf_addf(sb, ", of a part%s%s", *record->filters ? ": " : "", record->filters);
    strbuf_addstr(sb, ": ");
    add_result(sb, record);
}

/* JSON */

json_t *verification_print_proof_json(const struct report_proof *proof)
{
    json_t *object = json_object();

    json_set_bool(object, "all", proof->all);
    json_set_bool(object, "by_points", proof->points);
    json_set_int(object, "tenants", proof->tenants);
    json_set_int(object, "tenants_not_compared", proof->tenants_none);
    json_set_int(object, "tenants_in_part", proof->tenants_part);
    json_set_instant_or_null(object, "open_from", proof->open_ns);
    json_set_int(object, "verifications", proof->verifications);
    json_set_instant_or_null(object, "began", proof->first_ns);
    json_set_instant_or_null(object, "ended", proof->last_ns);
    return object;
}

json_t *verification_print_record_json(const struct verification_record *record)
{
    json_t *object = json_object();

    json_set_text(object, "state", verification_print_state(record));
    json_set_bool(object, "complete", verification_is_complete(record));
    json_set_bool(object, "deep", record->deep);
    json_set_bool(object, "repair", record->repair);
    json_set_bool(object, "part", record->part);
    json_set_text(object, "filters", record->filters);
    json_set_text(object, "command", record->command);
    json_set_int(object, "pid", record->pid);
    json_set_int(object, "status", record->ended_ns ? record->status : -1);
    json_set_text(object, "words", record->words);
    json_set_instant_or_null(object, "started", record->started_ns);
    json_set_instant_or_null(object, "ended", record->ended_ns);
    json_set_instant_or_null(object, "cutoff", record->cutoff_ns);
    json_set_instant_or_null(object, "start", record->range.start_ns);
    json_set_instant_or_null(object, "end", record->range.end_ns);
    json_set_int(object, "tenants_total", record->tenants_total);
    json_set_int(object, "windows_total", record->windows_total);
    json_set_int(object, "windows_done", record->windows_done);
    json_set_int(object, "windows_failed", record->windows_failed);
    json_set_int(object, "values_verified", record->values_verified);
    json_set_int(object, "values_missing", record->values_missing);
    if (record->values_different >= 0)
        json_set_int(object, "values_different", record->values_different);
    else
        json_set(object, "values_different", json_null());
    json_set_int(object, "points_written", record->points_repaired);
    return object;
}
