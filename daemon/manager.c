/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/log.h"
#include "daemon/manager.h"
#include "daemon/names.h"

/* Who called hybridd by the bus waits for at most 25 s. */
#define PHONES_WAIT_USEC (3 * 1000000ULL)

/* ---- the radio ------------------------------------------------------------------------------ */

static void on_advert(void *userdata, const BleAdvert *advert) {
        Manager *manager = userdata;

        diagnosis_advert(manager->diagnosis, advert);
        requests_advert(&manager->requests, advert);
}

static void on_radio_status(void *userdata, BleStatus status) {
        Manager *manager = userdata;

        manager_bus_emit_bluetooth(manager);
        diagnosis_radio_status(manager->diagnosis, status);
        requests_radio_status(&manager->requests, status);
}

static const BleEvents radio_events = {
        .advert = on_advert,
        .status = on_radio_status,
};

/* ---- leaving when there is nothing to do ---------------------------------------------------- */

static void rearm_idle(Manager *manager);

/* The name goes first: who calls from now on starts another daemon. Who called just before is
 * still in our queue, and is served: if need be without the name, which another may have by now. */
static int on_idle(sd_event_source *source, uint64_t usec, void *userdata) {
        Manager *manager = userdata;
        sd_bus *bus = manager->services.bus;
        int r;

        if (manager->diagnosis || phones_are_busy(&manager->phones)) {
                rearm_idle(manager);
                return 0;
        }
        r = sd_bus_release_name(bus, BUS_NAME);
        if (r < 0)
                log_debug("Failed to release the bus name: %s", strerror(-r));
        while (manager->requests.n == 0 && sd_bus_process(bus, NULL) > 0)
                ;
        if (manager->requests.n == 0) {
                log_debug("Idle, leaving");
                return sd_event_exit(manager->services.event, 0);
        }

        r = sd_bus_request_name(bus, BUS_NAME, 0);
        if (r < 0)
                log_debug("Failed to get the bus name again: %s", strerror(-r));
        return 0;
}

static void rearm_idle(Manager *manager) {
        const Services *services = &manager->services;
        int r = 0;

        manager->idle = sd_event_source_disable_unref(manager->idle);
        if (manager->requests.n == 0 && services->config.idle_exit_usec > 0)
                r = sd_event_add_time_relative(services->event, &manager->idle, CLOCK_MONOTONIC,
                                               services->config.idle_exit_usec, 0, on_idle,
                                               manager);
        if (r < 0)
                log_error_errno(r, "Failed to set the idle timer");
}

static void on_requests_changed(void *userdata) {
        rearm_idle(userdata);
}

/* ---- beginning to serve --------------------------------------------------------------------- */

/* Asks for the name, which is the last thing to do: who calls is served from then on. */
static int serve(Manager *manager) {
        int r;

        r = sd_bus_request_name(manager->services.bus, BUS_NAME, 0);
        if (r == -EEXIST)
                return log_error_errno(r, "Another hybridd runs on this bus");
        if (r < 0)
                return log_error_errno(r, "Failed to get the name %s", BUS_NAME);

        manager->serving = true;
        rearm_idle(manager);
        return 0;
}

static void on_phones_loaded(void *userdata) {
        Manager *manager = userdata;
        int r;

        manager->phones_wait = sd_event_source_disable_unref(manager->phones_wait);
        if (manager->serving)
                return;
        r = serve(manager);
        if (r < 0)
                (void)sd_event_exit(manager->services.event, r);
}

/* Codes can be scanned without them, and who called us by the bus does not wait for ever. */
static int on_phones_late(sd_event_source *source, uint64_t usec, void *userdata) {
        log_warning("The Secret Service is slow: linked phones can be used when it has answered");
        on_phones_loaded(userdata);
        return 0;
}

static int limit_wait(Manager *manager) {
        return sd_event_add_time_relative(manager->services.event, &manager->phones_wait,
                                          CLOCK_MONOTONIC, PHONES_WAIT_USEC, 0, on_phones_late,
                                          manager);
}

static size_t windows(void *userdata, const char *ret[static PHONES_N_WINDOWS_MAX]) {
        const Manager *manager = userdata;

        return requests_windows(&manager->requests, ret);
}

static const PhonesEvents phones_events = {
        .loaded = on_phones_loaded,
        .windows = windows,
};

/* ---- life ----------------------------------------------------------------------------------- */

int manager_new(Manager **ret, sd_event *event) {
        _cleanup_(manager_freep) Manager *manager = NULL;
        int r;

        manager = calloc(1, sizeof(*manager));
        if (!manager)
                return log_error_errno(-ENOMEM, "Failed to start");
        manager->services.event = sd_event_ref(event);
        manager->requests = (Requests){
                .services = &manager->services,
                .phones = &manager->phones,
                .spare = &manager->spare,
                .changed = on_requests_changed,
                .userdata = manager,
        };

        r = worker_spare_start(&manager->spare, event);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(manager);
        return 0;
}

int manager_start(Manager *manager, Config *config) {
        Services *services = &manager->services;
        int r;

        services->config = *config;
        *config = (Config){};

        r = radio_new(&services->radio, services->event, &services->config, &radio_events, manager);
        if (r < 0)
                return r;
        r = services_connect(services);
        if (r < 0)
                return r;

        r = manager_bus_add(manager);
        if (r >= 0)
                r = requests_serve(&manager->requests);
        if (r < 0)
                return log_error_errno(r, "Failed to put the interface on the bus");
        if (services->config.phones_in_secret_service)
                r = limit_wait(manager);
        if (r >= 0)
                r = phones_start(&manager->phones, services, &phones_events, manager);
        if (r < 0)
                return r;
        return services->config.phones_in_secret_service ? 0 : serve(manager);
}

Manager *manager_free(Manager *manager) {
        if (!manager)
                return NULL;

        requests_done(&manager->requests);
        diagnosis_free(manager->diagnosis);
        sd_event_source_disable_unref(manager->idle);
        sd_event_source_disable_unref(manager->phones_wait);
        worker_spare_done(&manager->spare);
        phones_done(&manager->phones);
        sd_bus_slot_unref(manager->slot);
        services_done(&manager->services);
        free(manager);
        return NULL;
}
