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
#include "daemon/request-internal.h"

#define _message_ _cleanup_(sd_bus_message_unrefp) sd_bus_message

enum {
        RESPONSE_SIZE_MAX = 1024 * 1024,
};

/* Codes of Response(). */
enum {
        RESPONSE_OK = 0,
        RESPONSE_CANCELLED = 1,
        RESPONSE_FAILED = 2,
};

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
        return request->qr_fd >= 0 && radio_status(request->manager->radio) == BLE_ON;
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

        if (!may_control(request, message))
                return refuse(error);

        r = radio_turn_on(request->manager->radio);
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
        r = request_remember_phone(request, remember);
        if (r == -ENOENT)
                return sd_bus_error_set(error, ERROR_INVALID_STATE_ERROR,
                                        "No phone wants to be remembered");
        if (r >= 0)
                r = phones_reply(request->manager, message);
        else
                r = sd_bus_error_set_errnof(error, r, "The phone could not be kept: %s",
                                            strerror(-r));
        request_free_if_over(request);
        return r;
}

/* ---- properties ----------------------------------------------------------------------------- */

static const char *string_of(const Request *request, const char *property) {
        if (strcmp(property, "State") == 0)
                return request->state;
        if (strcmp(property, "Operation") == 0)
                return request->operation == HYBRID_CREATE ? "create" : "get";
        if (strcmp(property, "RpId") == 0)
                return request->rp_id;
        if (strcmp(property, "Origin") == 0)
                return request->checked_origin;
        if (strcmp(property, "Caller") == 0)
                return request->caller.name;
        if (strcmp(property, "CallerPath") == 0)
                return request->caller.path;
        if (strcmp(property, "CallerKind") == 0)
                return request->caller_trust ? caller_kind_name(request->caller.kind) : "";
        if (strcmp(property, "CallerTrust") == 0)
                return request->caller_trust;
        if (strcmp(property, "Cause") == 0)
                return request->held_cause;
        if (strcmp(property, "Message") == 0)
                return request->held_message;
        if (strcmp(property, "PhoneProblem") == 0)
                return request->phone_problem;
        if (strcmp(property, "PhoneToRemember") == 0)
                return request_phone_to_remember(request);
        return NULL;
}

/* What somebody signs in to is nobody else's business. */
static int check_reader(sd_bus *bus, const Request *request, sd_bus_error *error) {
        sd_bus_message *message = sd_bus_get_current_message(bus);

        return message && may_control(request, message) ? 0 : refuse(error);
}

static int property_string(sd_bus *bus, const char *path, const char *interface,
                           const char *property, sd_bus_message *reply, void *userdata,
                           sd_bus_error *error) {
        const Request *request = userdata;
        const char *value = string_of(request, property);
        int r;

        r = check_reader(bus, request, error);
        if (r < 0)
                return r;
        return sd_bus_message_append(reply, "s", value ? value : "");
}

static void phone_of(const Request *request, char ret[static PHONE_PATH_SIZE]) {
        if (request->phone_id[0] != '\0')
                phone_path(request->phone_id, ret);
        else
                strcpy(ret, "/");
}

static int property_phone(sd_bus *bus, const char *path, const char *interface,
                          const char *property, sd_bus_message *reply, void *userdata,
                          sd_bus_error *error) {
        char path_of_phone[PHONE_PATH_SIZE];
        int r;

        r = check_reader(bus, userdata, error);
        if (r < 0)
                return r;
        phone_of(userdata, path_of_phone);
        return sd_bus_message_append(reply, "o", path_of_phone);
}

/* The path and the name of each. Only to who says that it lets the person choose. */
static int append_phones(sd_bus_message *message, const Request *request) {
        _cleanup_(phone_list_done) PhoneList list = {};
        char path[PHONE_PATH_SIZE];
        int r;

        if (request->rp_id && request->choose)
                phones_list_usable(request->manager, request->rp_id, &list);
        r = sd_bus_message_open_container(message, 'a', "(os)");
        for (size_t i = 0; r >= 0 && i < list.n; i++) {
                phone_path(list.records[i].id, path);
                r = sd_bus_message_append(message, "(os)", path, list.records[i].name);
        }
        return r < 0 ? r : sd_bus_message_close_container(message);
}

