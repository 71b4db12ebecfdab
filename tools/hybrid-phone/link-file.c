/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "base/secret.h"
#include "credential-file.h"
#include "link-file.h"
#include "wire/linking.h"

#define NAME "desktops.link"
#define TEMP ".desktops.link.new"

enum {
        CONTACT_ID_SIZE = 16,
        FILE_SIZE_MAX = HYBRID_LINK_PRIVATE_KEY_SIZE + HYBRID_LINK_RECORD_SIZE_MAX,
};

static void close_cleanup(int *fd) {
        if (*fd >= 0)
                close(*fd);
}

void phone_link_done(PhoneLink *link) {
        secret_erase(link, sizeof(*link));
}

int link_file_read(const char *folder, PhoneLink *ret) {
        _cleanup_(close_cleanup) int folder_fd = -1, fd = -1;
        uint8_t data[FILE_SIZE_MAX];
        CLEANUP_ERASE(data);
        ssize_t n;
        int r;

        r = credential_folder_open(folder, &folder_fd);
        if (r < 0)
                return r;
        fd = openat(folder_fd, NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
                return -errno;
        n = read(fd, data, sizeof(data));
        if (n < 0)
                return -errno;
        if (n <= HYBRID_LINK_PRIVATE_KEY_SIZE)
                return -EBADMSG;

        r = hybrid_link_decode(data + sizeof(ret->private_key),
                               (size_t)n - sizeof(ret->private_key), &ret->link);
        if (r >= 0)
                memcpy(ret->private_key, data, sizeof(ret->private_key));
        return r;
}

static int write_whole(int folder_fd, const uint8_t *data, size_t n) {
        _cleanup_(close_cleanup) int fd = -1;

        (void)unlinkat(folder_fd, TEMP, 0); /* left by a run that was cut short */
        fd = openat(folder_fd, TEMP, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        if (write(fd, data, n) != (ssize_t)n)
                return -EIO;
        if (fsync(fd) < 0 || renameat(folder_fd, TEMP, folder_fd, NAME) < 0 || fsync(folder_fd) < 0)
                return -errno;
        return 0;
}

static int keep(const char *folder, const PhoneLink *link) {
        _cleanup_(close_cleanup) int folder_fd = -1;
        uint8_t data[FILE_SIZE_MAX];
        CLEANUP_ERASE(data);
        size_t n;
        int r;

        memcpy(data, link->private_key, sizeof(link->private_key));
        r = hybrid_link_encode(&link->link, data + sizeof(link->private_key), &n);
        if (r >= 0)
                r = credential_folder_open(folder, &folder_fd);
        if (r < 0)
                return r;
        return write_whole(folder_fd, data, sizeof(link->private_key) + n);
}

static int make_new(const HybridEnv *env, PhoneLink *ret) {
        HybridLink *link = &ret->link;
        int r;

        *ret = (PhoneLink){ .link.n_contact_id = CONTACT_ID_SIZE };
        r = hybrid_phone_make_identity(env, ret->private_key, link->public_key);
        if (r >= 0)
                r = env->random(env->userdata, link->contact_id, CONTACT_ID_SIZE);
        if (r >= 0)
                r = env->random(env->userdata, link->link_id, sizeof(link->link_id));
        if (r >= 0)
                r = env->random(env->userdata, link->secret, sizeof(link->secret));
        return r;
}

int link_file_make(const char *folder, const HybridEnv *env, const char *name,
                   uint16_t tunnel_server_id, PhoneLink *ret) {
        int r;

        r = link_file_read(folder, ret);
        if (r == -ENOENT)
                r = make_new(env, ret);
        if (r < 0)
                return r;

        linking_clean_name(name, strlen(name), ret->link.name);
        ret->link.tunnel_server_id = tunnel_server_id;
        return keep(folder, ret);
}
