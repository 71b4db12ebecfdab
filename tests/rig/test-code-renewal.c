/* SPDX-License-Identifier: MIT */

/* The code on screen: how long it lives, and what scanning an old one leads to. */

#include <errno.h>
#include <string.h>

#include "rig.h"

#define USEC_PER_SEC 1000000ULL
#define LIFETIME     (120 * USEC_PER_SEC)
#define GRACE        (60 * USEC_PER_SEC)

static void tick(Rig *rig) {
        ck_assert_int_eq(hybrid_client_tick(rig->client, rig->now_usec), 0);
        rig_drain_client(rig);
}

START_TEST(test_first_tick_makes_the_ephemeral_key) {
        _rig_ rig;

        rig_init(&rig);
        ck_assert_uint_le(hybrid_client_deadline(rig.client), rig.now_usec);
        tick(&rig);
        ck_assert_uint_eq(hybrid_client_deadline(rig.client), rig.now_usec + LIFETIME);
}
END_TEST

START_TEST(test_code_is_renewed) {
        char first[HYBRID_QR_TEXT_SIZE_MAX];
        _rig_ rig;

        rig_init(&rig);
        strcpy(first, rig.qr_text);
        rig.now_usec += LIFETIME - 1;
        tick(&rig);
        ck_assert_uint_eq(rig.n_qr_shown, 1);

        rig.now_usec += 1;
        tick(&rig);
        ck_assert_uint_eq(rig.n_qr_shown, 2);
        ck_assert_str_ne(rig.qr_text, first);
        ck_assert(rig.qr_visible);
        ck_assert(rig.scanning);
}
END_TEST

/* A phone that scanned the old code a moment before still gets through, for a while. */
START_TEST(test_old_code_has_a_grace) {
        for (unsigned late = 0; late < 2; late++) {
                _rig_ rig;

                rig_init(&rig);
                ck_assert_int_eq(rig_scan(&rig), 0);
                rig.now_usec += LIFETIME;
                tick(&rig);
                rig.now_usec += late ? GRACE : GRACE - 1;
                tick(&rig);

                if (late) {
                        ck_assert_int_eq(rig_advert(&rig), HYBRID_E_NOT_OURS);
                        continue;
                }
                ck_assert_int_eq(rig_advert(&rig), 0);
                ck_assert_int_eq(hybrid_client_channel_up(rig.client, rig.now_usec), 0);
                rig_run(&rig);
                ck_assert_int_eq(hybrid_client_state(rig.client), HYBRID_CLIENT_DONE);
        }
}
END_TEST

/* An advert tried in vain against one code is tried again against the next. */
START_TEST(test_strangers_are_forgotten_with_the_code) {
        char first[HYBRID_QR_TEXT_SIZE_MAX];
        _rig_ rig;

        rig_init(&rig);
        strcpy(first, rig.qr_text);
        rig.now_usec += LIFETIME;
        tick(&rig);
        ck_assert_int_eq(rig_scan(&rig), 0); /* the second code */
        ck_assert_int_eq(rig_advert(&rig), 0);
}
END_TEST

START_TEST(test_phones_on_old_and_new_code_are_two) {
        HybridPhone *first;
        _rig_ rig;

        rig_init(&rig);
        ck_assert_int_eq(rig_scan(&rig), 0);
        first = rig.phone;
        rig.phone = NULL;
        ck_assert_int_eq(rig_advert(&rig), 0);
        hybrid_phone_free(first);
        ck_assert_int_eq(hybrid_client_state(rig.client), HYBRID_CLIENT_OPENING_CHANNEL);

        rig_done(&rig);
        rig_init(&rig);
        ck_assert_int_eq(rig_scan(&rig), 0);
        first = rig.phone;
        rig.now_usec += LIFETIME;
        tick(&rig);
        ck_assert_int_eq(rig_advert(&rig), 0); /* of the old code */
        rig.phone = NULL;
        ck_assert_int_eq(rig_scan(&rig), 0);
        ck_assert_int_eq(rig_advert(&rig), -EBADMSG);
        ck_assert_int_eq(rig.failure.cause, HYBRID_CAUSE_TWO_PHONES);
        hybrid_phone_free(first);
}
END_TEST

/* Nothing of one ceremony's code shows up in another's. */
START_TEST(test_codes_differ) {
        _rig_ a, b;

        rig_init(&a);
        rig_init(&b);
        ck_assert_str_eq(a.qr_text, b.qr_text); /* the rig's random source repeats itself */
        a.now_usec += LIFETIME;
        tick(&a);
        ck_assert_str_ne(a.qr_text, b.qr_text);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("code-renewal", &tcase);

        tcase_add_test(tcase, test_first_tick_makes_the_ephemeral_key);
        tcase_add_test(tcase, test_code_is_renewed);
        tcase_add_test(tcase, test_old_code_has_a_grace);
        tcase_add_test(tcase, test_strangers_are_forgotten_with_the_code);
        tcase_add_test(tcase, test_phones_on_old_and_new_code_are_two);
        tcase_add_test(tcase, test_codes_differ);
        return unit_run(suite);
}
