/* SPDX-License-Identifier: MIT */

#include <stdlib.h>
#include <string.h>

#include "rig.h"

#define START_USEC 1000000

/* The sessions do not look into either. */
const uint8_t rig_command[3] = { 0x01, 0xa1, 0x01 };
const uint8_t rig_reply[4] = { 0x00, 0xa1, 0x01, 0x02 };

static const uint8_t get_info[] = {
        0xa1, 0x01, 0x81, 0x68, 'F', 'I', 'D', 'O', '_', '2', '_', '0'
};

static void reset(Rig *rig) {
        *rig = (Rig){
                .now_usec = START_USEC,
                .phone_params = { .get_info = get_info,
                                  .n_get_info = sizeof(get_info),
                                  .send_features = true },
        };
        rig->env = test_random_env(&rig->random);
}

int rig_try_init(Rig *rig) {
        const HybridClientParams params = { .operation = HYBRID_CREATE, .unix_time = 1790000000 };

        reset(rig);
        return hybrid_client_new(&rig->client, &rig->env, &params, rig->now_usec);
}

/* A phone that can be linked. */
static int make_link(Rig *rig) {
        HybridLink *link = &rig->link;

        *link = (HybridLink){ .contact_id = "a contact id", .n_contact_id = 12, .name = "Pixel 9" };
        memset(link->link_id, 0x11, sizeof(link->link_id));
        memset(link->secret, 0x22, sizeof(link->secret));
        rig->phone_params.link = link;
        rig->phone_params.private_key = rig->private_key;
        return hybrid_phone_make_identity(&rig->env, rig->private_key, link->public_key);
}

void rig_init_linking(Rig *rig, HybridPhoneLinking linking) {
        const HybridClientParams params = { .operation = HYBRID_CREATE,
                                            .unix_time = 1790000000,
                                            .accept_links = true };

        reset(rig);
        ck_assert_int_eq(make_link(rig), 0);
        rig->phone_params.linking = linking;
        ck_assert_int_eq(hybrid_client_new(&rig->client, &rig->env, &params, rig->now_usec), 0);
        rig_drain_client(rig);
}

int rig_try_init_linked(Rig *rig) {
        HybridClientParams params = { .operation = HYBRID_GET };
        int r;

        reset(rig);
        r = make_link(rig);
        if (r < 0)
                return r;
        params.link = &rig->link;
        r = hybrid_client_new(&rig->client, &rig->env, &params, rig->now_usec);
        if (r < 0)
                return r;
        return hybrid_phone_new(&rig->phone, &rig->env, &rig->phone_params, rig->now_usec);
}

void rig_init_linked(Rig *rig) {
        ck_assert_int_eq(rig_try_init_linked(rig), 0);
        rig_drain_client(rig);
        rig_drain_phone(rig);
        ck_assert(!rig->qr_visible);
        ck_assert(rig->scanning);
        ck_assert(rig->channel_wanted);
}

void rig_init(Rig *rig) {
        ck_assert_int_eq(rig_try_init(rig), 0);
        rig_drain_client(rig);
        ck_assert(rig->qr_visible);
        ck_assert(rig->scanning);
}

void rig_done(Rig *rig) {
        hybrid_client_free(rig->client);
        hybrid_phone_free(rig->phone);
        for (unsigned i = 0; i < rig->n_queue; i++)
                free(rig->queue[i].data);
}

static void enqueue(Rig *rig, RigSide from, const uint8_t *data, size_t n) {
        RigMessage *message = &rig->queue[rig->n_queue];

        ck_assert_uint_lt(rig->n_queue, RIG_N_MESSAGES_MAX);
        *message = (RigMessage){ .from = from, .data = malloc(n + 1), .n = n };
        if (!message->data)
                return; /* lost on the way, as in a network without memory */
        memcpy(message->data, data, n);
        rig->n_queue++;
}

