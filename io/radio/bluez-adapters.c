/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/radio/ble-bluez-internal.h"
#include "io/radio/bluez-adapters.h"

#define PATH_PREFIX "/org/bluez/"

enum {
        ANSWER_USEC = 2 * 1000 * 1000,
};

struct BluezAdaptersQuery {
        sd_bus *bus;
        sd_bus_slot *call;
        BluezAdaptersDone done;
        void *userdata;
};

BluezAdaptersQuery *bluez_adapters_query_free(BluezAdaptersQuery *query) {
        if (!query)
                return NULL;

        sd_bus_slot_unref(query->call);
        sd_bus_flush_close_unref(query->bus);
        free(query);
        return NULL;
}

/* ---- properties ----------------------------------------------------------------------------- */

static int read_bool(sd_bus_message *message, bool *ret) {
        int value, r;

        r = sd_bus_message_read(message, "v", "b", &value);
        if (r >= 0)
                *ret = value;
        return r;
}

static int read_string(sd_bus_message *message, char *ret, size_t size) {
        const char *text;
        int r;

        r = sd_bus_message_read(message, "v", "s", &text);
        if (r >= 0)
                snprintf(ret, size, "%s", text);
        return r;
}

static int read_address(sd_bus_message *message, BluezAdapterInfo *info) {
        char text[2 * BLUEZ_ADDRESS_SIZE];
        int r;

        r = read_string(message, text, sizeof(text));
        if (r >= 0 && strlen(text) == BLUEZ_ADDRESS_SIZE - 1 &&
            strspn(text, "0123456789ABCDEFabcdef:") == strlen(text))
                memcpy(info->address, text, BLUEZ_ADDRESS_SIZE);
        return r;
}

static int read_alias(sd_bus_message *message, BluezAdapterInfo *info) {
        return read_string(message, info->alias, sizeof(info->alias));
}

static int read_powered(sd_bus_message *message, BluezAdapterInfo *info) {
        return read_bool(message, &info->is_powered);
}

static int read_power_state(sd_bus_message *message, BluezAdapterInfo *info) {
        const char *state;
        int r;

        r = sd_bus_message_read(message, "v", "s", &state);
        info->is_blocked = r >= 0 && strcmp(state, "off-blocked") == 0;
        return r;
}

static int read_discovering(sd_bus_message *message, BluezAdapterInfo *info) {
        return read_bool(message, &info->is_discovering);
}

