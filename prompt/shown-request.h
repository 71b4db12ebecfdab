/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One request of hybridd, followed on the bus, and its window.
 */

#include <gio/gio.h>

typedef struct ShownRequest ShownRequest;

typedef void (*ShownRequestEnded)(gpointer userdata, ShownRequest *shown);

/**
 * Follows the request at @path of the connection @daemon, a unique name. The window comes when the
 * first is known of it. @ended is called once, when the window is to be no more.
 */
ShownRequest *shown_request_new(GDBusConnection *bus, const char *daemon, const char *path,
                                const char *parent, const char *token, ShownRequestEnded ended,
                                gpointer userdata);
void shown_request_free(ShownRequest *shown);
/** Whether it is this request of this daemon. */
gboolean shown_request_is(const ShownRequest *shown, const char *daemon, const char *path);
