/* SPDX-License-Identifier: MIT */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "unit.h"

void folder_init(Folder *folder) {
        strcpy(folder->path, "/tmp/hybrid-phone-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(folder->path));
}

void folder_file(const Folder *folder, const char *name, char *ret, size_t size) {
        ck_assert_int_lt(snprintf(ret, size, "%s/%s", folder->path, name), (int)size);
}

void folder_done(Folder *folder) {
        DIR *dir = opendir(folder->path);
        const struct dirent *entry;

        while (dir && (entry = readdir(dir)))
                if (unlinkat(dirfd(dir), entry->d_name, 0) < 0)
                        (void)unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
        if (dir)
                closedir(dir);
        rmdir(folder->path);
}

static void capture_path(const Folder *folder, int fd, char *ret, size_t size) {
        char name[32];

        snprintf(name, sizeof(name), "captured-%d", fd);
        folder_file(folder, name, ret, size);
}

void capture_start(const Folder *folder, int fd) {
        char path[128];
        int file;

        capture_path(folder, fd, path, sizeof(path));
        file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
        ck_assert_int_ge(file, 0);
        fflush(stdout);
        ck_assert_int_eq(dup2(file, fd), fd);
        close(file);
}

char *capture_read(const Folder *folder, int fd) {
        char path[128], *text = calloc(1, 65536);
        FILE *f;

        ck_assert_ptr_nonnull(text);
        fflush(stdout);
        capture_path(folder, fd, path, sizeof(path));
        f = fopen(path, "re");
        ck_assert_ptr_nonnull(f);
        (void)!fread(text, 1, 65535, f);
        fclose(f);
        return text;
}
