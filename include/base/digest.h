/*
 * SHA-256, by OpenSSL's libcrypto.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>

enum { DIGEST_BYTES = 32, DIGEST_HEX_LENGTH = 64 };

void digest_sha256(const void *data, size_t len, unsigned char ret_bytes[DIGEST_BYTES]);

/* Writes 64 lower-case hex digits and a NUL. */
void digest_sha256_hex(const void *data, size_t len, char ret_hex[DIGEST_HEX_LENGTH + 1]);

#endif
