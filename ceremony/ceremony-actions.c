/* SPDX-License-Identifier: MIT */

/* What the session wants done: on the screen, by radio, over the channel, and with the phone's reply. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "ceremony/ceremony-internal.h"
#include "ceremony/link-record.h"
#include "ceremony/log.h"
#include "ceremony/sealed-memfd.h"

/* ---- the channel ---------------------------------------------------------------------------- */

static void on_channel_up(void *userdata, const char *routing_id) {
        Ceremony *ceremony = userdata;

        if (ceremony->linked)
                (void)hybrid_client_contact_up(ceremony->client, ceremony->channel->signals,
                                               ceremony_now_usec(ceremony));
        else
                (void)hybrid_client_channel_up(ceremony->client, ceremony_now_usec(ceremony));
        ceremony_pump(ceremony);
}

static void on_channel_message(void *userdata, const uint8_t *data, size_t n) {
        Ceremony *ceremony = userdata;

        log_debug("Received %zu bytes", n);
        (void)hybrid_client_recv(ceremony->client, data, n, ceremony_now_usec(ceremony));
        ceremony_pump(ceremony);
}

static void on_channel_down(void *userdata, const HybridChannelError *why) {
        Ceremony *ceremony = userdata;

        log_debug("The channel is down: %s", why->detail);
        (void)hybrid_client_channel_down(ceremony->client, why, ceremony_now_usec(ceremony));
        ceremony->channel = channel_free(ceremony->channel); /* and why with it */
        ceremony_pump(ceremony);
}

static const ChannelEvents channel_events = {
        .up = on_channel_up,
        .message = on_channel_message,
        .down = on_channel_down,
};

static int open_channel(Ceremony *ceremony, const HybridConnect *connect) {
        log_info("%s %s",
                 ceremony->linked ? "Contacting a phone by" : "A phone answered; connecting to",
                 connect->host);
        return network_open_channel(ceremony->network, &ceremony->channel, connect, &channel_events,
                                    ceremony);
}

/* ---- carrying out actions ------------------------------------------------------------------- */

static int show_qr(Ceremony *ceremony, const char *text) {
        int fd, r;

        fd = sealed_memfd("hybridd-code", text, strlen(text));
        if (fd < 0)
                return fd;

        r = link_send_fd(ceremony->link, LINK_QR, fd, NULL);
        close(fd);
        return r;
}

/* The states that a person is shown are fewer than those of the session. */
static const char *shown_state(HybridClientState state) {
        switch (state) {
        case HYBRID_CLIENT_WAITING_FOR_SCAN:
                return "waiting-for-scan";
        case HYBRID_CLIENT_OPENING_CHANNEL:
        case HYBRID_CLIENT_AWAITING_HANDSHAKE:
        case HYBRID_CLIENT_AWAITING_POST_HANDSHAKE:
        case HYBRID_CLIENT_READY:
                return "connecting";
        case HYBRID_CLIENT_CONTINUE_ON_PHONE:
                return "continue-on-phone";
        case HYBRID_CLIENT_CONTACTING:
        case HYBRID_CLIENT_AWAITING_PHONE:
        case HYBRID_CLIENT_AWAITING_ADVERT:
        case HYBRID_CLIENT_AWAITING_SIGNAL:
                return "contacting-phone";
        case HYBRID_CLIENT_LINGERING:
        case HYBRID_CLIENT_DONE:
        case HYBRID_CLIENT_FAILED:
        case _HYBRID_CLIENT_STATE_MAX:
                return NULL; /* told with the answer */
        }
        return NULL;
}

static int send_command(Ceremony *ceremony) {
        const uint8_t *get_info;
        HybridFailure failure = {};
        size_t n_get_info, n;
        uint8_t *command;
        int r;

        r = hybrid_client_get_info(ceremony->client, &get_info, &n_get_info);
        if (r < 0)
                return r;

        r = hybrid_webauthn_command(ceremony->webauthn, get_info, n_get_info, &command, &n,
                                    &failure);
        if (r == HYBRID_E_REFUSED) {
                ceremony_finish_failed(ceremony, &failure);
                return hybrid_client_cancel(ceremony->client, failure.cause,
                                            ceremony_now_usec(ceremony));
        }
        if (r < 0)
                return r;

        r = hybrid_client_command(ceremony->client, command, n, ceremony_now_usec(ceremony));
        secret_free(command, n);
        return r;
}

