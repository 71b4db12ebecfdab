/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <string.h>

#include "base/macro.h"
#include "client/bus-error.h"
#include "daemon/names.h"
#include "words/template.h"

/* Marks a text for the translators: who shows an outcome to people translates it. */
#define N_(text) text

const char *const bus_error_texts[_BUS_ERROR_TEXT_MAX] = {
        [BUS_ERROR_TEXT_NOT_STARTED] =
                /* Translators: {reason} is what the message bus says, in English.
                 * xgettext:python-brace-format */
        N_("hybridd cannot be started ({reason}). Its log says why: journalctl --user -u hybridd, "
           "or "
           "start it by hand."),
        [BUS_ERROR_TEXT_NOT_REACHED] =
                /* Translators: {reason} is what the message bus says, in English.
                 * xgettext:python-brace-format */
        N_("hybridd cannot be reached ({reason})."),
        [BUS_ERROR_TEXT_NOT_SPOKEN_WITH] =
                /* Translators: {reason} is what the system says, in English.
                 * xgettext:python-brace-format */
        N_("Talking to hybridd failed: {reason}. Try again."),
};

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

void bus_error_fill_in(BusErrorText text, const char *value, char *ret, size_t size) {
        template_fill_in_place(bus_error_texts[text], value, ret, size);
}

void bus_error_outcome(const sd_bus_error *error, Outcome *outcome) {
        const char *message = error->message ? error->message : error->name;
        char filled_in[512];
        const char *text = filled_in;

        if (strncmp(error->name, ERROR_PREFIX, strlen(ERROR_PREFIX)) == 0) {
                const char *dom_exception = error->name + strlen(ERROR_PREFIX);

                outcome_fail(outcome, dom_exception, cause_of(dom_exception), message);
                return;
        }

        if (means_absent(error))
                text = N_("hybridd cannot be reached. Install it, or start it by hand, on this "
                          "session bus.");
        else if (means_not_started(error))
                bus_error_fill_in(BUS_ERROR_TEXT_NOT_STARTED, message, filled_in,
                                  sizeof(filled_in));
        else if (sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY))
                text = N_("hybridd did not answer. See its log, then try again.");
        else
                bus_error_fill_in(BUS_ERROR_TEXT_NOT_REACHED, message, filled_in,
                                  sizeof(filled_in));
        outcome_fail(outcome, "UnknownError", "no-daemon", text);
}
