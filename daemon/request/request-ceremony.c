/* SPDX-License-Identifier: MIT */

/*
 * The part of a request in which a process carries out its ceremony: handing the request over, and
 * what comes back. That process reads what strangers send, so its word is checked.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "ceremony/log.h"
#include "ceremony/sealed-memfd.h"
#include "daemon/policy/policy-limits.h"
#include "daemon/private-memory.h"
#include "daemon/request/request-internal.h"

#define USEC_PER_SEC 1000000ULL

/* Beyond the ceremony's own time-out: only for a process that hangs. */
#define GUARD_USEC (15 * USEC_PER_SEC)

/* How long a process may take to accept a request before its own time-out is known. */
#define ACCEPT_USEC (15 * USEC_PER_SEC)

/* The longest that a relying party is granted. */
#define EXPIRES_USEC_MAX (600 * USEC_PER_SEC)

/* How long a process may take to answer when it was told to stop. */
#define CANCEL_USEC (5 * USEC_PER_SEC)

/* Trouble with the radio that passes, such as a bluetoothd that restarts, is waited out. */
#define RADIO_GRACE_USEC (10 * USEC_PER_SEC)

enum {
        SHOWN_SIZE_MAX = 1024, /* of a text that goes on the bus */
        N_PACKETS_MAX = 128,   /* a long ceremony with many codes and choices has about eighty */
};

/* ---- states --------------------------------------------------------------------------------- */

/* The ceremony waits for a scan in vain while the radio is off, so the person is told that. */
void request_update_state(Request *request) {
        BleStatus status = radio_status(request->services->radio);
        bool waiting = strcmp(request->worker_state, "waiting-for-scan") == 0 ||
                       strcmp(request->worker_state, "contacting-phone") == 0;
        const char *state = waiting && status != BLE_ON ? "bluetooth-off" : request->worker_state;
        bool first;

        if (strcmp(request->state, state) == 0 || (waiting && status == BLE_STARTING))
                return;

        /* All at once, and after the code: until then nobody has looked at anything. */
        first = strcmp(request->state, "preflight") == 0;
        request->state = state;
        if (first)
                request_emit_all(request);
        else
                request_emit_state(request);
}

