/* SPDX-License-Identifier: MIT */

/*
 * Broadcasting by LEAdvertisingManager1: an object of ours says what is to be sent, and bluetoothd
 * sends it on one adapter until the object is unregistered, or we leave the bus.
 */

#include <errno.h>
#include <string.h>

#include "io/radio/ble-bluez-internal.h"

#define ADVERTISEMENT_PATH "/org/hybridd/advertisement"

enum {
        INTERVAL_MSEC = 100, /* as phones do it */
};

/* As bluetoothd wants UUIDs; it sends the short form. */
static const char *uuid_string(const Bluez *bluez) {
        return bluez->uuid == BLE_UUID_GOOGLE ? "0000fde2-0000-1000-8000-00805f9b34fb"
                                              : "0000fff9-0000-1000-8000-00805f9b34fb";
}

static int get_uuids(sd_bus *bus, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "as", 1, uuid_string(userdata));
}

static int get_service_data(sd_bus *bus, const char *path, const char *interface,
                            const char *property, sd_bus_message *reply, void *userdata,
                            sd_bus_error *error) {
        const Bluez *bluez = userdata;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "{sv}");
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'e', "sv");
        if (r >= 0)
                r = sd_bus_message_append(reply, "s", uuid_string(bluez));
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'v', "ay");
        if (r >= 0)
                r = sd_bus_message_append_array(reply, 'y', bluez->service_data,
                                                bluez->n_service_data);
        for (int i = 0; i < 3 && r >= 0; i++)
                r = sd_bus_message_close_container(reply);
        return r;
}

static int get_interval(sd_bus *bus, const char *path, const char *interface, const char *property,
                        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "u", (uint32_t)INTERVAL_MSEC);
}

static int get_type(sd_bus *bus, const char *path, const char *interface, const char *property,
                    sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", "broadcast");
}

/* bluetoothd does not send it any more: the adapter has been switched off, or the like. */
static int method_release(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Bluez *bluez = userdata;

        bluez->advertised_on[0] = '\0';
        bluez_retry_later(bluez);
        return sd_bus_reply_method_return(message, NULL);
}

static const sd_bus_vtable advertisement_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Type", "s", get_type, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("ServiceUUIDs", "as", get_uuids, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("ServiceData", "a{sv}", get_service_data, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("MinInterval", "u", get_interval, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("MaxInterval", "u", get_interval, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        /* bluetoothd sets it. What it finds there when it looks it takes for a wish: so it must not
         * be among what GetAll() shows. */
        SD_BUS_WRITABLE_PROPERTY("TxPower", "n", NULL, NULL, offsetof(Bluez, tx_power),
                                 SD_BUS_VTABLE_PROPERTY_EXPLICIT | SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Release", "", "", method_release, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

static int on_registered(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        Bluez *bluez = userdata;

        bluez->registering = sd_bus_slot_unref(bluez->registering);
        if (sd_bus_message_is_method_error(reply, NULL)) {
                bluez->advertised_on[0] = '\0';
                bluez_retry_later(bluez);
        }
        return 0;
}

/* Any adapter that is powered and able to. */
static BluezAdapter *choose_adapter(const Bluez *bluez) {
        for (size_t i = 0; i < BLUEZ_N_ADAPTERS_MAX; i++)
                if (bluez->adapters[i] && bluez->adapters[i]->powered &&
                    bluez->adapters[i]->can_advertise)
                        return bluez->adapters[i];
        return NULL;
}

static int start(Bluez *bluez, const BluezAdapter *adapter) {
        int r;

        r = sd_bus_add_object_vtable(bluez->bus, &bluez->advertisement, ADVERTISEMENT_PATH,
                                     BLUEZ_ADVERTISEMENT, advertisement_vtable, bluez);
        if (r < 0)
                return r;
        r = sd_bus_call_method_async(bluez->bus, &bluez->registering, BLUEZ_NAME, adapter->path,
                                     BLUEZ_ADVERTISING_MANAGER, "RegisterAdvertisement",
                                     on_registered, bluez, "oa{sv}", ADVERTISEMENT_PATH, 0);
        if (r < 0)
                return r;
        memcpy(bluez->advertised_on, adapter->path, sizeof(bluez->advertised_on));
        return 0;
}

static void stop(Bluez *bluez) {
        /* If this cannot be sent, the connection has gone, and the advertisement with it. */
        (void)sd_bus_call_method_async(bluez->bus, NULL, BLUEZ_NAME, bluez->advertised_on,
                                       BLUEZ_ADVERTISING_MANAGER, "UnregisterAdvertisement", NULL,
                                       NULL, "o", ADVERTISEMENT_PATH);
        bluez_advertise_forget(bluez);
}

void bluez_advertise_update(Bluez *bluez) {
        BluezAdapter *adapter = choose_adapter(bluez);
        bool is_on = bluez->advertised_on[0] != '\0';

        if (is_on && !bluez->advertising)
                stop(bluez);
        if (!is_on && bluez->advertising && adapter) {
                bluez_advertise_forget(bluez);
                if (start(bluez, adapter) < 0)
                        bluez_retry_later(bluez);
        }
}

void bluez_advertise_forget(Bluez *bluez) {
        bluez->registering = sd_bus_slot_unref(bluez->registering);
        bluez->advertisement = sd_bus_slot_unref(bluez->advertisement);
        bluez->advertised_on[0] = '\0';
}
