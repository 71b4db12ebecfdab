/* SPDX-License-Identifier: MIT */

/*
 * Hands adverts of strangers to a desktop's session that shows a code, as many as the argument says;
 * or, with a second argument, to so many sessions that wait for linked phones. Run under callgrind
 * with two different numbers: the difference is what the adverts cost.
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

enum { N_LINKED_MAX = 256 };

static int start(HybridClient **ret, const HybridEnv *env, const HybridLink *link) {
        const HybridClientParams params = { .operation = HYBRID_GET, .link = link };
        HybridAction action;
        int r;

        r = hybrid_client_new(ret, env, &params, 0);
        if (r < 0)
                return r;
        while (hybrid_client_next_action(*ret, &action))
                ;
        return 0;
}

/* One session with a code, or n_linked with a link. */
static int start_all(HybridClient **clients, size_t n_linked, const HybridEnv *env) {
        HybridLink link = { .contact_id = "bench", .n_contact_id = 5 };
        uint8_t private_key[HYBRID_LINK_PRIVATE_KEY_SIZE];
        int r;

        if (n_linked == 0)
                return start(&clients[0], env, NULL);

        r = hybrid_phone_make_identity(env, private_key, link.public_key);
        for (size_t i = 0; i < n_linked && r >= 0; i++) {
                memset(link.secret, (int)i, sizeof(link.secret));
                r = start(&clients[i], env, &link);
        }
        return r;
}

int main(int argc, char *argv[]) {
        const HybridEnv env = { .random = not_random };
        unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, before;
        size_t n_linked = argc > 2 ? strtoul(argv[2], NULL, 10) : 0, index;
        size_t n_clients = n_linked > 0 ? n_linked : 1;
        uint8_t advert[HYBRID_ADVERT_SIZE] = {};
        HybridClient *clients[N_LINKED_MAX];

        if (n_linked > N_LINKED_MAX || start_all(clients, n_linked, &env) < 0)
                return 1;

        before = n_allocations;
        for (unsigned long i = 1; i <= n; i++) {
                memcpy(advert, &i, sizeof(i));
                if (hybrid_clients_advert(clients, n_clients, advert, sizeof(advert), 0, &index) !=
                    HYBRID_E_NOT_OURS)
                        return 1;
        }
        printf("%lu\n", n_allocations - before);

        for (size_t i = 0; i < n_clients; i++)
                hybrid_client_free(clients[i]);
        return 0;
}
