/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * All that hybridd has going on: the requests that are open, the radio that they share, and the
 * bus that they are made on.
 */

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "base/macro.h"
#include "daemon/config.h"
#include "daemon/policy/policy.h"
#include "daemon/radio.h"
#include "daemon/worker.h"

enum {
        N_REQUESTS_MAX = 16,
        N_REQUESTS_PER_CALLER_MAX = 4,
        N_REQUEST_SLOTS = 2 * N_REQUESTS_MAX, /* with those that are told "busy" */
};

typedef struct Diagnosis Diagnosis;
typedef struct PhonesBus PhonesBus;
typedef struct PhoneVault PhoneVault;
typedef struct Request Request;

typedef struct Manager {
        sd_event *event;
        sd_bus *bus;
        Config config; /* owned */
        Policy policy; /* of when the last request began */
        Radio *radio;
        sd_bus_slot *slot;
        PhonesBus *phones_bus;
        PhoneVault *vault; /* NULL: phones are in files */
        bool serving;      /* has the name */
        sd_event_source *idle;
        Diagnosis *diagnosis; /* while one goes on */

        Request *requests[N_REQUEST_SLOTS]; /* NULL where none is */
        size_t n_requests;

        char *window; /* the unique name that is known to be hybrid-prompt's; or NULL */

        /* Started with the daemon, since a call is what started it; gone if none comes. */
        Worker *spare;
        sd_event_source *spare_timer;
} Manager;

/** A manager that does nothing yet, but has its spare process. 0 or a negative errno, logged. */
int manager_new(Manager **ret, sd_event *event);
Manager *manager_free(Manager *manager);
DEFINE_CLEANUP(Manager *, manager_free);

/**
 * Takes the config over, opens the radio, connects to the bus and asks for the name; where phones are
 * kept in the Secret Service, when that has answered.
 * 0 or a negative errno, logged.
 */
int manager_start(Manager *manager, Config *config);

/**
 * Asks for the name, which is the last thing to do: who calls is served from then on. 0 or a negative
 * errno, logged.
 */
int manager_serve(Manager *manager);

/** A process for one ceremony: the spare one, or a new one. */
int manager_take_worker(Manager *manager, Worker **ret);

/** Enters an open request, or takes it out. */
int manager_add_request(Manager *manager, Request *request);
void manager_remove_request(Manager *manager, Request *request);

/**
 * A new ceremony is more important than those that only wait for phones to be remembered. The one
 * answered last goes on: its person may just be reading the phone's question.
 */
void manager_end_older_lingering(Manager *manager);

size_t manager_count_requests_of(const Manager *manager, const char *sender);
Request *manager_find_request(const Manager *manager, const char *path);

/**
 * Reads the administrator's policy anew (manager-policy.c), and logs what is wrong with it where
 * that was not said before. 0 or -ENOMEM.
 */
int manager_read_policy(Manager *manager);

/** Puts the interface on the bus (manager-bus.c). */
int manager_bus_add(Manager *manager);
void manager_bus_emit_bluetooth(Manager *manager);
