/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Linked phones in the Secret Service, as a PhoneStore. The service is asked ahead, and what it said
 * is kept in memory, so that requests can read it without waiting; changes are made there at once,
 * and sent one after the other. Who has asked for one is answered when it has been kept.
 */

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "base/macro.h"
#include "daemon/phones/phone-store.h"

typedef struct PhoneVault PhoneVault;

typedef struct PhoneVaultEvents {
        /** The service has told what it keeps, or that it cannot; the lists are borrowed. */
        void (*loaded)(void *userdata, const PhoneList *before, const PhoneList *now);
} PhoneVaultEvents;

/**
 * One that knows nothing before phone_vault_refresh(). -EOPNOTSUPP if hybridd was built without.
 * The bus has to outlive it.
 */
int phone_vault_new(PhoneVault **ret, sd_bus *bus, const PhoneVaultEvents *events, void *userdata);
PhoneVault *phone_vault_free(PhoneVault *vault);
DEFINE_CLEANUP(PhoneVault *, phone_vault_free);

/** Asks once more, in the background: others may have changed what is there, or unlocked it. */
void phone_vault_refresh(PhoneVault *vault);

/** The store, for at once; or the negative errno why the last load failed, which was logged. */
int phone_vault_open(PhoneVault *vault, PhoneStore **ret);

/** Replies to a call when all changes up to now are kept; with an error if that fails. */
int phone_vault_reply(PhoneVault *vault, sd_bus_message *call);

/** Whether changes are on their way. */
bool phone_vault_is_busy(const PhoneVault *vault);
