/* SPDX-License-Identifier: MIT */

#include <gio/gunixfdlist.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "daemon/names.h"
#include "hybrid.h"
#include "prompt/guard.h"
#include "prompt/phones.h"
#include "prompt/shown-request.h"
#include "prompt/shown-text.h"
#include "prompt/window.h"

#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"

enum {
        TIPS_SECONDS = 30,
        DONE_MSEC = 1500,
        CALLER_MAX = 64, /* characters */
        PHONE_MAX = 64,
        MESSAGE_MAX = 600,
};

struct ShownRequest {
        GDBusConnection *bus;
        char *daemon;
        char *path;
        ShownRequestEnded ended;
        gpointer userdata;
        Window *window;
        guint subscription;
        guint daemon_watch;
        GCancellable *cancellable; /* of all calls */
        GCancellable *code_call;   /* of the one for the code, besides */
        guint tips_timer;
        guint close_timer;

        bool known; /* the daemon has told all that it knows */
        bool guarded;
        PageFacts facts;
        char state[32];
        char site[SHOWN_TEXT_SIZE];
        char caller[SHOWN_TEXT_SIZE];
        char caller_path[SHOWN_TEXT_SIZE];
        char caller_kind[16];
        char origin[SHOWN_TEXT_SIZE];
        char phone[SHOWN_TEXT_SIZE];
        char cause[64];
        char message[SHOWN_TEXT_SIZE];
};

static void get_code(ShownRequest *shown);

/* ---- showing -------------------------------------------------------------------------------- */

static gboolean on_close_timer(gpointer userdata) {
        ShownRequest *shown = userdata;

        shown->close_timer = 0;
        shown->ended(shown->userdata, shown);
        return G_SOURCE_REMOVE;
}

static gboolean on_tips_timer(gpointer userdata) {
        ShownRequest *shown = userdata;

        shown->tips_timer = 0;
        window_show_tips(shown->window);
        return G_SOURCE_REMOVE;
}

static void stop_timer(guint *timer) {
        if (*timer)
                g_source_remove(*timer);
        *timer = 0;
}

static void follow_page(ShownRequest *shown, const Page *page) {
        if (page->picture != PICTURE_CODE)
                stop_timer(&shown->tips_timer);
        else if (!shown->tips_timer)
                shown->tips_timer = g_timeout_add_seconds(TIPS_SECONDS, on_tips_timer, shown);

        stop_timer(&shown->close_timer);
        if (page->closes_itself)
                shown->close_timer = g_timeout_add(DONE_MSEC, on_close_timer, shown);
}

static void show(ShownRequest *shown) {
        Page page;

        page_make(&shown->facts, &page);
        window_set_page(shown->window, &page);
        follow_page(shown, &page);
}

/* ---- the code ------------------------------------------------------------------------------- */

static void forget_code(ShownRequest *shown) {
        g_cancellable_cancel(shown->code_call);
        g_clear_object(&shown->code_call);
        shown->facts.has_code = false;
        window_set_code(shown->window, NULL);
}

/* What is in the file cannot be changed by others: hybridd looks that it is sealed. */
static QrMatrix *read_code(int fd) {
        char text[HYBRID_QR_TEXT_SIZE_MAX];
        CLEANUP_ERASE(text);
        QrMatrix *matrix = NULL;
        ssize_t n;

        n = pread(fd, text, sizeof(text), 0);
        if (n <= 0 || n == (ssize_t)sizeof(text))
                return NULL;
        text[n] = '\0';
        return qr_matrix_new(&matrix, text) >= 0 ? matrix : NULL;
}

static QrMatrix *take_code(GVariant *reply, GUnixFDList *fds) {
        QrMatrix *matrix;
        gint32 index;
        int fd;

        if (!fds || !g_variant_is_of_type(reply, G_VARIANT_TYPE("(h)")))
                return NULL;
        g_variant_get(reply, "(h)", &index);
        fd = g_unix_fd_list_get(fds, index, NULL);
        if (fd < 0)
                return NULL;
        matrix = read_code(fd);
        close(fd);
        return matrix;
}

static void on_code(GObject *bus, GAsyncResult *result, gpointer userdata) {
        g_autoptr(GUnixFDList) fds = NULL;
        g_autoptr(GVariant) reply = NULL;
        g_autoptr(GError) error = NULL;
        ShownRequest *shown = userdata;
        QrMatrix *matrix;

        reply = g_dbus_connection_call_with_unix_fd_list_finish(G_DBUS_CONNECTION(bus), &fds,
                                                                result, &error);
        if (!reply) {
                /* Cancelled by us, or withdrawn meanwhile, which a signal says. */
                if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                        g_clear_object(&shown->code_call);
                return;
        }
        g_clear_object(&shown->code_call);
        matrix = take_code(reply, fds);
        if (!matrix) {
                g_warning("hybridd has sent what is no code");
                return;
        }
        shown->facts.has_code = true;
        window_set_code(shown->window, matrix);
        if (shown->known)
                show(shown);
}

