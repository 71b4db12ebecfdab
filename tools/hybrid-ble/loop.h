/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>

/**
 * An event loop that ends, with 0, at SIGINT, at SIGTERM, or after @duration_usec (0: never).
 * 0, or a negative errno after having complained.
 */
int loop_new(sd_event **ret, uint64_t duration_usec);
