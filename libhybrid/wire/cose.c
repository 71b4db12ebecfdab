/* SPDX-License-Identifier: MIT */

#include <assert.h>
#include <errno.h>

#include "base/cbor-writer.h"
#include "base/macro.h"
#include "wire/cose.h"

/* Labels of the map; those below zero depend on the key type. */
enum {
        LABEL_KTY = 1,
        LABEL_ALG = 3,
        LABEL_CRV = -1,
        LABEL_X = -2,
        LABEL_Y = -3,
        LABEL_RSA_N = -1,
        LABEL_RSA_E = -2,
};

enum {
        KTY_OKP = 1,
        KTY_EC2 = 2,
        KTY_RSA = 3,
};

enum {
        RSA_MODULUS_SIZE_MIN = 128,
        RSA_MODULUS_SIZE_MAX = 1024,
        RSA_EXPONENT_SIZE_MAX = 8,
};

static const struct {
        int64_t algorithm;
        CoseKeyType type;
} algorithms[] = {
        { COSE_ES256, COSE_KEY_P256 },    { COSE_ESP256, COSE_KEY_P256 },
        { COSE_ES384, COSE_KEY_P384 },    { COSE_ESP384, COSE_KEY_P384 },
        { COSE_ES512, COSE_KEY_P521 },    { COSE_ESP512, COSE_KEY_P521 },
        { COSE_EDDSA, COSE_KEY_ED25519 }, { COSE_ED25519, COSE_KEY_ED25519 },
        { COSE_RS256, COSE_KEY_RSA },     { COSE_RS384, COSE_KEY_RSA },
        { COSE_RS512, COSE_KEY_RSA },     { COSE_PS256, COSE_KEY_RSA },
        { COSE_PS384, COSE_KEY_RSA },     { COSE_PS512, COSE_KEY_RSA },
};

/* The key types that are points on a curve. */
static const struct {
        int64_t kty;
        int64_t crv;
        size_t coordinate_size;
} curves[_COSE_KEY_TYPE_MAX] = {
        [COSE_KEY_P256] = { KTY_EC2, 1, 32 },
        [COSE_KEY_P384] = { KTY_EC2, 2, 48 },
        [COSE_KEY_P521] = { KTY_EC2, 3, 66 },
        [COSE_KEY_ED25519] = { KTY_OKP, 6, 32 },
};

CoseKey cose_key_from_p256(const uint8_t point[static P256_UNCOMPRESSED_SIZE]) {
        return (CoseKey){
                .algorithm = COSE_ES256,
                .type = COSE_KEY_P256,
                .x = { .data = point + 1, .n = 32 },
                .y = { .data = point + 33, .n = 32 },
        };
}

static void write_int_member(ByteWriter *w, int64_t label, int64_t value) {
        cbor_write_int(w, label);
        cbor_write_int(w, value);
}

static void write_bytes_member(ByteWriter *w, int64_t label, Ctap2Bytes value) {
        cbor_write_int(w, label);
        cbor_write_bytes(w, value.data, value.n);
}

static void write_rsa(const CoseKey *key, ByteWriter *w) {
        cbor_write_map(w, 4);
        write_int_member(w, LABEL_KTY, KTY_RSA);
        write_int_member(w, LABEL_ALG, key->algorithm);
        write_bytes_member(w, LABEL_RSA_N, key->modulus);
        write_bytes_member(w, LABEL_RSA_E, key->exponent);
}

void cose_key_encode(const CoseKey *key, ByteWriter *w) {
        assert(key->type != COSE_KEY_UNKNOWN);

        if (key->type == COSE_KEY_RSA) {
                write_rsa(key, w);
                return;
        }

        cbor_write_map(w, key->y.data ? 5 : 4);
        write_int_member(w, LABEL_KTY, curves[key->type].kty);
        write_int_member(w, LABEL_ALG, key->algorithm);
        write_int_member(w, LABEL_CRV, curves[key->type].crv);
        write_bytes_member(w, LABEL_X, key->x);
        if (key->y.data)
                write_bytes_member(w, LABEL_Y, key->y);
}

