/* SPDX-License-Identifier: MIT */

/*
 * org.hybridd.Hybrid1.Phone, and the object manager that lists the phones:
 * docs/dbus/org.hybridd.Hybrid1.Phone.xml says what they mean and who may use them.
 *
 * sd-bus's own object manager would answer everybody, so GetManagedObjects() is answered here, once
 * it is known who asks. Who was answered may go on and use the objects, and hears of changes.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/log.h"
#include "daemon/caller/caller-lookup.h"
#include "daemon/caller/caller-table.h"
#include "daemon/names.h"
#include "daemon/phones/phones.h"

#define _message_ _cleanup_(sd_bus_message_unrefp) sd_bus_message

#define OBJECT_MANAGER "org.freedesktop.DBus.ObjectManager"
#define PROPERTIES     "org.freedesktop.DBus.Properties"

/* Of no site: only who may ask for any is listed for it. */
#define ANY_ORIGIN "https://phones.invalid"

enum {
        N_READERS_MAX = 8,
        N_CALLS_MAX = 8,
        READER_SIZE = 256, /* of a name on the bus, with NUL */
};

/* A GetManagedObjects() of which it is not known yet who made it. */
typedef struct PhonesCall {
        Phones *phones;
        sd_bus_message *message;
        CallerLookup *lookup;
} PhonesCall;

struct PhonesBus {
        sd_bus_slot *manager_slot;
        sd_bus_slot *phone_slot;
        char readers[N_READERS_MAX][READER_SIZE]; /* names are never given twice by a bus */
        size_t next_reader;
        PhonesCall *calls[N_CALLS_MAX];
};

/* ---- who may -------------------------------------------------------------------------------- */

static bool is_reader(const Phones *phones, const char *sender) {
        for (size_t i = 0; i < N_READERS_MAX; i++)
                if (strcmp(phones->bus->readers[i], sender) == 0)
                        return true;
        return false;
}

/* The one that was not heard of for longest makes room. */
static void add_reader(Phones *phones, const char *sender) {
        PhonesBus *bus = phones->bus;

        if (is_reader(phones, sender) || strlen(sender) >= READER_SIZE)
                return;
        strcpy(bus->readers[bus->next_reader], sender);
        bus->next_reader = (bus->next_reader + 1) % N_READERS_MAX;
}

static bool is_window(const Phones *phones, const char *sender) {
        const char *windows[PHONES_N_WINDOWS_MAX];
        size_t n;

        n = phones->events->windows(phones->userdata, windows);
        for (size_t i = 0; i < n; i++)
                if (strcmp(windows[i], sender) == 0)
                        return true;
        return false;
}

static bool may_see(const Phones *phones, const char *sender) {
        return sender && (is_reader(phones, sender) || is_window(phones, sender));
}

static int refuse(sd_bus_error *error) {
        return sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED,
                                "Linked phones are for the window that asks for them, and for "
                                "programs that may ask for any site");
}

/* Who may ask for any site, because a person looks on, may see what they have. */
static bool is_trusted(const Phones *phones, const Caller *caller) {
        _cleanup_(caller_table_freep) CallerTable *table = NULL;
        CallerJudgement judgement;

        if (phones->services->config.any_caller)
                return true;
        if (caller_table_new(&table, phones->services->config.callers_vendor_folder,
                             phones->services->config.callers_admin_folder) < 0)
                return false;
        caller_table_judge(table, caller, ANY_ORIGIN, "", &judgement);
        return judgement.verdict == CALLER_LISTED && judgement.any_origin_by_terminal;
}

/* ---- what a phone has ----------------------------------------------------------------------- */

static int append_properties(sd_bus_message *message, const PhoneRecord *record) {
        return sd_bus_message_append(message, "a{sv}", 4, "Name", "s", record->name, "LinkedAt",
                                     "t", record->linked_at, "LastUsed", "t", record->last_used,
                                     "TunnelDomain", "s", record->tunnel_host);
}

