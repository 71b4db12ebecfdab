/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <qrencode.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "io/qr/qr-render.h"

#define PREFIX "FIDO:/"

enum {
        VERSION_WANTED_MAX = 5,
};

DEFINE_CLEANUP(QRinput *, QRinput_free);

/* The library's result holds the code, and is freed without being erased. */
static void qrcode_done(QRcode **code) {
        if (!*code)
                return;
        secret_erase((*code)->data, (size_t)(*code)->width * (size_t)(*code)->width);
        QRcode_free(*code);
}

static int append(QRinput *input, QRencodeMode mode, const char *text) {
        return QRinput_append(input, mode, (int)strlen(text), (const unsigned char *)text) == 0
                       ? 0
                       : -errno;
}

static int encode(const char *text, QRecLevel level, QRcode **ret) {
        _cleanup_(QRinput_freep) QRinput *input = QRinput_new2(0, level);
        QRcode *code;
        int r;

        if (!input)
                return -ENOMEM;
        r = append(input, QR_MODE_AN, PREFIX);
        if (r < 0)
                return r;
        r = append(input, QR_MODE_NUM, text + strlen(PREFIX));
        if (r < 0)
                return r;

        code = QRcode_encodeInput(input);
        if (!code)
                return errno == ERANGE ? -EMSGSIZE : -ENOMEM;

        *ret = code;
        return 0;
}

static bool is_hybrid(const char *text) {
        size_t n = strlen(PREFIX);

        return strncmp(text, PREFIX, n) == 0 && text[n] &&
               text[n + strspn(text + n, "0123456789")] == '\0';
}

static int matrix_from(const QRcode *code, QrMatrix **ret) {
        size_t size = (size_t)code->width;
        QrMatrix *matrix = malloc(sizeof(QrMatrix) + size * size);

        if (!matrix)
                return -ENOMEM;
        matrix->version = (unsigned)code->version;
        matrix->size = size;
        for (size_t i = 0; i < size * size; i++)
                matrix->modules[i] = code->data[i] & 1;

        *ret = matrix;
        return 0;
}

int qr_matrix_new(QrMatrix **ret, const char *text) {
        _cleanup_(qrcode_done) QRcode *medium = NULL, *low = NULL;
        int r;

        if (!is_hybrid(text))
                return -EINVAL;

        r = encode(text, QR_ECLEVEL_M, &medium);
        if (r < 0 && r != -EMSGSIZE)
                return r;
        if (medium && medium->version <= VERSION_WANTED_MAX)
                return matrix_from(medium, ret);

        r = encode(text, QR_ECLEVEL_L, &low);
        if (r < 0)
                return r;

        return matrix_from(medium && medium->version <= low->version ? medium : low, ret);
}

QrMatrix *qr_matrix_free(QrMatrix *matrix) {
        if (!matrix)
                return NULL;

        return secret_free(matrix, sizeof(QrMatrix) + matrix->size * matrix->size);
}
