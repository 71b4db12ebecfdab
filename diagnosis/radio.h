/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * From what is known of the machine and its radios to what is wrong with them. Pure: facts in,
 * findings out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diagnosis/finding.h"
#include "diagnosis/machine.h"
#include "io/radio/ble.h"
#include "io/radio/rfkill.h"

enum {
        RADIO_ADAPTERS_MAX = 16,
        RADIO_ADAPTER_NAME_SIZE = 16, /* "hci0" and NUL */
};

/** What bluetoothd says of an adapter. */
typedef struct RadioAdapter {
        char name[RADIO_ADAPTER_NAME_SIZE];
        bool is_powered;
        bool has_le;
} RadioAdapter;

/** What was heard while somebody listened. */
typedef struct RadioHeard {
        bool listened;
        unsigned n_adverts; /* with FIDO service data */
        int8_t rssi_max;    /* dBm; 127 when unknown */
} RadioHeard;

typedef struct RadioFacts {
        const char *backend;   /* of a BleBackend: "bluez" */
        const char *only_name; /* the adapter that the settings ask for, or "" */
        BleStatus status;
        RfkillState rfkill;
        Machine machine;
        RadioAdapter adapters[RADIO_ADAPTERS_MAX];
        size_t n_adapters;
        RadioHeard heard;
} RadioFacts;

void radio_diagnose(const RadioFacts *facts, Findings *findings);
