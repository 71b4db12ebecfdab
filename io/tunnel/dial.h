/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * From a host name to a TLS stream, in steps: resolve the name, connect to one of its addresses,
 * shake hands. With a proxy it is the proxy's name and its addresses, and then it is asked for a
 * connection to the host, whose name only the proxy resolves. Nothing blocks, and all of it together
 * takes at most DIAL_TIMEOUT_USEC.
 *
 * The host was chosen by a phone, not by us. So what a name resolves to must be out on the
 * internet; an address in the house is refused, or a strange phone could knock at its doors. A proxy
 * was chosen by who runs this machine, and may be anywhere.
 */

#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/macro.h"
#include "io/channel.h"
#include "io/tunnel/tls-stream.h"

enum {
        DIAL_TIMEOUT_USEC = 10 * 1000 * 1000,
};

typedef struct Dial Dial;

/**
 * The outcome: a stream whose handshake is done, owned by the callee; or NULL and why:
 * UNREACHABLE for no name, no address, no answer; TLS for what went wrong in the handshake; PROXY
 * for all that goes wrong before the proxy has made the connection.
 */
typedef void (*dial_done_t)(void *userdata, TlsStream *stream, const HybridChannelError *error);

/**
 * Starts. `network` must stay until the end. `done` is called once from the loop, and may free the
 * dial. 0, -EINVAL if something in `network` is no good, or another negative errno.
 */
int dial_new(Dial **ret, sd_event *event, const char *host, uint16_t port,
             const NetworkOptions *network, dial_done_t done, void *userdata);

/** At once, whatever the step; `done` is not called any more. */
Dial *dial_free(Dial *dial);

DEFINE_CLEANUP(Dial *, dial_free);
