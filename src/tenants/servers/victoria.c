#include "tenants/servers/victoria.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "influx/export.h"
#include "influx/probe.h"
#include "influx/quote.h"

#define MONTH_NS (31 * CLOCK_DAY_NS)
#define YEAR_NS  (365 * CLOCK_DAY_NS)
#define MS_NS    INT64_C(1000000)

void victoria_server_release(struct victoria_server *server)
{
    free(server->label);
    free(server->separator);
    free(server->read_url);
    *server = (struct victoria_server){0};
}

/* Addresses */

/* The length of PREFIX in PREFIX/insert/ACCOUNT/influx or PREFIX/select/ACCOUNT/prometheus; of any
 * other address, its whole length. */
static size_t root_length(const char *url)
{
    const char *insert = strstr(url, "/insert/"), *select = strstr(url, "/select/");

    return insert ? (size_t)(insert - url) : select ? (size_t)(select - url) : strlen(url);
}

char *victoria_read_url(const char *url)
{
    const char *insert = strstr(url, "/insert/");
    struct strbuf text = STRBUF_INIT;

    if (!insert)
        return xstrdup(url);
    insert += strlen("/insert/");
    strbuf_add(&text, url, root_length(url));
    strbuf_addf(&text, "/select/%.*s/prometheus", (int)strcspn(insert, "/"), insert);
    return strbuf_detach(&text);
}

/* Flags */

int victoria_parse_retention(const char *text, int64_t *ret_ns)
{
    static const struct {
        const char *unit;
        int64_t ns;
    } units[] = {{"", MONTH_NS},       {"h", CLOCK_HOUR_NS}, {"d", CLOCK_DAY_NS},
                 {"w", CLOCK_WEEK_NS}, {"M", MONTH_NS},      {"y", YEAR_NS}};
    char *end;
    double number = strtod(text, &end);

    if (end == text || !(number > 0) || number > 100000)
        return -1;
    for (size_t i = 0; i < ARRAY_SIZE(units); i++)
        if (strcmp(end, units[i].unit) == 0) {
            double ns = number * (double)units[i].ns;

            *ret_ns = ns < 9e18 ? (int64_t)ns : INT64_MAX;
            return 0;
        }
    return -1;
}

/* Reads the page that has the flags; stays empty where the server doesn't give it. */
static int read_metrics(struct influx_client *client, struct probe_reply *reply, struct err *err)
{
    struct influx_client root = *client;
    char *url = xmemdupz(client->endpoint.base_url, root_length(client->endpoint.base_url));
    int rc;

    root.endpoint.base_url = url;
    rc = probe_ask(&root, "/metrics", NULL, reply, err);
    /* The page may be guarded by a key of its own (-metricsAuthKey). */
    if (rc < 0 && reply->status) {
        err_release(err);
        rc = 0;
    }
    free(url);
    return rc;
}

static bool is_on(const char *metrics, const char *flag)
{
    char *value = probe_flag(metrics, flag);
    bool on = value && strcmp(value, "true") == 0;

    free(value);
    return on;
}

static int read_writer_flags(struct victoria_server *server, const char *metrics, const char *url,
                             struct err *err)
{
    char *retention = probe_flag(metrics, "retentionPeriod");

    server->label = probe_flag(metrics, "influxDBLabel");
    server->separator = probe_flag(metrics, "influxMeasurementFieldSeparator");
    server->known = server->separator != NULL;
    if (retention && victoria_parse_retention(retention, &server->retention_ns) < 0)
        server->retention_ns = 0;
    free(retention);
    if (is_on(metrics, "influxSkipMeasurement"))
        return err_set(err, ERR_CONFIG,
                       "VictoriaMetrics at %s runs with -influxSkipMeasurement: measurements could "
                       "not be told apart",
                       url);
    if (is_on(metrics, "influxSkipSingleField"))
        return err_set(err, ERR_CONFIG,
                       "VictoriaMetrics at %s runs with -influxSkipSingleField: what is there "
                       "could not be found by its name",
                       url);
    return 0;
}

static void read_reader_flags(struct victoria_server *server, const char *metrics)
{
    char *interval = probe_flag(metrics, "dedup.minScrapeInterval");

    server->deduplicates = interval && strcmp(interval, "0s") != 0 && strcmp(interval, "0") != 0;
    if (server->deduplicates && strcmp(interval, "1ms") != 0)
        log_warning("VictoriaMetrics at %s keeps one value of a series in each %s "
                    "(-dedup.minScrapeInterval): points closer together are lost there",
                    server->read_url, interval);
    free(interval);
}

static int expect_status(const struct influx_client *client, const struct probe_reply *reply,
                         const char *what, struct err *err)
{
    if (reply->status / 100 == 2)
        return 0;
    err_set(err, ERR_FAILED, "VictoriaMetrics at %s does not %s: HTTP status %ld%s%.*s",
            client->endpoint.base_url, what, reply->status, reply->body.len ? ": " : "",
            (int)(reply->body.len < 200 ? strcspn(reply->body.buf, "\n") : 200), reply->body.buf);
    return err_hint(err, "a cluster is written to at http://VMINSERT:8480/insert/0/influx and read "
                         "at http://VMSELECT:8481/select/0/prometheus; see docs/targets.rst");
}

/* The server accepts an empty batch, and stores nothing. */
static int try_writing(struct influx_client *writer, struct err *err)
{
    struct probe_reply reply = PROBE_REPLY_INIT;
    int rc = probe_ask(writer, "/write?db=mon", "", &reply, err);

    if (rc == 0)
        rc = expect_status(writer, &reply, "take line protocol", err);
    probe_reply_release(&reply);
    return rc;
}

