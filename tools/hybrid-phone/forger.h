/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Seals records that a session would never send. A session keeps its keys to itself, as it should;
 * so the forger watches it shake hands, and does the same beside it, from the same secrets.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hybrid.h"
#include "wire/noise.h"
#include "wire/record.h"

typedef struct Forger {
        const HybridEnv *source;
        uint8_t identity[P256_UNCOMPRESSED_SIZE]; /* the desktop's */
        uint8_t drawn[P256_SCALAR_SIZE];          /* what the session drew last: its key */
        uint8_t psk[NOISE_PSK_SIZE];
        uint8_t message1[NOISE_MESSAGE_SIZE];
        bool has_key;
        uint8_t key[AES256_KEY_SIZE]; /* for what the phone sends */
} Forger;

/** @source is borrowed. */
void forger_init(Forger *forger, const HybridEnv *source,
                 const uint8_t identity[static P256_UNCOMPRESSED_SIZE]);
void forger_done(Forger *forger);

/** The randomness that the session is to be given: the source's, and watched. */
HybridEnv forger_env(Forger *forger);

/** What is seen of the handshake. After message 2 the key is known, if all went well. */
void forger_see_psk(Forger *forger, const uint8_t psk[static NOISE_PSK_SIZE]);
void forger_see_message1(Forger *forger, const uint8_t *message, size_t n);
void forger_see_message2(Forger *forger, const uint8_t message[static NOISE_MESSAGE_SIZE]);

/**
 * Seals a plaintext as it should be, but under a counter of one's own, into record_size(n) bytes.
 * 0, -ENOKEY or -ENOMEM.
 */
int forger_seal(const Forger *forger, uint32_t counter, const uint8_t *plaintext, size_t n,
                uint8_t *ret);

/** Seals n bytes without padding them, into n + AES_GCM_TAG_SIZE bytes. 0, -ENOKEY or -ENOMEM. */
int forger_seal_unpadded(const Forger *forger, uint32_t counter, const uint8_t *bytes, size_t n,
                         uint8_t *ret);
