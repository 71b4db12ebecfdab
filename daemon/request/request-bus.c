/* SPDX-License-Identifier: MIT */

/* org.hybridd.Hybrid1.Request: docs/dbus/org.hybridd.Hybrid1.Request.xml says what it means. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/utf8.h"
#include "ceremony/log.h"
#include "ceremony/sealed-memfd.h"
#include "daemon/names.h"
#include "daemon/request/request-internal.h"

#define _message_ _cleanup_(sd_bus_message_unrefp) sd_bus_message

/* ---- methods -------------------------------------------------------------------------------- */

/* The code is for who asked and for the window that shows it, and nobody else. */
static bool may_control(const Request *request, sd_bus_message *message) {
        const char *sender = sd_bus_message_get_sender(message);

        return strcmp(sender, request->sender) == 0 ||
               (request->prompt_sender && strcmp(sender, request->prompt_sender) == 0);
}

/*
 * What a person has to say is said by the window; by the caller only if it draws everything itself,
 * and is one that nobody had to be asked about.
 */
static bool may_consent(const Request *request, sd_bus_message *message) {
        bool is_caller = strcmp(sd_bus_message_get_sender(message), request->sender) == 0;

        if (is_caller)
                return !request->prompt && !request->needs_permission;
        return may_control(request, message);
}

static int refuse(sd_bus_error *error) {
        return sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED,
                                "This request belongs to another program");
}

/* Whether there is a code that a phone could use now. */
static bool has_code(const Request *request) {
        return request->qr_fd >= 0 && radio_status(request->services->radio) == BLE_ON;
}

/* Opened anew, so that its readers do not share a position in the file. */
static int reply_code(const Request *request, sd_bus_message *message) {
        char path[64];
        int fd, r;

        snprintf(path, sizeof(path), "/proc/self/fd/%d", request->qr_fd);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = sd_bus_reply_method_return(message, "h", fd);
        close(fd);
        return r;
}

static int wait_for_code(Request *request, sd_bus_message *message, sd_bus_error *error) {
        for (size_t i = 0; i < N_QR_WAITING_MAX; i++)
                if (!request->qr_waiting[i]) {
                        request->qr_waiting[i] = sd_bus_message_ref(message);
                        return 1;
                }
        return sd_bus_error_set(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                                "Too many calls wait for this code");
}

/* A caller may ask at once; before there is a code the answer just takes its time. */
static int method_get_qr_code(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Request *request = userdata;

        if (!may_control(request, message))
                return refuse(error);
        if (has_code(request))
                return reply_code(request, message);
        /* There will be one, or there is one that no phone could answer yet. */
        if (strcmp(request->worker_state, "preflight") == 0 || request_is_asking(request) ||
            strcmp(request->worker_state, "choose-phone") == 0 ||
            strcmp(request->worker_state, "contacting-phone") == 0 || request->qr_fd >= 0)
                return wait_for_code(request, message, error);
        return sd_bus_error_set(error, ERROR_INVALID_STATE_ERROR, "There is no code to show now");
}

void request_bus_answer_waiting(Request *request) {
        int r;

        for (size_t i = 0; i < N_QR_WAITING_MAX; i++) {
                _message_ *message = TAKE_PTR(request->qr_waiting[i]);

                if (!message)
                        continue;
                if (has_code(request))
                        r = reply_code(request, message);
                else
                        r = sd_bus_reply_method_errorf(message, ERROR_INVALID_STATE_ERROR,
                                                       "There is no code to show");
                if (r < 0)
                        log_error_errno(r, "Failed to answer a call for the code");
        }
}

static int method_cancel(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Request *request = userdata;
        int r;

        if (!may_control(request, message))
                return refuse(error);

        r = sd_bus_reply_method_return(message, NULL);
        request_cancel(request, HYBRID_CAUSE_CANCELLED);
        return r < 0 ? r : 1;
}

/* The person says so, in the window and nowhere else. */
static int method_allow(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        const char *sender = sd_bus_message_get_sender(message);
        Request *request = userdata;
        int r;

        if (!request->prompt_sender || strcmp(sender, request->prompt_sender) != 0 ||
            strcmp(sender, request->sender) == 0)
                return sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED,
                                        "Only the window that asks may say so");
        if (!request_is_asking(request))
                return sd_bus_error_set(error, ERROR_INVALID_STATE_ERROR,
                                        "Nobody is asked whether this is allowed");

        r = sd_bus_reply_method_return(message, NULL);
        request_allow(request);
        return r < 0 ? r : 1;
}

/* Also the person's to say. */
static int method_retry(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Request *request = userdata;
        int r;

        if (!may_control(request, message))
                return refuse(error);
        if (!request->can_retry)
                return sd_bus_error_set(error, ERROR_INVALID_STATE_ERROR,
                                        "There is nothing to try again");

        r = sd_bus_reply_method_return(message, NULL);
        request_retry(request);
        return r < 0 ? r : 1;
}

