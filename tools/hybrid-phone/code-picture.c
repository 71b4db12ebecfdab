/* SPDX-License-Identifier: MIT */

/*
 * Codes in PNG pictures: libpng makes grey pixels of them, zbar finds the code.
 */

#include <errno.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zbar.h>

#include "base/macro.h"
#include "base/secret.h"
#include "code.h"
#include "tools/common/complain.h"

#define PREFIX "FIDO:/"

enum {
        SIDE_MAX = 10000, /* pixels */
};

typedef struct Picture {
        uint8_t *pixels; /* one byte each, row by row */
        unsigned width, height;
} Picture;

static void picture_done(Picture *picture) {
        secret_free(picture->pixels, (size_t)picture->width * picture->height);
}

/* What is transparent counts as white. */
static int finish_reading(png_image *image, Picture *ret) {
        static const png_color white = { 255, 255, 255 };
        uint8_t *pixels;

        if (image->width > SIDE_MAX || image->height > SIDE_MAX)
                return -EMSGSIZE;
        image->format = PNG_FORMAT_GRAY;
        pixels = malloc(PNG_IMAGE_SIZE(*image));
        if (!pixels)
                return -ENOMEM;
        if (!png_image_finish_read(image, &white, pixels, 0, NULL)) {
                free(pixels);
                return -EBADMSG;
        }

        *ret = (Picture){ pixels, image->width, image->height };
        return 0;
}

static int read_picture(const char *path, Picture *ret) {
        png_image image = { .version = PNG_IMAGE_VERSION };
        FILE *f;
        int r;

        f = fopen(path, "re");
        if (!f)
                return -errno;

        r = png_image_begin_read_from_stdio(&image, f) ? finish_reading(&image, ret) : -EBADMSG;
        png_image_free(&image);
        fclose(f);
        return r;
}

/* Keeps the text of the one code for phones among all that were found. */
static int take_codes(zbar_image_t *image, CodeText *ret) {
        int r = -ENOENT;

        for (const zbar_symbol_t *symbol = zbar_image_first_symbol(image); symbol;
             symbol = zbar_symbol_next(symbol)) {
                const char *text = zbar_symbol_get_data(symbol);

                if (strncasecmp(text, PREFIX, strlen(PREFIX)) != 0)
                        continue;
                if (strlen(text) >= sizeof(ret->text))
                        return -ENOENT;
                if (r == 0 && strcmp(text, ret->text) != 0)
                        return -ENOTUNIQ;
                strcpy(ret->text, text);
                r = 0;
        }
        return r;
}

/* zbar knows nothing of secrets, so what it keeps is erased behind its back. */
static void erase_codes(zbar_image_t *image) {
        for (const zbar_symbol_t *symbol = zbar_image_first_symbol(image); symbol;
             symbol = zbar_symbol_next(symbol))
                secret_erase((void *)zbar_symbol_get_data(symbol),
                             zbar_symbol_get_data_length(symbol));
}

static int scan(zbar_image_scanner_t *scanner, zbar_image_t *image, const Picture *picture,
                CodeText *ret) {
        int r;

        zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
        zbar_image_set_size(image, picture->width, picture->height);
        zbar_image_set_data(image, picture->pixels, (size_t)picture->width * picture->height, NULL);
        zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
        zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
        if (zbar_scan_image(scanner, image) < 0)
                return -ENOMEM;

        r = take_codes(image, ret);
        erase_codes(image);
        return r;
}

static int find_code(const Picture *picture, CodeText *ret) {
        zbar_image_scanner_t *scanner = zbar_image_scanner_create();
        zbar_image_t *image = zbar_image_create();
        int r = -ENOMEM;

        if (scanner && image)
                r = scan(scanner, image, picture, ret);
        if (image)
                zbar_image_destroy(image);
        if (scanner)
                zbar_image_scanner_destroy(scanner);
        return r;
}

/* Why a picture cannot be read. */
static int complain_about_file(const char *path, int r) {
        const char *why = strerrordesc_np(-r);

        if (r == -EBADMSG)
                why = "this is no PNG picture";
        if (r == -EMSGSIZE)
                why = "this picture is too large";
        complain("--qr-png %s: %s; give a picture that can be read", path, why);
        return r;
}

/* Why there is no code in one. */
static int complain_about_content(const char *path, int r) {
        const char *why = strerrordesc_np(-r);

        if (r == -ENOENT)
                why = "there is no code for phones in it";
        if (r == -ENOTUNIQ)
                why = "there are several codes in it";
        complain("--qr-png %s: %s; give a picture of the one code, sharp and with its white border",
                 path, why);
        return r;
}

int code_read_picture(const char *path, CodeText *ret) {
        _cleanup_(picture_done) Picture picture = {};
        CodeText code = {};
        CLEANUP_ERASE(code);
        int r;

        r = read_picture(path, &picture);
        if (r < 0)
                return complain_about_file(path, r);
        r = find_code(&picture, &code);
        if (r < 0)
                return complain_about_content(path, r);

        *ret = code;
        return 0;
}
