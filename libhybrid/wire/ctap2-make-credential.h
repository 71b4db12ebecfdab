/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * authenticatorMakeCredential, request and reply (CTAP 2.2 section 6.1). For views and absent fields
 * see ctap2.h.
 */

#include "crypto/sha256.h"
#include "wire/ctap2.h"

/** Who decides whether an enterprise may get an attestation of this very device (section 7.1). */
enum {
        CTAP2_ENTERPRISE_VENDOR_FACILITATED = 1, /* a list in the authenticator */
        CTAP2_ENTERPRISE_PLATFORM_MANAGED = 2,   /* this computer's policy */
};

typedef struct Ctap2MakeCredential {
        uint8_t client_data_hash[SHA256_SIZE];
        Ctap2Text rp_id;
        Ctap2Text rp_name; /* optional here, but real phones insist on it */
        Ctap2Bytes user_id;
        Ctap2Text user_name;         /* likewise */
        Ctap2Text user_display_name; /* likewise */
        CborItem parameters;         /* array of Ctap2Parameters, in order of preference */
        CborItem exclude_list;       /* array of Ctap2Descriptor, or absent */
        CborItem extensions;         /* map of inputs by name, or absent */
        Ctap2Options options;
        uint64_t enterprise_attestation; /* CTAP2_ENTERPRISE_…, or 0: not asked for */
        CborItem attestation_formats;    /* array of text, in order of preference, or absent */
} Ctap2MakeCredential;

/** Writes command byte ‖ CBOR. */
void ctap2_make_credential_encode(const Ctap2MakeCredential *request, ByteWriter *w);

/**
 * Reads command byte ‖ CBOR. The elements of both lists are well-formed when this succeeds.
 * Returns 0, or -EBADMSG with `ret` untouched.
 */
int ctap2_make_credential_decode(const uint8_t *message, size_t n, Ctap2MakeCredential *ret);

typedef struct Ctap2MakeCredentialReply {
        Ctap2Text fmt;
        Ctap2Bytes auth_data;         /* see auth-data.h */
        CborItem att_stmt;            /* a map whose shape fmt decides */
        CborItem unsigned_extensions; /* map of outputs by name, or absent */
} Ctap2MakeCredentialReply;

/** Writes status byte CTAP2_OK ‖ CBOR. */
void ctap2_make_credential_reply_encode(const Ctap2MakeCredentialReply *reply, ByteWriter *w);

/** Reads status byte CTAP2_OK ‖ CBOR. Returns 0, or -EBADMSG, also for any other status. */
int ctap2_make_credential_reply_decode(const uint8_t *message, size_t n,
                                       Ctap2MakeCredentialReply *ret);
