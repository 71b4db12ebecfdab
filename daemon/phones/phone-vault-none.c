/* SPDX-License-Identifier: MIT */

/* Built without the Secret Service: the settings refuse it, so there never is a vault. */

#include <errno.h>

#include "daemon/phones/phone-vault.h"

int phone_vault_new(PhoneVault **ret, sd_bus *bus, const PhoneVaultEvents *events, void *userdata) {
        return -EOPNOTSUPP;
}

PhoneVault *phone_vault_free(PhoneVault *vault) {
        return NULL;
}

void phone_vault_refresh(PhoneVault *vault) {
}

int phone_vault_open(PhoneVault *vault, PhoneStore **ret) {
        return -EOPNOTSUPP;
}

int phone_vault_reply(PhoneVault *vault, sd_bus_message *call) {
        return -EOPNOTSUPP;
}

bool phone_vault_is_busy(const PhoneVault *vault) {
        return false;
}
