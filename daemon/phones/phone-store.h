/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Where linked phones are kept: the files of a folder of the person's, one for each, or another place
 * that is used by the same functions. A write of a file is whole or has not been: a new file under a
 * temporary name, flushed, then renamed, then the folder flushed. What is there is read anew each
 * time, since a person may have several sessions, and each its hybridd.
 */

#include "daemon/phones/phone-record.h"

enum {
        PHONE_STORE_N_MAX = 64, /* phones */
};

typedef struct PhoneStore PhoneStore;

/** Those that could be read, in the order of their ids. */
typedef struct PhoneList {
        PhoneRecord *records;
        size_t n;
} PhoneList;

/** Erases and frees them. */
void phone_list_done(PhoneList *list);

/** The record with this id, or NULL. Borrowed. */
PhoneRecord *phone_list_find(const PhoneList *list, const char *id);

/** Where this person's phones are kept: the caller's, or NULL if they have no home (or no memory). */
char *phone_store_default_folder(void);

/**
 * Opens the folder. Where it is not there it is made if @make, else that is -ENOENT. What writes that
 * were cut short have left in it is removed. -EPERM if others can write to it; another negative errno.
 */
int phone_store_open(PhoneStore **ret, const char *folder, bool make);

/** Another place: each function is that of its name below; reading one is looking it up in the list. */
typedef struct PhoneStoreBackend {
        int (*list)(void *userdata, PhoneList *ret);
        int (*write)(void *userdata, const PhoneRecord *record);
        int (*remove)(void *userdata, const char *id);
        void (*set_aside)(void *userdata, const char *id);
} PhoneStoreBackend;

/** A store in another place, which has to outlive it. Only for good records and ids. 0 or -ENOMEM. */
int phone_store_new(PhoneStore **ret, const PhoneStoreBackend *backend, void *userdata);

PhoneStore *phone_store_free(PhoneStore *store);
DEFINE_CLEANUP(PhoneStore *, phone_store_free);

/**
 * Reads all. A file that is damaged is renamed to *.damaged, which is said in the log, and does not
 * harm the others. 0 or a negative errno.
 */
int phone_store_list(PhoneStore *store, PhoneList *ret);

/** One of them. -ENOENT if it is not there, or is damaged. */
int phone_store_read(PhoneStore *store, const char *id, PhoneRecord *ret);

/**
 * Keeps a good record, in place of any with its id. When it returns 0 it is on the disk.
 * -ENOSPC also if there are too many; another negative errno: then all is as it was, or the new one
 * is there already but might not outlive a power failure (-EIO).
 */
int phone_store_write(PhoneStore *store, const PhoneRecord *record);

/** 0, -ENOENT, or another negative errno. */
int phone_store_remove(PhoneStore *store, const char *id);

/** Puts a file out of the way whose link turned out to be none. */
void phone_store_set_aside(PhoneStore *store, const char *id);
