/* SPDX-License-Identifier: MIT */

/*
 * The desktop's side of a ceremony as a table of states (CTAP 2.2 section 11.5): one row for each
 * state, with its deadline and its handlers. The table is at the end. Handlers queue actions and
 * enter the next state; what goes wrong ends in client_fail().
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/secret.h"
#include "session/client-internal.h"

#define CONNECT_TIMEOUT_USEC        (15 * USEC_PER_SEC)
#define CONTACT_TIMEOUT_USEC        (20 * USEC_PER_SEC) /* then people are better off with a code */
#define HANDSHAKE_TIMEOUT_USEC      (15 * USEC_PER_SEC)
#define POST_HANDSHAKE_TIMEOUT_USEC (15 * USEC_PER_SEC)

/* ---- WAITING_FOR_SCAN ---------------------------------------------------------------------- */

bool client_may_use_tunnel(const HybridClient *client) {
        const HybridClientParams *params = &client->params;

        return !params->is_tunnel_allowed ||
               params->is_tunnel_allowed(params->userdata, client->host);
}

static int on_match(HybridClient *client, const OpenedAdvert *advert, uint64_t now_usec) {
        const Offer *offer = advert->offer;
        const Eid *eid = &advert->eid;
        char url[TUNNEL_URL_SIZE_MAX];
        int r;

        client->matched_offer = offer;
        client->matched_eid = *eid;
        (void)tunnel_host(eid->tunnel_server_id, client->host);
        if (!client_may_use_tunnel(client))
                return client_fail(client, HYBRID_CAUSE_POLICY, 0, "", now_usec);
        offer_start_handshake(offer, advert->plaintext, &client->noise);

        client_push(client, HYBRID_ACTION_HIDE_QR);
        offer_connect_url(offer, eid, url);
        offer_spend(&client->offer);
        offer_spend(&client->previous_offer);
        r = action_queue_push_connect(&client->actions, url, client->host, NULL);
        if (r < 0)
                return client_fail_errno(client, r, HYBRID_CAUSE_INTERNAL, "", now_usec);

        client_enter_state(client, HYBRID_CLIENT_OPENING_CHANNEL, now_usec);
        return 0;
}

/* ---- from OPENING_CHANNEL on: the code is off the screen, but the scan goes on -------------- */

/* A phone may start its advert anew; another place to wait means that it is another phone. */
static int on_second_advert(HybridClient *client, const OpenedAdvert *advert, uint64_t now_usec) {
        const Eid *eid = &advert->eid;

        if (advert->offer == client->matched_offer &&
            eid->tunnel_server_id == client->matched_eid.tunnel_server_id &&
            memcmp(eid->routing_id, client->matched_eid.routing_id, EID_ROUTING_ID_SIZE) == 0)
                return 0;

        client_send_shutdown(client);
        return client_fail(client, HYBRID_CAUSE_TWO_PHONES, -EBADMSG, "", now_usec);
}

int client_send_message1(HybridClient *client) {
        uint8_t *message;
        int r = 0;

        if (!client->ephemeral)
                r = p256_key_generate(&client->ephemeral, client->env);
        if (r < 0)
                return r;

        message = malloc(NOISE_MESSAGE_SIZE);
        if (!message)
                return -ENOMEM;

        r = noise_create_message1(&client->noise, client->ephemeral,
                                  client->is_linked ? client->attempt.link.public_key : NULL,
                                  message);
        if (r < 0) {
                free(message);
                return r;
        }

        action_queue_push_bytes(&client->actions, HYBRID_ACTION_SEND, message, NOISE_MESSAGE_SIZE);
        return 0;
}

static int on_channel_up(HybridClient *client, uint64_t now_usec) {
        int r;

        r = client_send_message1(client);
        if (r < 0)
                return client_fail_errno(client, r, HYBRID_CAUSE_INTERNAL, "", now_usec);

        client_enter_state(client,
                           client->signal_announced ? HYBRID_CLIENT_AWAITING_SIGNAL
                                                    : HYBRID_CLIENT_AWAITING_HANDSHAKE,
                           now_usec);
        return 0;
}

int client_on_unexpected_message(HybridClient *client, const uint8_t *data, size_t n,
                                 uint64_t now_usec) {
        return client_fail(client, HYBRID_CAUSE_PROTOCOL, -EBADMSG, "a message before its time",
                           now_usec);
}

