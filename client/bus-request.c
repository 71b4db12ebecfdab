/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/secret.h"
#include "client/bus-error.h"
#include "client/bus-message.h"
#include "client/bus-request.h"
#include "daemon/names.h"
#include "io/bus-sender.h"

/* Marks a text for the translators: who shows an outcome to people translates it. */
#define N_(text) text

#define USEC_PER_SEC 1000000ULL
#define CANCEL_USEC  (5 * USEC_PER_SEC) /* how long the daemon may take to stop */

/* How often is looked whether a phone may still want to be remembered, and how long. */
#define LINGER_USEC (USEC_PER_SEC / 5)

enum { N_LINGERS_MAX = 50 };

#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"

#define _message_ _cleanup_(sd_bus_message_unrefp) sd_bus_message

enum {
        TOKEN_SIZE = 24,
        PATH_SIZE = 256,
};

struct BusRequest {
        bool remember; /* as BusRequestParams has it */
        sd_bus *bus;
        const BusRequestEvents *events;
        void *userdata;

        char path[PATH_SIZE];
        char *daemon; /* its unique name, once it has answered the call */
        sd_bus_slot *match;
        sd_bus_slot *owner_match;
        sd_bus_slot *lost_match;
        sd_bus_slot *call;
        sd_bus_slot *code_call;
        sd_event_source *cancel_timer;

        bool has_code; /* there is one to be had while it waits for a scan */
        bool waiting;  /* for a scan */
        bool code_shown;
        bool cancelled;
        bool ended;

        /* A phone that is to be remembered may say so after its answer, which is kept meanwhile. */
        bool answered;
        Outcome outcome;
        sd_bus_slot *remember_call;
        bool remembered;
        sd_event_source *linger_timer;
        sd_bus_slot *linger_call;
        unsigned n_lingers;
};

/* ---- ends ----------------------------------------------------------------------------------- */

static void hide_code(BusRequest *request) {
        request->code_call = sd_bus_slot_unref(request->code_call);
        if (!request->code_shown)
                return;
        request->code_shown = false;
        request->events->code_gone(request->userdata);
}

/* An answer that is there is the end, whatever came afterwards. */
static void end(BusRequest *request, Outcome *outcome) {
        if (!request->ended) {
                if (request->answered && outcome != &request->outcome) {
                        outcome_done(outcome);
                        outcome = &request->outcome;
                }
                hide_code(request);
                request->ended = true;
                request->events->ended(request->userdata, outcome);
        }
        outcome_done(outcome);
}

static void end_failed(BusRequest *request, const char *cause, const char *message) {
        Outcome outcome = {};

        outcome_fail(&outcome, "UnknownError", cause, message);
        end(request, &outcome);
}

static void end_errno(BusRequest *request, int r) {
        char message[128];

        bus_error_fill_in(BUS_ERROR_TEXT_NOT_SPOKEN_WITH, strerror(-r), message, sizeof(message));
        end_failed(request, "internal", message);
}

/* ---- the code ------------------------------------------------------------------------------- */

static int read_code(int fd, char ret[static HYBRID_QR_TEXT_SIZE_MAX]) {
        ssize_t n;

        n = pread(fd, ret, HYBRID_QR_TEXT_SIZE_MAX, 0);
        if (n < 0)
                return -errno;
        if (n == 0 || n == HYBRID_QR_TEXT_SIZE_MAX)
                return -EBADMSG;
        ret[n] = '\0';
        return 0;
}

static int on_code(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        BusRequest *request = userdata;
        char text[HYBRID_QR_TEXT_SIZE_MAX];
        CLEANUP_ERASE(text);
        int fd, r;

        request->code_call = sd_bus_slot_unref(request->code_call);
        if (sd_bus_message_is_method_error(reply, NULL))
                return 0; /* it was withdrawn meanwhile, which a signal says */

        r = sd_bus_message_read(reply, "h", &fd);
        if (r >= 0)
                r = read_code(fd, text);
        if (r < 0) {
                end_errno(request, r);
                return 0;
        }

        request->code_shown = true;
        request->events->code(request->userdata, text);
        return 0;
}

