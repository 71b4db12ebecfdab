/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What is told on stdout: one line for each thing that happens, as words or as JSON. Adverts are
 * what everybody nearby hears.
 */

#include <stdbool.h>

#include "io/radio/ble.h"

/** What an EID key makes of an advert. */
typedef enum Match {
        MATCH_UNKNOWN, /* there is no key */
        MATCH_NO,
        MATCH_YES,
} Match;

void report_status(bool json, double seconds, BleStatus status);
void report_advert(bool json, double seconds, const BleAdvert *advert, Match match);
void report_advertising(bool json, const char *radio);
