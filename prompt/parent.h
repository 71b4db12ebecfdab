/* SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

/**
 * Puts a window above the one of the caller, which is "x11:XID" in hexadecimal digits, or
 * "wayland:HANDLE". Anything else, such as "", is no window. To be called before it is shown.
 */
void parent_set(GtkWindow *window, const char *handle);
