/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "picture.h"
#include "tools/common/complain.h"
#include "words/words.h"

/* Marks a text for the translators: what prints it translates it. */
#define N_(text) text

enum {
        PIXELS_PER_MODULE = 8,
        PATH_SIZE = 4096,
};

struct Picture {
        const char *path;
        char new_path[PATH_SIZE];
        bool exists; /* and is ours: */
        dev_t device;
        ino_t inode;
};

static int complain_path(int r, const char *path, const char *remedy) {
        complain("--qr-png %s: %s; %s", path, strerror(-r), words_translate(remedy));
        return r;
}

/* Whether the folder takes a file: better known before a phone is fetched. */
static int try_to_write(const Picture *picture) {
        int fd;

        fd = open(picture->new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return complain_path(-errno, picture->path, N_("give a name in a folder of yours"));
        close(fd);
        unlink(picture->new_path);
        return 0;
}

int picture_new(Picture **ret, const char *path) {
        Picture *picture;
        struct stat st;
        int r;

        if (lstat(path, &st) >= 0)
                return complain_path(-EEXIST, path, N_("remove it, or give another name"));

        picture = calloc(1, sizeof(*picture));
        if (!picture)
                return complain_oom();
        picture->path = path;
        if (snprintf(picture->new_path, PATH_SIZE, "%s.new-%ld", path, (long)getpid()) >=
            PATH_SIZE) {
                free(picture);
                return complain_path(-ENAMETOOLONG, path, N_("give a shorter one"));
        }
        r = try_to_write(picture);
        if (r < 0) {
                free(picture);
                return r;
        }

        *ret = picture;
        return 0;
}

static int write_stream(const QrMatrix *code, int fd) {
        FILE *stream = fdopen(fd, "w");
        int r;

        if (!stream) {
                r = -errno;
                close(fd);
                return r;
        }
        setvbuf(stream, NULL, _IONBF, 0); /* no copy of a secret stays behind */
        r = qr_write_png(code, PIXELS_PER_MODULE, stream);
        if (fclose(stream) == EOF && r >= 0)
                r = -errno;
        return r;
}

static int write_new(Picture *picture, const QrMatrix *code, struct stat *ret_st) {
        int fd, r;

        fd = open(picture->new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        if (fstat(fd, ret_st) < 0) {
                r = -errno;
                close(fd);
        } else
                r = write_stream(code, fd);
        if (r < 0)
                unlink(picture->new_path);
        return r;
}

static bool is_ours(const Picture *picture) {
        struct stat st;

        return picture->exists && lstat(picture->path, &st) >= 0 && st.st_dev == picture->device &&
               st.st_ino == picture->inode;
}

/* The first one must not take the place of anything, a later one only that of ours. */
static int put_in_place(Picture *picture) {
        int r;

        if (is_ours(picture))
                r = rename(picture->new_path, picture->path);
        else
                r = renameat2(AT_FDCWD, picture->new_path, AT_FDCWD, picture->path,
                              RENAME_NOREPLACE);
        if (r < 0 && errno == EINVAL && access(picture->path, F_OK) < 0)
                r = rename(picture->new_path, picture->path); /* a file system without that flag */
        if (r < 0) {
                r = -errno;
                unlink(picture->new_path);
        }
        return r;
}

int picture_show(Picture *picture, const QrMatrix *code) {
        struct stat st = {};
        int r;

        r = write_new(picture, code, &st);
        if (r >= 0)
                r = put_in_place(picture);
        if (r < 0)
                return r;

        picture->exists = true;
        picture->device = st.st_dev;
        picture->inode = st.st_ino;
        return 0;
}

void picture_remove(Picture *picture) {
        if (is_ours(picture))
                unlink(picture->path);
        picture->exists = false;
}

Picture *picture_free(Picture *picture) {
        if (!picture)
                return NULL;

        picture_remove(picture);
        free(picture);
        return NULL;
}
