/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "complain.h"
#include "output.h"

int flush_output(void) {
        static bool complained;

        if (fflush(stdout) != EOF && !ferror(stdout))
                return 0;
        if (!complained)
                complain("standard output: %s; what should be there is lost", strerror(errno));
        complained = true;
        return -EIO;
}
