/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Related origins (WebAuthn Level 3 section 5.11): a site may list, at
 * https://RPID/.well-known/webauthn, origins of other domains that may use its RP ID. Whether such a
 * list has to be looked at, and what it says; fetching it is somebody else's.
 */

#include <stdbool.h>
#include <stddef.h>

#include "webauthn/origin.h"

enum {
        RELATED_ORIGINS_LABELS_MAX = 5, /* distinct registrable ones that count */
};

typedef bool (*PublicSuffixCheck)(void *userdata, const char *domain);

/**
 * Returns 0 if the site of an RP ID that is not the origin's may be asked: the origin is https, and
 * the RP ID a domain that is no public suffix. HYBRID_E_REFUSED if not; -ENOMEM.
 */
int related_origins_check_rp_id(const Origin *origin, const char *rp_id,
                                PublicSuffixCheck is_public_suffix, void *userdata);

/**
 * Returns 0 if the origin is in the list, JSON of n bytes. HYBRID_E_REFUSED if it is not, with static
 * words in @ret_problem; -ENOMEM.
 */
int related_origins_check(const Origin *origin, const char *json, size_t n,
                          PublicSuffixCheck is_public_suffix, void *userdata,
                          const char **ret_problem);
