/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a desktop tells a linked phone when it asks the tunnel service to wake it: the value of the
 * header X-caBLE-Client-Payload, CBOR in hexadecimal (CTAP 2.2 section 11.5.1.6).
 */

#include <stdint.h>

#include "hybrid.h"

enum {
        CONTACT_NONCE_SIZE = 16,
        CONTACT_PAYLOAD_SIZE = 33,      /* with a hint of two letters */
        CONTACT_PAYLOAD_SIZE_MAX = 256, /* of what a phone reads */
};

typedef struct ContactPayload {
        uint8_t link_id[HYBRID_LINK_ID_SIZE]; /* for the phone: which desktop asks */
        uint8_t nonce[CONTACT_NONCE_SIZE];    /* makes the key of the advert that answers */
        HybridOperation operation;            /* a hint for the phone's words */
} ContactPayload;

/** Writes the hexadecimal text with NUL. */
void contact_payload_encode(const ContactPayload *payload,
                            char ret[static HYBRID_CLIENT_PAYLOAD_SIZE]);

/** Reads it, by key; any hint but "mc" stands for a sign-in. Returns 0 or -EBADMSG. */
int contact_payload_decode(const char *text, ContactPayload *ret);
