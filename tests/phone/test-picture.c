/* SPDX-License-Identifier: MIT */

/*
 * Codes in pictures, as a camera would see them.
 */

#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "code.h"
#include "folder.h"
#include "io/qr/qr-render.h"
#include "unit.h"

static const char other_text[] = "FIDO:/123456789012345678901234567890";

/* A code as a desktop makes it. */
static void make_text(char ret[static HYBRID_QR_TEXT_SIZE_MAX]) {
        TestRandom random = {};
        HybridEnv env = test_random_env(&random);
        HybridClientParams params = { .operation = HYBRID_CREATE, .unix_time = 1700000000 };
        HybridClient *client;
        HybridAction action;

        ck_assert_int_eq(hybrid_client_new(&client, &env, &params, 1), 0);
        ret[0] = '\0';
        while (hybrid_client_next_action(client, &action))
                if (action.type == HYBRID_ACTION_SHOW_QR)
                        strcpy(ret, action.qr_text);
        hybrid_client_free(client);
        ck_assert_str_ne(ret, "");
}

static void write_picture(const char *text, unsigned pixels, const char *path) {
        _cleanup_(qr_matrix_freep) QrMatrix *matrix = NULL;
        FILE *f = fopen(path, "we");

        ck_assert_ptr_nonnull(f);
        ck_assert_int_eq(qr_matrix_new(&matrix, text), 0);
        ck_assert_int_eq(qr_write_png(matrix, pixels, f), 0);
        fclose(f);
}

START_TEST(test_reads_code) {
        static const unsigned sizes[] = { 3, 4, 8, 16 };
        char text[HYBRID_QR_TEXT_SIZE_MAX], path[128];
        _folder_ folder;
        CodeText code;

        folder_init(&folder);
        folder_file(&folder, "code.png", path, sizeof(path));
        make_text(text);
        for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
                write_picture(text, sizes[i], path);
                ck_assert_int_eq(code_read_picture(path, &code), 0);
                ck_assert_str_eq(code.text, text);
        }
}
END_TEST

/* A grey picture of width * height that is light, with codes drawn side by side. */
static void write_pictures(const char *const texts[], size_t n_texts, const char *path) {
        enum { SIDE = 400, PIXELS = 6 };
        png_image image = {
                .version = PNG_IMAGE_VERSION,
                .width = (png_uint_32)n_texts * SIDE,
                .height = SIDE,
                .format = PNG_FORMAT_GRAY,
        };
        uint8_t *pixels = malloc(PNG_IMAGE_SIZE(image));

        ck_assert_ptr_nonnull(pixels);
        memset(pixels, 0xff, PNG_IMAGE_SIZE(image));
        for (size_t i = 0; i < n_texts; i++) {
                _cleanup_(qr_matrix_freep) QrMatrix *matrix = NULL;

                ck_assert_int_eq(qr_matrix_new(&matrix, texts[i]), 0);
                for (size_t y = 0; y < matrix->size * PIXELS; y++)
                        for (size_t x = 0; x < matrix->size * PIXELS; x++)
                                if (matrix->modules[y / PIXELS * matrix->size + x / PIXELS])
                                        pixels[(y + 50) * image.width + x + 50 + i * SIDE] = 0;
        }
        ck_assert(png_image_write_to_file(&image, path, 0, pixels, 0, NULL));
        free(pixels);
}

START_TEST(test_several_codes) {
        char text[HYBRID_QR_TEXT_SIZE_MAX], path[128];
        const char *const different[] = { text, other_text }, *const same[] = { text, text };
        _folder_ folder;
        CodeText code = {};

        folder_init(&folder);
        folder_file(&folder, "codes.png", path, sizeof(path));
        make_text(text);
        write_pictures(different, 2, path);
        ck_assert_int_eq(code_read_picture(path, &code), -ENOTUNIQ);
        ck_assert_str_eq(code.text, "");

        write_pictures(same, 2, path);
        ck_assert_int_eq(code_read_picture(path, &code), 0);
        ck_assert_str_eq(code.text, text);
}
END_TEST

START_TEST(test_unreadable) {
        char path[128];
        _folder_ folder;
        CodeText code;
        char *said;
        FILE *f;

        folder_init(&folder);
        capture_start(&folder, STDERR_FILENO);
        folder_file(&folder, "missing.png", path, sizeof(path));
        ck_assert_int_eq(code_read_picture(path, &code), -ENOENT);

        folder_file(&folder, "text.png", path, sizeof(path));
        f = fopen(path, "we");
        fputs("FIDO:/123", f);
        fclose(f);
        ck_assert_int_eq(code_read_picture(path, &code), -EBADMSG);

        said = capture_read(&folder, STDERR_FILENO);
        ck_assert_ptr_nonnull(strstr(said, "missing.png: No such file or directory; "));
        ck_assert_ptr_nonnull(strstr(said, "text.png: this is no PNG picture; "));
        free(said);
}
END_TEST

START_TEST(test_empty_picture) {
        uint8_t pixels[64 * 64];
        png_image image = {
                .version = PNG_IMAGE_VERSION,
                .width = 64,
                .height = 64,
                .format = PNG_FORMAT_GRAY,
        };
        char path[128];
        _folder_ folder;
        CodeText code;

        folder_init(&folder);
        folder_file(&folder, "white.png", path, sizeof(path));
        memset(pixels, 0xff, sizeof(pixels));
        ck_assert(png_image_write_to_file(&image, path, 0, pixels, 0, NULL));
        ck_assert_int_eq(code_read_picture(path, &code), -ENOENT);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite;

        if (!HAVE_ZBAR) {
                puts("1..0 # SKIP built without zbar");
                return EXIT_SUCCESS;
        }

        suite = unit_suite("picture", &tcase);
        tcase_add_test(tcase, test_reads_code);
        tcase_add_test(tcase, test_several_codes);
        tcase_add_test(tcase, test_unreadable);
        tcase_add_test(tcase, test_empty_picture);
        return unit_run(suite);
}
