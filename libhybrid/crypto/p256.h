/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Key agreement on the curve P-256 (FIPS 186-5, SEC 1), with keys made from the caller's
 * randomness.
 *
 * Points are accepted in one encoding per function and never at infinity, must have coordinates
 * below p, and must lie on the curve. P-256 has cofactor 1, so that is the full public key
 * validation of SP 800-56A.
 */

#include <stddef.h>
#include <stdint.h>

#include "hybrid.h"

enum {
        P256_SCALAR_SIZE = 32,
        P256_SHARED_SIZE = 32,       /* the X coordinate, big-endian */
        P256_COMPRESSED_SIZE = 33,   /* 02 or 03 ‖ X */
        P256_UNCOMPRESSED_SIZE = 65, /* 04 ‖ X ‖ Y */
};

typedef struct P256Key P256Key;

/** A fresh key pair. Returns 0, -ENOMEM (also where OpenSSL has no randomness to blind with), what
 *  env->random() returned, or -EIO if that gave no number below the order again and again. */
int p256_key_generate(P256Key **ret, const HybridEnv *env);

/** A key pair from its scalar, big-endian. -EINVAL unless 0 < scalar < group order. */
int p256_key_new(P256Key **ret, const uint8_t scalar[static P256_SCALAR_SIZE]);

/** Erases and frees. NULL in, NULL out. */
P256Key *p256_key_free(P256Key *key);

/** The uncompressed public key, P256_UNCOMPRESSED_SIZE bytes, borrowed for the life of the key. */
const uint8_t *p256_key_public(const P256Key *key);

/** The scalar, for tests and for signing. */
void p256_key_scalar(const P256Key *key, uint8_t ret[static P256_SCALAR_SIZE]);

/** ECDH in constant time. Returns 0, -EBADMSG if `peer` is no valid point, or -ENOMEM. */
int p256_key_agree(const P256Key *key, const uint8_t peer[static P256_UNCOMPRESSED_SIZE],
                   uint8_t ret[static P256_SHARED_SIZE]);

/** 0 if it is a valid point, -EBADMSG if not, -ENOMEM. */
int p256_check(const uint8_t point[static P256_UNCOMPRESSED_SIZE]);

/** The two encodings of a point. Decompression returns -EBADMSG if it is not on the curve. */
void p256_compress(const uint8_t point[static P256_UNCOMPRESSED_SIZE],
                   uint8_t ret[static P256_COMPRESSED_SIZE]);
int p256_decompress(const uint8_t point[static P256_COMPRESSED_SIZE],
                    uint8_t ret[static P256_UNCOMPRESSED_SIZE]);
