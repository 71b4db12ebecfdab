/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What goes over the bus between us and hybridd, in the form that the bus has it.
 */

#include <systemd/sd-bus.h>

#include "client/bus-request.h"
#include "client/outcome.h"

/** The call that begins a request. @token is the end of the path that it will have. */
int bus_message_new_call(sd_bus_message **ret, sd_bus *bus, const BusRequestParams *params,
                         const char *token);

/**
 * Reads the signal Response(u code, a{sv} results). Members that are not known are skipped.
 * 0, -EBADMSG if what must be there is not, -ENOMEM.
 */
int bus_message_read_response(sd_bus_message *message, Outcome *ret);

/** What PropertiesChanged can be about. Each is the caller's; NULL: it is not about that. */
typedef struct BusProperties {
        char *state;
        char *phone_to_remember;
} BusProperties;

void bus_properties_done(BusProperties *properties);

/** Reads PropertiesChanged; @ret was all zeros. */
int bus_message_read_properties(sd_bus_message *message, BusProperties *ret);
