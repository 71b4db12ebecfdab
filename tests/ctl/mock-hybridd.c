/* SPDX-License-Identifier: MIT */

/*
 * A stand-in for hybridd that does what its standard input says, one command a line, and tells on
 * standard output what it was called for. For tests of who calls.
 *
 *         state NAME            qr TEXT             withdraw
 *         refuse ERROR TEXT     (the next call gets this error)
 *         deaf                  (Cancel is told, but not obeyed)
 *         stranger NAME         (a state, from another connection to the bus)
 *         done JSON             failed ERROR CAUSE TEXT
 *         nonsense              (a Response that has nothing in it)
 *         exit
 */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "base/macro.h"
#include "ceremony/sealed-memfd.h"
#include "daemon/names.h"

#define _message_ _cleanup_(sd_bus_message_unrefp) sd_bus_message

enum {
        COMMAND_SIZE = 64 * 1024,
        WORD_SIZE = 128,
};

typedef struct Mock {
        sd_event *event;
        sd_bus *bus;
        char path[256]; /* of the request, "" before the call */
        char caller[64];
        char state[64];
        int qr_fd;
        bool create;
        bool deaf;
        char refuse_error[WORD_SIZE], refuse_text[WORD_SIZE];
} Mock;

static void check(int r, const char *what) {
        if (r < 0) {
                fprintf(stderr, "mock-hybridd: %s: %s\n", what, strerror(-r));
                exit(EXIT_FAILURE);
        }
}

static void tell(const char *what, const char *more) {
        printf("%s %s\n", what, more);
        fflush(stdout);
}

/* ---- the request ---------------------------------------------------------------------------- */

static sd_bus_message *new_signal(Mock *mock, const char *name) {
        sd_bus_message *message;

        check(sd_bus_message_new_signal(mock->bus, &message, mock->path, REQUEST_INTERFACE, name),
              name);
        return message;
}

static void send_signal(Mock *mock, sd_bus_message *message) {
        check(sd_bus_send_to(mock->bus, message, mock->caller, NULL), "send");
}

static void emit(Mock *mock, const char *name) {
        _message_ *message = new_signal(mock, name);

        send_signal(mock, message);
}

static void respond_failed(Mock *mock, const char *error, const char *cause, const char *text) {
        _message_ *message = new_signal(mock, "Response");
        uint32_t code = strcmp(error, "AbortError") == 0 ? 1 : 2;

        check(sd_bus_message_append(message, "ua{sv}", code, 3, "error", "s", error, "cause", "s",
                                    cause, "message", "s", text),
              "Response");
        send_signal(mock, message);
}

static void respond_done(Mock *mock, const char *json) {
        const char *member =
                mock->create ? "registration_response_json" : "authentication_response_json";
        _message_ *message = new_signal(mock, "Response");

        check(sd_bus_message_append(message, "ua{sv}", 0, 4, "type", "s", "public-key",
                                    "public_key", "a{sv}", 1, member, "s", json, "authenticator",
                                    "a{sv}", 5, "name", "s", "A phone", "aaguid", "s", "", "linked",
                                    "b", true, "channel", "s", "tunnel", "tunnel_domain", "s",
                                    "cable.example", "news", "s", "of a later version"),
              "Response");
        send_signal(mock, message);
}

static void set_state(Mock *mock, const char *state) {
        snprintf(mock->state, sizeof(mock->state), "%s", state);
        check(sd_bus_emit_properties_changed(mock->bus, mock->path, REQUEST_INTERFACE, "State",
                                             NULL),
              "State");
}

static int method_get_qr_code(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Mock *mock = userdata;

        if (mock->qr_fd < 0 || strcmp(mock->state, "waiting-for-scan") != 0)
                return sd_bus_error_set(error, ERROR_INVALID_STATE_ERROR, "no code");
        tell("fetched", "");
        return sd_bus_reply_method_return(message, "h", mock->qr_fd);
}

static int method_cancel(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Mock *mock = userdata;

        tell("cancelled", "");
        check(sd_bus_reply_method_return(message, NULL), "Cancel");
        if (!mock->deaf)
                respond_failed(mock, "AbortError", "cancelled", "It was cancelled.");
        return 1;
}

static int property_state(sd_bus *bus, const char *path, const char *interface,
                          const char *property, sd_bus_message *reply, void *userdata,
                          sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", ((Mock *)userdata)->state);
}

static const sd_bus_vtable request_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("GetQrCode", "", "h", method_get_qr_code, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Cancel", "", "", method_cancel, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("State", "s", property_state, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};

/* ---- the manager ---------------------------------------------------------------------------- */

static void read_options(sd_bus_message *message, const char **ret_token) {
        const char *name, *value;

        check(sd_bus_message_enter_container(message, 'a', "{sv}"), "options");
        while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
                check(sd_bus_message_read(message, "s", &name), "options");
                check(sd_bus_message_read(message, "v", "s", &value), name);
                check(sd_bus_message_exit_container(message), "options");
                if (strcmp(name, "handle_token") == 0)
                        *ret_token = value;
                else
                        tell(name, value);
        }
}

