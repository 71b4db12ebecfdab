/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "waiter.h"

enum {
        LINE_SIZE_MAX = 256,
        N_LINES = 3,
};

struct Waiter {
        Channel *channel;
        WaiterEvents events;
        void *userdata;
};

static void on_up(void *userdata, const char *routing_id) {
        Waiter *waiter = userdata;

        waiter->events.waiting(waiter->userdata);
}

/* Takes the next line, without its end, off n bytes. */
static bool next_line(const char **text, size_t *n, char ret[static LINE_SIZE_MAX]) {
        const char *end = memchr(*text, '\n', *n);
        size_t n_line = end ? (size_t)(end - *text) : 0;

        if (!end || n_line >= LINE_SIZE_MAX)
                return false;
        memcpy(ret, *text, n_line);
        ret[n_line] = '\0';
        *text += n_line + 1;
        *n -= n_line + 1;
        return true;
}

static void on_message(void *userdata, const uint8_t *data, size_t n) {
        const char *text = (const char *)data;
        char lines[N_LINES][LINE_SIZE_MAX];
        const HybridContact contact = {
                .routing_id = lines[0],
                .tunnel_id = lines[1],
                .client_payload = lines[2],
        };
        Waiter *waiter = userdata;

        for (unsigned i = 0; i < N_LINES; i++)
                if (!next_line(&text, &n, lines[i]))
                        return;
        waiter->events.contacted(waiter->userdata, &contact);
}

static void on_down(void *userdata, const HybridChannelError *why) {
        Waiter *waiter = userdata;

        waiter->channel = channel_free(waiter->channel);
        waiter->events.failed(waiter->userdata, why);
}

static const ChannelEvents channel_events = {
        .up = on_up,
        .message = on_message,
        .down = on_down,
};

int waiter_new(Waiter **ret, sd_event *event, const ChannelBackend *backend,
               const NetworkOptions *network, const HybridLink *link, const WaiterEvents *events,
               void *userdata) {
        char contact[(HYBRID_CONTACT_ID_SIZE_MAX + 2) / 3 * 4 + 1];
        char host[HYBRID_TUNNEL_HOST_SIZE_MAX], url[sizeof(host) + sizeof(contact) + 32];
        ChannelOptions options = { .url = url, .network = network, .events = &channel_events };
        Waiter *waiter;
        int r;

        r = hybrid_link_host(link, host);
        if (r < 0)
                return r;
        base64url_encode(link->contact_id, link->n_contact_id, contact);
        snprintf(url, sizeof(url), "wss://%s/cable/wait/%s", host, contact);

        waiter = calloc(1, sizeof(*waiter));
        if (!waiter)
                return -ENOMEM;
        *waiter = (Waiter){ .events = *events, .userdata = userdata };
        options.userdata = waiter;
        r = backend->open(&waiter->channel, event, &options);
        if (r < 0) {
                free(waiter);
                return r;
        }

        *ret = waiter;
        return 0;
}

Waiter *waiter_free(Waiter *waiter) {
        if (!waiter)
                return NULL;

        channel_free(waiter->channel);
        free(waiter);
        return NULL;
}
