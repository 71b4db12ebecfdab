/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/macro.h"
#include "base/secret.h"
#include "ceremony/answer.h"
#include "ceremony/ceremony.h"
#include "ceremony/link.h"
#include "ceremony/log.h"
#include "ceremony/network.h"
#include "ceremony/public-suffix.h"
#include "ceremony/sealed-memfd.h"
#include "hybrid.h"
#include "io/channel.h"
#include "io/random.h"

#define TIMER_ACCURACY_USEC 10000

struct Ceremony {
        sd_event *event;
        Link *link;

        HybridWebauthn *webauthn;
        HybridClient *client;
        Network *network;
        Channel *channel;
        sd_event_source *timer;

        bool answered; /* LINK_DONE or LINK_FAILED was sent */
};

DEFINE_CLEANUP(Ceremony *, ceremony_free);

static void pump(Ceremony *ceremony);

static uint64_t now_usec(Ceremony *ceremony) {
        uint64_t now;

        /* CLOCK_BOOTTIME: a code does not get younger while the computer sleeps. */
        if (sd_event_now(ceremony->event, CLOCK_BOOTTIME, &now) < 0)
                return 0;
        return now;
}

/* Over when hybridd has its answer and no channel is left that wants to close in order. */
static void exit_when_over(Ceremony *ceremony) {
        if (ceremony->answered && !ceremony->channel)
                sd_event_exit(ceremony->event, 0);
}

/* ---- what is told to hybridd ---------------------------------------------------------------- */

/* hybridd not listening any more is its decision; it ends us in a moment. */
static void tell(Ceremony *ceremony, int r) {
        if (r < 0)
                log_debug("Failed to tell the daemon: %s", strerror(-r));
}

static void finish_failed(Ceremony *ceremony, const HybridFailure *failure) {
        const char *rp_id = ceremony->webauthn ? hybrid_webauthn_rp_id(ceremony->webauthn) : "";

        if (ceremony->answered)
                return;

        log_info("Failed: %s (%s)", hybrid_cause_name(failure->cause), failure->detail);
        tell(ceremony, answer_failed(ceremony->link, failure, rp_id));
        ceremony->answered = true;
}

static void finish_internal_error(Ceremony *ceremony, int r) {
        HybridFailure failure = { .cause = HYBRID_CAUSE_INTERNAL };

        snprintf(failure.detail, sizeof(failure.detail), "%s", strerror(-r));
        finish_failed(ceremony, &failure);
}

static int finish_done(Ceremony *ceremony, const char *json,
                       const HybridAuthenticator *authenticator) {
        int r;

        r = answer_done(ceremony->link, json, authenticator,
                        network_channel_name(ceremony->network),
                        hybrid_client_tunnel_host(ceremony->client));
        if (r < 0)
                return r;

        ceremony->answered = true;
        return 0;
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
                finish_failed(ceremony, &failure);
                return hybrid_client_cancel(ceremony->client, failure.cause, now_usec(ceremony));
        }
        if (r < 0)
                return r;

        r = hybrid_client_command(ceremony->client, command, n, now_usec(ceremony));
        secret_free(command, n);
        return r;
}

static int enter_state(Ceremony *ceremony, HybridClientState state) {
        const char *shown = shown_state(state);

        log_debug("Session is %s", hybrid_client_state_name(state));
        if (shown && !ceremony->answered)
                tell(ceremony, link_send(ceremony->link, LINK_STATE, shown, NULL));
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
                finish_failed(ceremony, &failure);
                return 0;
        }
        if (r < 0)
                return r;

        r = finish_done(ceremony, json, &authenticator);
        secret_free(json, strlen(json));
        return r;
}

static int open_channel(Ceremony *ceremony, const char *url, const char *host);

static int carry_out(Ceremony *ceremony, const HybridAction *action) {
        switch (action->type) {
        case HYBRID_ACTION_STATE:
                return enter_state(ceremony, (HybridClientState)action->state);
        case HYBRID_ACTION_SHOW_QR:
                return show_qr(ceremony, action->qr_text);
        case HYBRID_ACTION_HIDE_QR:
                tell(ceremony, link_send(ceremony->link, LINK_QR_WITHDRAWN, NULL));
                return 0;
        case HYBRID_ACTION_SCAN_START:
                return link_send(ceremony->link, LINK_SCAN_START, NULL);
        case HYBRID_ACTION_SCAN_STOP:
                tell(ceremony, link_send(ceremony->link, LINK_SCAN_STOP, NULL));
                return 0;
        case HYBRID_ACTION_CONNECT:
                return open_channel(ceremony, action->connect.url, action->connect.host);
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
                finish_failed(ceremony, action->failure);
                return 0;
        case HYBRID_ACTION_ADVERTISE_START:
        case HYBRID_ACTION_ADVERTISE_STOP:
        case HYBRID_ACTION_COMMAND:
                break; /* the phone's */
        }
        return -EINVAL;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Ceremony *ceremony = userdata;

        (void)hybrid_client_tick(ceremony->client, now_usec(ceremony));
        pump(ceremony);
        return 0;
}

