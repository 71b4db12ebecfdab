/* SPDX-License-Identifier: MIT */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/secret.h"
#include "ceremony/log.h"
#include "daemon/phones/phone-store.h"

#define SUFFIX  ".phone"
#define DAMAGED ".damaged"
#define TEMP    ".new"

/* A write takes no longer, whoever does it: what is older was cut short. */
#define TEMP_AGE_SEC 60

enum {
        NAME_SIZE = PHONE_ID_SIZE + sizeof(SUFFIX),
        ASIDE_NAME_SIZE = NAME_SIZE + sizeof(DAMAGED),
        TEMP_NAME_SIZE = NAME_SIZE + sizeof(".4294967295" TEMP),
};

struct PhoneStore {
        const PhoneStoreBackend *backend; /* NULL: it is a folder */
        void *userdata;
        int fd; /* of the folder; or -1 */
        char *folder;
};

static void close_cleanup(int *fd) {
        if (*fd >= 0)
                close(*fd);
}

/* ---- lists ---------------------------------------------------------------------------------- */

void phone_list_done(PhoneList *list) {
        secret_free(list->records, list->n * sizeof(PhoneRecord));
        *list = (PhoneList){};
}

PhoneRecord *phone_list_find(const PhoneList *list, const char *id) {
        for (size_t i = 0; i < list->n; i++)
                if (strcmp(list->records[i].id, id) == 0)
                        return &list->records[i];
        return NULL;
}

/* ---- the folder ----------------------------------------------------------------------------- */

char *phone_store_default_folder(void) {
        const char *base = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
        char *folder = NULL;
        int r = -1;

        if (base && base[0] == '/')
                r = asprintf(&folder, "%s/hybridd/phones", base);
        else if (home && home[0] == '/')
                r = asprintf(&folder, "%s/.local/state/hybridd/phones", home);
        return r < 0 ? NULL : folder;
}

/* With all that it is in. What stands in the way shows when it is opened. */
static int make_folder(const char *folder) {
        char *path = strdup(folder);

        if (!path)
                return -ENOMEM;
        for (char *p = path + 1; *p; p++)
                if (*p == '/') {
                        *p = '\0';
                        (void)mkdir(path, 0700);
                        *p = '/';
                }
        (void)mkdir(path, 0700);
        free(path);
        return 0;
}

/* Who can put files there can have the person ask a phone that is not theirs. */
static int check_folder(int fd) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH))
                return -EPERM;
        return 0;
}

static bool has_suffix(const char *name, const char *suffix) {
        size_t n = strlen(name), n_suffix = strlen(suffix);

        return n > n_suffix && strcmp(name + n - n_suffix, suffix) == 0;
}

static void remove_if_old(int folder_fd, const char *name) {
        struct stat st;
        time_t now = time(NULL);

        if (fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR(st.st_mode))
                return;
        /* The time of a new file may be some milliseconds ahead of time(), which a finer clock gave it. */
        if (llabs((long long)now - (long long)st.st_mtime) > TEMP_AGE_SEC)
                (void)unlinkat(folder_fd, name, 0);
}

/* NULL with errno. */
static DIR *open_entries(int folder_fd) {
        DIR *dir;
        int fd;

        fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return NULL;
        dir = fdopendir(fd);
        if (!dir)
                close(fd);
        return dir;
}

static void remove_leftovers(int folder_fd) {
        struct dirent *entry;
        DIR *dir;

        dir = open_entries(folder_fd);
        if (!dir)
                return; /* reading them will tell why */
        while ((entry = readdir(dir)))
                if (entry->d_name[0] == '.' && has_suffix(entry->d_name, TEMP))
                        remove_if_old(folder_fd, entry->d_name);
        closedir(dir);
}

int phone_store_open(PhoneStore **ret, const char *folder, bool make) {
        _cleanup_(phone_store_freep) PhoneStore *store = NULL;
        int r;

        store = calloc(1, sizeof(*store));
        if (!store)
                return -ENOMEM;
        store->fd = -1;
        store->folder = strdup(folder);
        if (!store->folder)
                return -ENOMEM;

        r = make ? make_folder(folder) : 0;
        if (r < 0)
                return r;
        store->fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (store->fd < 0)
                return -errno;
        r = check_folder(store->fd);
        if (r < 0)
                return r;
        remove_leftovers(store->fd);

        *ret = TAKE_PTR(store);
        return 0;
}

