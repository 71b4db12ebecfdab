/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A slow line, for tests: it takes all that TLS sends on one connection, and lets it out to the
 * socket at a given speed, or never. To those above it looks like a very fast network.
 */

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Throttle Throttle;

struct lws_context;

/**
 * Puts a throttle between this TLS connection and its socket. It belongs to the connection and goes
 * away with it. A speed of 0 lets nothing out.
 * `on_empty` is called from the event loop whenever all is out.
 * Returns 0 or -ENOMEM.
 */
int throttle_install(Throttle **ret, struct lws_context *lws, SSL *ssl, uint64_t bytes_per_second,
                     void (*on_empty)(void *userdata), void *userdata);

/** Bytes that are not out yet. */
size_t throttle_pending(const Throttle *throttle);
