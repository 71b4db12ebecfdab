/* SPDX-License-Identifier: MIT */

/*
 * What bluetoothd tells: which adapters there are, whether they are powered, and the service data of
 * devices. All of it comes as objects with properties: once as a whole from GetManagedObjects(), and
 * then as changes.
 */

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "io/bus-sender.h"
#include "io/radio/ble-bluez-internal.h"

#define BASE_UUID_TAIL "-0000-1000-8000-00805f9b34fb"

enum {
        FETCH_TIMEOUT_USEC = 2 * 1000 * 1000,
        RSSI_UNKNOWN = 127,
        N_SERVICE_DATA_MAX = 4, /* of both UUIDs in one advert, and then some */
};

/* The properties of one object that are of interest; borrowed from the message. */
typedef struct Properties {
        bool has_powered, powered;
        bool has_power_state, blocked;
        bool has_discovering, discovering;
        int8_t rssi;
        struct {
                uint16_t uuid;
                const uint8_t *data;
                size_t n;
        } service_data[N_SERVICE_DATA_MAX];
        size_t n_service_data;
} Properties;

/* ---- reading properties --------------------------------------------------------------------- */

/* One of our two, or 0. bluetoothd writes UUIDs at full length. */
static uint16_t uuid_from_string(const char *text) {
        static const struct {
                const char *text;
                uint16_t uuid;
        } known[] = {
                { "0000fff9" BASE_UUID_TAIL, BLE_UUID_FIDO },
                { "0000fde2" BASE_UUID_TAIL, BLE_UUID_GOOGLE },
        };

        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                if (strcasecmp(text, known[i].text) == 0)
                        return known[i].uuid;
        return 0;
}

/* One entry of ServiceData: a UUID, and bytes in a variant. */
static int read_service_data_entry(sd_bus_message *message, Properties *properties) {
        const char *text;
        const void *data;
        uint16_t uuid;
        size_t n;
        int r;

        r = sd_bus_message_read(message, "s", &text);
        if (r < 0)
                return r;
        uuid = uuid_from_string(text);
        if (uuid == 0 || properties->n_service_data == N_SERVICE_DATA_MAX)
                return sd_bus_message_skip(message, "v");

        r = sd_bus_message_enter_container(message, 'v', "ay");
        if (r >= 0)
                r = sd_bus_message_read_array(message, 'y', &data, &n);
        if (r < 0)
                return r;
        properties->service_data[properties->n_service_data].uuid = uuid;
        properties->service_data[properties->n_service_data].data = data;
        properties->service_data[properties->n_service_data++].n = n;
        return sd_bus_message_exit_container(message);
}

