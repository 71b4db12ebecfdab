/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the kernel gives of Bluetooth adapters: a table, so that tests can put an adapter of their
 * own in its place. Nothing here blocks; all descriptors are non-blocking, close on exec, and carry
 * one packet for each read() and write().
 */

#include <stdbool.h>
#include <stdint.h>

enum {
        HCI_ADAPTERS_MAX = 16, /* as many as the kernel lists */
};

typedef struct HciAdapter {
        uint16_t id; /* N of hciN */
        bool up;
} HciAdapter;

typedef struct HciSystem {
        /*
         * A socket that tells when adapters come, go, and are switched on or off. Not permitted is
         * who may not use adapters (CAP_NET_RAW); the socket is silent then, but can list.
         * Returns the descriptor, or a negative errno: the kernel has no Bluetooth.
         */
        int (*open_control)(bool *ret_permitted);

        /* The number of adapters, or a negative errno. */
        int (*list)(int control_fd, HciAdapter ret[static HCI_ADAPTERS_MAX]);

        /*
         * A socket to one adapter: takes commands; gives the answers to all commands, those that
         * others send, and LE meta events. Returns the descriptor or a negative errno.
         */
        int (*open_adapter)(uint16_t id);

        /* True if rfkill blocks this adapter; without one (-1), if it blocks all of Bluetooth. */
        bool (*is_blocked)(int id);
} HciSystem;

extern const HciSystem hci_system_linux;
