/* SPDX-License-Identifier: MIT */

/* The life of a request: how it is made, and how it ends. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "ceremony/failure-text.h"
#include "ceremony/log.h"
#include "daemon/names.h"
#include "daemon/private-memory.h"
#include "daemon/request/request-internal.h"

/* ---- ends ----------------------------------------------------------------------------------- */

/* @text is for people, @detail for the log. */
static void fail(Request *request, HybridCause cause, const char *text, const char *detail) {
        if (request->answered) {
                log_info("Waiting for a phone to be remembered ended: %s", detail);
                request_free(request);
                return;
        }
        log_info("Request of %s failed: %s (%s)", request->caller.name, hybrid_cause_name(cause),
                 detail);

        request_audit(request, hybrid_cause_dom_exception(cause), hybrid_cause_name(cause), "");
        if (request_hold(request, hybrid_cause_dom_exception(cause), hybrid_cause_name(cause),
                         text))
                return;
        request->worker_state = "failed";
        request_update_state(request);
        request_respond_failed(request, hybrid_cause_dom_exception(cause), hybrid_cause_name(cause),
                               text);
        request_free(request);
}

void request_fail(Request *request, HybridCause cause, const char *detail) {
        HybridFailure failure = { .cause = cause };
        char text[FAILURE_TEXT_SIZE];

        snprintf(failure.detail, sizeof(failure.detail), "%s", detail);
        failure_text(&failure, request->rp_id ? request->rp_id : "", text, sizeof(text));
        fail(request, cause, text, detail);
}

void request_fail_saying(Request *request, HybridCause cause, const char *text) {
        fail(request, cause, text, text);
}

void request_fail_errno(Request *request, int r) {
        request_fail(request, HYBRID_CAUSE_INTERNAL, strerror(-r));
}

void request_cancel(Request *request, HybridCause cause) {
        if (request_is_held(request)) {
                request_let_go(request);
                return;
        }
        if (request->answered) {
                request_free(request);
                return;
        }
        if (request->cancelled)
                return;
        request->cancelled = true;
        request->cancel_cause = cause;

        /* It tells the phone, and answers with the cause; as long as it is listened to. */
        if (!request->listening || request_tell_cancel(request, cause) < 0)
                request_fail(request, cause, "");
}

/* The ceremony gets ready while we ask who calls; nobody listens to it before that is known. */
void request_start(Request *request) {
        int r;

        requests_end_older_lingering(request->requests);
        phones_refresh(request->phones);
        r = services_read_policy(request->services);
        if (r < 0) {
                request_fail_errno(request, r);
                return;
        }
        if (request->requests->n > N_REQUESTS_MAX ||
            requests_count_of(request->requests, request->sender) > N_REQUESTS_PER_CALLER_MAX) {
                request_fail(request, HYBRID_CAUSE_BUSY, "");
                return;
        }
        if (strlen(request->public_key) > HYBRID_REQUEST_JSON_SIZE_MAX) {
                request_fail(request, HYBRID_CAUSE_BAD_REQUEST, "public_key is larger than 64 KiB");
                return;
        }

        r = request_begin(request);
        if (r >= 0)
                r = request_find_caller(request);
        if (r < 0)
                request_fail_errno(request, r);
}

int request_replace(char **variable, const char *text) {
        char *copy = strdup(text);

        if (!copy)
                return -ENOMEM;
        free(*variable);
        *variable = copy;
        return 0;
}

/* ---- life ----------------------------------------------------------------------------------- */

/* PATH/SENDER/TOKEN, as portals do it, so that callers can know the path before they call. */
static int make_path(Request *request, const char *token) {
        char sender[64], made_up[2 * sizeof(uint64_t) + 2];
        uint64_t number;
        char *p;

        snprintf(sender, sizeof(sender), "%s", request->sender + 1);
        for (p = sender; *p; p++)
                if (*p == '.')
                        *p = '_';

        if (token[0] == '\0') {
                if (getrandom(&number, sizeof(number), 0) != sizeof(number))
                        return -EIO;
                snprintf(made_up, sizeof(made_up), "r%016" PRIx64, number);
                token = made_up;
        }
        if (asprintf(&request->path, "%s/%s/%s", BUS_REQUEST_PATH, sender, token) < 0)
                return -ENOMEM;
        return 0;
}

