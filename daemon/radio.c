/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/log.h"
#include "daemon/radio.h"

struct Radio {
        Ble *ble;
        bool turn_off_again;
        unsigned n_scanning;
};

static const BleBackend *choose_backend(const Config *config) {
        if (strcmp(config->ble_backend, "auto") == 0)
                return &ble_bluez;
        return ble_backend_by_name(config->ble_backend);
}

/* How to scan, where the backend would not do so by itself; else "". */
static const char *choose_scan(const Config *config, const BleBackend *backend) {
        if (strcmp(config->scan, "active") == 0)
                return "active";
        return strcmp(config->scan, "passive") == 0 && backend == &ble_bluez ? "passive" : "";
}

/* The backend's own word for the radio; to be freed. NULL: out of memory. */
static char *choose_place(const Config *config, const BleBackend *backend) {
        const char *scan = choose_scan(config, backend);
        char *place;

        if (backend == &ble_loopback)
                return strdup(config->loopback_dir);
        if (asprintf(&place, "%s%s%s", config->adapter, config->adapter[0] && scan[0] ? "," : "",
                     scan) < 0)
                return NULL;
        return place;
}

int radio_new(Radio **ret, sd_event *event, const Config *config, const BleEvents *events,
              void *userdata) {
        _cleanup_(radio_freep) Radio *radio = NULL;
        const BleBackend *backend = choose_backend(config);
        char *place;
        int r;

        radio = calloc(1, sizeof(*radio));
        if (!radio)
                return -ENOMEM;

        radio->turn_off_again = config->turn_off_again;

        place = choose_place(config, backend);
        if (!place)
                return -ENOMEM;
        r = backend->open(&radio->ble, event, place, events, userdata);
        if (r < 0)
                log_error_errno(r, "[bluetooth] backend: failed to open the radio \"%s%s%s\"",
                                backend->name, place[0] ? ":" : "", place);
        free(place);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(radio);
        return 0;
}

Radio *radio_free(Radio *radio) {
        if (!radio)
                return NULL;

        ble_free(radio->ble);
        free(radio);
        return NULL;
}

const char *radio_backend_name(const Radio *radio) {
        return radio->ble->backend->name;
}

BleStatus radio_status(const Radio *radio) {
        return radio->ble->backend->status(radio->ble);
}

int radio_scan_ref(Radio *radio) {
        int r;

        if (radio->n_scanning == 0) {
                r = radio->ble->backend->scan_start(radio->ble);
                if (r < 0)
                        return log_error_errno(r, "Failed to start scanning");
                log_debug("Scanning");
        }
        radio->n_scanning++;
        return 0;
}

void radio_scan_unref(Radio *radio) {
        radio->n_scanning--;
        if (radio->n_scanning > 0)
                return;
        radio->ble->backend->scan_stop(radio->ble);
        log_debug("No longer scanning");
        if (radio->turn_off_again && radio->ble->backend->turn_off_again)
                radio->ble->backend->turn_off_again(radio->ble);
}

int radio_turn_on(Radio *radio) {
        if (!radio->ble->backend->turn_on)
                return -EOPNOTSUPP;
        return radio->ble->backend->turn_on(radio->ble);
}