static void make_path(Mock *mock, const char *token) {
        snprintf(mock->path, sizeof(mock->path), BUS_REQUEST_PATH "/%s/%s", mock->caller + 1,
                 token);
        for (char *p = mock->path; *p; p++)
                if (*p == '.')
                        *p = '_';
}

static int begin(Mock *mock, sd_bus_message *message, sd_bus_error *error) {
        const char *window, *origin, *type, *token = "";

        check(sd_bus_message_read(message, "ss", &window, &origin), "arguments");
        if (mock->create)
                check(sd_bus_message_read(message, "s", &type), "type");
        read_options(message, &token);
        snprintf(mock->caller, sizeof(mock->caller), "%s", sd_bus_message_get_sender(message));
        tell(mock->create ? "create" : "get", origin);
        if (mock->refuse_error[0] != '\0')
                return sd_bus_error_set(error, mock->refuse_error, mock->refuse_text);

        make_path(mock, token);
        snprintf(mock->state, sizeof(mock->state), "preflight");
        check(sd_bus_add_object_vtable(mock->bus, NULL, mock->path, REQUEST_INTERFACE,
                                       request_vtable, mock),
              "object");
        return sd_bus_reply_method_return(message, "o", mock->path);
}

static int method_create(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        ((Mock *)userdata)->create = true;
        return begin(userdata, message, error);
}

static int method_get(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        ((Mock *)userdata)->create = false;
        return begin(userdata, message, error);
}

static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("CreateCredential", "sssa{sv}", "o", method_create,
                      SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("GetCredential", "ssa{sv}", "o", method_get, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

/* ---- commands ------------------------------------------------------------------------------- */

static void set_code(Mock *mock, const char *text) {
        if (mock->qr_fd >= 0)
                close(mock->qr_fd);
        mock->qr_fd = sealed_memfd("mock", text, strlen(text));
        check(mock->qr_fd, "memfd");
        emit(mock, "QrChanged");
}

/* Somebody else who knows the path, and lies. */
static void lie(Mock *mock, const char *state) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _message_ *message = NULL;

        check(sd_bus_open_user(&bus), "bus");
        check(sd_bus_message_new_signal(bus, &message, mock->path,
                                        "org.freedesktop.DBus.Properties", "PropertiesChanged"),
              "signal");
        check(sd_bus_message_append(message, "sa{sv}as", REQUEST_INTERFACE, 1, "State", "s", state,
                                    0),
              "signal");
        check(sd_bus_send_to(bus, message, mock->caller, NULL), "send");
        check(sd_bus_flush(bus), "flush");
}

static void obey_response(Mock *mock, const char *name, char *rest) {
        if (strcmp(name, "done") == 0)
                respond_done(mock, rest);
        else if (strcmp(name, "failed") == 0) {
                const char *error = strsep(&rest, " "), *cause = strsep(&rest, " ");

                respond_failed(mock, error, cause, rest);
        } else if (strcmp(name, "nonsense") == 0) {
                _message_ *message = new_signal(mock, "Response");

                check(sd_bus_message_append(message, "ua{sv}", 0, 0), "Response");
                send_signal(mock, message);
        }
}

static void obey(Mock *mock, char *line) {
        const char *name = strsep(&line, " ");
        char *rest = line ? line : (char *)"";

        if (strcmp(name, "state") == 0)
                set_state(mock, rest);
        else if (strcmp(name, "qr") == 0)
                set_code(mock, rest);
        else if (strcmp(name, "withdraw") == 0)
                emit(mock, "QrWithdrawn");
        else if (strcmp(name, "deaf") == 0)
                mock->deaf = true;
        else if (strcmp(name, "stranger") == 0)
                lie(mock, rest);
        else if (strcmp(name, "refuse") == 0) {
                snprintf(mock->refuse_error, WORD_SIZE, "%s", strsep(&rest, " "));
                snprintf(mock->refuse_text, WORD_SIZE, "%s", rest);
        } else if (strcmp(name, "exit") == 0)
                _exit(EXIT_SUCCESS);
        else
                obey_response(mock, name, rest);
}

static int on_command(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        static char text[COMMAND_SIZE];
        static size_t n;
        ssize_t k;
        char *end;

        k = read(fd, text + n, sizeof(text) - n);
        if (k <= 0)
                _exit(EXIT_SUCCESS);
        n += (size_t)k;
        while ((end = memchr(text, '\n', n))) {
                *end = '\0';
                obey(userdata, text);
                n -= (size_t)(end + 1 - text);
                memmove(text, end + 1, n);
        }
        return 0;
}

int main(void) {
        Mock mock = { .qr_fd = -1 };

        check(sd_event_default(&mock.event), "event loop");
        check(sd_bus_open_user(&mock.bus), "bus");
        check(sd_bus_attach_event(mock.bus, mock.event, 0), "bus");
        check(sd_bus_add_object_vtable(mock.bus, NULL, BUS_PATH, MANAGER_INTERFACE, manager_vtable,
                                       &mock),
              "object");
        check(sd_bus_request_name(mock.bus, BUS_NAME, 0), "name");
        check(sd_event_add_io(mock.event, NULL, STDIN_FILENO, EPOLLIN, on_command, &mock), "stdin");
        tell("ready", "");
        return sd_event_loop(mock.event) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
