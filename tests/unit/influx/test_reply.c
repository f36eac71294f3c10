#include "influx/reply.h"

#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "base/json.h"
#include "base/mem.h"

/* The series that a reader handed over, as text. */
struct heard {
    struct strbuf text;
    int stop_after; /* series; 0: never */
    int series;
};

static int on_series(void *context, const struct influx_series *series, struct err *err)
{
    struct heard *heard = context;

    strbuf_addf(&heard->text, "%d:%s", (int)series->statement_id, series->name);
    json_add_compact(&heard->text, series->values);
    strbuf_addch(&heard->text, ' ');
    if (++heard->series == heard->stop_after)
        return err_set(err, ERR_USAGE, "enough");
    return 0;
}

#define HEARD_INIT                                                                                 \
    {                                                                                              \
        STRBUF_INIT, 0, 0                                                                          \
    }

static void begin(struct influx_reader *reader, struct heard *heard)
{
    *reader = (struct influx_reader)INFLUX_READER_INIT;
    reader->series = on_series;
    reader->context = heard;
}

/* Feeds `text` in parts of `size` bytes. Each part has memory of its own, so that ASan and
 * valgrind see a read beyond it. */
static int feed(struct influx_reader *reader, const char *text, size_t size)
{
    size_t len = strlen(text);

    for (size_t at = 0; at < len; at += size) {
        size_t part = len - at < size ? len - at : size;
        char *copy = malloc(part);
        int rc;

        assert_non_null(copy);
        memcpy(copy, text + at, part);
        rc = influx_reader_feed(reader, copy, part);
        free(copy);
        if (rc < 0)
            return -1;
    }
    return influx_reader_finish(reader);
}

static void assert_heard(const char *reply, const char *expected, const char *error)
{
    for (size_t size = 1; size <= strlen(reply) + 1; size += size < 8 ? 1 : 17) {
        struct heard heard = HEARD_INIT;
        struct influx_reader reader;

        begin(&reader, &heard);
        if (feed(&reader, reply, size) < 0)
            fail_msg("in parts of %zu: %s", size, reader.err.message);
        assert_string_equal(heard.text.buf, expected);
        if (error)
            assert_string_equal(reader.error, error);
        else
            assert_null(reader.error);
        influx_reader_release(&reader);
        strbuf_release(&heard.text);
    }
}

static void any_parts(void **state)
{
    (void)state;
    assert_heard(
        "{\"results\":[{\"statement_id\":0,\"series\":[{\"name\":\"m\",\"columns\":[\"k\"],"
        "\"values\":[[1],[2]]}]}]}\n",
        "0:m[[1],[2]] ", NULL);
    assert_heard("{\"results\":[{\"statement_id\":0}]}", "", NULL);
}

static void several(void **state)
{
    (void)state;
    assert_heard(
        "{\"results\":[{\"statement_id\":0,\"series\":[{\"name\":\"a\",\"values\":[[1]],"
        "\"partial\":true}],\"partial\":true}]}\r\n\r\n"
        "{\"results\":[{\"statement_id\":0,\"series\":[{\"name\":\"a\",\"values\":[[2]]},"
        "{\"name\":\"b\",\"values\":[]}]},{\"statement_id\":1,\"series\":[{\"values\":[]}]}]}"
        "\n{\"results\":[{\"statement_id\":7,\"series\":[{\"name\":\"\",\"values\":[]}]}]}",
        "0:a[[1]] 0:a[[2]] 0:b[] 1:[] 7:[] ", NULL);
}

static void errors_in_results(void **state)
{
    (void)state;
    assert_heard("{\"results\":[{\"statement_id\":0,\"error\":\"first \\u00f6\"},"
                 "{\"statement_id\":1,\"error\":\"second\"}]}\n",
                 "", "first \xc3\xb6");
    assert_heard("{\"results\":[{\"series\":[{\"name\":\"a\",\"values\":[[1]]}]}]}\n"
                 "{\"results\":[{\"error\":\"late\"}]}\n",
                 "0:a[[1]] ", "late");
    assert_heard("{\"error\":\"error parsing query\"}\n", "", "error parsing query");
}

static void odd_names(void **state)
{
    (void)state;
    assert_heard("{\"results\":[{\"series\":[{\"name\":\"a\\u0000\\\"\\n\",\"values\":[]}]}]}\n",
                 "0:a\xc0\x80\"\n[] ", NULL);
}

