/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a person is told when a ceremony fails: what happened, and what to do about it.
 */

#include <stddef.h>

#include "hybrid.h"

enum {
        FAILURE_TEXT_SIZE = 512,
};

/** Writes one or two sentences with NUL. @rp_id is the site, or "" if it is not known. */
void failure_text(const HybridFailure *failure, const char *rp_id, char *ret, size_t size);
