/* SPDX-License-Identifier: MIT */

/*
 * hybrid-prompt: the window that leads people through a ceremony. hybridd has it started by the bus
 * and calls org.hybridd.Prompt1.Present(); all the rest is the request's own interface.
 */

#include <adwaita.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "daemon/names.h"
#include "prompt/shown-request.h"
#include "words/words.h"

enum {
        IDLE_SECONDS = 30,
        N_SHOWN_MAX = 16,
};

typedef struct Prompt {
        GMainLoop *loop;
        GDBusConnection *bus;
        GPtrArray *shown; /* of ShownRequest */
        guint idle_timer;
        bool failed;
} Prompt;

static const char introspection[] = "<node><interface name='" PROMPT_INTERFACE "'>"
                                    "<method name='Present'>"
                                    "<arg type='o' name='request' direction='in'/>"
                                    "<arg type='s' name='parent_window' direction='in'/>"
                                    "<arg type='s' name='activation_token' direction='in'/>"
                                    "</method></interface></node>";

/* ---- how long it stays ---------------------------------------------------------------------- */

static gboolean on_idle(gpointer userdata) {
        Prompt *prompt = userdata;

        prompt->idle_timer = 0;
        g_main_loop_quit(prompt->loop);
        return G_SOURCE_REMOVE;
}

static void stop_idling(Prompt *prompt) {
        if (prompt->idle_timer)
                g_source_remove(prompt->idle_timer);
        prompt->idle_timer = 0;
}

/* A second request in a row is shown faster by a program that is there already. */
static void begin_idling(Prompt *prompt) {
        stop_idling(prompt);
        if (prompt->shown->len == 0)
                prompt->idle_timer = g_timeout_add_seconds(IDLE_SECONDS, on_idle, prompt);
}

static void on_ended(gpointer userdata, ShownRequest *shown) {
        Prompt *prompt = userdata;

        g_ptr_array_remove(prompt->shown, shown);
        begin_idling(prompt);
}

/* ---- Present() ------------------------------------------------------------------------------ */

typedef struct Presenting {
        Prompt *prompt;
        GDBusMethodInvocation *invocation;
} Presenting;

/* One that is there already hears what is new by its signals. */
static bool is_shown(const Prompt *prompt, const char *daemon, const char *path) {
        for (guint i = 0; i < prompt->shown->len; i++)
                if (shown_request_is(prompt->shown->pdata[i], daemon, path))
                        return true;
        return false;
}

static void present(Prompt *prompt, GDBusMethodInvocation *invocation) {
        const char *path, *parent, *token;

        g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(&o&s&s)", &path,
                      &parent, &token);
        if (is_shown(prompt, g_dbus_method_invocation_get_sender(invocation), path)) {
                g_dbus_method_invocation_return_value(invocation, NULL);
                return;
        }
        if (prompt->shown->len >= N_SHOWN_MAX) {
                g_dbus_method_invocation_return_error(invocation, G_DBUS_ERROR,
                                                      G_DBUS_ERROR_LIMITS_EXCEEDED,
                                                      "There are too many windows");
                return;
        }
        stop_idling(prompt);
        g_ptr_array_add(prompt->shown,
                        shown_request_new(prompt->bus,
                                          g_dbus_method_invocation_get_sender(invocation), path,
                                          parent, token, on_ended, prompt));
        g_dbus_method_invocation_return_value(invocation, NULL);
}

/* Only hybridd has requests: anybody else could show people what is none. */
static void on_owner(GObject *bus, GAsyncResult *result, gpointer userdata) {
        g_autofree Presenting *presenting = userdata;
        GDBusMethodInvocation *invocation = presenting->invocation;
        g_autoptr(GVariant) reply = NULL;
        const char *owner = "";

        reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(bus), result, NULL);
        if (reply)
                g_variant_get(reply, "(&s)", &owner);
        if (strcmp(owner, g_dbus_method_invocation_get_sender(invocation)) == 0)
                present(presenting->prompt, invocation);
        else
                g_dbus_method_invocation_return_error(invocation, G_DBUS_ERROR,
                                                      G_DBUS_ERROR_ACCESS_DENIED,
                                                      "Only hybridd has requests to show");
}

