/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which linked phones can be contacted: those that wait here, or have waited since the server
 * started. Bookkeeping only. Real services wake a phone by a push message; here it keeps a websocket
 * open at /cable/wait/CONTACT, which is ours and in no specification.
 */

#include <stddef.h>
#include <stdint.h>

enum {
        CONTACT_ID_SIZE_MAX = 1400, /* as it stands in a path */
        CONTACT_N_MAX = 1024,
};

typedef struct Contact {
        char *id;
        void *waiter; /* the phone's connection, borrowed; NULL: it is away */
} Contact;

typedef struct ContactTable {
        Contact *contacts[CONTACT_N_MAX];
        size_t n;
} ContactTable;

void contact_table_done(ContactTable *table);

/** The contact with this id, or NULL: nobody has ever waited under it. */
Contact *contact_find(const ContactTable *table, const char *id);

/** The same, made where there is none. NULL if there are too many, or no memory. */
Contact *contact_add(ContactTable *table, const char *id);
