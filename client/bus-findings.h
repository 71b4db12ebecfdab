/* SPDX-License-Identifier: MIT */
#pragma once

#include <systemd/sd-bus.h>

/** A finding of Manager.Diagnose(). Texts are borrowed from the message; "" for what was not said. */
typedef struct BusFinding {
        const char *id, *severity, *summary, *remedy;
} BusFinding;

/**
 * Reads the reply, and hands out each finding in its order. What a newer hybridd says besides is
 * passed over. 0, or a negative errno if it makes no sense.
 */
int bus_findings_read(sd_bus_message *reply,
                      void (*each)(void *userdata, const BusFinding *finding), void *userdata);
