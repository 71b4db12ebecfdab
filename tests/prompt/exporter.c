/* SPDX-License-Identifier: MIT */

/* A caller's window under Wayland: prints the handle by which another program may belong to it, and
 * stays until it is ended. */

#include <gdk/wayland/gdkwayland.h>
#include <gtk/gtk.h>
#include <stdio.h>

static void on_exported(GdkToplevel *toplevel, const char *handle, gpointer userdata) {
        printf("%s\n", handle);
        fflush(stdout);
}

static void on_activate(GtkApplication *application, gpointer userdata) {
        GtkWidget *window = gtk_application_window_new(application);
        GdkSurface *surface;

        gtk_window_present(GTK_WINDOW(window));
        surface = gtk_native_get_surface(GTK_NATIVE(window));
        if (!GDK_IS_WAYLAND_TOPLEVEL(surface) ||
            !gdk_wayland_toplevel_export_handle(GDK_TOPLEVEL(surface), on_exported, NULL, NULL))
                on_exported(NULL, "", NULL);
}

int main(int argc, char *argv[]) {
        GtkApplication *application =
                gtk_application_new("org.hybridd.Exporter", G_APPLICATION_NON_UNIQUE);

        g_signal_connect(application, "activate", G_CALLBACK(on_activate), NULL);
        return g_application_run(G_APPLICATION(application), argc, argv);
}
