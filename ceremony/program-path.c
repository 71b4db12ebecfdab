/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ceremony/program-path.h"

int program_folder(char ret[static PROGRAM_PATH_SIZE]) {
        ssize_t n;

        n = readlink("/proc/self/exe", ret, PROGRAM_PATH_SIZE - 1);
        if (n < 0)
                return -errno;
        ret[n] = '\0';
        *strrchr(ret, '/') = '\0';
        return 0;
}

int program_path(const char *name, const char *other_folder, char ret[static PROGRAM_PATH_SIZE]) {
        bool absolute = other_folder[0] == '/';
        char folder[PROGRAM_PATH_SIZE];
        int r;

        r = program_folder(folder);
        if (r < 0)
                return r;

        if (snprintf(ret, PROGRAM_PATH_SIZE, "%s/%s", folder, name) < PROGRAM_PATH_SIZE &&
            access(ret, F_OK) >= 0)
                return 0;
        if (snprintf(ret, PROGRAM_PATH_SIZE, "%s%s%s/%s", absolute ? "" : folder,
                     absolute ? "" : "/../", other_folder, name) < PROGRAM_PATH_SIZE &&
            access(ret, F_OK) >= 0)
                return 0;
        return -ENOENT;
}
