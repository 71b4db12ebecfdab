/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>

#include "io/radio/ble.h"

static int none_open(Ble **ret, sd_event *event, const char *where, const BleEvents *events,
                     void *userdata) {
        Ble *ble = calloc(1, sizeof(Ble));

        if (!ble)
                return -ENOMEM;
        ble->backend = &ble_none;

        *ret = ble;
        return 0;
}

static BleStatus none_status(Ble *ble) {
        return BLE_ABSENT;
}

static int none_scan_start(Ble *ble) {
        return 0;
}

static int none_advertise_start(Ble *ble, uint16_t uuid, const uint8_t *service_data, size_t n) {
        return n > BLE_SERVICE_DATA_SIZE_MAX ? -EMSGSIZE : 0;
}

static void none_stop(Ble *ble) {
}

static Ble *none_free(Ble *ble) {
        free(ble);
        return NULL;
}

const BleBackend ble_none = {
        .name = "none",
        .open = none_open,
        .status = none_status,
        .scan_start = none_scan_start,
        .scan_stop = none_stop,
        .advertise_start = none_advertise_start,
        .advertise_stop = none_stop,
        .free = none_free,
};
