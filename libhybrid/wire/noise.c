/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/macro.h"
#include "base/secret.h"
#include "wire/noise.h"

/* Names are 31 characters and the NUL that Noise pads them with: just the size of a hash. */
static const struct {
        char name[SHA256_SIZE];
        uint8_t prologue;
} patterns[] = {
        [NOISE_KNPSK0] = { "Noise_KNpsk0_P256_AESGCM_SHA256", 1 },
        [NOISE_NKPSK0] = { "Noise_NKpsk0_P256_AESGCM_SHA256", 0 },
};

/* A key encrypts one payload only, so its nonce is always zero; and all payloads are empty. */
static const uint8_t zero_nonce[AES_GCM_NONCE_SIZE];

void noise_done(Noise *noise) {
        secret_erase(noise, sizeof(*noise));
}

void noise_keys_done(NoiseKeys *keys) {
        secret_erase(keys, sizeof(*keys));
}

static void mix_hash(Noise *noise, const void *data, size_t n) {
        sha256_of_two(noise->h, sizeof(noise->h), data, n, noise->h);
}

static void mix_key(Noise *noise, const uint8_t *data, size_t n) {
        uint8_t out[2 * SHA256_SIZE];
        CLEANUP_ERASE(out);

        hkdf_sha256(data, n, noise->ck, sizeof(noise->ck), NULL, 0, out, sizeof(out));
        memcpy(noise->ck, out, SHA256_SIZE);
        memcpy(noise->k, out + SHA256_SIZE, SHA256_SIZE);
}

static void mix_key_and_hash(Noise *noise, const uint8_t *data, size_t n) {
        uint8_t out[3 * SHA256_SIZE];
        CLEANUP_ERASE(out);

        hkdf_sha256(data, n, noise->ck, sizeof(noise->ck), NULL, 0, out, sizeof(out));
        memcpy(noise->ck, out, SHA256_SIZE);
        mix_hash(noise, out + SHA256_SIZE, SHA256_SIZE);
        memcpy(noise->k, out + 2 * SHA256_SIZE, SHA256_SIZE);
}

/* With the pre-shared key, an ephemeral key is mixed into the hash and into the key. */
static void mix_ephemeral(Noise *noise, const uint8_t public[static P256_UNCOMPRESSED_SIZE]) {
        mix_hash(noise, public, P256_UNCOMPRESSED_SIZE);
        mix_key(noise, public, P256_UNCOMPRESSED_SIZE);
}

static int mix_shared(Noise *noise, const P256Key *key,
                      const uint8_t peer[static P256_UNCOMPRESSED_SIZE]) {
        uint8_t shared[P256_SHARED_SIZE];
        CLEANUP_ERASE(shared);
        int r;

        r = p256_key_agree(key, peer, shared);
        if (r < 0)
                return r;

        mix_key(noise, shared, sizeof(shared));
        return 0;
}

static int encrypt_and_hash_empty(Noise *noise, uint8_t ret[static AES_GCM_TAG_SIZE]) {
        int r;

        r = aes256_gcm_seal(noise->k, zero_nonce, noise->h, sizeof(noise->h), NULL, 0, ret);
        if (r < 0)
                return r;

        mix_hash(noise, ret, AES_GCM_TAG_SIZE);
        return 0;
}

static int decrypt_and_hash_empty(Noise *noise, const uint8_t tag[static AES_GCM_TAG_SIZE]) {
        uint8_t nothing[1];
        int r;

        r = aes256_gcm_open(noise->k, zero_nonce, noise->h, sizeof(noise->h), tag, AES_GCM_TAG_SIZE,
                            nothing);
        if (r < 0)
                return r;

        mix_hash(noise, tag, AES_GCM_TAG_SIZE);
        return 0;
}

static void split(const Noise *noise, NoiseKeys *ret) {
        uint8_t out[2 * SHA256_SIZE];
        CLEANUP_ERASE(out);

        hkdf_sha256(NULL, 0, noise->ck, sizeof(noise->ck), NULL, 0, out, sizeof(out));
        memcpy(ret->initiator_to_responder, out, AES256_KEY_SIZE);
        memcpy(ret->responder_to_initiator, out + AES256_KEY_SIZE, AES256_KEY_SIZE);
        memcpy(ret->handshake_hash, noise->h, sizeof(ret->handshake_hash));
}

/* Whether a static key is given just where the pattern has a part for it. */
static bool fits(const Noise *noise, NoisePattern pattern, const void *identity) {
        return (noise->pattern == pattern) == (identity != NULL);
}

