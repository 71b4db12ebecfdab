/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <sys/random.h>

#include "io/random.h"

static int random_bytes(void *userdata, uint8_t *buf, size_t n) {
        while (n > 0) {
                ssize_t k = getrandom(buf, n, 0);

                if (k < 0 && errno != EINTR)
                        return -errno;
                if (k > 0) {
                        buf += k;
                        n -= (size_t)k;
                }
        }
        return 0;
}

const HybridEnv random_env = { .random = random_bytes };
