/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "io/tunnel/frame-scan.h"
#include "hybrid.h"
#include "io/tunnel/websocket-codec.h"
#include "io/tunnel/websocket-library.h"

enum {
        CLOSE_CODE_NONE = 1005,
};

struct WebsocketCodec {
        WebsocketCodecState state;
        char detail[80];
        unsigned close_code;

        WebsocketLibrary library;
        struct lws *wsi; /* the library's end; NULL once it has closed that */
        bool busy;       /* the library has called us */
        char client_payload[HYBRID_CLIENT_PAYLOAD_SIZE]; /* "": none */

        MessageQueue to_send; /* with room in front for the library's header */
        bool ping_to_send;
        unsigned close_to_send; /* the status of the close frame that follows all else; 0: none */

        FrameScan scan;
        MessageQueue received;
        uint8_t *partial; /* a message of which more is to come */
        size_t n_partial, partial_size;
};

static void fail(WebsocketCodec *codec, WebsocketCodecState state, const char *detail) {
        codec->state = state;
        snprintf(codec->detail, sizeof(codec->detail), "%s", detail);
}

/* Makes room for n more bytes of a message. Grows as bytes come, never by what is announced. */
static int reserve(WebsocketCodec *codec, size_t n) {
        size_t size = codec->partial_size > 0 ? codec->partial_size : 256;
        uint8_t *data;

        while (size < codec->n_partial + n)
                size *= 2;
        if (size == codec->partial_size)
                return 0;

        data = realloc(codec->partial, size);
        if (!data)
                return -ENOMEM;
        codec->partial = data;
        codec->partial_size = size;

        return 0;
}

static int finish_message(WebsocketCodec *codec) {
        int r = message_queue_push(&codec->received, 0, codec->partial, codec->n_partial);

        codec->n_partial = 0;
        return r;
}

/* Nothing but a close frame goes to the server any more. */
static void drop_to_send(WebsocketCodec *codec) {
        message_queue_clear(&codec->to_send);
        codec->ping_to_send = false;
        codec->close_to_send = 0;
}

/* -1 makes the library send the close frame that was prepared, and close. */
static int violation(WebsocketCodec *codec, enum lws_close_status code, const char *detail) {
        fail(codec, WEBSOCKET_CODEC_VIOLATION, detail);
        drop_to_send(codec);
        lws_close_reason(codec->wsi, code, NULL, 0);
        return -1;
}

static int on_receive(WebsocketCodec *codec, const void *data, size_t n) {
        if (codec->state != WEBSOCKET_CODEC_UP)
                return 0;
        if (!lws_frame_is_binary(codec->wsi))
                return violation(codec, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, "a text message");
        if (n > HYBRID_MESSAGE_SIZE_MAX - codec->n_partial)
                return violation(codec, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE,
                                 "a message of more than 64 KiB");

        if (reserve(codec, n) < 0)
                return violation(codec, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION, "out of memory");
        if (n > 0)
                memcpy(codec->partial + codec->n_partial, data, n);
        codec->n_partial += n;

        if (lws_is_final_fragment(codec->wsi) && finish_message(codec) < 0)
                return violation(codec, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION, "out of memory");

        return 0;
}

/* The library acknowledges and closes by itself. */
static int on_peer_close(WebsocketCodec *codec, const uint8_t *data, size_t n) {
        if (codec->state != WEBSOCKET_CODEC_UP && codec->state != WEBSOCKET_CODEC_CLOSING)
                return 0;
        if (n == 1)
                return violation(codec, LWS_CLOSE_STATUS_PROTOCOL_ERR, "a close frame of one byte");

        codec->state = WEBSOCKET_CODEC_PEER_CLOSED;
        drop_to_send(codec);
        codec->close_code = n >= 2 ? (unsigned)data[0] << 8 | data[1] : CLOSE_CODE_NONE;
        return 0;
}

static int write_message(WebsocketCodec *codec, Message *message) {
        int r = lws_write(codec->wsi, message->data, message->n, LWS_WRITE_BINARY);

        free(message);
        return r < 0 ? -1 : 0;
}

static int write_ping(WebsocketCodec *codec) {
        uint8_t empty[LWS_PRE + 1];

        codec->ping_to_send = false;
        return lws_write(codec->wsi, empty + LWS_PRE, 0, LWS_WRITE_PING) < 0 ? -1 : 0;
}

