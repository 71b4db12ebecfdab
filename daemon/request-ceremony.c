/* SPDX-License-Identifier: MIT */

/*
 * The part of a request in which a process carries out its ceremony: handing the request over, and
 * what comes back. That process reads what strangers send, so its word is checked.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "ceremony/log.h"
#include "daemon/request-internal.h"

#define USEC_PER_SEC 1000000ULL

/* Beyond the ceremony's own time-out: only for a process that hangs. */
#define GUARD_USEC (15 * USEC_PER_SEC)

/* How long a process may take to accept a request before its own time-out is known. */
#define ACCEPT_USEC (15 * USEC_PER_SEC)

/* ---- states --------------------------------------------------------------------------------- */

/* The ceremony waits for a scan in vain while the radio is off, so the person is told that. */
void request_update_state(Request *request) {
        bool off = radio_status(request->manager->radio) == BLE_OFF;
        bool waiting = strcmp(request->worker_state, "waiting-for-scan") == 0;
        const char *state = waiting && off ? "bluetooth-off" : request->worker_state;
        bool first;

        if (strcmp(request->state, state) == 0)
                return;

        /* All at once, and after the code: until then nobody has looked at anything. */
        first = strcmp(request->state, "preflight") == 0;
        request->state = state;
        if (first)
                request_bus_emit_all(request);
        else
                request_bus_emit_state(request);
}

/* Only names that are known go on the bus. NULL if it is none. */
static const char *known_state(const char *name) {
        static const char *const states[] = {
                "waiting-for-scan", "connecting", "continue-on-phone", "done", "failed",
        };

        for (size_t i = 0; i < ELEMENTSOF(states); i++)
                if (strcmp(states[i], name) == 0)
                        return states[i];
        return NULL;
}

static int on_guard(sd_event_source *source, uint64_t usec, void *userdata) {
        Request *request = userdata;

        log_warning("A ceremony does not answer; ending it");
        request->worker = worker_kill(request->worker);
        request_fail(request, HYBRID_CAUSE_INTERNAL, "a ceremony did not end in time");
        return 0;
}

static int arm_guard(Request *request, uint64_t usec) {
        if (request->guard)
                return sd_event_source_set_time(request->guard, usec);
        return sd_event_add_time(request->manager->event, &request->guard, CLOCK_MONOTONIC, usec, 0,
                                 on_guard, request);
}

/* ---- what the ceremony tells ---------------------------------------------------------------- */

/* What the radio's condition means for a request. _HYBRID_CAUSE_MAX: it can go on. */
static HybridCause cause_of_radio(BleStatus status) {
        switch (status) {
        case BLE_ON:
        case BLE_OFF:
                return _HYBRID_CAUSE_MAX;
        case BLE_BLOCKED:
                return HYBRID_CAUSE_BLUETOOTH_BLOCKED;
        case BLE_ABSENT:
                return HYBRID_CAUSE_NO_ADAPTER;
        case BLE_NO_SERVICE:
                return HYBRID_CAUSE_BLUETOOTH_SERVICE_MISSING;
        case BLE_NO_PERMISSION:
                return HYBRID_CAUSE_BLUETOOTH_PERMISSION;
        case _BLE_STATUS_MAX:
                break;
        }
        return HYBRID_CAUSE_INTERNAL;
}

static void on_accepted(Request *request, const LinkPacket *packet) {
        HybridCause cause = cause_of_radio(radio_status(request->manager->radio));
        int r;

        r = request_replace(&request->rp_id, packet->fields[0].data);
        if (r >= 0)
                r = request_replace(&request->checked_origin, packet->fields[1].data);
        if (r >= 0) {
                request->expires_usec = strtoull(packet->fields[2].data, NULL, 10);
                r = arm_guard(request, request->expires_usec + GUARD_USEC);
        }
        if (r < 0) {
                request_fail_errno(request, r);
                return;
        }

        if (cause != _HYBRID_CAUSE_MAX) {
                request_fail(request, cause, "");
                return;
        }
        if (request->prompt) {
                r = request_bus_present(request);
                if (r < 0)
                        request_fail_errno(request, r);
        }
}

static void on_qr(Request *request, LinkPacket *packet) {
        if (request->qr_fd >= 0)
                close(request->qr_fd);
        request->qr_fd = TAKE_FD(packet->fd);
        request_bus_answer_waiting(request);
        request_bus_emit_qr_changed(request);
}

static void withdraw_qr(Request *request) {
        if (request->qr_fd < 0)
                return;
        close(TAKE_FD(request->qr_fd));
        request_bus_emit_qr_withdrawn(request);
}

