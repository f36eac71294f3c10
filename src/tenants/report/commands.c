#include <string.h>

#include "base/mem.h"
#include "base/shell.h"
#include "influx/quote.h"
#include "parts.h"

/* Adds the words as a line, and releases them. */
static void add_line(struct strbuf *sb, struct strvec *words)
{
    shell_add_line(sb, words);
    strvec_release(words);
}

static void push_all(struct strvec *words, const struct strvec *more)
{
    for (size_t i = 0; i < more->nr; i++)
        strvec_push(words, more->v[i]);
}

static void push_command(struct strvec *words, const char *command, const struct strvec *options)
{
    strvec_push(words, "monasca-migrate");
    strvec_push(words, "tenants");
    shell_split(words, command);
    push_all(words, options);
}

void report_add_command(struct strbuf *sb, const char *command, const struct strvec *options)
{
    struct strvec words = STRVEC_INIT;

    push_command(&words, command, options);
    add_line(sb, &words);
}

/* The command line of the last copy; NULL where there is none. */
static const char *last_copy(const struct report *report)
{
    const struct report_facts *facts = report->facts;

    for (size_t i = 0; i < facts->run_count; i++)
        if (strcmp(facts->runs[i].kind, "copy") == 0 && *facts->runs[i].command)
            return facts->runs[i].command;
    return NULL;
}

static void push_run(struct strvec *words, const struct report *report,
                     const struct strvec *options)
{
    const char *copy = last_copy(report);

    if (copy)
        shell_split(words, copy);
    else
        push_command(words, "run", options);
}

void report_add_run(struct strbuf *sb, const struct report *report, const struct strvec *options)
{
    struct strvec words = STRVEC_INIT;

    push_run(&words, report, options);
    add_line(sb, &words);
}

/* Is the word this option, alone or as --name=value? Where it is alone, the value is the next
 * word. */
static bool is_option(const char *word, const char *name, bool *ret_alone)
{
    size_t len = strlen(name);

    *ret_alone = strcmp(word, name) == 0;
    return *ret_alone || (strncmp(word, name, len) == 0 && word[len] == '=');
}

/* Does this option leave something out? */
static bool leaves_out(const char *word, bool *ret_alone)
{
    static const char *const names[] = {
        "--tenant",
        "--measurement",
        "--migrate-skip-regex",
        "--migrate-start-time-offset",
        "--migrate-end-time-offset",
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (is_option(word, names[i], ret_alone))
            return true;
    return false;
}

/* Divides the words of the last copy into those of a run of all, and the options that leave
 * something out. */
static void push_run_of_all(struct strvec *words, struct strvec *filters,
                            const struct report *report, const struct strvec *options)
{
    struct strvec old = STRVEC_INIT;
    bool alone;

    push_run(&old, report, options);
    for (size_t i = 0; i < old.nr; i++) {
        if (!leaves_out(old.v[i], &alone)) {
            strvec_push(words, old.v[i]);
            continue;
        }
        strvec_push(filters, old.v[i]);
        if (alone && i + 1 < old.nr)
            strvec_push(filters, old.v[++i]);
    }
    strvec_release(&old);
}

void report_add_run_of_all(struct strbuf *sb, struct strbuf *left_out, const struct report *report,
                           const struct strvec *options)
{
    struct strvec words = STRVEC_INIT, filters = STRVEC_INIT;

    push_run_of_all(&words, &filters, report, options);
    add_line(left_out, &filters);
    add_line(sb, &words);
}

void report_add_run_of_policies(struct strbuf *sb, const struct report *report,
                                const struct strvec *options)
{
    struct strvec all = STRVEC_INIT, words = STRVEC_INIT, filters = STRVEC_INIT;
    bool alone;

    push_run_of_all(&all, &filters, report, options);
    for (size_t i = 0; i < all.nr; i++) {
        if (!is_option(all.v[i], "--source-retention-policy", &alone))
            strvec_push(&words, all.v[i]);
        else if (alone)
            i++;
    }
    strvec_push(&words, "--source-retention-policy");
    strvec_push(&words, "all");
    strvec_release(&all);
    strvec_release(&filters);
    add_line(sb, &words);
}

void report_add_run_of_part(struct strbuf *sb, const struct report *report, const char *part,
                            const struct strvec *options)
{
    struct strvec old = STRVEC_INIT, words = STRVEC_INIT;
    bool named = false, alone;

    push_run(&old, report, options);
    for (size_t i = 0; i < old.nr; i++) {
        if (!is_option(old.v[i], "--shard", &alone)) {
            strvec_push(&words, old.v[i]);
            continue;
        }
        if (alone) {
            strvec_push(&words, "--shard");
            strvec_push(&words, part);
            i++;
        } else {
            strvec_pushf(&words, "--shard=%s", part);
        }
        named = true;
    }
    if (!named) {
        strvec_push(&words, "--shard");
        strvec_push(&words, part);
    }
    strvec_release(&old);
    add_line(sb, &words);
}

/* Does this option say where points go, or whose they are? */
static bool names_targets(const char *word, bool *ret_alone)
{
    static const char *const names[] = {
        "--target-url", "--target-user", "--target-password-file",    "--target-kind",
        "--target-map", "--tenant-tag",  "--source-retention-policy",
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (is_option(word, names[i], ret_alone))
            return true;
    return false;
}

void report_add_verify(struct strbuf *sb, const struct report *report, const char *command,
                       const struct strvec *options)
{
    const char *line = last_copy(report);
    struct strvec copy = STRVEC_INIT, words = STRVEC_INIT;
    bool alone;

    push_command(&words, command, options);
    if (line)
        shell_split(&copy, line);
    for (size_t i = 0; i < copy.nr; i++) {
        if (!names_targets(copy.v[i], &alone))
            continue;
        strvec_push(&words, copy.v[i]);
        if (alone && i + 1 < copy.nr)
            strvec_push(&words, copy.v[++i]);
    }
    strvec_release(&copy);
    add_line(sb, &words);
}

void report_add_repair(struct strbuf *sb, const char *verification)
{
    struct strvec words = STRVEC_INIT;

    shell_split(&words, verification);
    strvec_push(&words, "--repair");
    add_line(sb, &words);
}

/* Adds influx, InfluxDB's own client, and how it reaches the server at `url`. */
static void add_client(struct strbuf *sb, const char *url)
{
    const char *host = strstr(url, "://"), *end, *colon;

    strbuf_addstr(sb, "influx");
    if (!host)
        return;
    host += 3;
    end = host + strcspn(host, "/");
    colon = memrchr(host, ':', (size_t)(end - host));
    if (colon && colon[1] && !memchr(colon, ']', (size_t)(end - colon)))
        strbuf_addf(sb, " -host %.*s -port %.*s", (int)(colon - host), host, (int)(end - colon - 1),
                    colon + 1);
    else
        strbuf_addf(sb, " -host %.*s", (int)(end - host), host);
    if (strncmp(url, "https:", 6) == 0)
        strbuf_addstr(sb, " -ssl");
}

void report_add_keep_all(struct strbuf *sb, const struct report_tenant *tenant, const char *url)
{
    struct strbuf statement = STRBUF_INIT;

    strbuf_addstr(&statement, "ALTER RETENTION POLICY ");
    influx_add_identifier(&statement, tenant->policy);
    strbuf_addstr(&statement, " ON ");
    influx_add_identifier(&statement, tenant->database);
    strbuf_addstr(&statement, " DURATION INF");
    add_client(sb, url);
    strbuf_addstr(sb, " -execute ");
    shell_add_word(sb, statement.buf);
    strbuf_release(&statement);
}
