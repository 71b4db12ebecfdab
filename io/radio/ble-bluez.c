/* SPDX-License-Identifier: MIT */

/*
 * Real radios by way of bluetoothd (BlueZ) on the system bus: all powered adapters at once, or the
 * one that is named. Adapters that come and go, power that is switched, and a bluetoothd that restarts
 * are normal life here: what is wanted is started again as soon as it can be.
 *
 * `where` is an adapter ("hci1"), a way of scanning ("active", "passive"), both ("hci1,passive"), or
 * nothing: by discovery, which is active; and only while that is refused by a monitor.
 *
 * Nothing waits: what the bus has to say comes through the loop. So the status is `starting` at
 * first, for two seconds at most.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/radio/ble-bluez-internal.h"
#include "io/radio/rfkill.h"

enum {
        RETRY_USEC = 1000 * 1000,
        RETRY_ACCURACY_USEC = 100 * 1000,
};

static Bluez *from_ble(Ble *ble) {
        return (Bluez *)ble;
}

/* ---- condition ------------------------------------------------------------------------------ */

static BleStatus status(const Bluez *bluez) {
        bool any = false, blocked = false;

        if (!bluez->present)
                return bluez->trouble;
        for (size_t i = 0; i < BLUEZ_N_ADAPTERS_MAX; i++) {
                if (!bluez->adapters[i])
                        continue;
                if (bluez->adapters[i]->powered)
                        return BLE_ON;
                any = true;
                blocked |= bluez->adapters[i]->blocked || bluez->adapters[i]->found_blocked;
        }
        /* What rfkill blocks may not even show as an adapter. */
        if (blocked || rfkill_bluetooth_is_blocked())
                return BLE_BLOCKED;
        return any ? BLE_OFF : BLE_ABSENT;
}

static BleStatus bluez_status(Ble *ble) {
        return status(from_ble(ble));
}

static void tell_status(Bluez *bluez) {
        BleStatus now = status(bluez);

        if (now == bluez->told)
                return;
        bluez->told = now;
        bluez->events.status(bluez->userdata, now);
}

/* In this order: whether there is to be a discovery depends on the monitor. */
void bluez_scan_update(BluezAdapter *adapter) {
        bluez_monitor_update(adapter);
        bluez_discovery_update(adapter);
}

static void update_adapters(Bluez *bluez) {
        for (size_t i = 0; i < BLUEZ_N_ADAPTERS_MAX; i++)
                if (bluez->adapters[i])
                        bluez_scan_update(bluez->adapters[i]);
        bluez_advertise_update(bluez);
}

void bluez_update(Bluez *bluez) {
        _cleanup_(bluez_unrefp) Bluez *keep = bluez_ref(bluez);

        if (keep->bus && keep->present)
                update_adapters(keep);
        tell_status(keep);
}

/* ---- adapters ------------------------------------------------------------------------------- */

BluezAdapter *bluez_find_adapter(const Bluez *bluez, const char *path) {
        for (size_t i = 0; i < BLUEZ_N_ADAPTERS_MAX; i++)
                if (bluez->adapters[i] && strcmp(bluez->adapters[i]->path, path) == 0)
                        return bluez->adapters[i];
        return NULL;
}

BluezAdapter *bluez_add_adapter(Bluez *bluez, const char *path) {
        BluezAdapter *adapter;

        if (strlen(path) >= BLUEZ_PATH_SIZE)
                return NULL;
        for (size_t i = 0; i < BLUEZ_N_ADAPTERS_MAX; i++) {
                if (bluez->adapters[i])
                        continue;
                adapter = calloc(1, sizeof(*adapter));
                if (!adapter)
                        return NULL;
                adapter->bluez = bluez;
                strcpy(adapter->path, path);
                bluez->adapters[i] = adapter;
                return adapter;
        }
        return NULL;
}

void bluez_remove_adapter(Bluez *bluez, BluezAdapter *adapter) {
        if (strcmp(bluez->advertised_on, adapter->path) == 0)
                bluez_advertise_forget(bluez);
        bluez_discovery_forget(adapter);
        bluez_monitor_forget(adapter);
        sd_bus_slot_unref(adapter->powering);
        for (size_t i = 0; i < BLUEZ_N_ADAPTERS_MAX; i++)
                if (bluez->adapters[i] == adapter)
                        bluez->adapters[i] = NULL;
        free(adapter);
}

static void forget_everything(Bluez *bluez) {
        for (size_t i = 0; i < BLUEZ_N_ADAPTERS_MAX; i++)
                if (bluez->adapters[i])
                        bluez_remove_adapter(bluez, bluez->adapters[i]);
        bluez_advertise_forget(bluez);
        bluez->fetching = sd_bus_slot_unref(bluez->fetching);
        bluez->present = false;
        bluez->owner[0] = '\0';
}

