/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Why something failed, in the person's language. Outcomes are in English, since programs get them
 * too (--json), and are translated where people read them.
 */

#include <stddef.h>

#include "client/outcome.h"

enum {
        FAILURE_WORDS_SIZE = 1024,
};

typedef enum FailureText {
        FAILURE_TEXT_ANSWER, /* what is wrong with an answer */
        FAILURE_TEXT_PHONE,  /* what a virtual phone says of its failure */
        _FAILURE_TEXT_MAX,
} FailureText;

/** A message for an outcome, in English, with what is wrong filled in. Cut if need be. */
void failure_fill_in(FailureText text, const char *what, char *ret, size_t size);

/** The outcome's message in the person's language. Always NUL-terminated; cut if need be. */
void failure_words(const Outcome *outcome, char ret[static FAILURE_WORDS_SIZE]);
