/* SPDX-License-Identifier: MIT */

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "credential-file.h"
#include "credential-store.h"
#include "tools/common/complain.h"

enum {
        N_CREDENTIALS_MAX = 10000, /* a folder with more is not one of ours */
};

struct CredentialStore {
        int folder_fd; /* -1: only in memory */
        Credential **items;
        size_t n;
};

static void closedir_cleanup(DIR **folder) {
        if (*folder)
                closedir(*folder);
}

/* Takes the credential over. */
static int append(CredentialStore *store, Credential *credential) {
        _cleanup_(credential_freep) Credential *owned = credential;
        Credential **items;

        if (store->n == N_CREDENTIALS_MAX)
                return -ENOSPC;
        items = reallocarray(store->items, store->n + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;

        store->items = items;
        store->items[store->n++] = TAKE_PTR(owned);
        return 0;
}

static void set_aside(CredentialStore *store, const char *name) {
        int r;

        r = credential_file_set_aside(store->folder_fd, name);
        if (r < 0)
                complain("credential file %s: it is damaged, and cannot be renamed: %s; remove it",
                         name, strerrordesc_np(-r));
        else
                complain("credential file %s: it is damaged; the others are used, and this one is "
                         "kept as %s.damaged",
                         name, name);
}

static int read_file(CredentialStore *store, const char *name) {
        Credential *credential;
        int r;

        r = credential_file_read(store->folder_fd, name, &credential);
        if (r == -EBADMSG || r == -ELOOP) {
                set_aside(store, name);
                return 0;
        }
        if (r < 0 && r != -ENOMEM) {
                complain("credential file %s: %s; make it readable, or remove it", name,
                         strerrordesc_np(-r));
                return 0;
        }
        return r < 0 ? r : append(store, credential);
}

static int read_folder(CredentialStore *store) {
        _cleanup_(closedir_cleanup) DIR *folder = NULL;
        const struct dirent *entry;
        int fd, r = 0;

        fd = dup(store->folder_fd);
        if (fd < 0)
                return -errno;
        folder = fdopendir(fd);
        if (!folder) {
                close(fd);
                return -ENOMEM;
        }

        while (r >= 0 && (entry = readdir(folder)))
                if (credential_file_is_one(entry->d_name))
                        r = read_file(store, entry->d_name);
        return r;
}

int credential_store_new(CredentialStore **ret, const char *folder) {
        _cleanup_(credential_store_freep) CredentialStore *store = calloc(1, sizeof(*store));
        int r;

        if (!store)
                return -ENOMEM;
        store->folder_fd = -1;

        if (folder) {
                r = credential_folder_open(folder, &store->folder_fd);
                if (r >= 0)
                        r = read_folder(store);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(store);
        return 0;
}

CredentialStore *credential_store_free(CredentialStore *store) {
        if (!store)
                return NULL;

        for (size_t i = 0; i < store->n; i++)
                credential_free(store->items[i]);
        free(store->items);
        if (store->folder_fd >= 0)
                close(store->folder_fd);
        free(store);
        return NULL;
}

/* Later than all others, whatever the clock says: the newest is the one that is offered. */
static uint64_t next_date(const CredentialStore *store) {
        struct timespec now;
        uint64_t usec;

        clock_gettime(CLOCK_REALTIME, &now);
        usec = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
        for (size_t i = 0; i < store->n; i++)
                if (store->items[i]->created_usec >= usec)
                        usec = store->items[i]->created_usec + 1;

        return usec;
}

static bool is_same_account(const Credential *a, const Credential *b) {
        return strcmp(a->rp_id, b->rp_id) == 0 && a->n_user_id == b->n_user_id &&
               memcmp(a->user_id, b->user_id, a->n_user_id) == 0;
}

static int remove_at(CredentialStore *store, size_t i) {
        Credential *credential = store->items[i];
        int r = 0;

        store->items[i] = store->items[--store->n];
        if (store->folder_fd >= 0)
                r = credential_file_remove(store->folder_fd, credential);
        credential_free(credential);
        return r;
}

/* The new one is there before the old one goes. */
static int remove_predecessor(CredentialStore *store, const Credential *credential) {
        for (size_t i = 0; i < store->n; i++)
                if (store->items[i] != credential && is_same_account(store->items[i], credential))
                        return remove_at(store, i);

        return 0;
}

static int keep(const CredentialStore *store, const Credential *credential) {
        return store->folder_fd >= 0 ? credential_file_write(store->folder_fd, credential) : 0;
}

int credential_store_add(CredentialStore *store, Credential *credential) {
        int r;

        credential->created_usec = next_date(store);
        r = keep(store, credential);
        if (r < 0) {
                credential_free(credential);
                return r;
        }

        r = append(store, credential);
        if (r < 0)
                return r;
        return remove_predecessor(store, credential);
}

static bool matches(const Credential *credential, Ctap2Text rp_id, CborItem list) {
        return strlen(credential->rp_id) == rp_id.n &&
               memcmp(credential->rp_id, rp_id.data, rp_id.n) == 0 &&
               (!list.data ||
                ctap2_descriptors_contain(list, credential_descriptor(credential).id));
}

Credential *credential_store_find(const CredentialStore *store, Ctap2Text rp_id, CborItem list) {
        Credential *newest = NULL;

        for (size_t i = 0; i < store->n; i++)
                if (matches(store->items[i], rp_id, list) &&
                    (!newest || store->items[i]->created_usec > newest->created_usec))
                        newest = store->items[i];

        return newest;
}

int credential_store_count(CredentialStore *store, Credential *credential) {
        credential->counter++;
        return keep(store, credential);
}

size_t credential_store_size(const CredentialStore *store) {
        return store->n;
}
