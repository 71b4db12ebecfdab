/* SPDX-License-Identifier: MIT */
#pragma once

#include "relying-party.h"

enum {
        VERDICT_WORDS_SIZE = 256,
};

/**
 * What was checked, as a list for people: "challenge, origin, …". Writes at most
 * VERDICT_WORDS_SIZE bytes with NUL.
 */
void verdict_words(const Verdict *verdict, HybridOperation operation,
                   char ret[static VERDICT_WORDS_SIZE]);

/** What became of the wish for a PRF; static. */
const char *verdict_prf_words(const Verdict *verdict);