static int arm_timer(Ceremony *ceremony) {
        uint64_t deadline = hybrid_client_deadline(ceremony->client);

        if (!ceremony->timer)
                return sd_event_add_time(ceremony->event, &ceremony->timer, CLOCK_BOOTTIME,
                                         deadline, TIMER_ACCURACY_USEC, on_timer, ceremony);
        sd_event_source_set_time(ceremony->timer, deadline);
        return sd_event_source_set_enabled(ceremony->timer, SD_EVENT_ONESHOT);
}

/* After each input: carries out what the session wants, and sets the one timer. */
static void pump(Ceremony *ceremony) {
        HybridAction action;
        int r = 0;

        while (hybrid_client_next_action(ceremony->client, &action)) {
                r = carry_out(ceremony, &action);
                if (r >= 0 && action.type == HYBRID_ACTION_STATE &&
                    action.state == HYBRID_CLIENT_READY)
                        r = send_command(ceremony);
                if (r < 0) {
                        log_error_errno(r, "Failed to carry out an action of the session");
                        finish_internal_error(ceremony, r);
                        (void)hybrid_client_cancel(ceremony->client, HYBRID_CAUSE_INTERNAL,
                                                   now_usec(ceremony));
                }
        }

        r = arm_timer(ceremony);
        if (r < 0) {
                log_error_errno(r, "Failed to set the timer");
                sd_event_exit(ceremony->event, r);
        }
        exit_when_over(ceremony);
}

/* ---- the channel ---------------------------------------------------------------------------- */

static void on_channel_up(void *userdata, const char *routing_id) {
        Ceremony *ceremony = userdata;

        (void)hybrid_client_channel_up(ceremony->client, now_usec(ceremony));
        pump(ceremony);
}

static void on_channel_message(void *userdata, const uint8_t *data, size_t n) {
        Ceremony *ceremony = userdata;

        log_debug("Received %zu bytes", n);
        (void)hybrid_client_recv(ceremony->client, data, n, now_usec(ceremony));
        pump(ceremony);
}

static void on_channel_down(void *userdata, const HybridChannelError *why) {
        Ceremony *ceremony = userdata;

        log_debug("The channel is down: %s", why->detail);
        (void)hybrid_client_channel_down(ceremony->client, why, now_usec(ceremony));
        ceremony->channel = channel_free(ceremony->channel); /* and why with it */
        pump(ceremony);
}

static const ChannelEvents channel_events = {
        .up = on_channel_up,
        .message = on_channel_message,
        .down = on_channel_down,
};

static int open_channel(Ceremony *ceremony, const char *url, const char *host) {
        log_info("A phone answered; connecting to %s", host);
        return network_open_channel(ceremony->network, &ceremony->channel, url, host,
                                    &channel_events, ceremony);
}

/* ---- what hybridd tells --------------------------------------------------------------------- */

static int accept_request(Ceremony *ceremony, const LinkPacket *packet) {
        const LinkField *fields = packet->fields;
        HybridWebauthnParams params = {
                .operation = strcmp(fields[LINK_BEGIN_OPERATION].data, "create") == 0
                                     ? HYBRID_CREATE
                                     : HYBRID_GET,
                .json = fields[LINK_BEGIN_JSON].data,
                .n_json = fields[LINK_BEGIN_JSON].n,
                .origin = fields[LINK_BEGIN_ORIGIN].data,
                .allow_localhost = strcmp(fields[LINK_BEGIN_ALLOW_LOCALHOST].data, "yes") == 0,
                .is_public_suffix = public_suffix_check,
        };
        HybridFailure failure = {};
        int r;

        if (fields[LINK_BEGIN_TOP_ORIGIN].n > 0)
                params.top_origin = fields[LINK_BEGIN_TOP_ORIGIN].data;

        r = hybrid_webauthn_new(&ceremony->webauthn, &params, &failure);
        if (r == HYBRID_E_REFUSED)
                finish_failed(ceremony, &failure);
        return r;
}

