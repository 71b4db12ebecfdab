/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "scan-internal.h"
#include "tools/common/complain.h"
#include "webauthn/refuse.h"
#include "wire/tunnel-url.h"

uint64_t scan_now_usec(const Scan *scan) {
        uint64_t now;

        /* CLOCK_BOOTTIME: a code does not get younger while the computer sleeps. */
        if (sd_event_now(scan->event, CLOCK_BOOTTIME, &now) < 0)
                return 0;
        return now;
}

/* ---- the end -------------------------------------------------------------------------------- */

void scan_stop(Scan *scan, HybridCause cause, const char *why) {
        if (scan->over || scan->hung_up)
                return;

        scan->hung_up = true;
        scan->failure.cause = cause;
        snprintf(scan->failure.detail, sizeof(scan->failure.detail), "%s", why);
        (void)hybrid_phone_hang_up(scan->phone, scan_now_usec(scan));
}

void scan_stop_by_fault(Scan *scan) {
        scan_stop(scan, HYBRID_CAUSE_CANCELLED, "hung up, as the fault says");
}

void scan_cut_by_fault(Scan *scan) {
        scan->channel = channel_free(scan->channel);
        scan_stop_by_fault(scan);
}

void scan_stop_internally(Scan *scan, int r) {
        scan_stop(scan, HYBRID_CAUSE_INTERNAL, strerrordesc_np(-r));
}

/* The session only knows that it was hung up; why is known here. */
static void keep_failure(Scan *scan, const HybridFailure *failure) {
        HybridFailure kept = *failure;

        if (scan->hung_up) {
                kept.cause = scan->failure.cause;
                strcpy(kept.detail, scan->failure.detail);
        }
        scan->failure = kept;
}

static void end(Scan *scan, HybridPhoneState state) {
        scan->over = true;
        consent_withdraw(scan->consent);
        authenticator_done(&scan->authenticator);
        scan->broadcast = broadcast_free(scan->broadcast);
        if (state == HYBRID_PHONE_DONE && !scan->answered) {
                scan->failure.cause = HYBRID_CAUSE_CANCELLED;
                strcpy(scan->failure.detail, "the desktop ended it without a command");
        }
}

static void tell_end(Scan *scan, bool success) {
        if (success) {
                report_done(&scan->settings.report);
                return;
        }
        if (scan->answered) {
                (void)refuse_status(&scan->failure, scan->status);
                (void)tunnel_host(scan->settings.tunnel_server_id, scan->failure.host);
        }
        report_failed(&scan->settings.report, &scan->failure);
}

/* Over when the session is, and no channel is left that wants to close in order. */
static void exit_when_over(Scan *scan) {
        bool success = scan->answered && scan->status == CTAP2_OK;

        if (!scan->over || scan->channel || scan->told)
                return;

        scan->told = true;
        tell_end(scan, success);
        sd_event_exit(scan->event, success ? 0 : 1);
}

/* ---- the advert ----------------------------------------------------------------------------- */

static int start_second_advert(Scan *scan, const uint8_t advert[static HYBRID_ADVERT_SIZE]) {
        uint8_t second[HYBRID_ADVERT_SIZE];
        int r;

        r = spoiler_second_advert(&scan->spoiler, advert, second);
        if (r < 0)
                return r;
        return broadcast_start_second(scan->broadcast, second, sizeof(second));
}

static int start_advertising(Scan *scan, const uint8_t *advert, size_t n) {
        int r;

        if (scan_has_fault(scan, FAULT_NO_ADVERT))
                return 0;

        r = broadcast_start(scan->broadcast, advert, n);
        if (r >= 0 && scan_has_fault(scan, FAULT_TWO_ADVERTS))
                r = start_second_advert(scan, advert);
        if (r < 0)
                return r;

        report_advertising(&scan->settings.report, scan->settings.radio->name, scan->settings.uuid,
                           advert, n);
        return 0;
}

/* ---- the channel ---------------------------------------------------------------------------- */

