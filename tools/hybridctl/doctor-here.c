/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>
#include <time.h>

#include "diagnosis/lists.h"
#include "diagnosis/radio.h"
#include "doctor.h"
#include "tools/common/complain.h"

#define USEC_PER_SEC 1000000ULL
/* A radio knows its condition after two seconds. */
#define WAIT_USEC (3 * USEC_PER_SEC)

/* What the radio and bluetoothd say. */
typedef struct Look {
        BleStatus status;
        BluezAdapters bluez;
        bool has_answer; /* of bluetoothd, whichever */
        bool is_over;
} Look;

static void on_advert(void *userdata, const BleAdvert *advert) {
}

static void on_status(void *userdata, BleStatus status) {
        Look *look = userdata;

        look->status = status;
}

static void on_adapters(void *userdata, int r, const BluezAdapters *adapters) {
        Look *look = userdata;

        look->has_answer = true;
        if (adapters)
                look->bluez = *adapters;
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata) {
        Look *look = userdata;

        look->is_over = true;
        return 0;
}

static int wait_for_both(sd_event *event, Look *look) {
        int r;

        r = sd_event_add_time_relative(event, NULL, CLOCK_MONOTONIC, WAIT_USEC, 0, on_timeout,
                                       look);
        while (r >= 0 && !look->is_over && (look->status == BLE_STARTING || !look->has_answer))
                r = sd_event_run(event, UINT64_MAX);
        return r;
}

/* At the radio that hybridd would use if nothing else is set. */
static int take_a_look(Look *look) {
        static const BleEvents events = { .advert = on_advert, .status = on_status };
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(bluez_adapters_query_freep) BluezAdaptersQuery *query = NULL;
        _cleanup_(ble_freep) Ble *ble = NULL;
        int r;

        r = sd_event_new(&event);
        if (r >= 0)
                r = ble_bluez.open(&ble, event, NULL, &events, look);
        if (r < 0)
                return r;
        look->status = ble_bluez.status(ble);
        /* Without a system bus there is nobody to ask, which the status tells too. */
        if (bluez_adapters_query(&query, event, on_adapters, look) < 0)
                look->has_answer = true;
        return wait_for_both(event, look);
}

int doctor_look_here(Doctor *doctor) {
        RadioFacts facts = { .backend = ble_bluez.name, .only_name = "" };
        Findings findings = {};
        Look look = {};
        int r;

        r = take_a_look(&look);
        if (r < 0) {
                complain("radio: %s; see the system's log", strerror(-r));
                return r;
        }
        facts.status = look.status;
        facts.bluez = look.bluez;
        facts.rfkill = rfkill_bluetooth_state("/");
        machine_look("/", &facts.machine);
        radio_diagnose(&facts, &findings);
        lists_diagnose(&facts.machine, time(NULL), &findings);
        for (size_t i = 0; i < findings.n; i++)
                doctor_report(doctor, findings.findings[i].id,
                              severity_name(findings.findings[i].severity),
                              findings.findings[i].summary, findings.findings[i].remedy);
        return 0;
}
