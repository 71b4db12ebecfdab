/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A relying party's request, read and checked: what hybrid_webauthn_new() makes of the JSON, and
 * what commands are built from and replies are held against. Lists are kept as the CBOR that goes
 * to the phone, so that there is one form of them only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "crypto/sha256.h"
#include "hybrid.h"
#include "webauthn/blob.h"
#include "webauthn/origin.h"
#include "wire/ctap2.h"

/** ResidentKeyRequirement and UserVerificationRequirement. */
typedef enum Requirement {
        REQUIREMENT_DISCOURAGED,
        REQUIREMENT_PREFERRED,
        REQUIREMENT_REQUIRED,
        _REQUIREMENT_MAX,
} Requirement;

/** What only a registration has. */
typedef struct CreationOptions {
        char *rp_name; /* these three are never empty: phones insist on them */
        char *user_name;
        char *user_display_name;
        uint8_t user_id[CTAP2_USER_ID_SIZE_MAX];
        size_t n_user_id;
        Blob parameters; /* CBOR array of Ctap2Parameters */
        Requirement resident_key;
        bool keep_attestation;       /* any attestation preference but "none" */
        bool enterprise_attestation; /* it is asked for, and allowed */
        Blob attestation_formats;    /* CBOR array of texts; empty: no preference */
} CreationOptions;

/** credentialProtectionPolicy, by its number on the wire (CTAP 2.2 section 12.1). */
typedef enum CredProtect {
        CRED_PROTECT_ABSENT = 0,
        CRED_PROTECT_UV_OPTIONAL = 1,
        CRED_PROTECT_UV_OPTIONAL_WITH_LIST = 2,
        CRED_PROTECT_UV_REQUIRED = 3,
} CredProtect;

/** Which extensions are asked for; of "prf" the inputs are kept beside. */
typedef struct ExtensionOptions {
        bool app_id; /* "appid", or for a registration "appidExclude" */
        bool large_blob;
        bool large_blob_write;

        /* Of a registration. */
        bool cred_props;
        bool min_pin_length;
        CredProtect cred_protect;
        bool enforce_cred_protect;
} ExtensionOptions;

struct HybridWebauthn {
        HybridOperation operation;
        Origin origin;
        char rp_id[DOMAIN_SIZE_MAX];
        bool needs_related_origins; /* before the RP ID may be used */
        uint64_t timeout_usec;
        Requirement user_verification;
        Blob descriptors; /* CBOR array of the credentials to exclude or to allow; empty: none */
        size_t n_descriptors;
        Blob descriptors_on_phones; /* those whose transports do not speak against it */
        ExtensionOptions extensions;
        bool has_prf;     /* the extension is asked for */
        Blob prf;         /* with has_prf: CBOR of a Ctap2PrfInput */
        Blob client_data; /* clientDataJSON; holds the challenge */
        uint8_t client_data_hash[SHA256_SIZE];
        CreationOptions creation; /* HYBRID_CREATE */
};

/** The lists above as views; absent if empty. */
static inline CborItem blob_item(const Blob *blob) {
        return (CborItem){ .data = blob->n > 0 ? blob->data : NULL, .n = blob->n };
}