static void get_code(ShownRequest *shown) {
        if (!shown->guarded)
                guard_begin();
        shown->guarded = true;

        g_cancellable_cancel(shown->code_call);
        g_clear_object(&shown->code_call);
        shown->code_call = g_cancellable_new();
        g_dbus_connection_call_with_unix_fd_list(
                shown->bus, shown->daemon, shown->path, REQUEST_INTERFACE, "GetQrCode", NULL, NULL,
                G_DBUS_CALL_FLAGS_NONE, G_MAXINT, NULL, shown->code_call, on_code, shown);
}

/* ---- what is known -------------------------------------------------------------------------- */

static void set_site(ShownRequest *shown, const char *rp_id) {
        char written[SHOWN_TEXT_SIZE];

        /* While another attempt begins, it is not known for a moment. */
        if (rp_id[0] == '\0')
                return;
        shown_site(rp_id, shown->site);
        shown_site_written(rp_id, written);
        window_set_written(shown->window, written);
}

static void set_state(ShownRequest *shown, const char *state) {
        bool other;

        /* The caller has its answer; the phone may still offer to be linked. */
        if (strcmp(state, "lingering") == 0)
                state = "done";
        other = strcmp(shown->state, state) != 0;
        g_strlcpy(shown->state, state, sizeof(shown->state));
        /* "bluetooth-off" keeps the call: the daemon answers when the radio is on. */
        if (strcmp(state, "bluetooth-off") == 0) {
                shown->facts.has_code = false;
                window_set_code(shown->window, NULL);
        } else if (strcmp(state, "waiting-for-scan") != 0 && strcmp(state, "preflight") != 0)
                forget_code(shown);
        else if (other && !shown->facts.has_code && !shown->code_call &&
                 strcmp(state, "waiting-for-scan") == 0)
                get_code(shown);
        if (other && strcmp(state, "choose-phone") == 0)
                phones_list(shown->bus, shown->daemon, shown->cancellable, shown->window);
}

static void set_remembered(ShownRequest *shown, const char *name) {
        shown->facts.offers_link = name[0] != '\0';
        if (name[0] != '\0')
                shown_text(name, PHONE_MAX, shown->phone);
}

static void set_string(ShownRequest *shown, const char *name, const char *value) {
        if (strcmp(name, "State") == 0)
                set_state(shown, value);
        else if (strcmp(name, "Operation") == 0)
                shown->facts.situation.create = strcmp(value, "create") == 0;
        else if (strcmp(name, "RpId") == 0)
                set_site(shown, value);
        else if (strcmp(name, "Caller") == 0)
                shown_text(value, CALLER_MAX, shown->caller);
        else if (strcmp(name, "CallerPath") == 0)
                shown_path(value, shown->caller_path);
        else if (strcmp(name, "CallerKind") == 0)
                g_strlcpy(shown->caller_kind, value, sizeof(shown->caller_kind));
        else if (strcmp(name, "Origin") == 0)
                shown_site(value, shown->origin);
        else if (strcmp(name, "Cause") == 0)
                g_strlcpy(shown->cause, value, sizeof(shown->cause));
        else if (strcmp(name, "Message") == 0)
                shown_text(value, MESSAGE_MAX, shown->message);
        else if (strcmp(name, "PhoneToRemember") == 0)
                set_remembered(shown, value);
}

static void on_phone_name(gpointer userdata, const char *name) {
        ShownRequest *shown = userdata;

        shown_text(name, PHONE_MAX, shown->phone);
        if (shown->known)
                show(shown);
}

static void set_property(ShownRequest *shown, const char *name, GVariant *value) {
        if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
                set_string(shown, name, g_variant_get_string(value, NULL));
        else if (g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN) &&
                 strcmp(name, "CanRetry") == 0)
                shown->facts.can_retry = g_variant_get_boolean(value);
        else if (g_variant_is_of_type(value, G_VARIANT_TYPE_OBJECT_PATH) &&
                 strcmp(name, "Phone") == 0 && strcmp(g_variant_get_string(value, NULL), "/") != 0)
                phones_get_name(shown->bus, shown->daemon, g_variant_get_string(value, NULL),
                                shown->cancellable, on_phone_name, shown);
}

/* The person has seen the end of it, or has made it. */
static bool is_over(const ShownRequest *shown) {
        return strcmp(shown->state, "failed") == 0 &&
               (strcmp(shown->cause, "cancelled") == 0 || strcmp(shown->cause, "caller-gone") == 0);
}

static void take_properties(ShownRequest *shown, GVariant *properties) {
        GVariantIter iter;
        const char *name;
        GVariant *value;

        g_variant_iter_init(&iter, properties);
        while (g_variant_iter_loop(&iter, "{&sv}", &name, &value))
                set_property(shown, name, value);
        shown->known = true;
        if (is_over(shown))
                shown->ended(shown->userdata, shown);
        else if (strcmp(shown->state, "failed") != 0 || shown->cause[0] != '\0')
                show(shown);
}

