/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * authenticatorGetAssertion, request and reply (CTAP 2.2 section 6.2). For views and absent fields
 * see ctap2.h.
 */

#include "crypto/sha256.h"
#include "wire/ctap2.h"

typedef struct Ctap2GetAssertion {
        Ctap2Text rp_id;
        uint8_t client_data_hash[SHA256_SIZE];
        CborItem allow_list; /* array of Ctap2Descriptor, or absent: any discoverable credential */
        CborItem extensions; /* map of inputs by name, or absent */
        Ctap2Options options;
} Ctap2GetAssertion;

/** Writes command byte ‖ CBOR. */
void ctap2_get_assertion_encode(const Ctap2GetAssertion *request, ByteWriter *w);

/**
 * Reads command byte ‖ CBOR. The elements of the list are well-formed when this succeeds.
 * Returns 0, or -EBADMSG with `ret` untouched.
 */
int ctap2_get_assertion_decode(const uint8_t *message, size_t n, Ctap2GetAssertion *ret);

typedef struct Ctap2GetAssertionReply {
        Ctap2Descriptor credential; /* id absent: the only one of the allow list */
        Ctap2Bytes auth_data;       /* see auth-data.h */
        Ctap2Bytes signature;       /* over auth_data ‖ client data hash; DER for ECDSA */
        Ctap2Bytes user_id;         /* absent: the reply names no user */
        Ctap2Text user_name;        /* phones send "" for these two, or nothing */
        Ctap2Text user_display_name;
        bool user_selected;           /* the person chose the account on the phone */
        CborItem unsigned_extensions; /* map of outputs by name, or absent */
} Ctap2GetAssertionReply;

/** Writes status byte CTAP2_OK ‖ CBOR. */
void ctap2_get_assertion_reply_encode(const Ctap2GetAssertionReply *reply, ByteWriter *w);

/**
 * Reads status byte CTAP2_OK ‖ CBOR. numberOfCredentials is skipped, because getNextAssertion does
 * not exist on this transport. Returns 0, or -EBADMSG, also for any other status.
 */
int ctap2_get_assertion_reply_decode(const uint8_t *message, size_t n, Ctap2GetAssertionReply *ret);
