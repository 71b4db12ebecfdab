/* SPDX-License-Identifier: MIT */

/*
 * Scanning by Adapter1.StartDiscovery(). The filter is what makes it good: with Transport "le" the
 * radio listens nearly all of the time, where it otherwise looks for classic devices half of it. No
 * UUIDs in the filter: bluetoothd does not look for them in service data, so that nothing would match.
 *
 * bluetoothd keeps a discovery for each of its clients: another program's neither disturbs ours, nor
 * ends with it. But the kernel knows only one, and that of a bluetoothd that has crashed stays for
 * some ten seconds: "InProgress" is then the answer to the new one, and asking again the remedy.
 */

#include <errno.h>

#include "io/radio/ble-bluez-internal.h"

static bool is_wanted(const BluezAdapter *adapter) {
        return adapter->bluez->scanning && adapter->powered;
}

static int on_started(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        BluezAdapter *adapter = userdata;

        adapter->starting = sd_bus_slot_unref(adapter->starting);
        if (sd_bus_message_is_method_error(reply, NULL)) {
                adapter->discovery = DISCOVERY_REFUSED;
                bluez_retry_later(adapter->bluez);
        } else
                adapter->discovery = DISCOVERY_ON;
        bluez_discovery_update(adapter); /* perhaps nobody wants it any more */
        return 0;
}

static int set_filter(BluezAdapter *adapter) {
        return sd_bus_call_method_async(adapter->bluez->bus, NULL, BLUEZ_NAME, adapter->path,
                                        BLUEZ_ADAPTER, "SetDiscoveryFilter", NULL, NULL, "a{sv}", 2,
                                        "Transport", "s", "le", "DuplicateData", "b", true);
}

static void start(BluezAdapter *adapter) {
        int r;

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

static void stop(BluezAdapter *adapter) {
        /* If this cannot be sent, the connection has gone, and the discovery with it. */
        (void)sd_bus_call_method_async(adapter->bluez->bus, NULL, BLUEZ_NAME, adapter->path,
                                       BLUEZ_ADAPTER, "StopDiscovery", NULL, NULL, NULL);
        adapter->discovery = DISCOVERY_OFF;
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
        adapter->discovery = DISCOVERY_OFF;
}
