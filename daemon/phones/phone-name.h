/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Names of linked phones: what a phone calls itself, or its person calls it. They stand in windows
 * and terminals beside other words, so nothing in them may move those about.
 */

#include <stdbool.h>

enum {
        PHONE_NAME_SIZE = 64, /* with NUL */
};

/** Not empty, not too long, UTF-8, no control, line-breaking or direction-changing characters. */
bool phone_name_is_good(const char *name);

/** A name in its place where it is not good: what can be kept of it, or "Phone". */
void phone_name_clean(const char *name, char ret[static PHONE_NAME_SIZE]);

/** The name with a number behind it, " (2)" and so on; shortened where it has to be. */
void phone_name_number(const char *name, unsigned number, char ret[static PHONE_NAME_SIZE]);
