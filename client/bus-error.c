/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "client/bus-error.h"
#include "daemon/names.h"

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
