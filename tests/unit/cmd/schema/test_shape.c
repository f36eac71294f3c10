#include "../../../../src/cmd/schema/shape.h"

#include <stdlib.h>

#include "../../unit.h"
#include "base/mem.h"
#include "schema/history/state.h"

/* Compares a document with its text, and releases it. */
static void assert_json(json_t *value, const char *text)
{
    struct strbuf sb = STRBUF_INIT;

    json_add_compact(&sb, value);
    assert_string_equal(sb.buf, text);
    strbuf_release(&sb);
    json_decref(value);
}

static struct revision first = {.id = (char[]){"aaaa"}}, second = {.id = (char[]){"bbbb"}};

static void revision(void **state)
{
    json_t *list = json_array();

    (void)state;
    json_array_append_new(list, schema_json_revision(&first));
    json_array_append_new(list, schema_json_revision(NULL));
    assert_json(list, "[\"aaaa\",null]");
}

static void exact(void **state)
{
    const struct revision *same[] = {&first, &second};
    const struct detection detection = {.exact = true,
                                        .revision = &second,
                                        .same = same,
                                        .same_count = ARRAY_SIZE(same),
                                        .fingerprint = "f00d"};

    (void)state;
    assert_json(schema_json_detection(&detection),
                "{\"empty\":false,\"exact\":true,\"revision\":\"bbbb\",\"nearest\":\"bbbb\","
                "\"distance\":0,\"same_shape\":[\"aaaa\",\"bbbb\"],\"fork\":null,"
                "\"fingerprint\":\"f00d\"}");
}

static void nearest(void **state)
{
    const struct state_fork fork = {.name = "fork"};
    const struct detection detection = {
        .revision = &first, .distance = 3, .fork = &fork, .fingerprint = "f00d"};

    (void)state;
    assert_json(schema_json_detection(&detection),
                "{\"empty\":false,\"exact\":false,\"revision\":null,\"nearest\":\"aaaa\","
                "\"distance\":3,\"same_shape\":[],\"fork\":\"fork\",\"fingerprint\":\"f00d\"}");
}

static void nothing(void **state)
{
    const struct detection detection = {.empty = true, .fingerprint = "f00d"};

    (void)state;
    assert_json(schema_json_detection(&detection),
                "{\"empty\":true,\"exact\":false,\"revision\":null,\"nearest\":null,"
                "\"distance\":0,\"same_shape\":[],\"fork\":null,\"fingerprint\":\"f00d\"}");
}

static void differences(void **state)
{
    char table[] = "alarm", name[] = "state", actual[] = "text", wanted[] = "int";
    struct diff_item items[] = {
        {.kind = DIFF_EXTRA, .object = DIFF_TABLE, .table = table},
        {DIFF_DIFFERENT, DIFF_COLUMN, table, name, actual, wanted},
    };
    const struct diff diff = {items, ARRAY_SIZE(items), 0};

    (void)state;
    assert_json(schema_json_diff(&diff),
                "[{\"kind\":\"extra\",\"object\":\"table\",\"table\":\"alarm\",\"name\":null,"
                "\"actual\":null,\"wanted\":null},"
                "{\"kind\":\"different\",\"object\":\"column\",\"table\":\"alarm\","
                "\"name\":\"state\",\"actual\":\"text\",\"wanted\":\"int\"}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("the base is null in JSON", revision),
        TEST("a schema that is a revision's names all revisions of its shape", exact),
        TEST("a schema that is no revision's names the nearest, and no revision", nearest),
        TEST("an empty database is near to no revision", nothing),
        TEST("a difference has all its members, null where there is nothing", differences),
    };

    return cmocka_run_group_tests_name("cmd/schema/shape", tests, NULL, NULL);
}
