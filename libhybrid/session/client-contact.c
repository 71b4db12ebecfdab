/* SPDX-License-Identifier: MIT */

/*
 * A linked phone, up to the handshake (CTAP 2.2 section 11.5.1.10). The contact request wakes the
 * phone, which then joins the tunnel and advertises. The channel and the advert come in any order;
 * with both there, message 1 is sent. The service may have announced a signal, one byte of zero,
 * that says that the phone has joined: it may come before or after message 1, and always before
 * message 2. So what is still missing is what the states are about:
 *
 *                            channel   advert   signal
 *         CONTACTING         missing   missing  ?
 *         OPENING_CHANNEL    missing   there    ?
 *         AWAITING_PHONE     there     missing  missing
 *         AWAITING_ADVERT    there     missing  there, or none announced
 *         AWAITING_SIGNAL    there     there    missing
 *         AWAITING_HANDSHAKE there     there    there, or none announced
 */

#include <errno.h>

#include "session/client-internal.h"

int client_start_contact(HybridClient *client, const HybridLink *link, uint64_t now_usec) {
        char url[TUNNEL_CONTACT_URL_SIZE_MAX], payload[HYBRID_CLIENT_PAYLOAD_SIZE];
        int r;

        r = contact_attempt_init(&client->attempt, link, client->env);
        if (r < 0)
                return r;

        client->is_linked = true;
        (void)tunnel_host(link->tunnel_server_id, client->host);
        client_enter_state(client, HYBRID_CLIENT_CONTACTING, now_usec);
        if (!client_may_use_tunnel(client)) {
                (void)client_fail(client, HYBRID_CAUSE_POLICY, 0, "", now_usec);
                return 0;
        }

        /* At once: the advert can be there before the channel is. */
        client_start_scan(client);
        contact_attempt_url(&client->attempt, url);
        contact_attempt_payload(&client->attempt, client->params.operation, payload);
        return action_queue_push_connect(&client->actions, url, client->host, payload);
}

/* Only the phone can make such an advert, and only for this attempt: others would tell nothing. */
static void take_advert(HybridClient *client, const OpenedAdvert *advert) {
        client_stop_scan(client);
        contact_attempt_start_handshake(&client->attempt, advert->plaintext, &client->noise);
}

static int send_message1(HybridClient *client, HybridClientState next, uint64_t now_usec) {
        int r;

        r = client_send_message1(client);
        if (r < 0)
                return client_fail_errno(client, r, HYBRID_CAUSE_INTERNAL, "", now_usec);

        client_enter_state(client, next, now_usec);
        return 0;
}

int client_on_early_advert(HybridClient *client, const OpenedAdvert *advert, uint64_t now_usec) {
        take_advert(client, advert);
        client_enter_state(client, HYBRID_CLIENT_OPENING_CHANNEL, now_usec);
        return 0;
}

int client_on_contact_up(HybridClient *client, uint64_t now_usec) {
        client_enter_state(client,
                           client->signal_announced ? HYBRID_CLIENT_AWAITING_PHONE
                                                    : HYBRID_CLIENT_AWAITING_ADVERT,
                           now_usec);
        return 0;
}

int client_on_advert_before_signal(HybridClient *client, const OpenedAdvert *advert,
                                   uint64_t now_usec) {
        take_advert(client, advert);
        return send_message1(client, HYBRID_CLIENT_AWAITING_SIGNAL, now_usec);
}

int client_on_last_advert(HybridClient *client, const OpenedAdvert *advert, uint64_t now_usec) {
        take_advert(client, advert);
        return send_message1(client, HYBRID_CLIENT_AWAITING_HANDSHAKE, now_usec);
}

static int take_signal(HybridClient *client, const uint8_t *data, size_t n, HybridClientState next,
                       uint64_t now_usec) {
        if (n != 1 || data[0] != 0)
                return client_fail(client, HYBRID_CAUSE_PROTOCOL, -EBADMSG,
                                   "not the signal that was announced", now_usec);

        client_enter_state(client, next, now_usec);
        return 0;
}

int client_on_signal_before_advert(HybridClient *client, const uint8_t *data, size_t n,
                                   uint64_t now_usec) {
        return take_signal(client, data, n, HYBRID_CLIENT_AWAITING_ADVERT, now_usec);
}

int client_on_late_signal(HybridClient *client, const uint8_t *data, size_t n, uint64_t now_usec) {
        return take_signal(client, data, n, HYBRID_CLIENT_AWAITING_HANDSHAKE, now_usec);
}
