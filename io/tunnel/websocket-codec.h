/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The client's side of the websocket protocol (RFC 6455) as a codec: bytes from the server go in,
 * messages come out, and the other way round. No connection, no loop, no callbacks. The codec is
 * libwebsockets, behind a socket of this process to itself.
 *
 *         websocket_codec_new(…)           makes the request
 *         websocket_codec_take()           what is to go to the server: call until it returns 0
 *         websocket_codec_put()            what came from the server
 *         websocket_codec_state(), …_next_message()   what that amounts to
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/macro.h"
#include "io/tunnel/message-queue.h"

enum {
        /* At most this much is put at once. */
        WEBSOCKET_CODEC_PUT_MAX = 16 * 1024,
        /* Messages that wait to be sent take at most this much. */
        WEBSOCKET_CODEC_QUEUE_MAX = 1024 * 1024,
};

typedef enum WebsocketCodecState {
        WEBSOCKET_CODEC_UPGRADING, /* waits for the head of the response */
        WEBSOCKET_CODEC_UP,
        WEBSOCKET_CODEC_CLOSING,     /* our close frame is out, or about to go */
        WEBSOCKET_CODEC_REFUSED,     /* the response was no good; see detail */
        WEBSOCKET_CODEC_PEER_CLOSED, /* the server closed in order; see close_code */
        WEBSOCKET_CODEC_VIOLATION,   /* the server broke the rules; see detail */
        WEBSOCKET_CODEC_CLOSED,      /* the server has acknowledged our close */
} WebsocketCodecState;

typedef struct WebsocketCodec WebsocketCodec;

/**
 * Makes a codec and in it the request for `path`, with these values of Host and Origin, and with
 * subprotocol. All are copied; see url.h for how long they may be. With a client payload, which is
 * less than HYBRID_CLIENT_PAYLOAD_SIZE letters and digits, it is a request to contact a linked phone;
 * else NULL. 0 or a negative errno.
 */
int websocket_codec_new(WebsocketCodec **ret, const char *host, const char *origin,
                        const char *path, const char *protocol, const char *client_payload);
WebsocketCodec *websocket_codec_free(WebsocketCodec *codec);

DEFINE_CLEANUP(WebsocketCodec *, websocket_codec_free);

/**
 * Bytes from the server: first one head of an HTTP response, put alone, then frames.
 * 0, -EMSGSIZE for too many at once, or a negative errno if the codec itself is broken.
 */
int websocket_codec_put(WebsocketCodec *codec, const void *data, size_t n);

/** Up to `size` bytes for the server; 0 when there is nothing to send. Or a negative errno. */
ssize_t websocket_codec_take(WebsocketCodec *codec, void *ret, size_t size);

/** Queues a binary message, copied. -ENOTCONN unless UP, -ENOMEM also when too many wait. */
int websocket_codec_send(WebsocketCodec *codec, const void *data, size_t n);

/** Asks for a sign of life. */
void websocket_codec_ping(WebsocketCodec *codec);

/** A close frame with status 1000 follows what is queued. */
void websocket_codec_close(WebsocketCodec *codec);

WebsocketCodecState websocket_codec_state(const WebsocketCodec *codec);

/** The next whole message from the server, owned by the caller: free(). NULL if there is none. */
Message *websocket_codec_next_message(WebsocketCodec *codec);

/** REFUSED, VIOLATION: what was wrong, in words for a log. Borrowed. */
const char *websocket_codec_detail(const WebsocketCodec *codec);

/** PEER_CLOSED: the status in the server's close frame, or 1005 if it gave none. */
unsigned websocket_codec_close_code(const WebsocketCodec *codec);
