/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The public keys of passkeys that hybridctl has registered: a folder with one file for each RP ID
 * and credential. Files are replaced as a whole or not at all, and one that is damaged stands in
 * nobody else's way.
 */

#include <stddef.h>

#include "credential.h"

enum {
        KEY_STORE_PATH_SIZE = 4096,
};

/**
 * The person's folder: $XDG_STATE_HOME/hybridctl, else ~/.local/state/hybridctl. It need not exist.
 * 0, or -ENOENT after having complained that there is no home.
 */
int key_store_folder(char ret[static KEY_STORE_PATH_SIZE]);

/**
 * Appends the credentials of an RP ID, in no special order. A folder that is not there is an empty
 * one. Damaged files are complained about and left out. 0, or a negative errno after having
 * complained.
 */
int key_store_load(const char *folder, const char *rp_id, CredentialList *list);

/**
 * Makes the folder where it is missing, and finds out whether files can be written there: before a
 * passkey is made whose key could not be kept. 0, or a negative errno after having complained.
 */
int key_store_prepare(const char *folder);

/**
 * Writes a credential's file, with the folder where that is missing. 0, or a negative errno after
 * having complained.
 */
int key_store_save(const char *folder, const Credential *credential);
