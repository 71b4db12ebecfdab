/* SPDX-License-Identifier: MIT */

/*
 * Linked phones of a request: asking one instead of showing a code, and remembering one that wants
 * to be. No phone is remembered before the person has said so here, whatever they said on the phone:
 * whoever reads the code first could else link a phone of their own.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ceremony/log.h"
#include "ceremony/sealed-memfd.h"
#include "daemon/names.h"
#include "daemon/private-memory.h"
#include "daemon/request/request-internal.h"

#define USEC_PER_SEC 1000000ULL

/* A ceremony lingers for two minutes; a question may then still be open for one. */
#define LINGER_USEC (180 * USEC_PER_SEC)

enum {
        N_CHOICES_MAX = 8, /* each has a phone ring */
};

/* ---- asking a linked phone ------------------------------------------------------------------ */

bool request_waits_for_choice(const Request *request) {
        PhoneList list;
        bool any;

        if (request->wanted_phone[0] != '\0')
                return true; /* for us to choose */
        if (!request->choose)
                return false;
        phones_list_usable(request->phones, "", &list);
        any = list.n > 0;
        phone_list_done(&list);
        return any;
}

bool request_remembers_phones(const Request *request) {
        return request->remember && phones_may_be_linked(request->phones);
}

static void set_phone(Request *request, const char *id, const char *problem) {
        static const char *const properties[] = { "Phone", "PhoneProblem", NULL };

        strcpy(request->phone_id, id);
        request->phone_problem = problem;
        request_emit_changed(request, properties);
}

static bool may_choose(const Request *request) {
        return request->rp_id && request->listening && !request->answered && !request->cancelled &&
               !request_is_asking(request) &&
               (request->phone_id[0] != '\0' ||
                strcmp(request->worker_state, "choose-phone") == 0 ||
                strcmp(request->worker_state, "preflight") == 0 ||
                strcmp(request->worker_state, "waiting-for-scan") == 0);
}

static int send_phone(Request *request, const PhoneRecord *record) {
        int fd, r;

        fd = sealed_memfd("hybridd-link", record->link, record->n_link);
        if (fd < 0)
                return fd;
        r = link_send_fd(worker_link(request->worker), LINK_USE_PHONE, fd, NULL);
        close(fd);
        return r;
}

int request_use_phone(Request *request, const char *path) {
        _cleanup_(phone_record_done) PhoneRecord record = {};
        int r;

        if (!may_choose(request) || request->n_choices == N_CHOICES_MAX)
                return -EBUSY;
        r = phones_read_usable(request->phones, path, &record);
        if (r < 0)
                return r;
        r = send_phone(request, &record);
        if (r < 0)
                return r;

        request->n_choices++;
        set_phone(request, record.id, "");
        return 0;
}

int request_use_code(Request *request) {
        int r;

        if (!may_choose(request) || request->n_choices == N_CHOICES_MAX)
                return -EBUSY;
        r = link_send(worker_link(request->worker), LINK_USE_CODE, NULL);
        if (r < 0)
                return r;

        request->n_choices++;
        set_phone(request, "", "");
        return 0;
}

/* Where it has been forgotten meanwhile, or never was, there is a code. */
void request_use_wanted_phone(Request *request) {
        int r;

        if (request->wanted_phone[0] == '\0')
                return;
        r = request_use_phone(request, request->wanted_phone);
        if (r < 0)
                r = request_use_code(request);
        if (r < 0)
                request_fail_errno(request, r);
}

/* The name as a constant of ours; NULL if it is none. */
static const char *known_cause(const char *name) {
        for (int i = 0; i < _HYBRID_CAUSE_MAX; i++)
                if (strcmp(hybrid_cause_name((HybridCause)i), name) == 0)
                        return hybrid_cause_name((HybridCause)i);
        return NULL;
}

int request_phone_lost(Request *request, const LinkPacket *packet) {
        const char *cause = known_cause(packet->fields[0].data);
        char id[PHONE_ID_SIZE];

        if (!cause)
                return -EBADMSG;
        if (request->phone_id[0] == '\0')
                return 0; /* the person has asked for a code meanwhile */

        strcpy(id, request->phone_id);
        set_phone(request, "", cause);
        if (strcmp(cause, hybrid_cause_name(HYBRID_CAUSE_PHONE_GONE)) == 0) {
                log_notice("A linked phone does not know this computer any more; it is forgotten");
                phones_forget(request->phones, id);
        } else if (strcmp(cause, hybrid_cause_name(HYBRID_CAUSE_INTERNAL)) == 0)
                phones_set_aside(request->phones, id);
        return 0;
}

/* ---- remembering one ------------------------------------------------------------------------ */

const char *request_phone_to_remember(const Request *request) {
        return request->offered && !request->consent ? request->offered->name : "";
}

static void emit_question(Request *request) {
        static const char *const properties[] = { "PhoneToRemember", NULL };

        request_emit_changed(request, properties);
}

/* Tells who has called RememberPhone() what became of it. */
static int reply_kept(Request *request, sd_bus_message *call, int r) {
        if (r >= 0)
                return phones_reply(request->phones, call);
        return sd_bus_reply_method_errnof(call, r, "The phone could not be kept: %s", strerror(-r));
}