static void on_channel_up(void *userdata, const char *routing_id) {
        Scan *scan = userdata;
        char host[HYBRID_TUNNEL_HOST_SIZE_MAX] = "";

        (void)tunnel_host(scan->settings.tunnel_server_id, host);
        report_tunnel_open(&scan->settings.report, host);
        (void)hybrid_phone_channel_up(scan->phone, routing_id, scan_now_usec(scan));
        scan_pump(scan);
}

static void on_channel_message(void *userdata, const uint8_t *data, size_t n) {
        Scan *scan = userdata;
        bool is_message1 = !scan->heard;

        scan->heard = true;
        if (is_message1 && scan_has_fault(scan, FAULT_CLOSE_AFTER_MESSAGE_1))
                scan_stop_by_fault(scan);
        else if (is_message1 && scan_has_fault(scan, FAULT_CUT_AFTER_MESSAGE_1))
                scan_cut_by_fault(scan);
        else {
                spoiler_see_message(&scan->spoiler, data, n);
                (void)hybrid_phone_recv(scan->phone, data, n, scan_now_usec(scan));
        }
        scan_pump(scan);
}

static void on_channel_down(void *userdata, const HybridChannelError *why) {
        Scan *scan = userdata;

        /* What is told may belong to the channel, so it goes last. */
        (void)hybrid_phone_channel_down(scan->phone, why, scan_now_usec(scan));
        scan->channel = channel_free(scan->channel);
        scan_pump(scan);
}

static const ChannelEvents channel_events = {
        .up = on_channel_up,
        .message = on_channel_message,
        .down = on_channel_down,
};

static int open_channel(Scan *scan, const char *url) {
        ChannelOptions options = {
                .url = url,
                .network = scan->settings.network,
                .events = &channel_events,
                .userdata = scan,
        };

        return scan->settings.channel->open(&scan->channel, scan->event, &options);
}

static int send_second_reply(Scan *scan) {
        _blob_ record = {};
        int r;

        r = spoiler_second_reply(&scan->spoiler, &record);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return channel_send(scan->channel, record.data, record.n);
}

/* If the channel has gone, the session will hear of it in a moment. */
static int send_message(Scan *scan, const uint8_t *data, size_t n) {
        int r;

        if (!scan->channel)
                return 0;
        r = channel_send(scan->channel, data, n);
        if (r >= 0)
                r = send_second_reply(scan);
        return r == -ENOTCONN ? 0 : r;
}

static void close_channel(Scan *scan) {
        if (scan->channel)
                channel_close(scan->channel);
}

/* ---- waiting to be contacted ---------------------------------------------------------------- */

static void on_waiting(void *userdata) {
        Scan *scan = userdata;

        report_waiting(&scan->settings.report);
}

/* What is not of a desktop that it knows is nothing to it. */
static void on_contacted(void *userdata, const HybridContact *contact) {
        Scan *scan = userdata;
        int r;

        r = hybrid_phone_contacted(scan->phone, contact, scan_now_usec(scan));
        if (r == HYBRID_E_NOT_OURS)
                return;
        report_contacted(&scan->settings.report, hybrid_phone_operation(scan->phone));
        scan->waiter = waiter_free(scan->waiter);
        scan_pump(scan);
}

static void on_wait_failed(void *userdata, const HybridChannelError *why) {
        Scan *scan = userdata;

        scan->waiter = waiter_free(scan->waiter);
        scan_stop(scan, HYBRID_CAUSE_TUNNEL_UNREACHABLE, why->detail);
        scan_pump(scan);
}

static const WaiterEvents waiter_events = {
        .waiting = on_waiting,
        .contacted = on_contacted,
        .failed = on_wait_failed,
};

int scan_wait(Scan *scan) {
        return waiter_new(&scan->waiter, scan->event, scan->settings.channel,
                          scan->settings.network, &scan->settings.link->link, &waiter_events, scan);
}

/* ---- the pump ------------------------------------------------------------------------------- */

static int on_link_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Scan *scan = userdata;
        int r;

        r = hybrid_phone_send_link(scan->phone, scan_now_usec(scan));
        if (r < 0 && !scan->over)
                scan_stop_internally(scan, r);
        scan_pump(scan);
        return 0;
}

