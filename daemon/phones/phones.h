/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The linked phones of the person, as requests use them and the bus shows them. What is kept is in
 * files (phones/phone-store.h), which are read anew each time; between two uses no secret of a phone
 * is in memory here. Or it is in the Secret Service (phone-vault.h).
 *
 * Which phones somebody has is nobody's business: a site could be told by it who they are. So a
 * program sees the phones that its request may use, and only if it says that it lets the person
 * choose; all of them are for the window, and for programs that the administrator lets ask for any
 * site from a terminal.
 */

#include "daemon/names.h"
#include "daemon/phones/phone-store.h"
#include "daemon/services.h"

enum {
        PHONES_N_WINDOWS_MAX = 32,
};

typedef struct PhoneVault PhoneVault;
typedef struct PhonesBus PhonesBus;

typedef struct PhonesEvents {
        /** The Secret Service has told what it keeps, or that it cannot; the first time and later. */
        void (*loaded)(void *userdata);

        /** Which connections serve windows of requests now: they may see phones. Borrowed. */
        size_t (*windows)(void *userdata, const char *ret[static PHONES_N_WINDOWS_MAX]);
} PhonesEvents;

typedef struct Phones {
        Services *services;
        PhoneVault *vault; /* NULL: phones are in files */
        PhonesBus *bus;
        const PhonesEvents *events;
        void *userdata;
} Phones;

/**
 * Puts the phones on the bus, and asks the Secret Service what it keeps, if they are there by the settings.
 * 0 or a negative errno, logged.
 */
int phones_start(Phones *phones, Services *services, const PhonesEvents *events, void *userdata);
void phones_done(Phones *phones);

/** Whether a phone may be remembered now: the policy says so, and there is a place for it. */
bool phones_may_be_linked(const Phones *phones);

/**
 * Those that may be asked now, by the policy. The one used last for this site is first, then those
 * used last. No error: where nothing can be read there are none, and the log says why.
 */
void phones_list_usable(const Phones *phones, const char *rp_id, PhoneList *ret);

/** One of them, by its path. -ENOENT if it is not there, or may not be asked. */
int phones_read_usable(const Phones *phones, const char *path, PhoneRecord *ret);

/**
 * Keeps a phone that agreed, and has answered for this site: a new one, or a new link of one that is there.
 * Its name is made to be one that no other has. When it returns 0, it is on the disk, or will be when
 * phones_reply() replies. Logged.
 */
int phones_remember(Phones *phones, PhoneRecord *record, const char *rp_id);

/** It was asked for this site, and has answered. */
void phones_note_use(Phones *phones, const char *id, const char *rp_id);

/** It cannot be asked any more. */
void phones_forget(Phones *phones, const char *id);

/** Its file holds no link: puts that out of the way. */
void phones_set_aside(Phones *phones, const char *id);

/** The path of the object with this id. */
#define PHONE_PATH_SIZE (sizeof(BUS_PHONE_PATH "/") + PHONE_ID_SIZE)
void phone_path(const char *id, char ret[static PHONE_PATH_SIZE]);

/** The id in a path; NULL if it is none of a phone. Borrowed from the path. */
const char *phone_id_of(const char *path);

/** Opens what the phones are kept in. -ENOENT if there is nothing yet (and it is not to be made). */
int phones_open_store(const Phones *phones, bool make, PhoneStore **ret);

/** Whether changes are on their way to where they are kept. */
bool phones_are_busy(const Phones *phones);

/** Looks in the background whether others have changed what is kept; files are read anew anyway. */
void phones_refresh(const Phones *phones);

/** Replies to a call that has changed a phone, when that is kept. */
int phones_reply(const Phones *phones, sd_bus_message *call);

/* phones-bus.c */

/** Puts the object manager and the phones on the bus. 0 or a negative errno. */
int phones_bus_add(Phones *phones);
void phones_bus_remove(Phones *phones);

/** Tells those who may know of it that a phone is there, is not there any more, or is changed. */
void phones_bus_emit_added(Phones *phones, const PhoneRecord *record);
void phones_bus_emit_removed(Phones *phones, const char *id);
void phones_bus_emit_changed(Phones *phones, const PhoneRecord *record);
