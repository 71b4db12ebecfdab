/* SPDX-License-Identifier: MIT */

#include "statistics.h"
#include "unit.h"

#define HEARD(ms, dbm)                                                                             \
        { .heard = true, .latency_ms = ms, .rssi = dbm }
#define LOST                                                                                       \
        { .rssi = RSSI_UNKNOWN }

START_TEST(test_nothing) {
        Summary summary;

        ck_assert_int_eq(summarise(NULL, 0, &summary), 0);
        ck_assert_uint_eq(summary.n_rounds, 0);
        ck_assert_uint_eq(summary.latency_ms.n, 0);
        ck_assert_int_eq(summary_verdict(&summary), VERDICT_NOTHING);
}
END_TEST

START_TEST(test_one) {
        const Round rounds[] = { HEARD(12.5, -50) };
        Summary summary;

        ck_assert_int_eq(summarise(rounds, 1, &summary), 0);
        ck_assert_uint_eq(summary.latency_ms.n, 1);
        ck_assert_double_eq(summary.latency_ms.min, 12.5);
        ck_assert_double_eq(summary.latency_ms.median, 12.5);
        ck_assert_double_eq(summary.latency_ms.p95, 12.5);
        ck_assert_double_eq(summary.latency_ms.max, 12.5);
        ck_assert_double_eq(summary.rssi.median, -50);
        ck_assert_int_eq(summary_verdict(&summary), VERDICT_GOOD);
}
END_TEST

/* 1 to 100, from the last to the first: the p-th percentile is p. */
START_TEST(test_percentiles) {
        Round rounds[100];
        Summary summary;

        for (int i = 0; i < 100; i++)
                rounds[i] = (Round)HEARD(100 - i, -i);
        ck_assert_int_eq(summarise(rounds, 100, &summary), 0);
        ck_assert_double_eq(summary.latency_ms.min, 1);
        ck_assert_double_eq(summary.latency_ms.median, 50);
        ck_assert_double_eq(summary.latency_ms.p95, 95);
        ck_assert_double_eq(summary.latency_ms.max, 100);
        ck_assert_double_eq(summary.rssi.min, -99);
        ck_assert_double_eq(summary.rssi.max, 0);
}
END_TEST

START_TEST(test_lost_and_unknown_are_left_out) {
        const Round rounds[] = { LOST, HEARD(30, RSSI_UNKNOWN), LOST, HEARD(10, -70) };
        Summary summary;

        ck_assert_int_eq(summarise(rounds, ELEMENTSOF(rounds), &summary), 0);
        ck_assert_uint_eq(summary.n_rounds, 4);
        ck_assert_uint_eq(summary.n_heard, 2);
        ck_assert_double_eq(summary.latency_ms.min, 10);
        ck_assert_double_eq(summary.latency_ms.max, 30);
        ck_assert_uint_eq(summary.rssi.n, 1);
        ck_assert_double_eq(summary.rssi.max, -70);
}
END_TEST

START_TEST(test_all_lost) {
        const Round rounds[] = { LOST, LOST };
        Summary summary;

        ck_assert_int_eq(summarise(rounds, 2, &summary), 0);
        ck_assert_uint_eq(summary.latency_ms.n, 0);
        ck_assert_int_eq(summary_verdict(&summary), VERDICT_DEAF);
}
END_TEST

/* Each step of the verdict, on either side of its border. */
START_TEST(test_verdicts) {
        static const struct {
                size_t n_rounds, n_heard;
                double p95;
                Verdict verdict;
        } cases[] = {
                { 100, 100, 50, VERDICT_GOOD }, { 100, 95, 1000, VERDICT_GOOD },
                { 100, 94, 50, VERDICT_FAIR },  { 100, 100, 1001, VERDICT_FAIR },
                { 100, 70, 50, VERDICT_FAIR },  { 100, 69, 50, VERDICT_POOR },
                { 100, 1, 50, VERDICT_POOR },   { 100, 0, 0, VERDICT_DEAF },
                { 0, 0, 0, VERDICT_NOTHING },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Summary summary = { .n_rounds = cases[i].n_rounds,
                                    .n_heard = cases[i].n_heard,
                                    .latency_ms.p95 = cases[i].p95 };

                ck_assert_int_eq(summary_verdict(&summary), cases[i].verdict);
                ck_assert_ptr_nonnull(verdict_words(cases[i].verdict));
                ck_assert_ptr_nonnull(verdict_name(cases[i].verdict));
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("statistics", &tcase);

        tcase_add_test(tcase, test_nothing);
        tcase_add_test(tcase, test_one);
        tcase_add_test(tcase, test_percentiles);
        tcase_add_test(tcase, test_lost_and_unknown_are_left_out);
        tcase_add_test(tcase, test_all_lost);
        tcase_add_test(tcase, test_verdicts);
        return unit_run(suite);
}
