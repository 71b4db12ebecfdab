/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a phone takes of a list of credentials. A browser that has more than an authenticator takes at
 * once asks it silently, in batches (WebAuthn Level 3 section 6.3.2); phones cannot be asked
 * silently, and take one command only. So what is too long is left out, then what the relying party
 * says is not on phones, and in the end what comes last.
 */

#include "webauthn/request.h"
#include "wire/ctap2-get-info.h"

/**
 * The list for a phone with this getInfo response, in its order; empty if nothing is left. Returns
 * 0 or -ENOMEM.
 */
int descriptor_list_limit(const HybridWebauthn *request, const Ctap2GetInfo *info, Blob *ret);
