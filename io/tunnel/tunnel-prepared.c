/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "io/tunnel/dial.h"
#include "io/tunnel/tunnel-prepared.h"

struct ChannelPrepared {
        sd_event *event;
        Url url;
        Dial *dial;
        TlsStream *stream; /* NULL: not up yet, or dropped */
        sd_event_source *source;
};

static void drop(ChannelPrepared *prepared) {
        prepared->source = sd_event_source_disable_unref(prepared->source);
        prepared->stream = tls_stream_free(prepared->stream);
}

/* Session tickets come here, which OpenSSL eats up. Anything else means that it is of no use. */
static int on_stream(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        ChannelPrepared *prepared = userdata;
        uint8_t byte;

        if (tls_stream_read(prepared->stream, &byte, 1) != -EAGAIN)
                drop(prepared);
        else
                (void)sd_event_source_set_io_events(
                        prepared->source, tls_stream_wants(prepared->stream, true, false));
        return 0;
}

static void on_dialed(void *userdata, TlsStream *stream, const HybridChannelError *error) {
        ChannelPrepared *prepared = userdata;
        int r;

        prepared->dial = dial_free(prepared->dial);
        if (!stream)
                return;

        prepared->stream = stream;
        r = sd_event_add_io(prepared->event, &prepared->source, tls_stream_fd(stream), EPOLLIN,
                            on_stream, prepared);
        if (r < 0)
                drop(prepared);
}

int tunnel_prepared_new(ChannelPrepared **ret, sd_event *event, const char *host,
                        const NetworkOptions *network) {
        _cleanup_(tunnel_prepared_freep) ChannelPrepared *prepared =
                calloc(1, sizeof(ChannelPrepared));
        char url[sizeof("wss://") + URL_AUTHORITY_SIZE];
        int n, r;

        if (!prepared)
                return -ENOMEM;
        prepared->event = sd_event_ref(event);

        n = snprintf(url, sizeof(url), "wss://%s", host);
        if (n < 0 || (size_t)n >= sizeof(url) || strchr(host, '/'))
                return -EINVAL;
        r = url_parse(url, &prepared->url);
        if (r < 0)
                return r;
        r = dial_new(&prepared->dial, event, prepared->url.host, prepared->url.port, network,
                     on_dialed, prepared);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(prepared);
        return 0;
}

ChannelPrepared *tunnel_prepared_free(ChannelPrepared *prepared) {
        if (!prepared)
                return NULL;

        dial_free(prepared->dial);
        drop(prepared);
        sd_event_unref(prepared->event);

        free(prepared);
        return NULL;
}

TlsStream *tunnel_prepared_take(ChannelPrepared *prepared, const Url *url) {
        if (url->port != prepared->url.port || strcmp(url->host, prepared->url.host) != 0)
                return NULL;

        prepared->source = sd_event_source_disable_unref(prepared->source);
        return TAKE_PTR(prepared->stream);
}
