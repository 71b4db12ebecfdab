/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "prompt/parent.h"

#ifdef GDK_WINDOWING_X11
#include <X11/Xlib.h>
#include <gdk/x11/gdkx.h>
#endif
#ifdef GDK_WINDOWING_WAYLAND
#include <gdk/wayland/gdkwayland.h>
#endif

#ifdef GDK_WINDOWING_X11
/* The window may have gone: the X server's complaint is of no interest. */
G_GNUC_BEGIN_IGNORE_DEPRECATIONS
static void set_x11(GdkSurface *surface, const char *handle) {
        GdkDisplay *display = gdk_surface_get_display(surface);
        guint64 xid;

        if (!GDK_IS_X11_DISPLAY(display) ||
            !g_ascii_string_to_unsigned(handle, 16, 1, G_MAXUINT32, &xid, NULL))
                return;
        gdk_x11_display_error_trap_push(display);
        XSetTransientForHint(gdk_x11_display_get_xdisplay(display),
                             gdk_x11_surface_get_xid(surface), (Window)xid);
        gdk_x11_display_error_trap_pop_ignored(display);
}
G_GNUC_END_IGNORE_DEPRECATIONS
#endif

void parent_set(GtkWindow *window, const char *handle) {
        GdkSurface *surface;

        gtk_widget_realize(GTK_WIDGET(window));
        surface = gtk_native_get_surface(GTK_NATIVE(window));
#ifdef GDK_WINDOWING_X11
        if (g_str_has_prefix(handle, "x11:"))
                set_x11(surface, handle + strlen("x11:"));
#endif
#ifdef GDK_WINDOWING_WAYLAND
        if (g_str_has_prefix(handle, "wayland:") && GDK_IS_WAYLAND_TOPLEVEL(surface))
                gdk_wayland_toplevel_set_transient_for_exported(GDK_TOPLEVEL(surface),
                                                                handle + strlen("wayland:"));
#endif
        (void)surface;
}
