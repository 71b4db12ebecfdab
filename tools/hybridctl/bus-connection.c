/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "bus-connection.h"
#include "tools/common/complain.h"

#define _bus_ _cleanup_(sd_bus_flush_close_unrefp) sd_bus

/* Waits until the connection is up, so that what is wrong with it is known at once. */
static int wait_until_up(sd_bus *bus) {
        const char *unique_name;

        return sd_bus_get_unique_name(bus, &unique_name);
}

int bus_open(sd_bus **ret) {
        _bus_ *bus = NULL;
        int r;

        r = sd_bus_open_user(&bus);
        if (r >= 0)
                r = wait_until_up(bus);
        if (r < 0) {
                complain("session bus: %s; run hybridctl in a desktop session, or under "
                         "dbus-run-session",
                         r == -ENOMEDIUM ? "there is none" : strerror(-r));
                return r;
        }

        *ret = TAKE_PTR(bus);
        return 0;
}

static int open_address(sd_bus **ret, const char *address) {
        _bus_ *bus = NULL;
        int r;

        r = sd_bus_new(&bus);
        if (r >= 0)
                r = sd_bus_set_address(bus, address);
        if (r >= 0)
                r = sd_bus_set_bus_client(bus, true);
        if (r >= 0)
                r = sd_bus_negotiate_fds(bus, true);
        if (r >= 0)
                r = sd_bus_start(bus);
        if (r >= 0)
                r = wait_until_up(bus);
        if (r >= 0)
                *ret = TAKE_PTR(bus);
        return r;
}

int bus_open_address(sd_bus **ret, const char *address) {
        int r;

        r = open_address(ret, address);
        if (r < 0)
                complain("message bus: %s at %s; try again", strerror(-r), address);
        return r;
}
