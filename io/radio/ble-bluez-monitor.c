/* SPDX-License-Identifier: MIT */

/*
 * Scanning by AdvertisementMonitorManager1: an object of ours says what is to be listened for, and the
 * kernel scans for it in the background: passively, half of the time. Service data comes as always,
 * as a property of devices.
 *
 * This is not what one would rely on. The interface is experimental: a bluetoothd has it with
 * --experimental only. And those from 5.69 on compare the pattern with what comes after the UUID, so
 * that nothing is found unless the controller looks for the pattern by itself (bluez#652, #1176). That
 * is nothing that could be asked for: a monitor that is deaf looks like one that has nothing to report.
 * So each has a time in which to report something; after that discovery joins in.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "io/radio/ad-structure.h"
#include "io/radio/ble-bluez-internal.h"

#define ROOT_PREFIX "/org/hybridd/monitor/"

enum {
        PATH_SIZE = 64,
        PATIENCE_USEC = 3 * 1000 * 1000, /* with a monitor that has never reported anything */
        PATIENCE_PROVEN_USEC = 10 * 1000 * 1000, /* with one that has, since bluetoothd started */
        PATIENCE_ACCURACY_USEC = 100 * 1000,
};

/* ---- the object ----------------------------------------------------------------------------- */

static int get_type(sd_bus *bus, const char *path, const char *interface, const char *property,
                    sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", "or_patterns");
}

/* What is to be there, from the beginning of the service data: the UUID, in little-endian. */
static int append_pattern(sd_bus_message *reply, uint16_t uuid) {
        return sd_bus_message_append(reply, "(yyay)", 0, AD_SERVICE_DATA_16, 2, uuid & 0xff,
                                     uuid >> 8);
}

