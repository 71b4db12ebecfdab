/* SPDX-License-Identifier: MIT */

/* `hybridctl doctor`: what stands in the way of using a phone, and what to do about it. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "bus-connection.h"
#include "client/bus-error.h"
#include "client/bus-findings.h"
#include "command.h"
#include "daemon/names.h"
#include "doctor.h"
#include "tools/common/complain.h"

/* Marks a text for the translators: what prints it translates it. */
#define N_(text) text

#define _bus_     _cleanup_(sd_bus_flush_close_unrefp) sd_bus
#define _message_ _cleanup_(sd_bus_message_unrefp) sd_bus_message
#define _error_   _cleanup_(sd_bus_error_free) sd_bus_error

static void on_finding(void *userdata, const BusFinding *finding) {
        doctor_report(userdata, finding->id, finding->severity, finding->summary, finding->remedy);
}

/* What stopped the call is a finding of its own; what hybridd would have found is looked for here. */
static int do_without_hybridd(Doctor *doctor, const sd_bus_error *error) {
        Outcome outcome = {};

        bus_error_outcome(error, &outcome);
        doctor_report(doctor, "hybridd", "error", outcome.message ? outcome.message : "",
                      N_("`systemctl --user status hybridd` says more."));
        outcome_done(&outcome);
        return doctor_look_here(doctor);
}

/* Waits until the connection is up, so that what is wrong with it is known at once. */
static int open_bus(sd_bus **ret) {
        const char *unique_name;
        _bus_ *bus = NULL;
        int r;

        r = sd_bus_open_user(&bus);
        if (r >= 0)
                r = sd_bus_get_unique_name(bus, &unique_name);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(bus);
        return 0;
}

static int ask(Doctor *doctor) {
        _error_ error = SD_BUS_ERROR_NULL;
        _message_ *reply = NULL;
        _bus_ *bus = NULL;
        int r;

        r = open_bus(&bus);
        if (r < 0) {
                doctor_report(doctor, "session-bus", "error",
                              N_("There is no session bus, through which hybridd is reached."),
                              N_("Run hybridctl in a desktop session, or under dbus-run-session."));
                return doctor_look_here(doctor);
        }

        doctor_report_wait(doctor);
        r = sd_bus_call_method(bus, BUS_NAME, BUS_PATH, MANAGER_INTERFACE, "Diagnose", &error,
                               &reply, "");
        if (r < 0)
                return do_without_hybridd(doctor, &error);

        r = bus_findings_read(reply, on_finding, doctor);
        if (r < 0)
                complain("hybridd: its answer makes no sense (%s); is it of another version?",
                         strerror(-r));
        return r;
}

int command_doctor(const Options *options) {
        Doctor doctor = { .json = options->json };

        if (ask(&doctor) < 0)
                return EXIT_FAILURE;
        doctor_report_end(&doctor);
        return doctor.n_errors > 0 || doctor.r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
