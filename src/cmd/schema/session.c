#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "cmd/schema/schema.h"
#include "conf/api.h"
#include "conf/dburl.h"
#include "schema/server/version.h"

const struct schema_options schema_options_defaults = {
    .revisions_dirs = STRVEC_INIT,
    .wait_ns = SCHEMA_NO_WAIT,
    .lock_timeout_ns = 60 * CLOCK_SECOND_NS,
    .lock_expiry_ns = 300 * CLOCK_SECOND_NS,
};

void schema_options_release(void *options)
{
    struct schema_options *schema = options;

    strvec_release(&schema->revisions_dirs);
}

const char *schema_operand(const struct command_input *input, const char *fallback)
{
    return input->operands.nr ? input->operands.v[0] : fallback;
}

int schema_open(struct schema_session *session, const struct command_input *input, struct err *err)
{
    *session = (struct schema_session){.input = input, .options = input->options};
    if (stop_install(err) < 0)
        return -1;
    return graph_load(&session->graph, &session->options->revisions_dirs, err);
}

void schema_close(struct schema_session *session)
{
    db_close(session->db);
    graph_release(&session->graph);
}

/* ---- connecting ---- */

static int read_url(struct dburl *url, const struct schema_session *session, struct err *err)
{
    const struct common_options *common = session->input->common;
    char *text = NULL;
    int rc;

    if (session->options->connection) {
        if (dburl_parse(session->options->connection, url, err) < 0)
            return err_wrap(err, "--connection");
        return 0;
    }
    if (api_connection_load(&common->config, &text, err) < 0)
        return -1;
    rc = dburl_parse(text, url, err);
    free(text);
    return rc < 0 ? err_wrap(err, "[database] connection") : 0;
}

static const char *password_of(const struct dburl *url)
{
    const char *password = url->password;

    if (!password)
        password = getenv("MONASCA_MIGRATE_DB_PASSWORD");
    return password ? password : getenv("MYSQL_PWD");
}

static struct db_target target_of(const struct dburl *url, const struct schema_options *options)
{
    return (struct db_target){
        .host = url->host,
        .port = url->port,
        .socket = url->socket,
        .user = url->user,
        .password = password_of(url),
        .database = url->database,
        .charset = url->charset,
        .defaults_file = options->defaults_file ? options->defaults_file : url->defaults_file,
        .tls = url->ssl,
        .tls_optional = url->ssl_optional,
        .tls_verify = url->ssl_verify,
        .tls_verify_host = url->ssl_verify_host,
        .tls_ca = url->ssl_ca,
        .tls_capath = url->ssl_capath,
        .tls_cert = url->ssl_cert,
        .tls_key = url->ssl_key,
        .tls_cipher = url->ssl_cipher,
        .connect_timeout_s = url->connect_timeout_s,
    };
}

/* Sleeps a while, or until a signal comes. */
static int pause_for_server(struct err *err)
{
    struct pollfd wake = {.fd = stop_fd(), .events = POLLIN};

    poll(&wake, 1, 250);
    if (stop_requested())
        return err_set(err, ERR_INTERRUPTED, "interrupted while waiting for the server");
    return 0;
}

/* Only a server that isn't up yet is worth waiting for: a wrong password stays wrong. */
static struct db *connect_in_time(const struct db_target *target, int64_t wait_ns, struct err *err)
{
    int64_t deadline_ns = clock_add(clock_monotonic_ns(), wait_ns < 0 ? 0 : wait_ns);
    bool told = false, starting;
    struct db *db;

    while (!(db = db_open(target, &starting, err))) {
        if (wait_ns < 0 || clock_monotonic_ns() >= deadline_ns || !starting)
            return NULL;
        if (!told)
            log_info("waiting for the server: %s", err->message);
        told = true;
        if (pause_for_server(err) < 0)
            return NULL;
        err_release(err);
    }
    return db;
}

int schema_connect(struct schema_session *session, struct err *err)
{
    struct dburl url = DBURL_INIT;
    struct db_target target;

    if (read_url(&url, session, err) < 0)
        return -1;
    target = target_of(&url, session->options);
    if (target.tls && !target.tls_verify && !target.tls_optional)
        log_warning("the server's certificate isn't verified (ssl_verify_cert in the URL)");
    session->db = connect_in_time(&target, session->options->wait_ns, err);
    dburl_release(&url);
    if (!session->db)
        return -1;
    session->graph.caseless = db_server(session->db)->lower_tables;
    return 0;
}

/* ---- where the database is ---- */

int schema_read_current(const struct schema_session *session, const struct revision **ret,
                        struct err *err)
{
    struct version version;
    int rc;

    if (version_read(&version, session->db, err) < 0)
        return -1;
    rc = version_revision(&version, &session->graph, ret, err);
    version_release(&version);
    return rc;
}

json_t *schema_json_revision(const struct revision *revision)
{
    return revision ? json_text(revision->id) : json_null();
}