void noise_init(Noise *noise, NoisePattern pattern,
                const uint8_t identity[static P256_UNCOMPRESSED_SIZE],
                const uint8_t psk[static NOISE_PSK_SIZE]) {
        *noise = (Noise){ .pattern = pattern };
        memcpy(noise->h, patterns[pattern].name, sizeof(noise->h));
        memcpy(noise->ck, patterns[pattern].name, sizeof(noise->ck));
        mix_hash(noise, &patterns[pattern].prologue, sizeof(patterns[pattern].prologue));

        /* s */
        mix_hash(noise, identity, P256_UNCOMPRESSED_SIZE);

        /* -> psk */
        mix_key_and_hash(noise, psk, NOISE_PSK_SIZE);
}

int noise_create_message1(Noise *noise, const P256Key *ephemeral, const uint8_t *responder_identity,
                          uint8_t ret[static NOISE_MESSAGE_SIZE]) {
        Noise next = *noise;
        CLEANUP_ERASE(next);
        uint8_t tag[AES_GCM_TAG_SIZE];
        int r = 0;

        if (!fits(noise, NOISE_NKPSK0, responder_identity))
                return -EINVAL;

        /* -> e, es */
        mix_ephemeral(&next, p256_key_public(ephemeral));
        if (responder_identity)
                r = mix_shared(&next, ephemeral, responder_identity);
        if (r < 0)
                return r;
        r = encrypt_and_hash_empty(&next, tag);
        if (r < 0)
                return r;

        memcpy(ret, p256_key_public(ephemeral), P256_UNCOMPRESSED_SIZE);
        memcpy(ret + P256_UNCOMPRESSED_SIZE, tag, sizeof(tag));
        *noise = next;
        return 0;
}

int noise_consume_message1(Noise *noise, const P256Key *identity, const uint8_t *message, size_t n,
                           uint8_t ret_ephemeral[static P256_UNCOMPRESSED_SIZE]) {
        Noise next = *noise;
        CLEANUP_ERASE(next);
        int r;

        if (!fits(noise, NOISE_NKPSK0, identity))
                return -EINVAL;
        if (n != NOISE_MESSAGE_SIZE)
                return -EBADMSG;
        r = p256_check(message);
        if (r < 0)
                return r;

        /* -> e, es */
        mix_ephemeral(&next, message);
        if (identity)
                r = mix_shared(&next, identity, message);
        if (r < 0)
                return r;
        r = decrypt_and_hash_empty(&next, message + P256_UNCOMPRESSED_SIZE);
        if (r < 0)
                return r;

        memcpy(ret_ephemeral, message, P256_UNCOMPRESSED_SIZE);
        *noise = next;
        return 0;
}

int noise_create_message2(Noise *noise, const P256Key *ephemeral,
                          const uint8_t initiator_ephemeral[static P256_UNCOMPRESSED_SIZE],
                          const uint8_t *initiator_identity, uint8_t ret[static NOISE_MESSAGE_SIZE],
                          NoiseKeys *ret_keys) {
        Noise next = *noise;
        CLEANUP_ERASE(next);
        uint8_t tag[AES_GCM_TAG_SIZE];
        int r;

        if (!fits(noise, NOISE_KNPSK0, initiator_identity))
                return -EINVAL;

        /* <- e */
        mix_ephemeral(&next, p256_key_public(ephemeral));

        /* <- ee, se */
        r = mix_shared(&next, ephemeral, initiator_ephemeral);
        if (r >= 0 && initiator_identity)
                r = mix_shared(&next, ephemeral, initiator_identity);
        if (r < 0)
                return r;

        r = encrypt_and_hash_empty(&next, tag);
        if (r < 0)
                return r;

        memcpy(ret, p256_key_public(ephemeral), P256_UNCOMPRESSED_SIZE);
        memcpy(ret + P256_UNCOMPRESSED_SIZE, tag, sizeof(tag));
        split(&next, ret_keys);
        *noise = next;
        return 0;
}

int noise_consume_message2(Noise *noise, const P256Key *ephemeral, const P256Key *identity,
                           const uint8_t *message, size_t n, NoiseKeys *ret_keys) {
        Noise next = *noise;
        CLEANUP_ERASE(next);
        int r;

        if (!fits(noise, NOISE_KNPSK0, identity))
                return -EINVAL;
        if (n != NOISE_MESSAGE_SIZE)
                return -EBADMSG;

        /* <- e */
        mix_ephemeral(&next, message);

        /* <- ee, se */
        r = mix_shared(&next, ephemeral, message);
        if (r >= 0 && identity)
                r = mix_shared(&next, identity, message);
        if (r < 0)
                return r;

        r = decrypt_and_hash_empty(&next, message + P256_UNCOMPRESSED_SIZE);
        if (r < 0)
                return r;

        split(&next, ret_keys);
        *noise = next;
        return 0;
}
