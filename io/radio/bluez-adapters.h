/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What bluetoothd says of its adapters, all of them, whichever a radio uses: for people who want to
 * know what they have, and for diagnoses.
 */

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "base/macro.h"

enum {
        BLUEZ_ADAPTERS_MAX = 16,
        BLUEZ_ADAPTER_NAME_SIZE = 16, /* "hci0" and NUL */
        BLUEZ_ADDRESS_SIZE = sizeof("00:11:22:33:44:55"),
        BLUEZ_ALIAS_SIZE = 64,
};

typedef struct BluezAdapterInfo {
        char name[BLUEZ_ADAPTER_NAME_SIZE];
        char address[BLUEZ_ADDRESS_SIZE]; /* "" if it is not said, or makes no sense */
        char alias[BLUEZ_ALIAS_SIZE];     /* what others see; may hold any characters */
        bool is_powered;
        bool is_blocked; /* by rfkill; bluetoothd 5.65 and newer say so */
        bool is_discovering;
        bool can_hear_le;      /* the role "central"; assumed where roles are not told */
        bool can_advertise_le; /* the role "peripheral", and an advertising manager */
        unsigned n_advertisements_free;
} BluezAdapterInfo;

typedef struct BluezAdapters {
        BluezAdapterInfo adapters[BLUEZ_ADAPTERS_MAX];
        size_t n;
} BluezAdapters;

typedef struct BluezAdaptersQuery BluezAdaptersQuery;

/** @adapters is NULL if bluetoothd is not there (-ENOENT), does not talk to us (-EACCES), or did not
 *  answer in two seconds (-ETIMEDOUT and others). Borrowed for the call. */
typedef void (*BluezAdaptersDone)(void *userdata, int r, const BluezAdapters *adapters);

/**
 * Asks bluetoothd, over the system bus and without starting it. @done is called once from the loop,
 * unless the query is freed before. 0 or a negative errno.
 */
int bluez_adapters_query(BluezAdaptersQuery **ret, sd_event *event, BluezAdaptersDone done,
                         void *userdata);
BluezAdaptersQuery *bluez_adapters_query_free(BluezAdaptersQuery *query);
DEFINE_CLEANUP(BluezAdaptersQuery *, bluez_adapters_query_free);
