/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Certificates for the server: checking those that the user has, and making some for tests and for
 * networks without a public name.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

enum {
        CERTIFICATE_WORDS_SIZE = 512,
        CERTIFICATE_HOSTS_MAX = 32, /* names besides the standard ones */
};

/** Files of a self-signed certificate. Each name is owned. */
typedef struct CertificateFiles {
        char *ca;   /* what clients have to trust */
        char *cert; /* what the server shows */
        char *key;
} CertificateFiles;

void certificate_files_done(CertificateFiles *files);

/**
 * Makes an authority and a P-256 certificate for cable.ua5v.com, cable.auth.com, localhost and the
 * given names or addresses, good for 30 days, in this folder, which is made if it is not there.
 * What is there already is used again if it is still good for a day and for all these names. The
 * key of the authority is thrown away: nobody can make other certificates with it.
 * Returns 0, or a negative errno with words for the user in `why`.
 */
int certificate_prepare(const char *folder, char *const *hosts, size_t n_hosts,
                        CertificateFiles *ret, char why[static CERTIFICATE_WORDS_SIZE]);

/**
 * Checks that the files hold a certificate and the key that belongs to it.
 * Returns 0, or -EINVAL with words for the user in `why`.
 */
int certificate_check(const char *cert_file, const char *key_file,
                      char why[static CERTIFICATE_WORDS_SIZE]);

/** True if this can stand in a certificate: a DNS name or an IP address. */
bool certificate_host_is_valid(const char *host);