static void on_method(GDBusConnection *bus, const char *sender, const char *path,
                      const char *interface, const char *method, GVariant *arguments,
                      GDBusMethodInvocation *invocation, gpointer userdata) {
        Presenting *presenting = g_new(Presenting, 1);

        *presenting = (Presenting){ .prompt = userdata, .invocation = invocation };
        g_dbus_connection_call(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                               "org.freedesktop.DBus", "GetNameOwner",
                               g_variant_new("(s)", BUS_NAME), G_VARIANT_TYPE("(s)"),
                               G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_owner, presenting);
}

static const GDBusInterfaceVTable vtable = { .method_call = on_method };

/* ---- life ----------------------------------------------------------------------------------- */

static void on_bus(GDBusConnection *bus, const char *name, gpointer userdata) {
        g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(introspection, NULL);
        Prompt *prompt = userdata;

        prompt->bus = g_object_ref(bus);
        g_dbus_connection_register_object(bus, PROMPT_PATH, node->interfaces[0], &vtable, prompt,
                                          NULL, NULL);
}

static void on_name_lost(GDBusConnection *bus, const char *name, gpointer userdata) {
        Prompt *prompt = userdata;

        fprintf(stderr, "hybrid-prompt: %s\n",
                bus ? "another one is there already"
                    : "there is no session bus; log in to a desktop");
        prompt->failed = true;
        g_main_loop_quit(prompt->loop);
}

/* By the script of the person's language, also where GTK has no translation for it. */
static void set_direction(void) {
        PangoLanguage **preferred = pango_language_get_preferred();
        const PangoScript *scripts;
        int n;

        scripts = pango_language_get_scripts(
                preferred && preferred[0] ? preferred[0] : pango_language_get_default(), &n);
        if (n > 0 && (scripts[0] == PANGO_SCRIPT_ARABIC || scripts[0] == PANGO_SCRIPT_HEBREW))
                gtk_widget_set_default_direction(GTK_TEXT_DIR_RTL);
}

static int run(void) {
        Prompt prompt = {
                .loop = g_main_loop_new(NULL, FALSE),
                .shown = g_ptr_array_new_with_free_func((GDestroyNotify)shown_request_free),
        };
        guint name = g_bus_own_name(G_BUS_TYPE_SESSION, PROMPT_NAME, G_BUS_NAME_OWNER_FLAGS_NONE,
                                    on_bus, NULL, on_name_lost, &prompt, NULL);

        begin_idling(&prompt);
        g_main_loop_run(prompt.loop);

        g_bus_unown_name(name);
        stop_idling(&prompt);
        g_ptr_array_unref(prompt.shown);
        g_clear_object(&prompt.bus);
        g_main_loop_unref(prompt.loop);
        return prompt.failed ? 1 : 0;
}

int main(int argc, char *argv[]) {
        const struct rlimit no_core = {};
        const char *folder = g_getenv("HYBRIDD_LOCALE_FOLDER");

        if (argc == 2 && strcmp(argv[1], "--version") == 0) {
                printf("hybrid-prompt %s\n", PROJECT_VERSION);
                return 0;
        }
        if (argc != 1) {
                fprintf(stderr, "hybrid-prompt: it is started by the bus, and takes no options but "
                                "--version\n");
                return 2;
        }

        setrlimit(RLIMIT_CORE, &no_core);
        words_init(folder ? folder : LOCALE_FOLDER);
        g_set_prgname(PROMPT_NAME);
        if (!gtk_init_check()) {
                fprintf(stderr, "hybrid-prompt: there is no display to open a window on\n");
                return 1;
        }
        adw_init();
        set_direction();
        return run();
}
