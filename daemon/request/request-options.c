/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "base/macro.h"
#include "daemon/names.h"
#include "daemon/request/request-options.h"

enum {
        TOKEN_SIZE_MAX = 64,
        ORIGIN_SIZE_MAX = 1024,
        WINDOW_SIZE_MAX = 256,
        ACTIVATION_SIZE_MAX = 1024,
        N_OPTIONS_MAX = 64, /* known or not: to skip millions would take seconds */
};

/* A member of the options dictionary that is a string. Unknown members are skipped. */
typedef struct StringOption {
        const char *name;
        const char **value;
} StringOption;

static int read_string(sd_bus_message *message, const StringOption *option, sd_bus_error *error) {
        int r;

        r = sd_bus_message_read(message, "v", "s", option->value);
        if (r == -ENXIO)
                return sd_bus_error_setf(error, ERROR_TYPE_ERROR, "options: %s must be a string",
                                         option->name);
        return r;
}

/* The members that are not strings. -1: none that was given. */
typedef struct OtherOptions {
        const char *phone;
        int choose, remember;
} OtherOptions;

static int read_other(sd_bus_message *message, const char *name, OtherOptions *other,
                      sd_bus_error *error) {
        int r;

        if (strcmp(name, "phone") == 0) {
                r = sd_bus_message_read(message, "v", "o", &other->phone);
                if (r == -ENXIO)
                        return sd_bus_error_set(error, ERROR_TYPE_ERROR,
                                                "options: phone must be an object path");
                return r;
        }

        r = sd_bus_message_read(message, "v", "b",
                                strcmp(name, "choose") == 0 ? &other->choose : &other->remember);
        if (r == -ENXIO)
                return sd_bus_error_setf(error, ERROR_TYPE_ERROR, "options: %s must be a boolean",
                                         name);
        return r;
}

static int read_member(sd_bus_message *message, const StringOption *known, size_t n_known,
                       OtherOptions *other, sd_bus_error *error) {
        const char *name;
        int r;

        r = sd_bus_message_read(message, "s", &name);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n_known; i++)
                if (strcmp(known[i].name, name) == 0)
                        return read_string(message, &known[i], error);
        if (strcmp(name, "phone") == 0 || strcmp(name, "choose") == 0 ||
            strcmp(name, "remember") == 0)
                return read_other(message, name, other, error);
        return sd_bus_message_skip(message, "v");
}

static int read_members(sd_bus_message *message, const StringOption *known, size_t n_known,
                        OtherOptions *other, sd_bus_error *error) {
        size_t n = 0;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
                if (++n > N_OPTIONS_MAX)
                        return sd_bus_error_set(error, ERROR_TYPE_ERROR,
                                                "options: more than 64 of them");
                r = read_member(message, known, n_known, other, error);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(message);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        return sd_bus_message_exit_container(message);
}

static bool is_window(const char *text) {
        return strlen(text) <= WINDOW_SIZE_MAX &&
               (text[0] == '\0' || strncmp(text, "x11:", 4) == 0 ||
                strncmp(text, "wayland:", 8) == 0);
}

/* What may stand in an object path. */
static bool is_token(const char *text) {
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789_";

        return strlen(text) <= TOKEN_SIZE_MAX && strspn(text, allowed) == strlen(text);
}

static int check(const RequestOptions *options, const char *type, const char *prompt,
                 sd_bus_error *error) {
        if (strcmp(type, "public-key") != 0 && strcmp(type, "publicKey") != 0)
                return sd_bus_error_set(error, ERROR_TYPE_ERROR, "type must be \"public-key\"");
        if (!is_window(options->parent_window))
                return sd_bus_error_set(
                        error, ERROR_TYPE_ERROR,
                        "parent_window must be \"\", \"x11:XID\" or \"wayland:HANDLE\"");
        if (strlen(options->origin) > ORIGIN_SIZE_MAX ||
            strlen(options->top_origin) > ORIGIN_SIZE_MAX)
                return sd_bus_error_set(error, ERROR_TYPE_ERROR, "an origin is too long");
        if (!is_token(options->handle_token))
                return sd_bus_error_set(error, ERROR_TYPE_ERROR,
                                        "options: handle_token must be at most 64 letters, digits "
                                        "and underscores");
        if (strlen(options->activation_token) > ACTIVATION_SIZE_MAX)
                return sd_bus_error_set(error, ERROR_TYPE_ERROR,
                                        "options: activation_token is too long");
        if (strcmp(prompt, "auto") != 0 && strcmp(prompt, "none") != 0)
                return sd_bus_error_set(error, ERROR_TYPE_ERROR,
                                        "options: prompt must be \"auto\" or \"none\"");
        return 0;
}

int request_arguments_read(RequestOptions *options, HybridOperation operation,
                           sd_bus_message *message, sd_bus_error *error) {
        RequestOptions read = {
                .operation = operation,
                .top_origin = "",
                .public_key = "",
                .handle_token = "",
                .activation_token = "",
        };
        const char *type = "public-key", *prompt = "auto";
        OtherOptions other = { .phone = "", .choose = -1, .remember = -1 };
        const StringOption known[] = {
                { "public_key", &read.public_key },
                { "top_origin", &read.top_origin },
                { "handle_token", &read.handle_token },
                { "activation_token", &read.activation_token },
                { "prompt", &prompt },
        };
        int r;

        r = sd_bus_message_read(message, "ss", &read.parent_window, &read.origin);
        if (r >= 0 && operation == HYBRID_CREATE)
                r = sd_bus_message_read(message, "s", &type);
        if (r >= 0)
                r = read_members(message, known, ELEMENTSOF(known), &other, error);
        if (r < 0)
                return r;

        r = check(&read, type, prompt, error);
        if (r < 0)
                return r;

        read.prompt = strcmp(prompt, "auto") == 0;
        read.phone = other.phone;
        /* A window can ask. A caller that draws by itself has to say that it can. */
        read.choose = other.choose >= 0 ? other.choose : read.prompt;
        read.remember = other.remember >= 0 ? other.remember : read.prompt;
        *options = read;
        return 0;
}
