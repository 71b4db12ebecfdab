/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the two commands share: answers, and authenticator data.
 */

#include "authenticator.h"
#include "crypto/ecdsa.h"
#include "wire/auth-data.h"
#include "wire/ctap2-prf.h"

enum {
        /* Fixed part, AAGUID, length, id, a COSE key on P-256, the outputs of extensions. */
        SIGNED_SIZE_MAX = 37 + 16 + 2 + CREDENTIAL_ID_SIZE_MAX + 78 + 64 + SHA256_SIZE,
};

/** A status byte alone. 0 or -ENOMEM. */
int answer_status(AuthenticatorAnswer *ret, Ctap2Status status, const char *why);

/** No reply, and what to do instead. Always 0. */
int answer_without_reply(AuthenticatorAnswer *ret, AuthenticatorVerdict verdict, const char *why);

/** The person is to be asked. Always 0. */
int answer_ask(AuthenticatorAnswer *ret);

/**
 * For well-formed CBOR that is no such request: without one of the keys 1 to n_required, or with a
 * member of another type. What comes of it is the profile's matter.
 */
int answer_unreadable(const Authenticator *authenticator, int64_t n_required,
                      AuthenticatorAnswer *ret);

/** The reply as written, which must be the same in two runs. 0 or -ENOMEM. */
int answer_reply(AuthenticatorAnswer *ret, void (*write)(const void *userdata, ByteWriter *w),
                 const void *userdata);

/** AUTHENTICATOR_ASK if a list keeps to the limits in the profile's getInfo. 0 or -ENOMEM. */
int check_descriptors(const Authenticator *authenticator, CborItem list, AuthenticatorAnswer *ret);

/** Hash, flags and counter, for an RP ID and as the profile and the faults want them. */
AuthData authenticator_auth_data(const Authenticator *authenticator, const Credential *credential);

/** The bytes that are signed: authenticator data ‖ client data hash. */
typedef struct SignedData {
        uint8_t bytes[SIGNED_SIZE_MAX];
        size_t n_auth_data;
        size_t n;
} SignedData;

void signed_data_make(SignedData *ret, const AuthData *auth_data,
                      const uint8_t client_data_hash[static SHA256_SIZE]);

typedef struct Signature {
        uint8_t bytes[ECDSA_P256_SIGNATURE_SIZE_MAX];
        size_t n;
} Signature;

int credential_sign(const Credential *credential, const SignedData *data, Signature *ret);

/** A small CBOR item that goes into a reply as it is. May be secret. */
typedef struct Piece {
        uint8_t bytes[160];
        size_t n; /* 0: absent */
} Piece;

static inline ByteWriter piece_writer(Piece *piece) {
        return BYTE_WRITER(piece->bytes);
}

static inline CborItem piece_item(const Piece *piece) {
        return (CborItem){ .data = piece->n > 0 ? piece->bytes : NULL, .n = piece->n };
}

/** The input of the extension "prf". 0, -ENOENT if there is none, -EBADMSG. */
int prf_read_input(CborItem extensions, Ctap2PrfInput *ret);

/** The results for what was asked: HMAC-SHA-256 under the credential's secret. */
void prf_evaluate(const Credential *credential, const Ctap2PrfValues *input, Ctap2PrfValues *ret);

/** {"prf": output}. */
void prf_make_output(const Ctap2PrfOutput *output, Piece *ret);

/** The two commands: what comes before the person is asked, and what after. */
int make_credential_take(Authenticator *authenticator, AuthenticatorAnswer *ret);
int make_credential_finish(Authenticator *authenticator, AuthenticatorAnswer *ret);
int get_assertion_take(Authenticator *authenticator, AuthenticatorAnswer *ret);
int get_assertion_finish(Authenticator *authenticator, AuthenticatorAnswer *ret);
