/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The encrypted identifier that a phone advertises: one AES block and four bytes of MAC, 20 bytes
 * of service data (CTAP 2.2 section 11.5.1.4). What follows them belongs to CTAP 2.3.
 */

#include <stddef.h>
#include <stdint.h>

#include "crypto/aes.h"
#include "crypto/sha256.h"
#include "hybrid.h"

enum {
        EID_KEY_SIZE = 64, /* AES-256 key ‖ HMAC key */
        EID_PLAINTEXT_SIZE = 16,
        EID_TAG_SIZE = 4,
        EID_NONCE_SIZE = 10,
        EID_ROUTING_ID_SIZE = 3,
};

/** The EID key, prepared for many trials. Secret: eid_key_done(). */
typedef struct EidKey {
        uint8_t aes[AES256_KEY_SIZE];
        HmacKey hmac;
} EidKey;

void eid_key_init(EidKey *key, const uint8_t bytes[static EID_KEY_SIZE]);
void eid_key_done(EidKey *key);

/** Encrypts and authenticates. 0 or -ENOMEM. */
int eid_seal(const EidKey *key, const uint8_t plaintext[static EID_PLAINTEXT_SIZE],
             uint8_t ret[static HYBRID_ADVERT_SIZE]);

/**
 * Trial decryption of service data of any length. Returns 0; HYBRID_E_NOT_OURS, in constant time
 * and without an allocation, unless the MAC is right and the reserved byte is zero; or -ENOMEM.
 */
int eid_open(const EidKey *key, const uint8_t *service_data, size_t n,
             uint8_t ret_plaintext[static EID_PLAINTEXT_SIZE]);

/** The plaintext of the QR flow. (In the linked flow it is random and has no structure.) */
typedef struct Eid {
        uint8_t nonce[EID_NONCE_SIZE];
        uint8_t routing_id[EID_ROUTING_ID_SIZE];
        uint16_t tunnel_server_id;
} Eid;

void eid_encode(const Eid *eid, uint8_t ret[static EID_PLAINTEXT_SIZE]);
void eid_decode(const uint8_t plaintext[static EID_PLAINTEXT_SIZE], Eid *ret);
