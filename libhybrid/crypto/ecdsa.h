/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * ECDSA with P-256 and SHA-256, which COSE calls ES256 (FIPS 186-5 section 6). Signatures are in
 * DER, as WebAuthn has them (Level 3 section 6.5.5).
 */

#include <stddef.h>
#include <stdint.h>

#include "crypto/p256.h"

enum {
        ECDSA_P256_SIGNATURE_SIZE_MAX = 72,
};

/**
 * Signs SHA-256(message) and writes at most ECDSA_P256_SIGNATURE_SIZE_MAX bytes. The nonce is
 * OpenSSL's, made from the key, the digest and its own random source: no two signatures are equal,
 * and a weak source alone does not give the key away.
 * Returns 0, or -ENOMEM if OpenSSL fails.
 */
int ecdsa_p256_sign(const P256Key *key, const void *message, size_t n,
                    uint8_t ret[static ECDSA_P256_SIGNATURE_SIZE_MAX], size_t *ret_n);

/**
 * Returns 0, -EBADMSG if the point is not valid or the signature wrong or not in DER, or -ENOMEM.
 */
int ecdsa_p256_verify(const uint8_t point[static P256_UNCOMPRESSED_SIZE], const void *message,
                      size_t n, const uint8_t *signature, size_t n_signature);