static void break_promise(Request *request) {
        int r;

        if (!request->consent)
                return;
        r = sd_bus_reply_method_errorf(
                request->consent, ERROR_INVALID_STATE_ERROR,
                "The phone is not remembered: it has not answered as it should");
        if (r < 0)
                log_error_errno(r, "Failed to tell that a phone is not remembered");
        request->consent = sd_bus_message_unref(request->consent);
}

void request_drop_offer(Request *request) {
        break_promise(request);
        request->offered = private_memory_free(request->offered, sizeof(*request->offered));
}

static int read_offer(const LinkPacket *packet, PhoneRecord *record) {
        const LinkField *fields = packet->fields;
        ssize_t n;

        n = sealed_memfd_size(packet->fd, sizeof(record->link));
        if (n < 0 || pread(packet->fd, record->link, (size_t)n, 0) != n ||
            !phone_id_is_good(fields[LINK_LINKED_ID].data) ||
            fields[LINK_LINKED_TUNNEL_HOST].n >= sizeof(record->tunnel_host))
                return -EBADMSG;

        record->n_link = (size_t)n;
        strcpy(record->id, fields[LINK_LINKED_ID].data);
        strcpy(record->tunnel_host, fields[LINK_LINKED_TUNNEL_HOST].data);
        phone_name_clean(fields[LINK_LINKED_NAME].data, record->name);
        return phone_record_is_good(record) ? 0 : -EBADMSG;
}

int request_phone_offered(Request *request, const LinkPacket *packet) {
        PhoneRecord *record;
        int r;

        if (!request->remember)
                return -EBADMSG; /* no code of ours has said that we could */
        record = private_memory_new(sizeof(*record));
        if (!record)
                return -ENOMEM;
        r = read_offer(packet, record);
        if (r < 0 || request->consent_refused) {
                (void)private_memory_free(record, sizeof(*record));
                return r;
        }

        request_drop_offer(request);
        request->offered = record;
        emit_question(request);
        if (request->answered)
                request_present_late(request);
        return 0;
}

/* Nothing is left to wait for. */
static bool is_over(const Request *request) {
        return request->answered && !request->offered && !request->worker;
}

void request_free_if_over(Request *request) {
        if (is_over(request))
                request_free(request);
}

/* The question is answered with that. */
static int keep_offered(Request *request, sd_bus_message *call) {
        PhoneRecord *record = request->offered;
        int r;

        r = phones_remember(request->phones, record, request->rp_id);
        r = reply_kept(request, call, r);
        request->offered = private_memory_free(record, sizeof(*record));
        return r;
}

int request_remember_phone(Request *request, bool remember, sd_bus_message *call) {
        int r;

        if (!request->offered || request->consent)
                return -ENOENT;
        if (!remember) {
                request->consent_refused = true;
                request_drop_offer(request);
                r = sd_bus_reply_method_return(call, NULL);
        } else if (request->answered) {
                r = keep_offered(request, call);
        } else {
                request->consent = sd_bus_message_ref(call);
                r = 0;
        }
        emit_question(request);
        return r;
}

void request_keep_promise(Request *request) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = TAKE_PTR(request->consent);
        int r;

        if (!call)
                return;
        r = keep_offered(request, call);
        if (r < 0)
                log_error_errno(r, "Failed to tell that a phone is remembered");
}

void request_note_use(Request *request) {
        if (request->linked && request->phone_id[0] != '\0')
                phones_note_use(request->phones, request->phone_id, request->rp_id);
}

void request_forget_phone(Request *request) {
        request_drop_offer(request);
        request->phone_id[0] = '\0';
        request->phone_problem = "";
        request->linked = false;
        request->tunnel_host[0] = request->rssi[0] = '\0';
}

/* ---- after the answer ----------------------------------------------------------------------- */

bool request_is_answered(const Request *request) {
        return request->answered;
}

uint64_t request_lingers_since(const Request *request) {
        return request->answered && request->worker ? request->answered_usec : 0;
}

static int on_linger_over(sd_event_source *source, uint64_t usec, void *userdata) {
        request_free(userdata);
        return 0;
}

void request_end_linger(Request *request) {
        request->worker = worker_retire(request->worker);
        request_free_if_over(request);
}

void request_linger(Request *request, bool ceremony_lingers) {
        int r;

        request->answered = true;
        (void)sd_event_now(request->services->event, CLOCK_MONOTONIC, &request->answered_usec);
        request->guard = sd_event_source_disable_unref(request->guard);
        request->radio_grace = sd_event_source_disable_unref(request->radio_grace);
        request_stop_scan(request);
        if (!ceremony_lingers)
                request->worker = worker_retire(request->worker);
        if (is_over(request)) {
                request_free(request);
                return;
        }

        r = sd_event_add_time_relative(request->services->event, &request->linger_timer,
                                       CLOCK_MONOTONIC, LINGER_USEC, 0, on_linger_over, request);
        if (r < 0) {
                log_error_errno(r, "Failed to wait for a phone that wants to be remembered");
                request_free(request);
                return;
        }
        request->worker_state = "lingering";
        request_update_state(request);
}
