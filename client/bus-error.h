/* SPDX-License-Identifier: MIT */
#pragma once

#include <systemd/sd-bus.h>

#include "client/outcome.h"

/** Makes a failure of an error that a call to the daemon came back with. */
void bus_error_outcome(const sd_bus_error *error, Outcome *outcome);
