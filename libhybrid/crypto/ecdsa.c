/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

#include "base/macro.h"
#include "base/secret.h"
#include "crypto/ecdsa.h"

DEFINE_CLEANUP(BIGNUM *, BN_clear_free);
DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);
DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free);
DEFINE_CLEANUP(OSSL_PARAM *, OSSL_PARAM_free);
DEFINE_CLEANUP(OSSL_PARAM_BLD *, OSSL_PARAM_BLD_free);

/* `scalar` is NULL for a public key. Fails with -EBADMSG if OpenSSL does not like the point. */
static int import_key(const uint8_t point[static P256_UNCOMPRESSED_SIZE], const BIGNUM *scalar,
                      EVP_PKEY **ret) {
        _cleanup_(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context = NULL;
        _cleanup_(OSSL_PARAM_BLD_freep) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
        _cleanup_(OSSL_PARAM_freep) OSSL_PARAM *params = NULL;
        EVP_PKEY *key = NULL;

        if (!builder ||
            OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
            OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point,
                                             P256_UNCOMPRESSED_SIZE) != 1 ||
            (scalar && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, scalar) != 1))
                return -ENOMEM;

        params = OSSL_PARAM_BLD_to_param(builder);
        context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
        if (!params || !context || EVP_PKEY_fromdata_init(context) != 1)
                return -ENOMEM;

        if (EVP_PKEY_fromdata(context, &key, scalar ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                              params) != 1)
                return -EBADMSG;

        *ret = key;
        return 0;
}

static int import_key_pair(const P256Key *key, EVP_PKEY **ret) {
        uint8_t scalar[P256_SCALAR_SIZE];
        CLEANUP_ERASE(scalar);
        _cleanup_(BN_clear_freep) BIGNUM *number = BN_secure_new();
        int r;

        p256_key_scalar(key, scalar);
        if (!number || !BN_bin2bn(scalar, sizeof(scalar), number))
                return -ENOMEM;

        r = import_key(p256_key_public(key), number, ret);
        return r < 0 ? -ENOMEM : 0; /* the point is our own */
}

int ecdsa_p256_sign(const P256Key *key, const void *message, size_t n,
                    uint8_t ret[static ECDSA_P256_SIGNATURE_SIZE_MAX], size_t *ret_n) {
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *pair = NULL;
        _cleanup_(EVP_MD_CTX_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();
        uint8_t signature[ECDSA_P256_SIGNATURE_SIZE_MAX];
        size_t n_signature = sizeof(signature);
        int r;

        r = import_key_pair(key, &pair);
        if (r < 0)
                return r;
        if (!context || EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pair) != 1 ||
            EVP_DigestSign(context, signature, &n_signature, message, n) != 1)
                return -ENOMEM;

        memcpy(ret, signature, n_signature);
        *ret_n = n_signature;
        return 0;
}

int ecdsa_p256_verify(const uint8_t point[static P256_UNCOMPRESSED_SIZE], const void *message,
                      size_t n, const uint8_t *signature, size_t n_signature) {
        _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
        _cleanup_(EVP_MD_CTX_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();
        int r;

        if (point[0] != 0x04) /* OpenSSL would also take the hybrid form */
                return -EBADMSG;

        r = import_key(point, NULL, &key);
        if (r < 0)
                return r;
        if (!context || EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) != 1)
                return -ENOMEM;

        return EVP_DigestVerify(context, signature, n_signature, message, n) == 1 ? 0 : -EBADMSG;
}
