/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/tunnel/channel-error.h"
#include "io/tunnel/tunnel.h"

enum {
        /* Then others get their turn on the loop. */
        READS_MAX = 16,
};

/* `error` is an errno, or 0 for an end that came without one. */
static void tunnel_broken(Tunnel *tunnel, int error) {
        const char *detail = error != 0 ? strerrordesc_np(error) : "the connection ended";
        HybridChannelError why;

        if (tunnel->state == TUNNEL_UPGRADING) {
                tunnel_open_failed(tunnel, detail);
                return;
        }
        /* We are on the way out: whatever happens now, it was closed in order. */
        if (tunnel->state == TUNNEL_CLOSING || tunnel->state == TUNNEL_FINISHING) {
                tunnel_down(tunnel, &tunnel->error);
                return;
        }

        channel_error_set(&why, HYBRID_CHANNEL_BROKEN, "without a close frame: %s", detail);
        tunnel_down(tunnel, &why);
}

static bool has_ended(const Tunnel *tunnel) {
        return tunnel_is_gone(tunnel) || tunnel->state == TUNNEL_FINISHING;
}

/* What the codec has come to, once its messages are delivered. */
static void tunnel_follow_codec(Tunnel *tunnel) {
        HybridChannelError why;

        switch (websocket_codec_state(tunnel->codec)) {
        case WEBSOCKET_CODEC_UPGRADING:
        case WEBSOCKET_CODEC_UP:
        case WEBSOCKET_CODEC_CLOSING:
                return;
        case WEBSOCKET_CODEC_REFUSED:
        case WEBSOCKET_CODEC_VIOLATION:
                channel_error_set(&why, HYBRID_CHANNEL_VIOLATION, "%s",
                                  websocket_codec_detail(tunnel->codec));
                if (tunnel->state == TUNNEL_CLOSING) /* of no interest any more */
                        why = tunnel->error;
                break;
        case WEBSOCKET_CODEC_PEER_CLOSED:
                channel_error_set(&why, HYBRID_CHANNEL_CLOSED, "closed by the server, code %u",
                                  websocket_codec_close_code(tunnel->codec));
                break;
        case WEBSOCKET_CODEC_CLOSED:
                why = tunnel->error;
                break;
        }

        tunnel_finish(tunnel, &why);
}

void tunnel_put(Tunnel *tunnel, const uint8_t *data, size_t n) {
        int r;

        r = websocket_codec_put(tunnel->codec, data, n);
        if (r < 0) {
                tunnel_broken(tunnel, -r);
                return;
        }

        while (tunnel->state == TUNNEL_UP) {
                Message *message = websocket_codec_next_message(tunnel->codec);

                if (!message)
                        break;
                tunnel_message(tunnel, message->data, message->n);
                free(message);
                if (tunnel_is_gone(tunnel))
                        return;
        }

        tunnel_follow_codec(tunnel);
}

/* One portion from the stream. False when there is nothing more to read now. */
static bool tunnel_read(Tunnel *tunnel) {
        size_t n_max = tunnel->state == TUNNEL_UPGRADING ? HTTP_HEAD_SIZE_MAX : sizeof(tunnel->in);
        ssize_t n;

        n = tls_stream_read(tunnel->stream, tunnel->in + tunnel->n_in, n_max - tunnel->n_in);
        if (n == -EAGAIN)
                return false;
        if (n <= 0) {
                tunnel_broken(tunnel, (int)-n);
                return false;
        }

        if (tunnel->state == TUNNEL_UPGRADING) {
                tunnel->n_in += (size_t)n;
                tunnel_read_head(tunnel);
        } else
                tunnel_put(tunnel, tunnel->in, (size_t)n);
        return true;
}

static void tunnel_pump_in(Tunnel *tunnel) {
        for (unsigned i = 0; i < READS_MAX; i++)
                if (has_ended(tunnel) || !tunnel->stream || !tunnel_read(tunnel))
                        return;

        /* OpenSSL may hold more, of which the socket says nothing. */
        tunnel_arm(tunnel);
}

/* Refills `out` if it is empty. False if there is nothing to send. */
static bool tunnel_fill(Tunnel *tunnel) {
        ssize_t n;

        if (tunnel->n_out > 0)
                return true;

        n = websocket_codec_take(tunnel->codec, tunnel->out, sizeof(tunnel->out));
        if (n <= 0)
                return false;
        tunnel->out_start = 0;
        tunnel->n_out = (size_t)n;

        return true;
}

static void tunnel_pump_out(Tunnel *tunnel) {
        while (tunnel_fill(tunnel)) {
                ssize_t n;

                n = tls_stream_write(tunnel->stream, tunnel->out + tunnel->out_start,
                                     tunnel->n_out);
                if (n == -EAGAIN)
                        return;
                if (n < 0) {
                        tunnel_broken(tunnel, (int)-n);
                        return;
                }
                tunnel->out_start += (size_t)n;
                tunnel->n_out -= (size_t)n;
        }

        if (tunnel->state == TUNNEL_FINISHING && tls_stream_shutdown(tunnel->stream) != -EAGAIN)
                tunnel_down(tunnel, &tunnel->error);
}

static void tunnel_wait(Tunnel *tunnel) {
        bool finishing = tunnel->state == TUNNEL_FINISHING;
        uint32_t wants =
                tls_stream_wants(tunnel->stream, !finishing, finishing || tunnel->n_out > 0);

        (void)sd_event_source_set_io_events(tunnel->stream_source, wants);
}

void tunnel_pump(Tunnel *tunnel) {
        tunnel_ref(tunnel);

        if (!has_ended(tunnel) && tunnel->stream)
                tunnel_pump_in(tunnel);
        if (!tunnel_is_gone(tunnel) && tunnel->stream)
                tunnel_pump_out(tunnel);
        if (!tunnel_is_gone(tunnel) && tunnel->stream)
                tunnel_wait(tunnel);

        tunnel_unref(tunnel);
}