/* a{sa{sv}} */
static int append_interfaces(sd_bus_message *message, const PhoneRecord *record) {
        int r;

        r = sd_bus_message_open_container(message, 'a', "{sa{sv}}");
        if (r >= 0)
                r = sd_bus_message_open_container(message, 'e', "sa{sv}");
        if (r >= 0)
                r = sd_bus_message_append(message, "s", PHONE_INTERFACE);
        if (r >= 0)
                r = append_properties(message, record);
        if (r >= 0)
                r = sd_bus_message_close_container(message);
        if (r >= 0)
                r = sd_bus_message_close_container(message);
        return r;
}

static int append_object(sd_bus_message *message, const PhoneRecord *record) {
        char path[PHONE_PATH_SIZE];
        int r;

        phone_path(record->id, path);
        r = sd_bus_message_open_container(message, 'e', "oa{sa{sv}}");
        if (r >= 0)
                r = sd_bus_message_append(message, "o", path);
        if (r >= 0)
                r = append_interfaces(message, record);
        if (r >= 0)
                r = sd_bus_message_close_container(message);
        return r;
}

/* ---- the list ------------------------------------------------------------------------------- */

static int list_all(const Phones *phones, PhoneList *ret) {
        _cleanup_(phone_store_freep) PhoneStore *store = NULL;
        int r;

        *ret = (PhoneList){};
        r = phones_open_store(phones, false, &store);
        if (r == -ENOENT)
                return 0;
        return r < 0 ? r : phone_store_list(store, ret);
}

static int reply_objects(Phones *phones, sd_bus_message *message) {
        _cleanup_(phone_list_done) PhoneList list = {};
        _message_ *reply = NULL;
        int r;

        r = list_all(phones, &list);
        if (r < 0)
                return sd_bus_reply_method_errnof(message, r,
                                                  "Linked phones cannot be read: %s; "
                                                  "see the log",
                                                  strerror(-r));
        add_reader(phones, sd_bus_message_get_sender(message));
        r = sd_bus_message_new_method_return(message, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "{oa{sa{sv}}}");
        for (size_t i = 0; r >= 0 && i < list.n; i++)
                r = append_object(reply, &list.records[i]);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        if (r < 0)
                return r;
        return sd_bus_send(NULL, reply, NULL);
}

static PhonesCall *call_free(PhonesCall *call) {
        PhonesBus *bus = call->phones->bus;

        for (size_t i = 0; i < N_CALLS_MAX; i++)
                if (bus->calls[i] == call)
                        bus->calls[i] = NULL;
        caller_lookup_free(call->lookup);
        sd_bus_message_unref(call->message);
        free(call);
        return NULL;
}

static void on_caller_found(void *userdata, int r, const Caller *caller) {
        PhonesCall *call = userdata;

        if ((r >= 0 && is_trusted(call->phones, caller)) ||
            call->phones->services->config.any_caller) {
                r = reply_objects(call->phones, call->message);
        } else {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

                (void)refuse(&error);
                r = sd_bus_reply_method_error(call->message, &error);
        }
        if (r < 0)
                log_error_errno(r, "Failed to answer who asked for the linked phones");
        call_free(call);
}

static int look_up(Phones *phones, sd_bus_message *message, sd_bus_error *error) {
        PhonesBus *bus = phones->bus;
        PhonesCall *call;
        size_t i = 0;
        int r;

        while (i < N_CALLS_MAX && bus->calls[i])
                i++;
        if (i == N_CALLS_MAX)
                return sd_bus_error_set(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                                        "Too many ask for the linked phones at once");
        call = calloc(1, sizeof(*call));
        if (!call)
                return -ENOMEM;
        *call = (PhonesCall){ .phones = phones, .message = sd_bus_message_ref(message) };
        bus->calls[i] = call;

        r = caller_lookup_new(&call->lookup, phones->services->bus,
                              sd_bus_message_get_sender(message), on_caller_found, call);
        if (r < 0) {
                call_free(call);
                return r;
        }
        return 1;
}

