/* SPDX-License-Identifier: MIT */

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "io/module-load.h"

int module_load(const void **ret, const char *directory, const char *name, const char *symbol) {
        char path[PATH_MAX];
        const void *found;
        void *module;
        int n;

        n = snprintf(path, sizeof(path), "%s/%s", directory, name);
        if (n < 0 || (size_t)n >= sizeof(path))
                return -ENAMETOOLONG;
        if (access(path, F_OK) < 0)
                return -errno;

        module = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        if (!module)
                return -ELIBBAD;
        found = dlsym(module, symbol);
        dlclose(module); /* which does not unload it: see RTLD_NODELETE */
        if (!found)
                return -ELIBBAD;

        *ret = found;
        return 0;
}
