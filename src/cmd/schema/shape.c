#include "shape.h"

#include "base/log.h"
#include "schema/server/inspect.h"
#include "schema/server/rows.h"

int schema_detect(const struct schema_session *session, struct model *actual,
                  struct detection *detection, struct err *err)
{
    *detection = (struct detection){.empty = false};
    if (inspect_database(session->db, actual, err) < 0)
        return -1;
    detect_revision(detection, &session->graph, actual);
    return 0;
}

/* Adds up to five differences in words, and how many more there are. */
static void add_differences(struct strbuf *text, const struct schema_session *session,
                            const struct model *actual, const struct revision *revision)
{
    enum { DIFFERENCES_SHOWN = 5 };
    struct model wanted = MODEL_INIT;
    struct diff diff = DIFF_INIT;

    if (graph_state(&session->graph, revision, &wanted))
        diff_make(&diff, actual, &wanted);
    for (size_t i = 0; i < diff.count && i < DIFFERENCES_SHOWN; i++) {
        strbuf_addstr(text, i ? "; " : " ");
        diff_item_add_words(text, &diff.items[i]);
    }
    if (diff.count > DIFFERENCES_SHOWN)
        strbuf_addf(text, "; and %zu more", diff.count - DIFFERENCES_SHOWN);
    diff_release(&diff);
    model_release(&wanted);
}

/* Scripts know the first words of this message. */
int schema_fail_undetected(const struct schema_session *session, const struct model *actual,
                           const struct detection *detection, struct err *err)
{
    const struct revision *nearest = detection->revision;
    struct strbuf text = STRBUF_INIT;

    if (detection->empty) {
        err_set(err, ERR_FAILED, "the database is empty: it has no tables");
        return err_hint(err, "'schema upgrade' makes them");
    }
    strbuf_addf(&text, "Schema fingerprint %s does not match any known legacy revision.",
                detection->fingerprint);
    if (detection->fork)
        strbuf_addf(&text, " Known, though: %s.", detection->fork->explanation);
    if (nearest) {
        strbuf_addf(&text, " It is nearest to %s:", nearest->id);
        add_differences(&text, session, actual, nearest);
    }
    err_set(err, ERR_FAILED, "%s", text.buf);
    strbuf_release(&text);
    if (!nearest)
        return -1;
    return err_hint(err, "'schema align %s' mends it ('--sql' shows how), then 'schema stamp %s'",
                    nearest->id, nearest->id);
}

void schema_tell_ties(const struct detection *detection)
{
    struct strbuf list = STRBUF_INIT;

    if (!detection->exact || detection->same_count < 2)
        return;
    for (size_t i = 0; i < detection->same_count; i++)
        strbuf_addf(&list, "%s%s",
                    i == 0                           ? ""
                    : i + 1 == detection->same_count ? " and "
                                                     : ", ",
                    detection->same[i]->id);
    log_notice("%s have the same shape; %s is %s", list.buf, detection->revision->id,
               detection->revision->script ? "the latest of them that a script could have made"
                                           : "the earliest of them");
    strbuf_release(&list);
}

int schema_compare(const struct schema_session *session, const struct model *actual,
                   const struct model *wanted, const struct revision *revision, struct diff *diff,
                   struct err *err)
{
    struct enumeration rows;
    int rc;

    diff_make(diff, actual, wanted);
    enumeration_expect(&rows, &session->graph, revision);
    rc = rows_compare(diff, session->db, &rows, actual, err);
    enumeration_release(&rows);
    return rc;
}

json_t *schema_json_detection(const struct detection *detection)
{
    json_t *value = json_object(), *same = json_array();

    for (size_t i = 0; i < detection->same_count; i++)
        json_array_append_new(same, json_text(detection->same[i]->id));
    json_set_bool(value, "empty", detection->empty);
    json_set_bool(value, "exact", detection->exact);
    json_set(value, "revision",
             schema_json_revision(detection->exact ? detection->revision : NULL));
    json_set(value, "nearest", schema_json_revision(detection->revision));
    json_set_int(value, "distance", (int64_t)detection->distance);
    json_set(value, "same_shape", same);
    json_set(value, "fork", detection->fork ? json_text(detection->fork->name) : json_null());
    json_set_text(value, "fingerprint", detection->fingerprint);
    return value;
}

json_t *schema_json_diff(const struct diff *diff)
{
    json_t *list = json_array();

    for (size_t i = 0; i < diff->count; i++) {
        const struct diff_item *item = &diff->items[i];
        json_t *value = json_object();

        json_set_text(value, "kind", diff_kind_name(item->kind));
        json_set_text(value, "object", diff_object_name(item->object));
        json_set_text(value, "table", item->table);
        json_set(value, "name", item->name ? json_text(item->name) : json_null());
        json_set(value, "actual", item->actual ? json_text(item->actual) : json_null());
        json_set(value, "wanted", item->wanted ? json_text(item->wanted) : json_null());
        json_array_append_new(list, value);
    }
    return list;
}

int schema_wanted_revision(const struct schema_session *session, const struct detection *detection,
                           const struct revision **ret, struct err *err)
{
    const struct revision *revision;

    if (schema_read_current(session, &revision, err) < 0)
        return -1;
    if (session->input->operands.nr)
        return graph_resolve(&session->graph, session->input->operands.v[0], revision, ret, err);
    *ret = revision ? revision : detection->revision;
    if (*ret)
        return 0;
    err_set(err, ERR_FAILED, "the database is empty, and near to no revision");
    return err_hint(err, "'schema upgrade' makes its tables");
}

int schema_wanted_state(const struct schema_session *session, const struct revision *revision,
                        struct model *wanted, struct err *err)
{
    if (graph_state(&session->graph, revision, wanted))
        return 0;
    return err_set(err, ERR_FAILED,
                   "the shape of revision %s can't be told: this revision, or one before it, has a "
                   "statement that isn't understood",
                   graph_name(revision));
}
