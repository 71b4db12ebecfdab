/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The inside of the BlueZ radio, shared by ble-bluez.c (its life and its condition),
 * ble-bluez-objects.c (what bluetoothd tells about adapters and devices), ble-bluez-discovery.c
 * (active scans), ble-bluez-monitor.c (passive ones) and ble-bluez-advertise.c.
 */

#include <stdbool.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "base/macro.h"
#include "io/radio/ble.h"

#define BLUEZ_NAME                "org.bluez"
#define BLUEZ_ADAPTER             "org.bluez.Adapter1"
#define BLUEZ_DEVICE              "org.bluez.Device1"
#define BLUEZ_ADVERTISEMENT       "org.bluez.LEAdvertisement1"
#define BLUEZ_ADVERTISING_MANAGER "org.bluez.LEAdvertisingManager1"
#define BLUEZ_MONITOR             "org.bluez.AdvertisementMonitor1"
#define BLUEZ_MONITOR_MANAGER     "org.bluez.AdvertisementMonitorManager1"

enum {
        BLUEZ_PATH_SIZE = 32, /* "/org/bluez/hci0" and NUL */
        BLUEZ_N_ADAPTERS_MAX = 16,
        BLUEZ_N_SIGNALS = 5,
        BLUEZ_OWNER_SIZE = 256, /* a name on the bus, and NUL */
};

typedef struct Bluez Bluez;

typedef enum BluezScan {
        BLUEZ_SCAN_AUTO,    /* discovery; while that is refused, a monitor */
        BLUEZ_SCAN_ACTIVE,  /* discovery */
        BLUEZ_SCAN_PASSIVE, /* a monitor; where that does not work, or reports nothing, discovery */
} BluezScan;

typedef enum DiscoveryState {
        DISCOVERY_OFF,
        DISCOVERY_STARTING, /* asked for; not answered yet */
        DISCOVERY_ON,
        DISCOVERY_REFUSED, /* until it is tried again */
} DiscoveryState;

typedef enum MonitorState {
        MONITOR_OFF,
        MONITOR_ON,      /* asked for, and not refused so far */
        MONITOR_REFUSED, /* for the rest of the scan */
} MonitorState;

typedef struct BluezAdapter {
        Bluez *bluez;
        char path[BLUEZ_PATH_SIZE];
        bool powered;
        bool turned_on;     /* by us; so it may be switched off again */
        bool blocked;       /* by rfkill, as bluetoothd says */
        bool found_blocked; /* when it was to be switched on for this scan */
        bool can_advertise;
        bool can_monitor;
        sd_bus_slot *powering; /* the call to set Powered */

        DiscoveryState discovery;
        sd_bus_slot *starting;    /* the call to StartDiscovery */
        sd_bus_slot *stopping;    /* the call to StopDiscovery */
        sd_event_source *silence; /* how long it may be silent */
        bool heard;               /* something, since that began */

        MonitorState monitor;
        sd_bus_slot *monitor_root, *monitor_object;
        sd_bus_slot *registering;  /* the call to RegisterMonitor */
        sd_event_source *patience; /* how long the monitor may be silent */
        bool impatient;            /* it was, for longer */
        bool monitor_proven;       /* it has reported something */
} BluezAdapter;

struct Bluez {
        Ble ble;        /* first */
        unsigned n_ref; /* the user's, and one while adverts are handed out */
        sd_event *event;
        BleEvents events;
        void *userdata;
        char only_path[BLUEZ_PATH_SIZE]; /* of the adapter to use, or "": all */
        BluezScan scan;

        sd_bus *bus;
        sd_event_source *retry; /* armed when something is to be tried again */
        sd_bus_slot *fetching;  /* the call to GetManagedObjects */
        sd_bus_slot *guard;     /* turns away who is not bluetoothd */
        sd_bus_slot *signals[BLUEZ_N_SIGNALS];
        sd_bus_slot *device_changes;  /* NULL: not listened to */
        bool present;                 /* bluetoothd is there, and has told what it has */
        char owner[BLUEZ_OWNER_SIZE]; /* its own name on the bus, if it is there */
        BleStatus trouble;            /* why not: STARTING, NO_SERVICE or NO_PERMISSION */
        BleStatus told;               /* last */

        BluezAdapter *adapters[BLUEZ_N_ADAPTERS_MAX]; /* NULL where none is */
        bool scanning;                                /* wanted */

        bool advertising; /* wanted */
        uint16_t uuid;
        uint8_t service_data[BLE_SERVICE_DATA_SIZE_MAX];
        size_t n_service_data;
        int16_t tx_power;                    /* what bluetoothd says that it is sent with, dBm */
        sd_bus_slot *advertisement;          /* the object */
        sd_bus_slot *registering;            /* the call to RegisterAdvertisement */
        char advertised_on[BLUEZ_PATH_SIZE]; /* adapter, or "" */
};

/** Keeps the memory while callbacks of the user run, which may free the radio. */
void bluez_unref(Bluez *bluez);
DEFINE_CLEANUP(Bluez *, bluez_unref);

static inline Bluez *bluez_ref(Bluez *bluez) {
        bluez->n_ref++;
        return bluez;
}

/** Follows what bluetoothd says, and asks it what there is. 0 or a negative errno. */
int bluez_objects_watch(Bluez *bluez);

/** Asks again, for what has been heard while nobody listened: cached service data. */
int bluez_objects_fetch(Bluez *bluez);

/** From now on changes of devices are heard, or no more. */
int bluez_objects_watch_devices(Bluez *bluez);
void bluez_objects_unwatch_devices(Bluez *bluez);

/** The adapter with this path, or NULL. */
BluezAdapter *bluez_find_adapter(const Bluez *bluez, const char *path);

/** Enters an adapter, or takes it out. */
BluezAdapter *bluez_add_adapter(Bluez *bluez, const char *path);
void bluez_remove_adapter(Bluez *bluez, BluezAdapter *adapter);

/** bluetoothd has gone, or does not talk to us. */
void bluez_lose(Bluez *bluez, BleStatus trouble);

/** After anything has changed: scans and advertises where that is wanted, and tells the status. */
void bluez_update(Bluez *bluez);

/** Tries again in a while. */
void bluez_retry_later(Bluez *bluez);

/** Starts or stops the adapter's scans, whichever are wanted. */
void bluez_scan_update(BluezAdapter *adapter);

/** The same for the active one. */
void bluez_discovery_update(BluezAdapter *adapter);

/** bluetoothd says that it does not discover any more. */
void bluez_discovery_lost(BluezAdapter *adapter);

/** It has told of something in the air. */
void bluez_discovery_heard(BluezAdapter *adapter);

/** What was refused may be asked for again. */
void bluez_discovery_retry(BluezAdapter *adapter);

/** The adapter has been switched off or has gone: there is nothing left to stop. */
void bluez_discovery_forget(BluezAdapter *adapter);

/** The same for the passive one. */
void bluez_monitor_update(BluezAdapter *adapter);

/** Whether no active scan is wanted beside it, as things stand. */
bool bluez_monitor_suffices(const BluezAdapter *adapter);

/** bluetoothd does not know of it any more. */
void bluez_monitor_forget(BluezAdapter *adapter);

/** Broadcasts on one powered adapter, if that is wanted; and takes an old advertisement back. */
void bluez_advertise_update(Bluez *bluez);
void bluez_advertise_forget(Bluez *bluez);
