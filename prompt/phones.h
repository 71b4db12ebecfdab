/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The linked phones, as hybridd has them on the bus: org.hybridd.Hybrid1.Phone, under its object
 * manager.
 */

#include <gio/gio.h>

#include "prompt/window.h"

/** Puts them on the window, the one used last first. Nothing happens once @cancellable says so. */
void phones_list(GDBusConnection *bus, const char *daemon, GCancellable *cancellable,
                 Window *window);

typedef void (*PhonesName)(gpointer userdata, const char *name);

/** Finds out what one is called. If that fails, @found is not called. */
void phones_get_name(GDBusConnection *bus, const char *daemon, const char *path,
                     GCancellable *cancellable, PhonesName found, gpointer userdata);
