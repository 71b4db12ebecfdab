/* SPDX-License-Identifier: MIT */

/*
 * A desktop that asks a linked phone: its whole session, with a real phone at the other end, whose
 * plaintexts and records are replaced by the input's; behind a tunnel service and a radio that do
 * what the input wants. Input: steps, each a byte and what it needs.
 */

#include "fuzz.h"

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

enum {
        N_QUEUE_MAX = 8,
        N_STEPS_MAX = 40,
};

typedef struct Session {
        uint64_t random_state, now_usec;
        HybridEnv env;
        HybridClient *client;
        HybridPhone *phone;
        HybridLink link;
        uint8_t private_key[HYBRID_LINK_PRIVATE_KEY_SIZE];
        char payload[HYBRID_CLIENT_PAYLOAD_SIZE];
        uint8_t advert[HYBRID_ADVERT_SIZE];

        struct {
                uint8_t *data;
                size_t n;
        } queue[N_QUEUE_MAX]; /* from the phone, on the way */
        size_t n_queue;

        uint8_t spoil_step;
        const uint8_t *spoil_data;
        size_t n_spoil;

        unsigned n_ended; /* FAILED, or DONE */
        bool gone, replied;
} Session;

static void spoil(void *userdata, HybridPhoneStep step, uint8_t *data, size_t *n, size_t n_max) {
        Session *session = userdata;

        if (!session->spoil_data || session->spoil_step != (uint8_t)step)
                return;
        *n = session->n_spoil < n_max ? session->n_spoil : n_max;
        memcpy(data, session->spoil_data, *n);
        session->spoil_data = NULL;
}

static void drain_phone(Session *session) {
        HybridAction action;

        while (hybrid_phone_next_action(session->phone, &action)) {
                if (action.type == HYBRID_ACTION_ADVERTISE_START)
                        memcpy(session->advert, action.bytes.data, sizeof(session->advert));
                if (action.type != HYBRID_ACTION_SEND || session->n_queue == N_QUEUE_MAX)
                        continue;
                session->queue[session->n_queue].data = malloc(action.bytes.n);
                session->queue[session->n_queue].n = action.bytes.n;
                memcpy(session->queue[session->n_queue].data, action.bytes.data, action.bytes.n);
                session->n_queue++;
        }
}

