/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "network.h"
#include "tools/common/complain.h"

static void freeaddrinfo_cleanup(struct addrinfo **list) {
        if (*list)
                freeaddrinfo(*list);
}

/* "HOST:PORT" or "[ADDRESS]:PORT", cut in two in place. */
static int split(char *text, char **ret_host, char **ret_port) {
        char *colon = strrchr(text, ':');

        if (!colon || colon == text || colon[1] == '\0')
                return -EINVAL;
        *colon = '\0';
        if (text[0] == '[') {
                if (colon[-1] != ']')
                        return -EINVAL;
                colon[-1] = '\0';
                text++;
        } else if (strchr(text, ':'))
                return -EINVAL;

        *ret_host = text;
        *ret_port = colon + 1;
        return 0;
}

static int add_entry(Network *network, size_t i, const char *name, const struct addrinfo *address) {
        bool is_v6 = address->ai_family == AF_INET6;
        char host[NI_MAXHOST], port[NI_MAXSERV];

        if (getnameinfo(address->ai_addr, address->ai_addrlen, host, sizeof(host), port,
                        sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
                return -EINVAL;
        if (asprintf(&network->entries[i], "%s=%s%s%s:%s", name, is_v6 ? "[" : "", host,
                     is_v6 ? "]" : "", port) < 0) {
                network->entries[i] = NULL;
                return -ENOMEM;
        }
        return 0;
}

/* A name is looked up here and now: there is nothing else to do before. */
static int resolve(Network *network, const char *name, const char *host, const char *port,
                   const char **ret_why) {
        const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
        _cleanup_(freeaddrinfo_cleanup) struct addrinfo *list = NULL;
        size_t n = 0;
        int r;

        r = getaddrinfo(host, port, &hints, &list);
        if (r != 0) {
                *ret_why = gai_strerror(r);
                return -ENOENT;
        }

        for (const struct addrinfo *address = list; address && n < NETWORK_ADDRESSES_MAX;
             address = address->ai_next) {
                r = add_entry(network, n++, name, address);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int add_connect(Network *network, const char *name, const char *connect) {
        const char *why = "this is no HOST:PORT";
        char *copy, *host, *port;
        int r;

        copy = strdup(connect);
        if (!copy)
                return -ENOMEM;

        r = split(copy, &host, &port);
        if (r >= 0)
                r = resolve(network, name, host, port, &why);
        free(copy);
        if (r < 0 && r != -ENOMEM)
                complain("--connect %s: %s; give one like 127.0.0.1:8443 or [::1]:8443", connect,
                         why);
        return r;
}

int network_init(Network *network, const char *host, const char *connect, const char *ca_file) {
        *network = (Network){ .options.ca_file = ca_file };
        network->options.resolve = network->entries;

        if (ca_file && access(ca_file, R_OK) < 0) {
                int r = -errno;

                complain("--ca %s: %s; give a PEM file that can be read", ca_file,
                         strerrordesc_np(-r));
                return r;
        }
        return connect ? add_connect(network, host, connect) : 0;
}

void network_done(Network *network) {
        for (size_t i = 0; i < NETWORK_ADDRESSES_MAX; i++)
                free(network->entries[i]);
}
