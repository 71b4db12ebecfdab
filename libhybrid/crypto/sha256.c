/* SPDX-License-Identifier: MIT */

#define OPENSSL_SUPPRESS_DEPRECATED /* see the head of sha256.h */
#include <openssl/sha.h>
#include <string.h>

#include "base/macro.h"
#include "base/secret.h"
#include "crypto/sha256.h"

#define BLOCK_SIZE SHA256_CBLOCK

void sha256_of_two(const void *a, size_t n_a, const void *b, size_t n_b,
                   uint8_t ret[static SHA256_SIZE]) {
        SHA256_CTX context;
        CLEANUP_ERASE(context);

        SHA256_Init(&context);
        SHA256_Update(&context, a, n_a);
        SHA256_Update(&context, b, n_b);
        SHA256_Final(ret, &context);
}

/* The hash state after one block: the key, each byte combined with `pad`. */
static void state_after_key(const uint8_t key[static BLOCK_SIZE], uint8_t pad, uint32_t ret[8]) {
        uint8_t block[BLOCK_SIZE];
        CLEANUP_ERASE(block);
        SHA256_CTX context;
        CLEANUP_ERASE(context);

        for (size_t i = 0; i < BLOCK_SIZE; i++)
                block[i] = key[i] ^ pad;

        SHA256_Init(&context);
        SHA256_Transform(&context, block);
        memcpy(ret, context.h, sizeof(context.h));
}

void hmac_key_init(HmacKey *key, const uint8_t *secret, size_t n) {
        uint8_t block[BLOCK_SIZE] = {};
        CLEANUP_ERASE(block);

        if (n > BLOCK_SIZE)
                sha256_of_two(secret, n, "", 0, block);
        else if (n > 0)
                memcpy(block, secret, n);

        state_after_key(block, 0x36, key->inner);
        state_after_key(block, 0x5c, key->outer);
}

void hmac_key_done(HmacKey *key) {
        secret_erase(key, sizeof(*key));
}

/* Goes on hashing from a state that one block has led to. */
static void finish_from_state(const uint32_t state[static 8], const uint8_t *message, size_t n,
                              uint8_t ret[static SHA256_SIZE]) {
        SHA256_CTX context = { .Nl = 8 * BLOCK_SIZE, .md_len = SHA256_SIZE };
        CLEANUP_ERASE(context);

        memcpy(context.h, state, sizeof(context.h));
        SHA256_Update(&context, message, n);
        SHA256_Final(ret, &context);
}

void hmac_sha256(const HmacKey *key, const uint8_t *message, size_t n,
                 uint8_t ret[static SHA256_SIZE]) {
        uint8_t digest[SHA256_SIZE];
        CLEANUP_ERASE(digest);

        finish_from_state(key->inner, message, n, digest);
        finish_from_state(key->outer, digest, sizeof(digest), ret);
}

/* RFC 5869 section 2.3: T(i) = HMAC(PRK, T(i - 1) ‖ info ‖ i). */
static void hkdf_expand(const HmacKey *prk, const uint8_t *info, size_t n_info, uint8_t *ret,
                        size_t n_ret) {
        uint8_t previous[SHA256_SIZE];
        CLEANUP_ERASE(previous);

        assert(n_ret <= HKDF_SHA256_SIZE_MAX);

        for (uint8_t i = 1; n_ret > 0; i++) {
                SHA256_CTX context = { .Nl = 8 * BLOCK_SIZE, .md_len = SHA256_SIZE };
                CLEANUP_ERASE(context);
                size_t n = n_ret < SHA256_SIZE ? n_ret : SHA256_SIZE;

                memcpy(context.h, prk->inner, sizeof(context.h));
                if (i > 1)
                        SHA256_Update(&context, previous, sizeof(previous));
                SHA256_Update(&context, info, n_info);
                SHA256_Update(&context, &i, 1);
                SHA256_Final(previous, &context);
                finish_from_state(prk->outer, previous, sizeof(previous), previous);

                memcpy(ret, previous, n);
                ret += n;
                n_ret -= n;
        }
}

void hkdf_sha256(const uint8_t *secret, size_t n_secret, const uint8_t *salt, size_t n_salt,
                 const uint8_t *info, size_t n_info, uint8_t *ret, size_t n_ret) {
        uint8_t prk[SHA256_SIZE];
        CLEANUP_ERASE(prk);
        _cleanup_(hmac_key_done) HmacKey key = {};

        /* RFC 5869 section 2.2: PRK = HMAC(salt, IKM). HMAC pads an empty key with zeros itself. */
        hmac_key_init(&key, salt, n_salt);
        hmac_sha256(&key, secret, n_secret, prk);

        hmac_key_init(&key, prk, sizeof(prk));
        hkdf_expand(&key, info, n_info, ret, n_ret);
}
