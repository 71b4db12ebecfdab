/* SPDX-License-Identifier: MIT */

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "io/channel-load.h"

int channel_backend_load(const ChannelBackend **ret, const char *directory) {
        const ChannelBackend *backend;
        char path[PATH_MAX];
        void *module;
        int n;

        n = snprintf(path, sizeof(path), "%s/" CHANNEL_MODULE_NAME, directory);
        if (n < 0 || (size_t)n >= sizeof(path))
                return -ENAMETOOLONG;
        if (access(path, F_OK) < 0)
                return -errno;

        module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        if (!module)
                return -ELIBBAD;
        backend = dlsym(module, "channel_tunnel");
        dlclose(module); /* which does not unload it: see RTLD_NODELETE */
        if (!backend)
                return -ELIBBAD;

        *ret = backend;
        return 0;
}
