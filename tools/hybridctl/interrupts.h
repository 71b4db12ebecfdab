/* SPDX-License-Identifier: MIT */
#pragma once

#include <systemd/sd-event.h>

/**
 * The wish of a person, or of the system, that the program ends: SIGINT, SIGTERM and SIGHUP, counted
 * and handed to whoever is at work. The signals come through the event loop from then on.
 */
typedef struct Interrupts {
        unsigned n;
        void (*on_interrupt)(void *userdata); /* or NULL */
        void *userdata;
} Interrupts;

/** @interrupts must live as long as the event loop. */
int interrupts_add(Interrupts *interrupts, sd_event *event);

/** As if a person had wished it. */
void interrupts_raise(Interrupts *interrupts);
