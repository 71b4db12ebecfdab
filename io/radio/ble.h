/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Radios: what hears FIDO adverts and what broadcasts one. One backend for each way to reach a
 * radio; whoever uses one knows this file only.
 *
 * A radio lives on the caller's event loop. Callbacks come from that loop, never from inside a
 * call on the radio, and not after ble_free().
 */

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/macro.h"

enum {
        BLE_UUID_FIDO = 0xfff9,
        BLE_UUID_GOOGLE = 0xfde2,        /* what old phones use */
        BLE_SERVICE_DATA_SIZE_MAX = 251, /* the most one extended advert can carry */
};

typedef enum BleStatus {
        BLE_ON,
        BLE_OFF,           /* present, but not powered */
        BLE_BLOCKED,       /* rfkill */
        BLE_ABSENT,        /* no adapter */
        BLE_NO_SERVICE,    /* bluetoothd is not there */
        BLE_NO_PERMISSION, /* it is, but does not talk to us */
        BLE_STARTING,      /* not known yet; it will be within two seconds */
        _BLE_STATUS_MAX,
} BleStatus;

/** As it is said over D-Bus: "on", "off", "blocked", "absent", "no-service", "no-permission",
 *  "starting". */
const char *ble_status_name(BleStatus status);

/** One advert with FIDO service data. */
typedef struct BleAdvert {
        uint16_t uuid;
        int8_t rssi; /* dBm; 127 when unknown */
        const uint8_t *service_data;
        size_t n_service_data;
} BleAdvert;

typedef struct BleEvents {
        /* An advert under either UUID; borrowed for the call. */
        void (*advert)(void *userdata, const BleAdvert *advert);
        /* The radio is in another condition. */
        void (*status)(void *userdata, BleStatus status);
} BleEvents;

typedef struct BleBackend BleBackend;

/** What every kind of radio begins with. */
typedef struct Ble {
        const BleBackend *backend;
} Ble;

struct BleBackend {
        const char *name; /* as it stands in the configuration: "loopback" */

        /* `where` is the backend's own word for a radio: a folder, an adapter's name, or NULL. */
        int (*open)(Ble **ret, sd_event *event, const char *where, const BleEvents *events,
                    void *userdata);
        BleStatus (*status)(Ble *ble);

        /* Scanning goes on, over trouble with the radio, until it is stopped. */
        int (*scan_start)(Ble *ble);
        void (*scan_stop)(Ble *ble);

        /* Broadcasts service data until stopped; replaces what was broadcast before. */
        int (*advertise_start)(Ble *ble, uint16_t uuid, const uint8_t *service_data, size_t n);
        void (*advertise_stop)(Ble *ble);

        /* Switches the radio on where it is off; the status tells when it is. 0, -EALREADY, or
         * another negative errno. And off again what was switched on by this. NULL: cannot. */
        int (*turn_on)(Ble *ble);
        void (*turn_off_again)(Ble *ble);

        Ble *(*free)(Ble *ble);
};

static inline Ble *ble_free(Ble *ble) {
        return ble ? ble->backend->free(ble) : NULL;
}

DEFINE_CLEANUP(Ble *, ble_free);

/**
 * The backend of a name, or NULL. Names are "loopback" and "none"; the others come with real
 * radios.
 */
const BleBackend *ble_backend_by_name(const char *name);

/** Adverts over a folder of local sockets: for demonstrations and tests. `where` is the folder. */
extern const BleBackend ble_loopback;

/**
 * Real radios through bluetoothd. `where` is an adapter ("hci0"), a way of scanning ("active",
 * "passive"), both ("hci0,passive"), or NULL: all that are powered, each the way that serves best.
 */
extern const BleBackend ble_bluez;

/**
 * Real radios through raw HCI sockets, without bluetoothd; only where built with it (HAVE_HCI).
 * `where` is an adapter ("hci0"), "active" for active scans, both ("hci0,active"), or NULL.
 */
extern const BleBackend ble_hci;

/** No radio at all: status `absent`, and nothing is ever heard. */
extern const BleBackend ble_none;
