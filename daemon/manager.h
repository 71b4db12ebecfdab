/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * All that hybridd has going on, from the moment when it takes its name on the bus until it leaves because
 * there is nothing to do.
 */

#include "base/macro.h"
#include "daemon/diagnose.h"
#include "daemon/request/requests.h"

typedef struct Manager {
        Services services;
        Phones phones;
        Requests requests;
        Diagnosis *diagnosis; /* while one goes on */
        WorkerSpare spare;
        sd_bus_slot *slot;
        bool serving; /* has the name */
        sd_event_source *idle;
        sd_event_source *phones_wait; /* while linked phones are loaded, before it serves */
} Manager;

/** A manager that does nothing yet, but has its spare process. 0 or a negative errno, logged. */
int manager_new(Manager **ret, sd_event *event);
Manager *manager_free(Manager *manager);
DEFINE_CLEANUP(Manager *, manager_free);

/**
 * Takes the config over, opens the radio, connects to the bus and asks for the name; where phones are
 * kept in the Secret Service, when that has answered, or after a few seconds.
 * 0 or a negative errno, logged.
 */
int manager_start(Manager *manager, Config *config);

/** Puts the interface on the bus (manager-bus.c). */
int manager_bus_add(Manager *manager);
void manager_bus_emit_bluetooth(Manager *manager);
