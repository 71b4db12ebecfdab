/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "radio.h"

enum {
        NAME_SIZE_MAX = 16,
};

int radio_parse(const char *text, const BleBackend **ret_backend, const char **ret_where) {
        const char *colon = strchr(text, ':');
        size_t n = colon ? (size_t)(colon - text) : strlen(text);
        const BleBackend *backend;
        char name[NAME_SIZE_MAX];

        if (n >= sizeof(name) || (colon && colon[1] == '\0'))
                return -EINVAL;
        snprintf(name, sizeof(name), "%.*s", (int)n, text);
        backend = ble_backend_by_name(name);
        if (!backend || (backend == &ble_none && colon) || (backend == &ble_loopback && !colon))
                return -EINVAL;

        *ret_backend = backend;
        *ret_where = colon ? colon + 1 : NULL;
        return 0;
}

int radio_uuid_parse(const char *text, uint16_t *ret) {
        if (strcasecmp(text, "fff9") == 0)
                *ret = BLE_UUID_FIDO;
        else if (strcasecmp(text, "fde2") == 0)
                *ret = BLE_UUID_GOOGLE;
        else
                return -EINVAL;
        return 0;
}