/* The daemon hands a code out only while it waits for a scan. */
static void get_code(BusRequest *request) {
        int r;

        if (!request->has_code || !request->waiting || !request->events->code)
                return;
        request->code_call = sd_bus_slot_unref(request->code_call);
        r = sd_bus_call_method_async(request->bus, &request->code_call, request->daemon,
                                     request->path, REQUEST_INTERFACE, "GetQrCode", on_code,
                                     request, NULL);
        if (r < 0)
                end_errno(request, r);
}

/* ---- states --------------------------------------------------------------------------------- */

static void set_state(BusRequest *request, const char *state) {
        bool waiting = strcmp(state, "waiting-for-scan") == 0;

        if (!waiting)
                hide_code(request);
        request->events->state(request->userdata, state);
        if (waiting && !request->waiting) {
                request->waiting = true;
                get_code(request);
        }
        request->waiting = waiting;
}

/* ---- remembering the phone ------------------------------------------------------------------ */

static void not_remembered(BusRequest *request, const char *problem) {
        if (request->events->not_remembered)
                request->events->not_remembered(request->userdata, problem);
}

static int on_remembered(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        BusRequest *request = userdata;

        request->remember_call = sd_bus_slot_unref(request->remember_call);
        request->remembered = true;
        if (error)
                not_remembered(request, error->message ? error->message : error->name);
        if (request->answered)
                end(request, &request->outcome);
        return 0;
}

/* The person has said so before, on the command line. */
static void remember_phone(BusRequest *request) {
        int r;

        request->remember_call = sd_bus_slot_unref(request->remember_call);
        r = sd_bus_call_method_async(request->bus, &request->remember_call, request->daemon,
                                     request->path, REQUEST_INTERFACE, "RememberPhone",
                                     on_remembered, request, "b", true);
        if (r < 0)
                end_errno(request, r);
}

/* A request that is over is not on the bus any more. */
static int on_looked(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        BusRequest *request = userdata;

        request->linger_call = sd_bus_slot_unref(request->linger_call);
        if (request->remember_call || request->remembered)
                return 0;
        if (!sd_bus_message_is_method_error(reply, NULL) && ++request->n_lingers < N_LINGERS_MAX) {
                (void)sd_event_source_set_time_relative(request->linger_timer, LINGER_USEC);
                (void)sd_event_source_set_enabled(request->linger_timer, SD_EVENT_ONESHOT);
                return 0;
        }
        not_remembered(request, NULL);
        end(request, &request->outcome);
        return 0;
}

static int on_linger(sd_event_source *source, uint64_t usec, void *userdata) {
        BusRequest *request = userdata;
        int r;

        r = sd_bus_call_method_async(request->bus, &request->linger_call, request->daemon,
                                     request->path, PROPERTIES_INTERFACE, "Get", on_looked, request,
                                     "ss", REQUEST_INTERFACE, "State");
        if (r < 0)
                end_errno(request, r);
        return 0;
}

static int wait_for_offer(BusRequest *request) {
        return sd_event_add_time_relative(sd_bus_get_event(request->bus), &request->linger_timer,
                                          CLOCK_MONOTONIC, 0, 0, on_linger, request);
}

/* ---- signals -------------------------------------------------------------------------------- */

static int take_properties(BusRequest *request, sd_bus_message *message) {
        _cleanup_(bus_properties_done) BusProperties properties = {};
        const char *phone;
        int r;

        r = bus_message_read_properties(message, &properties);
        if (r < 0)
                return r;
        phone = properties.phone_to_remember;
        if (request->remember && phone && phone[0] != '\0')
                remember_phone(request);
        if (properties.state)
                set_state(request, properties.state);
        return r;
}

static int take_response(BusRequest *request, sd_bus_message *message) {
        int r;

        r = bus_message_read_response(message, &request->outcome);
        if (r < 0)
                return r;
        request->answered = true;
        if (!request->remember || !request->outcome.done || request->remembered) {
                end(request, &request->outcome);
                return 0;
        }
        return request->remember_call ? 0 : wait_for_offer(request);
}

