/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A certificate authority for tests, made when it is needed: one root in a file, and servers'
 * certificates good and bad.
 */

#include <openssl/ssl.h>

typedef enum PkiKind {
        PKI_GOOD, /* for tunnel.test and other.test */
        PKI_OTHER_NAME,
        PKI_PARTIAL_WILDCARD,
        PKI_NAME_IN_SUBJECT, /* and nowhere else */
        PKI_EXPIRED,
        PKI_NOT_YET_VALID,
        PKI_SELF_SIGNED,
        PKI_OTHER_ROOT,
} PkiKind;

typedef struct Pki {
        char dir[64];
        char ca_file[80];
        EVP_PKEY *key;
        X509 *root;
        EVP_PKEY *other_key; /* of a root that nobody trusts */
        X509 *other_root;
} Pki;

/** Makes the roots and the file. Ends the program when it cannot. */
void pki_init(Pki *pki);
void pki_done(Pki *pki);

/** A server's context with a fresh key and a certificate of this kind. */
SSL_CTX *pki_server_context(const Pki *pki, PkiKind kind);
