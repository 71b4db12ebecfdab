/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * OpenSSL's way to a socket. Its own socket BIO writes with write(), which raises SIGPIPE when the
 * peer is gone; this one sends with MSG_NOSIGNAL, so that no program has to ignore the signal.
 */

#include <openssl/bio.h>
#include <stdbool.h>

#include "base/macro.h"

typedef struct TlsSocket {
        int fd;    /* non-blocking; borrowed */
        int error; /* errno of the last call that failed for good, or 0 */
        bool eof;
} TlsSocket;

/** The functions for the below; freed with BIO_meth_free() after the last BIO. NULL: -ENOMEM. */
BIO_METHOD *tls_bio_method_new(void);

/** A BIO over the socket, which must outlive it. NULL: -ENOMEM. */
BIO *tls_bio_new(const BIO_METHOD *method, TlsSocket *socket);

DEFINE_CLEANUP(BIO *, BIO_free);
DEFINE_CLEANUP(BIO_METHOD *, BIO_meth_free);