/* All messages to the root object come here before its interfaces. */
static int on_root_message(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Phones *phones = userdata;
        int r;

        if (sd_bus_message_is_method_call(message, OBJECT_MANAGER, "GetManagedObjects") <= 0)
                return 0;
        if (!may_see(phones, sd_bus_message_get_sender(message)))
                return look_up(phones, message, error);
        r = reply_objects(phones, message);
        return r < 0 ? r : 1;
}

/* ---- one phone ------------------------------------------------------------------------------ */

/* @error is set for whoever may not know, or if there is none. */
static int read_phone(const Phones *phones, const char *path, sd_bus_message *message,
                      PhoneRecord *ret, sd_bus_error *error) {
        _cleanup_(phone_store_freep) PhoneStore *store = NULL;
        const char *id = phone_id_of(path);
        int r;

        if (!message || !may_see(phones, sd_bus_message_get_sender(message)))
                return refuse(error);
        r = phones_open_store(phones, false, &store);
        if (r >= 0)
                r = id ? phone_store_read(store, id, ret) : -ENOENT;
        if (r == -ENOENT)
                return sd_bus_error_set(error, SD_BUS_ERROR_UNKNOWN_OBJECT,
                                        "This phone is not linked any more");
        return r;
}

static int method_rename(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        _cleanup_(phone_store_freep) PhoneStore *store = NULL;
        _cleanup_(phone_record_done) PhoneRecord record = {};
        Phones *phones = userdata;
        const char *name;
        int r;

        r = read_phone(phones, sd_bus_message_get_path(message), message, &record, error);
        if (r < 0)
                return r;
        r = sd_bus_message_read(message, "s", &name);
        if (r < 0)
                return r;
        if (!phone_name_is_good(name))
                return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS,
                                        "A phone's name has 1 to 63 bytes, no control characters, "
                                        "and no blank at its ends");

        strcpy(record.name, name);
        record.renamed = true;
        r = phones_open_store(phones, false, &store);
        if (r >= 0)
                r = phone_store_write(store, &record);
        if (r < 0)
                return r;
        phones_bus_emit_changed(phones, &record);
        return phones_reply(phones, message);
}

static int method_forget(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        _cleanup_(phone_store_freep) PhoneStore *store = NULL;
        _cleanup_(phone_record_done) PhoneRecord record = {};
        Phones *phones = userdata;
        int r;

        r = read_phone(phones, sd_bus_message_get_path(message), message, &record, error);
        if (r < 0)
                return r;
        r = phones_open_store(phones, false, &store);
        if (r >= 0)
                r = phone_store_remove(store, record.id);
        if (r < 0 && r != -ENOENT)
                return r;
        phones_bus_emit_removed(phones, record.id);
        return phones_reply(phones, message);
}