static int read_service_data(sd_bus_message *message, Properties *properties) {
        int r;

        r = sd_bus_message_enter_container(message, 'v', "a{sv}");
        if (r >= 0)
                r = sd_bus_message_enter_container(message, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
                r = read_service_data_entry(message, properties);
                if (r >= 0)
                        r = sd_bus_message_exit_container(message);
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(message);
        if (r >= 0)
                r = sd_bus_message_exit_container(message);
        return r;
}

static int read_bool(sd_bus_message *message, bool *ret_has, bool *ret) {
        int value, r;

        r = sd_bus_message_read(message, "v", "b", &value);
        *ret_has = r >= 0;
        *ret = r >= 0 && value;
        return r;
}

static int read_powered(sd_bus_message *message, Properties *properties) {
        return read_bool(message, &properties->has_powered, &properties->powered);
}

static int read_discovering(sd_bus_message *message, Properties *properties) {
        return read_bool(message, &properties->has_discovering, &properties->discovering);
}

static int read_power_state(sd_bus_message *message, Properties *properties) {
        const char *state;
        int r;

        r = sd_bus_message_read(message, "v", "s", &state);
        properties->has_power_state = r >= 0;
        properties->blocked = r >= 0 && strcmp(state, "off-blocked") == 0;
        return r;
}

static int read_rssi(sd_bus_message *message, Properties *properties) {
        int16_t rssi;
        int r;

        r = sd_bus_message_read(message, "v", "n", &rssi);
        if (r >= 0 && rssi >= INT8_MIN && rssi <= INT8_MAX)
                properties->rssi = (int8_t)rssi;
        return r;
}

static int read_property(sd_bus_message *message, const char *interface, Properties *properties) {
        static const struct {
                const char *interface, *name;
                int (*read)(sd_bus_message *message, Properties *properties);
        } known[] = {
                { BLUEZ_ADAPTER, "Powered", read_powered },
                { BLUEZ_ADAPTER, "PowerState", read_power_state },
                { BLUEZ_ADAPTER, "Discovering", read_discovering },
                { BLUEZ_DEVICE, "RSSI", read_rssi },
                { BLUEZ_DEVICE, "ServiceData", read_service_data },
        };
        const char *name;
        int r;

        r = sd_bus_message_read(message, "s", &name);
        if (r < 0)
                return r;

        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                if (strcmp(interface, known[i].interface) == 0 && strcmp(name, known[i].name) == 0)
                        return known[i].read(message, properties);
        return sd_bus_message_skip(message, "v");
}

/* a{sv} of an interface. */
static int read_properties(sd_bus_message *message, const char *interface, Properties *ret) {
        Properties properties = { .rssi = RSSI_UNKNOWN };
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
                r = read_property(message, interface, &properties);
                if (r >= 0)
                        r = sd_bus_message_exit_container(message);
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(message);
        if (r >= 0)
                *ret = properties;
        return r;
}

/* ---- what they mean ------------------------------------------------------------------------- */

static void on_adapter(Bluez *bluez, const char *path, const Properties *properties) {
        BluezAdapter *adapter = bluez_find_adapter(bluez, path);

        if (bluez->only_path[0] != '\0' && strcmp(path, bluez->only_path) != 0)
                return;
        if (!adapter)
                adapter = bluez_add_adapter(bluez, path);
        if (!adapter)
                return;
        if (properties->has_power_state)
                adapter->blocked = properties->blocked;
        if (properties->has_discovering && !properties->discovering)
                bluez_discovery_lost(adapter);
        if (!properties->has_powered)
                return;

        if (properties->powered)
                adapter->blocked = adapter->found_blocked = false;
        if (adapter->powered && !properties->powered) {
                adapter->turned_on = false;
                bluez_discovery_forget(adapter); /* bluetoothd ends it then */
        }
        adapter->powered = properties->powered;
}

/* "/org/bluez/hci0/dev_…" is a device of "/org/bluez/hci0". */
static bool is_device_of(const char *adapter_path, const char *device_path) {
        size_t n = strlen(adapter_path);

        return strncmp(device_path, adapter_path, n) == 0 && device_path[n] == '/';
}

static bool is_heard_by_us(const Bluez *bluez, const char *device_path) {
        return bluez->only_path[0] == '\0' || is_device_of(bluez->only_path, device_path);
}

/* Other changes of a device may have nothing to do with the air. */
static bool is_report(const Properties *properties) {
        return properties->rssi != RSSI_UNKNOWN || properties->n_service_data > 0;
}

static void note_report(Bluez *bluez, const char *device_path) {
        for (size_t i = 0; i < BLUEZ_N_ADAPTERS_MAX; i++)
                if (bluez->adapters[i] && is_device_of(bluez->adapters[i]->path, device_path))
                        bluez_discovery_heard(bluez->adapters[i]);
}

static void on_device(Bluez *bluez, const char *path, const Properties *properties) {
        if (is_report(properties))
                note_report(bluez, path);
        for (size_t i = 0; i < properties->n_service_data; i++) {
                BleAdvert advert = {
                        .uuid = properties->service_data[i].uuid,
                        .rssi = properties->rssi,
                        .service_data = properties->service_data[i].data,
                        .n_service_data = properties->service_data[i].n,
                };

                /* The user may have had enough after the one before. */
                if (bluez->scanning && is_heard_by_us(bluez, path) &&
                    advert.n_service_data <= BLE_SERVICE_DATA_SIZE_MAX)
                        bluez->events.advert(bluez->userdata, &advert);
        }
}

static void on_interface(Bluez *bluez, const char *path, const char *interface,
                         const Properties *properties) {
        BluezAdapter *adapter;

        if (strcmp(interface, BLUEZ_ADAPTER) == 0)
                on_adapter(bluez, path, properties);
        else if (strcmp(interface, BLUEZ_DEVICE) == 0)
                on_device(bluez, path, properties);
        adapter = bluez_find_adapter(bluez, path);
        if (adapter && strcmp(interface, BLUEZ_ADVERTISING_MANAGER) == 0)
                adapter->can_advertise = true;
        if (adapter && strcmp(interface, BLUEZ_MONITOR_MANAGER) == 0)
                adapter->can_monitor = true;
}

/* An object: its path, and a{sa{sv}} of its interfaces. */
static int read_object(Bluez *bluez, sd_bus_message *message) {
        const char *path, *interface;
        Properties properties;
        int r;

        r = sd_bus_message_read(message, "o", &path);
        if (r >= 0)
                r = sd_bus_message_enter_container(message, 'a', "{sa{sv}}");
        while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "sa{sv}")) > 0) {
                r = sd_bus_message_read(message, "s", &interface);
                if (r >= 0)
                        r = read_properties(message, interface, &properties);
                if (r >= 0)
                        r = sd_bus_message_exit_container(message);
                if (r >= 0)
                        on_interface(bluez, path, interface, &properties);
        }
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

