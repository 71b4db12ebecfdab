/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The extension "prf" as it travels on this transport: in clear inside the channel, because phones
 * have no PIN protocol that hmac-secret could use. Inputs are hashed by the client platform before
 * (WebAuthn Level 3 section 10.1.4); outputs come unsigned, beside the authenticator data.
 */

#include "wire/ctap2.h"

#define CTAP2_PRF_NAME "prf"

enum {
        CTAP2_PRF_VALUE_SIZE = 32,
};

/** One or two inputs, or as many outputs: {"first": bytes, "second"?: bytes}. Outputs are secret. */
typedef struct Ctap2PrfValues {
        uint8_t first[CTAP2_PRF_VALUE_SIZE];
        bool has_second;
        uint8_t second[CTAP2_PRF_VALUE_SIZE];
} Ctap2PrfValues;

void ctap2_prf_values_encode(const Ctap2PrfValues *values, ByteWriter *w);

/** Each value has exactly 32 bytes, else -EBADMSG with `ret` untouched. */
int ctap2_prf_values_decode(CborItem item, Ctap2PrfValues *ret);

/** Input: {"eval"?: values, "evalByCredential"?: {credential id as bytes: values}}. */
typedef struct Ctap2PrfInput {
        CborItem eval;               /* or absent */
        CborItem eval_by_credential; /* or absent; keys in canonical order */
} Ctap2PrfInput;

void ctap2_prf_input_encode(const Ctap2PrfInput *input, ByteWriter *w);

/** Returns 0, or -EBADMSG with `ret` untouched. The values are not looked at. */
int ctap2_prf_input_decode(CborItem item, Ctap2PrfInput *ret);

/**
 * The values that hold for a credential: its own, else those for all.
 * Returns 0, -ENOENT if there are none, or -EBADMSG.
 */
int ctap2_prf_input_find(const Ctap2PrfInput *input, Ctap2Bytes credential_id, Ctap2PrfValues *ret);

/** Output: {"enabled"?: bool, "results"?: values}; enabled in a registration only. */
typedef struct Ctap2PrfOutput {
        bool has_enabled;
        bool enabled;
        bool has_results;
        Ctap2PrfValues results;
} Ctap2PrfOutput;

void ctap2_prf_output_encode(const Ctap2PrfOutput *output, ByteWriter *w);

/** Returns 0, or -EBADMSG with `ret` untouched. */
int ctap2_prf_output_decode(CborItem item, Ctap2PrfOutput *ret);
