/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "diagnosis/lists.h"
#include "unit.h"

#define YEAR (365 * 86400LL)
#define MADE 1675900800LL /* 2023-02-09 */

START_TEST(test_new) {
        const Machine machine = { .suffix_list_time = MADE };
        Findings findings = {};

        lists_diagnose(&machine, MADE + 2 * YEAR - 1, &findings);
        lists_diagnose(&machine, MADE - YEAR, &findings); /* a clock that is wrong */
        ck_assert_uint_eq(findings.n, 0);
}
END_TEST

START_TEST(test_old) {
        const Machine machine = { .suffix_list_time = MADE };
        Findings findings = {};

        lists_diagnose(&machine, MADE + 2 * YEAR, &findings);
        ck_assert_uint_eq(findings.n, 1);
        ck_assert_str_eq(findings.findings[0].id, "old-suffix-list");
        ck_assert_int_eq(findings.findings[0].severity, SEVERITY_INFO);
        ck_assert_ptr_nonnull(strstr(findings.findings[0].summary, "2023-02"));
}
END_TEST

START_TEST(test_none) {
        Findings findings = {};

        lists_diagnose(&(Machine){}, MADE, &findings);
        ck_assert_uint_eq(findings.n, 1);
        ck_assert_str_eq(findings.findings[0].id, "no-suffix-list");
        ck_assert_int_eq(findings.findings[0].severity, SEVERITY_WARNING);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("lists", &tcase);

        tcase_add_test(tcase, test_new);
        tcase_add_test(tcase, test_old);
        tcase_add_test(tcase, test_none);
        return unit_run(suite);
}
