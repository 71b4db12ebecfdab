/* SPDX-License-Identifier: MIT */

/*
 * A request that has failed, while its window tells the person so: the caller has its Response when
 * the person has closed the window, and if they try again instead, it never hears of the failure.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "ceremony/log.h"
#include "daemon/names.h"
#include "daemon/request/request-internal.h"

#define HOLD_USEC (120 * 1000000ULL)

enum {
        N_ATTEMPTS_MAX = 16,
};

typedef enum Holding {
        HOLDING_NOT, /* the caller's affair: the person did nothing wrong, and can do nothing */
        HOLDING_TOLD,
        HOLDING_AGAIN, /* another attempt may go well */
} Holding;

static const Holding table[_HYBRID_CAUSE_MAX] = {
        [HYBRID_CAUSE_POLICY] = HOLDING_TOLD,
        [HYBRID_CAUSE_NO_ADAPTER] = HOLDING_AGAIN,
        [HYBRID_CAUSE_BLUETOOTH_BLOCKED] = HOLDING_AGAIN,
        [HYBRID_CAUSE_BLUETOOTH_SERVICE_MISSING] = HOLDING_AGAIN,
        [HYBRID_CAUSE_BLUETOOTH_PERMISSION] = HOLDING_AGAIN,
        [HYBRID_CAUSE_TIMEOUT] = HOLDING_AGAIN,
        [HYBRID_CAUSE_TUNNEL_UNREACHABLE] = HOLDING_AGAIN,
        [HYBRID_CAUSE_TUNNEL_REFUSED] = HOLDING_AGAIN,
        [HYBRID_CAUSE_TUNNEL_TLS] = HOLDING_AGAIN,
        [HYBRID_CAUSE_PROXY] = HOLDING_AGAIN,
        [HYBRID_CAUSE_PHONE_GONE] = HOLDING_AGAIN,
        [HYBRID_CAUSE_TWO_PHONES] = HOLDING_AGAIN,
        [HYBRID_CAUSE_HANDSHAKE_FAILED] = HOLDING_AGAIN,
        [HYBRID_CAUSE_CHANNEL_BROKEN] = HOLDING_AGAIN,
        [HYBRID_CAUSE_PROTOCOL] = HOLDING_AGAIN,
        [HYBRID_CAUSE_NO_PASSKEY] = HOLDING_AGAIN,
        [HYBRID_CAUSE_ALREADY_REGISTERED] = HOLDING_TOLD,
        [HYBRID_CAUSE_DECLINED] = HOLDING_AGAIN,
        [HYBRID_CAUSE_UNSUPPORTED] = HOLDING_AGAIN,
        [HYBRID_CAUSE_UNSUPPORTED_CONSTRAINT] = HOLDING_AGAIN,
        [HYBRID_CAUSE_ATTESTATION] = HOLDING_TOLD,
        [HYBRID_CAUSE_AUTHENTICATOR] = HOLDING_AGAIN,
        [HYBRID_CAUSE_INTERNAL] = HOLDING_AGAIN,
};

static Holding holding_of(const char *cause) {
        for (int i = 0; i < _HYBRID_CAUSE_MAX; i++)
                if (strcmp(hybrid_cause_name((HybridCause)i), cause) == 0)
                        return table[i];
        return HOLDING_NOT;
}

/* What is left of the attempt. */
static void clear_attempt(Request *request) {
        request_stop_scan(request);
        if (request->qr_fd >= 0)
                close(TAKE_FD(request->qr_fd));
        request_bus_answer_waiting(request);
        request_forget_phone(request);
        request->worker = worker_kill(request->worker);
        request->listening = false;
        request->guard = sd_event_source_disable_unref(request->guard);
        request->radio_grace = sd_event_source_disable_unref(request->radio_grace);
}

static void forget_failure(Request *request) {
        request->hold_timer = sd_event_source_disable_unref(request->hold_timer);
        free(request->held_error);
        free(request->held_cause);
        free(request->held_message);
        request->held_error = request->held_cause = request->held_message = NULL;
        request->can_retry = false;
}

void request_hold_done(Request *request) {
        forget_failure(request);
}

bool request_is_held(const Request *request) {
        return request->hold_timer;
}

void request_let_go(Request *request) {
        request->can_retry = false;
        request_emit_all(request);
        request_respond_failed(request, request->held_error, request->held_cause,
                               request->held_message);
        request_free(request);
}

static int on_hold_timeout(sd_event_source *source, uint64_t usec, void *userdata) {
        request_let_go(userdata);
        return 0;
}

static int keep_failure(Request *request, const char *error, const char *cause, const char *text) {
        int r;

        r = request_replace(&request->held_error, error);
        if (r >= 0)
                r = request_replace(&request->held_cause, cause);
        if (r >= 0)
                r = request_replace(&request->held_message, text);
        if (r >= 0)
                r = sd_event_add_time_relative(request->services->event, &request->hold_timer,
                                               CLOCK_MONOTONIC, HOLD_USEC, 0, on_hold_timeout,
                                               request);
        return r;
}

/* Whether there is a window, or one on its way, or one that can be called. */
static bool has_window(Request *request) {
        if (request->prompt_sender || request->prompt_call || request->window_lookup)
                return true;
        return request->n_presents == 0 && request_present(request) >= 0;
}

bool request_hold(Request *request, const char *error, const char *cause, const char *text) {
        Holding holding = holding_of(cause);

        if (!request->prompt || request->cancelled || request_is_held(request) ||
            request->needs_permission || !request->rp_id || holding == HOLDING_NOT)
                return false;
        if (!has_window(request) || keep_failure(request, error, cause, text) < 0) {
                forget_failure(request);
                return false;
        }

        clear_attempt(request);
        request->can_retry = holding == HOLDING_AGAIN && request->n_attempts < N_ATTEMPTS_MAX;
        request->state = request->worker_state = "failed";
        request_emit_all(request);
        return true;
}

/* The caller is known, and so it may be listened to at once. */
static int begin_again(Request *request) {
        int r;

        r = services_read_policy(request->services);
        if (r >= 0)
                r = request_begin(request);
        if (r >= 0)
                request_listen(request);
        return r;
}

void request_retry(Request *request) {
        int r;

        log_info("Request of %s is tried again", request->caller.name);
        forget_failure(request);
        free(request->rp_id);
        free(request->checked_origin);
        request->rp_id = request->checked_origin = NULL;
        request->tunnel_host[0] = request->rssi[0] = '\0';
        request->expires_usec = 0;
        request->n_packets = 0;
        request->radio_was_usable = false;
        request->n_attempts++;
        request->state = request->worker_state = "preflight";
        request_emit_state(request);

        r = begin_again(request);
        if (r < 0)
                request_fail_errno(request, r);
}
