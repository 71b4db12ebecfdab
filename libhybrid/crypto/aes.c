/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/macro.h"
#include "base/secret.h"
#include "crypto/aes.h"

DEFINE_CLEANUP(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free);

static int run_block(const uint8_t *key, const uint8_t *block, int encrypt, uint8_t *ret) {
        _cleanup_(EVP_CIPHER_CTX_freep) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        int n;

        if (!context ||
            EVP_CipherInit_ex2(context, EVP_aes_256_ecb(), key, NULL, encrypt, NULL) != 1 ||
            EVP_CIPHER_CTX_set_padding(context, 0) != 1 ||
            EVP_CipherUpdate(context, ret, &n, block, AES_BLOCK_SIZE) != 1 || n != AES_BLOCK_SIZE)
                return -ENOMEM;

        return 0;
}

int aes256_encrypt_block(const uint8_t key[static AES256_KEY_SIZE],
                         const uint8_t block[static AES_BLOCK_SIZE],
                         uint8_t ret[static AES_BLOCK_SIZE]) {
        return run_block(key, block, 1, ret);
}

int aes256_decrypt_block(const uint8_t key[static AES256_KEY_SIZE],
                         const uint8_t block[static AES_BLOCK_SIZE],
                         uint8_t ret[static AES_BLOCK_SIZE]) {
        return run_block(key, block, 0, ret);
}

/* A GCM context that has taken the additional data and then the text. */
static int gcm_run(EVP_CIPHER_CTX *context, const uint8_t *key, const uint8_t *nonce,
                   const uint8_t *ad, size_t n_ad, const uint8_t *text, size_t n, int encrypt,
                   uint8_t *ret) {
        int n_out;

        if (n_ad > INT_MAX || n > INT_MAX)
                return -EMSGSIZE;

        if (EVP_CipherInit_ex2(context, EVP_aes_256_gcm(), key, nonce, encrypt, NULL) != 1)
                return -ENOMEM;
        if (n_ad > 0 && EVP_CipherUpdate(context, NULL, &n_out, ad, (int)n_ad) != 1)
                return -ENOMEM;
        if (n > 0 && EVP_CipherUpdate(context, ret, &n_out, text, (int)n) != 1)
                return -ENOMEM;

        return 0;
}

int aes256_gcm_seal(const uint8_t key[static AES256_KEY_SIZE],
                    const uint8_t nonce[static AES_GCM_NONCE_SIZE], const uint8_t *ad, size_t n_ad,
                    const uint8_t *plaintext, size_t n, uint8_t *ret) {
        _cleanup_(EVP_CIPHER_CTX_freep) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        int r, n_out;

        if (!context)
                return -ENOMEM;

        r = gcm_run(context, key, nonce, ad, n_ad, plaintext, n, 1, ret);
        if (r < 0)
                return r;
        if (EVP_CipherFinal_ex(context, ret + n, &n_out) != 1 ||
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, AES_GCM_TAG_SIZE, ret + n) != 1)
                return -ENOMEM;

        return 0;
}

int aes256_gcm_open(const uint8_t key[static AES256_KEY_SIZE],
                    const uint8_t nonce[static AES_GCM_NONCE_SIZE], const uint8_t *ad, size_t n_ad,
                    const uint8_t *ciphertext, size_t n, uint8_t *ret) {
        _cleanup_(EVP_CIPHER_CTX_freep) EVP_CIPHER_CTX *context = NULL;
        uint8_t tag[AES_GCM_TAG_SIZE], unused[AES_BLOCK_SIZE];
        size_t n_text;
        int r, n_out;

        if (n < AES_GCM_TAG_SIZE)
                return -EBADMSG;
        n_text = n - AES_GCM_TAG_SIZE;
        memcpy(tag, ciphertext + n_text, sizeof(tag));

        context = EVP_CIPHER_CTX_new();
        if (!context)
                return -ENOMEM;

        r = gcm_run(context, key, nonce, ad, n_ad, ciphertext, n_text, 0, ret);
        if (r < 0)
                return r;
        if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, AES_GCM_TAG_SIZE, tag) != 1)
                return -ENOMEM;
        if (EVP_CipherFinal_ex(context, unused, &n_out) != 1) {
                secret_erase(ret, n_text);
                return -EBADMSG;
        }

        return 0;
}

int aes_prepare(void) {
        static const uint8_t key[AES256_KEY_SIZE], nonce[AES_GCM_NONCE_SIZE];
        uint8_t block[AES_BLOCK_SIZE] = {}, tag[AES_GCM_TAG_SIZE];
        int r;

        r = aes256_decrypt_block(key, block, block);
        if (r < 0)
                return r;
        return aes256_gcm_seal(key, nonce, NULL, 0, NULL, 0, tag);
}
