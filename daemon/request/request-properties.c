/* SPDX-License-Identifier: MIT */

/* The values of a request's properties: docs/dbus/org.hybridd.Hybrid1.Request.xml says what they mean. */

#include <errno.h>
#include <string.h>

#include "daemon/request/request-internal.h"

/* D-Bus has no path for none. */
#define NO_PHONE "/"

static const char *string_of(const Request *request, const char *name) {
        if (strcmp(name, "State") == 0)
                return request->state;
        if (strcmp(name, "Operation") == 0)
                return request->operation == HYBRID_CREATE ? "create" : "get";
        if (strcmp(name, "RpId") == 0)
                return request->rp_id;
        if (strcmp(name, "Origin") == 0)
                return request->checked_origin;
        if (strcmp(name, "Caller") == 0)
                return request->caller.name;
        if (strcmp(name, "CallerPath") == 0)
                return request->caller.path;
        if (strcmp(name, "CallerKind") == 0)
                return request->caller_trust ? caller_kind_name(request->caller.kind) : "";
        if (strcmp(name, "CallerTrust") == 0)
                return request->caller_trust;
        if (strcmp(name, "Cause") == 0)
                return request->held_cause;
        if (strcmp(name, "Message") == 0)
                return request->held_message;
        if (strcmp(name, "PhoneProblem") == 0)
                return request->phone_problem;
        if (strcmp(name, "PhoneToRemember") == 0)
                return request_phone_to_remember(request);
        return NULL;
}

static int append_string(sd_bus_message *message, const Request *request, const char *name) {
        const char *value = string_of(request, name);

        return sd_bus_message_append(message, "s", value ? value : "");
}

/* The one that is asked. */
static int append_phone(sd_bus_message *message, const Request *request, const char *name) {
        char path[PHONE_PATH_SIZE] = NO_PHONE;

        if (request->phone_id[0] != '\0')
                phone_path(request->phone_id, path);
        return sd_bus_message_append(message, "o", path);
}

/* The path and the name of each. Only to who says that it lets the person choose. */
static int append_phones(sd_bus_message *message, const Request *request, const char *name) {
        _cleanup_(phone_list_done) PhoneList list = {};
        char path[PHONE_PATH_SIZE];
        int r;

        if (request->rp_id && request->choose)
                phones_list_usable(request->phones, request->rp_id, &list);
        r = sd_bus_message_open_container(message, 'a', "(os)");
        for (size_t i = 0; r >= 0 && i < list.n; i++) {
                phone_path(list.records[i].id, path);
                r = sd_bus_message_append(message, "(os)", path, list.records[i].name);
        }
        return r < 0 ? r : sd_bus_message_close_container(message);
}

/* The one that was used last for this site. */
static int append_default_phone(sd_bus_message *message, const Request *request, const char *name) {
        _cleanup_(phone_list_done) PhoneList list = {};
        char path[PHONE_PATH_SIZE] = NO_PHONE;

        if (request->rp_id && request->choose)
                phones_list_usable(request->phones, request->rp_id, &list);
        if (list.n > 0 && phone_record_used_for(&list.records[0], request->rp_id) > 0)
                phone_path(list.records[0].id, path);
        return sd_bus_message_append(message, "o", path);
}

static int append_expires(sd_bus_message *message, const Request *request, const char *name) {
        return sd_bus_message_append(message, "t", request->expires_usec);
}

static int append_can_retry(sd_bus_message *message, const Request *request, const char *name) {
        return sd_bus_message_append(message, "b", request->can_retry);
}

static const struct Property {
        const char *name, *type;
        int (*append)(sd_bus_message *message, const Request *request, const char *name);
} properties[] = {
        { "State", "s", append_string },        { "Operation", "s", append_string },
        { "RpId", "s", append_string },         { "Origin", "s", append_string },
        { "Caller", "s", append_string },       { "CallerPath", "s", append_string },
        { "CallerKind", "s", append_string },   { "CallerTrust", "s", append_string },
        { "ExpiresUsec", "t", append_expires }, { "Phone", "o", append_phone },
        { "Phones", "a(os)", append_phones },   { "DefaultPhone", "o", append_default_phone },
        { "PhoneProblem", "s", append_string }, { "PhoneToRemember", "s", append_string },
        { "Cause", "s", append_string },        { "Message", "s", append_string },
        { "CanRetry", "b", append_can_retry },
};

static const struct Property *find_property(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(properties); i++)
                if (strcmp(properties[i].name, name) == 0)
                        return &properties[i];
        return NULL;
}

int request_property_append(sd_bus_message *message, const Request *request, const char *name) {
        const struct Property *property = find_property(name);

        return property ? property->append(message, request, name) : -EINVAL;
}

/* With its name, as one pair of a{sv}. */
static int append_pair(sd_bus_message *message, const Request *request,
                       const struct Property *property) {
        int r;

        r = sd_bus_message_open_container(message, 'e', "sv");
        if (r >= 0)
                r = sd_bus_message_append(message, "s", property->name);
        if (r >= 0)
                r = sd_bus_message_open_container(message, 'v', property->type);
        if (r >= 0)
                r = property->append(message, request, property->name);
        if (r >= 0)
                r = sd_bus_message_close_container(message);
        return r < 0 ? r : sd_bus_message_close_container(message);
}

static bool is_among(const char *const *names, const char *name) {
        for (; *names; names++)
                if (strcmp(*names, name) == 0)
                        return true;
        return false;
}

int request_properties_append(sd_bus_message *message, const Request *request,
                              const char *const *names) {
        int r;

        r = sd_bus_message_open_container(message, 'a', "{sv}");
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(properties); i++)
                if (!names || is_among(names, properties[i].name))
                        r = append_pair(message, request, &properties[i]);
        return r < 0 ? r : sd_bus_message_close_container(message);
}
