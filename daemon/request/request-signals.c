/* SPDX-License-Identifier: MIT */

/* What a request tells of itself: to its caller and its window, which are all that may know of it. */

#include <errno.h>
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

enum {
        RESPONSE_SIZE_MAX = 1024 * 1024,
};

/* Codes of Response(). */
enum {
        RESPONSE_OK = 0,
        RESPONSE_CANCELLED = 1,
        RESPONSE_FAILED = 2,
};

/* ---- changes -------------------------------------------------------------------------------- */

/* Made by hand, because sd-bus would tell everybody. */
static int new_changed(Request *request, const char *const *properties, sd_bus_message **ret) {
        _message_ *message = NULL;
        int r;

        r = sd_bus_message_new_signal(request->services->bus, &message, request->path,
                                      "org.freedesktop.DBus.Properties", "PropertiesChanged");
        if (r >= 0)
                r = sd_bus_message_append(message, "s", REQUEST_INTERFACE);
        if (r >= 0)
                r = request_properties_append(message, request, properties);
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
        return sd_bus_send_to(request->services->bus, message, receiver, NULL);
}

/* To the caller and to the window, which are all that may know of the request. */
void request_emit_changed(Request *request, const char *const *properties) {
        int r;

        r = send_changed(request, request->sender, properties);
        if (r >= 0 && request->prompt_sender)
                r = send_changed(request, request->prompt_sender, properties);
        if (r < 0)
                log_error_errno(r, "Failed to tell what changed");
}

void request_emit_state(Request *request) {
        static const char *const properties[] = { "State", NULL };

        request_emit_changed(request, properties);
}

void request_emit_all(Request *request) {
        request_emit_changed(request, NULL);
}

static int send_to(Request *request, const char *receiver, const char *signal) {
        _message_ *message = NULL;
        int r;

        r = sd_bus_message_new_signal(request->services->bus, &message, request->path,
                                      REQUEST_INTERFACE, signal);
        if (r < 0)
                return r;
        return sd_bus_send_to(request->services->bus, message, receiver, NULL);
}

int request_tell_window(Request *request) {
        int r;

        r = send_changed(request, request->prompt_sender, NULL);
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

void request_emit_qr_changed(Request *request) {
        emit_about_code(request, "QrChanged");
}

void request_emit_qr_withdrawn(Request *request) {
        emit_about_code(request, "QrWithdrawn");
}

/* ---- the end -------------------------------------------------------------------------------- */

/* A Response() for the caller alone, which sd-bus erases once it is sent. */
static int new_response(Request *request, uint32_t code, sd_bus_message **ret) {
        _message_ *message = NULL;
        int r;

        r = sd_bus_message_new_signal(request->services->bus, &message, request->path,
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
                r = send_changed(request, request->prompt_sender, NULL);
        if (r < 0)
                log_error_errno(r, "Failed to tell the window how it ended");
}

void request_respond_failed(Request *request, const char *error, const char *cause,
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
                r = sd_bus_send_to(request->services->bus, message, request->sender, NULL);
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

int request_respond_done(Request *request, const LinkPacket *packet) {
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
        return sd_bus_send_to(request->services->bus, message, request->sender, NULL);
}
