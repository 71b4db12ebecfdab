/* SPDX-License-Identifier: MIT */
#pragma once

#include <systemd/sd-bus.h>

#include "client/outcome.h"

typedef enum BusErrorText {
        BUS_ERROR_TEXT_NOT_STARTED,
        BUS_ERROR_TEXT_NOT_REACHED,
        BUS_ERROR_TEXT_NOT_SPOKEN_WITH,
        _BUS_ERROR_TEXT_MAX,
} BusErrorText;

/** Messages of failures that something is filled in to; each has one place in braces. */
extern const char *const bus_error_texts[_BUS_ERROR_TEXT_MAX];

/** Fills in what is in braces. Always NUL-terminated; cut if need be. */
void bus_error_fill_in(BusErrorText text, const char *value, char *ret, size_t size);

/** Makes a failure of an error that a call to the daemon came back with. Its message is English. */
void bus_error_outcome(const sd_bus_error *error, Outcome *outcome);
