/* SPDX-License-Identifier: MIT */

#include <string.h>
#include <sys/mman.h>

#include "base/secret.h"
#include "daemon/private-memory.h"

void *private_memory_new(size_t n) {
        void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (p == MAP_FAILED)
                return NULL;
        if (madvise(p, n, MADV_WIPEONFORK) < 0) {
                munmap(p, n);
                return NULL;
        }
        return p;
}

char *private_memory_copy(const char *text, size_t n_max) {
        size_t n = strnlen(text, n_max);
        char *copy = private_memory_new(n + 1);

        if (copy)
                memcpy(copy, text, n);
        return copy;
}

void *private_memory_free(void *p, size_t n) {
        if (!p)
                return NULL;

        secret_erase(p, n);
        munmap(p, n);
        return NULL;
}

char *private_memory_free_text(char *text) {
        return text ? private_memory_free(text, strlen(text) + 1) : NULL;
}