/* Only names that are known go on the bus. NULL if it is none. */
static const char *known_state(const char *name) {
        static const char *const states[] = {
                "choose-phone", "contacting-phone",  "waiting-for-scan",
                "connecting",   "continue-on-phone", "done",
                "failed",
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
        request_fail(request, request->cancelled ? request->cancel_cause : HYBRID_CAUSE_INTERNAL,
                     "a ceremony did not end in time");
        return 0;
}

static int arm_guard(Request *request, uint64_t usec) {
        if (request->guard)
                return sd_event_source_set_time(request->guard, usec);
        return sd_event_add_time(request->services->event, &request->guard, CLOCK_MONOTONIC, usec,
                                 0, on_guard, request);
}

static int arm_guard_in(Request *request, uint64_t usec) {
        uint64_t now;
        int r;

        r = sd_event_now(request->services->event, CLOCK_MONOTONIC, &now);
        if (r < 0)
                return r;
        return arm_guard(request, now + usec);
}

/* ---- what the ceremony tells ---------------------------------------------------------------- */

/* What the bus takes, and nobody else is flooded with. */
static bool is_shown(const LinkField *field) {
        return field->n <= SHOWN_SIZE_MAX && utf8_is_valid(field->data, field->n);
}

/* A process that says what no ceremony of ours says is not one of ours any more. */
static void fail_offence(Request *request, const char *what) {
        log_warning("A ceremony broke the rules: %s", what);
        request->worker = worker_kill(request->worker);
        request_fail(request, HYBRID_CAUSE_INTERNAL, what);
}

/* What the radio's condition means for a request. _HYBRID_CAUSE_MAX: it can go on. */
static HybridCause cause_of_radio(BleStatus status) {
        switch (status) {
        case BLE_ON:
        case BLE_OFF:
        case BLE_STARTING:
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

/* No sooner than now, and no later than a relying party could wish. */
static int read_expiry(Request *request, const char *text) {
        uint64_t now, usec;
        char *end;
        int r;

        r = sd_event_now(request->services->event, CLOCK_MONOTONIC, &now);
        if (r < 0)
                return r;

        errno = 0;
        usec = strtoull(text, &end, 10);
        if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != '\0' ||
            usec > now + EXPIRES_USEC_MAX)
                return -EBADMSG;

        request->expires_usec = usec;
        return arm_guard(request, usec + GUARD_USEC);
}

/* "" or a default port, which the ceremony leaves out. */
static bool is_default_port(const char *text, const char *origin) {
        return text[0] == '\0' ||
               strcmp(text, strncmp(origin, "https:", 6) == 0 ? ":443" : ":80") == 0;
}

/*
 * The ceremony reads what callers write. What a person is shown and what the policy is asked about is the
 * caller's origin all the same, and a site of it, or one that was to be asked whether it agrees.
 */
static bool is_site_of_request(const Request *request, const char *rp_id, const char *origin) {
        size_t n = strlen(origin), n_rp_id = strlen(rp_id);
        const char *host = strstr(origin, "://");
        const char *tail;

        if (!host || strncmp(request->origin, origin, n) != 0 ||
            !is_default_port(request->origin + n, origin))
                return false;
        if (request->asked_site && strcmp(request->asked_site, rp_id) == 0)
                return true;
        host += 3;
        n = strcspn(host, ":");
        if (n_rp_id == 0 || n_rp_id > n)
                return false;
        tail = host + n - n_rp_id;
        return memcmp(tail, rp_id, n_rp_id) == 0 && (tail == host || tail[-1] == '.');
}

static int keep_accepted(Request *request, const LinkPacket *packet) {
        int r;

        if (!is_shown(&packet->fields[0]) || !is_shown(&packet->fields[1]) ||
            !is_site_of_request(request, packet->fields[0].data, packet->fields[1].data))
                return -EBADMSG;
        r = read_expiry(request, packet->fields[2].data);
        if (r >= 0)
                r = request_replace(&request->checked_origin, packet->fields[1].data);
        if (r >= 0)
                r = request_replace(&request->rp_id, packet->fields[0].data);
        return r;
}

/* True if the request was failed, and is no more. */
static bool is_against_policy(Request *request, const char *rp_id) {
        const Policy *policy = &request->services->policy;
        char reason[POLICY_REASON_SIZE];

        if (!policy_allows(policy, request->operation, rp_id, reason)) {
                request_fail_saying(request, HYBRID_CAUSE_POLICY, reason);
                return true;
        }
        if (policy_registers_in_app(policy, request->operation, rp_id)) {
                request_fail(request, HYBRID_CAUSE_ATTESTATION, "");
                return true;
        }
        return false;
}

static void on_accepted(Request *request, const LinkPacket *packet) {
        BleStatus status = radio_status(request->services->radio);
        HybridCause cause = cause_of_radio(status);
        int r;

        r = keep_accepted(request, packet);
        if (r == -EBADMSG) {
                fail_offence(request, "it accepted what cannot be");
                return;
        }
        if (r < 0) {
                request_fail_errno(request, r);
                return;
        }

        if (is_against_policy(request, request->rp_id))
                return;
        if (cause != _HYBRID_CAUSE_MAX) {
                request_fail(request, cause, "");
                return;
        }
        request->radio_was_usable = status != BLE_STARTING;
        r = request->needs_permission ? request_ask_permission(request) : 0;
        if (r >= 0 && (request->prompt || request->needs_permission) && request->n_presents == 0)
                r = request_present(request);
        if (r < 0)
                request_fail_errno(request, r);
        else if (!request->needs_permission)
                request_use_wanted_phone(request);
}

/*
 * Whoever names a site has it asked, so that is only for who may ask for passkeys at all: else a
 * program that a sandbox keeps from the network could talk to anybody through us.
 */
static void on_ask_site(Request *request, const LinkPacket *packet) {
        int r;

        if (request->needs_permission) {
                request_fail(request, HYBRID_CAUSE_ORIGIN_REFUSED,
                             "the RP ID is of another site, which is not asked for a program that "
                             "is not known");
                return;
        }
        if (is_against_policy(request, packet->fields[0].data))
                return;

        r = request_replace(&request->asked_site, packet->fields[0].data);
        if (r >= 0)
                r = link_send(worker_link(request->worker), LINK_SITE_MAY_BE_ASKED, NULL);
        if (r >= 0)
                r = arm_guard_in(request, ACCEPT_USEC);
        if (r < 0)
                request_fail_errno(request, r);
}

static void on_qr(Request *request, LinkPacket *packet) {
        if (sealed_memfd_size(packet->fd, HYBRID_QR_TEXT_SIZE_MAX) < 0) {
                fail_offence(request, "its code is not in a sealed file");
                return;
        }
        if (request->qr_fd >= 0)
                close(request->qr_fd);
        request->qr_fd = TAKE_FD(packet->fd);
        if (radio_status(request->services->radio) == BLE_ON)
                request_bus_answer_waiting(request);
        request_emit_qr_changed(request);
}

static void withdraw_qr(Request *request, const LinkPacket *packet) {
        if (request_keep_phone(request, packet) < 0) {
                fail_offence(request, "a phone that cannot be");
                return;
        }
        if (request->qr_fd < 0)
                return;
        close(TAKE_FD(request->qr_fd));
        request_emit_qr_withdrawn(request);
}

static void scan_start(Request *request) {
        int r;

        if (request->scanning)
                return;
        r = radio_scan_ref(request->services->radio);
        if (r < 0) {
                request_fail_errno(request, r);
                return;
        }
        request->scanning = true;
        /* What it told between accepting and now was not looked at. */
        request_radio_status(request, radio_status(request->services->radio));
}

void request_stop_scan(Request *request) {
        if (request->scanning)
                radio_scan_unref(request->services->radio);
        request->scanning = false;
}

static void on_state(Request *request, const char *name) {
        const char *state = known_state(name);

        if (!state) {
                fail_offence(request, "a state that is not known");
                return;
        }
        request->worker_state = state;
        request_update_state(request);
}

/* The process may still have a channel to close; it does that without us. */
static void on_done(Request *request, const LinkPacket *packet) {
        int r;

        r = request_respond_done(request, packet);
        if (r == -EBADMSG) {
                fail_offence(request, "its answer is not a text in a sealed file");
                return;
        }
        if (r < 0) {
                request_fail_errno(request, r);
                return;
        }
        log_info("Request of %s for %s succeeded", request->caller.name, request->rp_id);
        request->linked = strcmp(packet->fields[LINK_DONE_LINKED].data, "yes") == 0;
        request_audit(request, "", NULL, packet->fields[LINK_DONE_AAGUID].data);
        request_keep_promise(request);
        request_note_use(request);
        request_linger(request, request->remember &&
                                        strcmp(packet->fields[LINK_DONE_LINGERS].data, "yes") == 0);
}

/* Whether these two names belong together; more than one cause can have the same name. */
static bool is_cause(const char *dom_exception, const char *name) {
        for (int i = 0; i < _HYBRID_CAUSE_MAX; i++)
                if (strcmp(hybrid_cause_name((HybridCause)i), name) == 0 &&
                    strcmp(hybrid_cause_dom_exception((HybridCause)i), dom_exception) == 0)
                        return true;
        return false;
}

static void on_failed(Request *request, const LinkPacket *packet) {
        const char *dom_exception = packet->fields[LINK_FAILED_DOM_EXCEPTION].data;
        const char *cause = packet->fields[LINK_FAILED_CAUSE].data;
        const LinkField *message = &packet->fields[LINK_FAILED_MESSAGE];

        if (!is_cause(dom_exception, cause) || !is_shown(message)) {
                fail_offence(request, "a failure that is not known");
                return;
        }

        log_info("Request of %s failed: %s (%s)", request->caller.name, cause,
                 packet->fields[LINK_FAILED_DETAIL].data);
        request_audit(request, dom_exception, cause, packet->fields[LINK_FAILED_AAGUID].data);
        request->worker = worker_retire(request->worker);
        if (request_hold(request, dom_exception, cause, message->data))
                return;
        request_respond_failed(request, dom_exception, cause, message->data);
        request_free(request);
}

/* What came of a packet that linked phones are about. */
static void take_word(Request *request, int r) {
        if (r == -EBADMSG)
                fail_offence(request, "a linked phone that cannot be");
        else if (r < 0)
                request_fail_errno(request, r);
}

/* A request is accepted once, and before anything else comes of it but a failure. */
static bool is_in_turn(const Request *request, LinkType type) {
        bool accepted = request->rp_id;

        if (request->answered)
                return type == LINK_LINKED || type == LINK_SCAN_STOP || type == LINK_QR_WITHDRAWN;

        switch (type) {
        case LINK_STATE:
        case LINK_FAILED:
                return true;
        case LINK_ASK_SITE:
        case LINK_ACCEPTED:
                return !accepted;
        case LINK_QR:
        case LINK_QR_WITHDRAWN:
        case LINK_SCAN_START:
        case LINK_SCAN_STOP:
        case LINK_DONE:
        case LINK_PHONE_LOST:
        case LINK_LINKED:
                return accepted;
        case LINK_BEGIN:
        case LINK_ADVERT:
        case LINK_CANCEL:
        case LINK_SITE_MAY_BE_ASKED:
        case LINK_USE_PHONE:
        case LINK_USE_CODE:
        case _LINK_TYPE_MAX:
                break; /* ours to say */
        }
        return false;
}

/* Each may free the request, so nothing follows it. */
static void on_packet(void *userdata, LinkPacket *packet) {
        Request *request = userdata;

        if (!is_in_turn(request, packet->type) || ++request->n_packets > N_PACKETS_MAX) {
                fail_offence(request, "it talked out of turn");
                return;
        }

        switch (packet->type) {
        case LINK_ASK_SITE:
                on_ask_site(request, packet);
                break;
        case LINK_ACCEPTED:
                on_accepted(request, packet);
                break;
        case LINK_QR:
                on_qr(request, packet);
                break;
        case LINK_QR_WITHDRAWN:
                withdraw_qr(request, packet);
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
        case LINK_PHONE_LOST:
                take_word(request, request_phone_lost(request, packet));
                break;
        case LINK_LINKED:
                take_word(request, request_phone_offered(request, packet));
                break;
        case LINK_BEGIN:
        case LINK_ADVERT:
        case LINK_CANCEL:
        case LINK_SITE_MAY_BE_ASKED:
        case LINK_USE_PHONE:
        case LINK_USE_CODE:
        case _LINK_TYPE_MAX:
                break; /* never in turn */
        }
}

static void on_worker_gone(void *userdata) {
        Request *request = userdata;

        if (request->answered) {
                request->worker = worker_retire(request->worker);
                request_free_if_over(request);
                return;
        }
        request_fail(request, HYBRID_CAUSE_INTERNAL, "a ceremony ended without an answer");
}

static const LinkEvents worker_events = {
        .packet = on_packet,
        .gone = on_worker_gone,
};

/* ---- handing over --------------------------------------------------------------------------- */

/* What the policy says wins over the settings. While it is broken nobody is connected to. */
static int send_begin(Request *request) {
        const Config *config = &request->services->config;
        const Policy *policy = &request->services->policy;
        _cleanup_(policy_limits_done) PolicyLimits limits = {};
        int r;

        r = policy_limits_init(&limits, policy);
        if (r < 0)
                return r;
        return link_send(
                worker_link(request->worker), LINK_BEGIN,
                request->operation == HYBRID_CREATE ? "create" : "get", request->origin,
                request->top_origin, request->public_key, config->allow_localhost ? "yes" : "no",
                policy->n_problems > 0 ? "" : config->connect_ahead, config->resolve,
                config->ca_file, config->extra_ca_file,
                limits.has_proxy ? limits.proxy : config->proxy,
                limits.has_proxy ? limits.no_proxy : config->no_proxy,
                config->related_origins ? "yes" : "no", limits.tunnel_hosts, limits.hashed_tunnels,
                limits.tunnel_place, limits.aaguids, limits.aaguid_place, limits.enterprise_rps,
                request_remembers_phones(request) ? "yes" : "no",
                request_waits_for_choice(request) ? "yes" : "no", NULL);
}

int request_begin(Request *request) {
        int r;

        r = worker_spare_take(request->requests->spare, &request->worker);
        if (r < 0)
                return r;
        r = worker_use(request->worker, &worker_events, request);
        if (r < 0)
                return r;
        link_listen(worker_link(request->worker), false);
        r = arm_guard_in(request, ACCEPT_USEC);
        if (r < 0)
                return r;

        r = send_begin(request);
        /* With a window the person may try again. */
        if (!request->prompt)
                request->public_key = private_memory_free_text(request->public_key);
        return r;
}

void request_listen(Request *request) {
        request->listening = true;
        link_listen(worker_link(request->worker), true);
}

void request_unlisten(Request *request) {
        request->listening = false;
        link_listen(worker_link(request->worker), false);
}

int request_tell_cancel(Request *request, HybridCause cause) {
        int r;

        r = link_send(worker_link(request->worker), LINK_CANCEL, hybrid_cause_name(cause), NULL);
        if (r < 0)
                return r;
        return arm_guard_in(request, CANCEL_USEC);
}

/* ---- the radio ------------------------------------------------------------------------------ */

void request_advert(Request *request, const BleAdvert *advert) {
        uint8_t packet[1 + BLE_SERVICE_DATA_SIZE_MAX];
        int r;

        if (!request->scanning)
                return;

        if (advert->n_service_data > BLE_SERVICE_DATA_SIZE_MAX)
                return;
        packet[0] = (uint8_t)advert->rssi;
        memcpy(packet + 1, advert->service_data, advert->n_service_data);

        /* A process that does not keep up hears the next one: phones advertise ten times a second. One
         * that has just ended tells so by its own way. */
        r = link_send_bytes(worker_link(request->worker), LINK_ADVERT, packet,
                            1 + advert->n_service_data);
        if (r < 0 && r != -EAGAIN && r != -EPIPE)
                log_debug("Failed to hand an advert on: %s", strerror(-r));
}

static int on_radio_grace_over(sd_event_source *source, uint64_t usec, void *userdata) {
        Request *request = userdata;

        request_cancel(request, cause_of_radio(radio_status(request->services->radio)));
        return 0;
}

static void on_radio_usable(Request *request, BleStatus status) {
        request->radio_grace = sd_event_source_disable_unref(request->radio_grace);
        request->radio_was_usable |= status != BLE_STARTING;
        request_update_state(request);
        /* The code is held back as long as no phone would be heard. */
        if (status == BLE_ON && request->qr_fd >= 0)
                request_bus_answer_waiting(request);
}

/* An adapter is pulled out, bluetoothd restarts: that may pass. */
static void on_radio_trouble(Request *request, HybridCause cause) {
        int r;

        if (!request->radio_was_usable) {
                request_cancel(request, cause);
                return;
        }
        request_update_state(request);
        if (request->radio_grace)
                return;
        r = sd_event_add_time_relative(request->services->event, &request->radio_grace,
                                       CLOCK_MONOTONIC, RADIO_GRACE_USEC, 0, on_radio_grace_over,
                                       request);
        if (r < 0)
                request_fail_errno(request, r);
}

void request_radio_status(Request *request, BleStatus status) {
        HybridCause cause = cause_of_radio(status);

        /* Looked at when the ceremony accepts, and not any more when the phone has been heard. */
        if (!request->rp_id || !request->scanning)
                return;
        if (cause == _HYBRID_CAUSE_MAX)
                on_radio_usable(request, status);
        else
                on_radio_trouble(request, cause);
}
