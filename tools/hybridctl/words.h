/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What people are told while a ceremony goes on. Short sentences that say what to do.
 */

#include "hybrid.h"

/**
 * The sentence for a state, static; NULL for one that is told elsewhere (how it ended) or that this
 * version does not know.
 */
const char *words_of_state(const char *state, HybridOperation operation);

/** What the whole is about: "Sign in to", "Create a passkey for". */
const char *words_of_operation(HybridOperation operation);
