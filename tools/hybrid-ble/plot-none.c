/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "plot.h"
#include "tools/common/complain.h"

int plot_try(const char *path) {
        complain("--plot %s: this hybrid-ble was built without pictures; give --csv, or build it "
                 "with cairo",
                 path);
        return -EOPNOTSUPP;
}

int plot_write(const char *path, const Round *rounds, size_t n, const Summary *summary) {
        return plot_try(path);
}