static int get_patterns(sd_bus *bus, const char *path, const char *interface, const char *property,
                        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(yyay)");
        if (r >= 0)
                r = append_pattern(reply, BLE_UUID_FIDO);
        if (r >= 0)
                r = append_pattern(reply, BLE_UUID_GOOGLE);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int method_activate(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        return sd_bus_reply_method_return(message, NULL);
}

/* The kernel does not take it, or not any more. */
static int method_release(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        BluezAdapter *adapter = userdata;
        int r;

        r = sd_bus_reply_method_return(message, NULL);
        adapter->monitor = MONITOR_REFUSED;
        bluez_scan_update(adapter);
        return r;
}

static int on_patience_over(sd_event_source *source, uint64_t usec, void *userdata) {
        BluezAdapter *adapter = userdata;

        adapter->impatient = true;
        bluez_scan_update(adapter);
        return 0;
}

static void be_patient(BluezAdapter *adapter) {
        uint64_t usec = adapter->monitor_proven ? PATIENCE_PROVEN_USEC : PATIENCE_USEC;
        int r = 0;

        if (!adapter->patience)
                r = sd_event_add_time(adapter->bluez->event, &adapter->patience, CLOCK_MONOTONIC, 0,
                                      PATIENCE_ACCURACY_USEC, on_patience_over, adapter);
        if (r >= 0)
                r = sd_event_source_set_time_relative(adapter->patience, usec);
        if (r >= 0)
                r = sd_event_source_set_enabled(adapter->patience, SD_EVENT_ONESHOT);
        adapter->impatient = r < 0; /* rather no patience than one without end */
}

/* What was found comes as a signal to all; this is for us to know that the monitor works. */
static int method_device_found(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        BluezAdapter *adapter = userdata;

        adapter->monitor_proven = true;
        if (!adapter->impatient)
                be_patient(adapter);
        return sd_bus_reply_method_return(message, NULL);
}

static int method_device_lost(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        return sd_bus_reply_method_return(message, NULL);
}

static const sd_bus_vtable monitor_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Type", "s", get_type, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Patterns", "a(yyay)", get_patterns, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_METHOD("Activate", "", "", method_activate, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Release", "", "", method_release, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("DeviceFound", "o", "", method_device_found, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("DeviceLost", "o", "", method_device_lost, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

/* ---- registering it ------------------------------------------------------------------------- */

/* One for each adapter, so that each can be told from the others. */
static void make_root_path(const BluezAdapter *adapter, char ret[static PATH_SIZE]) {
        const char *name = strrchr(adapter->path, '/');

        snprintf(ret, PATH_SIZE, ROOT_PREFIX "%s", name ? name + 1 : adapter->path);
}

static int on_registered(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        BluezAdapter *adapter = userdata;

        adapter->registering = sd_bus_slot_unref(adapter->registering);
        if (sd_bus_message_is_method_error(reply, NULL)) {
                adapter->monitor = MONITOR_REFUSED;
                bluez_scan_update(adapter);
        }
        return 0;
}

static int register_monitor(BluezAdapter *adapter) {
        char root[PATH_SIZE], path[PATH_SIZE + sizeof("/fido")];
        sd_bus *bus = adapter->bluez->bus;
        int r;

        make_root_path(adapter, root);
        snprintf(path, sizeof(path), "%s/fido", root);

        r = sd_bus_add_object_manager(bus, &adapter->monitor_root, root);
        if (r >= 0)
                r = sd_bus_add_object_vtable(bus, &adapter->monitor_object, path, BLUEZ_MONITOR,
                                             monitor_vtable, adapter);
        if (r >= 0)
                r = sd_bus_call_method_async(bus, &adapter->registering, BLUEZ_NAME, adapter->path,
                                             BLUEZ_MONITOR_MANAGER, "RegisterMonitor",
                                             on_registered, adapter, "o", root);
        return r;
}

static void start(BluezAdapter *adapter) {
        be_patient(adapter);
        adapter->monitor = register_monitor(adapter) < 0 ? MONITOR_REFUSED : MONITOR_ON;
}

static void stop(BluezAdapter *adapter) {
        char root[PATH_SIZE];

        make_root_path(adapter, root);
        /* If this cannot be sent, the connection has gone, and the monitor with it. */
        (void)sd_bus_call_method_async(adapter->bluez->bus, NULL, BLUEZ_NAME, adapter->path,
                                       BLUEZ_MONITOR_MANAGER, "UnregisterMonitor", NULL, NULL, "o",
                                       root);
        bluez_monitor_forget(adapter);
}

/* ---- when ----------------------------------------------------------------------------------- */

static bool is_wanted(const BluezAdapter *adapter) {
        const Bluez *bluez = adapter->bluez;

        if (!bluez->scanning || !adapter->powered || !adapter->can_monitor)
                return false;

        switch (bluez->scan) {
        case BLUEZ_SCAN_ACTIVE:
                return false;
        case BLUEZ_SCAN_PASSIVE:
                return true;
        case BLUEZ_SCAN_AUTO:
                /* Stands in from when discovery is refused until it runs. */
                return adapter->discovery == DISCOVERY_REFUSED ||
                       (adapter->monitor != MONITOR_OFF && adapter->discovery != DISCOVERY_ON);
        }
        return false;
}

bool bluez_monitor_suffices(const BluezAdapter *adapter) {
        return adapter->bluez->scan == BLUEZ_SCAN_PASSIVE && adapter->can_monitor &&
               adapter->monitor != MONITOR_REFUSED && !adapter->impatient;
}

void bluez_monitor_update(BluezAdapter *adapter) {
        if (is_wanted(adapter) && adapter->monitor == MONITOR_OFF)
                start(adapter);
        if (!is_wanted(adapter) && adapter->monitor != MONITOR_OFF)
                stop(adapter);
}

void bluez_monitor_forget(BluezAdapter *adapter) {
        adapter->registering = sd_bus_slot_unref(adapter->registering);
        adapter->monitor_object = sd_bus_slot_unref(adapter->monitor_object);
        adapter->monitor_root = sd_bus_slot_unref(adapter->monitor_root);
        adapter->patience = sd_event_source_disable_unref(adapter->patience);
        adapter->monitor = MONITOR_OFF;
        adapter->impatient = false;
}
