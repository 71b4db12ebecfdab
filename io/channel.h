/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A data channel: what carries whole binary messages between desktop and phone. The websocket
 * tunnel is one kind; direct BLE (CTAP 2.3) will be another. Whoever uses one knows this file only.
 *
 * A channel lives on the caller's event loop and never blocks it. Events are delivered from that
 * loop, never from inside a call on the channel. `down` is the last event; after channel_free()
 * there is none. The callbacks may call channel_free() themselves.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/macro.h"
#include "hybrid.h"

typedef struct ChannelBackend ChannelBackend;

/** What every kind of channel begins with. */
typedef struct Channel {
        const ChannelBackend *backend;
        /* Before `up`: the service will tell when the phone is there. See hybrid_client_contact_up(). */
        bool signals;
} Channel;

/** How to reach hosts. Owned by the caller, who keeps it for the life of all channels. */
typedef struct NetworkOptions {
        /* Tests only: where names really are. NULL-terminated list of "NAME=ADDRESS:PORT". */
        char **resolve;
        /* Tests only: a PEM file with the only certificate authorities to trust, or NULL. */
        const char *ca_file;
        /* A PEM file with certificate authorities to trust besides the others, or NULL. */
        const char *extra_ca_file;
        /* The proxy's URL, a secret; or NULL. And who is reached without it; see io/tunnel/proxy.h. */
        const char *proxy;
        const char *no_proxy;
        /* Which hosts a tunnel service's redirect may lead to; NULL: any. See HybridClientParams. */
        bool (*is_tunnel_allowed)(void *userdata, const char *host);
        void *userdata;
} NetworkOptions;

typedef struct ChannelEvents {
        /* The channel can carry messages. routing_id is the value of X-caBLE-Routing-ID or NULL. */
        void (*up)(void *userdata, const char *routing_id);
        /* One whole message of at most HYBRID_MESSAGE_SIZE_MAX bytes, borrowed for the call. */
        void (*message)(void *userdata, const uint8_t *data, size_t n);
        /* It could not be opened, was closed, or broke. */
        void (*down)(void *userdata, const HybridChannelError *why);
} ChannelEvents;

/** A connection made ahead of time; see ChannelBackend.prepare. */
typedef struct ChannelPrepared ChannelPrepared;

typedef struct ChannelOptions {
        const char *url; /* "wss://HOST[:PORT]/PATH", copied */
        /* To contact a linked phone: what HybridConnect says. Copied; or NULL. */
        const char *client_payload;
        const NetworkOptions *network;
        ChannelPrepared
                *prepared; /* taken over if it fits the host and is up, else freed; or NULL */
        const ChannelEvents *events;
        void *userdata;
} ChannelOptions;

struct ChannelBackend {
        const char *name; /* as it is said over D-Bus: "tunnel" */

        /* Starts to open; the outcome comes as `up` or `down`. 0 or a negative errno. */
        int (*open)(Channel **ret, sd_event *event, const ChannelOptions *options);

        /* Queues one message; copied. -ENOTCONN before `up` and after close, -EMSGSIZE, -ENOMEM. */
        int (*send)(Channel *channel, const uint8_t *data, size_t n);

        /* Sends what is queued, then closes in order; `down` follows within 2 s. */
        void (*close)(Channel *channel);

        /* At once, whatever the state. */
        Channel *(*free)(Channel *channel);

        /* Connects to a host ahead of time, up to where a URL is needed. NULL if the kind cannot. */
        int (*prepare)(ChannelPrepared **ret, sd_event *event, const char *host,
                       const NetworkOptions *network);
        ChannelPrepared *(*prepared_free)(ChannelPrepared *prepared);
};

static inline int channel_send(Channel *channel, const uint8_t *data, size_t n) {
        return channel->backend->send(channel, data, n);
}

static inline void channel_close(Channel *channel) {
        channel->backend->close(channel);
}

static inline Channel *channel_free(Channel *channel) {
        return channel ? channel->backend->free(channel) : NULL;
}

DEFINE_CLEANUP(Channel *, channel_free);

/** The websocket tunnel (protocol of CTAP 2.2 section 11.5; `io/tunnel/websocket.c`). */
extern const ChannelBackend channel_tunnel;
