/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a relying party keeps of a passkey (WebAuthn Level 3 section 4, "credential record"), and its
 * form as JSON. Nothing in it is secret.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/p256.h"
#include "options.h"
#include "webauthn/origin.h"
#include "wire/ctap2.h"

typedef struct Credential {
        char rp_id[DOMAIN_SIZE_MAX];
        char user_name[USER_NAME_SIZE_MAX + 1];
        uint8_t user_handle[CTAP2_USER_ID_SIZE_MAX];
        size_t n_user_handle;

        uint8_t id[CTAP2_CREDENTIAL_ID_SIZE_MAX];
        size_t n_id;
        uint8_t public_key[P256_UNCOMPRESSED_SIZE];
        uint32_t sign_count;
        bool backup_eligible;
} Credential;

/** A new object, or NULL if memory runs out. */
json_t *credential_to_json(const Credential *credential);

/** 0; -EBADMSG with `ret` untouched if a member is missing, wrong, or no valid key; -ENOMEM. */
int credential_from_json(const json_t *json, Credential *ret);

typedef struct CredentialList {
        Credential *items; /* owned */
        size_t n;
} CredentialList;

/** Appends a copy. 0 or -ENOMEM. */
int credential_list_add(CredentialList *list, const Credential *credential);
void credential_list_done(CredentialList *list);

/** The one with this id, or NULL. Borrowed. */
const Credential *credential_list_find(const CredentialList *list, const uint8_t *id, size_t n_id);
