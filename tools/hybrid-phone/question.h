/* SPDX-License-Identifier: MIT */
#pragma once

#include "authenticator.h"

enum {
        QUESTION_SIZE = 1024,
};

/**
 * Puts the question into words, in one line that is fit for a terminal: what a web page wrote is
 * shown without what terminals would obey.
 */
void question_write(const AuthenticatorQuestion *question, const char *phone_name,
                    char ret[static QUESTION_SIZE]);
