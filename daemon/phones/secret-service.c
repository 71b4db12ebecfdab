/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/log.h"
#include "daemon/phones/secret-service.h"
#include "io/bus-sender.h"

#define _message_ _cleanup_(sd_bus_message_unrefp) sd_bus_message

#define SECRETS_NAME      "org.freedesktop.secrets"
#define SECRETS_PATH      "/org/freedesktop/secrets"
#define SERVICE_INTERFACE "org.freedesktop.Secret.Service"
#define KEYRING_INTERFACE "org.freedesktop.Secret.Collection"
#define ITEM_INTERFACE    "org.freedesktop.Secret.Item"
#define PROPERTIES        "org.freedesktop.DBus.Properties"
#define ERROR_LOCKED      "org.freedesktop.Secret.Error.IsLocked"
#define ERROR_NO_OBJECT   "org.freedesktop.Secret.Error.NoSuchObject"
#define SCHEMA            "org.hybridd.Phone"

#define USEC_PER_SEC   1000000ULL
#define LOAD_STEP_USEC (5 * USEC_PER_SEC)
#define CHANGE_USEC    (15 * USEC_PER_SEC)

enum {
        N_ITEMS_MAX = 64,
};

struct SecretService {
        sd_bus *bus; /* borrowed */
        const SecretServiceEvents *events;
        void *userdata;
        char *answers; /* the connection that answers to the name; NULL before it has */
        char *session; /* path; NULL before there is one */
        char *keyring; /* path; NULL before a load */
        bool open;
        sd_bus_slot *loading; /* the step of a load that is not answered yet; or NULL */
        sd_bus_slot *changing;
        sd_bus_slot *news;
        sd_bus_slot *owner;
};

static void forget_paths(SecretService *service) {
        free(service->answers);
        free(service->session);
        free(service->keyring);
        service->answers = service->session = service->keyring = NULL;
        service->open = false;
}

bool secret_service_is_open(const SecretService *service) {
        return service->open;
}

/* ---- calls ---------------------------------------------------------------------------------- */

static int new_call(SecretService *service, sd_bus_message **ret, const char *path,
                    const char *interface, const char *member) {
        return sd_bus_message_new_method_call(service->bus, ret, SECRETS_NAME, path, interface,
                                              member);
}

/* What a reply says of itself: 0 or a negative errno. */
static int reply_errno(sd_bus_message *reply) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);

        if (!error)
                return 0;
        log_debug("The Secret Service says %s: %s", error->name,
                  error->message ? error->message : "");
        if (strcmp(error->name, ERROR_LOCKED) == 0)
                return -EACCES;
        if (strcmp(error->name, ERROR_NO_OBJECT) == 0 ||
            strcmp(error->name, SD_BUS_ERROR_UNKNOWN_OBJECT) == 0)
                return -ENOENT;
        return -sd_bus_message_get_errno(reply);
}

static int replace_path(char **variable, sd_bus_message *reply) {
        const char *path;
        char *copy;
        int r;

        r = sd_bus_message_read(reply, "o", &path);
        if (r < 0)
                return r;
        copy = strdup(path);
        if (!copy)
                return -ENOMEM;
        free(*variable);
        *variable = copy;
        return 0;
}

static int append_attribute(sd_bus_message *call, const char *name, const char *value) {
        return sd_bus_message_append(call, "{ss}", name, value);
}

/* a{ss}; without an id: of all our items. */
static int append_attributes(sd_bus_message *call, const char *id) {
        int r;

        r = sd_bus_message_open_container(call, 'a', "{ss}");
        if (r >= 0)
                r = append_attribute(call, "xdg:schema", SCHEMA);
        if (r >= 0 && id)
                r = append_attribute(call, "phone", id);
        return r < 0 ? r : sd_bus_message_close_container(call);
}

/* ---- loading, step by step ------------------------------------------------------------------ */

