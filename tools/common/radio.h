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
