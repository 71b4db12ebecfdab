/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ceremony/log.h"
#include "daemon/caller/caller-table.h"
#include "daemon/diagnose.h"
#include "daemon/names.h"
#include "daemon/policy/policy-diagnose.h"
#include "diagnosis/lists.h"
#include "diagnosis/radio.h"

#define USEC_PER_SEC 1000000ULL
/* Phones repeat their adverts a few times a second. */
#define LISTEN_USEC       (2 * USEC_PER_SEC)
#define RSSI_UNKNOWN      127
#define N_CALLS_MAX       16
#define STARTING_MAX_USEC (3 * USEC_PER_SEC)

struct Diagnosis {
        Services *services;
        Diagnosis **place; /* where its owner has it */
        sd_bus_message *calls[N_CALLS_MAX];
        size_t n_calls;
        sd_event_source *timer; /* NULL when it has run out */
        bool scanning;
        RadioHeard heard;
        BluezAdaptersQuery *query; /* NULL when it was answered */
        BluezAdapters bluez;
};

static void stop_listening(Diagnosis *diagnosis) {
        diagnosis->timer = sd_event_source_disable_unref(diagnosis->timer);
        if (diagnosis->scanning)
                radio_scan_unref(diagnosis->services->radio);
        diagnosis->scanning = false;
}

Diagnosis *diagnosis_free(Diagnosis *diagnosis) {
        if (!diagnosis)
                return NULL;

        stop_listening(diagnosis);
        bluez_adapters_query_free(diagnosis->query);
        for (size_t i = 0; i < diagnosis->n_calls; i++)
                sd_bus_message_unref(diagnosis->calls[i]);
        free(diagnosis);
        return NULL;
}

/* ---- the answer ----------------------------------------------------------------------------- */

static int append_word(sd_bus_message *reply, const char *key, const char *value) {
        return sd_bus_message_append(reply, "{sv}", key, "s", value);
}

static int append_finding(sd_bus_message *reply, const Finding *finding) {
        int r;

        r = sd_bus_message_open_container(reply, 'a', "{sv}");
        if (r >= 0)
                r = append_word(reply, "id", finding->id);
        if (r >= 0)
                r = append_word(reply, "severity", severity_name(finding->severity));
        if (r >= 0)
                r = append_word(reply, "summary", finding->summary);
        if (r >= 0)
                r = append_word(reply, "remedy", finding->remedy);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r;
}

static int answer(sd_bus_message *call, const Findings *findings) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "a{sv}");
        for (size_t i = 0; r >= 0 && i < findings->n; i++)
                r = append_finding(reply, &findings->findings[i]);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

/* ---- the facts ------------------------------------------------------------------------------ */

static void collect(const Diagnosis *diagnosis, RadioFacts *ret) {
        const Services *services = diagnosis->services;

        *ret = (RadioFacts){
                .backend = radio_backend_name(services->radio),
                .only_name = services->config.adapter,
                .status = radio_status(services->radio),
                .rfkill = rfkill_bluetooth_state(services->config.root),
                .heard = diagnosis->heard,
                .bluez = diagnosis->bluez,
        };
        machine_look(services->config.root, &ret->machine);
}

static void diagnose_callers(const Config *config, Findings *findings) {
        _cleanup_(caller_table_freep) CallerTable *table = NULL;
        char summary[FINDING_SUMMARY_SIZE];
        const char *problem;
        size_t n;

        if (caller_table_new(&table, config->callers_vendor_folder, config->callers_admin_folder) <
            0)
                return;
        problem = caller_table_problem(table, &n);
        if (!problem)
                return;
        /* What does not fit is in the log. */
        snprintf(summary, sizeof(summary), "A table of callers does not count: %.200s.", problem);
        findings_add(findings, "callers-ignored", SEVERITY_WARNING, summary,
                     "Mend it as root; see hybridd-callers.conf(5). Programs that only it "
                     "lists are refused meanwhile.");
}

