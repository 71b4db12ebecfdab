/* SPDX-License-Identifier: MIT */

/*
 * Codes for hybrid: small enough, right to the last module in the terminal, and read back from the
 * picture by an independent reader.
 */

#include <errno.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macro.h"
#include "base/secret.h"
#include "io/qr/qr-render.h"
#include "unit.h"

#define TEXT                                                                                       \
        "FIDO:/162870791865632382552704231438327900152302540348097243854039966655366469794954476"  \
        "199158014113179232779520163209900691930075274801398564434658077048963842109321447142660"

/* ---- Sizes ----------------------------------------------------------------------------------- */

static QrMatrix *make(const char *text) {
        QrMatrix *matrix = NULL;

        ck_assert_int_eq(qr_matrix_new(&matrix, text), 0);
        ck_assert_uint_eq(matrix->size, 17 + 4 * matrix->version);
        return matrix;
}

/* Versions 1 to 6: bits of data at levels L and M (ISO/IEC 18004 table 7). */
static const unsigned capacity[2][6] = {
        { 152, 272, 440, 640, 864, 1088 },
        { 128, 224, 352, 512, 688, 864 },
};

static unsigned min_version(unsigned level, unsigned bits) {
        for (unsigned i = 0; i < 6; i++)
                if (bits <= capacity[level][i])
                        return i + 1;
        return 0;
}

/* "FIDO:/" as alphanumeric and the digits as numeric, for versions up to 9. */
static unsigned count_bits(const char *text) {
        unsigned n = (unsigned)strlen(text) - 6, rest[] = { 0, 4, 7 };

        return 4 + 9 + 33 + 4 + 10 + n / 3 * 10 + rest[n % 3];
}

START_TEST(test_vectors) {
        _json_ *vectors = vectors_load("qr.json");
        const json_t *item;
        size_t i, n = 0;

        json_array_foreach(json_object_get(vectors, "valid"), i, item) {
                const char *text = json_text(item, "url");
                const json_t *bits = json_object_get(item, "qr_bits");
                const json_t *versions = json_object_get(item, "qr_min_version");
                QrMatrix *matrix;

                if (strncmp(text, "FIDO:/", 6) != 0)
                        continue;
                matrix = make(text);
                ck_assert_uint_le(matrix->version, 5);
                ck_assert_uint_eq(matrix->version, min_version(1, count_bits(text)));
                if (bits) {
                        n++;
                        ck_assert_int_eq(count_bits(text), json_integer_value(bits));
                        ck_assert_int_eq(matrix->version,
                                         json_integer_value(json_object_get(versions, "M")));
                }
                qr_matrix_free(matrix);
        }
        ck_assert_uint_gt(n, 5);
}
END_TEST

/* Two segments: as one, these 168 digits would need version 7. And every length in between. */
START_TEST(test_smallest) {
        char text[512] = "FIDO:/";

        for (size_t n = 1; n <= 240; n++) {
                unsigned medium, low;
                QrMatrix *matrix;

                text[5 + n] = (char)('0' + n % 10);
                text[6 + n] = '\0';
                medium = min_version(1, count_bits(text));
                low = min_version(0, count_bits(text));
                matrix = make(text);
                /* M up to version 5; from there on L as long as that is smaller. */
                if (medium != 0 && medium <= 5)
                        ck_assert_uint_eq(matrix->version, medium);
                else
                        ck_assert_uint_eq(matrix->version, low);
                qr_matrix_free(matrix);
        }
}
END_TEST

START_TEST(test_refused) {
        static const char *const bad[] = {
                "",           "FIDO:",     "FIDO:/",     "FIDO://1",       "fido:/123",
                "FIDO:/12 3", "FIDO:/12a", " FIDO:/123", "https://a.test", "FIDO:/123\n",
        };
        char text[8192] = "FIDO:/";
        QrMatrix *matrix = NULL;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                ck_assert_msg(qr_matrix_new(&matrix, bad[i]) == -EINVAL, "%s", bad[i]);
        memset(text + 6, '1', sizeof(text) - 7);
        ck_assert_int_eq(qr_matrix_new(&matrix, text), -EMSGSIZE);
        ck_assert_ptr_null(matrix);
        ck_assert_ptr_null(qr_matrix_free(NULL));
}
END_TEST

