/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "desk-wire.h"

#define CHALLENGE "\"challenge\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""

const char desk_create_json[] =
        "{\"rp\":{\"id\":\"example.com\",\"name\":\"Example\"},\"user\":{\"id\":\"AQI\",\"name\":"
        "\"alice\",\"displayName\":\"Alice\"}," CHALLENGE ",\"pubKeyCredParams\":[{\"type\":"
        "\"public-key\",\"alg\":-7}],\"authenticatorSelection\":{\"residentKey\":\"required\","
        "\"userVerification\":\"required\"},\"extensions\":{\"prf\":{\"eval\":{\"first\":\"AQID\"}}"
        "}}";
const char desk_get_json[] =
        "{\"rpId\":\"example.com\"," CHALLENGE ",\"userVerification\":\"required\",\"extensions\":{"
        "\"prf\":{\"eval\":{\"first\":\"AQID\"}}}}";

/* ---- the desktop ---------------------------------------------------------------------------- */

static bool is_public_suffix(void *userdata, const char *domain) {
        return !strchr(domain, '.');
}

static void send_command(Desk *desk) {
        HybridFailure failure = {};
        const uint8_t *get_info;
        size_t n_get_info, n;
        uint8_t *command;

        ck_assert_int_eq(hybrid_client_get_info(desk->client, &get_info, &n_get_info), 0);
        ck_assert_int_eq(hybrid_webauthn_command(desk->webauthn, get_info, n_get_info, &command, &n,
                                                 &failure),
                         0);
        ck_assert_int_eq(hybrid_client_command(desk->client, command, n, desk->now_usec), 0);
        free(command);
}

static void take_reply(Desk *desk, const uint8_t *reply, size_t n) {
        HybridAuthenticator authenticator;
        HybridFailure failure = {};
        const uint8_t *get_info;
        size_t n_get_info;
        char *json;
        int r;

        ck_assert_int_eq(hybrid_client_get_info(desk->client, &get_info, &n_get_info), 0);
        r = hybrid_webauthn_response(desk->webauthn, get_info, n_get_info, reply, n, &json,
                                     &authenticator, &failure);
        if (r != 0) {
                ck_assert_int_eq(r, HYBRID_E_REFUSED);
                strcpy(desk->outcome, hybrid_cause_name(failure.cause));
                return;
        }
        strcpy(desk->outcome, "done");
        snprintf(desk->response, sizeof(desk->response), "%s", json);
        free(json);
}

static void join(Desk *desk, const char *url) {
        const DeskChannel *channel = (DeskChannel *)desk->channel;

        /* Only the phone's own routing id leads to it. */
        if (!channel || !strstr(url, "/0A0B0C/"))
                return;
        ck_assert_str_eq(strrchr(url, '/'), strrchr(channel->url, '/'));
        desk->client_connected = true;
        (void)hybrid_client_channel_up(desk->client, desk->now_usec);
}

static void leave(Desk *desk) {
        if (desk->client_connected)
                desk->channel_closing = true;
}

static void drain_client(Desk *desk) {
        HybridAction action;

        while (hybrid_client_next_action(desk->client, &action)) {
                if (action.type == HYBRID_ACTION_SHOW_QR)
                        strcpy(desk->qr_text, action.qr_text);
                if (action.type == HYBRID_ACTION_CONNECT)
                        join(desk, action.connect.url);
                else if (action.type == HYBRID_ACTION_SEND)
                        desk_enqueue(desk, true, action.bytes.data, action.bytes.n);
                else if (action.type == HYBRID_ACTION_CLOSE)
                        leave(desk);
                else if (action.type == HYBRID_ACTION_REPLY)
                        take_reply(desk, action.bytes.data, action.bytes.n);
                else if (action.type == HYBRID_ACTION_FAILED)
                        strcpy(desk->outcome, hybrid_cause_name(action.failure->cause));
                else if (action.type == HYBRID_ACTION_STATE && action.state == HYBRID_CLIENT_READY)
                        send_command(desk);
        }
}

