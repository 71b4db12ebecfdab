/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/caller/caller-lookup.h"

struct CallerLookup {
        sd_bus *bus;
        char *name;
        CallerFound found;
        void *userdata;

        sd_bus_slot *query;
        uid_t uid;
        Process process; /* PROCESS_NONE before it was looked at */
        Caller caller;
};

/* ---- credentials ---------------------------------------------------------------------------- */

/* One of the dictionary's pairs. */
static int read_pair(sd_bus_message *reply, uint32_t *pid, uint32_t *uid, int *pidfd) {
        const char *name;
        int r;

        r = sd_bus_message_read(reply, "s", &name);
        if (r < 0)
                return r;
        if (strcmp(name, "ProcessID") == 0)
                return sd_bus_message_read(reply, "v", "u", pid);
        if (strcmp(name, "UnixUserID") == 0)
                return sd_bus_message_read(reply, "v", "u", uid);
        if (strcmp(name, "ProcessFD") == 0)
                return sd_bus_message_read(reply, "v", "h", pidfd);
        return sd_bus_message_skip(reply, "v");
}

int credentials_read(sd_bus_message *reply, Credentials *ret) {
        uint32_t pid = 0, uid = UINT32_MAX;
        int pidfd = -1, r;

        r = sd_bus_message_enter_container(reply, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
                r = read_pair(reply, &pid, &uid, &pidfd);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
        }
        if (r < 0)
                return r;
        if (pid == 0 || pid > INT32_MAX || uid == UINT32_MAX)
                return -EBADMSG;

        *ret = (Credentials){ .pid = (pid_t)pid, .uid = (uid_t)uid, .pidfd = pidfd };
        return 0;
}

/* ---- the queries ---------------------------------------------------------------------------- */

/* May free the lookup. */
static void finish(CallerLookup *lookup, int r) {
        lookup->found(lookup->userdata, r, r >= 0 ? &lookup->caller : NULL);
}

static int ask(CallerLookup *lookup, sd_bus_message_handler_t handler) {
        return sd_bus_call_method_async(lookup->bus, &lookup->query, "org.freedesktop.DBus",
                                        "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                        "GetConnectionCredentials", handler, lookup, "s",
                                        lookup->name);
}

/* The connection may have ended, and so may our own, or the bus may not let us ask. */
static int read_reply(CallerLookup *lookup, sd_bus_message *reply, Credentials *ret) {
        lookup->query = sd_bus_slot_unref(lookup->query);
        if (sd_bus_message_is_method_error(reply, NULL))
                return -ENXIO;
        return credentials_read(reply, ret);
}

/* The connection is still there: so its process did not end before we opened it. */
static int on_second_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        CallerLookup *lookup = userdata;
        Credentials credentials;
        int r;

        r = read_reply(lookup, reply, &credentials);
        if (r >= 0 && (credentials.pid != lookup->process.pid || credentials.uid != lookup->uid ||
                       process_has_ended(&lookup->process)))
                r = -ESRCH;
        finish(lookup, r);
        return 0;
}

static int open_process(const Credentials *credentials, Process *ret) {
        if (credentials->pidfd >= 0)
                return process_open_pidfd(ret, credentials->pidfd);
        return process_open(ret, credentials->pid);
}

static int on_first_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        CallerLookup *lookup = userdata;
        Credentials credentials;
        int r;

        r = read_reply(lookup, reply, &credentials);
        if (r >= 0)
                r = open_process(&credentials, &lookup->process);
        if (r >= 0) {
                lookup->uid = credentials.uid;
                r = caller_identify(&lookup->process, credentials.uid, &lookup->caller);
        }
        if (r >= 0 && credentials.pidfd < 0) {
                r = ask(lookup, on_second_reply);
                if (r >= 0)
                        return 0;
        }
        finish(lookup, r);
        return 0;
}

/* ---- life ----------------------------------------------------------------------------------- */

int caller_lookup_new(CallerLookup **ret, sd_bus *bus, const char *name, CallerFound found,
                      void *userdata) {
        _cleanup_(caller_lookup_freep) CallerLookup *lookup = NULL;
        int r;

        lookup = calloc(1, sizeof(*lookup));
        if (!lookup)
                return -ENOMEM;
        lookup->bus = sd_bus_ref(bus);
        lookup->process = PROCESS_NONE;
        lookup->found = found;
        lookup->userdata = userdata;
        lookup->name = strdup(name);
        if (!lookup->name)
                return -ENOMEM;

        r = ask(lookup, on_first_reply);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(lookup);
        return 0;
}

CallerLookup *caller_lookup_free(CallerLookup *lookup) {
        if (!lookup)
                return NULL;

        sd_bus_slot_unref(lookup->query);
        process_close(&lookup->process);
        sd_bus_unref(lookup->bus);
        free(lookup->name);
        free(lookup);
        return NULL;
}