/* ---- Terminal -------------------------------------------------------------------------------- */

static bool module_at(const QrMatrix *matrix, size_t x, size_t y) {
        return x >= 4 && y >= 4 && x - 4 < matrix->size && y - 4 < matrix->size &&
               matrix->modules[(y - 4) * matrix->size + x - 4];
}

/* What is drawn in the two halves of a character: bit 0 the upper, bit 1 the lower one. */
static const char *read_glyph(const char *p, unsigned *ret) {
        static const char *const glyphs[] = { " ", "\xe2\x96\x80", "\xe2\x96\x84", "\xe2\x96\x88" };

        for (unsigned i = 0; i < 4; i++)
                if (strncmp(p, glyphs[i], strlen(glyphs[i])) == 0) {
                        *ret = i;
                        return p + strlen(glyphs[i]);
                }
        ck_abort_msg("no half block: %.10s", p);
}

static const char *expect(const char *p, const char *text) {
        ck_assert_msg(strncmp(p, text, strlen(text)) == 0, "no \"%s\" at: %.10s", text, p);
        return p + strlen(text);
}

static void check_terminal(const char *code, QrTerminalStyle style) {
        bool colour = style == QR_TERMINAL_COLOUR;
        QrMatrix *matrix = make(code);
        size_t n, side = matrix->size + 8;
        char *text;
        const char *p;

        ck_assert_int_eq(qr_render_terminal(matrix, style, &text, &n), 0);
        ck_assert_uint_eq(n, strlen(text));
        p = text;
        for (size_t y = 0; y < side; y += 2) {
                if (colour)
                        p = expect(p, "\033[0;30;47;107m");
                for (size_t x = 0; x < side; x++) {
                        unsigned drawn;

                        p = read_glyph(p, &drawn);
                        ck_assert_int_eq((drawn & 1) == colour, module_at(matrix, x, y));
                        ck_assert_int_eq((drawn >> 1) == colour, module_at(matrix, x, y + 1));
                }
                p = expect(p, colour ? "\033[0m\n" : "\n");
        }
        ck_assert_ptr_eq(p, text + n);

        secret_free(text, n + 1);
        qr_matrix_free(matrix);
}

START_TEST(test_terminal) {
        static const char *const codes[] = { TEXT, "FIDO:/1", "FIDO:/12345678901234567890123" };

        for (size_t i = 0; i < ELEMENTSOF(codes); i++) {
                check_terminal(codes[i], QR_TERMINAL_COLOUR);
                check_terminal(codes[i], QR_TERMINAL_PLAIN);
        }
}
END_TEST

/* A plain one has nothing but blocks, blanks and line ends. */
START_TEST(test_plain_has_no_escapes) {
        QrMatrix *matrix = make(TEXT);
        char *text;
        size_t n;

        ck_assert_int_eq(qr_render_terminal(matrix, QR_TERMINAL_PLAIN, &text, &n), 0);
        ck_assert_ptr_null(strchr(text, '\033'));
        secret_free(text, n + 1);
        qr_matrix_free(matrix);
}
END_TEST

/* ---- Pictures -------------------------------------------------------------------------------- */

static void check_png(const char *code, unsigned pixels) {
        png_image image = { .version = PNG_IMAGE_VERSION };
        QrMatrix *matrix = make(code);
        size_t n, n_wrong = 0, side = (matrix->size + 8) * pixels;
        uint8_t *data, *grey;

        ck_assert_int_eq(qr_render_png(matrix, pixels, &data, &n), 0);
        ck_assert_uint_eq(data[24], 1); /* bits per pixel */
        ck_assert_uint_eq(data[25], PNG_COLOR_TYPE_GRAY);
        ck_assert_int_ne(png_image_begin_read_from_memory(&image, data, n), 0);
        ck_assert_uint_eq(image.width, side);
        ck_assert_uint_eq(image.height, side);
        image.format = PNG_FORMAT_GRAY;
        grey = malloc(PNG_IMAGE_SIZE(image));
        ck_assert_int_ne(png_image_finish_read(&image, NULL, grey, 0, NULL), 0);
        for (size_t y = 0; y < side; y++)
                for (size_t x = 0; x < side; x++)
                        if (grey[y * side + x] !=
                            (module_at(matrix, x / pixels, y / pixels) ? 0 : 255))
                                n_wrong++;
        ck_assert_uint_eq(n_wrong, 0);

        free(grey);
        secret_free(data, n);
        qr_matrix_free(matrix);
}