static void tamper_with(Rig *rig, RigSide from, const uint8_t *data, size_t n) {
        uint8_t copy[4096];

        ck_assert_uint_lt(n, sizeof(copy));
        memcpy(copy, data, n);
        rig->tampered = true;

        switch (rig->tamper) {
        case RIG_DELIVER:
                enqueue(rig, from, copy, n);
                break;
        case RIG_DROP:
                break;
        case RIG_DUPLICATE:
                enqueue(rig, from, copy, n);
                enqueue(rig, from, copy, n);
                break;
        case RIG_FLIP:
                copy[rig->tamper_bit / 8 % n] ^= (uint8_t)(1 << rig->tamper_bit % 8);
                enqueue(rig, from, copy, n);
                break;
        case RIG_TRUNCATE:
                enqueue(rig, from, copy, n - 1);
                break;
        case RIG_APPEND:
                copy[n] = 0;
                enqueue(rig, from, copy, n + 1);
                break;
        case RIG_SWAP:
                enqueue(rig, from, copy, n);
                break;
        }
}

static void swap_last_two(Rig *rig) {
        RigMessage last = rig->queue[rig->n_queue - 1];

        rig->queue[rig->n_queue - 1] = rig->queue[rig->n_queue - 2];
        rig->queue[rig->n_queue - 2] = last;
}

static void send_message(Rig *rig, RigSide from, const uint8_t *data, size_t n) {
        unsigned index = rig->n_sent++;

        if (index == rig->tamper_at)
                tamper_with(rig, from, data, n);
        else
                enqueue(rig, from, data, n);
        if (rig->tamper == RIG_SWAP && index == rig->tamper_at + 1 && rig->n_queue >= 2 &&
            rig->queue[rig->n_queue - 2].from == from)
                swap_last_two(rig);
}

static void take_client_action(Rig *rig, const HybridAction *action) {
        switch (action->type) {
        case HYBRID_ACTION_STATE:
                ck_assert_ptr_nonnull(hybrid_client_state_name((HybridClientState)action->state));
                break;
        case HYBRID_ACTION_SHOW_QR:
                strcpy(rig->qr_text, action->qr_text);
                rig->qr_visible = true;
                rig->n_qr_shown++;
                break;
        case HYBRID_ACTION_HIDE_QR:
                rig->qr_visible = false;
                break;
        case HYBRID_ACTION_SCAN_START:
                rig->scanning = true;
                break;
        case HYBRID_ACTION_SCAN_STOP:
                rig->scanning = false;
                break;
        case HYBRID_ACTION_CONNECT:
                ck_assert(!rig->channel_wanted);
                strcpy(rig->connect_url, action->connect.url);
                if (action->connect.client_payload)
                        strcpy(rig->client_payload, action->connect.client_payload);
                rig->channel_wanted = true;
                break;
        case HYBRID_ACTION_SEND:
                send_message(rig, RIG_CLIENT, action->bytes.data, action->bytes.n);
                break;
        case HYBRID_ACTION_CLOSE:
                rig->client_closes = true;
                break;
        case HYBRID_ACTION_REPLY:
                memcpy(rig->reply, action->bytes.data, action->bytes.n);
                rig->n_reply = action->bytes.n;
                break;
        case HYBRID_ACTION_FAILED:
                ck_assert(!rig->failed);
                rig->failed = true;
                rig->failure = *action->failure;
                break;
        case HYBRID_ACTION_LINKED:
                rig->kept_link = *action->link;
                rig->n_linked++;
                break;
        case HYBRID_ACTION_LINK_IGNORED:
                rig->n_link_ignored++;
                break;
        case HYBRID_ACTION_ADVERTISE_START:
        case HYBRID_ACTION_ADVERTISE_STOP:
        case HYBRID_ACTION_COMMAND:
                ck_abort_msg("an action of the other side");
        }
}

void rig_drain_client(Rig *rig) {
        HybridAction action;

        while (hybrid_client_next_action(rig->client, &action))
                take_client_action(rig, &action);
}

