/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "broadcast.h"

struct Broadcast {
        sd_event *event;
        const BleBackend *backend;
        const char *where;
        uint16_t uuid;
        Ble *radio;
        Ble *second; /* a radio broadcasts one advert at a time */
};

static void on_advert(void *userdata, const BleAdvert *advert) {
        /* This phone only speaks. */
}

static void on_status(void *userdata, BleStatus status) {
        /* A radio that comes back goes on with what it was told to broadcast. */
}

static const BleEvents events = {
        .advert = on_advert,
        .status = on_status,
};

static int open_radio(const Broadcast *broadcast, Ble **ret) {
        return broadcast->backend->open(ret, broadcast->event, broadcast->where, &events, NULL);
}

int broadcast_new(Broadcast **ret, sd_event *event, const BleBackend *backend, const char *where,
                  uint16_t uuid) {
        _cleanup_(broadcast_freep) Broadcast *broadcast = calloc(1, sizeof(*broadcast));
        int r;

        if (!broadcast)
                return -ENOMEM;
        *broadcast = (Broadcast){
                .event = sd_event_ref(event),
                .backend = backend,
                .where = where,
                .uuid = uuid,
        };

        r = open_radio(broadcast, &broadcast->radio);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(broadcast);
        return 0;
}

Broadcast *broadcast_free(Broadcast *broadcast) {
        if (!broadcast)
                return NULL;

        ble_free(broadcast->second);
        ble_free(broadcast->radio);
        sd_event_unref(broadcast->event);
        free(broadcast);
        return NULL;
}

int broadcast_start(Broadcast *broadcast, const uint8_t *advert, size_t n) {
        return broadcast->backend->advertise_start(broadcast->radio, broadcast->uuid, advert, n);
}

int broadcast_start_second(Broadcast *broadcast, const uint8_t *advert, size_t n) {
        int r;

        if (!broadcast->second) {
                r = open_radio(broadcast, &broadcast->second);
                if (r < 0)
                        return r;
        }
        return broadcast->backend->advertise_start(broadcast->second, broadcast->uuid, advert, n);
}

void broadcast_stop(Broadcast *broadcast) {
        broadcast->backend->advertise_stop(broadcast->radio);
}