/* Goes on when both the wait is over and bluetoothd has answered. */
static void finish_when_known(Diagnosis *diagnosis) {
        Findings findings = {};
        RadioFacts facts;
        int r;

        if (diagnosis->timer || diagnosis->query)
                return;
        collect(diagnosis, &facts);
        radio_diagnose(&facts, &findings);
        lists_diagnose(&facts.machine, time(NULL), &findings);
        r = services_read_policy(diagnosis->services);
        if (r < 0)
                log_error_errno(r, "Failed to read the policy");
        else
                policy_diagnose(&diagnosis->services->policy, &findings);
        diagnose_callers(&diagnosis->services->config, &findings);
        for (size_t i = 0; i < diagnosis->n_calls; i++) {
                r = answer(diagnosis->calls[i], &findings);
                if (r < 0)
                        log_error_errno(r, "Failed to answer Diagnose()");
        }
        *diagnosis->place = NULL;
        diagnosis_free(diagnosis);
}

/* ---- the wait ------------------------------------------------------------------------------- */

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Diagnosis *diagnosis = userdata;

        stop_listening(diagnosis);
        finish_when_known(diagnosis);
        return 0;
}

static void on_adapters(void *userdata, int r, const BluezAdapters *adapters) {
        Diagnosis *diagnosis = userdata;

        if (adapters)
                diagnosis->bluez = *adapters;
        else
                log_debug("bluetoothd does not say what adapters it has: %s", strerror(-r));
        diagnosis->query = bluez_adapters_query_free(diagnosis->query);
        finish_when_known(diagnosis);
}

static int wait_for(Diagnosis *diagnosis, uint64_t usec) {
        diagnosis->timer = sd_event_source_disable_unref(diagnosis->timer);
        return sd_event_add_time_relative(diagnosis->services->event, &diagnosis->timer,
                                          CLOCK_MONOTONIC, usec, 0, on_timer, diagnosis);
}

/* What is known of the radio decides how long there is something to wait for. */
static int wait_as_needed(Diagnosis *diagnosis) {
        switch (radio_status(diagnosis->services->radio)) {
        case BLE_ON:
                diagnosis->heard.listened = true;
                return wait_for(diagnosis, LISTEN_USEC);
        case BLE_STARTING:
                return wait_for(diagnosis, STARTING_MAX_USEC);
        default:
                return wait_for(diagnosis, 0);
        }
}

void diagnosis_advert(Diagnosis *diagnosis, const BleAdvert *advert) {
        RadioHeard *heard;

        if (!diagnosis)
                return;
        heard = &diagnosis->heard;
        heard->n_adverts++;
        if (advert->rssi != RSSI_UNKNOWN &&
            (heard->rssi_max == RSSI_UNKNOWN || advert->rssi > heard->rssi_max))
                heard->rssi_max = advert->rssi;
}

void diagnosis_radio_status(Diagnosis *diagnosis, BleStatus status) {
        int r;

        if (!diagnosis || !diagnosis->timer || diagnosis->heard.listened)
                return;
        r = wait_as_needed(diagnosis);
        if (r < 0)
                log_error_errno(r, "Failed to set a timer");
}

/* ---- calls ---------------------------------------------------------------------------------- */

static int diagnosis_new(Diagnosis **ret, Services *services) {
        _cleanup_(diagnosis_freep) Diagnosis *diagnosis = NULL;
        int r;

        diagnosis = calloc(1, sizeof(*diagnosis));
        if (!diagnosis)
                return -ENOMEM;
        diagnosis->services = services;
        diagnosis->place = ret;
        diagnosis->heard.rssi_max = RSSI_UNKNOWN;

        r = radio_scan_ref(services->radio);
        if (r < 0)
                return r;
        diagnosis->scanning = true;
        r = wait_as_needed(diagnosis);
        if (r < 0)
                return r;
        /* Without a system bus there is nobody to ask, which the status tells too. */
        if (strcmp(radio_backend_name(services->radio), ble_bluez.name) == 0)
                bluez_adapters_query(&diagnosis->query, services->event, on_adapters, diagnosis);

        *ret = TAKE_PTR(diagnosis);
        return 0;
}

int diagnosis_call(Diagnosis **running, Services *services, sd_bus_message *call,
                   sd_bus_error *error) {
        Diagnosis *diagnosis;
        int r;

        if (!*running) {
                r = diagnosis_new(running, services);
                if (r < 0)
                        return r;
        }

        diagnosis = *running;
        if (diagnosis->n_calls == N_CALLS_MAX)
                return sd_bus_error_set(error, ERROR_NOT_ALLOWED_ERROR,
                                        "too many others ask the same; try again");
        diagnosis->calls[diagnosis->n_calls++] = sd_bus_message_ref(call);
        return 0;
}