static void on_signal(GDBusConnection *bus, const char *sender, const char *path,
                      const char *interface, const char *signal, GVariant *arguments,
                      gpointer userdata) {
        ShownRequest *shown = userdata;

        if (strcmp(interface, PROPERTIES_INTERFACE) == 0 &&
            g_variant_is_of_type(arguments, G_VARIANT_TYPE("(sa{sv}as)"))) {
                g_autoptr(GVariant) properties = g_variant_get_child_value(arguments, 1);

                take_properties(shown, properties);
        } else if (strcmp(interface, REQUEST_INTERFACE) != 0)
                return;
        else if (strcmp(signal, "QrChanged") == 0)
                get_code(shown);
        else if (strcmp(signal, "QrWithdrawn") == 0) {
                forget_code(shown);
                show(shown);
        }
}

/* ---- what the person does ------------------------------------------------------------------- */

static void call(ShownRequest *shown, const char *method, GVariant *arguments) {
        g_dbus_connection_call(shown->bus, shown->daemon, shown->path, REQUEST_INTERFACE, method,
                               arguments, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static void leave(ShownRequest *shown) {
        if (!shown->facts.ended)
                call(shown, "Cancel", NULL);
        shown->ended(shown->userdata, shown);
}

static void retry(ShownRequest *shown) {
        shown->cause[0] = shown->message[0] = '\0';
        shown->facts.can_retry = false;
        call(shown, "Retry", NULL);
}

static void answer_link(ShownRequest *shown, gboolean yes) {
        call(shown, "RememberPhone", g_variant_new("(b)", yes));
        shown->ended(shown->userdata, shown);
}

static void on_action(gpointer userdata, PageAction action) {
        ShownRequest *shown = userdata;

        switch (action) {
        case ACTION_CANCEL:
        case ACTION_CLOSE:
                leave(shown);
                break;
        case ACTION_ALLOW:
                call(shown, "Allow", NULL);
                break;
        case ACTION_TURN_ON:
                call(shown, "TurnOnBluetooth", NULL);
                break;
        case ACTION_RETRY:
                retry(shown);
                break;
        case ACTION_USE_CODE:
                call(shown, "UseQr", NULL);
                break;
        case ACTION_REMEMBER:
                answer_link(shown, TRUE);
                break;
        case ACTION_FORGET:
                answer_link(shown, FALSE);
                break;
        case ACTION_NONE:
        case _ACTION_MAX:
                break;
        }
}

static void on_phone(gpointer userdata, const char *path) {
        call(userdata, "UsePhone", g_variant_new("(o)", path));
}

static const WindowEvents window_events = {
        .action = on_action,
        .phone = on_phone,
};

/* ---- life ----------------------------------------------------------------------------------- */

static void on_daemon_gone(GDBusConnection *bus, const char *name, gpointer userdata) {
        ShownRequest *shown = userdata;

        shown->facts.ended = true;
        if (strcmp(shown->state, "failed") == 0 || strcmp(shown->state, "done") == 0)
                return;
        forget_code(shown);
        g_strlcpy(shown->state, "failed", sizeof(shown->state));
        g_strlcpy(shown->cause, "internal", sizeof(shown->cause));
        shown_text(words_phrase(PHRASE_SERVICE_GONE), MESSAGE_MAX, shown->message);
        show(shown);
}

ShownRequest *shown_request_new(GDBusConnection *bus, const char *daemon, const char *path,
                                const char *parent, const char *token, ShownRequestEnded ended,
                                gpointer userdata) {
        ShownRequest *shown = g_new0(ShownRequest, 1);

        shown->bus = g_object_ref(bus);
        shown->daemon = g_strdup(daemon);
        shown->path = g_strdup(path);
        shown->ended = ended;
        shown->userdata = userdata;
        shown->cancellable = g_cancellable_new();
        g_strlcpy(shown->state, "preflight", sizeof(shown->state));
        shown->facts.situation = (Situation){
                .state = shown->state,
                .site = shown->site,
                .caller = shown->caller,
                .path = shown->caller_path,
                .kind = shown->caller_kind,
                .origin = shown->origin,
                .phone = shown->phone,
                .cause = shown->cause,
                .message = shown->message,
        };
        shown->window = window_new(parent, token, &window_events, shown);
        shown->subscription = g_dbus_connection_signal_subscribe(bus, daemon, NULL, NULL, path,
                                                                 NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                                                 on_signal, shown, NULL);
        shown->daemon_watch = g_bus_watch_name_on_connection(
                bus, daemon, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_daemon_gone, shown, NULL);
        return shown;
}

void shown_request_free(ShownRequest *shown) {
        g_dbus_connection_signal_unsubscribe(shown->bus, shown->subscription);
        g_bus_unwatch_name(shown->daemon_watch);
        stop_timer(&shown->tips_timer);
        stop_timer(&shown->close_timer);
        forget_code(shown);
        g_cancellable_cancel(shown->cancellable);
        window_free(shown->window);
        if (shown->guarded)
                guard_end();
        g_object_unref(shown->cancellable);
        g_object_unref(shown->bus);
        g_free(shown->daemon);
        g_free(shown->path);
        g_free(shown);
}

gboolean shown_request_is(const ShownRequest *shown, const char *daemon, const char *path) {
        return strcmp(shown->daemon, daemon) == 0 && strcmp(shown->path, path) == 0;
}