static int property_phones(sd_bus *bus, const char *path, const char *interface,
                           const char *property, sd_bus_message *reply, void *userdata,
                           sd_bus_error *error) {
        int r;

        r = check_reader(bus, userdata, error);
        return r < 0 ? r : append_phones(reply, userdata);
}

/* That was used last for this site. */
static void default_phone_of(const Request *request, char ret[static PHONE_PATH_SIZE]) {
        _cleanup_(phone_list_done) PhoneList list = {};

        strcpy(ret, "/");
        if (!request->rp_id || !request->choose)
                return;
        phones_list_usable(request->manager, request->rp_id, &list);
        if (list.n > 0 && phone_record_used_for(&list.records[0], request->rp_id) > 0)
                phone_path(list.records[0].id, ret);
}

static int property_default_phone(sd_bus *bus, const char *path, const char *interface,
                                  const char *property, sd_bus_message *reply, void *userdata,
                                  sd_bus_error *error) {
        char default_phone[PHONE_PATH_SIZE];
        int r;

        r = check_reader(bus, userdata, error);
        if (r < 0)
                return r;
        default_phone_of(userdata, default_phone);
        return sd_bus_message_append(reply, "o", default_phone);
}

static int property_expires(sd_bus *bus, const char *path, const char *interface,
                            const char *property, sd_bus_message *reply, void *userdata,
                            sd_bus_error *error) {
        const Request *request = userdata;
        int r;

        r = check_reader(bus, request, error);
        if (r < 0)
                return r;
        return sd_bus_message_append(reply, "t", request->expires_usec);
}

