/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One passkey of the phone, and the form in which it is kept: a CBOR map with a version in front.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/macro.h"
#include "crypto/p256.h"
#include "hybrid.h"
#include "wire/ctap2.h"

enum {
        CREDENTIAL_ID_SIZE_MIN = 16,
        CREDENTIAL_ID_SIZE_MAX = 32,
        CREDENTIAL_PRF_SECRET_SIZE = 32,
        CREDENTIAL_RP_ID_SIZE_MAX = 253, /* the longest domain name */
        CREDENTIAL_NAME_SIZE_MAX = 64,   /* longer names are cut (CTAP 2.2 section 6.1.2) */
        CREDENTIAL_FILE_SIZE_MAX = 1024,
};

/** Secret: credential_free(). Texts end with NUL. */
typedef struct Credential {
        uint8_t id[CREDENTIAL_ID_SIZE_MAX];
        size_t n_id;
        uint8_t private_key[P256_SCALAR_SIZE];
        uint8_t prf_secret[CREDENTIAL_PRF_SECRET_SIZE];
        char rp_id[CREDENTIAL_RP_ID_SIZE_MAX + 1];
        uint8_t user_id[CTAP2_USER_ID_SIZE_MAX];
        size_t n_user_id;
        char user_name[CREDENTIAL_NAME_SIZE_MAX + 1];
        char user_display_name[CREDENTIAL_NAME_SIZE_MAX + 1];
        uint32_t counter;
        uint64_t created_usec; /* since 1970 */
} Credential;

/** For whom a credential is. Views are borrowed; absent names are kept as empty. */
typedef struct CredentialAccount {
        Ctap2Text rp_id;
        Ctap2Bytes user_id;
        Ctap2Text user_name;
        Ctap2Text user_display_name;
} CredentialAccount;

/**
 * A new credential with an id of n_id bytes, a key and a PRF secret of its own; not yet dated.
 * Returns 0, -EINVAL if the RP ID or user id is too long or empty, -ENOMEM, or what env->random()
 * returned.
 */
int credential_new(Credential **ret, const CredentialAccount *account, size_t n_id,
                   const HybridEnv *env);

/** Erases and frees. NULL in, NULL out. */
Credential *credential_free(Credential *credential);

DEFINE_CLEANUP(Credential *, credential_free);

/** Writes what goes into a file, at most CREDENTIAL_FILE_SIZE_MAX bytes. */
void credential_encode(const Credential *credential, ByteWriter *w);

/** Returns 0, -EBADMSG if it is damaged or of another version, -ENOMEM. */
int credential_decode(Credential **ret, const uint8_t *data, size_t n);

/** What is called this in CTAP: type "public-key" and the id, borrowed. */
Ctap2Descriptor credential_descriptor(const Credential *credential);
