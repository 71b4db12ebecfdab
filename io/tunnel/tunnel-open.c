/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "io/tunnel/channel-error.h"
#include "io/tunnel/tunnel.h"

#define SUBPROTOCOL "fido.cable"

enum {
        REDIRECTS_MAX = 5,
        STATUS_SWITCHING_PROTOCOLS = 101,
};

void tunnel_attempt_done(Tunnel *tunnel) {
        tunnel->dial = dial_free(tunnel->dial);
        tunnel->stream_source = sd_event_source_disable_unref(tunnel->stream_source);
        tunnel->stream = tls_stream_free(tunnel->stream);
        tunnel->codec = websocket_codec_free(tunnel->codec);
        tunnel->n_in = tunnel->head_start = tunnel->n_out = tunnel->out_start = 0;
        tunnel->reused = false;
}

static int on_stream(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        tunnel_pump(userdata);
        return 0;
}

/* The pump is not run here but from the loop: the caller may be inside open(). */
static int tunnel_adopt(Tunnel *tunnel, TlsStream *stream) {
        tunnel->stream = stream;
        tunnel->state = TUNNEL_UPGRADING;
        tunnel_arm(tunnel);

        return sd_event_add_io(tunnel->event, &tunnel->stream_source, tls_stream_fd(stream),
                               EPOLLIN, on_stream, tunnel);
}

static void tunnel_resources_failed(Tunnel *tunnel, int error) {
        HybridChannelError why;

        channel_error_set(&why, HYBRID_CHANNEL_UNREACHABLE, "%s", strerrordesc_np(-error));
        tunnel_down(tunnel, &why);
}

static void on_dialed(void *userdata, TlsStream *stream, const HybridChannelError *error) {
        Tunnel *tunnel = userdata;
        int r;

        tunnel->dial = dial_free(tunnel->dial);
        if (!stream) {
                tunnel_down(tunnel, error);
                return;
        }

        r = tunnel_adopt(tunnel, stream);
        if (r < 0)
                tunnel_resources_failed(tunnel, r);
}

static int make_codec(Tunnel *tunnel) {
        char authority[URL_AUTHORITY_SIZE], origin[sizeof("wss://") + URL_AUTHORITY_SIZE];

        url_authority(&tunnel->url, authority);
        snprintf(origin, sizeof(origin), "wss://%s", authority);

        return websocket_codec_new(&tunnel->codec, authority, origin, tunnel->url.path, SUBPROTOCOL,
                                   tunnel->client_payload[0] ? tunnel->client_payload : NULL);
}

int tunnel_attempt(Tunnel *tunnel, TlsStream *stream) {
        int r;

        tunnel_attempt_done(tunnel);
        tunnel->state = TUNNEL_DIALING;

        if (stream) {
                tunnel->reused = true;
                r = tunnel_adopt(tunnel, stream);
        } else
                r = dial_new(&tunnel->dial, tunnel->event, tunnel->url.host, tunnel->url.port,
                             tunnel->network, on_dialed, tunnel);
        if (r < 0)
                return r;

        /* Made while the connection is on its way, so that the request waits for it. */
        return make_codec(tunnel);
}

static void tunnel_attempt_again(Tunnel *tunnel) {
        int r = tunnel_attempt(tunnel, NULL);

        if (r < 0)
                tunnel_resources_failed(tunnel, r);
}

void tunnel_open_failed(Tunnel *tunnel, const char *detail) {
        HybridChannelError why;

        /* The server had hung up long ago, and we only noticed now. */
        if (tunnel->reused && tunnel->n_in == 0) {
                tunnel_attempt_again(tunnel);
                return;
        }

        channel_error_set(&why, HYBRID_CHANNEL_BROKEN, "before the answer to the upgrade: %s",
                          detail);
        tunnel_down(tunnel, &why);
}

static void tunnel_refused(Tunnel *tunnel, int status, const char *detail) {
        HybridChannelError why;

        channel_error_set(&why, HYBRID_CHANNEL_REFUSED, "%s", detail);
        why.http_status = status;
        tunnel_down(tunnel, &why);
}

