#include <stdlib.h>

#include "base/mem.h"
#include "base/status.h"
#include "verification_inside.h"

#define OLD_COLUMNS                                                                                \
    "token, pid, started_ns, ended_ns, status, words, command, filters, deep, repair, part,"       \
    " cutoff_ns, start_ns, end_ns, tenants_total, windows_total, windows_done, windows_failed,"    \
    " values_verified, values_missing, points_repaired"
#define COLUMNS      OLD_COLUMNS ", values_different"
#define NEWEST_FIRST " FROM verification ORDER BY started_ns DESC LIMIT ?1"

int verification_record_write(const struct verification_record *record, struct journal *file,
                              struct err *err)
{
    return journal_db_run(
        file, err,
        "INSERT OR REPLACE INTO verification (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
        " ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)",
        "iiiintttnnniriiiiiiii", record->token, record->pid, record->started_ns, record->ended_ns,
        record->status, record->words, record->command, record->filters, record->deep,
        record->repair, record->part, record->cutoff_ns, record->range, record->tenants_total,
        record->windows_total, record->windows_done, record->windows_failed,
        record->values_verified, record->values_missing, record->points_repaired,
        record->values_different);
}

void verification_record_release(struct verification_record *record)
{
    free(record->words);
    free(record->command);
    free(record->filters);
}

bool verification_is_complete(const struct verification_record *record)
{
    return record->ended_ns &&
           (record->status == STATUS_DONE || record->status == STATUS_IN_PART) && !*record->words;
}

static struct verification_record record_of_row(const struct journal *journal,
                                                const struct journal_rows *rows)
{
    int64_t numbers[22];
    struct verification_record record;

    for (int i = 0; i < 22; i++)
        numbers[i] = journal_rows_int(rows, i);
    record = (struct verification_record){
        .token = numbers[0],
        .pid = numbers[1],
        .started_ns = numbers[2],
        .ended_ns = numbers[3],
        .status = (int)numbers[4],
        .words = xstrdup(journal_rows_text(rows, 5)),
        .command = xstrdup(journal_rows_text(rows, 6)),
        .filters = xstrdup(journal_rows_text(rows, 7)),
        .deep = numbers[8],
        .repair = numbers[9],
        .part = numbers[10],
        .cutoff_ns = numbers[11],
        .range = {numbers[12], numbers[13]},
        .tenants_total = numbers[14],
        .windows_total = numbers[15],
        .windows_done = numbers[16],
        .windows_failed = numbers[17],
        .values_verified = numbers[18],
        .values_missing = numbers[19],
        .points_repaired = numbers[20],
        .values_different = numbers[21],
    };
    record.running =
        !record.ended_ns && verification_is_running(journal->verify_lock_path, record.token);
    return record;
}

int verification_read(struct verification_list *list, struct journal *journal, size_t max,
                      struct err *err)
{
    struct journal_rows rows;

    if (journal->version < 3)
        return 0;
    journal_rows_begin(&rows, journal, err,
                       journal->version < 6 ? "SELECT " OLD_COLUMNS ", -1" NEWEST_FIRST
                                            : "SELECT " COLUMNS NEWEST_FIRST,
                       "i", (int64_t)max);
    while (journal_rows_next(&rows)) {
        GROW(list->items, list->count, list->alloc);
        list->items[list->count++] = record_of_row(journal, &rows);
    }
    return journal_rows_end(&rows);
}

void verification_list_release(struct verification_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        verification_record_release(&list->items[i]);
    free(list->items);
    *list = (struct verification_list){0};
}