static int on_handshake(HybridClient *client, const uint8_t *data, size_t n, uint64_t now_usec) {
        _cleanup_(noise_keys_done) NoiseKeys keys = {};
        int r;

        r = noise_consume_message2(&client->noise, client->ephemeral,
                                   client->is_linked ? NULL : client->matched_offer->identity, data,
                                   n, &keys);
        if (r < 0)
                return client_fail_errno(client, r, HYBRID_CAUSE_HANDSHAKE_FAILED,
                                         "the handshake message is wrong", now_usec);

        secure_channel_init_initiator(&client->secure, &keys);
        client->is_secure = true;
        if (client->params.accept_links)
                memcpy(client->handshake_hash, keys.handshake_hash, sizeof(client->handshake_hash));
        client->ephemeral = p256_key_free(client->ephemeral);
        noise_done(&client->noise);
        client_enter_state(client, HYBRID_CLIENT_AWAITING_POST_HANDSHAKE, now_usec);
        return 0;
}

/* Opens a record and hands its plaintext on. */
static int with_plaintext(HybridClient *client, const uint8_t *data, size_t n, uint64_t now_usec,
                          int (*handler)(HybridClient *client, const uint8_t *plaintext,
                                         size_t n_plaintext, uint64_t now_usec)) {
        uint8_t *buffer;
        size_t n_buffer, n_plaintext;
        int r;

        r = secure_channel_open(&client->secure, data, n, &buffer, &n_buffer, &n_plaintext);
        if (r < 0)
                return client_fail_errno(client, r, HYBRID_CAUSE_CHANNEL_BROKEN,
                                         "a record does not authenticate", now_usec);

        r = handler(client, buffer, n_plaintext, now_usec);
        secret_free(buffer, n_buffer);
        return r;
}

static int keep_get_info(HybridClient *client, const PostHandshake *message) {
        client->get_info = malloc(message->n_get_info > 0 ? message->n_get_info : 1);
        if (!client->get_info)
                return -ENOMEM;

        memcpy(client->get_info, message->get_info, message->n_get_info);
        client->n_get_info = message->n_get_info;
        return 0;
}

static int on_post_handshake_plaintext(HybridClient *client, const uint8_t *data, size_t n,
                                       uint64_t now_usec) {
        PostHandshake message;
        int r;

        r = post_handshake_decode(data, n, &message);
        if (r < 0)
                return client_fail_errno(client, r, HYBRID_CAUSE_PROTOCOL,
                                         "what the phone says about itself cannot be read",
                                         now_usec);
        if (!message.has_ctap)
                return client_fail(client, HYBRID_CAUSE_UNSUPPORTED, -EBADMSG,
                                   "the phone takes no CTAP commands", now_usec);

        r = keep_get_info(client, &message);
        if (r >= 0 && message.has_linking)
                r = client_take_linking(client, message.linking);
        if (r < 0)
                return client_fail_errno(client, r, HYBRID_CAUSE_INTERNAL, "", now_usec);

        client->revision = message.revision;
        client_enter_state(client, HYBRID_CLIENT_READY, now_usec);
        return 0;
}

static int on_post_handshake(HybridClient *client, const uint8_t *data, size_t n,
                             uint64_t now_usec) {
        return with_plaintext(client, data, n, now_usec, on_post_handshake_plaintext);
}

/* Splits the type off. Updates come at any time: they are seen to here. */
static int read_message(HybridClient *client, const uint8_t *data, size_t n, uint64_t now_usec,
                        Message *ret) {
        int r;

        r = message_decode(client->revision, data, n, ret);
        if (r < 0)
                return client_fail_errno(client, r, HYBRID_CAUSE_PROTOCOL,
                                         "a message of no known type", now_usec);
        if (ret->type != MESSAGE_UPDATE)
                return 0;

        r = client_take_update(client, ret->payload, ret->n_payload);
        if (r < 0)
                return client_fail_errno(client, r, HYBRID_CAUSE_INTERNAL, "", now_usec);
        return 0;
}

static int on_ready_plaintext(HybridClient *client, const uint8_t *data, size_t n,
                              uint64_t now_usec) {
        Message message;
        int r;

        r = read_message(client, data, n, now_usec, &message);
        if (r < 0 || message.type == MESSAGE_UPDATE)
                return r;
        return client_on_unexpected_message(client, data, n, now_usec);
}

