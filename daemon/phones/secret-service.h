/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * org.freedesktop.secrets as its client: the items of ours in the default keyring. Knows nothing of
 * phones. Nothing waits here: all answers come as events. A keyring that is locked is not unlocked
 * from here, since that would put a question for a password in front of somebody who did not ask.
 *
 * Secrets go over the bus as they are (the session "plain"). Who can listen to another program of
 * this person there can ask the service for the same items; and hybridd does without libcrypto. The
 * messages are erased on our side.
 */

#include <stddef.h>

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "base/macro.h"

typedef struct SecretService SecretService;

typedef struct SecretServiceEvents {
        /** One of our items, between secret_service_load() and `loaded`. All is borrowed. */
        void (*item)(void *userdata, const char *path, const char *secret, size_t n);
        /** All items were told. -EACCES: the keyring is locked; -ENOMEDIUM: there is none. */
        void (*loaded)(void *userdata, int r);
        /** A write or removal is done; @path is the item that was written. */
        void (*changed)(void *userdata, int r, const char *path);
        /** Somebody has changed what is there; or, if @gone, the service has left the bus. */
        void (*news)(void *userdata, bool gone);
} SecretServiceEvents;

int secret_service_new(SecretService **ret, sd_bus *bus, const SecretServiceEvents *events,
                       void *userdata);
SecretService *secret_service_free(SecretService *service);
DEFINE_CLEANUP(SecretService *, secret_service_free);

/** Asks for all items of ours. 0, or a negative errno: then nothing follows. */
int secret_service_load(SecretService *service);

/** Whether a load went well, and the service has not left since: only then can it be written to. */
bool secret_service_is_open(const SecretService *service);

/** Keeps a secret, in place of the one with the same id. One change at a time. 0 or -errno. */
int secret_service_write(SecretService *service, const char *id, const char *label,
                         const char *secret, size_t n);

/** Removes the item at this path. One change at a time. 0 or a negative errno. */
int secret_service_remove(SecretService *service, const char *path);