static int ask_keyring(SecretService *service);
static int ask_whether_locked(SecretService *service);
static int ask_items(SecretService *service);

static int start_step(SecretService *service, sd_bus_message *call,
                      sd_bus_message_handler_t handler) {
        service->loading = sd_bus_slot_unref(service->loading);
        return sd_bus_call_async(service->bus, &service->loading, call, handler, service,
                                 LOAD_STEP_USEC);
}

static void end_load(SecretService *service, int r) {
        service->loading = sd_bus_slot_unref(service->loading);
        service->open = r >= 0 && service->session;
        service->events->loaded(service->userdata, r);
}

/* Ends the load if the step failed, or the next one cannot be made. */
static int step_done(SecretService *service, int r) {
        if (r < 0)
                end_load(service, r);
        return 0;
}

static int read_item(SecretService *service, sd_bus_message *reply) {
        const void *parameters, *secret;
        size_t n_parameters, n;
        const char *path;
        int r;

        r = sd_bus_message_read(reply, "o", &path);
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'r', "oayays");
        if (r >= 0)
                r = sd_bus_message_skip(reply, "o");
        if (r >= 0)
                r = sd_bus_message_read_array(reply, 'y', &parameters, &n_parameters);
        if (r >= 0)
                r = sd_bus_message_read_array(reply, 'y', &secret, &n);
        if (r >= 0)
                r = sd_bus_message_skip(reply, "s");
        if (r >= 0)
                r = sd_bus_message_exit_container(reply);
        if (r >= 0)
                service->events->item(service->userdata, path, secret, n);
        return r;
}

static int read_items(SecretService *service, sd_bus_message *reply) {
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "{o(oayays)}");
        while (r >= 0) {
                r = sd_bus_message_enter_container(reply, 'e', "o(oayays)");
                if (r <= 0)
                        break;
                r = read_item(service, reply);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
        }
        return r;
}

static int on_secrets(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        SecretService *service = userdata;
        int r;

        r = sd_bus_message_sensitive(reply);
        if (r >= 0)
                r = reply_errno(reply);
        if (r >= 0)
                r = read_items(service, reply);
        end_load(service, r);
        return 0;
}

/* The paths that were found, no more than phones can be. */
static int append_found(sd_bus_message *call, sd_bus_message *found) {
        const char *path;
        int r;

        r = sd_bus_message_open_container(call, 'a', "o");
        if (r >= 0)
                r = sd_bus_message_enter_container(found, 'a', "o");
        for (size_t n = 0; r >= 0; n++) {
                r = sd_bus_message_read(found, "o", &path);
                if (r <= 0)
                        break;
                if (n == N_ITEMS_MAX) {
                        log_warning("The keyring has too many phones; not all are read");
                        break;
                }
                r = sd_bus_message_append(call, "o", path);
        }
        return r < 0 ? r : sd_bus_message_close_container(call);
}

static int on_items(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        SecretService *service = userdata;
        _message_ *call = NULL;
        int r;

        r = reply_errno(reply);
        if (r >= 0)
                r = new_call(service, &call, SECRETS_PATH, SERVICE_INTERFACE, "GetSecrets");
        if (r >= 0)
                r = append_found(call, reply);
        if (r >= 0)
                r = sd_bus_message_append(call, "o", service->session);
        if (r >= 0)
                r = start_step(service, call, on_secrets);
        return step_done(service, r);
}

static int ask_items(SecretService *service) {
        _message_ *call = NULL;
        int r;

        r = new_call(service, &call, service->keyring, KEYRING_INTERFACE, "SearchItems");
        if (r >= 0)
                r = append_attributes(call, NULL);
        return r < 0 ? r : start_step(service, call, on_items);
}

static int on_locked(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        SecretService *service = userdata;
        int r, locked = 0;

        r = reply_errno(reply);
        if (r >= 0)
                r = sd_bus_message_read(reply, "v", "b", &locked);
        if (r >= 0)
                r = locked ? -EACCES : ask_items(service);
        return step_done(service, r);
}