static int enter_state(Ceremony *ceremony, HybridClientState state) {
        const char *shown = shown_state(state);

        log_debug("Session is %s", hybrid_client_state_name(state));
        if (shown && !ceremony->answered)
                ceremony_tell(ceremony, link_send(ceremony->link, LINK_STATE, shown, NULL));
        return 0;
}

static int take_reply(Ceremony *ceremony, const uint8_t *reply, size_t n) {
        HybridAuthenticator authenticator = {};
        HybridFailure failure = {};
        const uint8_t *get_info;
        size_t n_get_info;
        char *json;
        int r;

        r = hybrid_client_get_info(ceremony->client, &get_info, &n_get_info);
        if (r < 0)
                return r;

        r = hybrid_webauthn_response(ceremony->webauthn, get_info, n_get_info, reply, n, &json,
                                     &authenticator, &failure);
        if (r == HYBRID_E_REFUSED) {
                ceremony_finish_failed(ceremony, &failure);
                return 0;
        }
        if (r < 0)
                return r;

        if (limits_allow_authenticator(&ceremony->limits, &authenticator))
                r = ceremony_finish_done(ceremony, json, &authenticator);
        else
                ceremony_finish_unwanted(ceremony, &authenticator);
        secret_free(json, strlen(json));
        return r;
}

static int carry_out(Ceremony *ceremony, const HybridAction *action) {
        switch (action->type) {
        case HYBRID_ACTION_STATE:
                return enter_state(ceremony, (HybridClientState)action->state);
        case HYBRID_ACTION_SHOW_QR:
                return show_qr(ceremony, action->qr_text);
        case HYBRID_ACTION_HIDE_QR:
                ceremony_tell_qr_withdrawn(ceremony);
                return 0;
        case HYBRID_ACTION_SCAN_START:
                return link_send(ceremony->link, LINK_SCAN_START, NULL);
        case HYBRID_ACTION_SCAN_STOP:
                ceremony_tell(ceremony, link_send(ceremony->link, LINK_SCAN_STOP, NULL));
                if (ceremony->linked)
                        ceremony_tell_qr_withdrawn(
                                ceremony); /* there was none, but where the phone is */
                return 0;
        case HYBRID_ACTION_CONNECT:
                return open_channel(ceremony, &action->connect);
        case HYBRID_ACTION_SEND:
                log_debug("Sending %zu bytes", action->bytes.n);
                return channel_send(ceremony->channel, action->bytes.data, action->bytes.n);
        case HYBRID_ACTION_CLOSE:
                if (ceremony->channel)
                        channel_close(ceremony->channel);
                return 0;
        case HYBRID_ACTION_REPLY:
                return take_reply(ceremony, action->bytes.data, action->bytes.n);
        case HYBRID_ACTION_FAILED:
                ceremony_finish_session_failed(ceremony, action->failure);
                return 0;
        case HYBRID_ACTION_ADVERTISE_START:
        case HYBRID_ACTION_ADVERTISE_STOP:
        case HYBRID_ACTION_COMMAND:
                break; /* the phone's */
        case HYBRID_ACTION_LINKED:
                return link_record_send(ceremony->link, action->link);
        case HYBRID_ACTION_LINK_IGNORED:
                log_warning("The phone sent linking information that is wrong; ignored");
                return 0;
        }
        return -EINVAL;
}

void ceremony_carry_out_all(Ceremony *ceremony) {
        HybridAction action;
        int r;

        while (ceremony->client && hybrid_client_next_action(ceremony->client, &action)) {
                r = carry_out(ceremony, &action);
                if (r >= 0 && action.type == HYBRID_ACTION_STATE &&
                    action.state == HYBRID_CLIENT_READY)
                        r = send_command(ceremony);
                if (r < 0) {
                        log_error_errno(r, "Failed to carry out an action of the session");
                        ceremony_finish_internal_error(ceremony, r);
                        (void)hybrid_client_cancel(ceremony->client, HYBRID_CAUSE_INTERNAL,
                                                   ceremony_now_usec(ceremony));
                }
        }
}
