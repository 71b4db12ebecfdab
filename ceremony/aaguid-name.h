/* SPDX-License-Identifier: MIT */
#pragma once

#include "hybrid.h"

enum {
        AAGUID_TEXT_SIZE = 37, /* "de1e552d-db1d-4423-a619-566b625cdc84" and NUL */
};

void aaguid_text(const uint8_t aaguid[static HYBRID_AAGUID_SIZE],
                 char ret[static AAGUID_TEXT_SIZE]);

/**
 * What people call an authenticator with this AAGUID, or "" if it is not known here. Static.
 * Without attestation the AAGUID is a claim of the phone, good for display only.
 */
const char *aaguid_name(const uint8_t aaguid[static HYBRID_AAGUID_SIZE]);

/** The same for one as people write it, in lower case. */
const char *aaguid_text_name(const char *text);
