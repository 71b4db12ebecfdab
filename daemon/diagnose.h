/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Manager.Diagnose(): listens for a moment, looks at the machine, and answers with findings. Calls
 * that come meanwhile get the same answer.
 */

#include <systemd/sd-bus.h>

#include "daemon/services.h"

typedef struct Diagnosis Diagnosis;

/**
 * Takes a call, which is answered later: by the diagnosis in *running, or, where that is NULL, by a new one.
 * Once it has answered, *running is NULL again. 0, or a negative errno with @error set or to be sent.
 */
int diagnosis_call(Diagnosis **running, Services *services, sd_bus_message *call,
                   sd_bus_error *error);
Diagnosis *diagnosis_free(Diagnosis *diagnosis);
DEFINE_CLEANUP(Diagnosis *, diagnosis_free);

/** What the radio has to say to a diagnosis that listens. NULL is nobody. */
void diagnosis_advert(Diagnosis *diagnosis, const BleAdvert *advert);
void diagnosis_radio_status(Diagnosis *diagnosis, BleStatus status);
