/* SPDX-License-Identifier: MIT */

/*
 * The inputs of the desktop's side, and the code on screen. What an input means depends on the
 * state: see client-states.c.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/secret.h"
#include "session/channel-fault.h"
#include "session/client-internal.h"

#define DEFAULT_TIMEOUT_USEC     (300 * USEC_PER_SEC)
#define DEFAULT_QR_LIFETIME_USEC (120 * USEC_PER_SEC)

#define HTTP_GONE 410

/* A phone may have scanned a code just before it was renewed. */
#define QR_GRACE_USEC (60 * USEC_PER_SEC)

static uint64_t unix_time_at(const HybridClient *client, uint64_t now_usec) {
        return client->params.unix_time + (now_usec - client->started_usec) / USEC_PER_SEC;
}

static int show_offer(HybridClient *client, uint64_t now_usec) {
        char text[HYBRID_QR_TEXT_SIZE_MAX];
        CLEANUP_ERASE(text);

        offer_encode(&client->offer, client->params.operation, client->params.accept_links,
                     unix_time_at(client, now_usec), text);
        client->offer_deadline_usec = now_usec + client->params.qr_lifetime_usec;
        return action_queue_push_qr(&client->actions, text);
}

static int renew_offer(HybridClient *client, uint64_t now_usec) {
        Offer fresh;
        int r;

        r = offer_init(&fresh, client->env);
        if (r < 0)
                return r;

        offer_done(&client->previous_offer);
        client->previous_offer = client->offer;
        client->previous_deadline_usec = now_usec + QR_GRACE_USEC;
        client->offer = fresh;
        secret_erase(&fresh, sizeof(fresh));

        advert_filter_clear(&client->strangers);
        return show_offer(client, now_usec);
}

/* What would cost time once a phone has answered is done while the person looks for it. */
static int prepare(HybridClient *client) {
        int r;

        r = aes_prepare();
        if (r < 0)
                return r;
        return p256_key_generate(&client->ephemeral, client->env);
}

/* What every input first asks: -EBADMSG for ever after a failure, -EBUSY with actions not taken. */
static int check_input(const HybridClient *client) {
        if (client->state == HYBRID_CLIENT_FAILED)
                return -EBADMSG;
        return action_queue_has_room(&client->actions) ? 0 : -EBUSY;
}

void client_start_scan(HybridClient *client) {
        client_push(client, HYBRID_ACTION_SCAN_START);
        client->scanning = true;
}

void client_stop_scan(HybridClient *client) {
        if (client->scanning)
                client_push(client, HYBRID_ACTION_SCAN_STOP);
        client->scanning = false;
}

static int start_with_code(HybridClient *client, uint64_t now_usec) {
        int r;

        r = offer_init(&client->offer, client->env);
        if (r < 0)
                return r;
        r = show_offer(client, now_usec);
        if (r < 0)
                return r;

        client_start_scan(client);
        client_enter_state(client, HYBRID_CLIENT_WAITING_FOR_SCAN, now_usec);
        return 0;
}

int hybrid_client_new(HybridClient **ret, const HybridEnv *env, const HybridClientParams *params,
                      uint64_t now_usec) {
        HybridClient *client;
        int r;

        client = calloc(1, sizeof(*client));
        if (!client)
                return -ENOMEM;

        client->env = env;
        client->params = *params;
        client->params.link = NULL; /* the session has a copy */
        if (client->params.timeout_usec == 0)
                client->params.timeout_usec = DEFAULT_TIMEOUT_USEC;
        if (client->params.qr_lifetime_usec == 0)
                client->params.qr_lifetime_usec = DEFAULT_QR_LIFETIME_USEC;
        client->started_usec = now_usec;
        client->ceremony_deadline_usec = now_usec + client->params.timeout_usec;

        if (params->link)
                r = client_start_contact(client, params->link, now_usec);
        else
                r = start_with_code(client, now_usec);
        if (r < 0) {
                hybrid_client_free(client);
                return r;
        }

        *ret = client;
        return 0;
}

HybridClient *hybrid_client_free(HybridClient *client) {
        if (!client)
                return NULL;

        client_erase_keys(client);
        action_queue_done(&client->actions);
        free(client->get_info);
        return secret_free(client, sizeof(*client));
}

