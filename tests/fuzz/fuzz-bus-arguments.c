/* SPDX-License-Identifier: MIT */

/*
 * The arguments of CreateCredential() and GetCredential(): what is accepted has the shape that hybridd
 * relies on, and what is not says why. Input: a byte of choices, the strings, then members of the
 * options, each a name and a value of any type.
 */

#include <errno.h>
#include <sys/socket.h>

#include "daemon/names.h"
#include "daemon/request/request-options.h"
#include "fuzz.h"

enum {
        TEXT_SIZE = 2048,
        DEPTH_MAX = 6,
};

/* What options may be, and what they are never. */
static const char *const types[] = { "s", "b", "o", "v",  "u",     "x",
                                     "d", "y", "g", "as", "a{sv}", "(sb)" };

/* Not connected to anything: messages of it can be made and read. */
static sd_bus *bus_new(void) {
        sd_bus *bus;
        int fds[2];

        check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        check(sd_bus_new(&bus) >= 0);
        check(sd_bus_set_fd(bus, fds[0], fds[0]) >= 0);
        check(sd_bus_start(bus) >= 0);
        return bus;
}

/* ---- a message from the input ---------------------------------------------------------------- */

static int append_text(sd_bus_message *message, char type, FuzzInput *input) {
        char text[TEXT_SIZE];
        const uint8_t *bytes;
        size_t n;

        bytes = fuzz_bytes(input, sizeof(text) - 1, &n);
        memcpy(text, bytes, n);
        text[n] = '\0';
        return sd_bus_message_append_basic(message, type, text);
}

static int append_value(sd_bus_message *message, FuzzInput *input, unsigned depth);

static int append_member(sd_bus_message *message, FuzzInput *input, unsigned depth) {
        int r;

        r = sd_bus_message_open_container(message, 'e', "sv");
        if (r >= 0)
                r = append_text(message, 's', input);
        if (r >= 0)
                r = append_value(message, input, depth);
        return r >= 0 ? sd_bus_message_close_container(message) : r;
}

static int append_members(sd_bus_message *message, FuzzInput *input, unsigned depth) {
        int r;

        r = sd_bus_message_open_container(message, 'a', "{sv}");
        for (unsigned n = fuzz_u8(input) % 16; r >= 0 && n > 0; n--)
                r = append_member(message, input, depth);
        return r >= 0 ? sd_bus_message_close_container(message) : r;
}

static int append_number(sd_bus_message *message, char type, FuzzInput *input) {
        uint64_t number = 0;
        int truth;

        for (size_t i = 0; i < sizeof(number); i++)
                number = number << 8 | fuzz_u8(input);
        truth = (int)(number & 1);
        return sd_bus_message_append_basic(message, type,
                                           type == 'b' ? (const void *)&truth : &number);
}

static int append_contents(sd_bus_message *message, const char *type, FuzzInput *input,
                           unsigned depth) {
        if (strcmp(type, "as") == 0)
                return sd_bus_message_append(message, "as", 2, "one", "two");
        if (strcmp(type, "(sb)") == 0)
                return sd_bus_message_append(message, "(sb)", "one", 1);
        if (strcmp(type, "a{sv}") == 0)
                return append_members(message, input, depth + 1);
        if (strcmp(type, "v") == 0)
                return append_value(message, input, depth + 1);
        return strchr("sog", type[0]) ? append_text(message, type[0], input)
                                      : append_number(message, type[0], input);
}

static int append_value(sd_bus_message *message, FuzzInput *input, unsigned depth) {
        const char *type = types[fuzz_u8(input) % ELEMENTSOF(types)];
        int r;

        if (depth > DEPTH_MAX)
                type = "b";
        r = sd_bus_message_open_container(message, 'v', type);
        if (r >= 0)
                r = append_contents(message, type, input, depth);
        return r >= 0 ? sd_bus_message_close_container(message) : r;
}

static int append_arguments(sd_bus_message *message, HybridOperation operation, FuzzInput *input) {
        int r;

        r = append_text(message, 's', input);
        if (r >= 0)
                r = append_text(message, 's', input);
        if (r >= 0 && operation == HYBRID_CREATE)
                r = append_text(message, 's', input);
        if (r >= 0)
                r = append_members(message, input, 0);
        if (r >= 0)
                r = sd_bus_message_seal(message, 1, 0);
        return r >= 0 ? sd_bus_message_rewind(message, true) : r;
}

/* ---- what comes out -------------------------------------------------------------------------- */

static void check_options(const RequestOptions *options, HybridOperation operation) {
        check(options->operation == operation);
        check(strlen(options->parent_window) <= 256);
        check(options->parent_window[0] == '\0' || strchr("xw", options->parent_window[0]));
        check(strlen(options->origin) <= 1024 && strlen(options->top_origin) <= 1024);
        check(strlen(options->activation_token) <= 1024);
        /* It becomes a part of the request's path. */
        check(strlen(options->handle_token) <= 64);
        for (const char *c = options->handle_token; *c; c++)
                check(*c == '_' || (*c >= '0' && *c <= '9') ||
                      ((*c | 32) >= 'a' && (*c | 32) <= 'z'));
        check(options->phone[0] == '\0' || sd_bus_object_path_is_valid(options->phone) > 0);
        check(options->public_key);
}

static void read_arguments(sd_bus_message *message, HybridOperation operation) {
        static const RequestOptions untouched = { .origin = "nobody has written here" };
        sd_bus_error error = SD_BUS_ERROR_NULL;
        RequestOptions options = untouched;
        int r;

        r = request_arguments_read(&options, operation, message, &error);
        if (r >= 0) {
                check(!sd_bus_error_is_set(&error));
                check_options(&options, operation);
        } else {
                check(options.origin == untouched.origin);
                /* What is no mistake of ours to name is one in the message itself. */
                check(sd_bus_error_has_name(&error, ERROR_TYPE_ERROR) || r == -EBADMSG);
        }
        sd_bus_error_free(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        static sd_bus *bus;
        FuzzInput input = { data, n };
        HybridOperation operation = fuzz_u8(&input) & 1 ? HYBRID_CREATE : HYBRID_GET;
        sd_bus_message *message;

        if (!bus)
                bus = bus_new();
        check(sd_bus_message_new_method_call(bus, &message, BUS_NAME, BUS_PATH, MANAGER_INTERFACE,
                                             "CreateCredential") >= 0);
        if (append_arguments(message, operation, &input) >= 0)
                read_arguments(message, operation);
        sd_bus_message_unref(message);
        return 0;
}