/* ---- what comes over the bus ---------------------------------------------------------------- */

static bool is_from_bluetoothd(const Bluez *bluez, sd_bus_message *message) {
        return bluez->present && bus_message_is_from(message, bluez->owner);
}

/* The same goes for calls to our objects: only bluetoothd has any business with them. */
static int refuse_strangers(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        if (sd_bus_message_is_method_call(message, NULL, NULL) <= 0 ||
            is_from_bluetoothd(userdata, message))
                return 0;
        return sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED, "This is for bluetoothd to say");
}

/* Who answered a call to org.bluez owns that name. */
static int keep_owner(Bluez *bluez, sd_bus_message *reply) {
        const char *owner = sd_bus_message_get_sender(reply);

        if (!owner || strlen(owner) >= sizeof(bluez->owner))
                return -EBADMSG;
        strcpy(bluez->owner, owner);
        return 0;
}

static int read_all_objects(Bluez *bluez, sd_bus_message *message) {
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{oa{sa{sv}}}");
        while (r >= 0 && (r = sd_bus_message_enter_container(message, 'e', "oa{sa{sv}}")) > 0) {
                r = read_object(bluez, message);
                if (r >= 0)
                        r = sd_bus_message_exit_container(message);
        }
        return r;
}

static int on_objects(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        _cleanup_(bluez_unrefp) Bluez *bluez = bluez_ref(userdata);
        int r;

        bluez->fetching = sd_bus_slot_unref(bluez->fetching);
        if (sd_bus_message_is_method_error(reply, NULL)) {
                bluez_lose(bluez, sd_bus_message_is_method_error(reply, SD_BUS_ERROR_ACCESS_DENIED)
                                          ? BLE_NO_PERMISSION
                                          : BLE_NO_SERVICE);
                return 0;
        }

        r = keep_owner(bluez, reply);
        bluez->present = r >= 0;
        if (r >= 0)
                r = read_all_objects(bluez, reply);
        if (r < 0)
                bluez_lose(bluez, BLE_NO_SERVICE);
        else
                bluez_update(bluez);
        return 0;
}

static int on_added(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        _cleanup_(bluez_unrefp) Bluez *bluez = bluez_ref(userdata);

        if (is_from_bluetoothd(bluez, message) && read_object(bluez, message) >= 0)
                bluez_update(bluez);
        return 0;
}

