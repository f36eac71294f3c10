/*
 * What every unit test includes: cmocka, whose header wants others in front of it, and tests that
 * are sentences.
 *
 *     const struct CMUnitTest tests[] = {
 *         TEST("a window stays whole when one shard covers it", whole_window),
 *     };
 */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, NULL, NULL, NULL                                                       \
    }
#define TEST_WITH(sentence, function, set_up, tear_down)                                           \
    {                                                                                              \
        sentence, function, set_up, tear_down, NULL                                                \
    }

/* Fails unless `part` stands in `text`. */
#define assert_has(text, part)                                                                     \
    do {                                                                                           \
        const char *has_text_ = (text);                                                            \
                                                                                                   \
        if (!has_text_ || !strstr(has_text_, (part)))                                              \
            fail_msg("'%s' isn't in: %s", (part), has_text_ ? has_text_ : "(nothing)");            \
    } while (0)

#endif
