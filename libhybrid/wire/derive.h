/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The secrets that follow from the secret in the QR code: HKDF-SHA-256 with the purpose as four
 * little-endian bytes of info (CTAP 2.2 section 11.5.1.3).
 */

#include <stddef.h>
#include <stdint.h>

typedef enum DerivePurpose {
        DERIVE_EID_KEY = 1,   /* 64 bytes, no salt (linked: the client's nonce) */
        DERIVE_TUNNEL_ID = 2, /* 16 bytes, no salt */
        DERIVE_PSK = 3,       /* 32 bytes, salt: the advert's 16 bytes of plaintext */
        /* 4, 5 and 6 are conventions inside a phone and never show on the wire. */
} DerivePurpose;

void derive(DerivePurpose purpose, const uint8_t *secret, size_t n_secret, const uint8_t *salt,
            size_t n_salt, uint8_t *ret, size_t n_ret);
