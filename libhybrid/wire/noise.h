/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The two handshakes (Noise revision 34; CTAP 2.2 section 11.5.1.7). After a code was scanned,
 * Noise_KNpsk0_P256_AESGCM_SHA256:
 *
 *         -> s            the desktop's key, known from the QR code
 *         -> psk, e
 *         <- e, ee, se
 *
 * With a linked phone, Noise_NKpsk0_P256_AESGCM_SHA256:
 *
 *         <- s            the phone's key, known since it was linked
 *         -> psk, e, es
 *         <- e, ee
 *
 * The initiator is the desktop, the responder the phone. Each step works on a copy and commits it
 * whole on success, so that a forged message leaves no trace. A step in which a static key has no
 * part takes NULL for it, and it is -EINVAL to leave one out, or to give one too many.
 */

#include <stddef.h>
#include <stdint.h>

#include "crypto/aes.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"

enum {
        NOISE_PSK_SIZE = 32,
        NOISE_MESSAGE_SIZE = P256_UNCOMPRESSED_SIZE + AES_GCM_TAG_SIZE, /* both messages */
};

typedef enum NoisePattern {
        NOISE_KNPSK0,
        NOISE_NKPSK0,
} NoisePattern;

/** The symmetric state in the middle of a handshake. Secret: noise_done(). */
typedef struct Noise {
        NoisePattern pattern;
        uint8_t h[SHA256_SIZE];
        uint8_t ck[SHA256_SIZE];
        uint8_t k[AES256_KEY_SIZE];
} Noise;

/** What a finished handshake leads to. Secret: noise_keys_done(). */
typedef struct NoiseKeys {
        uint8_t initiator_to_responder[AES256_KEY_SIZE];
        uint8_t responder_to_initiator[AES256_KEY_SIZE];
        uint8_t handshake_hash[SHA256_SIZE];
} NoiseKeys;

/** Both sides: what is known before the first message. @identity is the public key of the desktop
 *  (KNpsk0) or the phone (NKpsk0). */
void noise_init(Noise *noise, NoisePattern pattern,
                const uint8_t identity[static P256_UNCOMPRESSED_SIZE],
                const uint8_t psk[static NOISE_PSK_SIZE]);
void noise_done(Noise *noise);
void noise_keys_done(NoiseKeys *keys);

/** Initiator. NKpsk0: the phone's identity. 0, -EBADMSG if that is no point, -EINVAL, -ENOMEM. */
int noise_create_message1(Noise *noise, const P256Key *ephemeral, const uint8_t *responder_identity,
                          uint8_t ret[static NOISE_MESSAGE_SIZE]);

/** Responder. NKpsk0: its own identity. Takes the initiator's ephemeral key out. 0, -EBADMSG,
 *  -EINVAL, -ENOMEM. */
int noise_consume_message1(Noise *noise, const P256Key *identity, const uint8_t *message, size_t n,
                           uint8_t ret_ephemeral[static P256_UNCOMPRESSED_SIZE]);

/** Responder. KNpsk0: the desktop's identity. 0, -EBADMSG if a public key is no point, -EINVAL,
 *  -ENOMEM. */
int noise_create_message2(Noise *noise, const P256Key *ephemeral,
                          const uint8_t initiator_ephemeral[static P256_UNCOMPRESSED_SIZE],
                          const uint8_t *initiator_identity, uint8_t ret[static NOISE_MESSAGE_SIZE],
                          NoiseKeys *ret_keys);

/** Initiator. KNpsk0: its own identity. 0, -EBADMSG, -EINVAL, -ENOMEM. */
int noise_consume_message2(Noise *noise, const P256Key *ephemeral, const P256Key *identity,
                           const uint8_t *message, size_t n, NoiseKeys *ret_keys);
