/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * SHA-256, HMAC-SHA-256 with a prepared key, and HKDF-SHA-256 (FIPS 180-4, RFC 2104, RFC 5869).
 *
 * Adverts of strangers arrive by the thousand, and each costs one HMAC for each code on screen. So
 * the key is kept as the two hash states that it leads to, and a tag costs two compressions, no
 * allocation and no search for an algorithm. This is why these few functions stand on OpenSSL's
 * SHA256_* functions and not on its EVP layer.
 */

#include <stddef.h>
#include <stdint.h>

enum {
        SHA256_SIZE = 32,
        HKDF_SHA256_SIZE_MAX = 255 * SHA256_SIZE,
};

/** SHA-256 of a ‖ b. */
void sha256_of_two(const void *a, size_t n_a, const void *b, size_t n_b,
                   uint8_t ret[static SHA256_SIZE]);

/** An HMAC key, ready for use. As secret as the key itself: erase with hmac_key_done(). */
typedef struct HmacKey {
        uint32_t inner[8];
        uint32_t outer[8];
} HmacKey;

void hmac_key_init(HmacKey *key, const uint8_t *secret, size_t n);
void hmac_key_done(HmacKey *key);
void hmac_sha256(const HmacKey *key, const uint8_t *message, size_t n,
                 uint8_t ret[static SHA256_SIZE]);

/** HKDF. An empty salt stands for 32 zero bytes. n_ret is at most HKDF_SHA256_SIZE_MAX. */
void hkdf_sha256(const uint8_t *secret, size_t n_secret, const uint8_t *salt, size_t n_salt,
                 const uint8_t *info, size_t n_info, uint8_t *ret, size_t n_ret);
