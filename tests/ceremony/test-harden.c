/* SPDX-License-Identifier: MIT */

#include <sys/prctl.h>
#include <sys/resource.h>

#include "ceremony/harden.h"
#include "unit.h"

START_TEST(test_nobody_looks_in) {
        struct rlimit core;

        process_harden();
        ck_assert_int_eq(getrlimit(RLIMIT_CORE, &core), 0);
        ck_assert_uint_eq(core.rlim_cur, 0);
        ck_assert_uint_eq(core.rlim_max, 0);
        ck_assert_int_eq(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
        ck_assert_int_eq(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), DUMPABLE);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("harden", &tcase);

        tcase_add_test(tcase, test_nobody_looks_in);
        return unit_run(suite);
}
