/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "io/qr/qr-render.h"

enum {
        /* What a PNG has besides its pixels: signature, chunks, deflate's own words. */
        OVERHEAD_SIZE = 4096,
};

typedef struct Picture {
        const QrMatrix *matrix;
        size_t pixels; /* for each side of a module */
        size_t side;   /* of the whole, in pixels */
        uint8_t *row;  /* one row, 8 pixels in each byte */
        size_t n_row;

        uint8_t *data; /* the file so far */
        size_t n, size;
} Picture;

static void picture_done(Picture *picture) {
        secret_free(picture->row, picture->n_row);
        secret_free(picture->data, picture->size);
}

static int picture_init(Picture *picture, const QrMatrix *matrix, unsigned pixels) {
        picture->matrix = matrix;
        picture->pixels = pixels;
        picture->side = (matrix->size + QR_QUIET_ZONES) * pixels;
        picture->n_row = (picture->side + 7) / 8;

        /* One piece that is never moved, so that no copies are left behind. */
        picture->size = OVERHEAD_SIZE + picture->side * (picture->n_row + 2);
        picture->row = malloc(picture->n_row);
        picture->data = malloc(picture->size);

        return picture->row && picture->data ? 0 : -ENOMEM;
}

static void on_write(png_structp png, png_bytep data, size_t n) {
        Picture *picture = png_get_io_ptr(png);

        if (n > picture->size - picture->n)
                png_error(png, "no space");
        memcpy(picture->data + picture->n, data, n);
        picture->n += n;
}

static void on_flush(png_structp png) {
}

static void on_error(png_structp png, png_const_charp message) {
        png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
}

/* One row of modules as pixels: bits that are set are white. */
static void fill_row(Picture *picture, const uint8_t *modules) {
        memset(picture->row, 0xff, picture->n_row);
        if (!modules)
                return;

        for (size_t i = 0; i < picture->matrix->size * picture->pixels; i++) {
                size_t x = QR_QUIET_ZONE * picture->pixels + i;

                if (modules[i / picture->pixels])
                        picture->row[x / 8] &= (uint8_t) ~(0x80 >> x % 8);
        }
}

static void write_rows(png_structp png, Picture *picture) {
        const QrMatrix *matrix = picture->matrix;

        for (size_t y = 0; y < matrix->size + QR_QUIET_ZONES; y++) {
                size_t inside = y - QR_QUIET_ZONE;

                fill_row(picture,
                         inside < matrix->size ? matrix->modules + inside * matrix->size : NULL);
                for (size_t i = 0; i < picture->pixels; i++)
                        png_write_row(png, picture->row);
        }
}

/* libpng reports trouble by jumping to where setjmp() was called. */
static int write_picture(png_structp png, png_infop info, Picture *picture) {
        if (setjmp(png_jmpbuf(png)))
                return -ENOMEM;

        png_set_write_fn(png, picture, on_write, on_flush);
        png_set_IHDR(png, info, (png_uint_32)picture->side, (png_uint_32)picture->side, 1,
                     PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                     PNG_FILTER_TYPE_DEFAULT);
        png_write_info(png, info);
        write_rows(png, picture);
        png_write_end(png, info);

        return 0;
}

int qr_render_png(const QrMatrix *matrix, unsigned pixels, uint8_t **ret, size_t *ret_n) {
        _cleanup_(picture_done) Picture picture = {};
        png_structp png;
        png_infop info;
        int r;

        if (pixels == 0 || pixels > QR_PIXELS_MAX)
                return -EINVAL;
        r = picture_init(&picture, matrix, pixels);
        if (r < 0)
                return r;
        png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
        if (!png)
                return -ENOMEM;

        info = png_create_info_struct(png);
        r = info ? write_picture(png, info, &picture) : -ENOMEM;
        png_destroy_write_struct(&png, &info);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(picture.data);
        *ret_n = picture.n;
        return 0;
}

int qr_write_png(const QrMatrix *matrix, unsigned pixels, FILE *stream) {
        uint8_t *data;
        size_t n, n_written;
        int r;

        r = qr_render_png(matrix, pixels, &data, &n);
        if (r < 0)
                return r;

        n_written = fwrite(data, 1, n, stream);
        secret_free(data, n);
        if (n_written != n || fflush(stream) != 0)
                return -EIO;

        return 0;
}
