/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "wire/record.h"

void record_cipher_init(RecordCipher *cipher, const uint8_t key[static AES256_KEY_SIZE]) {
        *cipher = (RecordCipher){};
        memcpy(cipher->key, key, sizeof(cipher->key));
}

void record_cipher_done(RecordCipher *cipher) {
        secret_erase(cipher, sizeof(*cipher));
}

/* At least one byte is added: the number of zeros before it. */
static size_t padded_size(size_t n) {
        return (n / RECORD_BLOCK_SIZE + 1) * RECORD_BLOCK_SIZE;
}

size_t record_size(size_t n) {
        return padded_size(n) + AES_GCM_TAG_SIZE;
}

/* Eight zero bytes, then the counter, big-endian. */
static void nonce_from_counter(uint32_t counter, uint8_t ret[static AES_GCM_NONCE_SIZE]) {
        memset(ret, 0, AES_GCM_NONCE_SIZE);
        put_be32(ret + AES_GCM_NONCE_SIZE - 4, counter);
}

int record_seal(RecordCipher *cipher, const uint8_t *message, size_t n, uint8_t *ret) {
        uint8_t nonce[AES_GCM_NONCE_SIZE];
        size_t n_padded = padded_size(n);
        int r;

        if (cipher->counter > RECORD_COUNTER_MAX)
                return -EOVERFLOW;

        if (n > 0)
                memmove(ret, message, n);
        memset(ret + n, 0, n_padded - n - 1);
        ret[n_padded - 1] = (uint8_t)(n_padded - n - 1);

        nonce_from_counter(cipher->counter, nonce);
        r = aes256_gcm_seal(cipher->key, nonce, NULL, 0, ret, n_padded, ret);
        if (r < 0)
                return r;

        cipher->counter++;
        return 0;
}

int record_open(RecordCipher *cipher, const uint8_t *record, size_t n, uint8_t *ret,
                size_t *ret_n) {
        uint8_t nonce[AES_GCM_NONCE_SIZE];
        size_t n_padded, n_padding;
        int r;

        if (cipher->counter > RECORD_COUNTER_MAX)
                return -EOVERFLOW;

        nonce_from_counter(cipher->counter, nonce);
        r = aes256_gcm_open(cipher->key, nonce, NULL, 0, record, n, ret);
        if (r < 0)
                return r;

        n_padded = n - AES_GCM_TAG_SIZE;
        n_padding = n_padded > 0 ? 1u + ret[n_padded - 1] : 1;
        if (n_padding > n_padded) {
                secret_erase(ret, n_padded);
                return -EBADMSG;
        }

        cipher->counter++;
        *ret_n = n_padded - n_padding;
        return 0;
}
