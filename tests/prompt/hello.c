/* SPDX-License-Identifier: MIT */

/* As little as a GTK program with a window can be: what ours is measured by. */

#include <gtk/gtk.h>

static void on_activate(GtkApplication *application, gpointer userdata) {
        GtkWidget *window = gtk_application_window_new(application);

        gtk_window_set_child(GTK_WINDOW(window), gtk_label_new("Hello"));
        gtk_window_set_default_size(GTK_WINDOW(window), 400, 500);
        gtk_window_present(GTK_WINDOW(window));
}

int main(int argc, char *argv[]) {
        GtkApplication *application =
                gtk_application_new("org.hybridd.Hello", G_APPLICATION_NON_UNIQUE);

        g_signal_connect(application, "activate", G_CALLBACK(on_activate), NULL);
        return g_application_run(G_APPLICATION(application), argc, argv);
}
