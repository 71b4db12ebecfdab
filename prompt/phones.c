/* SPDX-License-Identifier: MIT */

#include "daemon/names.h"
#include "prompt/phones.h"

#define PHONE_INTERFACE BUS_NAME ".Phone"

enum {
        N_PHONES_MAX = 64, /* no person has more */
};

static int compare_use(gconstpointer a, gconstpointer b) {
        const WindowPhone *x = a, *y = b;

        return (x->last_used < y->last_used) - (x->last_used > y->last_used);
}

/* Strings stay the variant's. */
static void read_phones(GVariant *objects, GArray *ret) {
        GVariantIter iter;
        const char *path;
        GVariant *interfaces;

        g_variant_iter_init(&iter, objects);
        while (g_variant_iter_loop(&iter, "{&o@a{sa{sv}}}", &path, &interfaces)) {
                WindowPhone phone = { .path = path, .name = "" };
                g_autoptr(GVariant) phone_properties =
                        g_variant_lookup_value(interfaces, PHONE_INTERFACE, G_VARIANT_TYPE_VARDICT);

                if (!phone_properties || ret->len == N_PHONES_MAX)
                        continue;
                g_variant_lookup(phone_properties, "Name", "&s", &phone.name);
                g_variant_lookup(phone_properties, "LastUsed", "t", &phone.last_used);
                g_array_append_val(ret, phone);
        }
        g_array_sort(ret, compare_use);
}

static void on_objects(GObject *bus, GAsyncResult *result, gpointer userdata) {
        g_autoptr(GVariant) reply = NULL, objects = NULL;
        g_autoptr(GError) error = NULL;
        g_autoptr(GArray) phones = g_array_new(FALSE, FALSE, sizeof(WindowPhone));

        reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(bus), result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (reply) {
                objects = g_variant_get_child_value(reply, 0);
                read_phones(objects, phones);
        } else
                g_warning("The linked phones cannot be listed: %s", error->message);
        /* Without any there is still the code. */
        window_set_phones(userdata, (const WindowPhone *)(void *)phones->data, phones->len);
}

void phones_list(GDBusConnection *bus, const char *daemon, GCancellable *cancellable,
                 Window *window) {
        g_dbus_connection_call(bus, daemon, BUS_PATH, "org.freedesktop.DBus.ObjectManager",
                               "GetManagedObjects", NULL, G_VARIANT_TYPE("(a{oa{sa{sv}}})"),
                               G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, cancellable, on_objects,
                               window);
}

typedef struct NameCall {
        PhonesName found;
        gpointer userdata;
} NameCall;

static void on_name(GObject *bus, GAsyncResult *result, gpointer userdata) {
        g_autofree NameCall *call = userdata;
        g_autoptr(GVariant) reply = NULL, name = NULL;

        reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(bus), result, NULL);
        if (!reply)
                return;
        g_variant_get(reply, "(v)", &name);
        if (g_variant_is_of_type(name, G_VARIANT_TYPE_STRING))
                call->found(call->userdata, g_variant_get_string(name, NULL));
}

void phones_get_name(GDBusConnection *bus, const char *daemon, const char *path,
                     GCancellable *cancellable, PhonesName found, gpointer userdata) {
        NameCall *call = g_new(NameCall, 1);

        *call = (NameCall){ .found = found, .userdata = userdata };
        g_dbus_connection_call(bus, daemon, path, "org.freedesktop.DBus.Properties", "Get",
                               g_variant_new("(ss)", PHONE_INTERFACE, "Name"),
                               G_VARIANT_TYPE("(v)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1,
                               cancellable, on_name, call);
}
