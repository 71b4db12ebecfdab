/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The inside of relying_party_check(): an answer while it is looked into. relying-party.c has what
 * both operations share, registration.c and sign-in.c the rest.
 *
 * All functions return 0, -EBADMSG with the problem said, or -ENOMEM.
 */

#include "base/macro.h"
#include "relying-party.h"
#include "webauthn/blob.h"
#include "wire/auth-data.h"

typedef struct Answer {
        const RelyingParty *party;
        const json_t *response; /* the member of that name */
        Blob id;
        Blob client_data;
        Blob auth_data_bytes;
        AuthData auth_data; /* views into auth_data_bytes */
        Verdict verdict;
        char *problem; /* PROBLEM_SIZE */
} Answer;

/** Says what is wrong; returns -EBADMSG. */
int answer_wrong(Answer *answer, const char *format, ...) _printf_(2, 3);

/** A member of base64url. A missing one is a problem. */
int answer_read_bytes(Answer *answer, const json_t *object, const char *name, Blob *ret);

/** Whether the signature is one over authenticator data and client data by this key. */
int answer_check_signature(Answer *answer, const uint8_t point[static P256_UNCOMPRESSED_SIZE],
                           const uint8_t *signature, size_t n);

int registration_check(Answer *answer);
int sign_in_check(Answer *answer);
