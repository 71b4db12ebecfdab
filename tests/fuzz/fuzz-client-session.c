/* SPDX-License-Identifier: MIT */

/*
 * The desktop's whole session against a phone that says what the input wants, behind a tunnel and a
 * radio that do what the input wants.
 *
 * Input: steps, each a byte and what it needs. A real phone session stands at the other end, so that
 * the fuzzer gets past the cryptography; its plaintexts and records are replaced by the input's.
 */

#include "fuzz.h"

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

enum {
        N_QUEUE_MAX = 8,
        N_STEPS_MAX = 40, /* a ceremony takes a dozen; many scans in one input take long */
};

typedef struct Session {
        uint64_t random_state, now_usec;
        HybridEnv env;
        HybridClient *client;
        HybridPhone *phone;
        char qr_text[HYBRID_QR_TEXT_SIZE_MAX];
        uint8_t advert[HYBRID_ADVERT_SIZE];
        HybridLink link; /* what the phone says of itself */
        uint8_t private_key[HYBRID_LINK_PRIVATE_KEY_SIZE];
        unsigned n_linked;

        struct {
                uint8_t *data;
                size_t n;
        } queue[N_QUEUE_MAX]; /* from the phone, on the way */
        size_t n_queue;

        uint8_t spoil_step;
        const uint8_t *spoil_data;
        size_t n_spoil;

        unsigned n_ended; /* FAILED, or DONE */
        bool replied;
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

        while (session->phone && hybrid_phone_next_action(session->phone, &action)) {
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

static void drain_client(Session *session) {
        HybridAction action;

        while (hybrid_client_next_action(session->client, &action)) {
                check(session->n_ended == 0 || action.type != HYBRID_ACTION_SEND);
                if (action.type == HYBRID_ACTION_SHOW_QR)
                        strcpy(session->qr_text, action.qr_text);
                if (action.type == HYBRID_ACTION_SEND && session->phone)
                        (void)hybrid_phone_recv(session->phone, action.bytes.data, action.bytes.n,
                                                session->now_usec);
                if (action.type == HYBRID_ACTION_REPLY) {
                        check(!session->replied && action.bytes.n > 0);
                        session->replied = true;
                }
                if (action.type == HYBRID_ACTION_LINKED)
                        check(++session->n_linked <= 4 && action.link->n_contact_id > 0);
                if (action.type == HYBRID_ACTION_FAILED)
                        check(!session->replied);
                if (action.type == HYBRID_ACTION_FAILED ||
                    (action.type == HYBRID_ACTION_STATE && action.state == HYBRID_CLIENT_DONE))
                        check(++session->n_ended == 1);
        }
        drain_phone(session);
}

static void phone_scans(Session *session) {
        const HybridPhoneParams params = {
                .qr_text = session->qr_text,
                .get_info = (const uint8_t *)"\xa1\x01\x80",
                .n_get_info = 3,
                .send_features = true,
                .spoil = spoil,
                .spoil_userdata = session,
                .link = &session->link,
                .private_key = session->private_key,
                .linking = HYBRID_PHONE_LINKS_FIRST,
        };

        hybrid_phone_free(session->phone);
        session->phone = NULL;
        if (hybrid_phone_new(&session->phone, &session->env, &params, session->now_usec) == 0)
                (void)hybrid_phone_channel_up(session->phone, "0A0B0C", session->now_usec);
        drain_phone(session);
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

static void channel_down(Session *session, uint8_t fault) {
        const HybridChannelError why = {
                .fault = (HybridChannelFault)(fault % (HYBRID_CHANNEL_VIOLATION + 1)),
        };

        (void)hybrid_client_channel_down(session->client, &why, session->now_usec);
}

static void take_step(Session *session, FuzzInput *input) {
        uint8_t step = fuzz_u8(input) % _STEP_MAX;
        const uint8_t *bytes;
        size_t n;

        switch (step) {
        case STEP_PHONE_SCANS:
                phone_scans(session);
                break;
        case STEP_ADVERT:
                (void)hybrid_client_advert(session->client, session->advert,
                                           sizeof(session->advert), session->now_usec);
                break;
        case STEP_RAW_ADVERT:
                bytes = fuzz_bytes(input, 64, &n);
                (void)hybrid_client_advert(session->client, bytes, n, session->now_usec);
                break;
        case STEP_CHANNEL_UP:
                (void)hybrid_client_channel_up(session->client, session->now_usec);
                break;
        case STEP_CHANNEL_DOWN:
                channel_down(session, fuzz_u8(input));
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
                if (session->phone)
                        (void)hybrid_phone_reply(session->phone, bytes, n, session->now_usec);
                break;
        case STEP_CANCEL:
                (void)hybrid_client_cancel(session->client, HYBRID_CAUSE_CANCELLED,
                                           session->now_usec);
                break;
        case STEP_TICK:
                session->now_usec += fuzz_u8(input) * 4000000ULL;
                (void)hybrid_client_tick(session->client, session->now_usec);
                break;
        default:
                break;
        }
        drain_client(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        const HybridClientParams params = { .operation = HYBRID_GET, .accept_links = true };
        FuzzInput input = { data, n };
        Session session = { .random_state = 1 };

        session.env = (HybridEnv){ fuzz_random, &session.random_state };
        session.link = (HybridLink){ .contact_id = "fuzz", .n_contact_id = 4, .name = "a phone" };
        check(hybrid_phone_make_identity(&session.env, session.private_key,
                                         session.link.public_key) == 0);
        check(hybrid_client_new(&session.client, &session.env, &params, 0) == 0);
        drain_client(&session);

        for (unsigned i = 0; input.n > 0 && i < N_STEPS_MAX; i++)
                take_step(&session, &input);

        /* Whatever came, it has an end, and only one. */
        for (unsigned i = 0; hybrid_client_deadline(session.client) != HYBRID_USEC_NEVER; i++) {
                check(i < 64);
                if (hybrid_client_deadline(session.client) > session.now_usec)
                        session.now_usec = hybrid_client_deadline(session.client);
                (void)hybrid_client_tick(session.client, session.now_usec);
                drain_client(&session);
        }
        check(session.n_ended == 1);

        hybrid_client_free(session.client);
        hybrid_phone_free(session.phone);
        for (size_t i = 0; i < session.n_queue; i++)
                free(session.queue[i].data);
        return 0;
}
