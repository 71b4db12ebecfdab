/* SPDX-License-Identifier: MIT */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "io/radio/rfkill.h"

DEFINE_CLEANUP(DIR *, closedir);

/* The first line of a small file under a folder, or "". */
static void read_word(int folder_fd, const char *device, const char *file, char *ret, size_t size) {
        char path[300];
        ssize_t n = -1;
        int fd;

        ret[0] = '\0';
        if (snprintf(path, sizeof(path), "%s/%s", device, file) >= (int)sizeof(path))
                return;
        fd = openat(folder_fd, path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return;
        n = read(fd, ret, size - 1);
        close(fd);
        ret[n > 0 ? n : 0] = '\0';
        ret[strcspn(ret, "\n")] = '\0';
}

RfkillState rfkill_bluetooth_state(const char *root) {
        _cleanup_(closedirp) DIR *folder = NULL;
        RfkillState blocked = {};
        struct dirent *entry;
        char path[4096], word[32];

        if (snprintf(path, sizeof(path), "%s/sys/class/rfkill", root) >= (int)sizeof(path))
                return blocked;
        folder = opendir(path);
        if (!folder)
                return blocked;
        while ((entry = readdir(folder))) {
                RfkillState one;

                read_word(dirfd(folder), entry->d_name, "type", word, sizeof(word));
                if (strcmp(word, "bluetooth") != 0)
                        continue;
                read_word(dirfd(folder), entry->d_name, "soft", word, sizeof(word));
                one.soft = strcmp(word, "1") == 0;
                read_word(dirfd(folder), entry->d_name, "hard", word, sizeof(word));
                one.hard = strcmp(word, "1") == 0;
                if (!one.soft && !one.hard)
                        return one; /* one that is free is enough */
                blocked.soft |= one.soft;
                blocked.hard |= one.hard;
        }
        return blocked;
}
