/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Getting at the code that a desktop shows: as text, or from a picture. The text is a secret; it is
 * never taken from the command line.
 */

#include <stdint.h>

#include "hybrid.h"
#include "wire/qr.h"

/** What was read, with NUL. Secret: erase it after use. */
typedef struct CodeText {
        char text[HYBRID_QR_TEXT_SIZE_MAX];
} CodeText;

/**
 * The first line of a file, or of stdin for "-". Says what is wrong on stderr if it fails.
 * 0 or a negative errno.
 */
int code_read_text(const char *path, CodeText *ret);

/** Likewise from a picture. -EOPNOTSUPP if the program was built without. */
int code_read_picture(const char *path, CodeText *ret);

/** Says on stderr that a code is old, or from the future. It is used all the same. */
void code_warn_of_age(const QrCode *code, uint64_t unix_time);
