/* SPDX-License-Identifier: MIT */

/* How wide texts are in a terminal, and where they are broken. */

#include <string.h>

#include "base/macro.h"
#include "columns.h"
#include "unit.h"

START_TEST(test_width) {
        static const struct {
                const char *text;
                size_t columns;
        } rows[] = {
                { "", 0 },
                { "abc", 3 },
                { "Größe", 5 },
                { "日本語", 6 },
                { "e\u0301", 1 },        /* an accent of its own */
                { "a\u2066b\u2069", 2 }, /* marks of direction */
                { "手机。", 6 },
                { "\xff", 1 }, /* what is no letter stands for itself */
                { "\xe6\x97", 2 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                ck_assert_msg(columns_of(rows[i].text, strlen(rows[i].text)) == rows[i].columns,
                              "row %zu", i);
        ck_assert_uint_eq(columns_of("abcdef", 2), 2);
}
END_TEST

START_TEST(test_wrapping) {
        static const struct {
                const char *text;
                size_t columns;
                const char *line;
        } rows[] = {
                { "", 10, "" },
                { "one two", 10, "one two" },
                { "one two", 7, "one two" },
                { "one two", 6, "one" },
                { "one two", 3, "one" },
                { "one\ntwo", 10, "one" },
                { "unbreakable", 4, "unbr" },
                { "größer als", 6, "größer" },
                { "größer als", 5, "größe" },
                { "日本語", 4, "日本" },
                { "日本語", 5, "日本" },
                { "日本語", 1, "日" }, /* one letter at least */
                { "日本。", 4, "日" }, /* no line begins with a full stop */
                { "ab 日本", 5, "ab 日" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                size_t n = columns_wrap(rows[i].text, rows[i].columns);

                ck_assert_msg(n == strlen(rows[i].line) &&
                                      strncmp(rows[i].text, rows[i].line, n) == 0,
                              "row %zu: %.*s", i, (int)n, rows[i].text);
        }
}
END_TEST

/* Whatever the width, all of a text comes, in lines that are no wider. */
START_TEST(test_nothing_is_lost) {
        static const char text[] = "Bluetooth ist ausgeschaltet. 蓝牙已关闭。 /run/dbus/system_bus";

        for (size_t columns = 2; columns < 80; columns++) {
                size_t n_all = 0;

                for (const char *rest = text; *rest != '\0';) {
                        size_t n = columns_wrap(rest, columns);

                        ck_assert_uint_gt(n, 0);
                        rest += n + strspn(rest + n, " ");
                        n_all = (size_t)(rest - text);
                }
                ck_assert_uint_eq(n_all, strlen(text));
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("columns", &tcase);

        tcase_add_test(tcase, test_width);
        tcase_add_test(tcase, test_wrapping);
        tcase_add_test(tcase, test_nothing_is_lost);
        return unit_run(suite);
}
