/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A TLS connection made ahead of time and kept until a channel takes it over. If the server closes
 * it, or says something unasked, it is dropped and the object is empty from then on.
 */

#include <systemd/sd-event.h>

#include "io/channel.h"
#include "io/tunnel/tls-stream.h"
#include "io/tunnel/url.h"

/** As ChannelBackend.prepare says; `host` is HOST or HOST:PORT. -EINVAL if it is neither. */
int tunnel_prepared_new(ChannelPrepared **ret, sd_event *event, const char *host,
                        const NetworkOptions *network);
ChannelPrepared *tunnel_prepared_free(ChannelPrepared *prepared);

DEFINE_CLEANUP(ChannelPrepared *, tunnel_prepared_free);

/** The stream if it is up and leads where the URL does, now owned by the caller; else NULL. */
TlsStream *tunnel_prepared_take(ChannelPrepared *prepared, const Url *url);
