/* SPDX-License-Identifier: MIT */

#include "io/fetch-load.h"
#include "io/module-load.h"

int fetch_backend_load(const FetchBackend **ret, const char *directory) {
        const void *backend;
        int r;

        r = module_load(&backend, directory, FETCH_MODULE_NAME, "fetch_curl");
        if (r < 0)
                return r;

        *ret = backend;
        return 0;
}
