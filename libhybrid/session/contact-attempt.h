/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One attempt to contact a linked phone: the link, and the nonce of this attempt with what follows
 * from it. What an Offer is where there is a code.
 */

#include <stdint.h>

#include "wire/contact.h"
#include "wire/eid.h"
#include "wire/noise.h"
#include "wire/tunnel-url.h"

/** All secret: contact_attempt_done(). */
typedef struct ContactAttempt {
        HybridLink link;
        uint8_t nonce[CONTACT_NONCE_SIZE];
        EidKey eid_key;
} ContactAttempt;

/** Copies the link. 0, -EINVAL if it is none, -ENOMEM, or what env->random() returned. */
int contact_attempt_init(ContactAttempt *attempt, const HybridLink *link, const HybridEnv *env);
void contact_attempt_done(ContactAttempt *attempt);

/** What is opened, and the header that goes with it. */
void contact_attempt_url(const ContactAttempt *attempt,
                         char ret[static TUNNEL_CONTACT_URL_SIZE_MAX]);
void contact_attempt_payload(const ContactAttempt *attempt, HybridOperation operation,
                             char ret[static HYBRID_CLIENT_PAYLOAD_SIZE]);

/** The handshake with the phone that sent this advert. */
void contact_attempt_start_handshake(const ContactAttempt *attempt,
                                     const uint8_t plaintext[static EID_PLAINTEXT_SIZE],
                                     Noise *ret);
