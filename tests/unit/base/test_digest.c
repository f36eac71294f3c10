#include "base/digest.h"

#include <stdlib.h>
#include <string.h>

#include "../unit.h"

/* The examples of FIPS 180-2, appendix B. */
static void examples(void **state)
{
    char hex[DIGEST_HEX_LENGTH + 1];
    char *million = malloc(1000000);

    (void)state;
    digest_sha256_hex("", 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    digest_sha256_hex("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_non_null(million);
    memset(million, 'a', 1000000);
    digest_sha256_hex(million, 1000000, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("SHA-256 gives what its standard says", examples),
    };

    return cmocka_run_group_tests_name("base/digest", tests, NULL, NULL);
}