static void take_phone_action(Rig *rig, const HybridAction *action) {
        switch (action->type) {
        case HYBRID_ACTION_STATE:
                ck_assert_ptr_nonnull(hybrid_phone_state_name((HybridPhoneState)action->state));
                break;
        case HYBRID_ACTION_CONNECT:
                strcpy(rig->new_url, action->connect.url);
                break;
        case HYBRID_ACTION_ADVERTISE_START:
                memcpy(rig->advert, action->bytes.data, sizeof(rig->advert));
                rig->advertising = true;
                break;
        case HYBRID_ACTION_ADVERTISE_STOP:
                rig->advertising = false;
                break;
        case HYBRID_ACTION_SEND:
                send_message(rig, RIG_PHONE, action->bytes.data, action->bytes.n);
                break;
        case HYBRID_ACTION_CLOSE:
                rig->phone_closes = true;
                break;
        case HYBRID_ACTION_COMMAND:
                memcpy(rig->answered_command, action->bytes.data, action->bytes.n);
                rig->n_answered_command = action->bytes.n;
                break;
        case HYBRID_ACTION_FAILED:
                rig->phone_failed = true;
                rig->phone_failure = *action->failure;
                break;
        case HYBRID_ACTION_SHOW_QR:
        case HYBRID_ACTION_HIDE_QR:
        case HYBRID_ACTION_SCAN_START:
        case HYBRID_ACTION_SCAN_STOP:
        case HYBRID_ACTION_REPLY:
        case HYBRID_ACTION_LINKED:
        case HYBRID_ACTION_LINK_IGNORED:
                ck_abort_msg("an action of the other side");
        }
}

void rig_drain_phone(Rig *rig) {
        HybridAction action;

        while (rig->phone && hybrid_phone_next_action(rig->phone, &action))
                take_phone_action(rig, &action);
}

int rig_scan(Rig *rig) {
        int r;

        rig->phone_params.qr_text = rig->qr_text;
        r = hybrid_phone_new(&rig->phone, &rig->env, &rig->phone_params, rig->now_usec);
        if (r < 0)
                return r;
        rig_drain_phone(rig);

        r = hybrid_phone_channel_up(rig->phone, "0A0B0C", rig->now_usec);
        rig_drain_phone(rig);
        return r;
}

int rig_contact(Rig *rig) {
        const HybridContact contact = {
                .client_payload = rig->client_payload,
                .routing_id = "0A0B0C",
                .tunnel_id = "00112233445566778899AABBCCDDEEFF",
        };
        int r;

        r = hybrid_phone_contacted(rig->phone, &contact, rig->now_usec);
        rig_drain_phone(rig);
        if (r != 0)
                return r;

        r = hybrid_phone_channel_up(rig->phone, NULL, rig->now_usec);
        rig_drain_phone(rig);
        return r;
}

int rig_contact_up(Rig *rig, bool signal) {
        int r = hybrid_client_contact_up(rig->client, signal, rig->now_usec);

        rig_drain_client(rig);
        return r;
}

int rig_signal(Rig *rig) {
        static const uint8_t signal[] = { 0 };
        int r = hybrid_client_recv(rig->client, signal, sizeof(signal), rig->now_usec);

        rig_drain_client(rig);
        return r;
}

int rig_advert(Rig *rig) {
        int r = hybrid_client_advert(rig->client, rig->advert, sizeof(rig->advert), rig->now_usec);

        rig_drain_client(rig);
        return r;
}

static void deliver_close(Rig *rig) {
        static const HybridChannelError closed = { .fault = HYBRID_CHANNEL_CLOSED };

        if (rig->client_closes && rig->phone)
                hybrid_phone_channel_down(rig->phone, &closed, rig->now_usec);
        if (rig->phone_closes && rig->channel_wanted)
                hybrid_client_channel_down(rig->client, &closed, rig->now_usec);
        rig->client_closes = rig->phone_closes = false;
        rig_drain_client(rig);
        rig_drain_phone(rig);
}

bool rig_deliver(Rig *rig) {
        RigMessage message;

        if (rig->n_queue == 0)
                return false;

        message = rig->queue[0];
        rig->n_queue--;
        memmove(rig->queue, rig->queue + 1, rig->n_queue * sizeof(rig->queue[0]));

        if (message.from == RIG_CLIENT)
                (void)hybrid_phone_recv(rig->phone, message.data, message.n, rig->now_usec);
        else
                (void)hybrid_client_recv(rig->client, message.data, message.n, rig->now_usec);
        free(message.data);

        rig_drain_client(rig);
        rig_drain_phone(rig);
        return true;
}

void rig_run(Rig *rig) {
        for (;;) {
                if (hybrid_client_state(rig->client) == HYBRID_CLIENT_READY)
                        (void)hybrid_client_command(rig->client, rig_command, sizeof(rig_command),
                                                    rig->now_usec);
                if (rig->phone && hybrid_phone_state(rig->phone) == HYBRID_PHONE_ANSWERING)
                        (void)hybrid_phone_reply(rig->phone, rig_reply, sizeof(rig_reply),
                                                 rig->now_usec);
                rig_drain_client(rig);
                rig_drain_phone(rig);

                if (rig_deliver(rig))
                        continue;
                if (!rig->client_closes && !rig->phone_closes)
                        return;
                deliver_close(rig);
        }
}

