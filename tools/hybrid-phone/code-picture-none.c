/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "code.h"
#include "tools/common/complain.h"

int code_read_picture(const char *path, CodeText *ret) {
        complain("--qr-png %s: this program was built without zbar and cannot read pictures; give "
                 "the text of the code with --qr-file",
                 path);
        return -EOPNOTSUPP;
}
