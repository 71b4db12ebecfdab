/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The response of authenticatorGetInfo (CTAP 2.2 section 6.4), which a phone sends with its
 * post-handshake message: CBOR without a status byte. For views and absent fields see ctap2.h.
 */

#include "hybrid.h"
#include "wire/ctap2.h"

typedef struct Ctap2GetInfo {
        CborItem versions;   /* array of text */
        CborItem extensions; /* array of text, or absent */
        bool has_aaguid;     /* says nothing about the passkey provider that will answer */
        uint8_t aaguid[HYBRID_AAGUID_SIZE];
        Ctap2Options options;         /* absent means not supported, but for up */
        uint64_t n_credentials_max;   /* in one list of a request; 0: the phone sets no limit */
        uint64_t credential_size_max; /* of a credential id; likewise */
        CborItem transports;          /* array of text, or absent */
        CborItem attestation_formats; /* array of text, or absent */
} Ctap2GetInfo;

void ctap2_get_info_encode(const Ctap2GetInfo *info, ByteWriter *w);

/** Returns 0, or -EBADMSG with `ret` untouched. */
int ctap2_get_info_decode(const uint8_t *cbor, size_t n, Ctap2GetInfo *ret);

/** True if the list, which may be absent, has this text. */
bool ctap2_text_list_contains(CborItem list, const char *text);

/** True if the phone lists the extension, such as "prf". */
bool ctap2_get_info_has_extension(const Ctap2GetInfo *info, const char *name);

/** Writes an array of texts, for the four lists. */
void ctap2_text_list_encode(const char *const texts[], size_t n_texts, ByteWriter *w);