static int take_signal(BusRequest *request, sd_bus_message *message) {
        if (sd_bus_message_is_signal(message, PROPERTIES_INTERFACE, "PropertiesChanged"))
                return take_properties(request, message);
        if (sd_bus_message_is_signal(message, REQUEST_INTERFACE, "QrChanged")) {
                request->has_code = true;
                get_code(request);
        } else if (sd_bus_message_is_signal(message, REQUEST_INTERFACE, "QrWithdrawn")) {
                request->has_code = false;
                hide_code(request);
        } else if (sd_bus_message_is_signal(message, REQUEST_INTERFACE, "Response"))
                return take_response(request, message);
        return 0;
}

static int on_signal(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        BusRequest *request = userdata;
        const char *sender = sd_bus_message_get_sender(message);
        int r;

        /* Any program may send us signals of this path; the daemon's come after its reply. */
        if (request->ended || !request->daemon || !sender || strcmp(sender, request->daemon) != 0)
                return 0;

        r = take_signal(request, message);
        if (r < 0)
                end_failed(request, "protocol",
                           N_("hybridd said something that makes no sense. Check that all its "
                              "programs "
                              "are of the same version."));
        return 0;
}

/* ---- the daemon's life ---------------------------------------------------------------------- */

static int on_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        BusRequest *request = userdata;
        const char *name, *before, *now;

        if (bus_message_is_from_bus(message) &&
            sd_bus_message_read(message, "sss", &name, &before, &now) >= 0 && request->daemon &&
            strcmp(before, request->daemon) == 0)
                end_failed(
                        request, "daemon-gone",
                        N_("hybridd ended before it had an answer. See its log (journalctl --user "
                           "-u hybridd), then try again."));
        return 0;
}

static int on_bus_lost(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        end_failed(userdata, "daemon-gone",
                   N_("The session bus has gone. Log in anew, then try again."));
        return 0;
}

/* ---- the call ------------------------------------------------------------------------------- */

static void send_cancel(BusRequest *request) {
        int r;

        r = sd_bus_call_method_async(request->bus, NULL, request->daemon, request->path,
                                     REQUEST_INTERFACE, "Cancel", NULL, NULL, NULL);
        if (r < 0)
                end_errno(request, r);
}

/* If it cannot be done, the state stays what it is, and says so. */
void bus_request_turn_on_bluetooth(BusRequest *request) {
        int r;

        r = sd_bus_call_method_async(request->bus, NULL, request->daemon, request->path,
                                     REQUEST_INTERFACE, "TurnOnBluetooth", NULL, NULL, NULL);
        if (r < 0)
                end_errno(request, r);
}

/* Where it is too late, what the phone does is shown. */
void bus_request_use_code(BusRequest *request) {
        int r;

        r = sd_bus_call_method_async(request->bus, NULL, request->daemon, request->path,
                                     REQUEST_INTERFACE, "UseQr", NULL, NULL, NULL);
        if (r < 0)
                end_errno(request, r);
}

static int take_reply(BusRequest *request, sd_bus_message *reply) {
        const char *path;
        int r;

        r = sd_bus_message_read(reply, "o", &path);
        if (r < 0)
                return r;
        if (strcmp(path, request->path) != 0)
                return -EBADMSG;

        request->daemon = strdup(sd_bus_message_get_sender(reply));
        return request->daemon ? 0 : -ENOMEM;
}

static int on_called(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        BusRequest *request = userdata;
        Outcome outcome = {};
        int r;

        request->call = sd_bus_slot_unref(request->call);
        if (error) {
                bus_error_outcome(error, &outcome);
                end(request, &outcome);
                return 0;
        }

        r = take_reply(request, reply);
        if (r < 0) {
                end_errno(request, r);
                return 0;
        }
        set_state(request, "preflight");
        if (request->cancelled)
                send_cancel(request);
        return 0;
}

