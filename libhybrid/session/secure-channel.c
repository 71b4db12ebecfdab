/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>

#include "base/secret.h"
#include "session/secure-channel.h"

void secure_channel_init_initiator(SecureChannel *channel, const NoiseKeys *keys) {
        record_cipher_init(&channel->write, keys->initiator_to_responder);
        record_cipher_init(&channel->read, keys->responder_to_initiator);
}

void secure_channel_init_responder(SecureChannel *channel, const NoiseKeys *keys) {
        record_cipher_init(&channel->write, keys->responder_to_initiator);
        record_cipher_init(&channel->read, keys->initiator_to_responder);
}

void secure_channel_done(SecureChannel *channel) {
        record_cipher_done(&channel->write);
        record_cipher_done(&channel->read);
}

int secure_channel_seal(SecureChannel *channel, const uint8_t *plaintext, size_t n, uint8_t **ret,
                        size_t *ret_n) {
        uint8_t *record;
        int r;

        if (n > HYBRID_MESSAGE_SIZE_MAX || record_size(n) > HYBRID_MESSAGE_SIZE_MAX)
                return -EMSGSIZE;

        record = malloc(record_size(n));
        if (!record)
                return -ENOMEM;

        r = record_seal(&channel->write, plaintext, n, record);
        if (r < 0) {
                secret_free(record, record_size(n));
                return r;
        }

        *ret = record;
        *ret_n = record_size(n);
        return 0;
}

int secure_channel_open(SecureChannel *channel, const uint8_t *record, size_t n,
                        uint8_t **ret_buffer, size_t *ret_n_buffer, size_t *ret_n) {
        uint8_t *buffer;
        int r;

        if (n < AES_GCM_TAG_SIZE)
                return -EBADMSG;

        buffer = malloc(n);
        if (!buffer)
                return -ENOMEM;

        r = record_open(&channel->read, record, n, buffer, ret_n);
        if (r < 0) {
                secret_free(buffer, n);
                return r;
        }

        *ret_buffer = buffer;
        *ret_n_buffer = n;
        return 0;
}
