/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/radio/ble.h"
#include "wire/eid.h"

typedef enum Command {
        COMMAND_ADAPTERS,
        COMMAND_SCAN,
        COMMAND_ADVERTISE,
        COMMAND_PROXIMITY,
        _COMMAND_MAX,
} Command;

/** A radio as it is named on the command line. */
typedef struct RadioName {
        const BleBackend *backend; /* NULL: not given */
        const char *where;         /* or NULL */
        const char *text;          /* the whole name, for messages */
} RadioName;

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

        /* proximity */
        RadioName rx, tx;
        unsigned n_rounds;
        uint64_t round_usec; /* after which an advert counts as lost */
        const char *csv;     /* a file, "-", or NULL */
        const char *plot;    /* a file, or NULL */
} Options;

/**
 * Returns 1 to go on, 0 if it was only a question that has been answered, -EINVAL after having said
 * what is wrong with it, or another negative errno after having said that a file cannot be read.
 */
int options_parse(int argc, char *argv[], Options *ret);