static void take_client_action(Session *session, const HybridAction *action) {
        switch (action->type) {
        case HYBRID_ACTION_CONNECT:
                strcpy(session->payload, action->connect.client_payload);
                break;
        case HYBRID_ACTION_SEND:
                check(session->n_ended == 0);
                (void)hybrid_phone_recv(session->phone, action->bytes.data, action->bytes.n,
                                        session->now_usec);
                break;
        case HYBRID_ACTION_REPLY:
                check(!session->replied && action->bytes.n > 0);
                session->replied = true;
                break;
        case HYBRID_ACTION_FAILED:
                check(++session->n_ended == 1);
                check(session->gone || action->failure->cause != HYBRID_CAUSE_PHONE_GONE);
                break;
        case HYBRID_ACTION_STATE:
                if (action->state == HYBRID_CLIENT_DONE)
                        check(++session->n_ended == 1);
                check(action->state != HYBRID_CLIENT_LINGERING);
                break;
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

static void drain(Session *session) {
        HybridAction action;

        while (hybrid_client_next_action(session->client, &action))
                take_client_action(session, &action);
        drain_phone(session);
}

static void contact(Session *session, const char *payload) {
        const HybridContact contact = {
                .client_payload = payload,
                .routing_id = "0A0B0C",
                .tunnel_id = "00112233445566778899AABBCCDDEEFF",
        };

        if (hybrid_phone_contacted(session->phone, &contact, session->now_usec) == 0)
                (void)hybrid_phone_channel_up(session->phone, NULL, session->now_usec);
}

static void raw_contact(Session *session, FuzzInput *input) {
        size_t n;
        const uint8_t *bytes = fuzz_bytes(input, 256, &n);
        char *text = strndup((const char *)bytes, n);

        check(text != NULL);
        contact(session, text);
        free(text);
}

static void deliver(Session *session) {
        if (session->n_queue == 0)
                return;
        (void)hybrid_client_recv(session->client, session->queue[0].data, session->queue[0].n,
                                 session->now_usec);
        free(session->queue[0].data);
        session->n_queue--;
        memmove(session->queue, session->queue + 1, session->n_queue * sizeof(session->queue[0]));
}

static void channel_down(Session *session, FuzzInput *input) {
        const HybridChannelError why = {
                .fault = (HybridChannelFault)(fuzz_u8(input) % (HYBRID_CHANNEL_VIOLATION + 1)),
                .http_status = 400 + fuzz_u8(input),
        };

        session->gone |= why.fault == HYBRID_CHANNEL_REFUSED && why.http_status == 410;
        (void)hybrid_client_channel_down(session->client, &why, session->now_usec);
}

static void take_step(Session *session, FuzzInput *input) {
        const uint8_t *bytes;
        size_t n;

        switch (fuzz_u8(input) % _STEP_MAX) {
        case STEP_CONTACT:
                contact(session, session->payload);
                break;
        case STEP_ADVERT:
                (void)hybrid_client_advert(session->client, session->advert,
                                           sizeof(session->advert), session->now_usec);
                break;
        case STEP_RAW_ADVERT:
                bytes = fuzz_bytes(input, 64, &n);
                (void)hybrid_client_advert(session->client, bytes, n, session->now_usec);
                break;
        case STEP_UP:
                (void)hybrid_client_contact_up(session->client, fuzz_u8(input) & 1,
                                               session->now_usec);
                break;
        case STEP_SIGNAL:
                (void)hybrid_client_recv(session->client, (const uint8_t *)"", 1,
                                         session->now_usec);
                break;
        case STEP_DOWN:
                channel_down(session, input);
                break;
        case STEP_DELIVER:
                deliver(session);
                break;
        case STEP_RAW_MESSAGE:
                bytes = fuzz_bytes(input, 4096, &n);
                (void)hybrid_client_recv(session->client, bytes, n, session->now_usec);
                break;
        case STEP_SPOIL:
                session->spoil_step = fuzz_u8(input) % (HYBRID_PHONE_STEP_RECORD + 1);
                session->spoil_data = fuzz_bytes(input, 4096, &session->n_spoil);
                break;
        case STEP_COMMAND:
                bytes = fuzz_bytes(input, 4096, &n);
                (void)hybrid_client_command(session->client, bytes, n, session->now_usec);
                break;
        case STEP_PHONE_REPLIES:
                bytes = fuzz_bytes(input, 4096, &n);
                (void)hybrid_phone_reply(session->phone, bytes, n, session->now_usec);
                break;
        case STEP_CANCEL:
                (void)hybrid_client_cancel(session->client, HYBRID_CAUSE_CANCELLED,
                                           session->now_usec);
                break;
        case STEP_TICK:
                session->now_usec += fuzz_u8(input) * 1000000ULL;
                (void)hybrid_client_tick(session->client, session->now_usec);
                break;
        case STEP_RAW_CONTACT:
                raw_contact(session, input);
                break;
        default:
                break;
        }
        drain(session);
}

static void start(Session *session) {
        HybridLink *link = &session->link;
        const HybridClientParams client = { .accept_links = true, .link = link };
        const HybridPhoneParams phone = {
                .get_info = (const uint8_t *)"\xa1\x01\x80",
                .n_get_info = 3,
                .send_features = true,
                .spoil = spoil,
                .spoil_userdata = session,
                .link = link,
                .private_key = session->private_key,
        };

        session->env = (HybridEnv){ fuzz_random, &session->random_state };
        *link = (HybridLink){ .contact_id = "fuzz", .n_contact_id = 4, .name = "a phone" };
        check(hybrid_phone_make_identity(&session->env, session->private_key, link->public_key) ==
              0);
        check(hybrid_client_new(&session->client, &session->env, &client, 0) == 0);
        check(hybrid_phone_new(&session->phone, &session->env, &phone, 0) == 0);
        drain(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        FuzzInput input = { data, n };
        Session session = { .random_state = 1 };

        start(&session);
        for (unsigned i = 0; input.n > 0 && i < N_STEPS_MAX; i++)
                take_step(&session, &input);

        /* Whatever came, it has an end, and only one. */
        for (unsigned i = 0; hybrid_client_deadline(session.client) != HYBRID_USEC_NEVER; i++) {
                check(i < 64);
                if (hybrid_client_deadline(session.client) > session.now_usec)
                        session.now_usec = hybrid_client_deadline(session.client);
                (void)hybrid_client_tick(session.client, session.now_usec);
                drain(&session);
        }
        check(session.n_ended == 1);

        hybrid_client_free(session.client);
        hybrid_phone_free(session.phone);
        for (size_t i = 0; i < session.n_queue; i++)
                free(session.queue[i].data);
        return 0;
}
