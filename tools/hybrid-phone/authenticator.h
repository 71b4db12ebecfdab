/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The authenticator in the phone: takes a CTAP2 command, has the person asked, and answers with
 * real keys and real signatures, or refuses as the phone of its profile does. It knows nothing of
 * tunnels and terminals.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "credential-store.h"
#include "fault.h"
#include "hybrid.h"
#include "profile.h"
#include "webauthn/blob.h"
#include "wire/ctap2-get-assertion.h"
#include "wire/ctap2-make-credential.h"

/** What the person is asked. Borrowed from the command and the store. */
typedef struct AuthenticatorQuestion {
        HybridOperation operation;
        Ctap2Text rp_id;
        Ctap2Text user_name;
        Ctap2Text user_display_name;
} AuthenticatorQuestion;

typedef enum AuthenticatorVerdict {
        AUTHENTICATOR_ASK,     /* the question goes to the person: authenticator_decide() */
        AUTHENTICATOR_REPLY,   /* with these bytes */
        AUTHENTICATOR_SILENCE, /* no answer, as an iPhone does with getInfo */
        AUTHENTICATOR_CLOSE,   /* no answer, and the end of the session */
} AuthenticatorVerdict;

typedef struct AuthenticatorAnswer {
        AuthenticatorVerdict verdict;
        Blob reply;      /* REPLY: status byte ‖ CBOR; the caller's: blob_done() */
        const char *why; /* static: why the answer is not what was asked for; or "" */
} AuthenticatorAnswer;

typedef struct Authenticator {
        const Profile *profile;
        const HybridEnv *env;
        const FaultSet *faults;
        CredentialStore *store;
        bool self_attestation;

        /* The command in hand, with views of it. */
        Blob command;
        union {
                Ctap2MakeCredential create;
                Ctap2GetAssertion get;
        };
        Credential *chosen; /* for a sign-in; the store's */
        AuthenticatorQuestion question;
} Authenticator;

/** Forgets the command in hand. All that was set up for it is borrowed and stays. */
void authenticator_done(Authenticator *authenticator);

/**
 * Takes a command, which is copied, and fills in the question as far as it can be read.
 * 0 with an answer, or a negative errno.
 */
int authenticator_take(Authenticator *authenticator, const uint8_t *command, size_t n,
                       AuthenticatorAnswer *ret);

/** What the person said, after AUTHENTICATOR_ASK. 0 with an answer that is not ASK. */
int authenticator_decide(Authenticator *authenticator, bool approved, AuthenticatorAnswer *ret);