int phone_store_new(PhoneStore **ret, const PhoneStoreBackend *backend, void *userdata) {
        PhoneStore *store = calloc(1, sizeof(*store));

        if (!store)
                return -ENOMEM;
        *store = (PhoneStore){ .backend = backend, .userdata = userdata, .fd = -1 };
        *ret = store;
        return 0;
}

PhoneStore *phone_store_free(PhoneStore *store) {
        if (!store)
                return NULL;

        if (store->fd >= 0)
                close(store->fd);
        free(store->folder);
        free(store);
        return NULL;
}

static void make_name(const char *id, char ret[static NAME_SIZE]) {
        snprintf(ret, NAME_SIZE, "%s" SUFFIX, id);
}

/* ---- reading -------------------------------------------------------------------------------- */

static void set_aside(PhoneStore *store, const char *name, const char *why) {
        char aside[ASIDE_NAME_SIZE];

        snprintf(aside, sizeof(aside), "%s" DAMAGED, name);
        if (renameat(store->fd, name, store->fd, aside) < 0)
                log_error_errno(-errno, "Failed to put %s/%s aside, which is no phone (%s)",
                                store->folder, name, why);
        else
                log_error("%s/%s is damaged (%s) and now called %s; link that phone again",
                          store->folder, name, why, aside);
}

void phone_store_set_aside(PhoneStore *store, const char *id) {
        char name[NAME_SIZE];

        if (store->backend) {
                store->backend->set_aside(store->userdata, id);
                return;
        }
        make_name(id, name);
        set_aside(store, name, "the phone cannot be asked by it");
}

/* All of it, at most n_max bytes. -EBADMSG: that is no file of ours. */
static int read_all(int fd, char *ret, size_t n_max, size_t *ret_n) {
        struct stat st;
        size_t n = 0;
        ssize_t k = 1;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_size > (off_t)n_max)
                return -EBADMSG;

        while (k != 0 && n < n_max) {
                k = read(fd, ret + n, n_max - n);
                if (k < 0 && errno != EINTR)
                        return -errno;
                if (k > 0)
                        n += (size_t)k;
        }
        *ret_n = n;
        return 0;
}

