#include "base/digest.h"

#include <openssl/sha.h>
#include <stdio.h>

void digest_sha256_hex(const void *data, size_t len, char ret_hex[DIGEST_HEX_LENGTH + 1])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    SHA256(data, len, digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
}
