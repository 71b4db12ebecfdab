/* SPDX-License-Identifier: MIT */

/* Every input in every state of a desktop that asks a linked phone; and in LINGERING. */

#include <errno.h>
#include <string.h>

#include "inputs.h"

#define USEC_PER_SEC 1000000ULL

/* ---- inputs that only a linked phone brings -------------------------------------------------- */

static int input_contact_up(Rig *rig) {
        return hybrid_client_contact_up(rig->client, false, rig->now_usec);
}

static int input_contact_up_with_signal(Rig *rig) {
        return hybrid_client_contact_up(rig->client, true, rig->now_usec);
}

static int input_signal(Rig *rig) {
        return rig_signal(rig);
}

static int input_wrong_signal(Rig *rig) {
        return hybrid_client_recv(rig->client, (const uint8_t *)"\1", 1, rig->now_usec);
}

static int input_long_signal(Rig *rig) {
        return hybrid_client_recv(rig->client, (const uint8_t *)"\0", 2, rig->now_usec);
}

static int input_gone(Rig *rig) {
        const HybridChannelError why = { .fault = HYBRID_CHANNEL_REFUSED, .http_status = 410 };

        return hybrid_client_channel_down(rig->client, &why, rig->now_usec);
}

static int input_not_found(Rig *rig) {
        const HybridChannelError why = { .fault = HYBRID_CHANNEL_REFUSED, .http_status = 404 };

        return hybrid_client_channel_down(rig->client, &why, rig->now_usec);
}

/* Advert of the same phone for another attempt: another nonce, another key. */
static int input_advert_of_another_attempt(Rig *rig) {
        _rig_ other;

        rig_init_linked(&other);
        other.random.counter = 1000; /* fresh randomness for the phone, too */
        other.client = hybrid_client_free(other.client);
        {
                const HybridClientParams params = { .link = &other.link };

                ck_assert_int_eq(hybrid_client_new(&other.client, &other.env, &params, 0), 0);
        }
        other.channel_wanted = other.scanning = false;
        rig_drain_client(&other);
        ck_assert_int_eq(rig_contact(&other), 0);
        ck_assert_int_ne(memcmp(other.advert, rig->advert, sizeof(rig->advert)), 0);
        return hybrid_client_advert(rig->client, other.advert, sizeof(other.advert), rig->now_usec);
}

static int input_linked_deadline(Rig *rig) {
        (void)hybrid_client_tick(rig->client, rig->now_usec); /* makes the ephemeral key */
        rig->now_usec = hybrid_client_deadline(rig->client);
        if (rig->now_usec == HYBRID_USEC_NEVER)
                rig->now_usec = 1000 * USEC_PER_SEC;
        return hybrid_client_tick(rig->client, rig->now_usec);
}

/* ---- what is expected ------------------------------------------------------------------------ */

/* Columns. */
static const HybridClientState states[] = {
        HYBRID_CLIENT_CONTACTING,
        HYBRID_CLIENT_OPENING_CHANNEL,
        HYBRID_CLIENT_AWAITING_PHONE,
        HYBRID_CLIENT_AWAITING_ADVERT,
        HYBRID_CLIENT_AWAITING_SIGNAL,
        HYBRID_CLIENT_AWAITING_HANDSHAKE,
        HYBRID_CLIENT_AWAITING_POST_HANDSHAKE,
        HYBRID_CLIENT_READY,
        HYBRID_CLIENT_CONTINUE_ON_PHONE,
        HYBRID_CLIENT_DONE,
        HYBRID_CLIENT_FAILED,
        HYBRID_CLIENT_LINGERING,
};

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

#define NOT_OURS STAY(HYBRID_E_NOT_OURS)
#define INVALID  STAY(-EINVAL)
#define BAD(c)   FAIL(-EBADMSG, c)

typedef struct Input {
        const char *name;
        int (*apply)(Rig *rig);
        Expected expected[ELEMENTSOF(states)];
} Input;

