#include "influx/writes.h"

#include "../unit.h"

static struct writes counts(struct shard_writes *items, size_t count)
{
    return (struct writes){.items = items, .count = count, .known = true};
}

static void adding(void **state)
{
    struct shard_writes before[] = {{1, 10}, {2, 20}, {3, 30}};
    struct shard_writes after[] = {{2, 25}, {1, 10}, {4, 3}};
    struct writes then = counts(before, 3), now = counts(after, 3);

    (void)state;
    assert_int_equal(writes_between(&then, &then), 0);
    /* Shard 3 was deleted, shard 4 is new. */
    assert_int_equal(writes_between(&then, &now), 8);
}

static void restarting(void **state)
{
    struct shard_writes before[] = {{1, 10}}, after[] = {{1, 2}}, none[] = {{1, 0}};
    struct writes then = counts(before, 1), now = counts(after, 1), idle = counts(none, 1);

    (void)state;
    assert_int_equal(writes_between(&then, &now), 2);
    assert_int_equal(writes_between(&then, &idle), 0);
}

static void unknown(void **state)
{
    struct shard_writes after[] = {{1, 2}};
    struct writes then = {0}, now = counts(after, 1);

    (void)state;
    assert_int_equal(writes_between(&then, &now), 0);
    assert_int_equal(writes_between(&now, &then), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("points are counted shard by shard, in new ones too", adding),
        TEST("a count that fell began anew with its server", restarting),
        TEST("nothing is said of counts that nobody may see", unknown),
    };

    return cmocka_run_group_tests_name("influx/writes", tests, NULL, NULL);
}