/* As in violation(), -1 sends the close frame; a second one would not wait for the answer. */
static int write_close(WebsocketCodec *codec) {
        lws_close_reason(codec->wsi, (enum lws_close_status)codec->close_to_send, NULL, 0);
        codec->close_to_send = 0;
        return -1;
}

static bool has_more_to_send(const WebsocketCodec *codec) {
        return codec->to_send.first || codec->ping_to_send || codec->close_to_send != 0;
}

/* One thing each time, as the library asks for. */
static int on_writable(WebsocketCodec *codec) {
        int r = 0;

        if (codec->to_send.first)
                r = write_message(codec, message_queue_pop(&codec->to_send));
        else if (codec->close_to_send != 0)
                return write_close(codec);
        else if (codec->ping_to_send)
                r = write_ping(codec);

        if (r == 0 && has_more_to_send(codec))
                lws_callback_on_writable(codec->wsi);
        return r;
}

/* When the library closes of its own, and nothing else explains it, the server is at fault. */
static void on_closed(WebsocketCodec *codec, const char *detail) {
        codec->wsi = NULL;

        switch (codec->state) {
        case WEBSOCKET_CODEC_UPGRADING:
                fail(codec, WEBSOCKET_CODEC_REFUSED, detail);
                break;
        case WEBSOCKET_CODEC_UP:
                fail(codec, WEBSOCKET_CODEC_VIOLATION, "a malformed frame");
                break;
        case WEBSOCKET_CODEC_CLOSING:
                codec->state = WEBSOCKET_CODEC_CLOSED;
                break;
        case WEBSOCKET_CODEC_REFUSED:
        case WEBSOCKET_CODEC_PEER_CLOSED:
        case WEBSOCKET_CODEC_VIOLATION:
        case WEBSOCKET_CODEC_CLOSED:
                break;
        }
}

/* `*data` is where the library writes its request, with room for n more bytes. */
static int on_append_headers(WebsocketCodec *codec, char **data, size_t n) {
        int n_written;

        if (codec->client_payload[0] == '\0')
                return 0;
        n_written = snprintf(*data, n,
                             "X-caBLE-Client-Payload: %s\r\n"
                             "X-caBLE-Signal-Connection: true\r\n",
                             codec->client_payload);
        if (n_written < 0 || (size_t)n_written >= n)
                return -1;
        *data += n_written;
        return 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *userdata, void *data,
                    size_t n) {
        WebsocketCodec *codec = userdata;

        /* The request is written before the library tells which connection it is for. */
        if (codec && reason == LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER)
                return on_append_headers(codec, data, n);
        /* Events of the context come without a connection, and none counts any more at the end. */
        if (!codec || !codec->wsi)
                return 0;
        codec->busy = true;

        switch ((int)reason) {
        case LWS_CALLBACK_CLIENT_ESTABLISHED:
                codec->state = WEBSOCKET_CODEC_UP;
                return 0;
        case LWS_CALLBACK_CLIENT_RECEIVE:
                return on_receive(codec, data, n);
        case LWS_CALLBACK_CLIENT_WRITEABLE:
                return on_writable(codec);
        case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
                return on_peer_close(codec, data, n);
        case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
                on_closed(codec, data ? data : "upgrade failed");
                return 0;
        case LWS_CALLBACK_CLIENT_CLOSED:
        case LWS_CALLBACK_WSI_DESTROY:
                on_closed(codec, "upgrade failed");
                return 0;
        default:
                return 0;
        }
}

/*
 * Lets the library do all it can do now. A pong or a close comes out one call after what caused it,
 * and silently; hence it has to be idle twice.
 */
static void run(WebsocketCodec *codec) {
        unsigned n_idle = 0;

        while (n_idle < 2 && codec->wsi) {
                codec->busy = false;
                lws_service(codec->library.context, -1);
                n_idle = codec->busy ? 0 : n_idle + 1;
        }
}

int websocket_codec_new(WebsocketCodec **ret, const char *host, const char *origin,
                        const char *path, const char *protocol, const char *client_payload) {
        _cleanup_(websocket_codec_freep) WebsocketCodec *codec = calloc(1, sizeof(WebsocketCodec));
        int r;

        if (!codec)
                return -ENOMEM;
        codec->library.fd = -1;
        if (client_payload && strlen(client_payload) >= sizeof(codec->client_payload))
                return -EINVAL;
        if (client_payload)
                strcpy(codec->client_payload, client_payload);

        r = websocket_library_open(&codec->library, protocol, on_event, codec);
        if (r < 0)
                return r;
        r = websocket_library_connect(&codec->library, host, origin, path, &codec->wsi);
        if (r < 0)
                return r;
        run(codec);

        *ret = TAKE_PTR(codec);
        return 0;
}

