/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The site's side of a ceremony, for requests that hybridctl makes itself: what is asked for, and
 * whether the answer is right (WebAuthn Level 3 sections 7.1 and 7.2). Nothing is believed that the
 * daemon says; everything is checked against what was sent.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "credential.h"
#include "hybrid.h"

enum {
        CHALLENGE_SIZE = 32,
        USER_HANDLE_SIZE = 16,
        PROBLEM_SIZE = 160,
};

/** What a request is about. Strings are borrowed. */
typedef struct RelyingParty {
        HybridOperation operation;
        const char *origin;     /* as browsers write it: without a default port */
        const char *top_origin; /* NULL: not in a frame of another site */
        const char *rp_id;
        const char *prf; /* NULL: not asked for */
        uint8_t challenge[CHALLENGE_SIZE];

        /* create */
        const char *user_name;
        uint8_t user_handle[CTAP2_USER_ID_SIZE_MAX];
        size_t n_user_handle;
        const char *attestation; /* "none", "direct" */

        /* get: the passkeys that may answer; none: any */
        CredentialList credentials;
} RelyingParty;

/**
 * A new challenge, and for create the account's handle: that of the same name among `known`, so
 * that the phone replaces its passkey, or a new one. 0, or a negative errno.
 */
int relying_party_prepare(RelyingParty *party, const CredentialList *known);
void relying_party_done(RelyingParty *party);

/** The request as JSON text, owned by the caller. NULL if memory runs out. */
char *relying_party_request(const RelyingParty *party);

/** How far the attestation of a registration goes. */
typedef enum Attestation {
        ATTESTATION_NONE,
        ATTESTATION_SELF,      /* signed with the passkey's own key, and the signature is right */
        ATTESTATION_UNCHECKED, /* by a maker whose certificates are not looked into here */
} Attestation;

/** What a right answer says. */
typedef struct Verdict {
        Credential credential; /* with its new counter */
        uint8_t flags;         /* AUTH_DATA_… */
        uint8_t aaguid[HYBRID_AAGUID_SIZE];
        Attestation attestation;
        bool signature_checked; /* get: false for a passkey that was not registered here */
        bool prf_enabled;       /* create: the phone can do it */
        bool prf_results;       /* results came */
} Verdict;

/**
 * Checks RegistrationResponseJSON or AuthenticationResponseJSON.
 * Returns 0; -EBADMSG with words in @ret_problem if anything is wrong; -ENOMEM.
 */
int relying_party_check(const RelyingParty *party, const json_t *response, Verdict *ret,
                        char ret_problem[static PROBLEM_SIZE]);
