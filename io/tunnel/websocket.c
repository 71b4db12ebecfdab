/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/tunnel/channel-error.h"
#include "io/tunnel/tunnel-prepared.h"
#include "io/tunnel/tunnel.h"

enum {
        /* From open() to `up`, with all redirects. Shorter than the patience of the sessions. */
        OPEN_TIMEOUT_USEC = 13 * 1000 * 1000,
        /* From close() to `down`; 2 s are promised. */
        CLOSE_TIMEOUT_USEC = 1800 * 1000,
        /* Routers forget idle connections after 30 s and more. */
        PING_INTERVAL_USEC = 25 * 1000 * 1000,
        ACCURACY_USEC = 10 * 1000,
        PING_ACCURACY_USEC = 1000 * 1000,
};

void tunnel_ref(Tunnel *tunnel) {
        tunnel->n_ref++;
}

/* All that costs anything is gone when the user frees the channel; here it is only the memory. */
void tunnel_unref(Tunnel *tunnel) {
        if (--tunnel->n_ref == 0)
                free(tunnel);
}

void tunnel_arm(Tunnel *tunnel) {
        (void)sd_event_source_set_enabled(tunnel->pump_source, SD_EVENT_ONESHOT);
}

/* The parts that an attempt, waiting and being up are made of; what is left can only say `down`. */
static void tunnel_release(Tunnel *tunnel) {
        tunnel_attempt_done(tunnel);
        tunnel->deadline = sd_event_source_disable_unref(tunnel->deadline);
        tunnel->ping = sd_event_source_disable_unref(tunnel->ping);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        Tunnel *tunnel = userdata;

        if (tunnel->state == TUNNEL_DIALING || tunnel->state == TUNNEL_UPGRADING)
                channel_error_set(&tunnel->error, HYBRID_CHANNEL_UNREACHABLE,
                                  "no answer to the upgrade");
        else
                (void)tls_stream_shutdown(tunnel->stream); /* as far as that is possible */
        tunnel_down(tunnel, &tunnel->error);
        return 0;
}

/* When a machine wakes, the ceremony's own time may be over as well: the tunnel's says more. */
static int tunnel_set_deadline(Tunnel *tunnel, uint64_t usec) {
        int r;

        tunnel->deadline = sd_event_source_disable_unref(tunnel->deadline);
        r = sd_event_add_time_relative(tunnel->event, &tunnel->deadline, CLOCK_BOOTTIME, usec,
                                       ACCURACY_USEC, on_deadline, tunnel);
        if (r < 0)
                return r;
        return sd_event_source_set_priority(tunnel->deadline, SD_EVENT_PRIORITY_NORMAL - 1);
}

