#include "base/digest.h"

#include <openssl/sha.h>
#include <stdio.h>

void digest_sha256(const void *data, size_t len, unsigned char ret_bytes[DIGEST_BYTES])
{
    SHA256(data, len, ret_bytes);
}

void digest_sha256_hex(const void *data, size_t len, char ret_hex[DIGEST_HEX_LENGTH + 1])
{
    unsigned char digest[DIGEST_BYTES];

    digest_sha256(data, len, digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
}
