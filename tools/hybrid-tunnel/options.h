/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "certificate.h"
#include "server.h"

typedef struct Options {
        ServerOptions server;
        const char *cert_file, *key_file; /* both, or neither */
        const char *folder;               /* of --self-signed, or NULL */
        char *hosts[CERTIFICATE_HOSTS_MAX];
        size_t n_hosts;
} Options;

/**
 * Reads the command line, whose strings are borrowed.
 * Returns 1 to go on, 0 if it was only a question that has been answered, -EINVAL after having said
 * what is wrong with it.
 */
int options_parse(int argc, char *argv[], Options *ret);