static int on_ping(sd_event_source *source, uint64_t usec, void *userdata) {
        Tunnel *tunnel = userdata;

        websocket_codec_ping(tunnel->codec);
        (void)sd_event_source_set_time_relative(source, PING_INTERVAL_USEC);
        (void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        tunnel_arm(tunnel);
        return 0;
}

void tunnel_up(Tunnel *tunnel, const char *routing_id) {
        tunnel->state = TUNNEL_UP;
        tunnel->deadline = sd_event_source_disable_unref(tunnel->deadline);
        (void)sd_event_add_time_relative(tunnel->event, &tunnel->ping, CLOCK_BOOTTIME,
                                         PING_INTERVAL_USEC, PING_ACCURACY_USEC, on_ping, tunnel);

        tunnel->events.up(tunnel->userdata, routing_id);
}

void tunnel_message(Tunnel *tunnel, const uint8_t *data, size_t n) {
        tunnel->events.message(tunnel->userdata, data, n);
}

void tunnel_finish(Tunnel *tunnel, const HybridChannelError *why) {
        tunnel->error = *why;
        tunnel->ping = sd_event_source_disable_unref(tunnel->ping);

        /* A close that has begun keeps its deadline. */
        if (tunnel->state != TUNNEL_CLOSING &&
            tunnel_set_deadline(tunnel, CLOSE_TIMEOUT_USEC) < 0) {
                tunnel_down(tunnel, &tunnel->error);
                return;
        }
        tunnel->state = TUNNEL_FINISHING;
}

void tunnel_down(Tunnel *tunnel, const HybridChannelError *why) {
        tunnel->error = *why;
        tunnel->state = TUNNEL_DOWN;
        tunnel_release(tunnel);
        /* The last word is said at once, unlike those that others can make without end. */
        (void)sd_event_source_set_priority(tunnel->pump_source, SD_EVENT_PRIORITY_NORMAL - 1);
        tunnel_arm(tunnel);
}

static int on_pump(sd_event_source *source, void *userdata) {
        Tunnel *tunnel = userdata;
        HybridChannelError error;

        if (tunnel->state != TUNNEL_DOWN) {
                tunnel_pump(tunnel);
                return 0;
        }

        /* A copy: the user may free the channel and then look at the error. */
        error = tunnel->error;
        tunnel->events.down(tunnel->userdata, &error);
        return 0;
}

static Tunnel *from_channel(Channel *channel) {
        return (Tunnel *)channel;
}

static Channel *tunnel_free(Channel *channel) {
        Tunnel *tunnel = from_channel(channel);

        tunnel->freed = true;
        tunnel_release(tunnel);
        tunnel->pump_source = sd_event_source_disable_unref(tunnel->pump_source);
        tunnel->event = sd_event_unref(tunnel->event);

        tunnel_unref(tunnel);
        return NULL;
}

/* It goes into the head of a request as it is. */
static int take_client_payload(Tunnel *tunnel, const char *payload) {
        static const char digits[] = "0123456789ABCDEFabcdef";

        if (!payload)
                return 0;
        if (payload[0] == '\0' || strlen(payload) >= sizeof(tunnel->client_payload) ||
            strspn(payload, digits) != strlen(payload))
                return -EINVAL;
        strcpy(tunnel->client_payload, payload);
        return 0;
}

static int tunnel_new(Tunnel **ret, sd_event *event, const ChannelOptions *options) {
        _cleanup_(channel_freep) Channel *channel = NULL;
        Tunnel *tunnel = calloc(1, sizeof(Tunnel));
        int r;

        if (!tunnel)
                return -ENOMEM;
        channel = &tunnel->channel;
        channel->backend = &channel_tunnel;
        tunnel->n_ref = 1;
        tunnel->event = sd_event_ref(event);
        tunnel->network = options->network;
        tunnel->events = *options->events;
        tunnel->userdata = options->userdata;

        r = take_client_payload(tunnel, options->client_payload);
        if (r < 0)
                return r;
        r = url_parse(options->url, &tunnel->url);
        if (r < 0)
                return r;
        r = sd_event_add_defer(event, &tunnel->pump_source, on_pump, tunnel);
        if (r < 0)
                return r;
        /* A source that defers itself again and again stays the oldest: at the priority of the others it
         * would have all turns, and a server that never stops sending would stop the clock. */
        r = sd_event_source_set_priority(tunnel->pump_source, SD_EVENT_PRIORITY_NORMAL + 1);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(tunnel->pump_source, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = tunnel_set_deadline(tunnel, OPEN_TIMEOUT_USEC);
        if (r < 0)
                return r;

        TAKE_PTR(channel);
        *ret = tunnel;
        return 0;
}

static int tunnel_open(Channel **ret, sd_event *event, const ChannelOptions *options) {
        _cleanup_(tunnel_prepared_freep) ChannelPrepared *prepared = options->prepared;
        _cleanup_(channel_freep) Channel *channel = NULL;
        Tunnel *tunnel = NULL;
        int r;

        r = tunnel_new(&tunnel, event, options);
        if (r < 0)
                return r;
        channel = &tunnel->channel;

        r = tunnel_attempt(tunnel, prepared ? tunnel_prepared_take(prepared, &tunnel->url) : NULL);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(channel);
        return 0;
}

static int tunnel_send(Channel *channel, const uint8_t *data, size_t n) {
        Tunnel *tunnel = from_channel(channel);
        int r;

        if (tunnel->state != TUNNEL_UP)
                return -ENOTCONN;
        r = websocket_codec_send(tunnel->codec, data, n);
        if (r < 0)
                return r;

        tunnel_arm(tunnel);
        return 0;
}

static void tunnel_close(Channel *channel) {
        Tunnel *tunnel = from_channel(channel);
        HybridChannelError why;

        if (tunnel->state == TUNNEL_CLOSING || tunnel->state == TUNNEL_FINISHING ||
            tunnel->state == TUNNEL_DOWN)
                return;

        channel_error_set(&why, HYBRID_CHANNEL_CLOSED, "closed here");
        if (tunnel->state != TUNNEL_UP || tunnel_set_deadline(tunnel, CLOSE_TIMEOUT_USEC) < 0) {
                tunnel_down(tunnel, &why);
                return;
        }

        tunnel->error = why;
        tunnel->ping = sd_event_source_disable_unref(tunnel->ping);
        tunnel->state = TUNNEL_CLOSING;
        websocket_codec_close(tunnel->codec);
        tunnel_arm(tunnel);
}

_public_ const ChannelBackend channel_tunnel = {
        .name = "tunnel",
        .open = tunnel_open,
        .send = tunnel_send,
        .close = tunnel_close,
        .free = tunnel_free,
        .prepare = tunnel_prepared_new,
        .prepared_free = tunnel_prepared_free,
};
