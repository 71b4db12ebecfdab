/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Reading PublicKeyCredentialCreationOptionsJSON and PublicKeyCredentialRequestOptionsJSON
 * (WebAuthn Level 3 section 5.1). As the standard wants it, members, extensions and enumeration
 * values that are not known are passed over; a member that is null counts as absent.
 *
 * All return 0, HYBRID_E_REFUSED with @failure filled in, or -ENOMEM. What was read before a failure
 * stays in @request, which its owner frees.
 */

#include <jansson.h>

#include "webauthn/request.h"

typedef struct OptionsContext {
        HybridWebauthn *request;            /* filled in */
        const HybridWebauthnParams *params; /* borrowed */
        HybridFailure *failure;             /* filled in with a refusal */
} OptionsContext;

int creation_options_read(const OptionsContext *context, const json_t *options);
int request_options_read(const OptionsContext *context, const json_t *options);

/* The parts that both have. */

/** Checks the RP ID, or takes the origin's host if @rp_id is NULL. */
int options_set_rp_id(const OptionsContext *context, const char *rp_id);

/** timeout, hints, challenge, and from the challenge the client data. */
int options_read_common(const OptionsContext *context, const json_t *options);

/** userVerification of the object. */
int options_read_user_verification(const OptionsContext *context, const json_t *object);

/**
 * excludeCredentials or allowCredentials. Transports are left behind: phones have answered "no
 * passkeys" for transports that are not theirs. @ret_n_skipped gets the number of descriptors of
 * unknown type.
 */
int options_read_descriptors(const OptionsContext *context, const json_t *options, const char *name,
                             size_t *ret_n_skipped);

/** extensions, after the descriptors have been read. */
int options_read_extensions(const OptionsContext *context, const json_t *options);

/** The member prf of these, inputs hashed. */
int options_read_prf(const OptionsContext *context, const json_t *extensions);