static int property_can_retry(sd_bus *bus, const char *path, const char *interface,
                              const char *property, sd_bus_message *reply, void *userdata,
                              sd_bus_error *error) {
        const Request *request = userdata;
        int r;

        r = check_reader(bus, request, error);
        if (r < 0)
                return r;
        return sd_bus_message_append(reply, "b", request->can_retry);
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
        SD_BUS_PROPERTY("State", "s", property_string, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Operation", "s", property_string, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("RpId", "s", property_string, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Origin", "s", property_string, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Caller", "s", property_string, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("CallerPath", "s", property_string, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("CallerKind", "s", property_string, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("CallerTrust", "s", property_string, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Phone", "o", property_phone, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Phones", "a(os)", property_phones, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("DefaultPhone", "o", property_default_phone, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("PhoneProblem", "s", property_string, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("PhoneToRemember", "s", property_string, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("ExpiresUsec", "t", property_expires, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Cause", "s", property_string, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Message", "s", property_string, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("CanRetry", "b", property_can_retry, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};

int request_bus_add(Request *request) {
        return sd_bus_add_object_vtable(request->manager->bus, &request->slot, request->path,
                                        REQUEST_INTERFACE, vtable, request);
}

/* ---- signals -------------------------------------------------------------------------------- */

static int append_phones_property(sd_bus_message *message, const Request *request) {
        int r;

        r = sd_bus_message_open_container(message, 'e', "sv");
        if (r >= 0)
                r = sd_bus_message_append(message, "s", "Phones");
        if (r >= 0)
                r = sd_bus_message_open_container(message, 'v', "a(os)");
        if (r >= 0)
                r = append_phones(message, request);
        if (r >= 0)
                r = sd_bus_message_close_container(message);
        return r < 0 ? r : sd_bus_message_close_container(message);
}

/* One pair of a{sv}. */
static int append_property(sd_bus_message *message, const Request *request, const char *property) {
        const char *value = string_of(request, property);
        char path[PHONE_PATH_SIZE];

        if (strcmp(property, "Phones") == 0)
                return append_phones_property(message, request);
        if (strcmp(property, "Phone") == 0 || strcmp(property, "DefaultPhone") == 0) {
                if (property[0] == 'P')
                        phone_of(request, path);
                else
                        default_phone_of(request, path);
                return sd_bus_message_append(message, "{sv}", property, "o", path);
        }
        if (strcmp(property, "ExpiresUsec") == 0)
                return sd_bus_message_append(message, "{sv}", property, "t", request->expires_usec);
        if (strcmp(property, "CanRetry") == 0)
                return sd_bus_message_append(message, "{sv}", property, "b", request->can_retry);
        return sd_bus_message_append(message, "{sv}", property, "s", value ? value : "");
}

/* Made by hand, because sd-bus would tell everybody. */
static int new_changed(Request *request, const char *const *properties, sd_bus_message **ret) {
        _message_ *message = NULL;
        int r;

        r = sd_bus_message_new_signal(request->manager->bus, &message, request->path,
                                      "org.freedesktop.DBus.Properties", "PropertiesChanged");
        if (r >= 0)
                r = sd_bus_message_append(message, "s", REQUEST_INTERFACE);
        if (r >= 0)
                r = sd_bus_message_open_container(message, 'a', "{sv}");
        for (; r >= 0 && *properties; properties++)
                r = append_property(message, request, *properties);
        if (r >= 0)
                r = sd_bus_message_close_container(message);
        if (r >= 0)
                r = sd_bus_message_append(message, "as", 0);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(message);
        return 0;
}

static int send_changed(Request *request, const char *receiver, const char *const *properties) {
        _message_ *message = NULL;
        int r;

        r = new_changed(request, properties, &message);
        if (r < 0)
                return r;
        return sd_bus_send_to(request->manager->bus, message, receiver, NULL);
}

/* To the caller and to the window, which are all that may know of the request. */
void request_bus_emit_changed(Request *request, const char *const *properties) {
        int r;

        r = send_changed(request, request->sender, properties);
        if (r >= 0 && request->prompt_sender)
                r = send_changed(request, request->prompt_sender, properties);
        if (r < 0)
                log_error_errno(r, "Failed to tell what changed");
}

void request_bus_emit_state(Request *request) {
        static const char *const properties[] = { "State", NULL };

        request_bus_emit_changed(request, properties);
}

static const char *const all_properties[] = {
        "State",        "Operation",       "RpId",        "Origin",  "Caller",   "CallerPath",
        "CallerKind",   "CallerTrust",     "ExpiresUsec", "Phone",   "Phones",   "DefaultPhone",
        "PhoneProblem", "PhoneToRemember", "Cause",       "Message", "CanRetry", NULL,
};

void request_bus_emit_all(Request *request) {
        request_bus_emit_changed(request, all_properties);
}

static int send_to(Request *request, const char *receiver, const char *signal) {
        _message_ *message = NULL;
        int r;

        r = sd_bus_message_new_signal(request->manager->bus, &message, request->path,
                                      REQUEST_INTERFACE, signal);
        if (r < 0)
                return r;
        return sd_bus_send_to(request->manager->bus, message, receiver, NULL);
}

int request_bus_tell_window(Request *request) {
        int r;

        r = send_changed(request, request->prompt_sender, all_properties);
        if (r >= 0 && request->qr_fd >= 0)
                r = send_to(request, request->prompt_sender, "QrChanged");
        return r;
}

/* To the caller and to the window, which are all that may ask for the code. */
static void emit_about_code(Request *request, const char *signal) {
        int r;

        r = send_to(request, request->sender, signal);
        if (r >= 0 && request->prompt_sender)
                r = send_to(request, request->prompt_sender, signal);
        if (r < 0)
                log_error_errno(r, "Failed to send %s", signal);
}

void request_bus_emit_qr_changed(Request *request) {
        emit_about_code(request, "QrChanged");
}

void request_bus_emit_qr_withdrawn(Request *request) {
        emit_about_code(request, "QrWithdrawn");
}

/* A Response() for the caller alone, which sd-bus erases once it is sent. */
static int new_response(Request *request, uint32_t code, sd_bus_message **ret) {
        _message_ *message = NULL;
        int r;

        r = sd_bus_message_new_signal(request->manager->bus, &message, request->path,
                                      REQUEST_INTERFACE, "Response");
        if (r >= 0)
                r = sd_bus_message_sensitive(message);
        if (r >= 0)
                r = sd_bus_message_append(message, "u", code);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(message);
        return 0;
}

/* The window hears no Response. */
static void tell_window_end(Request *request, const char *cause, const char *text) {
        int r;

        if (!request->prompt_sender || request->held_cause)
                return;
        r = request_replace(&request->held_cause, cause);
        if (r >= 0)
                r = request_replace(&request->held_message, text);
        if (r >= 0)
                r = send_changed(request, request->prompt_sender, all_properties);
        if (r < 0)
                log_error_errno(r, "Failed to tell the window how it ended");
}

void request_bus_respond_failed(Request *request, const char *error, const char *cause,
                                const char *text) {
        _message_ *message = NULL;
        int r;

        tell_window_end(request, cause, text);
        r = new_response(request,
                         strcmp(error, "AbortError") == 0 ? RESPONSE_CANCELLED : RESPONSE_FAILED,
                         &message);
        if (r >= 0)
                r = sd_bus_message_append(message, "a{sv}", 3, "error", "s", error, "cause", "s",
                                          cause, "message", "s", text);
        if (r >= 0)
                r = sd_bus_send_to(request->manager->bus, message, request->sender, NULL);
        if (r < 0)
                log_error_errno(r, "Failed to respond");
}

/* The JSON last: a message that grows leaves behind what it outgrew, and does not erase that. */
static int append_results(Request *request, sd_bus_message *message, const LinkPacket *packet,
                          const char *json) {
        const char *member = request->operation == HYBRID_CREATE ? "registration_response_json"
                                                                 : "authentication_response_json";
        const LinkField *fields = packet->fields;

        return sd_bus_message_append(
                message, "a{sv}", 3, "type", "s", "public-key", "authenticator", "a{sv}", 5, "name",
                "s", fields[LINK_DONE_NAME].data, "aaguid", "s", fields[LINK_DONE_AAGUID].data,
                "linked", "b", strcmp(fields[LINK_DONE_LINKED].data, "yes") == 0, "channel", "s",
                fields[LINK_DONE_CHANNEL].data, "tunnel_domain", "s",
                fields[LINK_DONE_TUNNEL_HOST].data, "public_key", "a{sv}", 1, member, "s", json);
}

static bool is_text(const char *text, size_t n) {
        return !memchr(text, '\0', n) && utf8_is_valid(text, n);
}

/* The whole of a sealed file as a string. *ret is the caller's, *ret_n + 1 bytes to be erased. */
static int read_text(int fd, char **ret, size_t *ret_n) {
        char *text;
        ssize_t n;

        n = sealed_memfd_size(fd, RESPONSE_SIZE_MAX);
        if (n < 0)
                return -EBADMSG;

        text = calloc(1, (size_t)n + 1);
        if (!text)
                return -ENOMEM;
        if (pread(fd, text, (size_t)n, 0) != n || !is_text(text, (size_t)n)) {
                secret_free(text, (size_t)n + 1);
                return -EBADMSG;
        }

        *ret = text;
        *ret_n = (size_t)n;
        return 0;
}

int request_bus_respond_done(Request *request, const LinkPacket *packet) {
        _message_ *message = NULL;
        char *json;
        size_t n;
        int r;

        for (size_t i = 0; i < packet->n_fields; i++)
                if (!is_text(packet->fields[i].data, packet->fields[i].n))
                        return -EBADMSG;
        r = read_text(packet->fd, &json, &n);
        if (r < 0)
                return r;

        r = new_response(request, RESPONSE_OK, &message);
        if (r >= 0)
                r = append_results(request, message, packet, json);
        secret_free(json, n + 1);
        if (r < 0)
                return r;
        return sd_bus_send_to(request->manager->bus, message, request->sender, NULL);
}
