/* SPDX-License-Identifier: MIT */

/*
 * The part of a request that is about its window: having it shown, finding out whether it is the one
 * that belongs to hybridd, and showing it again if it crashes.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/log.h"
#include "daemon/names.h"
#include "daemon/request/request-internal.h"

enum {
        N_PRESENTS_MAX = 4, /* of one request; a window that crashes each time is left alone then */
};

/* ---- no window ------------------------------------------------------------------------------ */

/* Who has nobody to ask may not allow. One that has crashed is missed, but not needed: the phone may
 * have the code already. */
static void fail_present(Request *request, const char *problem) {
        if (request_is_asking(request)) {
                log_info("There is no window to ask in: %s", problem);
                request_fail(request, HYBRID_CAUSE_CALLER_REFUSED,
                             "it is on no list of programs that may, and there is no window to ask "
                             "in");
        } else if (request_is_held(request))
                request_let_go(request);
        else if (request->n_presents > 1)
                log_warning("The window is gone and does not come back: %s", problem);
        else
                request_fail(request, HYBRID_CAUSE_NO_PROMPT, problem);
}

static int on_window_changed(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Request *request = userdata;

        if (!request_name_is_gone(message))
                return 0;
        request_forget_window(request);
        if (request_is_asking(request)) {
                request_fail(request, HYBRID_CAUSE_CALLER_REFUSED,
                             "the window that asks whether it may was closed");
                return 0;
        }
        /* Where all is said it may go. */
        if (request->answered && !request->offered)
                return 0;
        log_warning("The window has gone; showing it again");
        if (request->n_presents >= N_PRESENTS_MAX || request_present(request) < 0)
                fail_present(request, "it has ended too often");
        return 0;
}

/* A window that is still open stays, and asks in it. */
void request_present_late(Request *request) {
        if (!request->prompt || request->asked_late || request->n_presents >= N_PRESENTS_MAX)
                return;
        request->asked_late = true;
        request_forget_window(request);
        if (request_present(request) < 0)
                fail_present(request, "it cannot be called");
}

void request_forget_window(Request *request) {
        free(request->prompt_sender);
        request->prompt_sender = NULL;
        request->window_watch = sd_bus_slot_unref(request->window_watch);
        /* What is still being asked would come back to a window, or to a request, that is no more. */
        request->prompt_call = sd_bus_slot_unref(request->prompt_call);
        request->window_lookup = caller_lookup_free(request->window_lookup);
        request->window_may_allow = false;
}

/* ---- which window --------------------------------------------------------------------------- */

/* For tests: any program may be the window. */
static bool is_any_window_good(const Request *request) {
        return strcmp(request->services->config.prompt_program, "any") == 0;
}

/* No part of the caller. */
static bool can_speak_for_person(const Request *request, const Caller *window) {
        return window->kind == CALLER_KIND_HOST && window->pid != request->caller.pid;
}

/* Whoever takes the window's name on the bus would be shown the code: it has to be the program that
 * was installed with hybridd, where only root can have put it. */
static bool is_our_window(const Request *request, const Caller *window) {
        return caller_runs(window, request->services->config.prompt_program);
}

/* It may see and do things from here on. */
static void take_window(Request *request, const char *name) {
        int r;

        r = request_replace(&request->prompt_sender, name);
        if (r >= 0) /* what it missed so far */
                r = request_tell_window(request);
        if (r < 0)
                request_fail_errno(request, r);
}

/* Unique names are never given to another connection, so one look at each is enough. */
static bool is_known_window(const Request *request, const char *name) {
        const char *known = request->requests->window;

        return known && strcmp(known, name) == 0;
}

static void on_window_found(void *userdata, int r, const Caller *window) {
        Request *request = userdata;
        bool any = is_any_window_good(request);
        bool speaks = r >= 0 && can_speak_for_person(request, window);
        bool fit = r >= 0 && (any || is_our_window(request, window));

        request->window_lookup = caller_lookup_free(request->window_lookup);
        if (request_is_asking(request) && !(fit && speaks)) {
                request_fail(request, HYBRID_CAUSE_CALLER_REFUSED,
                             "what shows windows here is no program of the system");
                return;
        }
        if (!fit) {
                fail_present(request, r < 0 ? "it cannot be found out which program it is"
                                            : "what took its name is not hybrid-prompt");
                return;
        }

        request->window_may_allow = speaks;
        if (!any) {
                r = request_replace(&request->requests->window, request->window_candidate);
                if (r < 0)
                        request_fail_errno(request, r);
                else
                        take_window(request, request->window_candidate);
        } else if (request->allowed_early)
                request_allow(request);
}

static int on_watch_installed(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        int r = -sd_bus_message_get_errno(reply);

        if (r < 0)
                request_fail_errno(userdata, r);
        return 0;
}

static int look_at_window(Request *request) {
        return caller_lookup_new(&request->window_lookup, request->services->bus,
                                 request->window_candidate, on_window_found, request);
}

/* Followed first: who has gone before the bus follows it for us is not there to be asked about. */
static int meet_window(Request *request, const char *name) {
        int r;

        r = request_replace(&request->window_candidate, name);
        if (r >= 0)
                r = request_watch_name(request, name, &request->window_watch, on_window_changed,
                                       on_watch_installed);
        if (r < 0)
                return r;

        if (is_known_window(request, name)) {
                request->window_may_allow = true;
                take_window(request, name);
                return 0;
        }
        if (!is_any_window_good(request))
                return look_at_window(request);
        take_window(request, name);
        return request_is_asking(request) ? look_at_window(request) : 0;
}

/* ---- showing it ----------------------------------------------------------------------------- */

static int on_presented(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        Request *request = userdata;
        const sd_bus_error *problem = sd_bus_message_get_error(reply);
        int r;

        request->prompt_call = sd_bus_slot_unref(request->prompt_call);
        if (problem) {
                fail_present(request, problem->message ? problem->message : problem->name);
                return 0;
        }
        r = meet_window(request, sd_bus_message_get_sender(reply));
        if (r < 0)
                request_fail_errno(request, r);
        return 0;
}

int request_present(Request *request) {
        request->n_presents++;
        return sd_bus_call_method_async(request->services->bus, &request->prompt_call, PROMPT_NAME,
                                        PROMPT_PATH, PROMPT_INTERFACE, "Present", on_presented,
                                        request, "oss", request->path, request->parent_window,
                                        request->activation_token);
}
