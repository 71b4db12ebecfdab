/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Records: how messages travel once the handshake is done. Padded to blocks of 32 bytes, sealed
 * with AES-256-GCM under a counter, one key for each direction (CTAP 2.2 section 11.5.1.8).
 */

#include <stddef.h>
#include <stdint.h>

#include "crypto/aes.h"
#include "hybrid.h"

enum {
        RECORD_BLOCK_SIZE = 32,
        RECORD_COUNTER_MAX = (1 << 24) - 1,
};

/** One direction. Secret: record_cipher_done(). */
typedef struct RecordCipher {
        uint8_t key[AES256_KEY_SIZE];
        uint32_t counter;
} RecordCipher;

void record_cipher_init(RecordCipher *cipher, const uint8_t key[static AES256_KEY_SIZE]);
void record_cipher_done(RecordCipher *cipher);

/** Bytes that a message of n bytes takes as a record. */
size_t record_size(size_t n);

/**
 * Seals a message of n bytes into record_size(n) bytes and counts up.
 * Returns 0, -EOVERFLOW when the counter is used up (nothing is sealed then), -ENOMEM.
 */
int record_seal(RecordCipher *cipher, const uint8_t *message, size_t n, uint8_t *ret);

/**
 * Opens a record into a buffer of at least n bytes. The message is its first *ret_n bytes.
 * The counter goes up only on success. Returns 0, -EBADMSG, -EOVERFLOW, -ENOMEM.
 * Lenient where deployed peers need it: the padding may have any length and content.
 */
int record_open(RecordCipher *cipher, const uint8_t *record, size_t n, uint8_t *ret, size_t *ret_n);
