/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Asks the bus which process has a connection, and looks at that. Where the bus cannot hand out a
 * pidfd (ProcessFD, since dbus 1.15.8), its number may be another process's by the time we look:
 * so the bus is asked once more then, whether the connection is still there and still that one's.
 */

#include <systemd/sd-bus.h>

#include "base/macro.h"
#include "daemon/caller/caller.h"

/** What the bus knows of a connection. */
typedef struct Credentials {
        pid_t pid;
        uid_t uid;
        int pidfd; /* borrowed from the message; -1: none */
} Credentials;

/** Reads the answer of GetConnectionCredentials(). -EBADMSG if it lacks a process or a user. */
int credentials_read(sd_bus_message *reply, Credentials *ret);

typedef struct CallerLookup CallerLookup;

/**
 * The outcome, once: r is 0 with @caller borrowed for the call; -ENXIO if the connection has gone;
 * or another negative errno. May free the lookup.
 */
typedef void (*CallerFound)(void *userdata, int r, const Caller *caller);

/** @name is a unique name. Calls @found later, from the event loop. 0 or a negative errno. */
int caller_lookup_new(CallerLookup **ret, sd_bus *bus, const char *name, CallerFound found,
                      void *userdata);

/** Nothing is heard of it any more. NULL in, NULL out. */
CallerLookup *caller_lookup_free(CallerLookup *lookup);
DEFINE_CLEANUP(CallerLookup *, caller_lookup_free);