static int on_ready_message(HybridClient *client, const uint8_t *data, size_t n,
                            uint64_t now_usec) {
        return with_plaintext(client, data, n, now_usec, on_ready_plaintext);
}

static int push_reply(HybridClient *client, const Message *message) {
        uint8_t *copy;

        copy = malloc(message->n_payload);
        if (!copy)
                return -ENOMEM;

        memcpy(copy, message->payload, message->n_payload);
        action_queue_push_bytes(&client->actions, HYBRID_ACTION_REPLY, copy, message->n_payload);
        return 0;
}

static int on_reply_plaintext(HybridClient *client, const uint8_t *data, size_t n,
                              uint64_t now_usec) {
        Message message;
        int r;

        r = read_message(client, data, n, now_usec, &message);
        if (r < 0 || message.type == MESSAGE_UPDATE)
                return r;
        if (message.type != MESSAGE_CTAP || message.n_payload == 0)
                return client_fail(client, HYBRID_CAUSE_PROTOCOL, -EBADMSG,
                                   "no answer to the command", now_usec);

        r = push_reply(client, &message);
        if (r < 0)
                return client_fail_errno(client, r, HYBRID_CAUSE_INTERNAL, "", now_usec);

        client_linger(client, now_usec);
        return 0;
}

static int on_reply(HybridClient *client, const uint8_t *data, size_t n, uint64_t now_usec) {
        return with_plaintext(client, data, n, now_usec, on_reply_plaintext);
}

static int on_lingering(HybridClient *client, const uint8_t *data, size_t n, uint64_t now_usec) {
        return with_plaintext(client, data, n, now_usec, client_on_lingering_plaintext);
}

/* ---- the table ----------------------------------------------------------------------------- */