void rig_expire(Rig *rig) {
        rig->now_usec = hybrid_client_deadline(rig->client);
        (void)hybrid_client_tick(rig->client, rig->now_usec);
        if (rig->phone)
                (void)hybrid_phone_tick(rig->phone, rig->now_usec);
        rig_drain_client(rig);
        rig_drain_phone(rig);
}

/* One step on the way that a good ceremony takes. */
static void step(Rig *rig, HybridClientState from) {
        switch (from) {
        case HYBRID_CLIENT_WAITING_FOR_SCAN:
                ck_assert_int_eq(rig_scan(rig), 0);
                ck_assert_int_eq(rig_advert(rig), 0);
                break;
        case HYBRID_CLIENT_OPENING_CHANNEL:
                ck_assert_int_eq(hybrid_client_channel_up(rig->client, rig->now_usec), 0);
                rig_drain_client(rig);
                ck_assert(rig_deliver(rig)); /* message 1 */
                break;
        case HYBRID_CLIENT_AWAITING_HANDSHAKE:
        case HYBRID_CLIENT_AWAITING_POST_HANDSHAKE:
                ck_assert(rig_deliver(rig));
                break;
        case HYBRID_CLIENT_READY:
                ck_assert_int_eq(hybrid_client_command(rig->client, rig_command,
                                                       sizeof(rig_command), rig->now_usec),
                                 0);
                rig_drain_client(rig);
                break;
        case HYBRID_CLIENT_CONTINUE_ON_PHONE:
                rig_run(rig);
                break;
        case HYBRID_CLIENT_LINGERING:
                rig_expire(rig);
                break;
        case HYBRID_CLIENT_CONTACTING:
                ck_assert_int_eq(rig_contact_up(rig, false), 0);
                break;
        case HYBRID_CLIENT_AWAITING_ADVERT:
                ck_assert_int_eq(rig_contact(rig), 0);
                ck_assert_int_eq(rig_advert(rig), 0);
                ck_assert(rig_deliver(rig)); /* message 1 */
                break;
        case HYBRID_CLIENT_AWAITING_PHONE:
        case HYBRID_CLIENT_AWAITING_SIGNAL:
        case HYBRID_CLIENT_DONE:
        case HYBRID_CLIENT_FAILED:
        case _HYBRID_CLIENT_STATE_MAX:
                ck_abort_msg("no way leads on from here");
        }
}

static void give_up(Rig *rig) {
        hybrid_client_cancel(rig->client, HYBRID_CAUSE_CANCELLED, rig->now_usec);
        rig_drain_client(rig);
}

void rig_reach(Rig *rig, HybridClientState state) {
        rig_init(rig);
        if (state == HYBRID_CLIENT_FAILED)
                give_up(rig);
        while (hybrid_client_state(rig->client) != state)
                step(rig, hybrid_client_state(rig->client));
}

void rig_reach_linked(Rig *rig, HybridClientState state) {
        rig_init_linked(rig);
        if (state == HYBRID_CLIENT_FAILED)
                give_up(rig);

        /* Beside the way on which the channel comes first, and no signal is announced. */
        if (state == HYBRID_CLIENT_OPENING_CHANNEL || state == HYBRID_CLIENT_AWAITING_SIGNAL) {
                ck_assert_int_eq(rig_contact(rig), 0);
                ck_assert_int_eq(rig_advert(rig), 0);
        }
        if (state == HYBRID_CLIENT_AWAITING_PHONE || state == HYBRID_CLIENT_AWAITING_SIGNAL)
                ck_assert_int_eq(rig_contact_up(rig, true), 0);

        while (hybrid_client_state(rig->client) != state)
                step(rig, hybrid_client_state(rig->client));
}

void rig_assert_wound_down(const Rig *rig) {
        ck_assert(!rig->qr_visible);
        ck_assert(!rig->scanning);
        ck_assert(hybrid_client_deadline(rig->client) == HYBRID_USEC_NEVER);
}
