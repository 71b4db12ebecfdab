/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "client/bus-message.h"
#include "daemon/names.h"

#define _message_ _cleanup_(sd_bus_message_unrefp) sd_bus_message

/* A member of a dictionary: its name, and who reads its value out of the variant. */
typedef struct Member {
        const char *name;
        int (*read)(sd_bus_message *message, void *value);
        void *value;
} Member;

static int read_entry(sd_bus_message *message, const Member *members, size_t n) {
        const char *name;
        int r;

        r = sd_bus_message_read(message, "s", &name);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++)
                if (strcmp(members[i].name, name) == 0)
                        return members[i].read(message, members[i].value);
        return sd_bus_message_skip(message, "v");
}

static int read_dictionary(sd_bus_message *message, const Member *members, size_t n) {
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
                r = read_entry(message, members, n);
                if (r >= 0)
                        r = sd_bus_message_exit_container(message);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

/* ---- values --------------------------------------------------------------------------------- */

static int read_text(sd_bus_message *message, void *value) {
        const char *text;
        char *copy;
        int r;

        r = sd_bus_message_read(message, "v", "s", &text);
        if (r < 0)
                return r;
        copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        free(*(char **)value);
        *(char **)value = copy;
        return 0;
}

static int read_flag(sd_bus_message *message, void *value) {
        int flag, r;

        r = sd_bus_message_read(message, "v", "b", &flag);
        if (r >= 0)
                *(bool *)value = flag;
        return r;
}

static int read_variant_dictionary(sd_bus_message *message, const Member *members, size_t n) {
        int r;

        r = sd_bus_message_enter_container(message, 'v', "a{sv}");
        if (r >= 0)
                r = read_dictionary(message, members, n);
        if (r >= 0)
                r = sd_bus_message_exit_container(message);
        return r;
}

static int read_public_key(sd_bus_message *message, void *value) {
        Outcome *outcome = value;
        const Member members[] = {
                { "registration_response_json", read_text, &outcome->response },
                { "authentication_response_json", read_text, &outcome->response },
        };

        return read_variant_dictionary(message, members, ELEMENTSOF(members));
}

static int read_authenticator(sd_bus_message *message, void *value) {
        Outcome *outcome = value;
        const Member members[] = {
                { "name", read_text, &outcome->name },
                { "aaguid", read_text, &outcome->aaguid },
                { "linked", read_flag, &outcome->linked },
                { "channel", read_text, &outcome->channel },
                { "tunnel_domain", read_text, &outcome->tunnel_domain },
        };

        return read_variant_dictionary(message, members, ELEMENTSOF(members));
}

/* ---- signals -------------------------------------------------------------------------------- */

static int read_results(sd_bus_message *message, Outcome *outcome) {
        const Member members[] = {
                { "public_key", read_public_key, outcome },
                { "authenticator", read_authenticator, outcome },
                { "error", read_text, &outcome->error },
                { "cause", read_text, &outcome->cause },
                { "message", read_text, &outcome->message },
        };

        return read_dictionary(message, members, ELEMENTSOF(members));
}

int bus_message_read_response(sd_bus_message *message, Outcome *ret) {
        _cleanup_(outcome_done) Outcome outcome = {};
        uint32_t code;
        int r;

        r = sd_bus_message_sensitive(message); /* erased with the message */
        if (r >= 0)
                r = sd_bus_message_read(message, "u", &code);
        if (r >= 0)
                r = read_results(message, &outcome);
        if (r < 0)
                return r == -ENOMEM ? r : -EBADMSG;

        outcome.done = code == 0;
        if (outcome.done ? !outcome.response : !outcome.error || !outcome.cause || !outcome.message)
                return -EBADMSG;

        *ret = outcome;
        outcome = (Outcome){};
        return 0;
}

void bus_properties_done(BusProperties *properties) {
        free(properties->state);
        free(properties->phone_to_remember);
}

int bus_message_read_properties(sd_bus_message *message, BusProperties *ret) {
        const Member members[] = {
                { "State", read_text, &ret->state },
                { "PhoneToRemember", read_text, &ret->phone_to_remember },
        };
        const char *interface;
        int r;

        r = sd_bus_message_read(message, "s", &interface);
        if (r < 0 || strcmp(interface, REQUEST_INTERFACE) != 0)
                return r < 0 ? r : 0;
        return read_dictionary(message, members, ELEMENTSOF(members));
}

/* ---- the call ------------------------------------------------------------------------------- */

static int append_options(sd_bus_message *message, const BusRequestParams *params,
                          const char *token) {
        int r;

        r = sd_bus_message_open_container(message, 'a', "{sv}");
        if (r >= 0)
                r = sd_bus_message_append(message, "{sv}{sv}{sv}", "public_key", "s", params->json,
                                          "handle_token", "s", token, "prompt", "s",
                                          params->window ? "auto" : "none");
        if (r >= 0 && params->remember)
                r = sd_bus_message_append(message, "{sv}", "remember", "b", true);
        if (r >= 0 && params->phone)
                r = sd_bus_message_append(message, "{sv}", "phone", "o", params->phone);
        if (r >= 0 && params->top_origin)
                r = sd_bus_message_append(message, "{sv}", "top_origin", "s", params->top_origin);
        if (r >= 0)
                r = sd_bus_message_close_container(message);
        return r;
}

int bus_message_new_call(sd_bus_message **ret, sd_bus *bus, const BusRequestParams *params,
                         const char *token) {
        bool create = params->operation == HYBRID_CREATE;
        _message_ *message = NULL;
        int r;

        r = sd_bus_message_new_method_call(bus, &message, BUS_NAME, BUS_PATH, MANAGER_INTERFACE,
                                           create ? "CreateCredential" : "GetCredential");
        if (r >= 0)
                r = sd_bus_message_append(message, "ss", "", params->origin);
        if (r >= 0 && create)
                r = sd_bus_message_append(message, "s", "public-key");
        if (r >= 0)
                r = append_options(message, params, token);
        if (r >= 0)
                *ret = TAKE_PTR(message);
        return r;
}
