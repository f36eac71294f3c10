/*
 * Revision files: what was read, written as a file again, is read as the same; every statement of
 * it is one statement, whose braces are understood. tests/fuzz/run builds and runs it.
 */
#include "schema/history/revision.h"

#include "base/strbuf.h"
#include "fuzz.h"
#include "schema/shape/ddl.h"
#include "schema/server/lookup.h"

static void add_part(struct strbuf *text, const struct revision_part *part)
{
    for (size_t i = 0; i < part->count; i++)
        strbuf_addf(text, "%s;\n", part->items[i].text);
}

static void add_file(struct strbuf *text, const struct revision *revision)
{
    strbuf_addf(text, "-- revision: %s\n-- revises: %s\n-- message: %s\n", revision->id,
                revision->parent ? revision->parent : "", revision->message);
    if (revision->script)
        strbuf_addf(text, "-- script: %s\n", revision->script);
    strbuf_addstr(text, "-- upgrade\n");
    add_part(text, &revision->upgrade);
    strbuf_addstr(text, "-- downgrade\n");
    add_part(text, &revision->downgrade);
}

static void check_part(const struct revision_part *a, const struct revision_part *b)
{
    must(a->count == b->count);
    for (size_t i = 0; i < a->count; i++)
        must(same_text(a->items[i].text, b->items[i].text));
}

static void check_round_trip(const struct revision *revision)
{
    struct strbuf text = STRBUF_INIT;
    struct revision again;
    struct err err = ERR_INIT;

    add_file(&text, revision);
    must(revision_parse(&again, "again", text.buf, &err) == 0);
    must(same_text(revision->id, again.id));
    must(same_text(revision->parent, again.parent));
    must(same_text(revision->message, again.message));
    must(same_text(revision->script, again.script));
    check_part(&revision->upgrade, &again.upgrade);
    check_part(&revision->downgrade, &again.downgrade);
    revision_release(&again);
    strbuf_release(&text);
}

static void check_statements(const struct revision_part *part)
{
    for (size_t i = 0; i < part->count; i++) {
        const char *text = part->items[i].text, *next;
        struct strbuf sql = STRBUF_INIT;
        struct err err = ERR_INIT;
        size_t len;

        must(ddl_statement_length(text, &len, &next) == 0);
        must(len == strlen(text) && !*next && len && part->items[i].line);
        must(lookup_resolve_offline(&sql, text, &err) == 0);
        strbuf_release(&sql);
    }
}

static void check_template(const struct revision *revision)
{
    char *text = revision_template(revision->id, revision->parent, revision->message);
    struct revision again;
    struct err err = ERR_INIT;

    must(revision_parse(&again, "template", text, &err) == 0);
    must(same_text(revision->id, again.id) && same_text(revision->message, again.message));
    must(!again.upgrade.count && !again.downgrade.count);
    revision_release(&again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);
    struct revision revision;
    struct err err = ERR_INIT;

    if (revision_parse(&revision, "x.sql", text, &err) == 0) {
        check_round_trip(&revision);
        check_statements(&revision.upgrade);
        check_statements(&revision.downgrade);
        check_template(&revision);
        revision_release(&revision);
    } else {
        must(err.code == ERR_CONFIG && strncmp(err.message, "x.sql:", 6) == 0);
    }
    err_release(&err);
    free(text);
    return 0;
}
