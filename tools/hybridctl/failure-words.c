/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <string.h>

#include "client/bus-error.h"
#include "failure-words.h"
#include "words/template.h"
#include "words/words.h"

/* Marks a text of a table for the translators. */
#define N_(text) text

static const char *const texts[_FAILURE_TEXT_MAX] = {
        [FAILURE_TEXT_ANSWER] =
                /* Translators: {reason} is technical, in English.
                 * xgettext:python-brace-format */
        N_("The answer is not right: {reason}. It is not used."),
        [FAILURE_TEXT_PHONE] =
                /* Translators: of a virtual phone; {reason} is technical, in English.
                 * xgettext:python-brace-format */
        N_("The phone failed: {reason}."),
};

void failure_fill_in(FailureText text, const char *what, char *ret, size_t size) {
        template_fill_in_place(texts[text], what, ret, size);
}

void failure_words(const Outcome *outcome, char ret[static FAILURE_WORDS_SIZE]) {
        const WordsTemplates of_bus = { bus_error_texts, _BUS_ERROR_TEXT_MAX };
        const WordsTemplates ours = { texts, _FAILURE_TEXT_MAX };
        const char *message = outcome->message;

        if (!message) {
                snprintf(ret, FAILURE_WORDS_SIZE, "%s", words_translate("out of memory"));
                return;
        }
        words_of_report(message, of_bus, ret, FAILURE_WORDS_SIZE);
        if (strcmp(message, ret) == 0)
                words_of_report(message, ours, ret, FAILURE_WORDS_SIZE);
}
