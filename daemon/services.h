/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the requests, the linked phones and a diagnosis have in common: the settings and the policy, the
 * bus, and the radio that they share.
 */

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "daemon/audit.h"
#include "daemon/config.h"
#include "daemon/policy/policy.h"
#include "daemon/radio.h"

typedef struct Services {
        sd_event *event;
        sd_bus *bus;
        Config config;
        Policy policy; /* of when the last request began */
        Radio *radio;
        AuditLimit audit_limit;
} Services;

void services_done(Services *services);

/** Connects to the session bus. 0 or a negative errno, logged. */
int services_connect(Services *services);

/**
 * Reads the administrator's policy anew, and logs what is wrong with it where that was not said before.
 * 0 or -ENOMEM.
 */
int services_read_policy(Services *services);