/* -EBADMSG also for links and folders: a phone is in a file, and nowhere else. */
static int read_file(PhoneStore *store, const char *name, PhoneRecord *ret) {
        _cleanup_(close_cleanup) int fd = -1;
        char text[PHONE_TEXT_SIZE_MAX];
        CLEANUP_ERASE(text);
        size_t n = 0;
        int r;

        fd = openat(store->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return errno == ELOOP || errno == ENXIO ? -EBADMSG : -errno;
        r = read_all(fd, text, sizeof(text), &n);
        if (r < 0)
                return r;
        return phone_record_decode(text, n, ret);
}

static int read_from_list(PhoneStore *store, const char *id, PhoneRecord *ret) {
        _cleanup_(phone_list_done) PhoneList list = {};
        const PhoneRecord *found;
        int r;

        r = store->backend->list(store->userdata, &list);
        if (r < 0)
                return r;
        found = phone_list_find(&list, id);
        if (!found)
                return -ENOENT;
        *ret = *found;
        return 0;
}

int phone_store_read(PhoneStore *store, const char *id, PhoneRecord *ret) {
        char name[NAME_SIZE];
        int r;

        if (!phone_id_is_good(id))
                return -ENOENT;
        if (store->backend)
                return read_from_list(store, id, ret);
        make_name(id, name);
        r = read_file(store, name, ret);
        if (r == -EBADMSG) {
                set_aside(store, name, "its contents");
                return -ENOENT;
        }
        if (r < 0)
                return r;

        strcpy(ret->id, id);
        return 0;
}

/* The id that a file's name has, if it is one of ours. */
static bool id_of(const char *name, char ret[static PHONE_ID_SIZE]) {
        if (!has_suffix(name, SUFFIX) || strlen(name) != PHONE_ID_SIZE - 1 + strlen(SUFFIX))
                return false;
        memcpy(ret, name, PHONE_ID_SIZE - 1);
        ret[PHONE_ID_SIZE - 1] = '\0';
        return phone_id_is_good(ret);
}

/* What cannot be read now, but may be whole, stays where it is. */
static int read_entry(PhoneStore *store, const char *name, PhoneList *list) {
        char id[PHONE_ID_SIZE];
        int r;

        if (!id_of(name, id))
                return 0;
        if (list->n == PHONE_STORE_N_MAX) {
                log_warning("%s has too many phones; not all are read", store->folder);
                return -E2BIG;
        }

        r = phone_store_read(store, id, &list->records[list->n]);
        if (r == 0)
                list->n++;
        else if (r != -ENOENT)
                log_error_errno(r, "Failed to read %s/%s", store->folder, name);
        return 0;
}

static int compare(const void *a, const void *b) {
        const PhoneRecord *x = a, *y = b;

        return strcmp(x->id, y->id);
}

int phone_store_list(PhoneStore *store, PhoneList *ret) {
        _cleanup_(phone_list_done) PhoneList list = {};
        struct dirent *entry;
        DIR *dir;

        if (store->backend)
                return store->backend->list(store->userdata, ret);
        list.records = calloc(PHONE_STORE_N_MAX, sizeof(PhoneRecord));
        if (!list.records)
                return -ENOMEM;
        dir = open_entries(store->fd);
        if (!dir)
                return -errno;
        while ((entry = readdir(dir)))
                if (read_entry(store, entry->d_name, &list) < 0)
                        break;
        closedir(dir);

        qsort(list.records, list.n, sizeof(PhoneRecord), compare);
        *ret = list;
        list = (PhoneList){};
        return 0;
}

/* ---- writing -------------------------------------------------------------------------------- */

static int write_all(int fd, const char *data, size_t n) {
        while (n > 0) {
                ssize_t k = write(fd, data, n);

                if (k < 0 && errno != EINTR)
                        return -errno;
                if (k > 0) {
                        data += k;
                        n -= (size_t)k;
                }
        }
        return fsync(fd) < 0 ? -errno : 0;
}

static int write_temporary(PhoneStore *store, const char *name, const PhoneRecord *record) {
        _cleanup_(close_cleanup) int fd = -1;
        char text[PHONE_TEXT_SIZE_MAX];
        CLEANUP_ERASE(text);

        (void)unlinkat(store->fd, name, 0); /* another process with our number left it */
        fd = openat(store->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        return write_all(fd, text, phone_record_encode(record, text));
}

/* Whether one more phone can be kept. Not exact where two daemons write at once, and need not be. */
static int check_room(PhoneStore *store, const char *name) {
        char id[PHONE_ID_SIZE];
        struct dirent *entry;
        size_t n = 0;
        DIR *dir;

        if (faccessat(store->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return 0;
        dir = open_entries(store->fd);
        if (!dir)
                return -errno;
        while ((entry = readdir(dir)))
                n += id_of(entry->d_name, id);
        closedir(dir);
        return n < PHONE_STORE_N_MAX ? 0 : -ENOSPC;
}

int phone_store_write(PhoneStore *store, const PhoneRecord *record) {
        char name[NAME_SIZE], temporary[TEMP_NAME_SIZE];
        int r;

        if (!phone_id_is_good(record->id) || !phone_record_is_good(record))
                return -EINVAL;
        if (store->backend)
                return store->backend->write(store->userdata, record);
        make_name(record->id, name);
        snprintf(temporary, sizeof(temporary), ".%s.%u" TEMP, record->id, (unsigned)getpid());

        r = check_room(store, name);
        if (r < 0)
                return r;
        r = write_temporary(store, temporary, record);
        if (r >= 0 && renameat(store->fd, temporary, store->fd, name) < 0)
                r = -errno;
        if (r < 0) {
                (void)unlinkat(store->fd, temporary, 0);
                return r;
        }
        return fsync(store->fd) < 0 ? -EIO : 0;
}

int phone_store_remove(PhoneStore *store, const char *id) {
        char name[NAME_SIZE];

        if (!phone_id_is_good(id))
                return -ENOENT;
        if (store->backend)
                return store->backend->remove(store->userdata, id);
        make_name(id, name);
        if (unlinkat(store->fd, name, 0) < 0)
                return -errno;
        return fsync(store->fd) < 0 ? -EIO : 0;
}