static int read_roles(sd_bus_message *message, BluezAdapterInfo *info) {
        const char *role;
        int r;

        info->can_hear_le = false;
        r = sd_bus_message_enter_container(message, 'v', "as");
        if (r >= 0)
                r = sd_bus_message_enter_container(message, 'a', "s");
        while (r >= 0 && (r = sd_bus_message_read(message, "s", &role)) > 0) {
                info->can_hear_le |= strcmp(role, "central") == 0;
                info->can_advertise_le |= strcmp(role, "peripheral") == 0;
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(message);
        if (r >= 0)
                r = sd_bus_message_exit_container(message);
        return r;
}

static int read_free(sd_bus_message *message, BluezAdapterInfo *info) {
        uint8_t n;
        int r;

        r = sd_bus_message_read(message, "v", "y", &n);
        if (r >= 0)
                info->n_advertisements_free = n;
        return r;
}

static int read_property(sd_bus_message *message, const char *interface, BluezAdapterInfo *info) {
        static const struct {
                const char *interface, *name;
                int (*read)(sd_bus_message *message, BluezAdapterInfo *info);
        } known[] = {
                { BLUEZ_ADAPTER, "Address", read_address },
                { BLUEZ_ADAPTER, "Alias", read_alias },
                { BLUEZ_ADAPTER, "Discovering", read_discovering },
                { BLUEZ_ADAPTER, "Powered", read_powered },
                { BLUEZ_ADAPTER, "PowerState", read_power_state },
                { BLUEZ_ADAPTER, "Roles", read_roles },
                { BLUEZ_ADVERTISING_MANAGER, "SupportedInstances", read_free },
        };
        const char *name;
        int r;

        r = sd_bus_message_read(message, "s", &name);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                if (strcmp(known[i].interface, interface) == 0 && strcmp(known[i].name, name) == 0)
                        return known[i].read(message, info);
        return sd_bus_message_skip(message, "v");
}

/* ---- objects -------------------------------------------------------------------------------- */

static int read_interface(sd_bus_message *message, BluezAdapterInfo *info, bool *is_adapter) {
        const char *interface;
        int r;

        r = sd_bus_message_read(message, "s", &interface);
        if (r >= 0)
                r = sd_bus_message_enter_container(message, 'a', "{sv}");
        if (r < 0)
                return r;
        *is_adapter |= strcmp(interface, BLUEZ_ADAPTER) == 0;
        while ((r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
                r = read_property(message, interface, info);
                if (r >= 0)
                        r = sd_bus_message_exit_container(message);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

/* "/org/bluez/hci0" is one; what is longer is something of it. */
static bool name_of(const char *path, char ret[static BLUEZ_ADAPTER_NAME_SIZE]) {
        const char *name = path + strlen(PATH_PREFIX);

        if (strncmp(path, PATH_PREFIX, strlen(PATH_PREFIX)) != 0 || strchr(name, '/') ||
            strlen(name) >= BLUEZ_ADAPTER_NAME_SIZE)
                return false;
        strcpy(ret, name);
        return true;
}

static int read_object(sd_bus_message *message, BluezAdapters *adapters) {
        BluezAdapterInfo info = { .can_hear_le = true };
        bool is_adapter = false;
        const char *path;
        int r;

        r = sd_bus_message_read(message, "o", &path);
        if (r >= 0)
                r = sd_bus_message_enter_container(message, 'a', "{sa{sv}}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(message, 'e', "sa{sv}")) > 0) {
                r = read_interface(message, &info, &is_adapter);
                if (r >= 0)
                        r = sd_bus_message_exit_container(message);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        if (is_adapter && name_of(path, info.name) && adapters->n < BLUEZ_ADAPTERS_MAX)
                adapters->adapters[adapters->n++] = info;
        return sd_bus_message_exit_container(message);
}

static int read_objects(sd_bus_message *message, BluezAdapters *adapters) {
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{oa{sa{sv}}}");
        while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "oa{sa{sv}}")) > 0) {
                r = read_object(message, adapters);
                if (r >= 0)
                        r = sd_bus_message_exit_container(message);
        }
        return r < 0 ? r : 0;
}

static int compare(const void *a, const void *b) {
        const BluezAdapterInfo *left = a, *right = b;

        return strverscmp(left->name, right->name);
}

/* ---- the call ------------------------------------------------------------------------------- */

static int errno_of(const sd_bus_error *error) {
        if (sd_bus_error_has_names(error, SD_BUS_ERROR_SERVICE_UNKNOWN,
                                   SD_BUS_ERROR_NAME_HAS_NO_OWNER))
                return -ENOENT;
        if (sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED))
                return -EACCES;
        return -sd_bus_error_get_errno(error);
}

static int on_answer(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        BluezAdaptersQuery *query = userdata;
        BluezAdapters adapters = {};
        int r;

        query->call = sd_bus_slot_unref(query->call);
        if (sd_bus_message_is_method_error(message, NULL))
                r = errno_of(sd_bus_message_get_error(message));
        else
                r = read_objects(message, &adapters);
        qsort(adapters.adapters, adapters.n, sizeof(adapters.adapters[0]), compare);
        query->done(query->userdata, r, r < 0 ? NULL : &adapters);
        return 0;
}

static int send_call(BluezAdaptersQuery *query, sd_event *event) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = sd_bus_open_system(&query->bus);
        if (r >= 0)
                r = sd_bus_attach_event(query->bus, event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = sd_bus_message_new_method_call(query->bus, &call, BLUEZ_NAME, "/",
                                                   "org.freedesktop.DBus.ObjectManager",
                                                   "GetManagedObjects");
        if (r >= 0)
                r = sd_bus_message_set_auto_start(call, false);
        if (r >= 0)
                r = sd_bus_call_async(query->bus, &query->call, call, on_answer, query,
                                      ANSWER_USEC);
        return r;
}

int bluez_adapters_query(BluezAdaptersQuery **ret, sd_event *event, BluezAdaptersDone done,
                         void *userdata) {
        _cleanup_(bluez_adapters_query_freep) BluezAdaptersQuery *query = NULL;
        int r;

        query = calloc(1, sizeof(*query));
        if (!query)
                return -ENOMEM;
        query->done = done;
        query->userdata = userdata;

        r = send_call(query, event);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(query);
        return 0;
}