static void scan_start(Request *request) {
        int r;

        if (request->scanning)
                return;
        r = radio_scan_ref(request->manager->radio);
        if (r < 0)
                request_fail_errno(request, r);
        else
                request->scanning = true;
}

void request_stop_scan(Request *request) {
        if (request->scanning)
                radio_scan_unref(request->manager->radio);
        request->scanning = false;
}

static void on_state(Request *request, const char *name) {
        const char *state = known_state(name);

        if (!state) {
                request_fail(request, HYBRID_CAUSE_INTERNAL, "a ceremony in no known state");
                return;
        }
        request->worker_state = state;
        request_update_state(request);
}

/* The process may still have a channel to close; it does that without us. */
static void on_done(Request *request, const LinkPacket *packet) {
        int r;

        r = request_bus_respond_done(request, packet);
        if (r < 0) {
                request_fail_errno(request, r);
                return;
        }
        log_info("Request of %s for %s succeeded", request->caller.name, request->rp_id);
        request->worker = worker_retire(request->worker);
        request_free(request);
}

static void on_failed(Request *request, const LinkPacket *packet) {
        log_info("Request of %s failed: %s (%s)", request->caller.name, packet->fields[1].data,
                 packet->fields[3].data);
        request_bus_respond_failed(request, packet->fields[0].data, packet->fields[1].data,
                                   packet->fields[2].data);
        request->worker = worker_retire(request->worker);
        request_free(request);
}

/* Each may free the request, so nothing follows it. */
static void on_packet(void *userdata, LinkPacket *packet) {
        Request *request = userdata;

        switch (packet->type) {
        case LINK_ACCEPTED:
                on_accepted(request, packet);
                break;
        case LINK_QR:
                on_qr(request, packet);
                break;
        case LINK_QR_WITHDRAWN:
                withdraw_qr(request);
                break;
        case LINK_SCAN_START:
                scan_start(request);
                break;
        case LINK_SCAN_STOP:
                request_stop_scan(request);
                break;
        case LINK_STATE:
                on_state(request, packet->fields[0].data);
                break;
        case LINK_DONE:
                on_done(request, packet);
                break;
        case LINK_FAILED:
                on_failed(request, packet);
                break;
        case LINK_BEGIN:
        case LINK_ADVERT:
        case LINK_CANCEL:
        case _LINK_TYPE_MAX:
                request_fail(request, HYBRID_CAUSE_INTERNAL, "a ceremony talked out of turn");
                break;
        }
}

static void on_worker_gone(void *userdata) {
        Request *request = userdata;

        request_fail(request, HYBRID_CAUSE_INTERNAL, "a ceremony ended without an answer");
}

static const LinkEvents worker_events = {
        .packet = on_packet,
        .gone = on_worker_gone,
};

/* ---- handing over --------------------------------------------------------------------------- */

int request_begin(Request *request) {
        const Config *config = &request->manager->config;
        uint64_t now;
        int r;

        r = manager_take_worker(request->manager, &request->worker);
        if (r < 0)
                return r;
        r = worker_use(request->worker, &worker_events, request);
        if (r < 0)
                return r;
        link_listen(worker_link(request->worker), false);
        r = sd_event_now(request->manager->event, CLOCK_MONOTONIC, &now);
        if (r < 0)
                return r;
        r = arm_guard(request, now + ACCEPT_USEC);
        if (r < 0)
                return r;

        r = link_send(worker_link(request->worker), LINK_BEGIN,
                      request->operation == HYBRID_CREATE ? "create" : "get", request->origin,
                      request->top_origin, request->public_key,
                      config->allow_localhost ? "yes" : "no", config->connect_ahead,
                      config->resolve, config->ca_file, NULL);
        request->public_key = secret_free(request->public_key, strlen(request->public_key));
        return r;
}

void request_listen(Request *request) {
        link_listen(worker_link(request->worker), true);
}

/* ---- the radio ------------------------------------------------------------------------------ */

void request_advert(Request *request, const BleAdvert *advert) {
        int r;

        if (!request->scanning)
                return;

        /* A process that does not keep up hears the next one: phones advertise ten times a second. */
        r = link_send_bytes(worker_link(request->worker), LINK_ADVERT, advert->service_data,
                            advert->n_service_data);
        if (r < 0 && r != -EAGAIN)
                log_debug("Failed to hand an advert on: %s", strerror(-r));
}

void request_radio_status(Request *request, BleStatus status) {
        HybridCause cause = cause_of_radio(status);

        if (!request->rp_id)
                return; /* looked at when the ceremony accepts */
        if (cause != _HYBRID_CAUSE_MAX)
                request_cancel(request, cause);
        else
                request_update_state(request);
}
