/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Credential public keys: COSE_Key (RFC 9052 section 7, RFC 9053 section 7, RFC 8230) as WebAuthn
 * restricts it (Level 3 section 5.8.5), and their other form, SubjectPublicKeyInfo (RFC 5280
 * section 4.1, in DER).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/cbor-item.h"
#include "crypto/p256.h"
#include "wire/ctap2.h"

/** Algorithms by their number in the COSE registry; those that matter here by name. */
enum {
        COSE_ES256 = -7,
        COSE_EDDSA = -8,
        COSE_ESP256 = -9,
        COSE_ED25519 = -19,
        COSE_ES384 = -35,
        COSE_ES512 = -36,
        COSE_PS256 = -37,
        COSE_PS384 = -38,
        COSE_PS512 = -39,
        COSE_ESP384 = -51,
        COSE_ESP512 = -52,
        COSE_RS256 = -257,
        COSE_RS384 = -258,
        COSE_RS512 = -259,
};

enum {
        COSE_SPKI_SIZE_MAX = 1100, /* an RSA key of 8192 bits takes 1062 */
};

typedef enum CoseKeyType {
        COSE_KEY_UNKNOWN, /* of an algorithm that is not known here */
        COSE_KEY_P256,
        COSE_KEY_P384,
        COSE_KEY_P521,
        COSE_KEY_ED25519,
        COSE_KEY_RSA,
        _COSE_KEY_TYPE_MAX,
} CoseKeyType;

typedef struct CoseKey {
        int64_t algorithm;
        CoseKeyType type;
        Ctap2Bytes x;        /* curves: of the curve's size */
        Ctap2Bytes y;        /* the same, absent for Ed25519 */
        Ctap2Bytes modulus;  /* RSA: 128-1024 bytes, no leading zero */
        Ctap2Bytes exponent; /* RSA: 1-8 bytes, no leading zero */
} CoseKey;

/** An ES256 key for this point, borrowed. */
CoseKey cose_key_from_p256(const uint8_t point[static P256_UNCOMPRESSED_SIZE]);

/** Writes the map. Not for COSE_KEY_UNKNOWN. */
void cose_key_encode(const CoseKey *key, ByteWriter *w);

/**
 * Reads the map; views are borrowed. A key of an unknown algorithm is accepted for the sake of its
 * number. A known algorithm demands its key type and curve and coordinates of exactly their size;
 * a P-256 point must lie on the curve.
 * Returns 0, -EBADMSG with `ret` untouched, or -ENOMEM.
 */
int cose_key_decode(CborItem item, CoseKey *ret);

/**
 * Writes SubjectPublicKeyInfo, at most COSE_SPKI_SIZE_MAX bytes. False, and nothing is written, if
 * the type is unknown.
 */
bool cose_key_encode_spki(const CoseKey *key, ByteWriter *w);
