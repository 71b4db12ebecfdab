/* SPDX-License-Identifier: MIT */

/*
 * What the tools have in common: complaints are one harmless line, numbers are digits, and what is
 * wrong with a command line is said of the right part of it.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/common/complain.h"
#include "tools/common/number.h"
#include "tools/common/option.h"
#include "unit.h"

enum {
        SAID_SIZE = 16 * 1024,
        N_WORDS_MAX = 6,
};

/* From here to the end of the test, which is a process of its own. */
static int catch_stderr(void) {
        int fd = memfd_create("stderr", MFD_CLOEXEC);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_ge(dup2(fd, STDERR_FILENO), 0);
        return fd;
}

/* What was said since the last time, with NUL. */
static const char *said(int fd) {
        static char text[SAID_SIZE];
        ssize_t n;

        n = pread(fd, text, sizeof(text) - 1, 0);
        ck_assert_int_ge(n, 0);
        text[n] = '\0';
        ck_assert_int_eq(ftruncate(fd, 0), 0);
        ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
        return text;
}

START_TEST(test_complaints_are_harmless) {
        static const struct {
                const char *text;
                const char *shown;
        } rows[] = {
                { "a.pem", "a.pem: why\n" },
                { "", ": why\n" },
                { "100%s", "100%s: why\n" },
                { "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f: why\n" },
                { "a\nb\rc\td\x1b[2J\x7f", "a?b?c?d?[2J?: why\n" },
                { "\xc2\x9b"
                  "2J",
                  "?2J: why\n" },                   /* CSI in eight bits */
                { "a\xe2\x80\xaez", "a?z: why\n" }, /* right to left */
                { "\xff\x1b[2J", "??[2J: why\n" },  /* begins no character */
                { "\xf0\x1b[2J", "??[2J: why\n" },  /* the rest of it is missing */
                { "\xe2\x1b\x9b\xc3", "????: why\n" },
                { "\xc0\x9b", "??: why\n" }, /* ESC in two bytes */
        };
        int fd = catch_stderr();

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                complain("%s: why", rows[i].text);
                ck_assert_str_eq(said(fd), rows[i].shown);
        }
}
END_TEST

START_TEST(test_complaints_are_one_line_however_long) {
        static char path[SAID_SIZE];
        int fd = catch_stderr();
        const char *line;

        memset(path, 'x', sizeof(path) - 1);
        complain("%s: why; what to do", path);
        line = said(fd);
        ck_assert_uint_gt(strlen(line), 4096);
        ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);

        complain("%.4096s: why; what to do", path);
        ck_assert_ptr_nonnull(strstr(said(fd), ": why; what to do\n"));
}
END_TEST

START_TEST(test_complaints_begin_with_the_program) {
        int fd = catch_stderr();

        complain_set_program("tool");
        complain("what: why");
        ck_assert_str_eq(said(fd), "tool: what: why\n");
        ck_assert_int_eq(complain_oom(), -ENOMEM);
        ck_assert_int_eq(strncmp(said(fd), "tool: memory: ", strlen("tool: memory: ")), 0);
}
END_TEST

START_TEST(test_numbers) {
        static const struct {
                const char *text;
                uint64_t min, max;
                int expected;
        } rows[] = {
                { "0", 0, 9, 0 },
                { "9", 0, 9, 0 },
                { "007", 0, 9, 0 },
                { "18446744073709551615", 0, UINT64_MAX, 0 },
                { "18446744073709551616", 0, UINT64_MAX, -EINVAL },
                { "10", 0, 9, -EINVAL },
                { "1", 2, 9, -EINVAL },
                { "", 0, 9, -EINVAL },
                { "+1", 0, 9, -EINVAL },
                { "-1", 0, UINT64_MAX, -EINVAL },
                { " 1", 0, 9, -EINVAL },
                { "1 ", 0, 9, -EINVAL },
                { "0x1", 0, 9, -EINVAL },
                { "1.0", 0, 9, -EINVAL },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                uint64_t number = 4711;

                ck_assert_msg(number_parse(rows[i].text, rows[i].min, rows[i].max, &number) ==
                                      rows[i].expected,
                              "row %zu", i);
                if (rows[i].expected == 0)
                        ck_assert_uint_eq(number, strtoull(rows[i].text, NULL, 10));
                else
                        ck_assert_uint_eq(number, 4711);
        }
}
END_TEST

static const struct option known[] = {
        { "value", required_argument, NULL, 0x100 },
        { "flag", no_argument, NULL, 0x101 },
        {},
};

/* Reads all options. What option_next() returned in the end; how many came before in *ret_n. */
static int read_options(const char *const words[static N_WORDS_MAX], size_t *ret_n) {
        char *argv[N_WORDS_MAX + 2] = { (char *)"tool" };
        const char *name;
        int argc = 1, option;

        for (; argc <= N_WORDS_MAX && words[argc - 1]; argc++)
                argv[argc] = (char *)words[argc - 1];

        optind = 0; /* starts getopt anew */
        for (*ret_n = 0; (option = option_next(argc, argv, known, "tool --help", &name)) > 0;
             (*ret_n)++) {
                ck_assert_str_eq(name, option == 0x100 ? "value" : "flag");
                if (option == 0x100)
                        ck_assert_str_eq(optarg, "x");
        }
        return option;
}

START_TEST(test_options) {
        static const struct {
                const char *words[N_WORDS_MAX];
                size_t n_options; /* right ones */
                const char *said; /* of the one that is not; NULL: all are right */
        } rows[] = {
                { {}, 0, NULL },
                { { "--value", "x", "--flag", "--value=x" }, 3, NULL },
                { { "more", "--flag", "more", "--value", "x" }, 2, NULL },
                { { "--flag", "--", "--nonsense" }, 1, NULL },
                { { "--nonsense" }, 0, "--nonsense: there is no such option" },
                { { "more", "--nonsense", "more" }, 0, "--nonsense: there is no such option" },
                { { "--flag", "more", "--nonsense" }, 1, "--nonsense: there is no such option" },
                { { "more", "--value" }, 0, "--value: its value is missing" },
                { { "more", "--flag=1", "more" }, 0, "--flag=1: there is no such option" },
                { { "--value", "x", "more", "-f", "more" }, 1, "-f: there is no such option" },
                { { "more", "-xyz", "more" }, 0, "-x: there is no such option" },
                { { "more", "-\xff", "more" }, 0, "-?: there is no such option" },
        };
        int fd = catch_stderr();

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const char *words;
                size_t n;
                int r;

                r = read_options(rows[i].words, &n);
                words = said(fd);
                ck_assert_msg(n == rows[i].n_options, "row %zu: %zu options", i, n);
                ck_assert_msg(r == (rows[i].said ? -EINVAL : 0), "row %zu: %d", i, r);
                if (!rows[i].said) {
                        ck_assert_str_eq(words, "");
                        continue;
                }
                ck_assert_msg(strncmp(words, rows[i].said, strlen(rows[i].said)) == 0,
                              "row %zu: %s", i, words);
                ck_assert_ptr_nonnull(strstr(words, "; see tool --help\n"));
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("common", &tcase);

        tcase_add_test(tcase, test_complaints_are_harmless);
        tcase_add_test(tcase, test_complaints_are_one_line_however_long);
        tcase_add_test(tcase, test_complaints_begin_with_the_program);
        tcase_add_test(tcase, test_numbers);
        tcase_add_test(tcase, test_options);
        return unit_run(suite);
}
