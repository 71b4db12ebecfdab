/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What goes over the bus between us and hybridd, in the form that the bus has it.
 */

#include <systemd/sd-bus.h>

#include "bus-request.h"
#include "outcome.h"

/** The call that begins a request. @token is the end of the path that it will have. */
int bus_message_new_call(sd_bus_message **ret, sd_bus *bus, const BusRequestParams *params,
                         const char *token);

/**
 * Reads the signal Response(u code, a{sv} results). Members that are not known are skipped.
 * 0, -EBADMSG if what must be there is not, -ENOMEM.
 */
int bus_message_read_response(sd_bus_message *message, Outcome *ret);

/** Reads PropertiesChanged. *ret is set, and the caller's, if it is about the state. */
int bus_message_read_state(sd_bus_message *message, char **ret);
