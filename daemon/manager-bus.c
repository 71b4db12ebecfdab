/* SPDX-License-Identifier: MIT */

/* org.hybridd.Hybrid1.Manager: docs/dbus/org.hybridd.Hybrid1.Manager.xml says what it means. */

#include "ceremony/log.h"
#include "daemon/manager.h"
#include "daemon/names.h"
#include "daemon/request/request-options.h"
#include "daemon/request/request.h"

static int start_request(Manager *manager, HybridOperation operation, sd_bus_message *message,
                         sd_bus_error *error) {
        RequestOptions options;
        Request *request;
        int r;

        r = sd_bus_message_sensitive(message);
        if (r < 0)
                return r;
        r = request_arguments_read(&options, operation, message, error);
        if (r < 0)
                return r;
        r = request_new(&request, &manager->requests, &options, message, error);
        if (r < 0)
                return r;

        r = sd_bus_reply_method_return(message, "o", request_path(request));
        if (r < 0) {
                request_free(request);
                return r;
        }

        request_start(request);
        return 1;
}

static int method_create_credential(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        return start_request(userdata, HYBRID_CREATE, message, error);
}

static int method_get_credential(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        return start_request(userdata, HYBRID_GET, message, error);
}

static int method_diagnose(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Manager *manager = userdata;
        int r;

        r = diagnosis_call(&manager->diagnosis, &manager->services, message, error);
        return r < 0 ? r : 1;
}

static int property_version(sd_bus *bus, const char *path, const char *interface,
                            const char *property, sd_bus_message *reply, void *userdata,
                            sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", PROJECT_VERSION);
}

static int property_bluetooth(sd_bus *bus, const char *path, const char *interface,
                              const char *property, sd_bus_message *reply, void *userdata,
                              sd_bus_error *error) {
        Manager *manager = userdata;

        return sd_bus_message_append(reply, "s",
                                     ble_status_name(radio_status(manager->services.radio)));
}

/* Only what works. */
static int property_capabilities(sd_bus *bus, const char *path, const char *interface,
                                 const char *property, sd_bus_message *reply, void *userdata,
                                 sd_bus_error *error) {
        return sd_bus_message_append(reply, "as", 5, "create", "get", "linked-phones", "prf",
                                     "related-origins");
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS(
                "CreateCredential",
                SD_BUS_ARGS("s", parent_window, "s", origin, "s", type, "a{sv}", options),
                SD_BUS_RESULT("o", request), method_create_credential, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS(
                "GetCredential", SD_BUS_ARGS("s", parent_window, "s", origin, "a{sv}", options),
                SD_BUS_RESULT("o", request), method_get_credential, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Diagnose", SD_BUS_NO_ARGS, SD_BUS_RESULT("aa{sv}", findings),
                                method_diagnose, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("Version", "s", property_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Bluetooth", "s", property_bluetooth, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Capabilities", "as", property_capabilities, 0,
                        SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_VTABLE_END,
};

int manager_bus_add(Manager *manager) {
        return sd_bus_add_object_vtable(manager->services.bus, &manager->slot, BUS_PATH,
                                        MANAGER_INTERFACE, vtable, manager);
}

void manager_bus_emit_bluetooth(Manager *manager) {
        int r;

        r = sd_bus_emit_properties_changed(manager->services.bus, BUS_PATH, MANAGER_INTERFACE,
                                           "Bluetooth", NULL);
        if (r < 0)
                log_error_errno(r, "Failed to tell that Bluetooth changed");
}
