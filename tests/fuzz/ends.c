/* SPDX-License-Identifier: MIT */

#include "ends.h"

/* ---- both ends ------------------------------------------------------------------------------ */

void ends_init(Ends *ends) {
        *ends = (Ends){
                .random_state = 1,
                .link = { .contact_id = "fuzz", .n_contact_id = 4, .name = "a phone" },
        };
        ends->env = (HybridEnv){ fuzz_random, &ends->random_state };
        check(hybrid_phone_make_identity(&ends->env, ends->private_key, ends->link.public_key) ==
              0);
}

void ends_spoil(void *userdata, HybridPhoneStep step, uint8_t *data, size_t *n, size_t n_max) {
        Ends *ends = userdata;

        if (!ends->spoil_data || ends->spoil_step != (uint8_t)step)
                return;
        *n = ends->n_spoil < n_max ? ends->n_spoil : n_max;
        memcpy(data, ends->spoil_data, *n);
        ends->spoil_data = NULL;
}

static void enqueue(Ends *ends, const uint8_t *data, size_t n) {
        if (ends->n_queue == ENDS_N_QUEUE_MAX)
                return;
        ends->queue[ends->n_queue].data = malloc(n);
        ends->queue[ends->n_queue].n = n;
        memcpy(ends->queue[ends->n_queue].data, data, n);
        ends->n_queue++;
}

void ends_drain_phone(Ends *ends) {
        HybridAction action;

        while (ends->phone && hybrid_phone_next_action(ends->phone, &action)) {
                if (action.type == HYBRID_ACTION_ADVERTISE_START)
                        memcpy(ends->advert, action.bytes.data, sizeof(ends->advert));
                if (action.type == HYBRID_ACTION_SEND)
                        enqueue(ends, action.bytes.data, action.bytes.n);
        }
}

static void note_end(Ends *ends) {
        check(++ends->n_ended == 1);
}

void ends_take_action(Ends *ends, const HybridAction *action) {
        switch ((int)action->type) {
        case HYBRID_ACTION_SEND:
                check(ends->n_ended == 0);
                if (ends->phone)
                        (void)hybrid_phone_recv(ends->phone, action->bytes.data, action->bytes.n,
                                                ends->now_usec);
                break;
        case HYBRID_ACTION_REPLY:
                check(!ends->replied && action->bytes.n > 0);
                ends->replied = true;
                break;
        case HYBRID_ACTION_FAILED:
                check(!ends->replied);
                note_end(ends);
                break;
        case HYBRID_ACTION_STATE:
                if (action->state == HYBRID_CLIENT_DONE)
                        note_end(ends);
                break;
        default:
                break;
        }
}

/* ---- steps ---------------------------------------------------------------------------------- */

void ends_advert(Ends *ends) {
        (void)hybrid_client_advert(ends->client, ends->advert, sizeof(ends->advert),
                                   ends->now_usec);
}

void ends_raw_advert(Ends *ends, FuzzInput *input) {
        size_t n;
        const uint8_t *bytes = fuzz_bytes(input, 64, &n);

        (void)hybrid_client_advert(ends->client, bytes, n, ends->now_usec);
}

void ends_deliver(Ends *ends) {
        if (ends->n_queue == 0)
                return;
        (void)hybrid_client_recv(ends->client, ends->queue[0].data, ends->queue[0].n,
                                 ends->now_usec);
        free(ends->queue[0].data);
        ends->n_queue--;
        memmove(ends->queue, ends->queue + 1, ends->n_queue * sizeof(ends->queue[0]));
}

void ends_raw_message(Ends *ends, FuzzInput *input) {
        size_t n;
        const uint8_t *bytes = fuzz_bytes(input, 4096, &n);

        (void)hybrid_client_recv(ends->client, bytes, n, ends->now_usec);
}

void ends_choose_spoil(Ends *ends, FuzzInput *input) {
        ends->spoil_step = fuzz_u8(input) % (HYBRID_PHONE_STEP_RECORD + 1);
        ends->spoil_data = fuzz_bytes(input, 4096, &ends->n_spoil);
}

void ends_command(Ends *ends, FuzzInput *input) {
        size_t n;
        const uint8_t *bytes = fuzz_bytes(input, 4096, &n);

        (void)hybrid_client_command(ends->client, bytes, n, ends->now_usec);
}

void ends_phone_replies(Ends *ends, FuzzInput *input) {
        size_t n;
        const uint8_t *bytes = fuzz_bytes(input, 4096, &n);

        if (ends->phone)
                (void)hybrid_phone_reply(ends->phone, bytes, n, ends->now_usec);
}

void ends_cancel(Ends *ends) {
        (void)hybrid_client_cancel(ends->client, HYBRID_CAUSE_CANCELLED, ends->now_usec);
}

void ends_tick(Ends *ends, uint64_t usec) {
        ends->now_usec += usec;
        (void)hybrid_client_tick(ends->client, ends->now_usec);
}

/* ---- the end -------------------------------------------------------------------------------- */

void ends_finish(Ends *ends, void (*drain)(Ends *ends)) {
        for (unsigned i = 0; hybrid_client_deadline(ends->client) != HYBRID_USEC_NEVER; i++) {
                check(i < 64);
                if (hybrid_client_deadline(ends->client) > ends->now_usec)
                        ends->now_usec = hybrid_client_deadline(ends->client);
                (void)hybrid_client_tick(ends->client, ends->now_usec);
                drain(ends);
        }
        check(ends->n_ended == 1);

        hybrid_client_free(ends->client);
        hybrid_phone_free(ends->phone);
        for (size_t i = 0; i < ends->n_queue; i++)
                free(ends->queue[i].data);
}
