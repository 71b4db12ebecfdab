/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A byte stream over TLS to a named host (TLS 1.2 or newer, public roots, the name checked). It
 * never blocks and knows no event loop: its user waits for tls_stream_wants() on
 * tls_stream_fd().
 *
 * No tickets are kept and no session is resumed: they would let a server link two ceremonies.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/macro.h"
#include "hybrid.h"

typedef struct TlsStream TlsStream;

/**
 * A client for this host, with no connection yet. The roots are those of the system's hash
 * directory, or those in the PEM file `ca_file` only; and besides those in `extra_ca_file`. Either
 * may be NULL, and costs no I/O then.
 * 0, -EINVAL if ca_file is no good, -ENOKEY if extra_ca_file is no good, -ENOMEM.
 */
int tls_stream_new(TlsStream **ret, const char *host, const char *ca_file,
                   const char *extra_ca_file);

/** Closes the socket as it is. For an end in order see tls_stream_shutdown(). */
TlsStream *tls_stream_free(TlsStream *stream);

DEFINE_CLEANUP(TlsStream *, tls_stream_free);

/** Takes over a connected, non-blocking socket, once. 0, or -ENOMEM, and the fd is not taken. */
int tls_stream_attach(TlsStream *stream, int fd);

int tls_stream_fd(const TlsStream *stream);

/** The EPOLL* flags to wait for after -EAGAIN, for who wants to read, to write, or both. */
uint32_t tls_stream_wants(const TlsStream *stream, bool reading, bool writing);

/** 0 when done, -EAGAIN, or -EPROTO with ret_error filled in. */
int tls_stream_handshake(TlsStream *stream, HybridChannelError *ret_error);

/**
 * Reads up to n bytes. 0 at the end, whether TLS announced it or the connection was just cut:
 * what is carried here has ends of its own. -EAGAIN, -EBADMSG for wrong TLS records, or the
 * socket's errno.
 */
ssize_t tls_stream_read(TlsStream *stream, void *ret, size_t n);

/** Writes some of n > 0 bytes. -EAGAIN, -EBADMSG or the socket's errno. */
ssize_t tls_stream_write(TlsStream *stream, const void *data, size_t n);

/** Tells the peer that nothing follows. 0, -EAGAIN, or a negative errno; then just free. */
int tls_stream_shutdown(TlsStream *stream);
