#include <stdlib.h>

#include "base/mem.h"
#include "verification_inside.h"

struct difference {
    char *tenant, *database, *policy, *members;
    int64_t set;
    struct range range;
};

struct differences {
    struct difference *items;
    size_t count, alloc;
};

static void differences_release(struct differences *differences)
{
    for (size_t i = 0; i < differences->count; i++) {
        free(differences->items[i].tenant);
        free(differences->items[i].database);
        free(differences->items[i].policy);
        free(differences->items[i].members);
    }
    free(differences->items);
}

static int read_differences(struct journal *file, int64_t token, bool deep,
                            struct differences *differences, struct err *err)
{
    struct journal_rows rows;

    journal_rows_begin(
        &rows, file, err,
        "SELECT tenant, database, policy, members, set_id, start_ns, end_ns FROM difference"
        " JOIN measurement_set ON id = set_id WHERE verification != ?1 AND deep <= ?2",
        "in", token, deep);
    while (journal_rows_next(&rows)) {
        GROW(differences->items, differences->count, differences->alloc);
        differences->items[differences->count++] = (struct difference){
            .tenant = xstrdup(journal_rows_text(&rows, 0)),
            .database = xstrdup(journal_rows_text(&rows, 1)),
            .policy = xstrdup(journal_rows_text(&rows, 2)),
            .members = xstrdup(journal_rows_text(&rows, 3)),
            .set = journal_rows_int(&rows, 4),
            .range = journal_rows_range(&rows, 5),
        };
    }
    return journal_rows_end(&rows);
}

/* Does a set have all members of another? Both are ids, separated by commas. */
static bool has_members(const char *members, const char *wanted)
{
    struct strvec all = STRVEC_INIT, some = STRVEC_INIT;
    bool has = true;

    strvec_split(&all, members, ',');
    strvec_split(&some, wanted, ',');
    for (size_t i = 0; i < some.nr && has; i++)
        has = strvec_has(&all, some.v[i]);
    strvec_release(&all);
    strvec_release(&some);
    return has;
}

/* Takes out of `rest` what the verification found whole of a difference. */
static int subtract_compared(struct journal *file, int64_t token,
                             const struct difference *difference, struct range_list *rest,
                             struct err *err)
{
    struct journal_rows rows;

    journal_rows_begin(
        &rows, file, err,
        "SELECT start_ns, end_ns, members FROM compared JOIN measurement_set ON id = set_id"
        " WHERE tenant = ?1 AND database = ?2 AND policy = ?3 AND verification = ?4"
        " AND start_ns < ?6 AND end_ns > ?5",
        "tttir", difference->tenant, difference->database, difference->policy, token,
        difference->range);
    while (journal_rows_next(&rows))
        if (has_members(journal_rows_text(&rows, 2), difference->members))
            range_list_subtract(rest, journal_rows_range(&rows, 0));
    return journal_rows_end(&rows);
}

static int delete_difference(struct journal *file, const struct difference *difference,
                             struct err *err)
{
    struct journal_key key = {difference->tenant, difference->database, difference->policy,
                              difference->set};

    return journal_db_run(
        file, err, "DELETE FROM difference" JOURNAL_WHERE_KEY " AND start_ns = ?5 AND end_ns = ?6",
        "kr", &key, difference->range);
}

int verification_mend(struct journal *file, int64_t token, bool deep, struct err *err)
{
    struct differences differences = {0};
    int rc = read_differences(file, token, deep, &differences, err);

    for (size_t i = 0; i < differences.count && rc == 0; i++) {
        struct range_list rest = RANGE_LIST_INIT;

        range_list_add(&rest, differences.items[i].range);
        rc = subtract_compared(file, token, &differences.items[i], &rest, err);
        if (rc == 0 && !rest.count)
            rc = delete_difference(file, &differences.items[i], err);
        range_list_release(&rest);
    }
    differences_release(&differences);
    return rc;
}
