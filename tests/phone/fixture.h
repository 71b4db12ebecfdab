/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * An authenticator with nothing around it, requests for it, and a look into what it answers.
 */

#include "authenticator.h"
#include "unit.h"
#include "wire/auth-data.h"
#include "wire/cose.h"

typedef struct Fixture {
        TestRandom random;
        HybridEnv env;
        FaultSet faults;
        CredentialStore *store;
        Authenticator authenticator;
} Fixture;

/** A phone of this profile with an empty store in memory. */
void fixture_init(Fixture *fixture, const char *profile);
void fixture_done(Fixture *fixture);
#define _fixture_ _cleanup_(fixture_done) Fixture

/** Requests that every phone takes, to be changed by the test: RP example.com, user 01 02. */
Ctap2MakeCredential create_request(void);
Ctap2GetAssertion get_request(void);

/** Hands a request over as it is; the answer is the caller's: answer_done(). */
AuthenticatorAnswer take(Fixture *fixture, const uint8_t *command, size_t n);
AuthenticatorAnswer take_hex(Fixture *fixture, const char *hex);
AuthenticatorAnswer take_create(Fixture *fixture, const Ctap2MakeCredential *request);
AuthenticatorAnswer take_get(Fixture *fixture, const Ctap2GetAssertion *request);

/** The same, and the person says yes, if asked. */
AuthenticatorAnswer run_create(Fixture *fixture, const Ctap2MakeCredential *request);
AuthenticatorAnswer run_get(Fixture *fixture, const Ctap2GetAssertion *request);

void answer_done(AuthenticatorAnswer *answer);
#define _answer_ _cleanup_(answer_done) AuthenticatorAnswer

/** The answer is a status alone. */
void assert_status(const AuthenticatorAnswer *answer, Ctap2Status status);
void assert_verdict(const AuthenticatorAnswer *answer, AuthenticatorVerdict verdict);

/** What a registration says, checked as far as it can be checked by itself. */
typedef struct Registered {
        Ctap2MakeCredentialReply reply;
        AuthData auth_data;
        uint8_t point[P256_UNCOMPRESSED_SIZE];
} Registered;

Registered read_registration(const AuthenticatorAnswer *answer);

typedef struct Asserted {
        Ctap2GetAssertionReply reply;
        AuthData auth_data;
} Asserted;

/** What a sign-in says; its signature is checked with the key that was registered. */
Asserted read_assertion(const AuthenticatorAnswer *answer, const Registered *registered);

/** A list of one descriptor with this id, and with transports if there are any. */
CborItem descriptor_list(Ctap2Bytes id, CborItem transports, uint8_t *buffer, size_t size);
