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
#include "ceremony/confine-files.h"
#include "ceremony/limits.h"
#include "ceremony/link-record.h"
#include "ceremony/link.h"
#include "ceremony/log.h"
#include "ceremony/network.h"
#include "ceremony/public-suffix.h"
#include "ceremony/sealed-memfd.h"
#include "hybrid.h"
#include "io/channel.h"
#include "io/random.h"

#define TIMER_ACCURACY_USEC 10000

enum {
        RSSI_UNKNOWN = 127,
};

struct Ceremony {
        sd_event *event;
        Link *link;

        HybridOperation operation;
        HybridWebauthn *webauthn;
        HybridClient *client; /* NULL until the request is accepted and it is known whom to ask */
        Network *network;
        Channel *channel;
        sd_event_source *timer;
        Limits limits;

        bool remember; /* phones may say what they can be reached by */
        bool choose;   /* hybridd says whom to ask */
        bool accepted;
        uint64_t deadline_usec; /* of all, once it is accepted */

        bool linked;          /* a linked phone is asked */
        bool changing_course; /* what becomes of the session's end is known already */
        bool phone_lost;      /* the linked phone is not there: a code is next */

        int8_t rssi;   /* of the last advert */
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

static void finish_refusing(Ceremony *ceremony, const HybridFailure *failure,
                            const HybridAuthenticator *authenticator) {
        const char *rp_id = ceremony->webauthn ? hybrid_webauthn_rp_id(ceremony->webauthn) : "";

        if (ceremony->answered)
                return;

        log_info("Failed: %s (%s)", hybrid_cause_name(failure->cause), failure->detail);
        tell(ceremony, answer_failed(ceremony->link, failure, rp_id, authenticator));
        ceremony->answered = true;
}

static void finish_failed(Ceremony *ceremony, const HybridFailure *failure) {
        finish_refusing(ceremony, failure, NULL);
}

/* Whether a linked phone has failed to come, so that another one may be asked by a code. */
static bool is_phone_lost(const Ceremony *ceremony, const HybridFailure *failure) {
        if (!ceremony->linked || failure->stage == HYBRID_STAGE_COMMAND)
                return false;
        return failure->cause == HYBRID_CAUSE_TIMEOUT ||
               failure->cause == HYBRID_CAUSE_TUNNEL_UNREACHABLE ||
               failure->cause == HYBRID_CAUSE_TUNNEL_REFUSED ||
               failure->cause == HYBRID_CAUSE_TUNNEL_TLS || failure->cause == HYBRID_CAUSE_PROXY ||
               failure->cause == HYBRID_CAUSE_PHONE_GONE ||
               failure->cause == HYBRID_CAUSE_HANDSHAKE_FAILED ||
               failure->cause == HYBRID_CAUSE_CHANNEL_BROKEN ||
               failure->cause == HYBRID_CAUSE_PROTOCOL || failure->cause == HYBRID_CAUSE_POLICY;
}

static void lose_phone(Ceremony *ceremony, HybridCause cause, const char *detail) {
        log_info("The linked phone is not there: %s (%s)", hybrid_cause_name(cause), detail);
        tell(ceremony, link_send(ceremony->link, LINK_PHONE_LOST, hybrid_cause_name(cause), NULL));
        ceremony->phone_lost = true;
}

/* The session knows that the tunnel service is not allowed, but not who says so. */
static void finish_session_failed(Ceremony *ceremony, const HybridFailure *failure) {
        HybridFailure explained = *failure;

        if (ceremony->changing_course)
                return;
        if (is_phone_lost(ceremony, failure) && !ceremony->answered) {
                lose_phone(ceremony, failure->cause, failure->detail);
                return;
        }

        if (failure->cause == HYBRID_CAUSE_POLICY)
                limits_explain_tunnel(&ceremony->limits, &explained);
        finish_failed(ceremony, &explained);
}

/* The phone has made the passkey, but the policy does not want one of its making. */
static void finish_unwanted(Ceremony *ceremony, const HybridAuthenticator *authenticator) {
        HybridFailure failure = {};

        limits_explain_authenticator(&ceremony->limits, authenticator, &failure);
        finish_refusing(ceremony, &failure, authenticator);
}

static void finish_internal_error(Ceremony *ceremony, int r) {
        HybridFailure failure = { .cause = HYBRID_CAUSE_INTERNAL };

        snprintf(failure.detail, sizeof(failure.detail), "%s", strerror(-r));
        finish_failed(ceremony, &failure);
}

static int finish_done(Ceremony *ceremony, const char *json,
                       const HybridAuthenticator *authenticator) {
        const AnswerPhone phone = {
                .authenticator = authenticator,
                .channel = network_channel_name(ceremony->network),
                .tunnel_host = hybrid_client_tunnel_host(ceremony->client),
                .linked = ceremony->linked,
                .lingers = hybrid_client_state(ceremony->client) == HYBRID_CLIENT_LINGERING,
        };
        int r;

        r = answer_done(ceremony->link, json, &phone);
        if (r < 0)
                return r;

        ceremony->answered = true;
        return 0;
}

/* With where the phone is, if it is why. */
static void tell_qr_withdrawn(Ceremony *ceremony) {
        const char *host = hybrid_client_tunnel_host(ceremony->client);
        char rssi[8] = "";

        if (host[0] != '\0' && ceremony->rssi != RSSI_UNKNOWN)
                snprintf(rssi, sizeof(rssi), "%d", ceremony->rssi);
        tell(ceremony, link_send(ceremony->link, LINK_QR_WITHDRAWN, host, rssi, NULL));
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

        if (limits_allow_authenticator(&ceremony->limits, &authenticator))
                r = finish_done(ceremony, json, &authenticator);
        else
                finish_unwanted(ceremony, &authenticator);
        secret_free(json, strlen(json));
        return r;
}

static int open_channel(Ceremony *ceremony, const HybridConnect *connect);

static int carry_out(Ceremony *ceremony, const HybridAction *action) {
        switch (action->type) {
        case HYBRID_ACTION_STATE:
                return enter_state(ceremony, (HybridClientState)action->state);
        case HYBRID_ACTION_SHOW_QR:
                return show_qr(ceremony, action->qr_text);
        case HYBRID_ACTION_HIDE_QR:
                tell_qr_withdrawn(ceremony);
                return 0;
        case HYBRID_ACTION_SCAN_START:
                return link_send(ceremony->link, LINK_SCAN_START, NULL);
        case HYBRID_ACTION_SCAN_STOP:
                tell(ceremony, link_send(ceremony->link, LINK_SCAN_STOP, NULL));
                if (ceremony->linked)
                        tell_qr_withdrawn(ceremony); /* there was none, but where the phone is */
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
                finish_session_failed(ceremony, action->failure);
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

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        const HybridFailure nobody_chose = { .cause = HYBRID_CAUSE_TIMEOUT, .timed_out = true };
        Ceremony *ceremony = userdata;

        if (ceremony->client)
                (void)hybrid_client_tick(ceremony->client, now_usec(ceremony));
        else
                finish_failed(ceremony, &nobody_chose);
        pump(ceremony);
        return 0;
}

static int arm_timer(Ceremony *ceremony) {
        uint64_t deadline = ceremony->client ? hybrid_client_deadline(ceremony->client)
                                             : ceremony->deadline_usec;

        if (!ceremony->timer)
                return sd_event_add_time(ceremony->event, &ceremony->timer, CLOCK_BOOTTIME,
                                         deadline, TIMER_ACCURACY_USEC, on_timer, ceremony);
        sd_event_source_set_time(ceremony->timer, deadline);
        return sd_event_source_set_enabled(ceremony->timer, SD_EVENT_ONESHOT);
}

static void carry_out_all(Ceremony *ceremony) {
        HybridAction action;
        int r;

        while (ceremony->client && hybrid_client_next_action(ceremony->client, &action)) {
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
}

/* Another session instead of the one there is: with this phone, or with a code for NULL. */
static int start_over(Ceremony *ceremony, const HybridLink *link) {
        uint64_t now = now_usec(ceremony);
        HybridClientParams params = {
                .operation = ceremony->operation,
                .unix_time = (uint64_t)time(NULL),
                .timeout_usec = ceremony->deadline_usec > now ? ceremony->deadline_usec - now : 1,
                .is_tunnel_allowed = limits_allow_tunnel,
                .userdata = &ceremony->limits,
                .accept_links = ceremony->remember && !link,
                .link = link,
        };

        if (ceremony->client) {
                ceremony->changing_course = true;
                (void)hybrid_client_cancel(ceremony->client, HYBRID_CAUSE_CANCELLED, now);
                carry_out_all(ceremony);
                ceremony->changing_course = false;
        }
        ceremony->channel = channel_free(ceremony->channel);
        ceremony->client = hybrid_client_free(ceremony->client);
        ceremony->linked = link;
        return hybrid_client_new(&ceremony->client, &random_env, &params, now);
}

static void show_code_instead(Ceremony *ceremony) {
        int r;

        ceremony->phone_lost = false;
        r = start_over(ceremony, NULL);
        if (r < 0) {
                log_error_errno(r, "Failed to show a code");
                finish_internal_error(ceremony, r);
                return;
        }
        carry_out_all(ceremony);
}

/* After each input: carries out what the session wants, and sets the one timer. */
static void pump(Ceremony *ceremony) {
        int r;

        carry_out_all(ceremony);
        if (ceremony->phone_lost)
                show_code_instead(ceremony);

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

        if (ceremony->linked)
                (void)hybrid_client_contact_up(ceremony->client, ceremony->channel->signals,
                                               now_usec(ceremony));
        else
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

static int open_channel(Ceremony *ceremony, const HybridConnect *connect) {
        log_info("%s %s",
                 ceremony->linked ? "Contacting a phone by" : "A phone answered; connecting to",
                 connect->host);
        return network_open_channel(ceremony->network, &ceremony->channel, connect, &channel_events,
                                    ceremony);
}

/* ---- what hybridd tells --------------------------------------------------------------------- */

static int accept_request(Ceremony *ceremony, const LinkPacket *packet) {
        const LinkField *fields = packet->fields;
        bool create = strcmp(fields[LINK_BEGIN_OPERATION].data, "create") == 0;
        HybridWebauthnParams params = {
                .operation = create ? HYBRID_CREATE : HYBRID_GET,
                .json = fields[LINK_BEGIN_JSON].data,
                .n_json = fields[LINK_BEGIN_JSON].n,
                .origin = fields[LINK_BEGIN_ORIGIN].data,
                .allow_localhost = strcmp(fields[LINK_BEGIN_ALLOW_LOCALHOST].data, "yes") == 0,
                .related_origins = strcmp(fields[LINK_BEGIN_RELATED_ORIGINS].data, "yes") == 0,
                .is_public_suffix = public_suffix_check,
                .allows_enterprise_attestation = limits_allow_enterprise,
                .userdata = &ceremony->limits,
        };
        HybridFailure failure = {};
        int r;

        ceremony->operation = params.operation;
        ceremony->remember = strcmp(fields[LINK_BEGIN_REMEMBER].data, "yes") == 0;
        ceremony->choose = strcmp(fields[LINK_BEGIN_CHOOSE].data, "yes") == 0;
        if (fields[LINK_BEGIN_TOP_ORIGIN].n > 0)
                params.top_origin = fields[LINK_BEGIN_TOP_ORIGIN].data;

        r = hybrid_webauthn_new(&ceremony->webauthn, &params, &failure);
        if (r == HYBRID_E_REFUSED)
                finish_failed(ceremony, &failure);
        return r;
}

static int start_session(Ceremony *ceremony) {
        uint64_t timeout_usec = hybrid_webauthn_timeout_usec(ceremony->webauthn), monotonic;
        char expires[32];
        int r;

        r = sd_event_now(ceremony->event, CLOCK_MONOTONIC, &monotonic);
        if (r < 0)
                return r;
        snprintf(expires, sizeof(expires), "%" PRIu64, monotonic + timeout_usec);

        r = link_send(ceremony->link, LINK_ACCEPTED, hybrid_webauthn_rp_id(ceremony->webauthn),
                      hybrid_webauthn_origin(ceremony->webauthn), expires, NULL);
        if (r < 0)
                return r;

        ceremony->accepted = true;
        ceremony->deadline_usec = now_usec(ceremony) + timeout_usec;
        if (ceremony->choose)
                return link_send(ceremony->link, LINK_STATE, "choose-phone", NULL);
        return start_over(ceremony, NULL);
}

static int start_network(Ceremony *ceremony, const LinkPacket *packet) {
        const LinkField *fields = packet->fields;
        NetworkSettings settings = {
                .resolve = fields[LINK_BEGIN_RESOLVE].data,
                .ca_file = fields[LINK_BEGIN_CA_FILE].data,
                .extra_ca_file = fields[LINK_BEGIN_EXTRA_CA_FILE].data,
                .proxy = fields[LINK_BEGIN_PROXY].data,
                .no_proxy = fields[LINK_BEGIN_NO_PROXY].data,
        };
        const char *const readable[] = { settings.ca_file, settings.extra_ca_file };
        char *ahead;
        int r;

        /* Before the first byte from outside. */
        r = confine_reading(readable, ELEMENTSOF(readable));
        if (r < 0)
                log_debug("Files are not out of sight: %s", strerror(-r));

        r = limits_filter_hosts(&ceremony->limits, fields[LINK_BEGIN_CONNECT_AHEAD].data, &ahead);
        if (r < 0)
                return r;
        settings.connect_ahead = ahead;
        r = network_new(&ceremony->network, ceremony->event, &settings);
        free(ahead);
        return r;
}

static int begin(Ceremony *ceremony, const LinkPacket *packet) {
        int r, accepted;

        r = limits_init(&ceremony->limits, packet);
        if (r < 0)
                return r;
        accepted = accept_request(ceremony, packet);
        if (accepted != 0 && accepted != HYBRID_E_RELATED_ORIGIN)
                return accepted;
        r = start_network(ceremony, packet);
        if (r < 0)
                return r;
        if (accepted == 0)
                return start_session(ceremony);

        r = link_send(ceremony->link, LINK_ASK_SITE, hybrid_webauthn_rp_id(ceremony->webauthn),
                      NULL);
        return r < 0 ? r : accepted;
}

/* `r` is 0 if there is a session now. */
static void go_on(Ceremony *ceremony, int r) {
        if (r < 0) {
                log_error_errno(r, "Failed to begin a ceremony");
                finish_internal_error(ceremony, r);
        }
        if (r == 0)
                pump(ceremony);
        else
                exit_when_over(ceremony);
}

/* ---- related origins ------------------------------------------------------------------------ */

static void finish_unrelated(Ceremony *ceremony, const char *problem) {
        HybridFailure failure = { .cause = HYBRID_CAUSE_ORIGIN_REFUSED };

        snprintf(failure.detail, sizeof(failure.detail),
                 "the RP ID is of another site, whose list of origins cannot be had: %s", problem);
        finish_failed(ceremony, &failure);
}

static int take_site_answer(Ceremony *ceremony, const char *data, size_t n) {
        HybridFailure failure = {};
        int r;

        r = hybrid_webauthn_related_origins(ceremony->webauthn, data, n, public_suffix_check, NULL,
                                            &failure);
        if (r == HYBRID_E_REFUSED)
                finish_failed(ceremony, &failure);
        if (r != 0)
                return r;
        return start_session(ceremony);
}

static void on_site_answer(void *userdata, const char *data, size_t n, const char *problem) {
        Ceremony *ceremony = userdata;
        int r = HYBRID_E_REFUSED;

        if (problem)
                finish_unrelated(ceremony, problem);
        else
                r = take_site_answer(ceremony, data, n);
        network_fetch_end(ceremony->network);
        go_on(ceremony, r);
}

static void on_site_may_be_asked(Ceremony *ceremony) {
        const char *rp_id = hybrid_webauthn_rp_id(ceremony->webauthn);
        char *url;
        int r;

        log_info("Asking %s for its related origins", rp_id);
        if (asprintf(&url, "https://%s/.well-known/webauthn", rp_id) < 0) {
                go_on(ceremony, -ENOMEM);
                return;
        }
        r = network_fetch(ceremony->network, url, on_site_answer, ceremony);
        free(url);
        if (r == -EINVAL) {
                finish_unrelated(ceremony, "its name is too long");
                exit_when_over(ceremony);
        } else if (r < 0)
                go_on(ceremony, r);
}

/* There is no session yet that could be cancelled. */
static void cancel_asking(Ceremony *ceremony, HybridCause cause) {
        const HybridFailure failure = { .cause = cause };

        network_fetch_end(ceremony->network);
        finish_failed(ceremony, &failure);
        exit_when_over(ceremony);
}

/* ---- whom to ask ---------------------------------------------------------------------------- */

/* Not any more when somebody holds their phone and looks at what it says. */
static bool may_change_course(const Ceremony *ceremony) {
        if (!ceremony->accepted || ceremony->answered)
                return false;
        if (!ceremony->client)
                return true;

        switch (hybrid_client_state(ceremony->client)) {
        case HYBRID_CLIENT_WAITING_FOR_SCAN:
        case HYBRID_CLIENT_CONTACTING:
        case HYBRID_CLIENT_AWAITING_PHONE:
        case HYBRID_CLIENT_AWAITING_ADVERT:
        case HYBRID_CLIENT_AWAITING_SIGNAL:
                return true;
        case HYBRID_CLIENT_OPENING_CHANNEL:
        case HYBRID_CLIENT_AWAITING_HANDSHAKE:
        case HYBRID_CLIENT_AWAITING_POST_HANDSHAKE:
        case HYBRID_CLIENT_READY:
        case HYBRID_CLIENT_CONTINUE_ON_PHONE:
                return ceremony->linked;
        case HYBRID_CLIENT_DONE:
        case HYBRID_CLIENT_FAILED:
        case HYBRID_CLIENT_LINGERING:
        case _HYBRID_CLIENT_STATE_MAX:
                return false;
        }
        return false;
}

static void use_phone(Ceremony *ceremony, int fd) {
        HybridLink link;
        CLEANUP_ERASE(link);
        int r;

        if (!may_change_course(ceremony))
                return;
        r = link_record_read(fd, &link);
        if (r == -EBADMSG) {
                lose_phone(ceremony, HYBRID_CAUSE_INTERNAL, "what is kept of it is no link");
                show_code_instead(ceremony);
                r = 0;
        } else if (r >= 0)
                r = start_over(ceremony, &link);
        go_on(ceremony, r);
}

static void use_code(Ceremony *ceremony) {
        if (!may_change_course(ceremony) || (ceremony->client && !ceremony->linked))
                return;
        go_on(ceremony, start_over(ceremony, NULL));
}

/* ---- packets -------------------------------------------------------------------------------- */

static void on_begin(Ceremony *ceremony, const LinkPacket *packet) {
        go_on(ceremony, begin(ceremony, packet));
}

static void on_advert(Ceremony *ceremony, const LinkPacket *packet) {
        const LinkField *field = &packet->fields[0];
        int r;

        if (field->n == 0)
                return;
        ceremony->rssi = (int8_t)field->data[0];
        r = hybrid_client_advert(ceremony->client, (const uint8_t *)field->data + 1, field->n - 1,
                                 now_usec(ceremony));
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
        } else if (packet->type == LINK_SITE_MAY_BE_ASKED && ceremony->network &&
                   !ceremony->client && !ceremony->answered) {
                on_site_may_be_asked(ceremony);
        } else if (packet->type == LINK_ADVERT && ceremony->client) {
                on_advert(ceremony, packet);
        } else if (packet->type == LINK_USE_PHONE) {
                use_phone(ceremony, packet->fd);
        } else if (packet->type == LINK_USE_CODE) {
                use_code(ceremony);
        } else if (packet->type == LINK_CANCEL && ceremony->client) {
                (void)hybrid_client_cancel(ceremony->client,
                                           cause_from_name(packet->fields[0].data),
                                           now_usec(ceremony));
                pump(ceremony);
        } else if (packet->type == LINK_CANCEL && ceremony->network) {
                cancel_asking(ceremony, cause_from_name(packet->fields[0].data));
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
        limits_done(&ceremony->limits);
        link_free(ceremony->link);
        sd_event_unref(ceremony->event);
        free(ceremony);
        return NULL;
}