WebsocketCodec *websocket_codec_free(WebsocketCodec *codec) {
        if (!codec)
                return NULL;

        codec->wsi = NULL; /* whatever the library still says is not heard */
        websocket_library_close(&codec->library);
        message_queue_clear(&codec->to_send);
        message_queue_clear(&codec->received);
        free(codec->partial);

        free(codec);
        return NULL;
}

/* The library reads what it is given at once, so there is always room for more. */
static int put(WebsocketCodec *codec, const uint8_t *data, size_t n) {
        while (n > 0 && codec->wsi) {
                ssize_t r = send(codec->library.fd, data, n, MSG_NOSIGNAL);

                if (r < 0)
                        return -errno;
                data += r;
                n -= (size_t)r;
                run(codec);
        }

        return 0;
}

static void put_violation(WebsocketCodec *codec, const FrameViolation *what) {
        if (codec->state != WEBSOCKET_CODEC_UP && codec->state != WEBSOCKET_CODEC_CLOSING)
                return;

        fail(codec, WEBSOCKET_CODEC_VIOLATION, what->detail);
        drop_to_send(codec);
        codec->close_to_send = what->code;
        lws_callback_on_writable(codec->wsi);
        run(codec);
}

int websocket_codec_put(WebsocketCodec *codec, const void *data, size_t n) {
        FrameViolation what = {};
        size_t n_good = n;
        int r;

        if (n > WEBSOCKET_CODEC_PUT_MAX)
                return -EMSGSIZE;
        if (!codec->wsi || codec->state == WEBSOCKET_CODEC_VIOLATION)
                return 0;

        if (codec->state != WEBSOCKET_CODEC_UPGRADING)
                n_good = frame_scan(&codec->scan, data, n, &what);
        if (n_good > 0) {
                r = put(codec, data, n_good);
                if (r < 0)
                        return r;
        }
        if (n_good < n)
                put_violation(codec, &what);

        return 0;
}

/* What did not fit into the socket can go on when that is empty. */
static bool is_held_up(const WebsocketCodec *codec) {
        return codec->wsi && (has_more_to_send(codec) || lws_partial_buffered(codec->wsi));
}

ssize_t websocket_codec_take(WebsocketCodec *codec, void *ret, size_t size) {
        for (bool again = true;; again = false) {
                ssize_t n = recv(codec->library.fd, ret, size, 0);

                if (n >= 0)
                        return n;
                if (errno != EAGAIN)
                        return -errno;
                if (!again || !is_held_up(codec))
                        return 0;
                run(codec);
        }
}

int websocket_codec_send(WebsocketCodec *codec, const void *data, size_t n) {
        int r;

        if (codec->state != WEBSOCKET_CODEC_UP)
                return -ENOTCONN;
        if (n > HYBRID_MESSAGE_SIZE_MAX)
                return -EMSGSIZE;
        if (n > WEBSOCKET_CODEC_QUEUE_MAX - codec->to_send.n_bytes)
                return -ENOMEM;

        r = message_queue_push(&codec->to_send, LWS_PRE, data, n);
        if (r < 0)
                return r;

        lws_callback_on_writable(codec->wsi);
        return 0;
}

void websocket_codec_ping(WebsocketCodec *codec) {
        if (codec->state != WEBSOCKET_CODEC_UP)
                return;

        codec->ping_to_send = true;
        lws_callback_on_writable(codec->wsi);
}

void websocket_codec_close(WebsocketCodec *codec) {
        if (codec->state != WEBSOCKET_CODEC_UP)
                return;

        codec->state = WEBSOCKET_CODEC_CLOSING;
        codec->ping_to_send = false;
        codec->close_to_send = LWS_CLOSE_STATUS_NORMAL;
        lws_callback_on_writable(codec->wsi);
}

WebsocketCodecState websocket_codec_state(const WebsocketCodec *codec) {
        return codec->state;
}

Message *websocket_codec_next_message(WebsocketCodec *codec) {
        return message_queue_pop(&codec->received);
}

const char *websocket_codec_detail(const WebsocketCodec *codec) {
        return codec->detail;
}

unsigned websocket_codec_close_code(const WebsocketCodec *codec) {
        return codec->close_code;
}
