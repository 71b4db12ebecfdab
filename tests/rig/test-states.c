/* SPDX-License-Identifier: MIT */

/* Every input in every state of the desktop's session: what it returns, and where it leads. */

#include <errno.h>
#include <string.h>

#include "inputs.h"
#include "rig.h"

#define USEC_PER_SEC 1000000ULL

/* ---- what is expected ----------------------------------------------------------------------- */

typedef struct Expected {
        int r;
        int state; /* -1: the same */
        int cause; /* when the state is FAILED */
} Expected;

#define STAY(r)                                                                                    \
        { r, -1, 0 }
#define GO(next)                                                                                   \
        { 0, HYBRID_CLIENT_##next, 0 }
#define FAIL(r, cause)                                                                             \
        { r, HYBRID_CLIENT_FAILED, HYBRID_CAUSE_##cause }

/* Columns: the states in their order. */
enum { WAIT, OPEN, HAND, POST, READY, PHONE, DONE, FAILED };

typedef struct Input {
        const char *name;
        int (*apply)(Rig *rig);
        Expected expected[HYBRID_CLIENT_FAILED + 1];
} Input;

static const Input inputs[] = {
        { "our phone's advert",
          input_advert_ours,
          { GO(OPENING_CHANNEL), STAY(0), STAY(0), STAY(0), STAY(0), STAY(0),
            STAY(HYBRID_E_NOT_OURS), STAY(HYBRID_E_NOT_OURS) } },
        { "a fresh advert of our phone",
          input_advert_renewed,
          { GO(OPENING_CHANNEL), STAY(0), STAY(0), STAY(0), STAY(0), STAY(0),
            STAY(HYBRID_E_NOT_OURS), STAY(HYBRID_E_NOT_OURS) } },
        { "a second phone's advert",
          input_advert_of_second_phone,
          { GO(OPENING_CHANNEL), FAIL(-EBADMSG, TWO_PHONES), FAIL(-EBADMSG, TWO_PHONES),
            FAIL(-EBADMSG, TWO_PHONES), FAIL(-EBADMSG, TWO_PHONES), FAIL(-EBADMSG, TWO_PHONES),
            STAY(HYBRID_E_NOT_OURS), STAY(HYBRID_E_NOT_OURS) } },
        { "a stranger's advert",
          input_advert_of_stranger,
          { STAY(HYBRID_E_NOT_OURS), STAY(HYBRID_E_NOT_OURS), STAY(HYBRID_E_NOT_OURS),
            STAY(HYBRID_E_NOT_OURS), STAY(HYBRID_E_NOT_OURS), STAY(HYBRID_E_NOT_OURS),
            STAY(HYBRID_E_NOT_OURS), STAY(HYBRID_E_NOT_OURS) } },
        { "a short advert",
          input_advert_short,
          { STAY(HYBRID_E_NOT_OURS), STAY(HYBRID_E_NOT_OURS), STAY(HYBRID_E_NOT_OURS),
            STAY(HYBRID_E_NOT_OURS), STAY(HYBRID_E_NOT_OURS), STAY(HYBRID_E_NOT_OURS),
            STAY(HYBRID_E_NOT_OURS), STAY(HYBRID_E_NOT_OURS) } },
        { "channel up",
          input_channel_up,
          { STAY(-EINVAL), GO(AWAITING_HANDSHAKE), STAY(-EINVAL), STAY(-EINVAL), STAY(-EINVAL),
            STAY(-EINVAL), STAY(-EINVAL), STAY(-EBADMSG) } },
        { "an empty message",
          input_empty_message,
          { STAY(-EINVAL), FAIL(-EBADMSG, PROTOCOL), FAIL(-EBADMSG, HANDSHAKE_FAILED),
            FAIL(-EBADMSG, CHANNEL_BROKEN), FAIL(-EBADMSG, CHANNEL_BROKEN),
            FAIL(-EBADMSG, CHANNEL_BROKEN), STAY(0), STAY(-EBADMSG) } },
        { "garbage",
          input_garbage,
          { STAY(-EINVAL), FAIL(-EBADMSG, PROTOCOL), FAIL(-EBADMSG, HANDSHAKE_FAILED),
            FAIL(-EBADMSG, CHANNEL_BROKEN), FAIL(-EBADMSG, CHANNEL_BROKEN),
            FAIL(-EBADMSG, CHANNEL_BROKEN), STAY(0), STAY(-EBADMSG) } },
        { "channel closed",
          input_closed,
          { STAY(-EINVAL), FAIL(0, TUNNEL_UNREACHABLE), FAIL(0, HANDSHAKE_FAILED),
            FAIL(0, CHANNEL_BROKEN), FAIL(0, CHANNEL_BROKEN), FAIL(0, DECLINED), STAY(0),
            STAY(0) } },
        { "channel broken",
          input_broken,
          { STAY(-EINVAL), FAIL(0, TUNNEL_UNREACHABLE), FAIL(0, CHANNEL_BROKEN),
            FAIL(0, CHANNEL_BROKEN), FAIL(0, CHANNEL_BROKEN), FAIL(0, CHANNEL_BROKEN), STAY(0),
            STAY(0) } },
        { "host unreachable",
          input_unreachable,
          { STAY(-EINVAL), FAIL(0, TUNNEL_UNREACHABLE), FAIL(0, TUNNEL_UNREACHABLE),
            FAIL(0, TUNNEL_UNREACHABLE), FAIL(0, TUNNEL_UNREACHABLE), FAIL(0, TUNNEL_UNREACHABLE),
            STAY(0), STAY(0) } },
        { "TLS trouble",
          input_tls,
          { STAY(-EINVAL), FAIL(0, TUNNEL_TLS), FAIL(0, TUNNEL_TLS), FAIL(0, TUNNEL_TLS),
            FAIL(0, TUNNEL_TLS), FAIL(0, TUNNEL_TLS), STAY(0), STAY(0) } },
        { "proxy trouble",
          input_proxy,
          { STAY(-EINVAL), FAIL(0, PROXY), FAIL(0, PROXY), FAIL(0, PROXY), FAIL(0, PROXY),
            FAIL(0, PROXY), STAY(0), STAY(0) } },
        { "upgrade refused",
          input_refused,
          { STAY(-EINVAL), FAIL(0, TUNNEL_REFUSED), FAIL(0, TUNNEL_REFUSED),
            FAIL(0, TUNNEL_REFUSED), FAIL(0, TUNNEL_REFUSED), FAIL(0, TUNNEL_REFUSED), STAY(0),
            STAY(0) } },
        { "websocket violated",
          input_violation,
          { STAY(-EINVAL), FAIL(0, PROTOCOL), FAIL(0, PROTOCOL), FAIL(0, PROTOCOL),
            FAIL(0, PROTOCOL), FAIL(0, PROTOCOL), STAY(0), STAY(0) } },
        { "a host that is not allowed",
          input_forbidden,
          { STAY(-EINVAL), FAIL(0, POLICY), FAIL(0, POLICY), FAIL(0, POLICY), FAIL(0, POLICY),
            FAIL(0, POLICY), STAY(0), STAY(0) } },
        { "a command",
          input_command,
          { STAY(-EINVAL), STAY(-EINVAL), STAY(-EINVAL), STAY(-EINVAL), GO(CONTINUE_ON_PHONE),
            STAY(-EINVAL), STAY(-EINVAL), STAY(-EBADMSG) } },
        { "an empty command",
          input_empty_command,
          { STAY(-EINVAL), STAY(-EINVAL), STAY(-EINVAL), STAY(-EINVAL), STAY(-EINVAL),
            STAY(-EINVAL), STAY(-EINVAL), STAY(-EBADMSG) } },
        { "a huge command",
          input_huge_command,
          { STAY(-EINVAL), STAY(-EINVAL), STAY(-EINVAL), STAY(-EINVAL), STAY(-EMSGSIZE),
            STAY(-EINVAL), STAY(-EINVAL), STAY(-EBADMSG) } },
        { "cancel",
          input_cancel,
          { FAIL(0, CANCELLED), FAIL(0, CANCELLED), FAIL(0, CANCELLED), FAIL(0, CANCELLED),
            FAIL(0, CANCELLED), FAIL(0, CANCELLED), STAY(0), STAY(0) } },
        { "an early tick",
          input_early_tick,
          { STAY(0), STAY(0), STAY(0), STAY(0), STAY(0), STAY(0), STAY(0), STAY(0) } },
        { "a tick just before the deadline",
          input_just_before_deadline,
          { STAY(0), STAY(0), STAY(0), STAY(0), STAY(0), STAY(0), STAY(0), STAY(0) } },
        { "the deadline",
          input_state_deadline,
          { FAIL(0, TIMEOUT), FAIL(0, TUNNEL_UNREACHABLE), FAIL(0, HANDSHAKE_FAILED),
            FAIL(0, CHANNEL_BROKEN), FAIL(0, TIMEOUT), FAIL(0, TIMEOUT), STAY(0), STAY(0) } },
};

/* Inputs that need a phone which has scanned the code, also where the state has none yet. */
static void prepare_phone(Rig *rig) {
        if (!rig->phone)
                ck_assert_int_eq(rig_scan(rig), 0);
}

static void assert_cell(const Input *input, HybridClientState state) {
        const Expected *expected = &input->expected[state];
        HybridClientState next;
        _rig_ rig;
        int r;

        rig_reach(&rig, state);
        prepare_phone(&rig);
        rig.failed = false;
        r = input->apply(&rig);
        rig_drain_client(&rig);
        next = hybrid_client_state(rig.client);

        ck_assert_msg(r == expected->r, "%s in %s returned %d", input->name,
                      hybrid_client_state_name(state), r);
        ck_assert_msg((int)next == (expected->state < 0 ? (int)state : expected->state),
                      "%s in %s led to %s", input->name, hybrid_client_state_name(state),
                      hybrid_client_state_name(next));
        ck_assert_int_eq(rig.failed, expected->state == HYBRID_CLIENT_FAILED);
        if (rig.failed) {
                ck_assert_msg((int)rig.failure.cause == expected->cause, "%s in %s: cause %d",
                              input->name, hybrid_client_state_name(state), rig.failure.cause);
                rig_assert_wound_down(&rig);
        }
}

START_TEST(test_every_cell) {
        for (size_t i = 0; i < ELEMENTSOF(inputs); i++)
                for (int state = 0; state <= HYBRID_CLIENT_FAILED; state++)
                        assert_cell(&inputs[i], (HybridClientState)state);
}
END_TEST

/* What a failure tells about where and why. */
START_TEST(test_failure_details) {
        HybridChannelError refused = { HYBRID_CHANNEL_REFUSED, 404, "no such tunnel" };
        _rig_ rig;

        rig_reach(&rig, HYBRID_CLIENT_OPENING_CHANNEL);
        ck_assert_int_eq(hybrid_client_channel_down(rig.client, &refused, rig.now_usec), 0);
        rig_drain_client(&rig);
        ck_assert_int_eq(rig.failure.http_status, 404);
        ck_assert_int_eq(rig.failure.stage, HYBRID_STAGE_CONNECT);
        ck_assert_str_eq(rig.failure.host, "cable.ua5v.com");
        ck_assert_str_eq(rig.failure.detail, "no such tunnel");
        ck_assert(!rig.failure.timed_out);
        ck_assert(rig.failure.adverts_seen);
}
END_TEST

START_TEST(test_timeout_tells_whether_adverts_were_seen) {
        _rig_ silent, crowded;

        rig_reach(&silent, HYBRID_CLIENT_WAITING_FOR_SCAN);
        input_state_deadline(&silent);
        rig_drain_client(&silent);
        ck_assert(silent.failure.timed_out);
        ck_assert(!silent.failure.adverts_seen);

        rig_reach(&crowded, HYBRID_CLIENT_WAITING_FOR_SCAN);
        input_advert_of_stranger(&crowded);
        input_state_deadline(&crowded);
        rig_drain_client(&crowded);
        ck_assert(crowded.failure.adverts_seen);
}
END_TEST

/* Actions that are not taken do not pile up without end. */
START_TEST(test_queue_is_bounded) {
        _rig_ rig;
        int r = 0;

        rig_reach(&rig, HYBRID_CLIENT_WAITING_FOR_SCAN);
        for (unsigned i = 0; i < 100 && r == 0; i++) {
                rig.now_usec += 121 * USEC_PER_SEC / 100;
                r = hybrid_client_tick(rig.client, rig.now_usec);
        }
        ck_assert_int_eq(r, 0);
        rig_drain_client(&rig);

        /* One renewal after the other, with nobody taking the codes. */
        for (unsigned i = 0; i < 50 && r == 0; i++) {
                rig.now_usec += 5 * USEC_PER_SEC;
                r = hybrid_client_tick(rig.client, rig.now_usec);
        }
        ck_assert(r == 0 || r == -EBUSY);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("states", &tcase);

        tcase_add_test(tcase, test_every_cell);
        tcase_add_test(tcase, test_failure_details);
        tcase_add_test(tcase, test_timeout_tells_whether_adverts_were_seen);
        tcase_add_test(tcase, test_queue_is_bounded);
        return unit_run(suite);
}
