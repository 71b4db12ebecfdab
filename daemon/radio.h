/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The one radio that all requests share. It scans as long as at least one of them wants to.
 */

#include <systemd/sd-event.h>

#include "base/macro.h"
#include "daemon/config.h"
#include "io/radio/ble.h"

typedef struct Radio Radio;

int radio_new(Radio **ret, sd_event *event, const Config *config, const BleEvents *events,
              void *userdata);
Radio *radio_free(Radio *radio);
DEFINE_CLEANUP(Radio *, radio_free);

/** "bluez", "hci" and so on: what was made of "auto". Static. */
const char *radio_backend_name(const Radio *radio);

BleStatus radio_status(const Radio *radio);

/**
 * Asks for a radio that is off to be switched on, which its status tells later. -EALREADY if it is
 * on, -EOPNOTSUPP if it cannot be done, or another negative errno. After the last scan it is
 * switched off again, if the settings say so.
 */
int radio_turn_on(Radio *radio);

/** Balanced calls: the scan begins with the first and ends with the last. */
int radio_scan_ref(Radio *radio);
void radio_scan_unref(Radio *radio);
