/* SPDX-License-Identifier: MIT */
#pragma once

#include "io/radio/ble.h"

/** What radios can be named on a command line, for messages. */
#define RADIO_NAMES                                                                                \
        "bluez, bluez:ADAPTER, hci, hci:ADAPTER (if built with it), loopback:DIR or none"

/**
 * Reads "BACKEND" or "BACKEND:WHERE". *ret_where is borrowed from @text, or NULL.
 * Returns 0, or -EINVAL if there is no such backend, or it needs a place, or has none.
 */
int radio_parse(const char *text, const BleBackend **ret_backend, const char **ret_where);

/** What radio_uuid_parse() knows, for messages. */
#define RADIO_UUID_NAMES "fff9 or fde2"

/** The UUID to advertise under: the FIDO Alliance's or Google's older one. Returns 0, or -EINVAL. */
int radio_uuid_parse(const char *text, uint16_t *ret);
