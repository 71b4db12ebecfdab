/* SPDX-License-Identifier: MIT */

/*
 * The desktop's whole session against a phone that says what the input wants, behind a tunnel and a
 * radio that do what the input wants.
 *
 * Input: steps, each a byte and what it needs.
 */

#include "ends.h"

enum {
        STEP_PHONE_SCANS, /* a real phone scans the code and advertises */
        STEP_ADVERT,      /* its advert arrives */
        STEP_RAW_ADVERT,  /* bytes arrive as an advert */
        STEP_CHANNEL_UP,
        STEP_CHANNEL_DOWN, /* a fault */
        STEP_DELIVER,      /* the next message of the phone arrives */
        STEP_RAW_MESSAGE,  /* bytes arrive as a message */
        STEP_SPOIL,        /* a step of the phone, and bytes that replace its own there */
        STEP_COMMAND,
        STEP_PHONE_REPLIES, /* bytes as a CTAP2 response */
        STEP_CANCEL,
        STEP_TICK, /* time passes, in units of 4 s */
        _STEP_MAX,
};

/* The phone's and the desktop's ends come first: what is shared knows only them. */
typedef struct Session {
        Ends ends;
        char qr_text[HYBRID_QR_TEXT_SIZE_MAX];
        unsigned n_linked;
} Session;

static void drain(Ends *ends) {
        Session *session = (Session *)ends;
        HybridAction action;

        while (hybrid_client_next_action(ends->client, &action)) {
                ends_take_action(ends, &action);
                if (action.type == HYBRID_ACTION_SHOW_QR)
                        strcpy(session->qr_text, action.qr_text);
                if (action.type == HYBRID_ACTION_LINKED)
                        check(++session->n_linked <= 4 && action.link->n_contact_id > 0);
        }
        ends_drain_phone(ends);
}

static void phone_scans(Session *session) {
        Ends *ends = &session->ends;
        const HybridPhoneParams params = {
                .qr_text = session->qr_text,
                .get_info = (const uint8_t *)"\xa1\x01\x80",
                .n_get_info = 3,
                .send_features = true,
                .spoil = ends_spoil,
                .spoil_userdata = ends,
                .link = &ends->link,
                .private_key = ends->private_key,
                .linking = HYBRID_PHONE_LINKS_FIRST,
        };

        hybrid_phone_free(ends->phone);
        ends->phone = NULL;
        if (hybrid_phone_new(&ends->phone, &ends->env, &params, ends->now_usec) == 0)
                (void)hybrid_phone_channel_up(ends->phone, "0A0B0C", ends->now_usec);
        ends_drain_phone(ends);
}

static void channel_down(Ends *ends, uint8_t fault) {
        const HybridChannelError why = {
                .fault = (HybridChannelFault)(fault % (HYBRID_CHANNEL_FORBIDDEN + 1)),
        };

        (void)hybrid_client_channel_down(ends->client, &why, ends->now_usec);
}

static void take_step(Session *session, FuzzInput *input) {
        Ends *ends = &session->ends;

        switch (fuzz_u8(input) % _STEP_MAX) {
        case STEP_PHONE_SCANS:
                phone_scans(session);
                break;
        case STEP_ADVERT:
                ends_advert(ends);
                break;
        case STEP_RAW_ADVERT:
                ends_raw_advert(ends, input);
                break;
        case STEP_CHANNEL_UP:
                (void)hybrid_client_channel_up(ends->client, ends->now_usec);
                break;
        case STEP_CHANNEL_DOWN:
                channel_down(ends, fuzz_u8(input));
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
                ends_tick(ends, fuzz_u8(input) * 4000000ULL);
                break;
        default:
                break;
        }
        drain(ends);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        const HybridClientParams params = { .operation = HYBRID_GET, .accept_links = true };
        FuzzInput input = { data, n };
        Session session = {};

        ends_init(&session.ends);
        check(hybrid_client_new(&session.ends.client, &session.ends.env, &params, 0) == 0);
        drain(&session.ends);

        for (unsigned i = 0; input.n > 0 && i < ENDS_N_STEPS_MAX; i++)
                take_step(&session, &input);
        ends_finish(&session.ends, drain);
        return 0;
}