static void assert_refused(const char *reply, const char *words)
{
    struct heard heard = HEARD_INIT;
    struct influx_reader reader;

    begin(&reader, &heard);
    assert_int_equal(feed(&reader, reply, 5), -1);
    assert_int_equal(reader.err.code, ERR_FAILED);
    assert_has(reader.err.message, words);
    assert_int_equal(influx_reader_feed(&reader, "{}", 2), -1);
    assert_int_equal(influx_reader_finish(&reader), -1);
    influx_reader_release(&reader);
    strbuf_release(&heard.text);
}

static void damaged(void **state)
{
    (void)state;
    assert_refused("{\"results\":[{\"statement_id\":0,", "damaged");
    assert_refused("{\"results\":[{\"statement_id\":0}]}\n{\"resul", "damaged");
    assert_refused("<html>504</html>\n", "damaged");
    assert_refused("{\"results\":[]} {}\n", "damaged");
    assert_refused("{\"results\":[{\"error\":\"\xff\"}]}\n", "damaged");
    assert_refused("[]\n", "no JSON object");
}

static void promised_more(void **state)
{
    (void)state;
    assert_refused("{\"results\":[{\"statement_id\":0,\"series\":[],\"partial\":true}]}\n",
                   "ends in the middle");
    assert_heard("{\"results\":[{\"partial\":true}]}\n{\"results\":[{\"error\":\"late\"}]}\n", "",
                 "late");
}

static void empty(void **state)
{
    (void)state;
    assert_refused("", "empty");
    assert_refused("\r\n\n", "empty");
    assert_refused("{}\n", "no results");
    assert_refused("{\"results\":[]}\n", "empty");
}

static void not_what_is_meant(void **state)
{
    (void)state;
    assert_heard("{\"results\":[{\"series\":5,\"error\":5,\"statement_id\":\"x\"}]}", "", NULL);
    assert_heard("{\"results\":[5,null,{}]}", "", NULL);
}

static void callback_ends(void **state)
{
    struct heard heard = HEARD_INIT;
    struct influx_reader reader;

    (void)state;
    heard.stop_after = 1;
    begin(&reader, &heard);
    assert_int_equal(feed(&reader,
                          "{\"results\":[{\"series\":[{\"name\":\"a\",\"values\":[]},"
                          "{\"name\":\"b\",\"values\":[]}]}]}\n",
                          1000),
                     -1);
    assert_string_equal(heard.text.buf, "0:a[] ");
    assert_int_equal(reader.err.code, ERR_USAGE);
    assert_string_equal(reader.err.message, "enough");
    influx_reader_release(&reader);
    strbuf_release(&heard.text);
}

static void bounded(void **state)
{
    struct heard heard = HEARD_INIT;
    struct influx_reader reader;

    (void)state;
    begin(&reader, &heard);
    reader.max_line_bytes = 10;
    assert_int_equal(influx_reader_feed(&reader, "{\"results\"", 10), 0);
    assert_int_equal(influx_reader_feed(&reader, ":", 1), -1);
    assert_has(reader.err.message, "10 bytes");
    influx_reader_release(&reader);
}

static void reset(void **state)
{
    struct heard heard = HEARD_INIT;
    struct influx_reader reader;

    (void)state;
    begin(&reader, &heard);
    assert_int_equal(feed(&reader, "{\"results\":[{\"error\":\"e\"}]}\n{", 3), -1);
    influx_reader_reset(&reader);
    assert_null(reader.error);
    assert_int_equal(influx_reader_finish(&reader), -1);
    assert_has(reader.err.message, "empty");
    influx_reader_reset(&reader);
    assert_int_equal(feed(&reader, "{\"results\":[{}]}", 3), 0);
    influx_reader_release(&reader);
    influx_reader_release(&reader);
    strbuf_release(&heard.text);
}

