/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * AES-256: single blocks (for the advert) and GCM (for the channel).
 * All functions return 0 or -ENOMEM if OpenSSL could not be set up, unless said otherwise.
 */

#include <stddef.h>
#include <stdint.h>

enum {
        AES_BLOCK_SIZE = 16,
        AES256_KEY_SIZE = 32,
        AES_GCM_NONCE_SIZE = 12,
        AES_GCM_TAG_SIZE = 16,
};

int aes256_encrypt_block(const uint8_t key[static AES256_KEY_SIZE],
                         const uint8_t block[static AES_BLOCK_SIZE],
                         uint8_t ret[static AES_BLOCK_SIZE]);
int aes256_decrypt_block(const uint8_t key[static AES256_KEY_SIZE],
                         const uint8_t block[static AES_BLOCK_SIZE],
                         uint8_t ret[static AES_BLOCK_SIZE]);

/** Writes n + AES_GCM_TAG_SIZE bytes. `ret` may be `plaintext`. */
int aes256_gcm_seal(const uint8_t key[static AES256_KEY_SIZE],
                    const uint8_t nonce[static AES_GCM_NONCE_SIZE], const uint8_t *ad, size_t n_ad,
                    const uint8_t *plaintext, size_t n, uint8_t *ret);

/**
 * Writes n - AES_GCM_TAG_SIZE bytes. Returns -EBADMSG if the message is too short or its tag is
 * wrong; `ret` then holds nothing of the plaintext.
 */
int aes256_gcm_open(const uint8_t key[static AES256_KEY_SIZE],
                    const uint8_t nonce[static AES_GCM_NONCE_SIZE], const uint8_t *ad, size_t n_ad,
                    const uint8_t *ciphertext, size_t n, uint8_t *ret);

/**
 * OpenSSL finds its ciphers at their first use, which takes milliseconds. Programs that will be in
 * a hurry later call this before. 0 or -ENOMEM.
 */
int aes_prepare(void);
