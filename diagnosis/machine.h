/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What kind of machine this is, as far as that decides whether it can have Bluetooth: read from the
 * kernel's and the distribution's files, without any service.
 */

#include <stdbool.h>
#include <stdint.h>

enum {
        USB_ID_SIZE = sizeof("8087:0aaa"),
};

/** What stands between this process and the machine. */
typedef enum Sandbox {
        SANDBOX_NONE,
        SANDBOX_CONTAINER,
        SANDBOX_FLATPAK,
        SANDBOX_SNAP,
} Sandbox;

/** What software is installed with. */
typedef enum PackageTool {
        PACKAGE_TOOL_UNKNOWN,
        PACKAGE_TOOL_APT,
        PACKAGE_TOOL_DNF,
        PACKAGE_TOOL_PACMAN,
        PACKAGE_TOOL_ZYPPER,
} PackageTool;

typedef struct Machine {
        Sandbox sandbox;
        bool is_virtual; /* the kernel runs under a hypervisor */
        PackageTool package_tool;

        bool has_sysfs;               /* so that what follows is known */
        unsigned n_adapters;          /* Bluetooth adapters that the kernel uses */
        char unused_usb[USB_ID_SIZE]; /* of one that is plugged in and has no driver; or "" */

        bool has_system_bus;
        bool bluez_installed;

        int64_t suffix_list_time; /* when the list of public suffixes was made, UTC; 0: there is none */
} Machine;

/** Looks at the machine below @root, which is "/" outside of tests. What cannot be read is not there. */
void machine_look(const char *root, Machine *ret);