static int try_reading(struct influx_client *reader, struct err *err)
{
    struct probe_reply reply = PROBE_REPLY_INIT;
    int rc = probe_ask(reader, "/api/v1/export", "match[]=monasca_migrate_none&start=1&end=2",
                       &reply, err);

    if (rc == 0)
        rc = expect_status(reader, &reply, "export", err);
    probe_reply_release(&reply);
    return rc;
}

int victoria_server_read(struct victoria_server *server, struct influx_client *writer,
                         struct influx_client *reader, struct err *err)
{
    struct probe_reply flags = PROBE_REPLY_INIT, reader_flags = PROBE_REPLY_INIT;
    int rc = -1;

    if (try_writing(writer, err) < 0 || try_reading(reader, err) < 0 ||
        read_metrics(writer, &flags, err) < 0 || read_metrics(reader, &reader_flags, err) < 0 ||
        read_writer_flags(server, flags.body.buf, writer->endpoint.base_url, err) < 0)
        goto out;
    read_reader_flags(server, reader_flags.body.buf);
    if (!server->label)
        server->label = xstrdup("db");
    if (!server->separator)
        server->separator = xstrdup("_");
    rc = 0;
out:
    probe_reply_release(&flags);
    probe_reply_release(&reader_flags);
    return rc;
}

/* Queries */

/* A string of PromQL. */
static void add_text(struct strbuf *sb, const char *text)
{
    strbuf_addch(sb, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            strbuf_addch(sb, '\\');
        if (*text == '\n')
            strbuf_addstr(sb, "\\n");
        else
            strbuf_addch(sb, *text);
    }
    strbuf_addch(sb, '"');
}

/* More names would make a regular expression that costs more than it saves: then all series are
 * exported, and the reader picks those it wants. */
enum { MAX_NAMED_MEASUREMENTS = 100 };

/* Escapes the characters that mean something in a regular expression. */
static void add_literally(struct strbuf *regex, const char *text)
{
    for (; *text; text++) {
        if (strchr("\\.+*?()|[]{}^$", *text))
            strbuf_addch(regex, '\\');
        strbuf_addch(regex, *text);
    }
}

static void add_names(struct strbuf *sb, const struct victoria_selection *selection)
{
    struct strbuf regex = STRBUF_INIT;

    if (selection->measurement_count > MAX_NAMED_MEASUREMENTS) {
        strbuf_addstr(sb, "__name__!=\"\"");
        return;
    }
    strbuf_addstr(&regex, "(");
    for (size_t i = 0; i < selection->measurement_count; i++) {
        strbuf_addstr(&regex, i ? "|" : "");
        add_literally(&regex, selection->measurements[i]);
    }
    strbuf_addstr(&regex, ")");
    add_literally(&regex, selection->server->separator);
    strbuf_addstr(&regex, ".+");
    strbuf_addstr(sb, "__name__=~");
    add_text(sb, regex.buf);
    strbuf_release(&regex);
}

static void add_parameter(struct strbuf *sb, const char *name, const char *value)
{
    strbuf_addf(sb, "%s%s=", sb->len ? "&" : "", name);
    influx_add_url_encoded(sb, value, strlen(value));
}

/* Adds the middle of the millisecond that an instant is rounded down to. VictoriaMetrics (1.79)
 * makes a floating-point number of seconds of every time, and the beginning of a millisecond is
 * then every other time taken for the end of the one before. */
static void add_millisecond(struct strbuf *text, int64_t instant_ns)
{
    clock_add_instant(text, clock_floor_to(instant_ns, MS_NS) + MS_NS / 2);
}

/* Selects the milliseconds that points of the range were rounded down to. */
static void add_time(struct strbuf *sb, struct range range)
{
    struct strbuf text = STRBUF_INIT;

    add_millisecond(&text, range.start_ns);
    add_parameter(sb, "start", text.buf);
    strbuf_reset(&text);
    add_millisecond(&text, range.end_ns - 1);
    add_parameter(sb, "end", text.buf);
    strbuf_reset(&text);
    strbuf_addf(&text, "%d", EXPORT_LINE_ROWS);
    add_parameter(sb, "max_rows_per_line", text.buf);
    strbuf_release(&text);
}

void victoria_add_database_export(struct strbuf *sb, const struct victoria_selection *selection)
{
    struct strbuf match = STRBUF_INIT;

    strbuf_addch(&match, '{');
    add_names(&match, selection);
    strbuf_addf(&match, ",%s=", selection->server->label);
    add_text(&match, selection->database);
    strbuf_addch(&match, '}');
    add_parameter(sb, "match[]", match.buf);
    strbuf_release(&match);
    add_time(sb, selection->range);
}

void victoria_add_tenant_export(struct strbuf *sb, const struct victoria_selection *selection)
{
    for (size_t i = 0; i < selection->tags->nr; i++) {
        struct strbuf match = STRBUF_INIT;

        strbuf_addch(&match, '{');
        add_names(&match, selection);
        for (size_t k = 0; k < i; k++) {
            strbuf_addf(&match, ",%s=\"\"", selection->tags->v[k]);
        }
        strbuf_addf(&match, ",%s=", selection->tags->v[i]);
        add_text(&match, selection->tenant);
        strbuf_addch(&match, '}');
        add_parameter(sb, "match[]", match.buf);
        strbuf_release(&match);
    }
    add_time(sb, selection->range);
}
