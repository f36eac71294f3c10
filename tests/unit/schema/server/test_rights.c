#include "schema/server/rights.h"

#include "../../unit.h"

static void assert_missing(const char *const *grants, const char *wanted)
{
    static const char *const needed[] = {"SELECT", "CREATE", "ALTER", NULL};
    struct strvec list = STRVEC_INIT, missing = STRVEC_INIT;
    struct strbuf text = STRBUF_INIT;

    for (; *grants; grants++)
        strvec_push(&list, *grants);
    rights_find_missing(&missing, &list, "mon_a", needed);
    for (size_t i = 0; i < missing.nr; i++)
        strbuf_addf(&text, "%s ", missing.v[i]);
    assert_string_equal(text.buf, wanted);
    strbuf_release(&text);
    strvec_release(&list);
    strvec_release(&missing);
}

#define GRANTS(...)                                                                                \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static void grants(void **state)
{
    (void)state;
    assert_missing(GRANTS("GRANT ALL PRIVILEGES ON *.* TO `root`@`%` WITH GRANT OPTION"), "");
    assert_missing(
        GRANTS("GRANT USAGE ON *.* TO `u`@`%`", "GRANT ALL PRIVILEGES ON `mon\\_a`.* TO `u`@`%`"),
        "");
    assert_missing(GRANTS("GRANT SELECT, CREATE TEMPORARY TABLES, ALTER ROUTINE ON `mon_a`.* TO u"),
                   "CREATE ALTER ");
    assert_missing(GRANTS("GRANT SELECT ON *.* TO u", "GRANT CREATE, ALTER ON `mon%`.* TO u"), "");
    assert_missing(GRANTS("GRANT ALL PRIVILEGES ON `other`.* TO u"), "SELECT CREATE ALTER ");
    assert_missing(GRANTS("GRANT USAGE ON *.* TO u", "GRANT `r`@`%` TO `u`@`%`"), "");
    assert_missing(GRANTS("GRANT SELECT ON `mon_a`.`alarm` TO u"), "CREATE ALTER ");
}

static void assert_blind(const char *lines, const char *expected)
{
    struct strvec grants = STRVEC_INIT, missing = STRVEC_INIT;
    struct strbuf list = STRBUF_INIT;

    strvec_split(&grants, lines, '\n');
    rights_find_blind(&missing, &grants, "mon");
    for (size_t i = 0; i < missing.nr; i++)
        strbuf_addf(&list, "%s%s", i ? " " : "", missing.v[i]);
    assert_string_equal(list.buf, expected);
    strbuf_release(&list);
    strvec_release(&grants);
    strvec_release(&missing);
}

static void sight(void **state)
{
    (void)state;
    assert_blind("GRANT ALL PRIVILEGES ON `mon`.* TO `u`@`%`", "");
    assert_blind("GRANT SELECT, REFERENCES ON *.* TO `u`@`%`", "");
    assert_blind("GRANT SELECT ON *.* TO `u`@`%`\nGRANT SHOW VIEW ON `mo_`.* TO `u`@`%`", "");
    assert_blind("GRANT SELECT ON `mon`.* TO `u`@`%`", "REFERENCES");
    assert_blind("GRANT ALL PRIVILEGES ON `mon`.`alarm` TO `u`@`%`", "SELECT REFERENCES");
    assert_blind("GRANT ALL PRIVILEGES ON `other`.* TO `u`@`%`", "SELECT REFERENCES");
    assert_blind("GRANT `role`@`%` TO `u`@`%`", "SELECT REFERENCES");
    assert_blind("GRANT SELECT, INSERT ON *.* TO `u`@`%`\nREVOKE SELECT ON `mon`.* FROM `u`@`%`",
                 "SELECT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("rights are read as SHOW GRANTS prints them, roles get the benefit of the doubt",
             grants),
        TEST("a user sees all with SELECT and another right on the whole database", sight),
    };

    return cmocka_run_group_tests_name("schema/server/rights", tests, NULL, NULL);
}