/* Tries the codes that phones may have scanned. HYBRID_E_NOT_OURS if it is none of them. */
static int open_scanned(HybridClient *client, const uint8_t *service_data, size_t n,
                        OpenedAdvert *ret) {
        const Offer *offers[] = { &client->offer, &client->previous_offer };
        int r = HYBRID_E_NOT_OURS;

        for (size_t i = 0; i < ELEMENTSOF(offers) && r == HYBRID_E_NOT_OURS; i++) {
                ret->offer = offers[i];
                r = offer_open(offers[i], service_data, n, ret->plaintext, &ret->eid);
        }

        return r;
}

static int open_advert(HybridClient *client, const uint8_t *service_data, size_t n,
                       OpenedAdvert *ret) {
        if (client->is_linked)
                return eid_open(&client->attempt.eid_key, service_data, n, ret->plaintext);
        return open_scanned(client, service_data, n, ret);
}

/* Of a linked phone one advert is all that is needed. */
static bool heeds_adverts(const HybridClient *client) {
        return client->scanning && client_row(client)->scanning;
}

int hybrid_client_advert(HybridClient *client, const uint8_t *service_data, size_t n,
                         uint64_t now_usec) {
        OpenedAdvert advert = {};
        int r;

        if (!heeds_adverts(client) || n < HYBRID_ADVERT_SIZE)
                return HYBRID_E_NOT_OURS;

        client->adverts_seen = true;
        if (client->has_match &&
            memcmp(client->matched_advert, service_data, HYBRID_ADVERT_SIZE) == 0)
                return 0;
        if (advert_filter_contains(&client->strangers, service_data))
                return HYBRID_E_NOT_OURS;

        r = open_advert(client, service_data, n, &advert);
        if (r == HYBRID_E_NOT_OURS)
                advert_filter_add(&client->strangers, service_data);
        if (r != 0)
                return r;

        r = check_input(client);
        if (r < 0)
                return r;
        if (!client->has_match)
                memcpy(client->matched_advert, service_data, HYBRID_ADVERT_SIZE);
        client->has_match = true;
        return client_row(client)->on_advert(client, &advert, now_usec);
}

int hybrid_clients_advert(HybridClient *const *clients, size_t n_clients,
                          const uint8_t *service_data, size_t n, uint64_t now_usec,
                          size_t *ret_index) {
        for (size_t i = 0; i < n_clients; i++) {
                int r = hybrid_client_advert(clients[i], service_data, n, now_usec);

                if (r == HYBRID_E_NOT_OURS)
                        continue;
                *ret_index = i;
                return r;
        }

        return HYBRID_E_NOT_OURS;
}

static int channel_up(HybridClient *client, bool signal, uint64_t now_usec) {
        int r;

        r = check_input(client);
        if (r < 0)
                return r;
        if (!client_row(client)->on_channel_up)
                return -EINVAL;

        client->signal_announced = signal;
        return client_row(client)->on_channel_up(client, now_usec);
}

int hybrid_client_channel_up(HybridClient *client, uint64_t now_usec) {
        return channel_up(client, false, now_usec);
}

int hybrid_client_contact_up(HybridClient *client, bool signal, uint64_t now_usec) {
        if (!client->is_linked)
                return -EINVAL;
        return channel_up(client, signal, now_usec);
}

int hybrid_client_recv(HybridClient *client, const uint8_t *message, size_t n, uint64_t now_usec) {
        int r;

        r = check_input(client);
        if (r < 0)
                return r;
        if (client->state == HYBRID_CLIENT_DONE)
                return 0; /* whatever still comes after our shutdown */
        if (!client_row(client)->on_message)
                return -EINVAL;
        if (n > HYBRID_MESSAGE_SIZE_MAX)
                return client_fail(client, HYBRID_CAUSE_PROTOCOL, -EBADMSG,
                                   "a message is too large", now_usec);
        return client_row(client)->on_message(client, message, n, now_usec);
}

/* The answer to the contact request: the phone will not be reached by this link any more. */
static bool is_phone_gone(const HybridClient *client, const HybridChannelError *why) {
        return client->is_linked && client_row(client)->on_channel_up &&
               why->fault == HYBRID_CHANNEL_REFUSED && why->http_status == HTTP_GONE;
}

int hybrid_client_channel_down(HybridClient *client, const HybridChannelError *why,
                               uint64_t now_usec) {
        HybridCause cause;

        if (client_has_ended(client))
                return 0;
        if (client->state == HYBRID_CLIENT_WAITING_FOR_SCAN)
                return -EINVAL;

        cause = channel_fault_cause(why->fault, client_row(client)->closed_cause,
                                    client_row(client)->broken_cause);
        if (is_phone_gone(client, why))
                cause = HYBRID_CAUSE_PHONE_GONE;
        client->failure.http_status = why->http_status;
        return client_fail(client, cause, 0, why->detail, now_usec);
}

