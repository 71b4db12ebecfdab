/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The inside of the tunnel channel, shared by its three files:
 *
 *         websocket.c     the channel as its user sees it: open, send, close, events, time
 *         tunnel-open.c   the way to an open websocket: dial, request, response, redirects
 *         tunnel-pump.c   bytes between the TLS stream and the websocket codec
 *
 * All three work in small steps on one Tunnel. Calls from outside only queue, and arm
 * `pump_source`; the work is done from the loop, in tunnel_pump(). User callbacks are made from
 * there too, and each may free the channel: after each one, and after every function that may make
 * one, look at tunnel_is_gone().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "io/channel.h"
#include "io/tunnel/dial.h"
#include "io/tunnel/http-head.h"
#include "io/tunnel/tls-stream.h"
#include "io/tunnel/url.h"
#include "io/tunnel/websocket-codec.h"

typedef enum TunnelState {
        TUNNEL_DIALING,   /* no stream yet */
        TUNNEL_UPGRADING, /* the request goes out, the head of the response comes in */
        TUNNEL_UP,
        TUNNEL_CLOSING,   /* our close frame goes out, its answer is awaited */
        TUNNEL_FINISHING, /* the last bytes go out, then the end of TLS; nothing is read */
        TUNNEL_DOWN,      /* `down` has been said, or will be from the loop */
} TunnelState;

typedef struct Tunnel {
        Channel channel; /* first */
        unsigned n_ref;  /* the user's, and one for the duration of each event */
        bool freed;      /* the user has let go of it */
        TunnelState state;

        sd_event *event;
        const NetworkOptions *network;
        ChannelEvents events;
        char client_payload[HYBRID_CLIENT_PAYLOAD_SIZE]; /* "": no linked phone is contacted */
        void *userdata;

        sd_event_source *pump_source; /* runs the pump, or says `down` */
        sd_event_source *deadline;    /* of opening, later of closing */
        sd_event_source *ping;
        HybridChannelError error; /* why it is down, or will be */

        /* One attempt: its parts are made anew for a redirect. */
        Url url;
        unsigned n_redirects;
        bool reused; /* the stream was made ahead of time and may have gone stale */
        Dial *dial;
        TlsStream *stream;
        sd_event_source *stream_source;
        WebsocketCodec *codec;

        uint8_t in[WEBSOCKET_CODEC_PUT_MAX]; /* the head of the response so far, later any bytes */
        size_t n_in;
        size_t head_start;      /* in `in`: behind the heads that are done with */
        uint8_t out[16 * 1024]; /* out of the codec, not yet into TLS */
        size_t out_start, n_out;
} Tunnel;

_Static_assert((int)HTTP_HEAD_SIZE_MAX <= (int)WEBSOCKET_CODEC_PUT_MAX,
               "a head must fit into Tunnel.in");

/* websocket.c */

void tunnel_ref(Tunnel *tunnel);
void tunnel_unref(Tunnel *tunnel);

/** The user has freed it, or `down` is on its way: nothing more is to be done with it. */
static inline bool tunnel_is_gone(const Tunnel *tunnel) {
        return tunnel->freed || tunnel->state == TUNNEL_DOWN;
}

/** The pump runs at the next turn of the loop. */
void tunnel_arm(Tunnel *tunnel);

/** The websocket is open. Makes a user callback. */
void tunnel_up(Tunnel *tunnel, const char *routing_id);

/** One message has come. Makes a user callback. */
void tunnel_message(Tunnel *tunnel, const uint8_t *data, size_t n);

/** Sends what is still in the codec, closes TLS in order, then it is down. */
void tunnel_finish(Tunnel *tunnel, const HybridChannelError *why);

/** Lets go of everything at once; `down` is said at the next turn of the loop. */
void tunnel_down(Tunnel *tunnel, const HybridChannelError *why);

/* tunnel-open.c */

/** Begins an attempt at tunnel->url, over `stream` (taken over in any case) or one to be made. */
int tunnel_attempt(Tunnel *tunnel, TlsStream *stream);

/** Frees the parts of the attempt. */
void tunnel_attempt_done(Tunnel *tunnel);

/** There are new bytes in tunnel->in, from the server, before the websocket is open. */
void tunnel_read_head(Tunnel *tunnel);

/** The stream has ended or broken before the websocket was open. */
void tunnel_open_failed(Tunnel *tunnel, const char *detail);

/* tunnel-pump.c */

/** Moves all that can be moved now, in both directions. */
void tunnel_pump(Tunnel *tunnel);

/** Gives n bytes to the codec and acts on what comes of it. */
void tunnel_put(Tunnel *tunnel, const uint8_t *data, size_t n);
