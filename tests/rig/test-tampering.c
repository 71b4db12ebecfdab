/* SPDX-License-Identifier: MIT */

/* What a hostile or broken tunnel can do to messages: nothing that goes unnoticed. */

#include <string.h>

#include "rig.h"

/* Messages of a good ceremony: 1, 2, post-handshake, update, command, reply, shutdown. */
enum { COMMAND = 4, REPLY = 5, SHUTDOWN = 6, N_MESSAGES = 7 };

static void run_tampered(Rig *rig, RigTamper tamper, unsigned at, size_t bit) {
        rig_init(rig);
        rig->phone_params.send_update = true;
        rig->tamper = tamper;
        rig->tamper_at = at;
        rig->tamper_bit = bit;
        ck_assert_int_eq(rig_scan(rig), 0);
        ck_assert_int_eq(rig_advert(rig), 0);
        ck_assert_int_eq(hybrid_client_channel_up(rig->client, rig->now_usec), 0);
        rig_run(rig);
        ck_assert(rig->tampered);
}

/* Neither side may end in success unless all that it needed came unchanged. */
static void assert_noticed(Rig *rig, unsigned at) {
        bool client_done = hybrid_client_state(rig->client) == HYBRID_CLIENT_DONE;

        if (at == SHUTDOWN) {
                ck_assert(client_done); /* the answer was in already */
                return;
        }
        ck_assert_msg(!client_done, "message %u", at);
        ck_assert_uint_eq(rig->n_reply, 0);
}

/* Time is all that a lost message costs: each ends by its deadline. */
static void run_out_of_time(Rig *rig) {
        for (unsigned i = 0; i < 20; i++) {
                if (hybrid_client_deadline(rig->client) == HYBRID_USEC_NEVER)
                        return;
                rig_expire(rig);
                rig_run(rig);
        }
        ck_abort_msg("no deadline ended it");
}

START_TEST(test_dropped) {
        for (unsigned at = 0; at < N_MESSAGES; at++) {
                _rig_ rig;

                run_tampered(&rig, RIG_DROP, at, 0);
                assert_noticed(&rig, at);
                run_out_of_time(&rig);
                rig_assert_wound_down(&rig);
        }
}
END_TEST

START_TEST(test_duplicated) {
        for (unsigned at = 0; at < N_MESSAGES; at++) {
                _rig_ rig;

                run_tampered(&rig, RIG_DUPLICATE, at, 0);
                run_out_of_time(&rig);
                rig_assert_wound_down(&rig);
                if (at == COMMAND)
                        ck_assert(rig.phone_failed); /* it answers once, then hangs up */
                else if (at != REPLY)
                        assert_noticed(&rig, at); /* a repeated reply is late, and ignored */
        }
}
END_TEST

START_TEST(test_swapped) {
        static const unsigned pairs[] = { 1, 2 }; /* messages that follow each other one way */

        for (size_t i = 0; i < ELEMENTSOF(pairs); i++) {
                _rig_ rig;

                run_tampered(&rig, RIG_SWAP, pairs[i], 0);
                assert_noticed(&rig, pairs[i]);
                ck_assert(rig.failed);
                rig_assert_wound_down(&rig);
        }
}
END_TEST

START_TEST(test_shortened_and_lengthened) {
        static const RigTamper tampers[] = { RIG_TRUNCATE, RIG_APPEND };

        for (unsigned at = 0; at < N_MESSAGES; at++)
                for (size_t i = 0; i < ELEMENTSOF(tampers); i++) {
                        _rig_ rig;

                        run_tampered(&rig, tampers[i], at, 0);
                        assert_noticed(&rig, at);
                        run_out_of_time(&rig);
                        rig_assert_wound_down(&rig);
                }
}
END_TEST

/* What the desktop says about a bit that flipped in each of the phone's messages. */
static HybridCause cause_of_flip(unsigned at) {
        return at == 1 ? HYBRID_CAUSE_HANDSHAKE_FAILED : HYBRID_CAUSE_CHANNEL_BROKEN;
}

START_TEST(test_every_flipped_bit) {
        static const size_t n_bits[N_MESSAGES] = { 81 * 8, 81 * 8, 64 * 8, 528 * 8,
                                                   48 * 8, 48 * 8, 48 * 8 };
        static const bool from_phone[N_MESSAGES] = { false, true, true, true, false, true, false };

        for (unsigned at = 0; at < N_MESSAGES; at++)
                for (size_t bit = 0; bit < n_bits[at]; bit++) {
                        _rig_ rig;

                        run_tampered(&rig, RIG_FLIP, at, bit);
                        assert_noticed(&rig, at);
                        if (from_phone[at]) {
                                ck_assert(rig.failed);
                                ck_assert_int_eq(rig.failure.cause, cause_of_flip(at));
                        } else {
                                ck_assert(rig.phone_failed);
                        }
                }
}
END_TEST

START_TEST(test_huge_message) {
        static uint8_t huge[HYBRID_MESSAGE_SIZE_MAX + 1];

        for (int state = HYBRID_CLIENT_OPENING_CHANNEL; state <= HYBRID_CLIENT_CONTINUE_ON_PHONE;
             state++) {
                _rig_ rig;

                rig_reach(&rig, (HybridClientState)state);
                ck_assert_int_lt(hybrid_client_recv(rig.client, huge, sizeof(huge), rig.now_usec),
                                 0);
                rig_drain_client(&rig);
                ck_assert(rig.failed);
                ck_assert_int_eq(rig.failure.cause, HYBRID_CAUSE_PROTOCOL);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("tampering", &tcase);

        tcase_add_test(tcase, test_dropped);
        tcase_add_test(tcase, test_duplicated);
        tcase_add_test(tcase, test_swapped);
        tcase_add_test(tcase, test_shortened_and_lengthened);
        tcase_add_test(tcase, test_every_flipped_bit);
        tcase_add_test(tcase, test_huge_message);
        return unit_run(suite);
}
