/* SPDX-License-Identifier: MIT */
#pragma once

#include <systemd/sd-bus.h>

/** Connects to the session bus. 0, or a negative errno after having complained. */
int bus_open(sd_bus **ret);

/** The same for the bus at an address. */
int bus_open_address(sd_bus **ret, const char *address);