static void cells(void **state)
{
    static const char text[] =
        "[\"a\\u0000b\",9007199254740993,null,1.5,-9223372036854775808,1e300,-1e300,true]";
    struct err err = ERR_INIT;
    json_t *row = json_parse(text, strlen(text), &err);
    char *name;

    (void)state;
    assert_non_null(row);
    name = influx_cell_name(row, 0);
    assert_string_equal(name, "a\xc0\x80"
                              "b");
    free(name);
    assert_null(influx_cell_name(row, 1));
    assert_null(influx_cell_name(row, 2));
    assert_null(influx_cell_name(row, 99));
    assert_null(influx_cell_name(NULL, 0));
    assert_true(influx_cell_int(row, 1, 7) == INT64_C(9007199254740993));
    assert_int_equal(influx_cell_int(row, 0, 7), 7);
    assert_int_equal(influx_cell_int(row, 2, 7), 7);
    assert_int_equal(influx_cell_int(row, 3, 7), 1);
    assert_true(influx_cell_int(row, 4, 7) == INT64_MIN);
    assert_true(influx_cell_int(row, 5, 7) == INT64_MAX);
    assert_true(influx_cell_int(row, 6, 7) == INT64_MIN);
    assert_int_equal(influx_cell_int(row, 7, 7), 7);
    assert_int_equal(influx_cell_int(row, 99, 7), 7);
    json_decref(row);
}

static void columns(void **state)
{
    static const char text[] = "[\"time\",null,\"written\",\"written\"]";
    struct err err = ERR_INIT;
    json_t *titles = json_parse(text, strlen(text), &err);
    struct influx_series series = {.name = "", .columns = titles};

    (void)state;
    assert_int_equal(influx_column(&series, "time"), 0);
    assert_int_equal(influx_column(&series, "written"), 2);
    assert_int_equal(influx_column(&series, "writte"), -1);
    json_decref(titles);
    series.columns = NULL;
    assert_int_equal(influx_column(&series, "time"), -1);
}

struct judgement {
    long status;
    const char *words;
    enum influx_failure failure;
};

static void assert_judged(const struct judgement *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum influx_failure failure = influx_classify(cases[i].status, cases[i].words);

        if (failure != cases[i].failure)
            fail_msg("%ld '%s' is %d", cases[i].status, cases[i].words ? cases[i].words : "",
                     failure);
    }
}