static int on_removed(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Bluez *bluez = userdata;
        BluezAdapter *adapter;
        const char *path, *interface;

        if (!is_from_bluetoothd(bluez, message) || sd_bus_message_read(message, "o", &path) < 0)
                return 0;
        adapter = bluez_find_adapter(bluez, path);
        if (!adapter || sd_bus_message_enter_container(message, 'a', "s") < 0)
                return 0;
        while (adapter && sd_bus_message_read(message, "s", &interface) > 0)
                if (strcmp(interface, BLUEZ_ADAPTER) == 0) {
                        bluez_remove_adapter(bluez, adapter);
                        adapter = NULL;
                }
        bluez_update(bluez);
        return 0;
}

static int on_changed(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        _cleanup_(bluez_unrefp) Bluez *bluez = bluez_ref(userdata);
        Properties properties;
        const char *interface;

        if (!is_from_bluetoothd(bluez, message) ||
            sd_bus_message_read(message, "s", &interface) < 0 ||
            read_properties(message, interface, &properties) < 0)
                return 0;
        on_interface(bluez, sd_bus_message_get_path(message), interface, &properties);
        if (strcmp(interface, BLUEZ_ADAPTER) == 0)
                bluez_update(bluez);
        return 0;
}

/* bluetoothd comes and goes. */
static int on_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        const char *name, *old_owner, *new_owner;
        Bluez *bluez = userdata;

        if (!bus_message_is_from_bus(message) ||
            sd_bus_message_read(message, "sss", &name, &old_owner, &new_owner) < 0)
                return 0;
        if (old_owner[0] != '\0')
                bluez_lose(bluez, BLE_NO_SERVICE);
        if (new_owner[0] != '\0')
                (void)bluez_objects_fetch(bluez);
        return 0;
}

static int on_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        if (bus_message_is_from(message, "org.freedesktop.DBus.Local"))
                bluez_lose(userdata, BLE_NO_SERVICE);
        return 0;
}

int bluez_objects_watch(Bluez *bluez) {
        static const struct {
                const char *match;
                sd_bus_message_handler_t handler;
        } signals[BLUEZ_N_SIGNALS] = {
                { "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',"
                  "arg0='" BLUEZ_NAME "'",
                  on_owner_changed },
                { "type='signal',sender='" BLUEZ_NAME "',member='InterfacesAdded'", on_added },
                { "type='signal',sender='" BLUEZ_NAME "',member='InterfacesRemoved'", on_removed },
                { "type='signal',sender='" BLUEZ_NAME "',member='PropertiesChanged',"
                  "arg0='" BLUEZ_ADAPTER "'",
                  on_changed },
                { "type='signal',sender='org.freedesktop.DBus.Local',member='Disconnected'",
                  on_disconnected },
        };
        int r;

        r = sd_bus_add_filter(bluez->bus, &bluez->guard, refuse_strangers, bluez);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ELEMENTSOF(signals); i++) {
                r = sd_bus_add_match_async(bluez->bus, &bluez->signals[i], signals[i].match,
                                           signals[i].handler, NULL, bluez);
                if (r < 0)
                        return r;
        }
        return bluez_objects_fetch(bluez);
}

int bluez_objects_fetch(Bluez *bluez) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
        int r;

        if (bluez->fetching)
                return 0;
        r = sd_bus_message_new_method_call(bluez->bus, &message, BLUEZ_NAME, "/",
                                           "org.freedesktop.DBus.ObjectManager",
                                           "GetManagedObjects");
        if (r < 0)
                return r;
        return sd_bus_call_async(bluez->bus, &bluez->fetching, message, on_objects, bluez,
                                 FETCH_TIMEOUT_USEC);
}

int bluez_objects_watch_devices(Bluez *bluez) {
        if (bluez->device_changes)
                return 0;
        return sd_bus_add_match_async(bluez->bus, &bluez->device_changes,
                                      "type='signal',sender='" BLUEZ_NAME
                                      "',member='PropertiesChanged',arg0='" BLUEZ_DEVICE "'",
                                      on_changed, NULL, bluez);
}

void bluez_objects_unwatch_devices(Bluez *bluez) {
        bluez->device_changes = sd_bus_slot_unref(bluez->device_changes);
}
