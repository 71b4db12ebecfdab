/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/** How the kernel blocks a radio: by a program ("soft"), or by a switch or key ("hard"). */
typedef struct RfkillState {
        bool soft, hard;
} RfkillState;

/**
 * What sys/class/rfkill below @root ("/" outside of tests) says of radios for Bluetooth: blocked as a
 * whole if none of them is free. Both false where there are none.
 */
RfkillState rfkill_bluetooth_state(const char *root);

static inline bool rfkill_bluetooth_is_blocked(void) {
        RfkillState state = rfkill_bluetooth_state("/");

        return state.soft || state.hard;
}
