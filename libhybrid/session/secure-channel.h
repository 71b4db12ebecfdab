/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The two directions of a channel after the handshake, as one session sees them, with the buffers
 * that records need.
 */

#include <stddef.h>
#include <stdint.h>

#include "wire/noise.h"
#include "wire/record.h"

typedef struct SecureChannel {
        RecordCipher write;
        RecordCipher read;
} SecureChannel;

/** From the keys of a handshake; the desktop is the initiator. */
void secure_channel_init_initiator(SecureChannel *channel, const NoiseKeys *keys);
void secure_channel_init_responder(SecureChannel *channel, const NoiseKeys *keys);
void secure_channel_done(SecureChannel *channel);

/** Seals a plaintext. *ret is the caller's. 0, -EMSGSIZE, -EOVERFLOW, -ENOMEM. */
int secure_channel_seal(SecureChannel *channel, const uint8_t *plaintext, size_t n, uint8_t **ret,
                        size_t *ret_n);

/**
 * Opens a record. *ret_buffer is the caller's, *ret_n_buffer bytes long (to be erased with
 * secret_free()); its first *ret_n bytes are the plaintext.
 * 0, -EBADMSG if it does not open, -EOVERFLOW, -ENOMEM.
 */
int secure_channel_open(SecureChannel *channel, const uint8_t *record, size_t n,
                        uint8_t **ret_buffer, size_t *ret_n_buffer, size_t *ret_n);
