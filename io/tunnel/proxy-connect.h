/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * From a connection to a proxy to one to a host behind it. The proxy resolves the host's name; what
 * it sends before its reply has ended is read, and not a byte more: that is the host's.
 */

#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/macro.h"
#include "hybrid.h"
#include "io/tunnel/proxy.h"

typedef struct ProxyConnect ProxyConnect;

/** The outcome: the socket, owned by the callee; or -1 and why, which is always PROXY. */
typedef void (*proxy_connect_done_t)(void *userdata, int fd, const HybridChannelError *error);

/**
 * Takes over a connected, non-blocking socket, in any case. The proxy is borrowed for the call.
 * `done` is called once from the loop, and may free this. There is no time limit.
 * 0 or a negative errno.
 */
int proxy_connect_new(ProxyConnect **ret, sd_event *event, int fd, const Proxy *proxy,
                      const char *host, uint16_t port, proxy_connect_done_t done, void *userdata);

/** Closes the socket; `done` is not called any more. */
ProxyConnect *proxy_connect_free(ProxyConnect *connect);

DEFINE_CLEANUP(ProxyConnect *, proxy_connect_free);
