/* Groups, links, and the pieces of text that all forms of help share. */
#include <ctype.h>
#include <string.h>

#include "cmd/help/help.h"

const struct help_group help_groups[] = {
    {"tenants", "copy one InfluxDB database into one per tenant",
     "The source is the database that [influxdb] in the persister's configuration names; mon by\n"
     "default. The database of a tenant is named after both: mon_<tenant_id>. The source is only\n"
     "read. Plan, run, verify; then run again for what is new."},
    {"schema", "find, upgrade and downgrade the revision of the MySQL schema",
     "The database is the one that --connection names, or [database] connection in the API's\n"
     "configuration. Its revision stands in the table alembic_version, where Alembic keeps it."},
    {NULL, NULL, NULL},
};

const struct help_link help_links[] = {
    {"migrate-to-db-per-tenant", "tenants", "run"},
    {"monasca_db", "schema", NULL},
    {NULL, NULL, NULL},
};

const struct help_group *help_find_group(const char *name)
{
    for (const struct help_group *g = help_groups; g->name; g++)
        if (strcmp(g->name, name) == 0)
            return g;
    return NULL;
}

bool help_group_has_commands(const struct command *const *commands, const char *group)
{
    for (; *commands; commands++)
        if (strcmp((*commands)->group, group) == 0)
            return true;
    return false;
}

void help_add_sentence(struct strbuf *sb, const char *text)
{
    strbuf_addch(sb, (char)toupper((unsigned char)*text));
    strbuf_addf(sb, "%s.", text + 1);
}

void help_add_usage(struct strbuf *sb, const struct command *command)
{
    strbuf_addf(sb, "monasca-migrate %s %s [OPTION]...%s%s", command->group, command->name,
                command->operands ? " " : "", command->operands ? command->operands : "");
}

const char *help_next_example(const char *at, char **ret_command, char **ret_words)
{
    struct strbuf command = STRBUF_INIT, words = STRBUF_INIT;
    bool continued = false;

    while (*at) {
        size_t len = strcspn(at, "\n");

        if (*at != ' ' && command.len && !continued)
            break;
        if (*at != ' ' || continued) {
            if (command.len)
                strbuf_addch(&command, '\n');
            strbuf_add(&command, at, len);
        } else {
            if (words.len)
                strbuf_addch(&words, ' ');
            strbuf_add(&words, at + 2, len - 2);
        }
        continued = len && at[len - 1] == '\\';
        at += len + (at[len] == '\n');
    }
    *ret_command = strbuf_detach(&command);
    *ret_words = strbuf_detach(&words);
    return *at ? at : NULL;
}