static CoseKeyType type_of_algorithm(int64_t algorithm) {
        for (size_t i = 0; i < ELEMENTSOF(algorithms); i++)
                if (algorithms[i].algorithm == algorithm)
                        return algorithms[i].type;

        return COSE_KEY_UNKNOWN;
}

static int read_int(CborItem map, int64_t label, int64_t *ret) {
        CborItem item;

        if (cbor_item_map_get(map, label, &item) < 0)
                return -EBADMSG;
        return cbor_item_get_int(item, ret);
}

static bool int_is(CborItem map, int64_t label, int64_t expected) {
        int64_t value;

        return read_int(map, label, &value) >= 0 && value == expected;
}

/*
 * A point that survives compression has the Y that belongs to its X, so it is on the curve; the
 * decompression refuses coordinates that are too large.
 */
static int check_p256_point(const CoseKey *key) {
        uint8_t point[P256_UNCOMPRESSED_SIZE] = { 0x04 }, again[P256_UNCOMPRESSED_SIZE];
        uint8_t compressed[P256_COMPRESSED_SIZE];
        int r;

        memcpy(point + 1, key->x.data, 32);
        memcpy(point + 33, key->y.data, 32);
        p256_compress(point, compressed);
        r = p256_decompress(compressed, again);
        if (r < 0)
                return r;

        return memcmp(point, again, sizeof(point)) == 0 ? 0 : -EBADMSG;
}

static int read_curve_key(CborItem map, CoseKey *key) {
        size_t n = curves[key->type].coordinate_size;

        if (!int_is(map, LABEL_KTY, curves[key->type].kty) ||
            !int_is(map, LABEL_CRV, curves[key->type].crv))
                return -EBADMSG;

        if (ctap2_read_bytes(map, LABEL_X, &key->x) < 0 || !key->x.data || key->x.n != n)
                return -EBADMSG;
        if (curves[key->type].kty == KTY_OKP)
                return 0;
        if (ctap2_read_bytes(map, LABEL_Y, &key->y) < 0 || !key->y.data || key->y.n != n)
                return -EBADMSG;

        return key->type == COSE_KEY_P256 ? check_p256_point(key) : 0;
}

/* RFC 8230 section 4: big-endian, without leading zeros. */
static bool is_natural(Ctap2Bytes number, size_t n_min, size_t n_max) {
        return number.data && number.n >= n_min && number.n <= n_max && number.data[0] != 0;
}

static int read_rsa_key(CborItem map, CoseKey *key) {
        if (!int_is(map, LABEL_KTY, KTY_RSA) ||
            ctap2_read_bytes(map, LABEL_RSA_N, &key->modulus) < 0 ||
            ctap2_read_bytes(map, LABEL_RSA_E, &key->exponent) < 0)
                return -EBADMSG;
        if (!is_natural(key->modulus, RSA_MODULUS_SIZE_MIN, RSA_MODULUS_SIZE_MAX) ||
            !is_natural(key->exponent, 1, RSA_EXPONENT_SIZE_MAX))
                return -EBADMSG;
        return 0;
}

int cose_key_decode(CborItem item, CoseKey *ret) {
        CoseKey key = {};
        int64_t kty;
        int r = 0;

        if (read_int(item, LABEL_KTY, &kty) < 0 || read_int(item, LABEL_ALG, &key.algorithm) < 0)
                return -EBADMSG;

        key.type = type_of_algorithm(key.algorithm);
        if (key.type == COSE_KEY_RSA)
                r = read_rsa_key(item, &key);
        else if (key.type != COSE_KEY_UNKNOWN)
                r = read_curve_key(item, &key);
        if (r < 0)
                return r;

        *ret = key;
        return 0;
}