static int method_turn_on_bluetooth(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Request *request = userdata;
        int r;

        if (!may_consent(request, message))
                return refuse(error);
        /* A program that may ask for nothing is to switch nothing on either. */
        if (!request->rp_id || request_is_asking(request))
                return sd_bus_error_set(error, ERROR_INVALID_STATE_ERROR,
                                        "It is not known yet whether this request may be made");

        r = radio_turn_on(request->services->radio);
        if (r == -EOPNOTSUPP)
                return sd_bus_error_set(error, SD_BUS_ERROR_NOT_SUPPORTED,
                                        "This radio cannot be switched on from here");
        if (r < 0 && r != -EALREADY)
                return sd_bus_error_set(error, ERROR_INVALID_STATE_ERROR,
                                        "There is no Bluetooth adapter to switch on");
        return sd_bus_reply_method_return(message, NULL);
}

static int reply_to_choice(sd_bus_message *message, int r, sd_bus_error *error) {
        if (r == -EBUSY)
                return sd_bus_error_set(error, ERROR_INVALID_STATE_ERROR,
                                        "It is too late to choose, or was done too often");
        if (r == -ENOENT)
                return sd_bus_error_set(error, SD_BUS_ERROR_UNKNOWN_OBJECT,
                                        "There is no such phone, or it may not be asked");
        return r < 0 ? r : sd_bus_reply_method_return(message, NULL);
}

static int method_use_phone(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Request *request = userdata;
        const char *path;
        int r;

        if (!may_control(request, message))
                return refuse(error);
        r = sd_bus_message_read(message, "o", &path);
        if (r < 0)
                return r;
        return reply_to_choice(message, request_use_phone(request, path), error);
}

static int method_use_qr(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Request *request = userdata;

        if (!may_control(request, message))
                return refuse(error);
        return reply_to_choice(message, request_use_code(request), error);
}

static int method_remember_phone(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Request *request = userdata;
        int r, remember;

        if (!may_consent(request, message))
                return sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED,
                                        "Only the window that asks may say so");
        r = sd_bus_message_read(message, "b", &remember);
        if (r < 0)
                return r;
        r = request_remember_phone(request, remember, message);
        if (r == -ENOENT)
                return sd_bus_error_set(error, ERROR_INVALID_STATE_ERROR,
                                        "No phone wants to be remembered");
        request_free_if_over(request);
        return r < 0 ? r : 1;
}

/* ---- the object ------------------------------------------------------------------------------ */

/* What somebody signs in to is nobody else's business. */
static int get_property(sd_bus *bus, const char *path, const char *interface, const char *property,
                        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const Request *request = userdata;
        sd_bus_message *message = sd_bus_get_current_message(bus);

        if (!message || !may_control(request, message))
                return refuse(error);
        return request_property_append(reply, request, property);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("GetQrCode", SD_BUS_NO_ARGS, SD_BUS_RESULT("h", fd),
                                method_get_qr_code, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Cancel", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_cancel,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("TurnOnBluetooth", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT,
                                method_turn_on_bluetooth, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Allow", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_allow,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Retry", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_retry,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("UsePhone", SD_BUS_ARGS("o", phone), SD_BUS_NO_RESULT,
                                method_use_phone, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("UseQr", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_use_qr,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("RememberPhone", SD_BUS_ARGS("b", remember), SD_BUS_NO_RESULT,
                                method_remember_phone, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("QrChanged", SD_BUS_NO_ARGS, 0),
        SD_BUS_SIGNAL_WITH_ARGS("QrWithdrawn", SD_BUS_NO_ARGS, 0),
        SD_BUS_SIGNAL_WITH_ARGS("Response", SD_BUS_ARGS("u", code, "a{sv}", results), 0),
        SD_BUS_PROPERTY("State", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Operation", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("RpId", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Origin", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Caller", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("CallerPath", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("CallerKind", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("CallerTrust", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Phone", "o", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Phones", "a(os)", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("DefaultPhone", "o", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("PhoneProblem", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("PhoneToRemember", "s", get_property, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("ExpiresUsec", "t", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Cause", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Message", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("CanRetry", "b", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};

static int find_request(sd_bus *bus, const char *path, const char *interface, void *userdata,
                        void **ret_found, sd_bus_error *error) {
        *ret_found = requests_find(userdata, path);
        return *ret_found ? 1 : 0;
}

/* What sd-bus enumerates it tells everybody who introspects: so no request is among that. */
int requests_serve(Requests *requests) {
        return sd_bus_add_fallback_vtable(requests->services->bus, &requests->slot,
                                          BUS_REQUEST_PATH, REQUEST_INTERFACE, vtable, find_request,
                                          requests);
}
