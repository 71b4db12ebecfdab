/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ceremony/log.h"
#include "unit.h"

/* Standard error goes to a file from here on; each test has a process of its own. */
static FILE *capture(void) {
        FILE *file = tmpfile();

        ck_assert_ptr_nonnull(file);
        ck_assert_int_ge(dup2(fileno(file), STDERR_FILENO), 0);
        return file;
}

static void assert_captured(FILE *file, const char *expected) {
        char text[4096];
        size_t n;

        rewind(file);
        n = fread(text, 1, sizeof(text) - 1, file);
        text[n] = '\0';
        ck_assert_str_eq(text, expected);
}

START_TEST(test_levels) {
        FILE *file = capture();

        ck_assert_int_eq(setenv("JOURNAL_STREAM", "1:2", 1), 0);
        ck_assert_int_eq(log_level(), LOG_LEVEL_NOTICE);
        log_notice("%s", "told");
        log_info("%s", "not told");
        log_set_level(LOG_LEVEL_ERROR);
        log_warning("%s", "not told");
        ck_assert_int_eq(log_error_errno(-ENOENT, "Failed to find %s", "it"), -ENOENT);
        assert_captured(file, "<5>told\n<3>Failed to find it: No such file or directory\n");
}
END_TEST

START_TEST(test_level_names) {
        LogLevel level;

        ck_assert(log_level_from_name("debug", &level));
        ck_assert_int_eq(level, LOG_LEVEL_DEBUG);
        ck_assert(!log_level_from_name("loud", &level));
        ck_assert(!log_level_from_name("", &level));
}
END_TEST

/* What strangers say may be part of a line, but makes no line, and paints no terminal. */
START_TEST(test_one_call_is_one_line) {
        FILE *file = capture();

        ck_assert_int_eq(setenv("JOURNAL_STREAM", "1:2", 1), 0);
        log_error("From outside: %s", "a\n<3>b\r\x1b[2J\x7f\xc2\x9b\xff");
        log_error_errno(-EIO, "%s", "c\n");
        assert_captured(file, "<3>From outside: a?<3>b??[2J????\n<3>c?: Input/output error\n");
}
END_TEST

START_TEST(test_long_lines_are_cut) {
        char text[3000], line[3000];
        FILE *file = capture();

        memset(text, 'x', sizeof(text));
        text[sizeof(text) - 1] = '\0';
        log_error("%s", text);
        log_error_errno(-EIO, "%s", text);
        rewind(file);
        for (unsigned i = 0; i < 2; i++) {
                ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
                ck_assert_uint_lt(strlen(line), 1100);
                ck_assert_ptr_nonnull(strstr(line, "xxx\n"));
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("log", &tcase);

        tcase_add_test(tcase, test_levels);
        tcase_add_test(tcase, test_level_names);
        tcase_add_test(tcase, test_one_call_is_one_line);
        tcase_add_test(tcase, test_long_lines_are_cut);
        return unit_run(suite);
}