/* One that is too large is refused later; to tell that it is, no more of it is needed. */
static int copy_public_key(Request *request, const char *public_key) {
        request->public_key = private_memory_copy(public_key, HYBRID_REQUEST_JSON_SIZE_MAX + 1);
        return request->public_key ? 0 : -ENOMEM;
}

static int copy_options(Request *request, const RequestOptions *options) {
        int r;

        request->operation = options->operation;
        request->prompt = options->prompt;
        request->choose = options->choose;
        request->remember = options->remember;
        if (phone_id_of(options->phone))
                strcpy(request->wanted_phone, options->phone);
        r = request_replace(&request->origin, options->origin);
        if (r >= 0)
                r = request_replace(&request->top_origin, options->top_origin);
        if (r >= 0)
                r = copy_public_key(request, options->public_key);
        if (r >= 0)
                r = request_replace(&request->parent_window, options->parent_window);
        if (r >= 0)
                r = request_replace(&request->activation_token, options->activation_token);
        return r;
}

int request_new(Request **ret, Requests *requests, const RequestOptions *options,
                sd_bus_message *message, sd_bus_error *error) {
        _cleanup_(request_freep) Request *request = NULL;
        int r;

        request = calloc(1, sizeof(*request));
        if (!request)
                return -ENOMEM;
        request->requests = requests;
        request->services = requests->services;
        request->phones = requests->phones;
        request->qr_fd = -1;
        request->state = request->worker_state = "preflight";
        request->phone_problem = "";

        r = request_replace(&request->sender, sd_bus_message_get_sender(message));
        if (r >= 0)
                r = copy_options(request, options);
        if (r >= 0)
                r = make_path(request, options->handle_token);
        if (r < 0)
                return r;

        if (requests_find(requests, request->path))
                return sd_bus_error_set(error, ERROR_TYPE_ERROR, "options: handle_token is in use");
        if (requests_add(requests, request) < 0)
                return sd_bus_error_set(error, ERROR_NOT_ALLOWED_ERROR,
                                        "Too many requests are open");

        *ret = TAKE_PTR(request);
        return 0;
}

Request *request_free(Request *request) {
        if (!request)
                return NULL;

        requests_remove(request->requests, request);
        request_stop_scan(request);
        if (request->qr_fd >= 0)
                close(TAKE_FD(request->qr_fd));
        request_bus_answer_waiting(request);
        worker_kill(request->worker);
        sd_event_source_disable_unref(request->guard);
        sd_event_source_disable_unref(request->radio_grace);
        sd_event_source_disable_unref(request->permission_timer);
        sd_event_source_disable_unref(request->linger_timer);
        request_drop_offer(request);
        caller_lookup_free(request->caller_lookup);
        caller_lookup_free(request->window_lookup);
        sd_bus_slot_unref(request->caller_watch);
        sd_bus_slot_unref(request->window_watch);
        sd_bus_slot_unref(request->prompt_call);
        request_hold_done(request);
        free(request->window_candidate);
        private_memory_free_text(request->public_key);
        free(request->path);
        free(request->sender);
        free(request->origin);
        free(request->top_origin);
        free(request->parent_window);
        free(request->activation_token);
        free(request->prompt_sender);
        free(request->rp_id);
        free(request->asked_site);
        free(request->checked_origin);
        free(request);
        return NULL;
}

const char *request_path(const Request *request) {
        return request->path;
}

const Caller *request_caller(const Request *request) {
        return &request->caller;
}

const char *request_sender(const Request *request) {
        return request->sender;
}

const char *request_window(const Request *request) {
        return request->prompt_sender;
}
