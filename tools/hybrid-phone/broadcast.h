/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What goes out by radio: the advert, and for a fault another one beside it.
 */

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/macro.h"
#include "io/radio/ble.h"

typedef struct Broadcast Broadcast;

/** @where is the backend's own word for a radio. 0 or a negative errno. */
int broadcast_new(Broadcast **ret, sd_event *event, const BleBackend *backend, const char *where,
                  uint16_t uuid);

/** Stops all. NULL in, NULL out. */
Broadcast *broadcast_free(Broadcast *broadcast);

DEFINE_CLEANUP(Broadcast *, broadcast_free);

/** Starts the advert. 0 or a negative errno. */
int broadcast_start(Broadcast *broadcast, const uint8_t *advert, size_t n);

/** Starts another one, which only broadcast_free() stops: another phone would know no better. */
int broadcast_start_second(Broadcast *broadcast, const uint8_t *advert, size_t n);

/** Stops the first one. */
void broadcast_stop(Broadcast *broadcast);