void desk_init(Desk *desk, HybridOperation operation, const char *json) {
        HybridWebauthnParams request = {
                .operation = operation,
                .json = json,
                .n_json = strlen(json),
                .origin = "https://example.com",
                .is_public_suffix = is_public_suffix,
        };
        HybridClientParams params = { .operation = operation, .unix_time = (uint64_t)time(NULL) };
        HybridFailure failure = {};

        *desk = (Desk){ .now_usec = 1000000 };
        desk_wire_init(desk);
        desk->env = test_random_env(&desk->random);
        ck_assert_int_eq(sd_event_new(&desk->event), 0);
        ck_assert_int_eq(credential_store_new(&desk->store, NULL), 0);
        ck_assert_int_eq(hybrid_webauthn_new(&desk->webauthn, &request, &failure), 0);
        ck_assert_int_eq(hybrid_client_new(&desk->client, &desk->env, &params, desk->now_usec), 0);
        drain_client(desk);

        desk->settings = (ScanSettings){
                .qr_text = desk->qr_text,
                .profile = profile_by_name("plain"),
                .channel = &desk_tunnel,
                .radio = &desk_radio,
                .uuid = BLE_UUID_FIDO,
                .consent = { .mode = CONSENT_YES },
                .name = "test",
                .store = desk->store,
                .faults = &desk->faults,
                .report = { .quiet = true },
        };
}

void desk_done(Desk *desk) {
        desk->scan = scan_free(desk->scan);
        hybrid_client_free(desk->client);
        hybrid_webauthn_free(desk->webauthn);
        credential_store_free(desk->store);
        sd_event_unref(desk->event);
        for (unsigned i = 0; i < desk->n_queue; i++)
                free(desk->queue[i].data);
}

void desk_scan(Desk *desk) {
        ck_assert_int_eq(scan_new(&desk->scan, desk->event, &desk->settings), 0);
}

/* ---- what moves ----------------------------------------------------------------------------- */

static bool come_up(Desk *desk) {
        DeskChannel *channel = (DeskChannel *)desk->channel;

        if (!channel || !desk->channel_coming_up)
                return false;
        desk->channel_coming_up = false;
        channel->events->up(channel->userdata, "0A0B0C");
        return true;
}

static bool hear_advert(Desk *desk) {
        if (desk->n_adverts_heard == desk->n_adverts)
                return false;
        (void)hybrid_client_advert(desk->client, desk->adverts[desk->n_adverts_heard++],
                                   HYBRID_ADVERT_SIZE, desk->now_usec);
        drain_client(desk);
        return true;
}

static void deliver_to_phone(Desk *desk, const DeskMessage *message) {
        DeskChannel *channel = (DeskChannel *)desk->channel;

        if (channel)
                channel->events->message(channel->userdata, message->data, message->n);
}

static bool deliver(Desk *desk) {
        DeskMessage message = desk->queue[0];

        if (desk->n_queue == 0)
                return false;
        memmove(desk->queue, desk->queue + 1, --desk->n_queue * sizeof(desk->queue[0]));
        if (message.to_phone)
                deliver_to_phone(desk, &message);
        else
                (void)hybrid_client_recv(desk->client, message.data, message.n, desk->now_usec);
        free(message.data);
        drain_client(desk);
        return true;
}

/* Both ends hear of it, when all messages have arrived. */
static bool go_down(Desk *desk) {
        static const HybridChannelError why = { .fault = HYBRID_CHANNEL_CLOSED };
        DeskChannel *channel = (DeskChannel *)desk->channel;

        if (!desk->channel_closing)
                return false;
        desk->channel_closing = false;
        if (channel) {
                channel->error = why;
                channel->events->down(channel->userdata, &channel->error);
        }
        desk->channel_closing = false; /* the phone has freed its end now */
        if (desk->client_connected)
                (void)hybrid_client_channel_down(desk->client, &why, desk->now_usec);
        desk->client_connected = false;
        drain_client(desk);
        return true;
}

bool desk_phone_has_ended(const Desk *desk) {
        return sd_event_get_state(desk->event) == SD_EVENT_FINISHED;
}

static bool run_loop(Desk *desk) {
        return !desk_phone_has_ended(desk) && sd_event_run(desk->event, 0) > 0;
}

void desk_settle(Desk *desk) {
        while (come_up(desk) || hear_advert(desk) || deliver(desk) || go_down(desk) ||
               run_loop(desk))
                ;
}

void desk_run(Desk *desk) {
        for (;;) {
                desk_settle(desk);
                if (desk->outcome[0])
                        return;
                desk->now_usec = hybrid_client_deadline(desk->client);
                ck_assert(desk->now_usec != HYBRID_USEC_NEVER);
                (void)hybrid_client_tick(desk->client, desk->now_usec);
                drain_client(desk);
        }
}

int desk_exit_code(const Desk *desk) {
        int code;

        ck_assert(desk_phone_has_ended(desk));
        ck_assert_int_eq(sd_event_get_exit_code(desk->event, &code), 0);
        return code;
}