static bool is_redirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool may_lead_to(const Tunnel *tunnel, const char *host) {
        const NetworkOptions *network = tunnel->network;

        return !network->is_tunnel_allowed || strcmp(host, tunnel->url.host) == 0 ||
               network->is_tunnel_allowed(network->userdata, host);
}

static void tunnel_follow(Tunnel *tunnel, const HttpHead *head) {
        HybridChannelError why;
        Url url;

        if (!head->location) {
                tunnel_refused(tunnel, head->status, "a redirect without Location");
                return;
        }
        if (url_redirect(&tunnel->url, head->location, &url) < 0) {
                channel_error_set(&why, HYBRID_CHANNEL_REFUSED, "a redirect to %s", head->location);
                why.http_status = head->status;
                tunnel_down(tunnel, &why);
                return;
        }
        if (!may_lead_to(tunnel, url.host)) {
                channel_error_set(&why, HYBRID_CHANNEL_FORBIDDEN, "%s", url.host);
                tunnel_down(tunnel, &why);
                return;
        }
        if (tunnel->n_redirects == REDIRECTS_MAX) {
                tunnel_refused(tunnel, head->status, "too many redirects");
                return;
        }

        tunnel->n_redirects++;
        tunnel->url = url;
        tunnel_attempt_again(tunnel);
}

/* What the codec does not look at, or not closely enough. NULL if all is well. */
static const char *check_upgrade(const HttpHead *head) {
        if (!head->protocol)
                return "no subprotocol in the answer";
        if (strcmp(head->protocol, SUBPROTOCOL) != 0)
                return "another subprotocol in the answer";
        if (head->extensions)
                return "an extension that was not asked for";

        return NULL;
}

/* `head` points into tunnel->in; what follows there from head_start on are frames. */
static void tunnel_switch_protocols(Tunnel *tunnel, const HttpHead *head) {
        const char *wrong = check_upgrade(head);
        char text[1024];
        ssize_t n;

        if (wrong) {
                tunnel_refused(tunnel, head->status, wrong);
                return;
        }

        n = http_head_write_upgrade(head, text, sizeof(text));
        if (n < 0) {
                tunnel_refused(tunnel, head->status, "the fields of the answer are too long");
                return;
        }
        if (websocket_codec_put(tunnel->codec, text, (size_t)n) < 0 ||
            websocket_codec_state(tunnel->codec) != WEBSOCKET_CODEC_UP) {
                tunnel_refused(tunnel, head->status, websocket_codec_detail(tunnel->codec));
                return;
        }

        tunnel->channel.signals = head->signal;
        tunnel_up(tunnel, head->routing_id);
        if (!tunnel_is_gone(tunnel) && tunnel->n_in > tunnel->head_start)
                tunnel_put(tunnel, tunnel->in + tunnel->head_start,
                           tunnel->n_in - tunnel->head_start);
        tunnel->n_in = 0;
}

static void tunnel_act_on_head(Tunnel *tunnel, const HttpHead *head) {
        if (head->status == STATUS_SWITCHING_PROTOCOLS)
                tunnel_switch_protocols(tunnel, head);
        else if (is_redirect(head->status))
                tunnel_follow(tunnel, head);
        else
                tunnel_refused(tunnel, head->status, "the upgrade was refused");
}

static bool is_interim(int status) {
        return status < 200 && status != STATUS_SWITCHING_PROTOCOLS;
}

void tunnel_read_head(Tunnel *tunnel) {
        HttpHead head;

        /* An interim head says nothing, and another one follows it. They all count for the size. */
        do {
                char *text = (char *)tunnel->in + tunnel->head_start;
                size_t n = http_head_length(text, tunnel->n_in - tunnel->head_start);

                if (n == 0) {
                        if (tunnel->n_in == HTTP_HEAD_SIZE_MAX)
                                tunnel_refused(tunnel, 0, "the head of the answer is too large");
                        return;
                }
                if (http_head_parse(text, n, &head) < 0) {
                        tunnel_refused(tunnel, 0, "the answer is not proper HTTP");
                        return;
                }
                tunnel->head_start += n;
        } while (is_interim(head.status));

        tunnel_act_on_head(tunnel, &head);
}