static int call(BusRequest *request, const BusRequestParams *params, const char *token) {
        _message_ *message = NULL;
        int r;

        r = bus_message_new_call(&message, request->bus, params, token);
        if (r < 0)
                return r;
        return sd_bus_call_async(request->bus, &request->call, message, on_called, request, 0);
}

/* ---- life ----------------------------------------------------------------------------------- */

/* The token makes a path that nobody else can guess, and that is known before the call. */
static int make_path(BusRequest *request, char token[static TOKEN_SIZE]) {
        const char *unique_name;
        uint64_t number;
        int r;

        r = sd_bus_get_unique_name(request->bus, &unique_name);
        if (r < 0)
                return r;
        if (getrandom(&number, sizeof(number), 0) != sizeof(number))
                return -EIO;

        snprintf(token, TOKEN_SIZE, "ctl%016" PRIx64, number);
        snprintf(request->path, PATH_SIZE, "%s/%s/%s", BUS_REQUEST_PATH, unique_name + 1, token);
        for (char *p = request->path; *p; p++)
                if (*p == '.')
                        *p = '_';
        return 0;
}

static int add_matches(BusRequest *request) {
        int r;

        r = sd_bus_match_signal_async(request->bus, &request->match, BUS_NAME, request->path, NULL,
                                      NULL, on_signal, NULL, request);
        if (r >= 0)
                r = sd_bus_add_match_async(request->bus, &request->owner_match,
                                           "type='signal',sender='org.freedesktop.DBus',"
                                           "member='NameOwnerChanged',arg0='" BUS_NAME "'",
                                           on_owner_changed, NULL, request);
        if (r >= 0)
                r = sd_bus_match_signal_async(
                        request->bus, &request->lost_match, NULL, "/org/freedesktop/DBus/Local",
                        "org.freedesktop.DBus.Local", "Disconnected", on_bus_lost, NULL, request);
        return r;
}

int bus_request_new(BusRequest **ret, sd_bus *bus, const BusRequestParams *params,
                    const BusRequestEvents *events, void *userdata) {
        _cleanup_(bus_request_freep) BusRequest *request = NULL;
        char token[TOKEN_SIZE];
        int r;

        request = calloc(1, sizeof(*request));
        if (!request)
                return -ENOMEM;
        request->bus = sd_bus_ref(bus);
        request->remember = params->remember;
        request->events = events;
        request->userdata = userdata;

        r = make_path(request, token);
        if (r >= 0)
                r = add_matches(request);
        if (r >= 0)
                r = call(request, params, token);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(request);
        return 0;
}

static int on_cancel_timeout(sd_event_source *source, uint64_t usec, void *userdata) {
        end_failed(userdata, "no-answer", N_("hybridd does not answer. It is left to itself."));
        return 0;
}

void bus_request_cancel(BusRequest *request) {
        int r;

        if (request->cancelled || request->ended)
                return;
        if (request->answered) {
                end(request, &request->outcome);
                return;
        }
        request->cancelled = true;

        r = sd_event_add_time_relative(sd_bus_get_event(request->bus), &request->cancel_timer,
                                       CLOCK_MONOTONIC, CANCEL_USEC, 0, on_cancel_timeout, request);
        if (r < 0)
                end_errno(request, r);
        else if (request->daemon)
                send_cancel(request);
}

BusRequest *bus_request_free(BusRequest *request) {
        if (!request)
                return NULL;

        sd_event_source_disable_unref(request->cancel_timer);
        sd_event_source_disable_unref(request->linger_timer);
        sd_bus_slot_unref(request->linger_call);
        sd_bus_slot_unref(request->remember_call);
        outcome_done(&request->outcome);
        sd_bus_slot_unref(request->call);
        sd_bus_slot_unref(request->code_call);
        sd_bus_slot_unref(request->match);
        sd_bus_slot_unref(request->owner_match);
        sd_bus_slot_unref(request->lost_match);
        sd_bus_unref(request->bus);
        free(request->daemon);
        free(request);
        return NULL;
}
