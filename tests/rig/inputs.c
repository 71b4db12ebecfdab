/* SPDX-License-Identifier: MIT */

#include "inputs.h"

#define USEC_PER_SEC 1000000ULL

int input_advert_ours(Rig *rig) {
        return rig_advert(rig);
}

/* Another phone that scanned the same code. It waits elsewhere: its routing id differs. */
int input_advert_of_second_phone(Rig *rig) {
        HybridPhone *first = rig->phone;
        int r;

        rig->phone = NULL;
        rig->phone_params.qr_text = rig->qr_text;
        ck_assert_int_eq(
                hybrid_phone_new(&rig->phone, &rig->env, &rig->phone_params, rig->now_usec), 0);
        rig_drain_phone(rig);
        ck_assert_int_eq(hybrid_phone_channel_up(rig->phone, "0D0E0F", rig->now_usec), 0);
        rig_drain_phone(rig);
        r = rig_advert(rig);

        hybrid_phone_free(rig->phone);
        rig->phone = first;
        return r;
}

/* The same phone makes a fresh advert, with another nonce. */
int input_advert_renewed(Rig *rig) {
        HybridPhone *first = rig->phone;
        int r;

        rig->phone = NULL;
        ck_assert_int_eq(rig_scan(rig), 0);
        r = rig_advert(rig);
        hybrid_phone_free(rig->phone);
        rig->phone = first;
        return r;
}

int input_advert_of_stranger(Rig *rig) {
        static const uint8_t advert[HYBRID_ADVERT_SIZE] = { 1, 2, 3 };

        return hybrid_client_advert(rig->client, advert, sizeof(advert), rig->now_usec);
}

int input_advert_short(Rig *rig) {
        return hybrid_client_advert(rig->client, rig->advert, HYBRID_ADVERT_SIZE - 1,
                                    rig->now_usec);
}

int input_channel_up(Rig *rig) {
        return hybrid_client_channel_up(rig->client, rig->now_usec);
}

int input_empty_message(Rig *rig) {
        return hybrid_client_recv(rig->client, (const uint8_t *)"", 0, rig->now_usec);
}

int input_garbage(Rig *rig) {
        static const uint8_t garbage[81] = { 4 };

        return hybrid_client_recv(rig->client, garbage, sizeof(garbage), rig->now_usec);
}

static int channel_down(Rig *rig, HybridChannelFault fault) {
        const HybridChannelError why = { .fault = fault, .detail = "as the test wants it" };

        return hybrid_client_channel_down(rig->client, &why, rig->now_usec);
}

int input_closed(Rig *rig) {
        return channel_down(rig, HYBRID_CHANNEL_CLOSED);
}

int input_broken(Rig *rig) {
        return channel_down(rig, HYBRID_CHANNEL_BROKEN);
}

int input_unreachable(Rig *rig) {
        return channel_down(rig, HYBRID_CHANNEL_UNREACHABLE);
}

int input_tls(Rig *rig) {
        return channel_down(rig, HYBRID_CHANNEL_TLS);
}

int input_proxy(Rig *rig) {
        return channel_down(rig, HYBRID_CHANNEL_PROXY);
}

int input_refused(Rig *rig) {
        return channel_down(rig, HYBRID_CHANNEL_REFUSED);
}

int input_violation(Rig *rig) {
        return channel_down(rig, HYBRID_CHANNEL_VIOLATION);
}

int input_forbidden(Rig *rig) {
        return channel_down(rig, HYBRID_CHANNEL_FORBIDDEN);
}

int input_command(Rig *rig) {
        return hybrid_client_command(rig->client, rig_command, sizeof(rig_command), rig->now_usec);
}

int input_empty_command(Rig *rig) {
        return hybrid_client_command(rig->client, rig_command, 0, rig->now_usec);
}

int input_huge_command(Rig *rig) {
        static const uint8_t huge[HYBRID_MESSAGE_SIZE_MAX];

        return hybrid_client_command(rig->client, huge, sizeof(huge), rig->now_usec);
}

int input_cancel(Rig *rig) {
        return hybrid_client_cancel(rig->client, HYBRID_CAUSE_CANCELLED, rig->now_usec);
}

int input_early_tick(Rig *rig) {
        return hybrid_client_tick(rig->client, rig->now_usec);
}

/* The deadline of the state or, where it has none, of the ceremony. The code's own is renewed. */
int input_state_deadline(Rig *rig) {
        bool waiting = hybrid_client_state(rig->client) == HYBRID_CLIENT_WAITING_FOR_SCAN;

        (void)hybrid_client_tick(rig->client, rig->now_usec); /* makes the ephemeral key */
        rig->now_usec = hybrid_client_deadline(rig->client);
        if (waiting)
                rig->now_usec = 1000000 + 300 * USEC_PER_SEC;
        if (rig->now_usec == HYBRID_USEC_NEVER)
                rig->now_usec = 1000 * USEC_PER_SEC;
        return hybrid_client_tick(rig->client, rig->now_usec);
}

int input_just_before_deadline(Rig *rig) {
        (void)hybrid_client_tick(rig->client, rig->now_usec);
        rig->now_usec = hybrid_client_deadline(rig->client) - 1;
        return hybrid_client_tick(rig->client, rig->now_usec);
}