static int property(sd_bus *bus, const char *path, const char *interface, const char *name,
                    sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        _cleanup_(phone_record_done) PhoneRecord record = {};
        Phones *phones = userdata;
        int r;

        r = read_phone(phones, path, sd_bus_get_current_message(bus), &record, error);
        if (r < 0)
                return r;
        if (strcmp(name, "Name") == 0)
                return sd_bus_message_append(reply, "s", record.name);
        if (strcmp(name, "LinkedAt") == 0)
                return sd_bus_message_append(reply, "t", record.linked_at);
        if (strcmp(name, "LastUsed") == 0)
                return sd_bus_message_append(reply, "t", record.last_used);
        return sd_bus_message_append(reply, "s", record.tunnel_host);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Rename", SD_BUS_ARGS("s", name), SD_BUS_NO_RESULT, method_rename,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Forget", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_forget,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("Name", "s", property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("LinkedAt", "t", property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("LastUsed", "t", property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("TunnelDomain", "s", property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END,
};

/* Any path that could be one: whether there is such a phone is told to who may know it. */
static int find_phone(sd_bus *bus, const char *path, const char *interface, void *userdata,
                      void **ret, sd_bus_error *error) {
        if (!phone_id_of(path))
                return 0;
        *ret = userdata;
        return 1;
}

/* ---- signals -------------------------------------------------------------------------------- */

/* Writes the signal's contents. */
typedef int (*SignalWriter)(sd_bus_message *message, const PhoneRecord *record);

static int send_signal(Phones *phones, const char *receiver, const char *path,
                       const char *interface, const char *member, SignalWriter writer,
                       const PhoneRecord *record) {
        _message_ *message = NULL;
        int r;

        r = sd_bus_message_new_signal(phones->services->bus, &message, path, interface, member);
        if (r >= 0)
                r = writer(message, record);
        if (r < 0)
                return r;
        return sd_bus_send_to(phones->services->bus, message, receiver, NULL);
}

/* To each that may know, and to nobody else. What is sent to who has gone is lost. */
static void send_to_all(Phones *phones, const char *path, const char *interface, const char *member,
                        SignalWriter writer, const PhoneRecord *record) {
        const char *windows[PHONES_N_WINDOWS_MAX];
        const PhonesBus *bus = phones->bus;
        size_t n_windows;
        int r = 0;

        for (size_t i = 0; i < N_READERS_MAX && r >= 0; i++)
                if (bus->readers[i][0] != '\0')
                        r = send_signal(phones, bus->readers[i], path, interface, member, writer,
                                        record);
        n_windows = phones->events->windows(phones->userdata, windows);
        for (size_t i = 0; i < n_windows && r >= 0; i++)
                r = send_signal(phones, windows[i], path, interface, member, writer, record);
        if (r < 0)
                log_error_errno(r, "Failed to tell of a linked phone");
}

static int write_added(sd_bus_message *message, const PhoneRecord *record) {
        char path[PHONE_PATH_SIZE];
        int r;

        phone_path(record->id, path);
        r = sd_bus_message_append(message, "o", path);
        return r < 0 ? r : append_interfaces(message, record);
}

static int write_removed(sd_bus_message *message, const PhoneRecord *record) {
        char path[PHONE_PATH_SIZE];

        phone_path(record->id, path);
        return sd_bus_message_append(message, "oas", path, 1, PHONE_INTERFACE);
}

static int write_changed(sd_bus_message *message, const PhoneRecord *record) {
        int r;

        r = sd_bus_message_append(message, "s", PHONE_INTERFACE);
        if (r >= 0)
                r = append_properties(message, record);
        return r < 0 ? r : sd_bus_message_append(message, "as", 0);
}

void phones_bus_emit_added(Phones *phones, const PhoneRecord *record) {
        send_to_all(phones, BUS_PATH, OBJECT_MANAGER, "InterfacesAdded", write_added, record);
}

void phones_bus_emit_removed(Phones *phones, const char *id) {
        PhoneRecord record = {};

        snprintf(record.id, sizeof(record.id), "%s", id);
        send_to_all(phones, BUS_PATH, OBJECT_MANAGER, "InterfacesRemoved", write_removed, &record);
}

void phones_bus_emit_changed(Phones *phones, const PhoneRecord *record) {
        char path[PHONE_PATH_SIZE];

        phone_path(record->id, path);
        send_to_all(phones, path, PROPERTIES, "PropertiesChanged", write_changed, record);
}

/* ---- life ----------------------------------------------------------------------------------- */

/* What sd-bus enumerates it tells everybody who introspects: so no phone is among that. */
int phones_bus_add(Phones *phones) {
        PhonesBus *bus;
        int r;

        bus = calloc(1, sizeof(*bus));
        if (!bus)
                return -ENOMEM;
        phones->bus = bus;

        r = sd_bus_add_object(phones->services->bus, &bus->manager_slot, BUS_PATH, on_root_message,
                              phones);
        if (r < 0)
                return r;
        return sd_bus_add_fallback_vtable(phones->services->bus, &bus->phone_slot, BUS_PHONE_PATH,
                                          PHONE_INTERFACE, vtable, find_phone, phones);
}

void phones_bus_remove(Phones *phones) {
        PhonesBus *bus = phones->bus;

        if (!bus)
                return;
        for (size_t i = 0; i < N_CALLS_MAX; i++)
                if (bus->calls[i])
                        call_free(bus->calls[i]);
        sd_bus_slot_unref(bus->manager_slot);
        sd_bus_slot_unref(bus->phone_slot);
        free(bus);
        phones->bus = NULL;
}