static void causes(void **state)
{
    static const struct {
        const char *words;
        enum influx_cause cause;
    } cases[] = {
        {"partial write: field type conflict: input field \"value\" on measurement \"timeout\" is "
         "type "
         "float, already exists as type string dropped=1",
         INFLUX_CAUSE_FIELD_TYPE},
        {"unable to parse 'timeout x=1': invalid", INFLUX_CAUSE_OTHER},
        {"max-select-series limit exceeded: (2/1)", INFLUX_CAUSE_SELECT_SERIES},
        {"max-select-point limit exceeed: (2/1)", INFLUX_CAUSE_SELECT},
        {"partial write: max-values-per-tag limit exceeded (1/1): dropped=1",
         INFLUX_CAUSE_TAG_VALUES},
        {"partial write: max-series-per-database limit exceeded: (1) dropped=1",
         INFLUX_CAUSE_DATABASE_SERIES},
        {"engine: cache-max-memory-size exceeded: (2/1)", INFLUX_CAUSE_CACHE},
        {"http://x:8086 takes no points: timeout, for 7 writes in a row", INFLUX_CAUSE_TIMEOUT},
        {"query-timeout limit exceeded", INFLUX_CAUSE_TIMEOUT},
        {"write /wal: no space left on device", INFLUX_CAUSE_DISK},
        {"authorization failed", INFLUX_CAUSE_RIGHTS},
        {"partial write: points beyond retention policy dropped=1", INFLUX_CAUSE_RETENTION},
        {"retention policy not found: all", INFLUX_CAUSE_OTHER},
        {"", INFLUX_CAUSE_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(influx_cause_of(cases[i].words), cases[i].cause);
}

static void known_errors(void **state)
{
    static const struct judgement cases[] = {
        {200, NULL, INFLUX_FINE},
        {200, "timeout", INFLUX_RETRY},
        {400,
         "partial write: write /var/lib/influxdb/data/timeout/_series/00/0000: no space left on "
         "device dropped=1",
         INFLUX_FULL},
        {500, "write /var/lib/influxdb/meta/meta.dbtmp: no space left on device", INFLUX_FULL},
        {500, "engine: error syncing wal: disk quota exceeded", INFLUX_FULL},
        {200, "database not found: no space left on device", INFLUX_FINAL},
        {200, "max-concurrent-queries limit exceeded(1, 1)", INFLUX_RETRY},
        {500, "engine: cache-max-memory-size exceeded: (1073741824/1073741824)", INFLUX_RETRY},
        {200, "query interrupted", INFLUX_RETRY},
        {200, "query-timeout limit exceeded", INFLUX_TOO_BIG},
        {200, "max-select-point limit exceeed: (10001/10000)", INFLUX_TOO_BIG},
        {200, "max-select-series limit exceeded: (2/1)", INFLUX_TOO_BIG},
        {200, "partial write: points beyond retention policy dropped=3", INFLUX_RETENTION},
        {200,
         "partial write: field type conflict: input field \"value\" on measurement \"cpu\" is type"
         " float, already exists as type integer dropped=1",
         INFLUX_REFUSED},
        {400, "error parsing query: found EOF, expected FROM at line 1, char 9", INFLUX_FINAL},
        {401, "authorization failed", INFLUX_DENIED},
        {401, "unable to parse authentication credentials", INFLUX_DENIED},
        {403,
         "error authorizing query: reader not authorized to execute statement 'SELECT', requires"
         " WRITE on mon_t",
         INFLUX_DENIED},
        {200, "database not found: mon_t", INFLUX_FINAL},
        {404, "database not found: \"mon_t\"", INFLUX_FINAL},
        {200, "retention policy not found: 2w", INFLUX_FINAL},
        {200, "some new error", INFLUX_FINAL},
    };

    (void)state;
    assert_judged(cases, ARRAY_SIZE(cases));
}

static void statuses(void **state)
{
    static const struct judgement cases[] = {
        {204, NULL, INFLUX_FINE},
        {302, "HTTP status 302", INFLUX_FINAL},
        {400, "HTTP status 400", INFLUX_FINAL},
        {401, "HTTP status 401", INFLUX_DENIED},
        {403, "HTTP status 403", INFLUX_DENIED},
        {404, "HTTP status 404: <html>", INFLUX_FINAL},
        {408, "HTTP status 408", INFLUX_RETRY},
        {413, "HTTP status 413", INFLUX_TOO_BIG},
        {429, "HTTP status 429", INFLUX_RETRY},
        {500, "HTTP status 500", INFLUX_RETRY},
        {502, "HTTP status 502", INFLUX_RETRY},
        {503, "HTTP status 503", INFLUX_RETRY},
        {504, "HTTP status 504", INFLUX_RETRY},
    };

    (void)state;
    assert_judged(cases, ARRAY_SIZE(cases));
}

/* Names in the server's words come from users, and may hold the words of any error. */
static void names_in_words(void **state)
{
    static const struct judgement cases[] = {
        {200,
         "partial write: field type conflict: input field \"value\" on measurement \"points beyond"
         " retention policy\" is type float, already exists as type integer dropped=1",
         INFLUX_REFUSED},
        {200,
         "partial write: field type conflict: input field \"timeout\" on measurement \"not"
         " authorized\" is type float, already exists as type integer dropped=1",
         INFLUX_REFUSED},
        {200, "database not found: mon_timeout", INFLUX_FINAL},
        {200, "retention policy not found: query-timeout limit exceeded", INFLUX_FINAL},
        {200,
         "partial write: max-values-per-tag limit exceeded (1/1): measurement=\"timeout\""
         " tag=\"query interrupted\" value=\"points beyond retention policy\" dropped=1",
         INFLUX_FINAL},
        {400, "error parsing query: found timeout, expected FROM at line 1, char 9", INFLUX_FINAL},
    };

    (void)state;
    assert_judged(cases, ARRAY_SIZE(cases));
}

/* What servers say, by version. Sources: query/executor.go, coordinator/points_writer.go,
 * services/meta, services/httpd, tsdb (field_validator.go, shard.go, store.go, index/inmem,
 * engine/tsm1), and 2.7's v1/coordinator and http/legacy. */
static const struct {
    const char *versions;
    long status;
    const char *words;
    enum influx_failure failure;
    enum influx_cause cause;
} spoken[] = {
    {"1.6-1.11", 400, "partial write: points beyond retention policy dropped=1", INFLUX_RETENTION,
     INFLUX_CAUSE_RETENTION},
    {"1.12", 400,
     "partial write: dropped 1 points outside retention policy of duration 1h0m0s - oldest point "
     "m,_tenant_id=a at 2026-01-01T00:00:00Z dropped because it violates a Retention Policy Lower "
     "Bound at 2026-11-01T00:00:00Z, newest point m,_tenant_id=a at 2026-01-01T00:00:00Z dropped "
     "because it violates a Retention Policy Lower Bound at 2026-11-01T00:00:00Z dropped=1 for "
     "database: d for retention policy: autogen",
     INFLUX_RETENTION, INFLUX_CAUSE_RETENTION},
    {"1.12", 400,
     "partial write: dropped 0 points outside retention policy of duration 0s and 1 points outside "
     "write window (-120h0m0s to 1h0m0s) - oldest point field type conflict at "
     "2026-01-01T00:00:00Z dropped because it violates a Write Window Lower Bound at "
     "2026-11-01T00:00:00Z, newest point timeout at 2026-01-01T00:00:00Z dropped=1 for database: d "
     "for retention policy: p",
     INFLUX_RETENTION, INFLUX_CAUSE_RETENTION},
    {"2.7", 422,
     "failure writing points to database: partial write: dropped 1 points outside retention policy "
     "of duration 1h0m0s - oldest point m at 2026-01-01T00:00:00Z dropped=1 for database: d for "
     "retention policy: autogen",
     INFLUX_RETENTION, INFLUX_CAUSE_RETENTION},
    {"1.6-1.11", 400,
     "partial write: field type conflict: input field \"value\" on measurement \"cpu\" is type "
     "float, already exists as type integer dropped=1",
     INFLUX_REFUSED, INFLUX_CAUSE_FIELD_TYPE},
    {"1.12", 400,
     "partial write: field type conflict: input field \"v\\u202e\" on measurement \"a\\\"b\" is "
     "type float, already exists as type string dropped=1 for database: d for retention policy: p",
     INFLUX_REFUSED, INFLUX_CAUSE_FIELD_TYPE},
    {"2.7", 422,
     "failure writing points to database: partial write: field type conflict: input field "
     "\"value\" on measurement \"points outside retention policy of duration\" is type float, "
     "already exists as type string dropped=10 for database: d for retention policy: p",
     INFLUX_REFUSED, INFLUX_CAUSE_FIELD_TYPE},
    {"1.11-2.7", 400,
     "partial write: input field \"timeout\" on measurement \"new readers blocked\" is too long, "
     "1048577 > 1048576 dropped=1",
     INFLUX_REFUSED, INFLUX_CAUSE_OTHER},
    {"1.6-2.7", 400,
     "partial write: invalid field name: input field \"time\" on measurement \"timeout\" is "
     "invalid "
     "dropped=1",
     INFLUX_REFUSED, INFLUX_CAUSE_OTHER},
    {"1.6-1.8", 400, "partial write: max-series-per-database limit exceeded: (1000) dropped=7",
     INFLUX_FINAL, INFLUX_CAUSE_DATABASE_SERIES},
    {"1.11", 400,
     "partial write: max-series-per-database exceeded database=timeout limit=10 series=10 keys=7 "
     "dropped=7",
     INFLUX_FINAL, INFLUX_CAUSE_DATABASE_SERIES},
    {"1.12", 400,
     "partial write: max-series-per-database exceeded database=mon limit=10 series=10 keys=7 "
     "dropped=7 for database: mon for retention policy: autogen",
     INFLUX_FINAL, INFLUX_CAUSE_DATABASE_SERIES},
    {"1.6-1.12", 400,
     "partial write: max-values-per-tag limit exceeded (9/9): measurement=\"m\" tag=\"t\" "
     "value=\"v\" dropped=1",
     INFLUX_FINAL, INFLUX_CAUSE_TAG_VALUES},
    {"1.6-1.11", 400, "partial write: shard 17 is pending deletion dropped=5", INFLUX_RETRY,
     INFLUX_CAUSE_OTHER},
    {"1.12, 2.7", 400,
     "partial write: shard 17 is pending deletion dropped=5 for database: database not found for "
     "retention policy: field type conflict",
     INFLUX_RETRY, INFLUX_CAUSE_OTHER},
    {"1.11-2.7", 200, "file store: new readers blocked", INFLUX_RETRY, INFLUX_CAUSE_OTHER},
    {"1.12", 500, "shard is being deleted", INFLUX_RETRY, INFLUX_CAUSE_OTHER},
    {"1.6-1.12", 500, "[shard 9] mkdir /data/t1_a/autogen/9/index: not a directory", INFLUX_FINAL,
     INFLUX_CAUSE_OTHER},
    {"1.11, 1.12", 500,
     "not attempting to open shard 9; opening shard previously failed with: [shard 9] timeout",
     INFLUX_FINAL, INFLUX_CAUSE_OTHER},
    {"1.6-1.12", 500, "[shard 9] open /data/x: too many open files", INFLUX_RETRY,
     INFLUX_CAUSE_OTHER},
    {"1.6-1.12", 500, "engine: error decompressing block", INFLUX_UNKNOWN, INFLUX_CAUSE_OTHER},
    {"1.6-2.7", 500, "engine: cache-max-memory-size exceeded: (2/1)", INFLUX_RETRY,
     INFLUX_CAUSE_CACHE},
    {"1.6-1.11", 200, "max-select-point limit exceeed: (2/1)", INFLUX_TOO_BIG, INFLUX_CAUSE_SELECT},
    {"1.12, 2.7", 200, "max-select-point limit exceeded: (2/1)", INFLUX_TOO_BIG,
     INFLUX_CAUSE_SELECT},
    {"1.6-2.7", 200, "max-select-series limit exceeded: (2/1)", INFLUX_TOO_BIG,
     INFLUX_CAUSE_SELECT_SERIES},
    {"1.6-2.7", 200, "max-select-buckets limit exceeded: (2/1)", INFLUX_TOO_BIG,
     INFLUX_CAUSE_SELECT},
    {"1.6-1.12", 200, "max-concurrent-queries limit exceeded(2, 1)", INFLUX_RETRY,
     INFLUX_CAUSE_OTHER},
    {"1.6-1.12", 200, "query-timeout limit exceeded", INFLUX_TOO_BIG, INFLUX_CAUSE_TIMEOUT},
    {"1.6-1.12", 200, "query interrupted", INFLUX_RETRY, INFLUX_CAUSE_OTHER},
    {"1.6-1.12", 200, "query aborted", INFLUX_RETRY, INFLUX_CAUSE_OTHER},
    {"1.6-1.12", 200, "query engine shutdown", INFLUX_RETRY, INFLUX_CAUSE_OTHER},
    {"1.6-1.12", 500, "timeout", INFLUX_RETRY, INFLUX_CAUSE_TIMEOUT},
    {"1.6-1.12", 500, "engine: shard is disabled", INFLUX_RETRY, INFLUX_CAUSE_OTHER},
    {"1.6-2.7", 500, "engine is closed", INFLUX_RETRY, INFLUX_CAUSE_OTHER},
    {"1.6-1.12", 403, "\"bob\" user is not authorized to write to database \"mon_a\"",
     INFLUX_DENIED, INFLUX_CAUSE_RIGHTS},
    {"1.6-1.12", 401, "authorization failed", INFLUX_DENIED, INFLUX_CAUSE_RIGHTS},
    {"2.7", 401, "unauthorized access", INFLUX_DENIED, INFLUX_CAUSE_OTHER},
    {"2.7", 404, "unable to find DBRP", INFLUX_FINAL, INFLUX_CAUSE_OTHER},
};

static void versions(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(spoken); i++) {
        enum influx_failure failure = influx_classify(spoken[i].status, spoken[i].words);
        enum influx_cause cause = influx_cause_of(spoken[i].words);

        if (failure != spoken[i].failure || cause != spoken[i].cause)
            fail_msg("%s: '%s' is %d, %d", spoken[i].versions, spoken[i].words, failure, cause);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a reply is read alike in parts of any size", any_parts),
        TEST("several documents are read one after the other", several),
        TEST("the first error of any result is kept", errors_in_results),
        TEST("a NUL in a name stands as two bytes", odd_names),
        TEST("damaged JSON ends the reading for good", damaged),
        TEST("a reply without a result is an error", empty),
        TEST("a reply that ends where it promised more is an error", promised_more),
        TEST("members of another type than meant are passed over", not_what_is_meant),
        TEST("the callback's word ends the reading", callback_ends),
        TEST("a line larger than its bound is refused", bounded),
        TEST("a reader that is reset reads another reply", reset),
        TEST("a cell is a name, an exact integer, or the fallback", cells),
        TEST("a column is found by its title", columns),
        TEST("each known error means what the facts say", known_errors),
        TEST("each known error names its cause", causes),
        TEST("an unknown error means what its HTTP status says", statuses),
        TEST("every server's words mean what its sources say", versions),
        TEST("a name in an error's words doesn't change what the error means", names_in_words),
    };

    return cmocka_run_group_tests_name("influx/reply", tests, NULL, NULL);
}
