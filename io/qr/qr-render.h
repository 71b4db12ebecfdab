/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * QR codes for the eye of a phone: from the text to modules, and from there to a terminal or a
 * picture. The text is a secret, and so is all that is made from it: the functions erase what they
 * used in between, and whoever gets a result erases it after use.
 *
 * A code is always dark on light with a light border of 4 modules, whatever the theme: many readers
 * fail on an inverted one.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/macro.h"

enum {
        QR_QUIET_ZONE = 4, /* modules on each side */
        QR_QUIET_ZONES = 2 * QR_QUIET_ZONE,
        QR_PIXELS_MAX = 64,
};

typedef struct QrMatrix {
        unsigned version;  /* 1 to 40 */
        size_t size;       /* modules along one side, without the border */
        uint8_t modules[]; /* row by row: 1 dark, 0 light */
} QrMatrix;

/**
 * Makes the smallest code for "FIDO:/" and digits, in two segments. The error correction is M, but
 * L where M would take more than version 5: fewer modules are easier to read than more
 * correction.
 * 0, -EINVAL for another text, -EMSGSIZE if it is too long for any code, -ENOMEM.
 */
int qr_matrix_new(QrMatrix **ret, const char *text);

/** Erases and frees. NULL in, NULL out. */
QrMatrix *qr_matrix_free(QrMatrix *matrix);

DEFINE_CLEANUP(QrMatrix *, qr_matrix_free);

typedef enum QrTerminalStyle {
        /* Black on white by colour sequences, so that the terminal's own colours do not matter. */
        QR_TERMINAL_COLOUR,
        /*
         * Characters only, for NO_COLOR and terminals that know no colours. Light modules are the
         * ones that are drawn: right on the usual terminal with light text on dark ground, but an
         * inverted code on one with dark text on light ground. There is no telling them apart.
         */
        QR_TERMINAL_PLAIN,
} QrTerminalStyle;

/**
 * Lines of UTF-8 half blocks, two rows of modules in each, all ending in a newline.
 * *ret is owned by the caller: secret_free(*ret, *ret_n + 1). `ret_n` is its length. 0 or -ENOMEM.
 */
int qr_render_terminal(const QrMatrix *matrix, QrTerminalStyle style, char **ret, size_t *ret_n);

/**
 * A PNG with 1 bit per pixel and `pixels` (1 to QR_PIXELS_MAX) for each side of a module.
 * *ret is owned by the caller: secret_free(*ret, *ret_n). 0, -EINVAL, -ENOMEM.
 */
int qr_render_png(const QrMatrix *matrix, unsigned pixels, uint8_t **ret, size_t *ret_n);

/** The same to a stream, which is left open. 0, -EIO, or as above. */
int qr_write_png(const QrMatrix *matrix, unsigned pixels, FILE *stream);