static const ClientStateRow rows[_HYBRID_CLIENT_STATE_MAX] = {
        [HYBRID_CLIENT_WAITING_FOR_SCAN] = {
                .name = "waiting-for-scan",
                .stage = HYBRID_STAGE_SCAN,
                .scanning = true,
                .on_advert = on_match,
        },
        [HYBRID_CLIENT_OPENING_CHANNEL] = {
                .name = "opening-channel",
                .stage = HYBRID_STAGE_CONNECT,
                .timeout_usec = CONNECT_TIMEOUT_USEC,
                .timeout_cause = HYBRID_CAUSE_TUNNEL_UNREACHABLE,
                .closed_cause = HYBRID_CAUSE_TUNNEL_UNREACHABLE,
                .broken_cause = HYBRID_CAUSE_TUNNEL_UNREACHABLE,
                .scanning = true,
                .on_advert = on_second_advert,
                .on_channel_up = on_channel_up,
                .on_message = client_on_unexpected_message,
        },
        [HYBRID_CLIENT_AWAITING_HANDSHAKE] = {
                .name = "awaiting-handshake",
                .stage = HYBRID_STAGE_HANDSHAKE,
                .timeout_usec = HANDSHAKE_TIMEOUT_USEC,
                .timeout_cause = HYBRID_CAUSE_HANDSHAKE_FAILED,
                .closed_cause = HYBRID_CAUSE_HANDSHAKE_FAILED,
                .broken_cause = HYBRID_CAUSE_CHANNEL_BROKEN,
                .scanning = true,
                .on_advert = on_second_advert,
                .on_message = on_handshake,
        },
        [HYBRID_CLIENT_AWAITING_POST_HANDSHAKE] = {
                .name = "awaiting-post-handshake",
                .stage = HYBRID_STAGE_POST_HANDSHAKE,
                .timeout_usec = POST_HANDSHAKE_TIMEOUT_USEC,
                .timeout_cause = HYBRID_CAUSE_CHANNEL_BROKEN,
                .closed_cause = HYBRID_CAUSE_CHANNEL_BROKEN,
                .broken_cause = HYBRID_CAUSE_CHANNEL_BROKEN,
                .scanning = true,
                .on_advert = on_second_advert,
                .on_message = on_post_handshake,
        },
        [HYBRID_CLIENT_READY] = {
                .name = "ready",
                .stage = HYBRID_STAGE_POST_HANDSHAKE,
                .closed_cause = HYBRID_CAUSE_CHANNEL_BROKEN,
                .broken_cause = HYBRID_CAUSE_CHANNEL_BROKEN,
                .scanning = true,
                .on_advert = on_second_advert,
                .on_message = on_ready_message,
        },
        [HYBRID_CLIENT_CONTINUE_ON_PHONE] = {
                .name = "continue-on-phone",
                .stage = HYBRID_STAGE_COMMAND,
                /* An iPhone whose person cancels says nothing: it just closes. */
                .closed_cause = HYBRID_CAUSE_DECLINED,
                .broken_cause = HYBRID_CAUSE_CHANNEL_BROKEN,
                .scanning = true,
                .on_advert = on_second_advert,
                .on_message = on_reply,
        },
        [HYBRID_CLIENT_DONE] = { .name = "done", .stage = HYBRID_STAGE_COMMAND },
        [HYBRID_CLIENT_FAILED] = { .name = "failed", .stage = HYBRID_STAGE_COMMAND },

        /* With a linked phone, before the handshake: see client-contact.c. */
        [HYBRID_CLIENT_CONTACTING] = {
                .name = "contacting",
                .stage = HYBRID_STAGE_CONNECT,
                .timeout_usec = CONTACT_TIMEOUT_USEC,
                .timeout_cause = HYBRID_CAUSE_TUNNEL_UNREACHABLE,
                .closed_cause = HYBRID_CAUSE_TUNNEL_UNREACHABLE,
                .broken_cause = HYBRID_CAUSE_TUNNEL_UNREACHABLE,
                .scanning = true,
                .on_advert = client_on_early_advert,
                .on_channel_up = client_on_contact_up,
                .on_message = client_on_unexpected_message,
        },
        [HYBRID_CLIENT_AWAITING_PHONE] = {
                .name = "awaiting-phone",
                .stage = HYBRID_STAGE_SCAN,
                .keeps_deadline = true,
                .timeout_cause = HYBRID_CAUSE_TIMEOUT,
                .closed_cause = HYBRID_CAUSE_CHANNEL_BROKEN,
                .broken_cause = HYBRID_CAUSE_CHANNEL_BROKEN,
                .scanning = true,
                .on_advert = client_on_advert_before_signal,
                .on_message = client_on_signal_before_advert,
        },
        [HYBRID_CLIENT_AWAITING_ADVERT] = {
                .name = "awaiting-advert",
                .stage = HYBRID_STAGE_SCAN,
                .keeps_deadline = true,
                .timeout_cause = HYBRID_CAUSE_TIMEOUT,
                .closed_cause = HYBRID_CAUSE_CHANNEL_BROKEN,
                .broken_cause = HYBRID_CAUSE_CHANNEL_BROKEN,
                .scanning = true,
                .on_advert = client_on_last_advert,
                .on_message = client_on_unexpected_message,
        },
        [HYBRID_CLIENT_AWAITING_SIGNAL] = {
                .name = "awaiting-signal",
                .stage = HYBRID_STAGE_HANDSHAKE,
                .timeout_usec = HANDSHAKE_TIMEOUT_USEC,
                .timeout_cause = HYBRID_CAUSE_HANDSHAKE_FAILED,
                .closed_cause = HYBRID_CAUSE_HANDSHAKE_FAILED,
                .broken_cause = HYBRID_CAUSE_CHANNEL_BROKEN,
                .on_message = client_on_late_signal,
        },

        /* Whatever comes or does not come, it ends in DONE. */
        [HYBRID_CLIENT_LINGERING] = {
                .name = "lingering",
                .stage = HYBRID_STAGE_COMMAND,
                .on_message = on_lingering,
        },
};

const ClientStateRow *client_row(const HybridClient *client) {
        return &rows[client->state];
}

void client_enter_state(HybridClient *client, HybridClientState state, uint64_t now_usec) {
        client->state = state;
        if (!rows[state].keeps_deadline)
                client->state_deadline_usec = rows[state].timeout_usec > 0
                                                      ? now_usec + rows[state].timeout_usec
                                                      : HYBRID_USEC_NEVER;
        action_queue_push_state(&client->actions, (int)state);
}

const char *hybrid_client_state_name(HybridClientState state) {
        return rows[state].name;
}
