/* SPDX-License-Identifier: MIT */

/*
 * A desktop that asks a linked phone: its whole session, with a real phone at the other end, whose
 * plaintexts and records are replaced by the input's; behind a tunnel service and a radio that do
 * what the input wants. Input: steps, each a byte and what it needs.
 */

#include "ends.h"

enum {
        STEP_CONTACT, /* the service wakes the phone, which advertises */
        STEP_ADVERT,  /* its advert arrives */
        STEP_RAW_ADVERT,
        STEP_UP,      /* the channel; whether a signal is announced */
        STEP_SIGNAL,  /* the signal, as it should be */
        STEP_DOWN,    /* a fault, and a status of HTTP from 400 on */
        STEP_DELIVER, /* the next message of the phone arrives */
        STEP_RAW_MESSAGE,
        STEP_SPOIL, /* a step of the phone, and bytes that replace its own there */
        STEP_COMMAND,
        STEP_PHONE_REPLIES,
        STEP_CANCEL,
        STEP_TICK,        /* time passes, in units of 1 s */
        STEP_RAW_CONTACT, /* the service tells the phone something else */
        _STEP_MAX,
};

/* The phone's and the desktop's ends come first: what is shared knows only them. */
typedef struct Session {
        Ends ends;
        char payload[HYBRID_CLIENT_PAYLOAD_SIZE];
        bool gone;
} Session;

/* Beyond what every session may do. */
static void check_client_action(Session *session, const HybridAction *action) {
        switch (action->type) {
        case HYBRID_ACTION_CONNECT:
                strcpy(session->payload, action->connect.client_payload);
                break;
        case HYBRID_ACTION_FAILED:
                check(session->gone || action->failure->cause != HYBRID_CAUSE_PHONE_GONE);
                break;
        case HYBRID_ACTION_STATE:
                check(action->state != HYBRID_CLIENT_LINGERING);
                break;
        case HYBRID_ACTION_SEND:
        case HYBRID_ACTION_REPLY:
        case HYBRID_ACTION_SCAN_START:
        case HYBRID_ACTION_SCAN_STOP:
        case HYBRID_ACTION_CLOSE:
                break;
        case HYBRID_ACTION_SHOW_QR:
        case HYBRID_ACTION_HIDE_QR:
        case HYBRID_ACTION_LINKED:
        case HYBRID_ACTION_LINK_IGNORED:
        case HYBRID_ACTION_ADVERTISE_START:
        case HYBRID_ACTION_ADVERTISE_STOP:
        case HYBRID_ACTION_COMMAND:
                check(false);
        }
}

static void drain(Ends *ends) {
        HybridAction action;

        while (hybrid_client_next_action(ends->client, &action)) {
                ends_take_action(ends, &action);
                check_client_action((Session *)ends, &action);
        }
        ends_drain_phone(ends);
}

static void contact(Ends *ends, const char *payload) {
        const HybridContact contact = {
                .client_payload = payload,
                .routing_id = "0A0B0C",
                .tunnel_id = "00112233445566778899AABBCCDDEEFF",
        };

        if (hybrid_phone_contacted(ends->phone, &contact, ends->now_usec) == 0)
                (void)hybrid_phone_channel_up(ends->phone, NULL, ends->now_usec);
}

static void raw_contact(Ends *ends, FuzzInput *input) {
        size_t n;
        const uint8_t *bytes = fuzz_bytes(input, 256, &n);
        char *text = strndup((const char *)bytes, n);

        check(text != NULL);
        contact(ends, text);
        free(text);
}

static void channel_down(Session *session, FuzzInput *input) {
        const HybridChannelError why = {
                .fault = (HybridChannelFault)(fuzz_u8(input) % (HYBRID_CHANNEL_FORBIDDEN + 1)),
                .http_status = 400 + fuzz_u8(input),
        };

        session->gone |= why.fault == HYBRID_CHANNEL_REFUSED && why.http_status == 410;
        (void)hybrid_client_channel_down(session->ends.client, &why, session->ends.now_usec);
}

static void take_step(Session *session, FuzzInput *input) {
        Ends *ends = &session->ends;

        switch (fuzz_u8(input) % _STEP_MAX) {
        case STEP_CONTACT:
                contact(ends, session->payload);
                break;
        case STEP_ADVERT:
                ends_advert(ends);
                break;
        case STEP_RAW_ADVERT:
                ends_raw_advert(ends, input);
                break;
        case STEP_UP:
                (void)hybrid_client_contact_up(ends->client, fuzz_u8(input) & 1, ends->now_usec);
                break;
        case STEP_SIGNAL:
                (void)hybrid_client_recv(ends->client, (const uint8_t *)"", 1, ends->now_usec);
                break;
        case STEP_DOWN:
                channel_down(session, input);
                break;
        case STEP_DELIVER:
                ends_deliver(ends);
                break;
        case STEP_RAW_MESSAGE:
                ends_raw_message(ends, input);
                break;
        case STEP_SPOIL:
                ends_choose_spoil(ends, input);
                break;
        case STEP_COMMAND:
                ends_command(ends, input);
                break;
        case STEP_PHONE_REPLIES:
                ends_phone_replies(ends, input);
                break;
        case STEP_CANCEL:
                ends_cancel(ends);
                break;
        case STEP_TICK:
                ends_tick(ends, fuzz_u8(input) * 1000000ULL);
                break;
        case STEP_RAW_CONTACT:
                raw_contact(ends, input);
                break;
        default:
                break;
        }
        drain(ends);
}

static void start(Ends *ends) {
        const HybridClientParams client = { .accept_links = true, .link = &ends->link };
        const HybridPhoneParams phone = {
                .get_info = (const uint8_t *)"\xa1\x01\x80",
                .n_get_info = 3,
                .send_features = true,
                .spoil = ends_spoil,
                .spoil_userdata = ends,
                .link = &ends->link,
                .private_key = ends->private_key,
        };

        ends_init(ends);
        check(hybrid_client_new(&ends->client, &ends->env, &client, 0) == 0);
        check(hybrid_phone_new(&ends->phone, &ends->env, &phone, 0) == 0);
        drain(ends);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        FuzzInput input = { data, n };
        Session session = {};

        start(&session.ends);
        for (unsigned i = 0; input.n > 0 && i < ENDS_N_STEPS_MAX; i++)
                take_step(&session, &input);
        ends_finish(&session.ends, drain);
        return 0;
}
