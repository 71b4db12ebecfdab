/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/macro.h"
#include "programs.h"
#include "tools/common/complain.h"

/* hybridd is not in the folder of programs for people when it is installed. */
static const char *const hybridd_folders[] = { "../daemon", INSTALLED_PROGRAM_FOLDER };
static const char *const tunnel_folders[] = { "hybrid-tunnel" };
static const char *const phone_folders[] = { "hybrid-phone" };

static int find(const char *name, const char *const *folders, size_t n,
                char ret[static PROGRAM_PATH_SIZE]) {
        for (size_t i = 0; i < n; i++)
                if (program_path(name, folders[i], ret) >= 0 && access(ret, X_OK) >= 0)
                        return 0;

        complain("%s: it is not where hybridctl is, nor built with it; install all of hybridd's "
                 "programs, or build them",
                 name);
        return -ENOENT;
}

int programs_find(Programs *ret) {
        int r;

        r = find("hybridd", hybridd_folders, ELEMENTSOF(hybridd_folders), ret->hybridd);
        if (r >= 0)
                r = find("hybrid-tunnel", tunnel_folders, ELEMENTSOF(tunnel_folders), ret->tunnel);
        if (r >= 0)
                r = find("hybrid-phone", phone_folders, ELEMENTSOF(phone_folders), ret->phone);
        return r;
}
