/* SPDX-License-Identifier: MIT */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64url.h"
#include "base/macro.h"
#include "crypto/sha256.h"
#include "key-store.h"
#include "tools/common/complain.h"
#include "words/words.h"

/* Marks a text for the translators: what prints it translates it. */
#define N_(text) text

#define SUFFIX ".json"

enum {
        ID_HASH_SIZE = 12, /* of the credential id, to tell the files of one RP ID apart */
        FILE_SIZE_MAX = 16 * 1024,
};

static void close_fd(int *fd) {
        if (*fd >= 0)
                close(*fd);
}
#define _fd_ _cleanup_(close_fd) int

static int complain_path(int r, const char *folder, const char *name, const char *remedy) {
        complain("%s/%s: %s; %s", folder, name, strerror(-r), words_translate(remedy));
        return r;
}

int key_store_folder(char ret[static KEY_STORE_PATH_SIZE]) {
        const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
        int n;

        if (state && state[0] == '/')
                n = snprintf(ret, KEY_STORE_PATH_SIZE, "%s/hybridctl", state);
        else if (home && home[0] == '/')
                n = snprintf(ret, KEY_STORE_PATH_SIZE, "%s/.local/state/hybridctl", home);
        else
                n = -1;

        if (n < 0 || n >= KEY_STORE_PATH_SIZE) {
                complain("public keys: there is no folder for them; set HOME or XDG_STATE_HOME");
                return -ENOENT;
        }
        return 0;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* "RPID,HASH.json": neither part can have a comma. */
static bool is_file_of(const char *name, const char *rp_id) {
        size_t n = strlen(rp_id), n_name = strlen(name);

        return n_name > n + 1 + strlen(SUFFIX) && strncmp(name, rp_id, n) == 0 && name[n] == ',' &&
               strcmp(name + n_name - strlen(SUFFIX), SUFFIX) == 0;
}

static int read_json(int folder_fd, const char *name, json_t **ret) {
        char text[FILE_SIZE_MAX];
        ssize_t n;
        _fd_ fd = -1;

        fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
                return -errno;
        n = read(fd, text, sizeof(text));
        if (n < 0)
                return -errno;

        *ret = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
        return *ret ? 0 : -EBADMSG;
}

static int read_credential(int folder_fd, const char *name, const char *rp_id, Credential *ret) {
        _cleanup_(json_decrefp) json_t *json = NULL;
        Credential credential;
        int r;

        r = read_json(folder_fd, name, &json);
        if (r >= 0)
                r = credential_from_json(json, &credential);
        if (r >= 0 && strcmp(credential.rp_id, rp_id) != 0)
                r = -EBADMSG;
        if (r >= 0)
                *ret = credential;
        return r;
}

static int add_file(CredentialList *list, const char *folder, int folder_fd, const char *name,
                    const char *rp_id) {
        Credential credential;
        int r;

        r = read_credential(folder_fd, name, rp_id, &credential);
        if (r == -EBADMSG) {
                complain("%s/%s: the file is damaged, so its passkey is left out; remove it and "
                         "register again",
                         folder, name);
                return 0;
        }
        if (r < 0 && r != -ENOMEM) {
                complain_path(r, folder, name, N_("its passkey is left out"));
                return 0;
        }
        if (r >= 0)
                r = credential_list_add(list, &credential);
        return r < 0 ? complain_oom() : 0;
}

static void close_stream(DIR **stream) {
        if (*stream)
                closedir(*stream);
}

int key_store_load(const char *folder, const char *rp_id, CredentialList *list) {
        _cleanup_(close_stream) DIR *stream = opendir(folder);
        const struct dirent *entry;
        int r = 0;

        if (!stream && errno == ENOENT)
                return 0;
        if (!stream)
                return complain_path(-errno, folder, "", N_("make it readable"));

        while (r >= 0 && (entry = readdir(stream)))
                if (is_file_of(entry->d_name, rp_id))
                        r = add_file(list, folder, dirfd(stream), entry->d_name, rp_id);
        return r;
}

/* ---- writing -------------------------------------------------------------------------------- */

static int make_name(const Credential *credential, char ret[static NAME_MAX + 1]) {
        uint8_t hash[SHA256_SIZE];
        char text[ID_HASH_SIZE * 4 / 3 + 1];

        sha256_of_two(credential->id, credential->n_id, "", 0, hash);
        base64url_encode(hash, ID_HASH_SIZE, text);
        if (credential->rp_id[0] == '\0' || credential->rp_id[0] == '.' ||
            strpbrk(credential->rp_id, "/,") ||
            snprintf(ret, NAME_MAX + 1, "%s,%s" SUFFIX, credential->rp_id, text) > NAME_MAX)
                return -EINVAL;
        return 0;
}

/* The folder and those above it. */
static int make_folders(const char *folder) {
        char path[KEY_STORE_PATH_SIZE];

        snprintf(path, sizeof(path), "%s", folder);
        for (char *p = path + 1; *p; p++)
                if (*p == '/') {
                        *p = '\0';
                        if (mkdir(path, 0700) < 0 && errno != EEXIST)
                                return -errno;
                        *p = '/';
                }
        return mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static int write_file(int folder_fd, const char *name, const char *text) {
        size_t n = strlen(text);
        _fd_ fd = -1;
        ssize_t k;

        fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;

        for (size_t offset = 0; offset < n; offset += (size_t)k) {
                k = write(fd, text + offset, n - offset);
                if (k < 0)
                        return -errno;
        }
        return fsync(fd) < 0 ? -errno : 0;
}

/* Whole or not at all, whatever happens to this computer meanwhile. */
static int replace_file(int folder_fd, const char *name, const char *text) {
        char temporary[64];
        int r;

        snprintf(temporary, sizeof(temporary), ".new-%ld", (long)getpid());
        unlinkat(folder_fd, temporary, 0); /* of an earlier process with our number */
        r = write_file(folder_fd, temporary, text);
        if (r >= 0 && renameat(folder_fd, temporary, folder_fd, name) < 0)
                r = -errno;
        if (r < 0) {
                unlinkat(folder_fd, temporary, 0);
                return r;
        }
        return fsync(folder_fd) < 0 ? -errno : 0;
}

static int save(const char *folder, const char *name, const Credential *credential) {
        _cleanup_(json_decrefp) json_t *json = credential_to_json(credential);
        char *text;
        _fd_ folder_fd = -1;
        int r;

        r = make_folders(folder);
        if (r < 0)
                return r;
        folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder_fd < 0)
                return -errno;

        text = json_dumps(json, JSON_INDENT(2));
        if (!text)
                return -ENOMEM;
        r = replace_file(folder_fd, name, text);
        free(text);
        return r;
}

static int try_to_write(const char *folder) {
        char name[64];
        _fd_ folder_fd = -1;
        int r;

        r = make_folders(folder);
        if (r < 0)
                return r;
        folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder_fd < 0)
                return -errno;
        snprintf(name, sizeof(name), ".try-%ld", (long)getpid());
        unlinkat(folder_fd, name, 0); /* of an earlier process with our number */
        r = write_file(folder_fd, name, "");
        unlinkat(folder_fd, name, 0);
        return r;
}

int key_store_prepare(const char *folder) {
        int r;

        r = try_to_write(folder);
        if (r < 0)
                complain("%s: %s, so that the public key could not be kept; make it writable, or "
                         "set XDG_STATE_HOME",
                         folder, strerror(-r));
        return r;
}

int key_store_save(const char *folder, const Credential *credential) {
        char name[NAME_MAX + 1];
        int r;

        r = make_name(credential, name);
        if (r < 0) {
                complain("public key: \"%s\" cannot be part of a file's name, so it is not kept; "
                         "give another --rp",
                         credential->rp_id);
                return r;
        }

        r = save(folder, name, credential);
        if (r < 0)
                return complain_path(r, folder, name,
                                     "the public key is not kept, so sign-ins with it cannot be "
                                     "checked");
        return 0;
}