static const Input inputs[] = {
        { "the phone's advert",
          input_advert_ours,
          { GO(OPENING_CHANNEL), NOT_OURS, GO(AWAITING_SIGNAL), GO(AWAITING_HANDSHAKE), NOT_OURS,
            NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS } },
        { "an advert for another attempt",
          input_advert_of_another_attempt,
          { NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS,
            NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS } },
        { "a stranger's advert",
          input_advert_of_stranger,
          { NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS,
            NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS } },
        { "a short advert",
          input_advert_short,
          { NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS,
            NOT_OURS, NOT_OURS, NOT_OURS, NOT_OURS } },
        { "channel up",
          input_channel_up,
          { GO(AWAITING_ADVERT), GO(AWAITING_HANDSHAKE), INVALID, INVALID, INVALID, INVALID,
            INVALID, INVALID, INVALID, INVALID, STAY(-EBADMSG), INVALID } },
        { "channel up, no signal announced",
          input_contact_up,
          { GO(AWAITING_ADVERT), GO(AWAITING_HANDSHAKE), INVALID, INVALID, INVALID, INVALID,
            INVALID, INVALID, INVALID, INVALID, STAY(-EBADMSG), INVALID } },
        { "channel up, a signal announced",
          input_contact_up_with_signal,
          { GO(AWAITING_PHONE), GO(AWAITING_SIGNAL), INVALID, INVALID, INVALID, INVALID, INVALID,
            INVALID, INVALID, INVALID, STAY(-EBADMSG), INVALID } },
        { "the signal",
          input_signal,
          { BAD(PROTOCOL), BAD(PROTOCOL), GO(AWAITING_ADVERT), BAD(PROTOCOL),
            GO(AWAITING_HANDSHAKE), BAD(HANDSHAKE_FAILED), BAD(CHANNEL_BROKEN), BAD(CHANNEL_BROKEN),
            BAD(CHANNEL_BROKEN), STAY(0), STAY(-EBADMSG), GO(DONE) } },
        { "another byte",
          input_wrong_signal,
          { BAD(PROTOCOL), BAD(PROTOCOL), BAD(PROTOCOL), BAD(PROTOCOL), BAD(PROTOCOL),
            BAD(HANDSHAKE_FAILED), BAD(CHANNEL_BROKEN), BAD(CHANNEL_BROKEN), BAD(CHANNEL_BROKEN),
            STAY(0), STAY(-EBADMSG), GO(DONE) } },
        { "two bytes",
          input_long_signal,
          { BAD(PROTOCOL), BAD(PROTOCOL), BAD(PROTOCOL), BAD(PROTOCOL), BAD(PROTOCOL),
            BAD(HANDSHAKE_FAILED), BAD(CHANNEL_BROKEN), BAD(CHANNEL_BROKEN), BAD(CHANNEL_BROKEN),
            STAY(0), STAY(-EBADMSG), GO(DONE) } },
        { "an empty message",
          input_empty_message,
          { BAD(PROTOCOL), BAD(PROTOCOL), BAD(PROTOCOL), BAD(PROTOCOL), BAD(PROTOCOL),
            BAD(HANDSHAKE_FAILED), BAD(CHANNEL_BROKEN), BAD(CHANNEL_BROKEN), BAD(CHANNEL_BROKEN),
            STAY(0), STAY(-EBADMSG), GO(DONE) } },
        { "garbage",
          input_garbage,
          { BAD(PROTOCOL), BAD(PROTOCOL), BAD(PROTOCOL), BAD(PROTOCOL), BAD(PROTOCOL),
            BAD(HANDSHAKE_FAILED), BAD(CHANNEL_BROKEN), BAD(CHANNEL_BROKEN), BAD(CHANNEL_BROKEN),
            STAY(0), STAY(-EBADMSG), GO(DONE) } },
        { "gone (410)",
          input_gone,
          { FAIL(0, PHONE_GONE), FAIL(0, PHONE_GONE), FAIL(0, TUNNEL_REFUSED),
            FAIL(0, TUNNEL_REFUSED), FAIL(0, TUNNEL_REFUSED), FAIL(0, TUNNEL_REFUSED),
            FAIL(0, TUNNEL_REFUSED), FAIL(0, TUNNEL_REFUSED), FAIL(0, TUNNEL_REFUSED), STAY(0),
            STAY(0), GO(DONE) } },
        { "not found (404)",
          input_not_found,
          { FAIL(0, TUNNEL_REFUSED), FAIL(0, TUNNEL_REFUSED), FAIL(0, TUNNEL_REFUSED),
            FAIL(0, TUNNEL_REFUSED), FAIL(0, TUNNEL_REFUSED), FAIL(0, TUNNEL_REFUSED),
            FAIL(0, TUNNEL_REFUSED), FAIL(0, TUNNEL_REFUSED), FAIL(0, TUNNEL_REFUSED), STAY(0),
            STAY(0), GO(DONE) } },
        { "channel closed",
          input_closed,
          { FAIL(0, TUNNEL_UNREACHABLE), FAIL(0, TUNNEL_UNREACHABLE), FAIL(0, CHANNEL_BROKEN),
            FAIL(0, CHANNEL_BROKEN), FAIL(0, HANDSHAKE_FAILED), FAIL(0, HANDSHAKE_FAILED),
            FAIL(0, CHANNEL_BROKEN), FAIL(0, CHANNEL_BROKEN), FAIL(0, DECLINED), STAY(0), STAY(0),
            GO(DONE) } },
        { "channel broken",
          input_broken,
          { FAIL(0, TUNNEL_UNREACHABLE), FAIL(0, TUNNEL_UNREACHABLE), FAIL(0, CHANNEL_BROKEN),
            FAIL(0, CHANNEL_BROKEN), FAIL(0, CHANNEL_BROKEN), FAIL(0, CHANNEL_BROKEN),
            FAIL(0, CHANNEL_BROKEN), FAIL(0, CHANNEL_BROKEN), FAIL(0, CHANNEL_BROKEN), STAY(0),
            STAY(0), GO(DONE) } },
        { "TLS trouble",
          input_tls,
          { FAIL(0, TUNNEL_TLS), FAIL(0, TUNNEL_TLS), FAIL(0, TUNNEL_TLS), FAIL(0, TUNNEL_TLS),
            FAIL(0, TUNNEL_TLS), FAIL(0, TUNNEL_TLS), FAIL(0, TUNNEL_TLS), FAIL(0, TUNNEL_TLS),
            FAIL(0, TUNNEL_TLS), STAY(0), STAY(0), GO(DONE) } },
        { "websocket violated",
          input_violation,
          { FAIL(0, PROTOCOL), FAIL(0, PROTOCOL), FAIL(0, PROTOCOL), FAIL(0, PROTOCOL),
            FAIL(0, PROTOCOL), FAIL(0, PROTOCOL), FAIL(0, PROTOCOL), FAIL(0, PROTOCOL),
            FAIL(0, PROTOCOL), STAY(0), STAY(0), GO(DONE) } },
        { "a host that is not allowed",
          input_forbidden,
          { FAIL(0, POLICY), FAIL(0, POLICY), FAIL(0, POLICY), FAIL(0, POLICY), FAIL(0, POLICY),
            FAIL(0, POLICY), FAIL(0, POLICY), FAIL(0, POLICY), FAIL(0, POLICY), STAY(0), STAY(0),
            GO(DONE) } },
        { "a command",
          input_command,
          { INVALID, INVALID, INVALID, INVALID, INVALID, INVALID, INVALID, GO(CONTINUE_ON_PHONE),
            INVALID, INVALID, STAY(-EBADMSG), INVALID } },
        { "cancel",
          input_cancel,
          { FAIL(0, CANCELLED), FAIL(0, CANCELLED), FAIL(0, CANCELLED), FAIL(0, CANCELLED),
            FAIL(0, CANCELLED), FAIL(0, CANCELLED), FAIL(0, CANCELLED), FAIL(0, CANCELLED),
            FAIL(0, CANCELLED), STAY(0), STAY(0), GO(DONE) } },
        { "an early tick",
          input_early_tick,
          { STAY(0), STAY(0), STAY(0), STAY(0), STAY(0), STAY(0), STAY(0), STAY(0), STAY(0),
            STAY(0), STAY(0), STAY(0) } },
        { "a tick just before the deadline",
          input_just_before_deadline,
          { STAY(0), STAY(0), STAY(0), STAY(0), STAY(0), STAY(0), STAY(0), STAY(0), STAY(0),
            STAY(0), STAY(0), STAY(0) } },
        { "the deadline",
          input_linked_deadline,
          { FAIL(0, TUNNEL_UNREACHABLE), FAIL(0, TUNNEL_UNREACHABLE), FAIL(0, TIMEOUT),
            FAIL(0, TIMEOUT), FAIL(0, HANDSHAKE_FAILED), FAIL(0, HANDSHAKE_FAILED),
            FAIL(0, CHANNEL_BROKEN), FAIL(0, TIMEOUT), FAIL(0, TIMEOUT), STAY(0), STAY(0),
            GO(DONE) } },
};

