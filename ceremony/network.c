/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "ceremony/log.h"
#include "ceremony/network.h"
#include "ceremony/program-path.h"
#include "ceremony/words.h"
#include "io/channel-load.h"
#include "io/fetch-load.h"

struct Network {
        sd_event *event;
        sd_event_source *idle;
        const ChannelBackend *backend;     /* NULL until it is loaded */
        const FetchBackend *fetch_backend; /* NULL unless it was needed */
        Fetch *fetch;

        Words resolve;
        char *ca_file;
        char *extra_ca_file;
        char *proxy; /* a secret */
        char *no_proxy;
        NetworkOptions options; /* points to these */

        Words ahead;                /* hosts to connect to ahead of time … */
        ChannelPrepared **prepared; /* … and the connections, where there is one */
};

static int load_fetch_backend(Network *network) {
        char path[PROGRAM_PATH_SIZE];
        int r;

        if (network->fetch_backend)
                return 0;

        r = program_path(FETCH_MODULE_NAME, "io/fetch", path);
        if (r >= 0) {
                *strrchr(path, '/') = '\0'; /* the folder it is in */
                r = fetch_backend_load(&network->fetch_backend, path);
        }
        if (r < 0)
                return log_error_errno(r, "Failed to load what fetches documents");
        return 0;
}

static int load_backend(Network *network) {
        char path[PROGRAM_PATH_SIZE];
        int r;

        if (network->backend)
                return 0;

        r = program_path(CHANNEL_MODULE_NAME, "io/tunnel", path);
        if (r >= 0) {
                *strrchr(path, '/') = '\0'; /* the folder it is in */
                r = channel_backend_load(&network->backend, path);
        }
        if (r < 0)
                return log_error_errno(r, "Failed to load the tunnel channel");
        return 0;
}

static void connect_ahead(Network *network, size_t i) {
        int r;

        r = network->backend->prepare(&network->prepared[i], network->event,
                                      network->ahead.words[i], &network->options);
        if (r < 0)
                log_error_errno(r, "Failed to connect to %s ahead of time",
                                network->ahead.words[i]);
}

static int on_idle(sd_event_source *source, void *userdata) {
        Network *network = userdata;

        /* What fails here is tried again, and told, when it is needed. */
        if (load_backend(network) < 0)
                return 0;
        for (size_t i = 0; i < network->ahead.n; i++)
                connect_ahead(network, i);
        return 0;
}

/* What is empty stays NULL. */
static int copy_text(char **ret, const char *text) {
        if (text[0] == '\0')
                return 0;

        *ret = strdup(text);
        return *ret ? 0 : -ENOMEM;
}

static int copy_texts(Network *network, const NetworkSettings *settings) {
        int r;

        r = copy_text(&network->ca_file, settings->ca_file);
        if (r >= 0)
                r = copy_text(&network->extra_ca_file, settings->extra_ca_file);
        if (r >= 0)
                r = copy_text(&network->proxy, settings->proxy);
        if (r >= 0)
                r = copy_text(&network->no_proxy, settings->no_proxy);
        return r;
}

static int copy_settings(Network *network, const NetworkSettings *settings) {
        int r;

        r = words_split(settings->connect_ahead, &network->ahead);
        if (r >= 0)
                r = words_split(settings->resolve, &network->resolve);
        if (r >= 0)
                r = copy_texts(network, settings);
        if (r < 0)
                return r;

        network->prepared = calloc(network->ahead.n + 1, sizeof(ChannelPrepared *));
        if (!network->prepared)
                return -ENOMEM;

        network->options = (NetworkOptions){
                .resolve = network->resolve.words,
                .ca_file = network->ca_file,
                .extra_ca_file = network->extra_ca_file,
                .proxy = network->proxy,
                .no_proxy = network->no_proxy,
                .is_tunnel_allowed = settings->is_tunnel_allowed,
                .userdata = settings->userdata,
        };
        return 0;
}

int network_new(Network **ret, sd_event *event, const NetworkSettings *settings) {
        _cleanup_(network_freep) Network *network = NULL;
        int r;

        network = calloc(1, sizeof(*network));
        if (!network)
                return -ENOMEM;
        network->event = sd_event_ref(event);

        r = copy_settings(network, settings);
        if (r < 0)
                return r;

        r = sd_event_add_defer(event, &network->idle, on_idle, network);
        if (r < 0)
                return r;
        r = sd_event_source_set_priority(network->idle, SD_EVENT_PRIORITY_IDLE);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(network);
        return 0;
}

Network *network_free(Network *network) {
        if (!network)
                return NULL;

        network_fetch_end(network);
        sd_event_source_disable_unref(network->idle);
        for (size_t i = 0; i < network->ahead.n && network->prepared; i++)
                if (network->prepared[i])
                        network->backend->prepared_free(network->prepared[i]);
        free(network->prepared);
        words_done(&network->ahead);
        words_done(&network->resolve);
        sd_event_unref(network->event);
        free(network->ca_file);
        free(network->extra_ca_file);
        secret_free(network->proxy, network->proxy ? strlen(network->proxy) : 0);
        free(network->no_proxy);
        free(network);
        return NULL;
}

static ChannelPrepared *take_prepared(Network *network, const char *host) {
        for (size_t i = 0; i < network->ahead.n; i++)
                if (strcmp(network->ahead.words[i], host) == 0)
                        return TAKE_PTR(network->prepared[i]);
        return NULL;
}

int network_open_channel(Network *network, Channel **ret, const HybridConnect *connect,
                         const ChannelEvents *events, void *userdata) {
        ChannelOptions options = {
                .url = connect->url,
                .client_payload = connect->client_payload,
                .network = &network->options,
                .events = events,
                .userdata = userdata,
        };
        int r;

        r = load_backend(network);
        if (r < 0)
                return r;

        options.prepared = take_prepared(network, connect->host);
        return network->backend->open(ret, network->event, &options);
}

int network_fetch(Network *network, const char *url, fetch_done_t done, void *userdata) {
        int r;

        if (network->fetch)
                return -EBUSY;
        r = load_fetch_backend(network);
        if (r < 0)
                return r;
        return network->fetch_backend->start(&network->fetch, network->event, url,
                                             &network->options, done, userdata);
}

void network_fetch_end(Network *network) {
        if (network->fetch)
                network->fetch = network->fetch_backend->free(network->fetch);
}

const char *network_channel_name(const Network *network) {
        return network->backend ? network->backend->name : "";
}
