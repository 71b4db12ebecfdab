/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Linking information: with what a phone makes itself known to a desktop, so that it can be asked
 * later without a code (CTAP 2.2 section 11.5.1.10). A CBOR map, in an update or in the phone's
 * first message.
 *
 * Its MAC proves that who sent it has the private key of the public key in it, in this very
 * session: that is why links are known by that key, and why one phone cannot take another's place.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/cbor-item.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "hybrid.h"

enum {
        /* A map with all of it, the largest contact id and name. */
        LINKING_SIZE_MAX = HYBRID_CONTACT_ID_SIZE_MAX + HYBRID_LINK_NAME_SIZE + 192,
};

/** As the phone sent it. Worth nothing until linking_verify() is 0. Secret: linking_done(). */
typedef struct Linking {
        HybridLink link; /* tunnel_server_id is not part of the map, and 0 */
        uint8_t mac[SHA256_SIZE];
} Linking;

void linking_done(Linking *linking);

/**
 * Reads a map by key; unknown keys (Play services has 999) are skipped. The name is cleaned for
 * people. Returns 0, or -EBADMSG: something is missing, or has the wrong type or size.
 */
int linking_decode(CborItem map, Linking *ret);

/**
 * The desktop's check, with the key pair of the code that was scanned and the hash of the handshake
 * that followed; in constant time. 0; -EBADMSG if the public key is no point or the MAC is wrong;
 * -ENOMEM.
 */
int linking_verify(const Linking *linking, const P256Key *identity,
                   const uint8_t handshake_hash[static SHA256_SIZE]);

/**
 * The MAC, which both sides can make: the phone with its own key pair and the desktop's public key.
 * 0, -EBADMSG if @peer is no point, -ENOMEM.
 */
int linking_mac(const P256Key *key, const uint8_t peer[static P256_UNCOMPRESSED_SIZE],
                const uint8_t handshake_hash[static SHA256_SIZE], uint8_t ret[static SHA256_SIZE]);

/** Writes the map. */
void linking_encode(ByteWriter *w, const Linking *linking);

/**
 * Copies a name of valid UTF-8 without what would disturb a line on a screen: control and format
 * characters, line breaks, spaces at its ends. What does not fit is cut off between characters.
 */
void linking_clean_name(const char *name, size_t n, char ret[static HYBRID_LINK_NAME_SIZE]);
