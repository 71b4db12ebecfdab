/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "diagnosis/radio.h"
#include "doctor.h"
#include "tools/common/complain.h"

#define USEC_PER_SEC 1000000ULL
/* A radio knows its condition after two seconds. */
#define WAIT_USEC (3 * USEC_PER_SEC)

static void on_advert(void *userdata, const BleAdvert *advert) {
}

static void on_status(void *userdata, BleStatus status) {
        BleStatus *known = userdata;

        *known = status;
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata) {
        bool *over = userdata;

        *over = true;
        return 0;
}

static int wait_for_status(sd_event *event, const BleStatus *status) {
        bool over = false;
        int r;

        r = sd_event_add_time_relative(event, NULL, CLOCK_MONOTONIC, WAIT_USEC, 0, on_timeout,
                                       &over);
        while (r >= 0 && !over && *status == BLE_STARTING)
                r = sd_event_run(event, UINT64_MAX);
        return r;
}

/* The condition of the radio that hybridd would use if nothing else is set. */
static int find_status(BleStatus *ret) {
        static const BleEvents events = { .advert = on_advert, .status = on_status };
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(ble_freep) Ble *ble = NULL;
        int r;

        r = sd_event_new(&event);
        if (r >= 0)
                r = ble_bluez.open(&ble, event, NULL, &events, ret);
        if (r < 0)
                return r;
        *ret = ble_bluez.status(ble);
        return wait_for_status(event, ret);
}

int doctor_look_here(Doctor *doctor) {
        RadioFacts facts = { .backend = ble_bluez.name, .only_name = "" };
        Findings findings = {};
        int r;

        r = find_status(&facts.status);
        if (r < 0) {
                complain("radio: %s; see the system's log", strerror(-r));
                return r;
        }
        facts.rfkill = rfkill_bluetooth_state("/");
        machine_look("/", &facts.machine);
        radio_diagnose(&facts, &findings);
        for (size_t i = 0; i < findings.n; i++)
                doctor_report(doctor, findings.findings[i].id,
                              severity_name(findings.findings[i].severity),
                              findings.findings[i].summary, findings.findings[i].remedy);
        return 0;
}