START_TEST(test_png) {
        static const unsigned sizes[] = { 1, 2, 3, 5, 8, 10, QR_PIXELS_MAX };

        for (size_t i = 0; i < ELEMENTSOF(sizes); i++)
                check_png(TEXT, sizes[i]);
        check_png("FIDO:/1", 7);
}
END_TEST

START_TEST(test_png_errors) {
        QrMatrix *matrix = make(TEXT);
        uint8_t *data = NULL;
        FILE *full;
        size_t n;

        ck_assert_int_eq(qr_render_png(matrix, 0, &data, &n), -EINVAL);
        ck_assert_int_eq(qr_render_png(matrix, QR_PIXELS_MAX + 1, &data, &n), -EINVAL);
        ck_assert_int_eq(qr_write_png(matrix, 0, stdout), -EINVAL);
        ck_assert_ptr_null(data);

        full = fopen("/dev/full", "we");
        ck_assert_ptr_nonnull(full);
        ck_assert_int_eq(qr_write_png(matrix, 5, full), -EIO);
        fclose(full);
        qr_matrix_free(matrix);
}
END_TEST

static bool have_reader(void) {
        return system("command -v zbarimg >/dev/null 2>&1") == 0;
}

static void write_picture(const char *dir, size_t i, const char *code) {
        QrMatrix *matrix = make(code);
        char path[128];
        FILE *file;

        snprintf(path, sizeof(path), "%s/%03zu.png", dir, i);
        file = fopen(path, "we");
        ck_assert_ptr_nonnull(file);
        ck_assert_int_eq(qr_write_png(matrix, 3 + (unsigned)i % 3, file), 0);
        fclose(file);
        qr_matrix_free(matrix);
}

static FILE *read_pictures(const char *dir) {
        char command[256];
        FILE *pipe;

        snprintf(command, sizeof(command),
                 "OMP_NUM_THREADS=1 zbarimg --nodbus --quiet --raw -Sdisable -Sqrcode.enable "
                 "%s/*.png 2>/dev/null",
                 dir);
        pipe = popen(command, "re");
        ck_assert_ptr_nonnull(pipe);
        return pipe;
}

static void remove_pictures(const char *dir) {
        char command[256];

        snprintf(command, sizeof(command), "rm -r %s", dir);
        ck_assert_int_eq(system(command), 0);
}

START_TEST(test_read_back) {
        _json_ *vectors = vectors_load("qr.json");
        const json_t *valid = json_object_get(vectors, "valid"), *item;
        char dir[] = "/tmp/hybrid-qr-XXXXXX", line[1024];
        FILE *pipe;
        size_t i;

        ck_assert_ptr_nonnull(mkdtemp(dir));
        json_array_foreach(valid, i, item) {
                write_picture(dir, i, json_text(item, "url"));
        }

        pipe = read_pictures(dir);
        json_array_foreach(valid, i, item) {
                ck_assert_ptr_nonnull(fgets(line, sizeof(line), pipe));
                line[strcspn(line, "\n")] = '\0';
                ck_assert_str_eq(line, json_text(item, "url"));
        }
        ck_assert_int_eq(pclose(pipe), 0);
        remove_pictures(dir);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("qr", &tcase);

        tcase_add_test(tcase, test_vectors);
        tcase_add_test(tcase, test_smallest);
        tcase_add_test(tcase, test_refused);
        tcase_add_test(tcase, test_terminal);
        tcase_add_test(tcase, test_plain_has_no_escapes);
        tcase_add_test(tcase, test_png);
        tcase_add_test(tcase, test_png_errors);
        if (have_reader())
                tcase_add_test(tcase, test_read_back);
        else
                printf("# SKIP test_read_back: zbarimg (package zbar-tools) is not installed\n");
        return unit_run(suite);
}
