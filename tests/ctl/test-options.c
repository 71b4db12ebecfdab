/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "unit.h"

enum {
        N_WORDS_MAX = 8,
};

/* What is printed is not what these tests are about. */
static int parse(const char *const words[static N_WORDS_MAX], Options *ret) {
        char *argv[N_WORDS_MAX + 2] = { (char *)"hybridctl" };
        int argc = 1, r, saved[2] = { dup(STDOUT_FILENO), dup(STDERR_FILENO) };
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

        for (; argc <= N_WORDS_MAX && words[argc - 1]; argc++)
                argv[argc] = (char *)words[argc - 1];
        fflush(stdout);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        r = options_parse(argc, argv, ret);
        fflush(stdout);
        dup2(saved[0], STDOUT_FILENO);
        dup2(saved[1], STDERR_FILENO);
        close(saved[0]);
        close(saved[1]);
        close(null);
        return r;
}

#define ORIGIN "--origin=https://example.com"

static const struct {
        const char *words[N_WORDS_MAX];
        int expected; /* 1, 0 or -EINVAL */
} rows[] = {
        { {}, -EINVAL },
        { { "--help" }, 0 },
        { { "help" }, 0 },
        { { "--version" }, 0 },
        { { "nonsense" }, -EINVAL },
        { { "--json" }, -EINVAL },
        { { "create" }, -EINVAL },
        { { "create", "--help" }, 0 },
        { { "get", "--help" }, 0 },
        { { "demo", "--help" }, 0 },
        { { "create", "--help", "nonsense" }, 0 },
        { { "create", ORIGIN }, 1 },
        { { "create", "--origin", "https://example.com" }, 1 },
        { { "create", "--origin" }, -EINVAL },
        { { "create", ORIGIN, "more" }, -EINVAL },
        { { "create", ORIGIN, "--nonsense" }, -EINVAL },
        { { "create", ORIGIN, "--json=yes" }, -EINVAL },
        { { "create", ORIGIN, "--profile=plain" }, -EINVAL },
        { { "create", ORIGIN, "--request=-" }, 1 },
        { { "create", ORIGIN, "--request=-", "--rp=example.com" }, -EINVAL },
        { { "create", ORIGIN, "--request=-", "--user=alice" }, -EINVAL },
        { { "create", ORIGIN, "--request=-", "--prf=text" }, -EINVAL },
        { { "create", ORIGIN, "--request=-", "--top-origin=https://a.example" }, 1 },
        { { "create", ORIGIN, "--user=" }, -EINVAL },
        { { "create", ORIGIN,
            "--user=0123456789012345678901234567890123456789012345678901234567890123" },
          1 },
        { { "create", ORIGIN,
            "--user=01234567890123456789012345678901234567890123456789012345678901234" },
          -EINVAL },
        { { "create", ORIGIN, "--user=\xff" }, -EINVAL },
        { { "create", ORIGIN, "--user=a\x1b[2J" }, -EINVAL },
        { { "create", ORIGIN, "--user=a\x7f" }, -EINVAL },
        { { "doctor", "--json" }, 1 },
        { { "doctor", ORIGIN }, -EINVAL },
        { { "doctor", "--qr-png=x" }, -EINVAL },
        { { "create", "--origin=\xff" }, -EINVAL },
        { { "get", ORIGIN, "--user=alice" }, -EINVAL },
        { { "get", ORIGIN, "--rp=example.com", "--prf=a", "--json", "--qr-png=x" }, 1 },
        { { "demo" }, 1 },
        { { "demo", ORIGIN }, -EINVAL },
        { { "demo", "--profile=iphone", "--keep", "--log-level=debug", "--json" }, 1 },
        { { "demo", "--profile=nokia" }, -EINVAL },
        { { "demo", "--log-level=loud" }, -EINVAL },
};

START_TEST(test_rows) {
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Options options;

                ck_assert_msg(parse(rows[i].words, &options) == rows[i].expected, "row %zu", i);
        }
}
END_TEST

START_TEST(test_values) {
        const char *const create[N_WORDS_MAX] = { "create",    "--origin", "https://a.example",
                                                  "--json",    "--user",   "alice",
                                                  "--prf=x=y", "--rp=b" };
        const char *const demo[N_WORDS_MAX] = { "demo" };
        Options options;

        ck_assert_int_eq(parse(create, &options), 1);
        ck_assert_int_eq(options.command, COMMAND_CREATE);
        ck_assert_str_eq(options.origin, "https://a.example");
        ck_assert_str_eq(options.user_name, "alice");
        ck_assert_str_eq(options.prf, "x=y");
        ck_assert_str_eq(options.rp_id, "b");
        ck_assert(options.json);
        ck_assert_ptr_null(options.top_origin);
        ck_assert_ptr_null(options.request_file);
        ck_assert_ptr_null(options.qr_png);

        ck_assert_int_eq(parse(demo, &options), 1);
        ck_assert_int_eq(options.command, COMMAND_DEMO);
        ck_assert_str_eq(options.profile, "android");
        ck_assert_str_eq(options.log_level, "info");
        ck_assert(!options.keep && !options.json);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("options", &tcase);

        tcase_add_test(tcase, test_rows);
        tcase_add_test(tcase, test_values);
        return unit_run(suite);
}
