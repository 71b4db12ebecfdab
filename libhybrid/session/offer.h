/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What one QR code offers to phones: a key pair and a secret, made for this code and used for one
 * tunnel at most, with all that follows from them.
 */

#include <stdbool.h>
#include <stdint.h>

#include "crypto/p256.h"
#include "wire/eid.h"
#include "wire/noise.h"
#include "wire/qr.h"
#include "wire/tunnel-url.h"

/** All secret. Zero-initialised it is no offer: offer_open() then never matches. */
typedef struct Offer {
        P256Key *identity; /* owned; NULL: no offer */
        uint8_t secret[QR_SECRET_SIZE];
        EidKey eid_key;
        uint8_t tunnel_id[TUNNEL_ID_SIZE];
} Offer;

/** 0, -ENOMEM, or what env->random() returned; @offer is then no offer. */
int offer_init(Offer *offer, const HybridEnv *env);
void offer_done(Offer *offer);

/**
 * What a phone is met by is done with, once it is on its way: what is left tells the adverts of
 * others that have scanned the same code.
 */
void offer_spend(Offer *offer);

/** All but the key pair, with which linking information is checked, is done with. */
void offer_keep_identity(Offer *offer);

/** The text of the code. @linking: links can be kept. */
void offer_encode(const Offer *offer, HybridOperation operation, bool linking, uint64_t unix_time,
                  char ret[static HYBRID_QR_TEXT_SIZE_MAX]);

/**
 * Tries an advert. 0 and the plaintext with its fields if a phone scanned this code and its tunnel
 * service is known; HYBRID_E_NOT_OURS; -ENOMEM.
 */
int offer_open(const Offer *offer, const uint8_t *service_data, size_t n,
               uint8_t ret_plaintext[static EID_PLAINTEXT_SIZE], Eid *ret_eid);

/** Where the phone waits. The domain is known, as offer_open() has checked. */
void offer_connect_url(const Offer *offer, const Eid *eid, char ret[static TUNNEL_URL_SIZE_MAX]);

/** The handshake with a phone that sent this advert. */
void offer_start_handshake(const Offer *offer, const uint8_t plaintext[static EID_PLAINTEXT_SIZE],
                           Noise *ret);
