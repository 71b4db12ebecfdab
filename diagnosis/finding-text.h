/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Texts of findings that something is filled in to. hybridd says them in English; who shows them finds
 * them here again, to say them in the person's language.
 */

#include <stddef.h>

typedef enum FindingText {
        FINDING_TEXT_WITHOUT_DRIVER,
        FINDING_TEXT_OTHER_WANTED,
        FINDING_TEXT_OTHER_REMEDY,
        FINDING_TEXT_HEARD,
        FINDING_TEXT_READY,
        FINDING_TEXT_OLD_LIST,
        _FINDING_TEXT_MAX,
} FindingText;

/** Each has one place in braces. */
extern const char *const finding_texts[_FINDING_TEXT_MAX];

/** Fills it in. Always NUL-terminated; cut if need be. */
void finding_text_fill_in(FindingText text, const char *value, char *ret, size_t size);
