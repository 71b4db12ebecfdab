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
#include "io/radio/bluez-adapters.h"
#include "io/radio/rfkill.h"

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
        BluezAdapters bluez; /* what bluetoothd says; empty if it was not asked or does not say */
        RadioHeard heard;
} RadioFacts;

void radio_diagnose(const RadioFacts *facts, Findings *findings);