void bluez_lose(Bluez *bluez, BleStatus trouble) {
        forget_everything(bluez);
        bluez->trouble = trouble;
        if (bluez->scanning || bluez->advertising)
                bluez_retry_later(bluez);
        bluez_update(bluez);
}

/* ---- the connection ------------------------------------------------------------------------- */

static void disconnect(Bluez *bluez) {
        forget_everything(bluez);
        bluez_objects_unwatch_devices(bluez);
        for (size_t i = 0; i < BLUEZ_N_SIGNALS; i++)
                bluez->signals[i] = sd_bus_slot_unref(bluez->signals[i]);
        bluez->guard = sd_bus_slot_unref(bluez->guard);
        bluez->bus = sd_bus_flush_close_unref(bluez->bus);
}

static int connect_bus(Bluez *bluez) {
        int r;

        r = sd_bus_open_system(&bluez->bus);
        if (r >= 0)
                r = sd_bus_attach_event(bluez->bus, bluez->event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = bluez_objects_watch(bluez);
        if (r >= 0 && bluez->scanning)
                r = bluez_objects_watch_devices(bluez);
        if (r < 0) {
                disconnect(bluez);
                bluez->trouble = BLE_NO_SERVICE;
                return r;
        }
        bluez->trouble = BLE_STARTING;
        return 0;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        Bluez *bluez = userdata;
        int r;

        for (size_t i = 0; i < BLUEZ_N_ADAPTERS_MAX; i++)
                if (bluez->adapters[i])
                        bluez_discovery_retry(bluez->adapters[i]);
        if (bluez->bus && sd_bus_is_open(bluez->bus) <= 0)
                disconnect(bluez);
        if (bluez->bus)
                r = bluez->present ? 0 : bluez_objects_fetch(bluez);
        else
                r = connect_bus(bluez);
        if (r < 0)
                bluez_retry_later(bluez);
        bluez_update(bluez);
        return 0;
}

void bluez_retry_later(Bluez *bluez) {
        if (!bluez->retry && sd_event_add_time(bluez->event, &bluez->retry, CLOCK_MONOTONIC, 0,
                                               RETRY_ACCURACY_USEC, on_retry, bluez) < 0)
                return;
        if (sd_event_source_set_time_relative(bluez->retry, RETRY_USEC) >= 0)
                (void)sd_event_source_set_enabled(bluez->retry, SD_EVENT_ONESHOT);
}

/* ---- what the user asks for ----------------------------------------------------------------- */

static int bluez_scan_start(Ble *ble) {
        Bluez *bluez = from_ble(ble);
        int r;

        bluez->scanning = true;
        if (!bluez->bus || !bluez->present) {
                bluez_retry_later(bluez);
                return bluez->bus ? bluez_objects_watch_devices(bluez) : 0;
        }

        r = bluez_objects_watch_devices(bluez);
        if (r >= 0)
                r = bluez_objects_fetch(bluez);
        if (r < 0) {
                bluez->scanning = false;
                bluez_objects_unwatch_devices(bluez);
                return r;
        }
        update_adapters(bluez);
        return 0;
}

static void stop_retrying(Bluez *bluez) {
        if (!bluez->scanning && !bluez->advertising)
                bluez->retry = sd_event_source_disable_unref(bluez->retry);
}

/* Whoever asks next may have unblocked it, which nobody tells. */
static void forget_found_blocked(Bluez *bluez) {
        for (size_t i = 0; i < BLUEZ_N_ADAPTERS_MAX; i++)
                if (bluez->adapters[i])
                        bluez->adapters[i]->found_blocked = false;
}

static void bluez_scan_stop(Ble *ble) {
        Bluez *bluez = from_ble(ble);

        bluez->scanning = false;
        bluez_objects_unwatch_devices(bluez);
        forget_found_blocked(bluez);
        if (bluez->bus)
                update_adapters(bluez);
        stop_retrying(bluez);
}

static int bluez_advertise_start(Ble *ble, uint16_t uuid, const uint8_t *service_data, size_t n) {
        Bluez *bluez = from_ble(ble);

        if (n > sizeof(bluez->service_data))
                return -EMSGSIZE;

        bluez->advertising = false;
        if (bluez->bus)
                bluez_advertise_update(bluez); /* takes the old one back */
        memcpy(bluez->service_data, service_data, n);
        bluez->n_service_data = n;
        bluez->uuid = uuid;
        bluez->advertising = true;

        if (bluez->bus && bluez->present)
                bluez_advertise_update(bluez);
        else
                bluez_retry_later(bluez);
        return 0;
}

static void bluez_advertise_stop(Ble *ble) {
        Bluez *bluez = from_ble(ble);

        bluez->advertising = false;
        if (bluez->bus)
                bluez_advertise_update(bluez);
        stop_retrying(bluez);
}

/* Not every bluetoothd has a PowerState to tell it. */
static int on_powered_set(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        BluezAdapter *adapter = userdata;

        adapter->powering = sd_bus_slot_unref(adapter->powering);
        if (sd_bus_message_is_method_error(reply, "org.bluez.Error.Blocked")) {
                adapter->found_blocked = true;
                bluez_update(adapter->bluez);
        }
        return 0;
}

static int set_powered(BluezAdapter *adapter, bool powered) {
        adapter->turned_on = powered;
        adapter->found_blocked = false;
        adapter->powering = sd_bus_slot_unref(adapter->powering);
        return sd_bus_call_method_async(adapter->bluez->bus, &adapter->powering, BLUEZ_NAME,
                                        adapter->path, "org.freedesktop.DBus.Properties", "Set",
                                        on_powered_set, adapter, "ssv", BLUEZ_ADAPTER, "Powered",
                                        "b", powered);
}

/* One is enough, if another one is powered already. */
static int bluez_turn_on(Ble *ble) {
        Bluez *bluez = from_ble(ble);
        int r = -ENODEV;

        if (status(bluez) == BLE_ON)
                return -EALREADY;
        if (!bluez->present)
                return -ENOTCONN;
        for (size_t i = 0; i < BLUEZ_N_ADAPTERS_MAX; i++)
                if (bluez->adapters[i]) {
                        r = set_powered(bluez->adapters[i], true);
                        if (r < 0)
                                return r;
                }
        return r < 0 ? r : 0;
}

static void bluez_turn_off_again(Ble *ble) {
        Bluez *bluez = from_ble(ble);

        for (size_t i = 0; i < BLUEZ_N_ADAPTERS_MAX; i++)
                if (bluez->present && bluez->adapters[i] && bluez->adapters[i]->turned_on)
                        (void)set_powered(bluez->adapters[i], false);
}

/* ---- life ----------------------------------------------------------------------------------- */

static int set_only(Bluez *bluez, const char *name, size_t n) {
        int n_path;

        if (n == 0 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789") < n)
                return -EINVAL;
        n_path = snprintf(bluez->only_path, sizeof(bluez->only_path), "/org/bluez/%.*s", (int)n,
                          name);
        return n_path < (int)sizeof(bluez->only_path) ? 0 : -EINVAL;
}

static int set_scan(Bluez *bluez, const char *word) {
        if (strcmp(word, "active") == 0)
                bluez->scan = BLUEZ_SCAN_ACTIVE;
        else if (strcmp(word, "passive") == 0)
                bluez->scan = BLUEZ_SCAN_PASSIVE;
        else
                return -EINVAL;
        return 0;
}

static int parse_where(Bluez *bluez, const char *where) {
        size_t n;
        int r;

        if (!where || where[0] == '\0' || set_scan(bluez, where) >= 0)
                return 0;
        n = strcspn(where, ",");
        r = set_only(bluez, where, n);
        if (r < 0 || where[n] == '\0')
                return r;
        return set_scan(bluez, where + n + 1);
}

void bluez_unref(Bluez *bluez) {
        if (--bluez->n_ref > 0)
                return;
        sd_event_unref(bluez->event);
        free(bluez);
}

static Ble *bluez_free(Ble *ble) {
        Bluez *bluez = from_ble(ble);

        /* What runs still ends when we leave the bus. */
        bluez->retry = sd_event_source_disable_unref(bluez->retry);
        disconnect(bluez);
        bluez_unref(bluez);
        return NULL;
}

static int bluez_open(Ble **ret, sd_event *event, const char *where, const BleEvents *events,
                      void *userdata) {
        _cleanup_(bluez_unrefp) Bluez *bluez = NULL;
        int r;

        bluez = calloc(1, sizeof(*bluez));
        if (!bluez)
                return -ENOMEM;
        bluez->n_ref = 1;
        bluez->ble.backend = &ble_bluez;
        bluez->event = sd_event_ref(event);
        bluez->events = *events;
        bluez->userdata = userdata;
        r = parse_where(bluez, where);
        if (r < 0)
                return r;

        /* No bus today may be one tomorrow: that is a status, not an error. */
        (void)connect_bus(bluez);
        bluez->told = status(bluez);

        *ret = &TAKE_PTR(bluez)->ble;
        return 0;
}

const BleBackend ble_bluez = {
        .name = "bluez",
        .open = bluez_open,
        .status = bluez_status,
        .scan_start = bluez_scan_start,
        .scan_stop = bluez_scan_stop,
        .advertise_start = bluez_advertise_start,
        .advertise_stop = bluez_advertise_stop,
        .turn_on = bluez_turn_on,
        .turn_off_again = bluez_turn_off_again,
        .free = bluez_free,
};
