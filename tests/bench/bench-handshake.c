/* SPDX-License-Identifier: MIT */

/*
 * The desktop's handshake, with its ephemeral key made before, against the bare OpenSSL operations
 * that it cannot do without. Arguments: "ours" or "bare", and how often. Run under callgrind with two
 * different numbers: the difference is what the handshakes cost.
 */

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/noise.h"

static const uint8_t psk[NOISE_PSK_SIZE] = { 3 };

/* ---- ours ----------------------------------------------------------------------------------- */

typedef struct Ours {
        P256Key *identity, *ephemeral, *peer;
} Ours;

static int ours_init(Ours *ours) {
        static const uint8_t scalars[3][P256_SCALAR_SIZE] = { { 1, 1 }, { 2, 2 }, { 3, 3 } };

        if (p256_key_new(&ours->identity, scalars[0]) < 0 ||
            p256_key_new(&ours->ephemeral, scalars[1]) < 0 ||
            p256_key_new(&ours->peer, scalars[2]) < 0)
                return -1;
        return 0;
}

/* What the phone does is the same in each round, and is not what is measured. */
static int make_message2(const Ours *ours, uint8_t ret[static NOISE_MESSAGE_SIZE]) {
        uint8_t message1[NOISE_MESSAGE_SIZE], ephemeral[P256_UNCOMPRESSED_SIZE];
        Noise initiator, responder;
        NoiseKeys keys;

        noise_init(&initiator, NOISE_KNPSK0, p256_key_public(ours->identity), psk);
        noise_init(&responder, NOISE_KNPSK0, p256_key_public(ours->identity), psk);
        if (noise_create_message1(&initiator, ours->ephemeral, NULL, message1) < 0 ||
            noise_consume_message1(&responder, NULL, message1, sizeof(message1), ephemeral) < 0)
                return -1;
        return noise_create_message2(&responder, ours->peer, ephemeral,
                                     p256_key_public(ours->identity), ret, &keys);
}

static int run_ours(unsigned long n) {
        uint8_t message1[NOISE_MESSAGE_SIZE], message2[NOISE_MESSAGE_SIZE];
        NoiseKeys keys;
        Noise noise;
        Ours ours;

        if (ours_init(&ours) < 0 || make_message2(&ours, message2) < 0)
                return 1;
        for (unsigned long i = 0; i < n; i++) {
                noise_init(&noise, NOISE_KNPSK0, p256_key_public(ours.identity), psk);
                if (noise_create_message1(&noise, ours.ephemeral, NULL, message1) < 0 ||
                    noise_consume_message2(&noise, ours.ephemeral, ours.identity, message2,
                                           sizeof(message2), &keys) < 0)
                        return 1;
        }
        p256_key_free(ours.identity);
        p256_key_free(ours.ephemeral);
        p256_key_free(ours.peer);
        return 0;
}

/* ---- bare ----------------------------------------------------------------------------------- */

/*
 * Two key agreements with a point that is decoded, two empty GCM messages, and so many compressions
 * of SHA-256 as the hashes cannot do without:
 *
 *         MixHash of prologue, s, psk, e, tag, e, tag             1 + 2 + 2 + 2 + 1 + 2 + 1
 *         HKDF with three outputs, of psk                         6 + 6
 *         HKDF with two outputs, of e, e, ee, se and the split    11 + 11 + 10 + 10 + 10
 */
enum {
        N_COMPRESSIONS = 11 + 12 + 52,
};

static int bare_agree(const EC_GROUP *group, const BIGNUM *scalar, const uint8_t *peer) {
        EC_POINT *point = EC_POINT_new(group), *product = EC_POINT_new(group);
        BIGNUM *x = BN_new();
        uint8_t shared[32];
        int ok = EC_POINT_oct2point(group, point, peer, 65, NULL) == 1 &&
                 EC_POINT_mul(group, product, NULL, point, scalar, NULL) == 1 &&
                 EC_POINT_get_affine_coordinates(group, product, x, NULL, NULL) == 1 &&
                 BN_bn2binpad(x, shared, 32) == 32;

        EC_POINT_free(point);
        EC_POINT_free(product);
        BN_free(x);
        return ok ? 0 : -1;
}

static void bare_compressions(void) {
        static const uint8_t block[SHA256_CBLOCK];
        SHA256_CTX context;

        SHA256_Init(&context);
        for (unsigned i = 0; i < N_COMPRESSIONS; i++)
                SHA256_Transform(&context, block);
}

static int bare_gcm(int encrypt, uint8_t tag[static 16]) {
        static const uint8_t key[32], nonce[12], ad[32];
        EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        uint8_t out[16];
        int n, ok;

        ok = EVP_CipherInit_ex2(context, EVP_aes_256_gcm(), key, nonce, encrypt, NULL) == 1 &&
             EVP_CipherUpdate(context, NULL, &n, ad, sizeof(ad)) == 1;
        if (encrypt)
                ok = ok && EVP_CipherFinal_ex(context, out, &n) == 1 &&
                     EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag) == 1;
        else
                ok = ok && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, tag) == 1 &&
                     EVP_CipherFinal_ex(context, out, &n) == 1;
        EVP_CIPHER_CTX_free(context);
        return ok ? 0 : -1;
}

static int run_bare(unsigned long n) {
        EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
        EC_POINT *point = EC_POINT_new(group);
        BIGNUM *scalar = BN_new();
        uint8_t peer[65], tag[16];
        int r = 0;

        BN_hex2bn(&scalar, "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20");
        EC_POINT_mul(group, point, scalar, NULL, NULL, NULL);
        EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, peer, sizeof(peer), NULL);

        for (unsigned long i = 0; i < n && r == 0; i++) {
                bare_compressions();
                r = bare_gcm(1, tag) | bare_gcm(0, tag) | bare_agree(group, scalar, peer) |
                    bare_agree(group, scalar, peer);
        }
        BN_free(scalar);
        EC_POINT_free(point);
        EC_GROUP_free(group);
        return r == 0 ? 0 : 1;
}

int main(int argc, char *argv[]) {
        unsigned long n;

        if (argc != 3)
                return 2;
        n = strtoul(argv[2], NULL, 10);
        return strcmp(argv[1], "ours") == 0 ? run_ours(n) : run_bare(n);
}