static void reach_lingering(Rig *rig) {
        rig_init_linking(rig, HYBRID_PHONE_LINKS_LATER);
        ck_assert_int_eq(rig_scan(rig), 0);
        ck_assert_int_eq(rig_advert(rig), 0);
        ck_assert_int_eq(hybrid_client_channel_up(rig->client, rig->now_usec), 0);
        rig_run(rig);
        ck_assert_int_eq(hybrid_client_state(rig->client), HYBRID_CLIENT_LINGERING);
}

static void reach(Rig *rig, HybridClientState state) {
        if (state == HYBRID_CLIENT_LINGERING)
                reach_lingering(rig);
        else
                rig_reach_linked(rig, state);
}

/* Its advert is wanted in states in which it has not sent one, too. */
static void prepare_phone(Rig *rig) {
        if (hybrid_phone_state(rig->phone) == HYBRID_PHONE_WAITING_FOR_CONTACT)
                ck_assert_int_eq(rig_contact(rig), 0);
}

static void assert_cell(const Input *input, size_t column) {
        const Expected *expected = &input->expected[column];
        const char *name = hybrid_client_state_name(states[column]);
        HybridClientState next;
        _rig_ rig;
        int r;

        reach(&rig, states[column]);
        prepare_phone(&rig);
        rig.failed = false;
        r = input->apply(&rig);
        rig_drain_client(&rig);
        next = hybrid_client_state(rig.client);

        ck_assert_msg(r == expected->r, "%s in %s returned %d", input->name, name, r);
        ck_assert_msg((int)next == (expected->state < 0 ? (int)states[column] : expected->state),
                      "%s in %s led to %s", input->name, name, hybrid_client_state_name(next));
        ck_assert_int_eq(rig.failed, expected->state == HYBRID_CLIENT_FAILED);
        if (rig.failed)
                ck_assert_msg((int)rig.failure.cause == expected->cause, "%s in %s: cause %d",
                              input->name, name, rig.failure.cause);
        if (next == HYBRID_CLIENT_FAILED || next == HYBRID_CLIENT_DONE)
                rig_assert_wound_down(&rig);
}

START_TEST(test_every_cell) {
        for (size_t i = 0; i < ELEMENTSOF(inputs); i++)
                for (size_t column = 0; column < ELEMENTSOF(states); column++)
                        assert_cell(&inputs[i], column);
}
END_TEST

/* With the QR flow's states, all there are. */
START_TEST(test_no_state_is_left_out) {
        bool walked[_HYBRID_CLIENT_STATE_MAX] = { [HYBRID_CLIENT_WAITING_FOR_SCAN] = true };

        for (size_t i = 0; i < ELEMENTSOF(states); i++)
                walked[states[i]] = true;
        for (size_t i = 0; i < ELEMENTSOF(walked); i++)
                ck_assert_msg(walked[i], "%s", hybrid_client_state_name((HybridClientState)i));
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("linked-states", &tcase);

        tcase_add_test(tcase, test_every_cell);
        tcase_add_test(tcase, test_no_state_is_left_out);
        return unit_run(suite);
}
