/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/radio/ble.h"
#include "wire/eid.h"

typedef enum Command {
        COMMAND_SCAN,
        COMMAND_ADVERTISE,
} Command;

/** What the command line says. Its strings are borrowed. Secret, because of the key. */
typedef struct Options {
        Command command;
        const BleBackend *radio;
        const char *radio_where; /* or NULL */
        uint64_t duration_usec;  /* 0: until interrupted */
        bool json;

        /* scan */
        bool has_key;
        uint8_t key[EID_KEY_SIZE];

        /* advertise */
        uint16_t uuid;
        uint8_t data[BLE_SERVICE_DATA_SIZE_MAX];
        size_t n_data;
} Options;

/**
 * Returns 1 to go on, 0 if it was only a question that has been answered, -EINVAL after having said
 * what is wrong with it.
 */
int options_parse(int argc, char *argv[], Options *ret);
