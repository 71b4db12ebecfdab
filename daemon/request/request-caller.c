/* SPDX-License-Identifier: MIT */

/*
 * The part of a request that is about who asks: following the caller's connection, finding out who
 * that is, and asking the person where nobody else has decided.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ceremony/log.h"
#include "daemon/caller/caller-table.h"
#include "daemon/request/request-internal.h"
#include "io/bus-sender.h"

#define BUS_NAME_SIZE_MAX 255

/* ---- connections that end ------------------------------------------------------------------- */

/* Without ever waiting for the bus: who can keep the bus busy could keep us waiting. Whether it was
 * there at all, a question that is sent later tells. */
int request_watch_name(Request *request, const char *name, sd_bus_slot **ret,
                       sd_bus_message_handler_t changed, sd_bus_message_handler_t installed) {
        char match[256 + BUS_NAME_SIZE_MAX];

        if (strlen(name) > BUS_NAME_SIZE_MAX || strchr(name, '\''))
                return -EINVAL;
        snprintf(match, sizeof(match),
                 "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
                 "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='%s'",
                 name);
        return sd_bus_add_match_async(request->services->bus, ret, match, changed, installed,
                                      request);
}

bool request_name_is_gone(sd_bus_message *message) {
        const char *name, *before, *now;

        return bus_message_is_from_bus(message) &&
               sd_bus_message_read(message, "sss", &name, &before, &now) >= 0 && now[0] == '\0';
}

static int on_caller_changed(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Request *request = userdata;

        if (!request_name_is_gone(message))
                return 0;
        log_debug("The caller of %s has gone", request->path);
        if (request->answered && request->prompt_sender)
                return 0; /* the person can still be asked whether the phone is to be remembered */
        request_cancel(request, HYBRID_CAUSE_CALLER_GONE);
        return 0;
}

/* A request whose caller nobody follows would outlive it. */
static int on_watch_installed(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        Request *request = userdata;
        int r = -sd_bus_message_get_errno(reply);

        if (r < 0)
                request_fail_errno(request, r);
        return 0;
}

/* ---- who asks ------------------------------------------------------------------------------- */

static int judge(const Request *request, CallerJudgement *ret) {
        const Config *config = &request->services->config;
        _cleanup_(caller_table_freep) CallerTable *table = NULL;
        int r;

        /* Anew each time: what an administrator takes away is gone at once. */
        r = caller_table_new(&table, config->callers_vendor_folder, config->callers_admin_folder);
        if (r < 0)
                return r;
        caller_table_judge(table, &request->caller, request->origin, request->top_origin, ret);
        return 0;
}

/* The ceremony may go on; for one that is not listed, up to where it knows site and origin. */
static void let_in(Request *request, const char *trust) {
        request->caller_trust = trust;
        request_listen(request);
}

static void refuse(Request *request, const char *why) {
        request_fail(request, HYBRID_CAUSE_CALLER_REFUSED, why);
}

static void decide(Request *request, const CallerJudgement *judgement) {
        switch (judgement->verdict) {
        case CALLER_LISTED:
                let_in(request, judgement->any_origin_by_terminal ? "terminal" : "listed");
                return;
        case CALLER_NOT_LISTED:
                if (!request->services->config.ask_unknown_callers ||
                    policy_refuses_unknown_callers(&request->services->policy))
                        break;
                request->needs_permission = true;
                let_in(request, "unknown");
                return;
        case CALLER_FORBIDDEN:
                break;
        }
        refuse(request, judgement->why);
}

static void on_caller_known(Request *request) {
        CallerJudgement judgement;
        int r;

        r = judge(request, &judgement);
        if (r < 0) {
                request_fail_errno(request, r);
                return;
        }
        if (judgement.name[0] != '\0')
                snprintf(request->caller.name, sizeof(request->caller.name), "%s", judgement.name);
        log_debug("%s is called by %s (%s, %s)", request->path, request->caller.name,
                  caller_kind_name(request->caller.kind), request->caller.path);

        if (request->services->config.any_caller)
                let_in(request, "test");
        else if (requests_count_of_caller(request->requests, &request->caller) >
                 N_REQUESTS_PER_CALLER_MAX)
                request_fail(request, HYBRID_CAUSE_BUSY, "");
        else
                decide(request, &judgement);
}

static void on_caller_found(void *userdata, int r, const Caller *caller) {
        Request *request = userdata;

        if (r >= 0)
                request->caller = *caller;
        request->caller_lookup = caller_lookup_free(request->caller_lookup);

        if (r == -ENXIO) {
                request_cancel(request, HYBRID_CAUSE_CALLER_GONE);
                return;
        }
        if (r < 0)
                log_warning("Failed to find out who calls: %s", strerror(-r));
        if (r >= 0)
                on_caller_known(request);
        else if (request->services->config.any_caller)
                let_in(request, "test");
        else
                refuse(request, "it cannot be found out which program it is");
}

/* In this order: who has gone before the bus follows it for us is not there to be asked about. */
int request_find_caller(Request *request) {
        int r;

        r = request_watch_name(request, request->sender, &request->caller_watch, on_caller_changed,
                               on_watch_installed);
        if (r < 0)
                return r;
        return caller_lookup_new(&request->caller_lookup, request->services->bus, request->sender,
                                 on_caller_found, request);
}

/* ---- asking the person ---------------------------------------------------------------------- */

static int on_permission_timeout(sd_event_source *source, uint64_t usec, void *userdata) {
        request_fail(userdata, HYBRID_CAUSE_TIMEOUT, "nobody said whether this program may ask");
        return 0;
}

int request_ask_permission(Request *request) {
        int r;

        /* What the ceremony has to say next waits in its socket. */
        request_unlisten(request);
        r = sd_event_add_time(request->services->event, &request->permission_timer, CLOCK_MONOTONIC,
                              request->expires_usec, 0, on_permission_timeout, request);
        if (r < 0)
                return r;
        request->worker_state = STATE_ASKING_PERMISSION;
        request_update_state(request);
        return 0;
}

bool request_is_asking(const Request *request) {
        return request->permission_timer;
}

void request_allow(Request *request) {
        if (!request->window_may_allow) {
                request->allowed_early = true;
                return;
        }
        log_info("%s was allowed to ask for %s", request->caller.name, request->rp_id);
        request->needs_permission = false;
        request->permission_timer = sd_event_source_disable_unref(request->permission_timer);
        request->worker_state = "preflight";
        request_update_state(request);
        request_listen(request);
        request_use_wanted_phone(request);
}
