/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "unit.h"
#include "words/template.h"

START_TEST(test_names) {
        const TemplateValue values[] = { { "{site}", "{phone} 100 %s" }, { "{phone}", "Pixel" } };
        char text[64];

        template_fill_in("{phone} and {site}, {other} and { or {", values, 2, text, sizeof(text));
        ck_assert_str_eq(text, "Pixel and {phone} 100 %s, {other} and { or {");
        template_fill_in("", values, 2, text, sizeof(text));
        ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(test_place) {
        char text[64];

        template_fill_in_place("The adapter {adapter} is there.", "hci0", text, sizeof(text));
        ck_assert_str_eq(text, "The adapter hci0 is there.");
        template_fill_in_place("{adapter}", "}{", text, sizeof(text));
        ck_assert_str_eq(text, "}{");
}
END_TEST

START_TEST(test_no_place) {
        char text[64];

        template_fill_in_place("Nothing to fill in", "hci0", text, sizeof(text));
        ck_assert_str_eq(text, "Nothing to fill in");
        template_fill_in_place("Never {closed", "hci0", text, sizeof(text));
        ck_assert_str_eq(text, "Never hci0");
        ck_assert(!template_place("Nothing to fill in", "Nothing to fill in", text, sizeof(text)));
}
END_TEST

START_TEST(test_place_is_found_again) {
        char value[64];

        ck_assert(template_place("Wait 5 s.", "Wait {n} s.", value, sizeof(value)));
        ck_assert_str_eq(value, "5");
        ck_assert(template_place("Wait  s.", "Wait {n} s.", value, sizeof(value)));
        ck_assert_str_eq(value, "");
        ck_assert(!template_place("Wait 5 min.", "Wait {n} s.", value, sizeof(value)));
        ck_assert(!template_place("Want 5 s.", "Wait {n} s.", value, sizeof(value)));
        /* What is before and after would have to be the same bytes. */
        ck_assert(!template_place("aba", "ab{n}ba", value, sizeof(value)));
}
END_TEST

/* Nothing beyond the end, and no half characters. */
START_TEST(test_cut) {
        char text[8] = "#######";
        const char half[] = "12345\xc3\xa4";

        template_fill_in_place("{n}", "12345\xc3\xa4", text, 7);
        ck_assert_str_eq(text, "12345");
        ck_assert_int_eq(text[7], 0);
        template_fill_in_place("{n}", "12345\xc3\xa4", text, 8);
        ck_assert_str_eq(text, half);
        template_fill_in_place("a{n}", "b", text, 1);
        ck_assert_str_eq(text, "");
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("template", &tcase);

        tcase_add_test(tcase, test_names);
        tcase_add_test(tcase, test_place);
        tcase_add_test(tcase, test_no_place);
        tcase_add_test(tcase, test_place_is_found_again);
        tcase_add_test(tcase, test_cut);
        return unit_run(suite);
}