/* Its person agrees after all is done, as people do. */
static void scan_give_link(Scan *scan) {
        int r;

        r = sd_event_add_time_relative(scan->event, &scan->link_timer, CLOCK_MONOTONIC,
                                       scan->settings.link_delay_usec, 0, on_link_timer, scan);
        if (r < 0)
                scan_stop_internally(scan, r);
}

static void enter_state(Scan *scan, HybridPhoneState state) {
        switch (state) {
        case HYBRID_PHONE_AWAITING_COMMAND:
                report_connected(&scan->settings.report);
                if (scan_has_fault(scan, FAULT_CLOSE_AFTER_POST_HANDSHAKE))
                        scan_stop_by_fault(scan);
                return;
        case HYBRID_PHONE_DONE:
        case HYBRID_PHONE_FAILED:
                end(scan, state);
                return;
        case HYBRID_PHONE_LINGERING:
                scan_give_link(scan);
                return;
        case HYBRID_PHONE_OPENING_TUNNEL:
        case HYBRID_PHONE_ADVERTISING:
        case HYBRID_PHONE_ANSWERING:
        case HYBRID_PHONE_AWAITING_CLOSE:
        case HYBRID_PHONE_WAITING_FOR_CONTACT:
        case _HYBRID_PHONE_STATE_MAX:
                return;
        }
}

static int carry_out(Scan *scan, const HybridAction *action) {
        switch (action->type) {
        case HYBRID_ACTION_STATE:
                enter_state(scan, (HybridPhoneState)action->state);
                return 0;
        case HYBRID_ACTION_CONNECT:
                return open_channel(scan, action->connect.url);
        case HYBRID_ACTION_ADVERTISE_START:
                return start_advertising(scan, action->bytes.data, action->bytes.n);
        case HYBRID_ACTION_ADVERTISE_STOP:
                broadcast_stop(scan->broadcast);
                return 0;
        case HYBRID_ACTION_SEND:
                return send_message(scan, action->bytes.data, action->bytes.n);
        case HYBRID_ACTION_CLOSE:
                close_channel(scan);
                return 0;
        case HYBRID_ACTION_COMMAND:
                return scan_take_command(scan, action->bytes.data, action->bytes.n);
        case HYBRID_ACTION_FAILED:
                keep_failure(scan, action->failure);
                return 0;
        case HYBRID_ACTION_SHOW_QR:
        case HYBRID_ACTION_HIDE_QR:
        case HYBRID_ACTION_SCAN_START:
        case HYBRID_ACTION_SCAN_STOP:
        case HYBRID_ACTION_REPLY:
        case HYBRID_ACTION_LINKED:
        case HYBRID_ACTION_LINK_IGNORED:
                break; /* the desktop's */
        }
        return -EINVAL;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Scan *scan = userdata;

        (void)hybrid_phone_tick(scan->phone, scan_now_usec(scan));
        scan_pump(scan);
        return 0;
}

static int arm_timer(Scan *scan) {
        uint64_t deadline = hybrid_phone_deadline(scan->phone);

        if (!scan->timer)
                return sd_event_add_time(scan->event, &scan->timer, CLOCK_BOOTTIME, deadline, 0,
                                         on_timer, scan);
        sd_event_source_set_time(scan->timer, deadline);
        return sd_event_source_set_enabled(scan->timer, SD_EVENT_ONESHOT);
}

void scan_pump(Scan *scan) {
        HybridAction action;
        int r;

        while (hybrid_phone_next_action(scan->phone, &action)) {
                r = carry_out(scan, &action);
                if (r < 0)
                        scan_stop_internally(scan, r);
        }

        r = arm_timer(scan);
        if (r < 0) {
                complain("hybrid-phone: the timer cannot be set: %s; try again",
                         strerrordesc_np(-r));
                sd_event_exit(scan->event, 1);
        }
        exit_when_over(scan);
}

void scan_hang_up(Scan *scan) {
        scan_stop(scan, HYBRID_CAUSE_CANCELLED, "interrupted");
        scan_pump(scan);
}
