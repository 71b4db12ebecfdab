/* SPDX-License-Identifier: MIT */

#include "io/channel-load.h"
#include "io/module-load.h"

int channel_backend_load(const ChannelBackend **ret, const char *directory) {
        const void *backend;
        int r;

        r = module_load(&backend, directory, CHANNEL_MODULE_NAME, "channel_tunnel");
        if (r < 0)
                return r;

        *ret = backend;
        return 0;
}
