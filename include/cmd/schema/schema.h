/* The commands of the group schema, their options, and the session that each of them works in. */
#ifndef CMD_SCHEMA_SCHEMA_H
#define CMD_SCHEMA_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/json.h"
#include "cmd/command.h"
#include "mysql/db.h"
#include "schema/history/graph.h"

extern const struct command schema_align_command;
extern const struct command schema_check_command;
extern const struct command schema_detect_revision_command;
extern const struct command schema_diff_command;
extern const struct command schema_downgrade_command;
extern const struct command schema_fingerprint_command;
extern const struct command schema_heads_command;
extern const struct command schema_history_command;
extern const struct command schema_lint_command;
extern const struct command schema_revision_command;
extern const struct command schema_show_command;
extern const struct command schema_stamp_command;
extern const struct command schema_upgrade_command;
extern const struct command schema_version_command;
extern const struct command schema_wait_command;

/* The options of all schema commands; the table of a command has those that it takes. */
struct schema_options {
    const char *connection;
    const char *defaults_file;
    struct strvec revisions_dirs;
    int64_t wait_ns; /* SCHEMA_NO_WAIT: not given */
    int64_t lock_timeout_ns;
    int64_t lock_expiry_ns;
    const char *message;
    bool sql;
    bool yes;
    bool purge;
    bool from_fingerprint;
    bool raw;
    bool allow_destructive;
};

#define SCHEMA_NO_WAIT INT64_C(-1)

extern const struct schema_options schema_options_defaults;
void schema_options_release(void *options);

/* Rows for the tables of options. */
#define SCHEMA_OPTION_CONNECTION                                                                   \
    {"connection",                                                                                 \
     0,                                                                                            \
     OPTION_STRING,                                                                                \
     offsetof(struct schema_options, connection),                                                  \
     "URL",                                                                                        \
     "the database, as SQLAlchemy writes it: mysql+pymysql://user@host:3306/mon (default: "        \
     "[database] connection of the API's configuration); a password that it lacks is taken from "  \
     "the environment: MONASCA_MIGRATE_DB_PASSWORD or MYSQL_PWD",                                  \
     0,                                                                                            \
     0,                                                                                            \
     NULL,                                                                                         \
     NULL},                                                                                        \
    {                                                                                              \
        "defaults-file", 0, OPTION_STRING, offsetof(struct schema_options, defaults_file), "FILE", \
            "option file of the MySQL tools whose group [client] has the password", 0, 0, NULL,    \
            NULL                                                                                   \
    }
#define SCHEMA_OPTION_REVISIONS                                                                    \
    {                                                                                              \
        "revisions-dir", 0, OPTION_STRINGS, offsetof(struct schema_options, revisions_dirs),       \
            "DIR", "directory with more revisions (*.sql); may be given more than once", 0, 0,     \
            NULL, NULL                                                                             \
    }
#define SCHEMA_OPTION_WAIT                                                                         \
    {                                                                                              \
        "wait", 0, OPTION_DURATION, offsetof(struct schema_options, wait_ns), "DURATION",          \
            "wait this long for a server that isn't there yet (default without a value: 5m)", 0,   \
            0, NULL, "5m"                                                                          \
    }
#define SCHEMA_OPTION_LOCK                                                                         \
    {"lock-timeout",                                                                               \
     0,                                                                                            \
     OPTION_DURATION,                                                                              \
     offsetof(struct schema_options, lock_timeout_ns),                                             \
     "DURATION",                                                                                   \
     "wait this long for another run to end, and for the lock of a table (default: 60s)",          \
     0,                                                                                            \
     0,                                                                                            \
     NULL,                                                                                         \
     NULL},                                                                                        \
    {                                                                                              \
        "lock-expiry", 0, OPTION_DURATION, offsetof(struct schema_options, lock_expiry_ns),        \
            "DURATION",                                                                            \
            "on a Galera cluster: take a run on another node for dead when nothing was heard of "  \
            "it "                                                                                  \
            "for this long (default: 5m)",                                                         \
            CLOCK_SECOND_NS, 0, NULL, NULL                                                         \
    }
#define SCHEMA_OPTION_YES                                                                          \
    {                                                                                              \
        "yes", 'y', OPTION_FLAG, offsetof(struct schema_options, yes), NULL,                       \
            "don't ask before something is lost", 0, 0, NULL, NULL                                 \
    }
#define SCHEMA_OPTION_SQL                                                                          \
    {                                                                                              \
        "sql", 0, OPTION_FLAG, offsetof(struct schema_options, sql), NULL,                         \
            "print the SQL, and change nothing", 0, 0, NULL, NULL                                  \
    }

/* A command's input, the revisions, and the connection. */
struct schema_session {
    const struct command_input *input;
    const struct schema_options *options;
    struct graph graph;
    struct db *db; /* NULL until schema_connect() */
};

/* Loads the revisions; schema_close() releases everything. */
int schema_open(struct schema_session *session, const struct command_input *input, struct err *err);
/* Connects to the database that the options or the configuration name. */
int schema_connect(struct schema_session *session, struct err *err);
void schema_close(struct schema_session *session);

/* The first operand, or `fallback`. */
const char *schema_operand(const struct command_input *input, const char *fallback);

/* The revision that alembic_version says the database is at. */
int schema_read_current(const struct schema_session *session, const struct revision **ret,
                        struct err *err);
/* An id, or JSON null for the base. */
json_t *schema_json_revision(const struct revision *revision);

#endif
