/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * All passkeys of the phone: in memory, and in a folder if there is one.
 */

#include <stdbool.h>

#include "base/macro.h"
#include "credential.h"

typedef struct CredentialStore CredentialStore;

/**
 * Reads what is in the folder, or starts empty if it is NULL. A file that is damaged is set aside,
 * with a line on stderr, and the others are read all the same.
 * Returns 0, -EPERM if the folder is somebody else's or others may write to it, or another negative
 * errno.
 */
int credential_store_new(CredentialStore **ret, const char *folder);
CredentialStore *credential_store_free(CredentialStore *store);

DEFINE_CLEANUP(CredentialStore *, credential_store_free);

/**
 * Dates and keeps a credential, which it takes over also when it fails. One for the same account
 * goes away (CTAP 2.2 section 6.1.2).
 */
int credential_store_add(CredentialStore *store, Credential *credential);

/**
 * The newest credential for an RP ID that is in the list, or the newest one at all if the list is
 * absent. NULL if there is none. Borrowed until it is replaced.
 */
Credential *credential_store_find(const CredentialStore *store, Ctap2Text rp_id, CborItem list);

/** Counts a signature, before it is given away. 0 or a negative errno. */
int credential_store_count(CredentialStore *store, Credential *credential);

size_t credential_store_size(const CredentialStore *store);
