/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Saying why a request or a reply is not acceptable. Details are technical words for a log: never
 * anything of what the request or the reply holds.
 */

#include <stdint.h>

#include "hybrid.h"

/** Each fills in all of @ret and returns HYBRID_E_REFUSED. */
int refuse_request(HybridFailure *ret, HybridCause cause, const char *detail);

/** The phone cannot do what the request needs: found when its getInfo response is known. */
int refuse_phone(HybridFailure *ret, HybridCause cause, const char *detail);

/** The phone's bytes are wrong, or are no answer to this request. */
int refuse_reply(HybridFailure *ret, const char *detail);

/** The phone's own refusal. */
int refuse_status(HybridFailure *ret, uint8_t ctap_status);

/**
 * For a member that could not be read: turns -EBADMSG and -ENOENT into a refusal that names it, and
 * hands up -ENOMEM.
 */
int refuse_member(HybridFailure *ret, const char *name, int r);
