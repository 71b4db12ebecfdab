/* SPDX-License-Identifier: MIT */

/*
 * Scanning by Adapter1.StartDiscovery(). The filter is what makes it good: with Transport "le" the
 * radio listens nearly all of the time, where it otherwise looks for classic devices half of it. No
 * UUIDs in the filter: bluetoothd does not look for them in service data, so that nothing would match.
 *
 * bluetoothd keeps a discovery for each of its clients: another program's neither disturbs ours, nor
 * ends with it. But the kernel knows only one, and that of a bluetoothd that has crashed stays for
 * some ten seconds: "InProgress" is then the answer to the new one, and asking again the remedy.
 *
 * And there is a trap: a client that has set a filter, stopped and then leaves the bus ends the
 * discovery of the one client that is left, who is told by the property Discovering at most
 * (discovery_disconnect() in src/adapter.c, from 5.66 to 2026 at least). So we take our filter back
 * when we have stopped, and begin again when somebody else has not.
 *
 * A discovery can also go deaf while bluetoothd believes in it (bluez#1126, #1554). There is always
 * something in the air, or nothing that a new discovery would miss: so one that has told of nothing for
 * a while is begun anew.
 */

#include <errno.h>

#include "io/radio/ble-bluez-internal.h"

enum {
        SILENCE_USEC = 25 * 1000 * 1000,
        SILENCE_ACCURACY_USEC = 1000 * 1000,
};

static bool is_wanted(const BluezAdapter *adapter) {
        return adapter->bluez->scanning && adapter->powered && !bluez_monitor_suffices(adapter);
}

/* ---- silence -------------------------------------------------------------------------------- */

static int on_silence(sd_event_source *source, uint64_t usec, void *userdata);

/* Without memory for it a discovery that goes deaf stays so. */
static void listen_for_silence(BluezAdapter *adapter) {
        adapter->heard = false;
        if (!adapter->silence &&
            sd_event_add_time(adapter->bluez->event, &adapter->silence, CLOCK_MONOTONIC, 0,
                              SILENCE_ACCURACY_USEC, on_silence, adapter) < 0)
                return;
        if (sd_event_source_set_time_relative(adapter->silence, SILENCE_USEC) >= 0)
                (void)sd_event_source_set_enabled(adapter->silence, SD_EVENT_ONESHOT);
}

static void stop_listening(BluezAdapter *adapter) {
        adapter->silence = sd_event_source_disable_unref(adapter->silence);
}

static int on_silence(sd_event_source *source, uint64_t usec, void *userdata) {
        BluezAdapter *adapter = userdata;

        if (adapter->heard)
                listen_for_silence(adapter);
        else
                bluez_discovery_lost(adapter);
        return 0;
}

void bluez_discovery_heard(BluezAdapter *adapter) {
        adapter->heard = true;
}

/* ---- starting and stopping ------------------------------------------------------------------ */

static int on_started(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        BluezAdapter *adapter = userdata;

        adapter->starting = sd_bus_slot_unref(adapter->starting);
        if (sd_bus_message_is_method_error(reply, NULL)) {
                adapter->discovery = DISCOVERY_REFUSED;
                bluez_retry_later(adapter->bluez);
        } else {
                adapter->discovery = DISCOVERY_ON;
                listen_for_silence(adapter);
        }
        bluez_scan_update(adapter); /* perhaps nobody wants it any more */
        return 0;
}

static void take_filter_back(BluezAdapter *adapter) {
        /* If this cannot be sent, the connection has gone; too late to be good. */
        (void)sd_bus_call_method_async(adapter->bluez->bus, NULL, BLUEZ_NAME, adapter->path,
                                       BLUEZ_ADAPTER, "SetDiscoveryFilter", NULL, NULL, "a{sv}", 0);
}

static int set_filter(BluezAdapter *adapter) {
        return sd_bus_call_method_async(adapter->bluez->bus, NULL, BLUEZ_NAME, adapter->path,
                                        BLUEZ_ADAPTER, "SetDiscoveryFilter", NULL, NULL, "a{sv}", 2,
                                        "Transport", "s", "le", "DuplicateData", "b", true);
}

static void start(BluezAdapter *adapter) {
        int r;

        adapter->stopping = sd_bus_slot_unref(adapter->stopping); /* keep the filter now */
        /* One after the other, without waiting: the bus keeps the order. */
        r = set_filter(adapter);
        if (r >= 0)
                r = sd_bus_call_method_async(adapter->bluez->bus, &adapter->starting, BLUEZ_NAME,
                                             adapter->path, BLUEZ_ADAPTER, "StartDiscovery",
                                             on_started, adapter, NULL);
        adapter->discovery = r < 0 ? DISCOVERY_REFUSED : DISCOVERY_STARTING;
        if (r < 0)
                bluez_retry_later(adapter->bluez);
}

static int on_stopped(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        BluezAdapter *adapter = userdata;

        adapter->stopping = sd_bus_slot_unref(adapter->stopping);
        take_filter_back(adapter);
        return 0;
}

static void stop(BluezAdapter *adapter) {
        stop_listening(adapter);
        adapter->stopping = sd_bus_slot_unref(adapter->stopping);
        /* If this cannot be sent, the connection has gone, and the discovery with it. */
        (void)sd_bus_call_method_async(adapter->bluez->bus, &adapter->stopping, BLUEZ_NAME,
                                       adapter->path, BLUEZ_ADAPTER, "StopDiscovery", on_stopped,
                                       adapter, NULL);
        adapter->discovery = DISCOVERY_OFF;
}

void bluez_discovery_lost(BluezAdapter *adapter) {
        if (adapter->discovery != DISCOVERY_ON)
                return;
        /* bluetoothd still has it in its books; a second one would be refused. */
        stop(adapter);
        adapter->discovery = DISCOVERY_REFUSED;
        bluez_retry_later(adapter->bluez);
}

void bluez_discovery_update(BluezAdapter *adapter) {
        if (is_wanted(adapter) && adapter->discovery == DISCOVERY_OFF)
                start(adapter);
        /* What was refused may run nevertheless, if it is a second one. */
        if (!is_wanted(adapter) &&
            (adapter->discovery == DISCOVERY_ON || adapter->discovery == DISCOVERY_REFUSED))
                stop(adapter);
}

void bluez_discovery_retry(BluezAdapter *adapter) {
        if (adapter->discovery == DISCOVERY_REFUSED)
                adapter->discovery = DISCOVERY_OFF;
}

void bluez_discovery_forget(BluezAdapter *adapter) {
        adapter->starting = sd_bus_slot_unref(adapter->starting);
        adapter->stopping = sd_bus_slot_unref(adapter->stopping);
        stop_listening(adapter);
        adapter->discovery = DISCOVERY_OFF;
}
