/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "io/qr/qr-render.h"

/*
 * Black on light grey, then on white where that is known: a terminal skips what it does not know.
 * Foreground and background are both said, and taken back at the end of each line.
 */
#define SGR_BEGIN "\033[0;30;47;107m"
#define SGR_END   "\033[0m"

/* By what is drawn: nothing, the upper half, the lower half, both. */
static const char *const glyphs[4] = { " ", "▀", "▄", "█" };

enum {
        GLYPH_SIZE_MAX = sizeof("█") - 1,
};

/* Coordinates count from the corner of the border. What is outside the code is light. */
static bool is_dark(const QrMatrix *matrix, size_t x, size_t y) {
        if (x < QR_QUIET_ZONE || y < QR_QUIET_ZONE)
                return false;
        x -= QR_QUIET_ZONE;
        y -= QR_QUIET_ZONE;

        return x < matrix->size && y < matrix->size && matrix->modules[y * matrix->size + x];
}

static char *append(char *p, const char *text) {
        return stpcpy(p, text);
}

static char *append_line(char *p, const QrMatrix *matrix, size_t y, QrTerminalStyle style) {
        bool drawn = style == QR_TERMINAL_COLOUR; /* what dark modules are */

        if (style == QR_TERMINAL_COLOUR)
                p = append(p, SGR_BEGIN);
        for (size_t x = 0; x < matrix->size + QR_QUIET_ZONES; x++) {
                unsigned upper = is_dark(matrix, x, y) == drawn;
                unsigned lower = is_dark(matrix, x, y + 1) == drawn;

                p = append(p, glyphs[upper | lower << 1]);
        }
        if (style == QR_TERMINAL_COLOUR)
                p = append(p, SGR_END);

        return append(p, "\n");
}

int qr_render_terminal(const QrMatrix *matrix, QrTerminalStyle style, char **ret, size_t *ret_n) {
        size_t side = matrix->size + QR_QUIET_ZONES, n_lines = (side + 1) / 2;
        size_t n_line = strlen(SGR_BEGIN SGR_END "\n") + side * GLYPH_SIZE_MAX;
        char *text = malloc(n_lines * n_line + 1), *p = text;

        if (!text)
                return -ENOMEM;

        for (size_t i = 0; i < n_lines; i++)
                p = append_line(p, matrix, 2 * i, style);

        *ret = text;
        *ret_n = (size_t)(p - text);
        return 0;
}
