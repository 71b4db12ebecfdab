/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "io/radio/ble.h"

const char *ble_status_name(BleStatus status) {
        static const char *const names[_BLE_STATUS_MAX] = {
                [BLE_ON] = "on",
                [BLE_OFF] = "off",
                [BLE_BLOCKED] = "blocked",
                [BLE_ABSENT] = "absent",
                [BLE_NO_SERVICE] = "no-service",
                [BLE_NO_PERMISSION] = "no-permission",
                [BLE_STARTING] = "starting",
        };

        return names[status];
}

const BleBackend *ble_backend_by_name(const char *name) {
        static const BleBackend *const backends[] = {
                &ble_bluez,
#ifdef HAVE_HCI
                &ble_hci,
#endif
                &ble_loopback,
                &ble_none,
        };

        for (size_t i = 0; i < ELEMENTSOF(backends); i++)
                if (strcmp(name, backends[i]->name) == 0)
                        return backends[i];

        return NULL;
}
