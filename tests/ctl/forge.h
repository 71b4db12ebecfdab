/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Answers to a request of hybridctl's: right ones, and ones in which one thing is wrong.
 */

#include "crypto/p256.h"
#include "relying-party.h"
#include "unit.h"

#define FORGE_SCALAR       "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
#define FORGE_OTHER_SCALAR "0000000000000000000000000000000000000000000000000000000000000005"

/* What is to be otherwise; all zero: nothing. Texts replace the right ones. */
typedef struct Forgery {
        /* A member of the JSON, as "name" or "name.name", and its JSON text; NULL takes it away. */
        const char *member;
        const char *member_json;

        /* Client data. */
        const char *client_type, *challenge, *origin, *top_origin, *cross_origin;
        const char *client_data; /* all of it */

        /* Authenticator data. */
        const char *rp_id;
        uint8_t flip_flags;
        const char *signed_id; /* hexadecimal; another one than in the JSON */
        const char *cose_key;  /* hexadecimal */
        uint32_t counter;
        bool cut_auth_data;

        /* Attestation. */
        const char *fmt;
        const char *att_stmt;     /* hexadecimal; NULL: as the format wants it */
        bool other_data_attested; /* than authenticatorData is */
        bool attest_other_algorithm;

        bool other_key;          /* signs, be it for the sign-in or the attestation */
        bool other_id;           /* of the credential, everywhere */
        const char *id;          /* base64url; in the JSON only */
        const char *user_handle; /* base64url */
} Forgery;

/** A relying party with a fixed challenge; for a sign-in it knows the one passkey. */
RelyingParty forge_party(HybridOperation operation);

/** The passkey as it was registered. */
Credential forge_credential(void);

/** A new object. */
json_t *forge_answer(const RelyingParty *party, const Forgery *forgery);
