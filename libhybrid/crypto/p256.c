/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/secret.h"
#include "crypto/p256.h"

/* Drawing a scalar fails once in 2^32 times; failing this often means the source is broken. */
#define N_DRAWS_MAX 16

struct P256Key {
        EC_GROUP *group;
        BIGNUM *scalar;
        uint8_t public[P256_UNCOMPRESSED_SIZE];
};

DEFINE_CLEANUP(EC_GROUP *, EC_GROUP_free);
DEFINE_CLEANUP(EC_POINT *, EC_POINT_clear_free);
DEFINE_CLEANUP(BIGNUM *, BN_clear_free);
DEFINE_CLEANUP(P256Key *, p256_key_free);

static EC_GROUP *group_new(void) {
        return EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
}

P256Key *p256_key_free(P256Key *key) {
        if (!key)
                return NULL;

        BN_clear_free(key->scalar);
        EC_GROUP_free(key->group);
        free(key);
        return NULL;
}

/* public = scalar * G */
static int derive_public(P256Key *key) {
        _cleanup_(EC_POINT_clear_freep) EC_POINT *point = EC_POINT_new(key->group);

        if (!point || EC_POINT_mul(key->group, point, key->scalar, NULL, NULL, NULL) != 1 ||
            EC_POINT_point2oct(key->group, point, POINT_CONVERSION_UNCOMPRESSED, key->public,
                               sizeof(key->public), NULL) != sizeof(key->public))
                return -ENOMEM;

        return 0;
}

int p256_key_new(P256Key **ret, const uint8_t scalar[static P256_SCALAR_SIZE]) {
        _cleanup_(p256_key_freep) P256Key *key = NULL;
        int r;

        key = calloc(1, sizeof(*key));
        if (!key)
                return -ENOMEM;

        key->group = group_new();
        key->scalar = BN_secure_new();
        if (!key->group || !key->scalar || !BN_bin2bn(scalar, P256_SCALAR_SIZE, key->scalar))
                return -ENOMEM;
        BN_set_flags(key->scalar, BN_FLG_CONSTTIME);

        if (BN_is_zero(key->scalar) || BN_cmp(key->scalar, EC_GROUP_get0_order(key->group)) >= 0)
                return -EINVAL;

        r = derive_public(key);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(key);
        return 0;
}

int p256_key_generate(P256Key **ret, const HybridEnv *env) {
        uint8_t scalar[P256_SCALAR_SIZE];
        CLEANUP_ERASE(scalar);
        int r;

        for (unsigned i = 0; i < N_DRAWS_MAX; i++) {
                r = env->random(env->userdata, scalar, sizeof(scalar));
                if (r < 0)
                        return r;

                r = p256_key_new(ret, scalar);
                if (r != -EINVAL)
                        return r;
        }

        return -EIO;
}

const uint8_t *p256_key_public(const P256Key *key) {
        return key->public;
}

void p256_key_scalar(const P256Key *key, uint8_t ret[static P256_SCALAR_SIZE]) {
        BN_bn2binpad(key->scalar, ret, P256_SCALAR_SIZE);
}

/* Checks the encoding's tag itself: OpenSSL also takes the hybrid form and infinity. */
static int decode_point(const EC_GROUP *group, const uint8_t *data, size_t n, EC_POINT **ret) {
        _cleanup_(EC_POINT_clear_freep) EC_POINT *point = NULL;

        if (n == P256_UNCOMPRESSED_SIZE ? data[0] != 0x04 : data[0] != 0x02 && data[0] != 0x03)
                return -EBADMSG;

        point = EC_POINT_new(group);
        if (!point)
                return -ENOMEM;
        if (EC_POINT_oct2point(group, point, data, n, NULL) != 1)
                return -EBADMSG;

        *ret = TAKE_PTR(point);
        return 0;
}

int p256_key_agree(const P256Key *key, const uint8_t peer[static P256_UNCOMPRESSED_SIZE],
                   uint8_t ret[static P256_SHARED_SIZE]) {
        _cleanup_(EC_POINT_clear_freep) EC_POINT *point = NULL, *product = NULL;
        _cleanup_(BN_clear_freep) BIGNUM *x = NULL;
        int r;

        r = decode_point(key->group, peer, P256_UNCOMPRESSED_SIZE, &point);
        if (r < 0)
                return r;

        product = EC_POINT_new(key->group);
        x = BN_secure_new();
        if (!product || !x ||
            EC_POINT_mul(key->group, product, NULL, point, key->scalar, NULL) != 1 ||
            EC_POINT_get_affine_coordinates(key->group, product, x, NULL, NULL) != 1 ||
            BN_bn2binpad(x, ret, P256_SHARED_SIZE) != P256_SHARED_SIZE)
                return -ENOMEM;

        return 0;
}

int p256_check(const uint8_t point[static P256_UNCOMPRESSED_SIZE]) {
        _cleanup_(EC_GROUP_freep) EC_GROUP *group = group_new();
        _cleanup_(EC_POINT_clear_freep) EC_POINT *decoded = NULL;

        if (!group)
                return -ENOMEM;
        return decode_point(group, point, P256_UNCOMPRESSED_SIZE, &decoded);
}

void p256_compress(const uint8_t point[static P256_UNCOMPRESSED_SIZE],
                   uint8_t ret[static P256_COMPRESSED_SIZE]) {
        /* SEC 1 section 2.3.3: the tag says whether Y is odd. */
        ret[0] = 0x02 | (point[P256_UNCOMPRESSED_SIZE - 1] & 1);
        memcpy(ret + 1, point + 1, P256_COMPRESSED_SIZE - 1);
}

int p256_decompress(const uint8_t point[static P256_COMPRESSED_SIZE],
                    uint8_t ret[static P256_UNCOMPRESSED_SIZE]) {
        _cleanup_(EC_GROUP_freep) EC_GROUP *group = group_new();
        _cleanup_(EC_POINT_clear_freep) EC_POINT *decoded = NULL;
        int r;

        if (!group)
                return -ENOMEM;

        r = decode_point(group, point, P256_COMPRESSED_SIZE, &decoded);
        if (r < 0)
                return r;

        if (EC_POINT_point2oct(group, decoded, POINT_CONVERSION_UNCOMPRESSED, ret,
                               P256_UNCOMPRESSED_SIZE, NULL) != P256_UNCOMPRESSED_SIZE)
                return -ENOMEM;

        return 0;
}
