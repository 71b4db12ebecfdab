/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the data of an advert consists of: AD structures, each a length, a type and so many bytes
 * (Core Specification, Vol 3, Part C, section 11). Bytes in, bytes out; what is read is strangers'
 * input.
 */

#include <stdbool.h>

#include "io/radio/ble.h"

enum {
        AD_FLAGS = 0x01,
        AD_UUIDS_16_COMPLETE = 0x03,
        AD_SERVICE_DATA_16 = 0x16,

        AD_LEGACY_SIZE = 31, /* the most one legacy advert can carry */
        /* The most service data in it: beside nothing, and beside flags and a list of UUIDs. */
        AD_LEGACY_SERVICE_DATA_MAX = 27,
        AD_LEGACY_SERVICE_DATA_WHOLE = 20,
};

typedef struct AdStructure {
        uint8_t type;
        const uint8_t *data; /* borrowed */
        size_t n;            /* of data: 0..254 */
} AdStructure;

/** What is left to walk; borrowed. */
typedef struct AdReader {
        const uint8_t *data;
        size_t n;
} AdReader;

/**
 * The next structure. False at the end: of the data, at a length of zero (the rest is padding), or
 * at a length that leads beyond the data. Then the rest is not read; what came before counts.
 */
bool ad_reader_next(AdReader *reader, AdStructure *ret);

/**
 * The next service data of 1 to BLE_SERVICE_DATA_SIZE_MAX bytes under one of the two FIDO UUIDs,
 * skipping all else. False at the end. Sets all of `ret` but its RSSI.
 */
bool ad_reader_next_fido(AdReader *reader, BleAdvert *ret);

/**
 * The data of a legacy advert: flags, the complete list of 16-bit UUIDs, service data. Of more than
 * 20 bytes of service data the flags give way, of more than 23 the list as well.
 * Returns 0, or -EMSGSIZE if n is above AD_LEGACY_SERVICE_DATA_MAX.
 */
int ad_legacy_encode(uint16_t uuid, const uint8_t *service_data, size_t n,
                     uint8_t ret[static AD_LEGACY_SIZE], size_t *ret_n);