static int start_session(Ceremony *ceremony, HybridOperation operation) {
        HybridClientParams params = {
                .operation = operation,
                .unix_time = (uint64_t)time(NULL),
                .timeout_usec = hybrid_webauthn_timeout_usec(ceremony->webauthn),
        };
        uint64_t monotonic;
        char expires[32];
        int r;

        r = sd_event_now(ceremony->event, CLOCK_MONOTONIC, &monotonic);
        if (r < 0)
                return r;
        snprintf(expires, sizeof(expires), "%" PRIu64, monotonic + params.timeout_usec);

        r = link_send(ceremony->link, LINK_ACCEPTED, hybrid_webauthn_rp_id(ceremony->webauthn),
                      hybrid_webauthn_origin(ceremony->webauthn), expires, NULL);
        if (r < 0)
                return r;
        return hybrid_client_new(&ceremony->client, &random_env, &params, now_usec(ceremony));
}

static int begin(Ceremony *ceremony, const LinkPacket *packet) {
        const LinkField *fields = packet->fields;
        bool create = strcmp(fields[LINK_BEGIN_OPERATION].data, "create") == 0;
        int r;

        r = accept_request(ceremony, packet);
        if (r != 0)
                return r;
        r = network_new(&ceremony->network, ceremony->event, fields[LINK_BEGIN_CONNECT_AHEAD].data,
                        fields[LINK_BEGIN_RESOLVE].data, fields[LINK_BEGIN_CA_FILE].data);
        if (r < 0)
                return r;
        return start_session(ceremony, create ? HYBRID_CREATE : HYBRID_GET);
}

static void on_begin(Ceremony *ceremony, const LinkPacket *packet) {
        int r;

        r = begin(ceremony, packet);
        if (r < 0) {
                log_error_errno(r, "Failed to begin a ceremony");
                finish_internal_error(ceremony, r);
        }
        if (r == 0)
                pump(ceremony);
        else
                exit_when_over(ceremony);
}

static void on_advert(Ceremony *ceremony, const LinkPacket *packet) {
        int r;

        r = hybrid_client_advert(ceremony->client, (const uint8_t *)packet->fields[0].data,
                                 packet->fields[0].n, now_usec(ceremony));
        if (r != HYBRID_E_NOT_OURS)
                pump(ceremony);
}

static HybridCause cause_from_name(const char *name) {
        for (int cause = 0; cause < _HYBRID_CAUSE_MAX; cause++)
                if (strcmp(hybrid_cause_name((HybridCause)cause), name) == 0)
                        return (HybridCause)cause;
        return HYBRID_CAUSE_CANCELLED;
}

static void on_packet(void *userdata, LinkPacket *packet) {
        Ceremony *ceremony = userdata;

        if (packet->type == LINK_BEGIN && !ceremony->webauthn && !ceremony->answered) {
                on_begin(ceremony, packet);
        } else if (packet->type == LINK_ADVERT && ceremony->client) {
                on_advert(ceremony, packet);
        } else if (packet->type == LINK_CANCEL && ceremony->client) {
                (void)hybrid_client_cancel(ceremony->client,
                                           cause_from_name(packet->fields[0].data),
                                           now_usec(ceremony));
                pump(ceremony);
        }
}

static void on_gone(void *userdata) {
        Ceremony *ceremony = userdata;

        log_debug("The daemon has gone");
        sd_event_exit(ceremony->event, 0);
}

static const LinkEvents link_events = {
        .packet = on_packet,
        .gone = on_gone,
};

int ceremony_new(Ceremony **ret, sd_event *event, int link_fd) {
        _cleanup_(ceremony_freep) Ceremony *ceremony = NULL;
        int r;

        ceremony = calloc(1, sizeof(*ceremony));
        if (!ceremony) {
                close(link_fd);
                return -ENOMEM;
        }
        ceremony->event = sd_event_ref(event);

        r = link_new(&ceremony->link, event, link_fd, &link_events, ceremony);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(ceremony);
        return 0;
}

Ceremony *ceremony_free(Ceremony *ceremony) {
        if (!ceremony)
                return NULL;

        sd_event_source_disable_unref(ceremony->timer);
        channel_free(ceremony->channel);
        network_free(ceremony->network);
        hybrid_client_free(ceremony->client);
        hybrid_webauthn_free(ceremony->webauthn);
        link_free(ceremony->link);
        sd_event_unref(ceremony->event);
        free(ceremony);
        return NULL;
}
