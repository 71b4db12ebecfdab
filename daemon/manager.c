/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/log.h"
#include "daemon/diagnose.h"
#include "daemon/manager.h"
#include "daemon/names.h"
#include "daemon/phone-vault.h"
#include "daemon/phones.h"
#include "daemon/request.h"

#define USEC_PER_SEC        1000000ULL
#define SPARE_LIFETIME_USEC (5 * USEC_PER_SEC)

/* ---- the spare process ---------------------------------------------------------------------- */

static int on_spare_unused(sd_event_source *source, uint64_t usec, void *userdata) {
        Manager *manager = userdata;

        manager->spare = worker_kill(manager->spare);
        manager->spare_timer = sd_event_source_disable_unref(manager->spare_timer);
        return 0;
}

static int start_spare(Manager *manager) {
        int r;

        r = worker_new(&manager->spare, manager->event);
        if (r < 0)
                return r;
        return sd_event_add_time_relative(manager->event, &manager->spare_timer, CLOCK_MONOTONIC,
                                          SPARE_LIFETIME_USEC, 0, on_spare_unused, manager);
}

int manager_take_worker(Manager *manager, Worker **ret) {
        if (!manager->spare)
                return worker_new(ret, manager->event);

        manager->spare_timer = sd_event_source_disable_unref(manager->spare_timer);
        *ret = TAKE_PTR(manager->spare);
        return 0;
}

/* ---- the radio ------------------------------------------------------------------------------ */

static void on_advert(void *userdata, const BleAdvert *advert) {
        Manager *manager = userdata;

        diagnosis_advert(manager->diagnosis, advert);
        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                if (manager->requests[i])
                        request_advert(manager->requests[i], advert);
}

static void on_radio_status(void *userdata, BleStatus status) {
        Manager *manager = userdata;

        manager_bus_emit_bluetooth(manager);
        diagnosis_radio_status(manager->diagnosis, status);
        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                if (manager->requests[i])
                        request_radio_status(manager->requests[i], status);
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
        int r;

        if (manager->diagnosis || (manager->vault && phone_vault_is_busy(manager->vault))) {
                rearm_idle(manager);
                return 0;
        }
        r = sd_bus_release_name(manager->bus, BUS_NAME);
        if (r < 0)
                log_debug("Failed to release the bus name: %s", strerror(-r));
        while (manager->n_requests == 0 && sd_bus_process(manager->bus, NULL) > 0)
                ;
        if (manager->n_requests == 0) {
                log_debug("Idle, leaving");
                return sd_event_exit(manager->event, 0);
        }

        r = sd_bus_request_name(manager->bus, BUS_NAME, 0);
        if (r < 0)
                log_debug("Failed to get the bus name again: %s", strerror(-r));
        return 0;
}

static void rearm_idle(Manager *manager) {
        int r = 0;

        manager->idle = sd_event_source_disable_unref(manager->idle);
        if (manager->n_requests == 0 && manager->config.idle_exit_usec > 0)
                r = sd_event_add_time_relative(manager->event, &manager->idle, CLOCK_MONOTONIC,
                                               manager->config.idle_exit_usec, 0, on_idle, manager);
        if (r < 0)
                log_error_errno(r, "Failed to set the idle timer");
}

/* ---- requests ------------------------------------------------------------------------------- */

int manager_add_request(Manager *manager, Request *request) {
        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                if (!manager->requests[i]) {
                        manager->requests[i] = request;
                        manager->n_requests++;
                        rearm_idle(manager);
                        return 0;
                }
        return -ENOSPC;
}

void manager_remove_request(Manager *manager, Request *request) {
        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                if (manager->requests[i] == request) {
                        manager->requests[i] = NULL;
                        manager->n_requests--;
                        rearm_idle(manager);
                }
}

static Request *last_lingering(const Manager *manager) {
        Request *last = NULL;
        uint64_t since = 0;

        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                if (manager->requests[i] && request_lingers_since(manager->requests[i]) > since) {
                        last = manager->requests[i];
                        since = request_lingers_since(last);
                }
        return last;
}

void manager_end_older_lingering(Manager *manager) {
        const Request *last = last_lingering(manager);

        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                if (manager->requests[i] && manager->requests[i] != last &&
                    request_is_answered(manager->requests[i]))
                        request_end_linger(manager->requests[i]);
}

size_t manager_count_requests_of(const Manager *manager, const char *sender) {
        size_t n = 0;

        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                n += manager->requests[i] && !request_is_answered(manager->requests[i]) &&
                     strcmp(request_sender(manager->requests[i]), sender) == 0;
        return n;
}

Request *manager_find_request(const Manager *manager, const char *path) {
        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                if (manager->requests[i] && strcmp(request_path(manager->requests[i]), path) == 0)
                        return manager->requests[i];
        return NULL;
}

/* ---- life ----------------------------------------------------------------------------------- */

int manager_new(Manager **ret, sd_event *event) {
        _cleanup_(manager_freep) Manager *manager = NULL;
        int r;

        manager = calloc(1, sizeof(*manager));
        if (!manager)
                return log_error_errno(-ENOMEM, "Failed to start");
        manager->event = sd_event_ref(event);

        r = start_spare(manager);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(manager);
        return 0;
}

static int connect_bus(Manager *manager) {
        int r;

        r = sd_bus_open_user(&manager->bus);
        if (r < 0)
                return log_error_errno(r, "Failed to connect to the session bus");
        r = sd_bus_attach_event(manager->bus, manager->event, 0);
        if (r < 0)
                return log_error_errno(r, "Failed to attach the bus to the event loop");
        r = sd_bus_set_exit_on_disconnect(manager->bus, true);
        if (r < 0)
                return log_error_errno(r, "Failed to follow the life of the bus");
        return 0;
}

int manager_serve(Manager *manager) {
        int r;

        r = sd_bus_request_name(manager->bus, BUS_NAME, 0);
        if (r == -EEXIST)
                return log_error_errno(r, "Another hybridd runs on this bus");
        if (r < 0)
                return log_error_errno(r, "Failed to get the name %s", BUS_NAME);

        manager->serving = true;
        rearm_idle(manager);
        return 0;
}

int manager_start(Manager *manager, Config *config) {
        int r;

        manager->config = *config;
        *config = (Config){};

        r = radio_new(&manager->radio, manager->event, &manager->config, &radio_events, manager);
        if (r < 0)
                return r;
        r = connect_bus(manager);
        if (r < 0)
                return r;

        r = manager_bus_add(manager);
        if (r >= 0)
                r = phones_bus_add(manager);
        if (r < 0)
                return log_error_errno(r, "Failed to put the interface on the bus");
        if (manager->config.phones_in_secret_service)
                return phones_start_vault(manager);
        return manager_serve(manager);
}

Manager *manager_free(Manager *manager) {
        if (!manager)
                return NULL;

        for (size_t i = 0; i < N_REQUEST_SLOTS; i++)
                if (manager->requests[i])
                        request_free(manager->requests[i]);
        diagnosis_free(manager->diagnosis);
        sd_event_source_disable_unref(manager->idle);
        sd_event_source_disable_unref(manager->spare_timer);
        worker_kill(manager->spare);
        phones_bus_remove(manager);
        phone_vault_free(manager->vault);
        sd_bus_slot_unref(manager->slot);
        sd_bus_flush_close_unref(manager->bus);
        radio_free(manager->radio);
        policy_done(&manager->policy);
        config_done(&manager->config);
        sd_event_unref(manager->event);
        free(manager->window);
        free(manager);
        return NULL;
}
