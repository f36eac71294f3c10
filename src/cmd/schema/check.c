#include "base/log.h"
#include "base/status.h"
#include "schema/server/record.h"
#include "shape.h"
#include "term/out.h"

static const struct option options[] = {SCHEMA_OPTION_CONNECTION, SCHEMA_OPTION_REVISIONS,
                                        SCHEMA_OPTION_WAIT, OPTION_END};

struct findings {
    const struct revision *revision, *head;
    struct record record; /* of a run that goes on, or was interrupted */
    struct diff diff;
};

static bool is_under_way(const struct findings *found)
{
    return found->record.has_row && found->record.revision[0];
}

static bool is_fine(const struct findings *found)
{
    return found->revision && found->revision == found->head && !found->diff.count &&
           !is_under_way(found);
}

static void print_text(const struct findings *found)
{
    struct strbuf words = STRBUF_INIT;

    if (!found->revision)
        out_text("the database has no version\n");
    else if (found->head && found->revision != found->head)
        out_printf("the database is at %s, not at the head %s\n", found->revision->id,
                   found->head->id);
    if (is_under_way(found))
        out_printf("%s of revision %s is under way, or was interrupted (%s)\n",
                   found->record.up ? "an upgrade" : "a downgrade", found->record.revision,
                   found->record.owner);
    for (size_t i = 0; i < found->diff.count; i++) {
        strbuf_reset(&words);
        diff_item_add_words(&words, &found->diff.items[i]);
        out_printf("drift: %s\n", words.buf);
    }
    if (is_fine(found))
        out_printf("at head (%s), without drift\n", found->revision->id);
    strbuf_release(&words);
}

static void print_json(const struct findings *found)
{
    json_t *value = json_object();

    json_set(value, "revision", schema_json_revision(found->revision));
    json_set(value, "head", schema_json_revision(found->head));
    json_set_bool(value, "at_head", found->revision == found->head);
    json_set(value, "under_way",
             is_under_way(found) ? json_text(found->record.revision) : json_null());
    json_set_bool(value, "drift", found->diff.count > 0);
    json_set(value, "differences", schema_json_diff(&found->diff));
    out_json_document(value);
}

static int run(const struct command_input *input, struct err *err)
{
    struct schema_session session;
    struct detection detection = {.empty = false};
    struct findings found = {.record = RECORD_INIT, .diff = DIFF_INIT};
    struct model actual = MODEL_INIT, wanted = MODEL_INIT;
    int rc = -1;

    if (schema_open(&session, input, err) < 0 || graph_head(&session.graph, &found.head, err) < 0 ||
        schema_connect(&session, err) < 0 ||
        schema_detect(&session, &actual, &detection, err) < 0 ||
        schema_read_current(&session, &found.revision, err) < 0 ||
        record_read(&found.record, session.db, err) < 0)
        goto out;
    if (found.revision) {
        if (schema_wanted_state(&session, found.revision, &wanted, err) < 0 ||
            schema_compare(&session, &actual, &wanted, found.revision, &found.diff, err) < 0)
            goto out;
    }
    if (command_wants_json(input))
        print_json(&found);
    else
        print_text(&found);
    rc = is_fine(&found) ? STATUS_DONE : STATUS_IN_PART;
out:
    diff_release(&found.diff);
    record_release(&found.record);
    model_release(&actual);
    model_release(&wanted);
    detection_release(&detection);
    schema_close(&session);
    return rc;
}

const struct command schema_check_command = {
    .group = "schema",
    .name = "check",
    .summary = "tell whether the database is at head, and has the schema of the head",
    .details = "Status 0: the database is at head, and nothing differs. Else the status is 1.",
    .examples = "monasca-migrate schema check\n  guard a deployment\n",
    .options = options,
    .options_size = sizeof(struct schema_options),
    .defaults = &schema_options_defaults,
    .release = schema_options_release,
    .run = run,
};
