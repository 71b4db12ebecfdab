/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/macro.h"
#include "base/secret.h"
#include "forger.h"

DEFINE_CLEANUP(P256Key *, p256_key_free);

void forger_init(Forger *forger, const HybridEnv *source,
                 const uint8_t identity[static P256_UNCOMPRESSED_SIZE]) {
        *forger = (Forger){ .source = source };
        memcpy(forger->identity, identity, sizeof(forger->identity));
}

void forger_done(Forger *forger) {
        secret_erase(forger, sizeof(*forger));
}

static int watched_random(void *userdata, uint8_t *buf, size_t n) {
        Forger *forger = userdata;
        int r;

        r = forger->source->random(forger->source->userdata, buf, n);
        if (r >= 0 && n == sizeof(forger->drawn))
                memcpy(forger->drawn, buf, n);
        return r;
}

HybridEnv forger_env(Forger *forger) {
        return (HybridEnv){ .random = watched_random, .userdata = forger };
}

void forger_see_psk(Forger *forger, const uint8_t psk[static NOISE_PSK_SIZE]) {
        memcpy(forger->psk, psk, sizeof(forger->psk));
}

void forger_see_message1(Forger *forger, const uint8_t *message, size_t n) {
        if (n == sizeof(forger->message1))
                memcpy(forger->message1, message, n);
}

/* The responder's part, once more. */
static int shake_hands(Forger *forger, uint8_t ret_message2[static NOISE_MESSAGE_SIZE],
                       NoiseKeys *ret) {
        _cleanup_(p256_key_freep) P256Key *ephemeral = NULL;
        _cleanup_(noise_done) Noise noise = {};
        uint8_t desktop_ephemeral[P256_UNCOMPRESSED_SIZE];
        int r;

        noise_init(&noise, NOISE_KNPSK0, forger->identity, forger->psk);
        r = noise_consume_message1(&noise, NULL, forger->message1, sizeof(forger->message1),
                                   desktop_ephemeral);
        if (r >= 0)
                r = p256_key_new(&ephemeral, forger->drawn);
        if (r < 0)
                return r;
        return noise_create_message2(&noise, ephemeral, desktop_ephemeral, forger->identity,
                                     ret_message2, ret);
}

void forger_see_message2(Forger *forger, const uint8_t message[static NOISE_MESSAGE_SIZE]) {
        _cleanup_(noise_keys_done) NoiseKeys keys = {};
        uint8_t own[NOISE_MESSAGE_SIZE];

        /* The same message is the proof of the same keys. */
        if (shake_hands(forger, own, &keys) < 0 || memcmp(own, message, sizeof(own)) != 0)
                return;

        memcpy(forger->key, keys.responder_to_initiator, sizeof(forger->key));
        forger->has_key = true;
}

int forger_seal(const Forger *forger, uint32_t counter, const uint8_t *plaintext, size_t n,
                uint8_t *ret) {
        _cleanup_(record_cipher_done) RecordCipher cipher = {};

        if (!forger->has_key)
                return -ENOKEY;

        record_cipher_init(&cipher, forger->key);
        cipher.counter = counter;
        return record_seal(&cipher, plaintext, n, ret);
}

int forger_seal_unpadded(const Forger *forger, uint32_t counter, const uint8_t *bytes, size_t n,
                         uint8_t *ret) {
        uint8_t nonce[AES_GCM_NONCE_SIZE] = {};

        if (!forger->has_key)
                return -ENOKEY;

        put_be32(nonce + sizeof(nonce) - 4, counter);
        return aes256_gcm_seal(forger->key, nonce, NULL, 0, bytes, n, ret);
}