static int ask_whether_locked(SecretService *service) {
        _message_ *call = NULL;
        int r;

        r = new_call(service, &call, service->keyring, PROPERTIES, "Get");
        if (r >= 0)
                r = sd_bus_message_append(call, "ss", KEYRING_INTERFACE, "Locked");
        return r < 0 ? r : start_step(service, call, on_locked);
}

static int on_keyring(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        SecretService *service = userdata;
        int r;

        r = reply_errno(reply);
        if (r >= 0)
                r = replace_path(&service->keyring, reply);
        if (r >= 0)
                r = strcmp(service->keyring, "/") == 0 ? -ENOMEDIUM : ask_whether_locked(service);
        return step_done(service, r);
}

static int ask_keyring(SecretService *service) {
        _message_ *call = NULL;
        int r;

        r = new_call(service, &call, SECRETS_PATH, SERVICE_INTERFACE, "ReadAlias");
        if (r >= 0)
                r = sd_bus_message_append(call, "s", "default");
        return r < 0 ? r : start_step(service, call, on_keyring);
}

/* Who has answered a call to the name owns it. */
static int keep_answering(SecretService *service, sd_bus_message *reply) {
        const char *sender = sd_bus_message_get_sender(reply);

        free(service->answers);
        service->answers = sender ? strdup(sender) : NULL;
        return service->answers ? 0 : -ENOMEM;
}

static int on_session(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        SecretService *service = userdata;
        int r;

        r = reply_errno(reply);
        if (r >= 0)
                r = keep_answering(service, reply);
        if (r >= 0)
                r = sd_bus_message_skip(reply, "v");
        if (r >= 0)
                r = replace_path(&service->session, reply);
        if (r >= 0)
                r = ask_keyring(service);
        return step_done(service, r);
}

static int ask_session(SecretService *service) {
        _message_ *call = NULL;
        int r;

        r = new_call(service, &call, SECRETS_PATH, SERVICE_INTERFACE, "OpenSession");
        if (r >= 0)
                r = sd_bus_message_append(call, "sv", "plain", "s", "");
        return r < 0 ? r : start_step(service, call, on_session);
}

int secret_service_load(SecretService *service) {
        return service->session ? ask_keyring(service) : ask_session(service);
}

/* ---- changes -------------------------------------------------------------------------------- */

static void end_change(SecretService *service, int r, const char *path) {
        service->changing = sd_bus_slot_unref(service->changing);
        service->events->changed(service->userdata, r, path);
}

static int start_change(SecretService *service, sd_bus_message *call,
                        sd_bus_message_handler_t handler) {
        return sd_bus_call_async(service->bus, &service->changing, call, handler, service,
                                 CHANGE_USEC);
}

/* A path of a prompt instead of "/" means: not done, unless somebody answers it. Nobody will. */
static int on_written(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const char *path = "/", *prompt = "/";
        int r;

        r = reply_errno(reply);
        if (r >= 0)
                r = sd_bus_message_read(reply, "oo", &path, &prompt);
        if (r >= 0 && (strcmp(prompt, "/") != 0 || strcmp(path, "/") == 0))
                r = -EACCES;
        end_change(userdata, r, path);
        return 0;
}

static int on_removed(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const char *prompt = "/";
        int r;

        r = reply_errno(reply);
        if (r >= 0)
                r = sd_bus_message_read(reply, "o", &prompt);
        if (r >= 0 && strcmp(prompt, "/") != 0)
                r = -EACCES;
        end_change(userdata, r, "");
        return 0;
}

