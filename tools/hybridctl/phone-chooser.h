/* SPDX-License-Identifier: MIT */
#pragma once

/* Asks the person at a terminal which of the linked phones is to be used, before a ceremony. */

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "hybrid.h"
#include "interrupts.h"

/** Whether there is somebody to ask: stdin and stderr are terminals. */
bool phone_chooser_is_possible(void);

/**
 * Lists them on stderr and waits for a line of stdin. The bus is attached to the event loop.
 * *ret is the path of a phone, to be freed; NULL if it is to be another one, or none is linked.
 * 0; -ECANCELED if the person wants to end; another negative errno after having complained.
 */
int phone_chooser_ask(sd_event *event, sd_bus *bus, Interrupts *interrupts,
                      HybridOperation operation, char **ret);
