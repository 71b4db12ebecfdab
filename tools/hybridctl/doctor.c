/* SPDX-License-Identifier: MIT */

/* `hybridctl doctor`: what stands in the way of using a phone, and what to do about it. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "bus-connection.h"
#include "client/bus-error.h"
#include "command.h"
#include "daemon/names.h"
#include "doctor.h"
#include "tools/common/complain.h"

#define _bus_     _cleanup_(sd_bus_flush_close_unrefp) sd_bus
#define _message_ _cleanup_(sd_bus_message_unrefp) sd_bus_message
#define _error_   _cleanup_(sd_bus_error_free) sd_bus_error

/* A finding on its way from the bus: borrowed from the message. */
typedef struct Heard {
        const char *id, *severity, *summary, *remedy;
} Heard;

static const char **member_of(Heard *heard, const char *key) {
        const struct {
                const char *key;
                const char **member;
        } members[] = {
                { "id", &heard->id },
                { "severity", &heard->severity },
                { "summary", &heard->summary },
                { "remedy", &heard->remedy },
        };

        for (size_t i = 0; i < ELEMENTSOF(members); i++)
                if (strcmp(members[i].key, key) == 0)
                        return members[i].member;
        return NULL;
}

/* What a newer hybridd may say besides is passed over. */
static int read_entry(sd_bus_message *reply, Heard *heard) {
        const char *key, **member;
        int r;

        r = sd_bus_message_read(reply, "s", &key);
        if (r < 0)
                return r;
        member = member_of(heard, key);
        return member ? sd_bus_message_read(reply, "v", "s", member)
                      : sd_bus_message_skip(reply, "v");
}

static int read_finding(sd_bus_message *reply, Heard *ret) {
        int r;

        *ret = (Heard){ "", "", "", "" };
        while ((r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
                r = read_entry(reply, ret);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
                if (r < 0)
                        break;
        }
        return r;
}

static int read_findings(sd_bus_message *reply, Doctor *doctor) {
        Heard heard;
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "a{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'a', "{sv}")) > 0) {
                r = read_finding(reply, &heard);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
                if (r >= 0)
                        doctor_report(doctor, heard.id, heard.severity, heard.summary,
                                      heard.remedy);
        }
        return r;
}

/* What stopped the call is a finding of its own; what hybridd would have found is looked for here. */
static int do_without_hybridd(Doctor *doctor, const sd_bus_error *error) {
        Outcome outcome = {};

        bus_error_outcome(error, &outcome);
        doctor_report(doctor, "hybridd", "error", outcome.message ? outcome.message : "",
                      "`systemctl --user status hybridd` says more.");
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
                              "There is no session bus, through which hybridd is reached.",
                              "Run hybridctl in a desktop session, or under dbus-run-session.");
                return doctor_look_here(doctor);
        }

        doctor_report_wait(doctor);
        r = sd_bus_call_method(bus, BUS_NAME, BUS_PATH, MANAGER_INTERFACE, "Diagnose", &error,
                               &reply, "");
        if (r < 0)
                return do_without_hybridd(doctor, &error);

        r = read_findings(reply, doctor);
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