static int append_item_properties(sd_bus_message *call, const char *id, const char *label) {
        int r;

        r = sd_bus_message_open_container(call, 'a', "{sv}");
        if (r >= 0)
                r = sd_bus_message_append(call, "{sv}", ITEM_INTERFACE ".Label", "s", label);
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'e', "sv");
        if (r >= 0)
                r = sd_bus_message_append(call, "s", ITEM_INTERFACE ".Attributes");
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'v', "a{ss}");
        if (r >= 0)
                r = append_attributes(call, id);
        for (int i = 0; i < 3 && r >= 0; i++)
                r = sd_bus_message_close_container(call);
        return r;
}

/* (oayays) */
static int append_secret(SecretService *service, sd_bus_message *call, const char *secret,
                         size_t n) {
        int r;

        r = sd_bus_message_open_container(call, 'r', "oayays");
        if (r >= 0)
                r = sd_bus_message_append(call, "o", service->session);
        if (r >= 0)
                r = sd_bus_message_append_array(call, 'y', "", 0);
        if (r >= 0)
                r = sd_bus_message_append_array(call, 'y', secret, n);
        if (r >= 0)
                r = sd_bus_message_append(call, "s", "text/plain");
        return r < 0 ? r : sd_bus_message_close_container(call);
}

int secret_service_write(SecretService *service, const char *id, const char *label,
                         const char *secret, size_t n) {
        _message_ *call = NULL;
        int r;

        r = new_call(service, &call, service->keyring, KEYRING_INTERFACE, "CreateItem");
        if (r >= 0)
                r = sd_bus_message_sensitive(call);
        if (r >= 0)
                r = append_item_properties(call, id, label);
        if (r >= 0)
                r = append_secret(service, call, secret, n);
        if (r >= 0)
                r = sd_bus_message_append(call, "b", true);
        return r < 0 ? r : start_change(service, call, on_written);
}

int secret_service_remove(SecretService *service, const char *path) {
        _message_ *call = NULL;
        int r;

        r = new_call(service, &call, path, ITEM_INTERFACE, "Delete");
        return r < 0 ? r : start_change(service, call, on_removed);
}

/* ---- what others do ------------------------------------------------------------------------- */

static int on_news(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
        SecretService *service = userdata;

        if (service->answers && bus_message_is_from(message, service->answers))
                service->events->news(service->userdata, false);
        return 0;
}

static int on_owner(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
        const char *name, *before, *now;
        SecretService *service = userdata;

        if (!bus_message_is_from_bus(message) ||
            sd_bus_message_read(message, "sss", &name, &before, &now) < 0 || before[0] == '\0')
                return 0;
        forget_paths(service); /* a session ends with its service */
        service->events->news(service->userdata, true);
        return 0;
}

static int follow(SecretService *service) {
        int r;

        r = sd_bus_add_match_async(service->bus, &service->news,
                                   "type='signal',sender='" SECRETS_NAME
                                   "',path_namespace='" SECRETS_PATH "'",
                                   on_news, NULL, service);
        if (r < 0)
                return r;
        return sd_bus_add_match_async(service->bus, &service->owner,
                                      "type='signal',sender='org.freedesktop.DBus',"
                                      "member='NameOwnerChanged',arg0='" SECRETS_NAME "'",
                                      on_owner, NULL, service);
}

/* ---- life ----------------------------------------------------------------------------------- */

int secret_service_new(SecretService **ret, sd_bus *bus, const SecretServiceEvents *events,
                       void *userdata) {
        _cleanup_(secret_service_freep) SecretService *service = NULL;
        int r;

        service = calloc(1, sizeof(*service));
        if (!service)
                return -ENOMEM;
        *service = (SecretService){ .bus = bus, .events = events, .userdata = userdata };
        r = follow(service);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(service);
        return 0;
}

SecretService *secret_service_free(SecretService *service) {
        if (!service)
                return NULL;

        sd_bus_slot_unref(service->loading);
        sd_bus_slot_unref(service->changing);
        sd_bus_slot_unref(service->news);
        sd_bus_slot_unref(service->owner);
        forget_paths(service);
        free(service);
        return NULL;
}
