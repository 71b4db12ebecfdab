/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Who a message on a bus comes from. Anybody there may send us any signal: a match says what the bus is to
 * pass on to us, not what others may address to us, and sd-bus cannot tell who owns a well-known name. So
 * each signal has to come from who may say it.
 */

#include <stdbool.h>
#include <string.h>
#include <systemd/sd-bus.h>

/** @sender is a unique name, or the bus's own. */
static inline bool bus_message_is_from(sd_bus_message *message, const char *sender) {
        const char *actual = sd_bus_message_get_sender(message);

        return actual && strcmp(actual, sender) == 0;
}

/** Whether the bus itself says so: that a name has another owner, for example. */
static inline bool bus_message_is_from_bus(sd_bus_message *message) {
        return bus_message_is_from(message, "org.freedesktop.DBus");
}
