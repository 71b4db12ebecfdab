/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Authenticator data, the bytes that an authenticator signs (WebAuthn Level 3 section 6.1):
 *
 *         SHA-256 of the RP ID (32) ‖ flags (1) ‖ signature counter (4, big-endian)
 *         ‖ if AT: AAGUID (16) ‖ length (2, big-endian) ‖ credential id ‖ COSE_Key
 *         ‖ if ED: CBOR map of extension outputs
 */

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/cbor-item.h"
#include "crypto/sha256.h"
#include "hybrid.h"
#include "wire/ctap2.h"

enum {
        AUTH_DATA_UP = 1 << 0, /* user present */
        AUTH_DATA_UV = 1 << 2, /* user verified */
        AUTH_DATA_BE = 1 << 3, /* backup eligible */
        AUTH_DATA_BS = 1 << 4, /* backed up */
        AUTH_DATA_AT = 1 << 6, /* attested credential data follow */
        AUTH_DATA_ED = 1 << 7, /* extension outputs follow */
};

typedef struct AuthData {
        uint8_t rp_id_hash[SHA256_SIZE];
        uint8_t flags;
        uint32_t counter;

        /* With AUTH_DATA_AT, else zero. */
        uint8_t aaguid[HYBRID_AAGUID_SIZE];
        Ctap2Bytes credential_id; /* 1-1023 bytes */
        CborItem public_key;      /* a map, see cose.h */

        CborItem extensions; /* with AUTH_DATA_ED a map, else absent */
} AuthData;

/** Writes the parts that the flags ask for. */
void auth_data_encode(const AuthData *auth_data, ByteWriter *w);

/**
 * Reads all n bytes, no more and no less; views in `ret` are borrowed from `data`. The reserved
 * flags are kept as they are. Returns 0, or -EBADMSG with `ret` untouched.
 */
int auth_data_decode(const uint8_t *data, size_t n, AuthData *ret);
