/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * clientDataJSON: what the relying party learns of the page, and whose SHA-256 the authenticator
 * signs (WebAuthn Level 3 section 5.8.1). Its bytes are fixed by section 5.8.1.1.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "hybrid.h"

typedef struct ClientData {
        HybridOperation operation;
        const uint8_t *challenge; /* borrowed */
        size_t n_challenge;
        const char *origin;     /* serialised; borrowed */
        bool cross_origin;      /* the page is in a frame of another origin */
        const char *top_origin; /* with cross_origin, if it is known; borrowed */
} ClientData;

void client_data_write(const ClientData *client_data, ByteWriter *w);