int hybrid_client_command(HybridClient *client, const uint8_t *ctap2, size_t n, uint64_t now_usec) {
        int r;

        r = check_input(client);
        if (r < 0)
                return r;
        if (client->state != HYBRID_CLIENT_READY || n == 0)
                return -EINVAL;

        r = client_send_message(client, MESSAGE_CTAP, ctap2, n);
        if (r == -EMSGSIZE)
                return r;
        if (r < 0)
                return client_fail_errno(client, r, HYBRID_CAUSE_INTERNAL, "", now_usec);

        client_enter_state(client, HYBRID_CLIENT_CONTINUE_ON_PHONE, now_usec);
        return 0;
}

int hybrid_client_cancel(HybridClient *client, HybridCause cause, uint64_t now_usec) {
        if (client_has_ended(client))
                return 0;

        client_send_shutdown(client);
        return client_fail(client, cause, 0, "", now_usec);
}

/* The renewal of codes, which only a shown code needs. */
static int tick_offers(HybridClient *client, uint64_t now_usec) {
        int r = 0;

        if (client->previous_offer.identity && now_usec >= client->previous_deadline_usec)
                offer_done(&client->previous_offer);
        if (now_usec >= client->offer_deadline_usec)
                r = renew_offer(client, now_usec);
        if (r >= 0 && !client->ephemeral)
                r = prepare(client);
        if (r < 0)
                return client_fail_errno(client, r, HYBRID_CAUSE_INTERNAL, "", now_usec);
        return 0;
}

/* The channel takes some round trips, and the phone has to wake up. */
static int tick_contact(HybridClient *client, uint64_t now_usec) {
        int r = 0;

        if (!client->ephemeral)
                r = prepare(client);
        if (r < 0)
                return client_fail_errno(client, r, HYBRID_CAUSE_INTERNAL, "", now_usec);
        return 0;
}

int hybrid_client_tick(HybridClient *client, uint64_t now_usec) {
        if (client_has_ended(client))
                return 0;
        if (!action_queue_has_room(&client->actions))
                return -EBUSY;

        if (now_usec >= client->ceremony_deadline_usec) {
                client_send_shutdown(client);
                return client_fail_timeout(client, HYBRID_CAUSE_TIMEOUT, now_usec);
        }
        if (now_usec >= client->state_deadline_usec)
                return client_fail_timeout(client, client_row(client)->timeout_cause, now_usec);
        if (client->state == HYBRID_CLIENT_WAITING_FOR_SCAN)
                return tick_offers(client, now_usec);
        if (client->state == HYBRID_CLIENT_CONTACTING)
                return tick_contact(client, now_usec);
        return 0;
}

static uint64_t earlier(uint64_t a, uint64_t b) {
        return a < b ? a : b;
}

uint64_t hybrid_client_deadline(const HybridClient *client) {
        uint64_t deadline;

        if (client_has_ended(client))
                return HYBRID_USEC_NEVER;

        deadline = earlier(client->ceremony_deadline_usec, client->state_deadline_usec);
        if (client->state != HYBRID_CLIENT_WAITING_FOR_SCAN &&
            client->state != HYBRID_CLIENT_CONTACTING)
                return deadline;

        if (!client->ephemeral)
                return client->started_usec; /* prepare() is due as soon as there is time */
        if (client->state == HYBRID_CLIENT_CONTACTING)
                return deadline;
        deadline = earlier(deadline, client->offer_deadline_usec);
        if (client->previous_offer.identity)
                deadline = earlier(deadline, client->previous_deadline_usec);
        return deadline;
}

HybridClientState hybrid_client_state(const HybridClient *client) {
        return client->state;
}

int hybrid_client_get_info(const HybridClient *client, const uint8_t **ret, size_t *ret_n) {
        if (!client->get_info)
                return -ENODATA;

        *ret = client->get_info;
        *ret_n = client->n_get_info;
        return 0;
}

const char *hybrid_client_tunnel_host(const HybridClient *client) {
        return client->host;
}

bool hybrid_client_next_action(HybridClient *client, HybridAction *ret) {
        return action_queue_next(&client->actions, ret);
}
