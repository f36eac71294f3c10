#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "cmd/schema/schema.h"
#include "term/out.h"

static const struct option options[] = {SCHEMA_OPTION_REVISIONS,
                                        {"message", 'm', OPTION_STRING,
                                         offsetof(struct schema_options, message), "TEXT",
                                         "what the revision does, in a line", 0, 0, NULL, NULL},
                                        OPTION_END};

/* "Add a note" becomes "add_a_note", of at most 40 characters. */
static void add_slug(struct strbuf *name, const char *message)
{
    size_t start = name->len;

    for (; *message && name->len - start < 40; message++) {
        if (isalnum((unsigned char)*message))
            strbuf_addch(name, (char)tolower((unsigned char)*message));
        else if (name->len > start && name->buf[name->len - 1] != '_')
            strbuf_addch(name, '_');
    }
    while (name->len > start && name->buf[name->len - 1] == '_')
        strbuf_setlen(name, name->len - 1);
}

static int check_usage(const struct command_input *input, struct err *err)
{
    const struct schema_options *set = input->options;

    if (!set->message || !set->message[0] || strpbrk(set->message, "\r\n"))
        return err_set(err, ERR_USAGE, "a message of one line is needed: -m TEXT");
    if (!set->revisions_dirs.nr)
        return err_set(err, ERR_USAGE, "--revisions-dir is needed: where the file is to go");
    return 0;
}

static int run(const struct command_input *input, struct err *err)
{
    const struct schema_options *set = input->options;
    struct schema_session session;
    const struct revision *head;
    struct strbuf path = STRBUF_INIT;
    char *id = NULL, *text = NULL;
    int rc = -1;

    if (check_usage(input, err) < 0)
        return -1;
    if (schema_open(&session, input, err) < 0 || graph_head(&session.graph, &head, err) < 0)
        goto out;
    id = revision_new_id();
    text = revision_template(id, head->id, set->message);
    strbuf_addf(&path, "%s/%s_", set->revisions_dirs.v[set->revisions_dirs.nr - 1], id);
    add_slug(&path, set->message);
    strbuf_addstr(&path, ".sql");
    if (file_replace(path.buf, text, strlen(text), err) < 0)
        goto out;
    /* Whoever runs it may read it: nothing in it is secret. */
    chmod(path.buf, 0644);
    if (command_wants_json(input)) {
        json_t *value = json_object();

        json_set_text(value, "revision", id);
        json_set_text(value, "revises", head->id);
        json_set_text(value, "file", path.buf);
        out_json_document(value);
    } else {
        out_printf("%s\n", path.buf);
    }
    rc = 0;
out:
    free(id);
    free(text);
    strbuf_release(&path);
    schema_close(&session);
    return rc;
}

const struct command schema_revision_command = {
    .group = "schema",
    .name = "revision",
    .summary = "write the file of a new revision on top of the head",
    .details = "Prints the file's path. It goes into the last --revisions-dir. Needs no database.",
    .examples = "monasca-migrate schema revision --revisions-dir . -m \"Add a note to alarms\"\n"
                "  write ./ID_add_a_note_to_alarms.sql\n",
    .options = options,
    .options_size = sizeof(struct schema_options),
    .defaults = &schema_options_defaults,
    .release = schema_options_release,
    .run = run,
};
