/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "bus-connection.h"
#include "daemon/names.h"
#include "tools/common/complain.h"

#define _bus_ _cleanup_(sd_bus_flush_close_unrefp) sd_bus

/* The daemon names its errors like DOMExceptions; a call has few causes to fail for. */
static const char *cause_of(const char *dom_exception) {
        if (strcmp(dom_exception, "TypeError") == 0)
                return "bad-request";
        if (strcmp(dom_exception, "NotAllowedError") == 0)
                return "busy";
        return "internal";
}

static bool means_absent(const sd_bus_error *error) {
        return sd_bus_error_has_names(error, SD_BUS_ERROR_SERVICE_UNKNOWN,
                                      SD_BUS_ERROR_NAME_HAS_NO_OWNER);
}

static bool means_not_started(const sd_bus_error *error) {
        return strncmp(error->name, "org.freedesktop.DBus.Error.Spawn.", 33) == 0;
}

void bus_error_outcome(const sd_bus_error *error, Outcome *outcome) {
        const char *message = error->message ? error->message : error->name;
        char text[512];

        if (strncmp(error->name, ERROR_PREFIX, strlen(ERROR_PREFIX)) == 0) {
                const char *dom_exception = error->name + strlen(ERROR_PREFIX);

                outcome_fail(outcome, dom_exception, cause_of(dom_exception), message);
                return;
        }

        if (means_absent(error))
                snprintf(text, sizeof(text),
                         "hybridd cannot be reached. Install it, or start it by hand, on this "
                         "session bus.");
        else if (means_not_started(error))
                snprintf(text, sizeof(text),
                         "hybridd cannot be started (%s). Its log says why: journalctl --user -u "
                         "hybridd, or start it by hand.",
                         message);
        else if (sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY))
                snprintf(text, sizeof(text),
                         "hybridd did not answer. See its log, then try "
                         "again.");
        else
                snprintf(text, sizeof(text), "hybridd cannot be reached (%s).", message);
        outcome_fail(outcome, "UnknownError", "no-daemon", text);
}

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
