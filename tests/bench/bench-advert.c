/* SPDX-License-Identifier: MIT */

/*
 * Hands adverts of strangers to a desktop's session, as many as the argument says. Run under
 * callgrind with two different numbers: the difference is what the adverts cost.
 *
 * Prints how often the memory allocator was asked meanwhile.
 */

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hybrid.h"

static int not_random(void *userdata, uint8_t *buf, size_t n) {
        memset(buf, 7, n);
        return 0;
}

static unsigned long n_allocations;

/* The program's own allocator functions, which the linker finds before the C library's. */
void *__libc_malloc(size_t n);
void *malloc(size_t n);

void *malloc(size_t n) {
        n_allocations++;
        return __libc_malloc(n);
}

int main(int argc, char *argv[]) {
        const HybridEnv env = { .random = not_random };
        const HybridClientParams params = { .operation = HYBRID_GET };
        unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, before;
        uint8_t advert[HYBRID_ADVERT_SIZE] = {};
        HybridClient *client;
        HybridAction action;

        if (hybrid_client_new(&client, &env, &params, 0) < 0)
                return 1;
        while (hybrid_client_next_action(client, &action))
                ;

        before = n_allocations;
        for (unsigned long i = 1; i <= n; i++) {
                memcpy(advert, &i, sizeof(i));
                if (hybrid_client_advert(client, advert, sizeof(advert), 0) != HYBRID_E_NOT_OURS)
                        return 1;
        }
        printf("%lu\n", n_allocations - before);

        hybrid_client_free(client);
        return 0;
}
