/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "bus-connection.h"
#include "client/bus-error.h"
#include "daemon/names.h"
#include "failure-words.h"
#include "linked-phones.h"
#include "tools/common/complain.h"

#define _message_ _cleanup_(sd_bus_message_unrefp) sd_bus_message
#define _error_   _cleanup_(sd_bus_error_free) sd_bus_error

static void phone_done(LinkedPhone *phone) {
        free(phone->path);
        free(phone->name);
        free(phone->tunnel_domain);
        *phone = (LinkedPhone){};
}

void linked_phones_done(LinkedPhones *phones) {
        for (size_t i = 0; i < phones->n; i++)
                phone_done(&phones->phones[i]);
        free(phones->phones);
        *phones = (LinkedPhones){};
}

static int replace(char **variable, const char *text) {
        char *copy = strdup(text);

        if (!copy)
                return -ENOMEM;
        free(*variable);
        *variable = copy;
        return 0;
}

static int read_property(sd_bus_message *reply, LinkedPhone *phone) {
        const char *name, *text;
        int r;

        r = sd_bus_message_read(reply, "s", &name);
        if (r < 0)
                return r;
        if (strcmp(name, "LinkedAt") == 0)
                return sd_bus_message_read(reply, "v", "t", &phone->linked_at);
        if (strcmp(name, "LastUsed") == 0)
                return sd_bus_message_read(reply, "v", "t", &phone->last_used);
        if (strcmp(name, "Name") != 0 && strcmp(name, "TunnelDomain") != 0)
                return sd_bus_message_skip(reply, "v");
        r = sd_bus_message_read(reply, "v", "s", &text);
        if (r < 0)
                return r;
        return replace(name[0] == 'N' ? &phone->name : &phone->tunnel_domain, text);
}

static int read_properties(sd_bus_message *reply, LinkedPhone *phone) {
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
                r = read_property(reply, phone);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
        }
        return r < 0 ? r : sd_bus_message_exit_container(reply);
}

/* a{sa{sv}}: what is not about phones is passed over. */
static int read_interfaces(sd_bus_message *reply, LinkedPhone *phone) {
        const char *interface;
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "{sa{sv}}");
        while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "sa{sv}")) > 0) {
                r = sd_bus_message_read(reply, "s", &interface);
                if (r >= 0)
                        r = strcmp(interface, PHONE_INTERFACE) == 0
                                    ? read_properties(reply, phone)
                                    : sd_bus_message_skip(reply, "a{sv}");
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
        }
        return r < 0 ? r : sd_bus_message_exit_container(reply);
}

static int read_phone(sd_bus_message *reply, LinkedPhone *phone) {
        const char *path;
        int r;

        r = sd_bus_message_read(reply, "o", &path);
        if (r >= 0)
                r = replace(&phone->path, path);
        if (r >= 0)
                r = read_interfaces(reply, phone);
        if (r >= 0 && (!phone->name || !phone->tunnel_domain))
                r = -EBADMSG;
        return r;
}

static int read_phones(sd_bus_message *reply, LinkedPhones *phones) {
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}");
        while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}")) > 0) {
                LinkedPhone *more;

                more = reallocarray(phones->phones, phones->n + 1, sizeof(LinkedPhone));
                if (!more)
                        return -ENOMEM;
                phones->phones = more;
                phones->phones[phones->n] = (LinkedPhone){};
                r = read_phone(reply, &phones->phones[phones->n++]);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
        }
        return r;
}

static int complain_of(const sd_bus_error *error) {
        char why[FAILURE_WORDS_SIZE];
        Outcome outcome = {};

        if (sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED)) {
                complain("phones: hybridd shows them to a program on a terminal only; run this in "
                         "one");
                return -EACCES;
        }
        bus_error_outcome(error, &outcome);
        failure_words(&outcome, why);
        complain("%s", why);
        outcome_done(&outcome);
        return -EIO;
}

static int fetch(sd_bus *bus, LinkedPhones *ret, sd_bus_error *error) {
        _cleanup_(linked_phones_done) LinkedPhones phones = {};
        _message_ *reply = NULL;
        int r;

        r = sd_bus_call_method(bus, BUS_NAME, BUS_PATH, "org.freedesktop.DBus.ObjectManager",
                               "GetManagedObjects", error, &reply, "");
        if (r >= 0)
                r = read_phones(reply, &phones);
        if (r < 0)
                return r;

        *ret = phones;
        phones = (LinkedPhones){};
        return 0;
}

int linked_phones_read(sd_bus *bus, LinkedPhones *ret) {
        _error_ error = SD_BUS_ERROR_NULL;
        int r;

        r = fetch(bus, ret, &error);
        if (r < 0 && sd_bus_error_is_set(&error))
                return complain_of(&error);
        if (r < 0)
                complain("hybridd: its answer makes no sense (%s); is it of another version?",
                         strerror(-r));
        return r;
}

int linked_phones_look(sd_bus *bus, LinkedPhones *ret) {
        _error_ error = SD_BUS_ERROR_NULL;

        return fetch(bus, ret, &error);
}

const LinkedPhone *linked_phones_find(const LinkedPhones *phones, const char *text) {
        const LinkedPhone *found = NULL;

        for (size_t i = 0; i < phones->n; i++) {
                const LinkedPhone *phone = &phones->phones[i];
                const char *id = strrchr(phone->path, '/');

                if (strcmp(phone->name, text) != 0 && (!id || strcmp(id + 1, text) != 0))
                        continue;
                if (found)
                        return NULL;
                found = phone;
        }
        return found;
}
