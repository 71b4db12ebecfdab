/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/log.h"
#include "ceremony/network.h"
#include "ceremony/program-path.h"
#include "io/channel-load.h"

enum {
        N_AHEAD_MAX = 4,
        N_RESOLVE_MAX = 16,
};

/* A connection made ahead of time. */
typedef struct Ahead {
        const char *host;
        ChannelPrepared *prepared;
} Ahead;

struct Network {
        sd_event *event;
        sd_event_source *idle;
        const ChannelBackend *backend; /* NULL until it is loaded */

        char *hosts, *resolve, *ca_file; /* owned; the first two are cut into words in place */
        char *resolve_list[N_RESOLVE_MAX + 1];
        Ahead ahead[N_AHEAD_MAX];
        size_t n_ahead;
        NetworkOptions options;
};

static int load_backend(Network *network) {
        char path[PROGRAM_PATH_SIZE];
        int r;

        if (network->backend)
                return 0;

        r = program_path(CHANNEL_MODULE_NAME, "io", path);
        if (r >= 0) {
                *strrchr(path, '/') = '\0'; /* the folder it is in */
                r = channel_backend_load(&network->backend, path);
        }
        if (r < 0)
                return log_error_errno(r, "Failed to load the tunnel channel");
        return 0;
}

static void connect_ahead(Network *network, Ahead *ahead) {
        int r;

        r = network->backend->prepare(&ahead->prepared, network->event, ahead->host,
                                      &network->options);
        if (r < 0)
                log_error_errno(r, "Failed to connect to %s ahead of time", ahead->host);
}

static int on_idle(sd_event_source *source, void *userdata) {
        Network *network = userdata;

        /* What fails here is tried again, and told, when it is needed. */
        if (load_backend(network) < 0)
                return 0;
        for (size_t i = 0; i < network->n_ahead; i++)
                connect_ahead(network, &network->ahead[i]);
        return 0;
}

static void split_hosts(Network *network) {
        char *rest = network->hosts, *host;

        while ((host = strsep(&rest, " ")) && network->n_ahead < N_AHEAD_MAX)
                if (host[0] != '\0')
                        network->ahead[network->n_ahead++].host = host;
}

static void split_resolve(Network *network) {
        char *rest = network->resolve, *entry;
        size_t n = 0;

        while ((entry = strsep(&rest, " ")) && n < N_RESOLVE_MAX)
                if (entry[0] != '\0')
                        network->resolve_list[n++] = entry;
}

static int copy_settings(Network *network, const char *hosts, const char *resolve,
                         const char *ca_file) {
        network->hosts = strdup(hosts);
        network->resolve = strdup(resolve);
        if (ca_file[0] != '\0')
                network->ca_file = strdup(ca_file);
        if (!network->hosts || !network->resolve || (ca_file[0] != '\0' && !network->ca_file))
                return -ENOMEM;

        split_hosts(network);
        split_resolve(network);
        network->options = (NetworkOptions){ network->resolve_list, network->ca_file };
        return 0;
}

int network_new(Network **ret, sd_event *event, const char *connect_ahead_hosts,
                const char *resolve, const char *ca_file) {
        _cleanup_(network_freep) Network *network = NULL;
        int r;

        network = calloc(1, sizeof(*network));
        if (!network)
                return -ENOMEM;
        network->event = sd_event_ref(event);

        r = copy_settings(network, connect_ahead_hosts, resolve, ca_file);
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

        sd_event_source_disable_unref(network->idle);
        for (size_t i = 0; i < network->n_ahead; i++)
                if (network->ahead[i].prepared)
                        network->backend->prepared_free(network->ahead[i].prepared);
        sd_event_unref(network->event);
        free(network->hosts);
        free(network->resolve);
        free(network->ca_file);
        free(network);
        return NULL;
}

static ChannelPrepared *take_prepared(Network *network, const char *host) {
        for (size_t i = 0; i < network->n_ahead; i++)
                if (strcmp(network->ahead[i].host, host) == 0)
                        return TAKE_PTR(network->ahead[i].prepared);
        return NULL;
}

int network_open_channel(Network *network, Channel **ret, const char *url, const char *host,
                         const ChannelEvents *events, void *userdata) {
        ChannelOptions options = {
                .url = url,
                .network = &network->options,
                .events = events,
                .userdata = userdata,
        };
        int r;

        r = load_backend(network);
        if (r < 0)
                return r;

        options.prepared = take_prepared(network, host);
        return network->backend->open(ret, network->event, &options);
}

const char *network_channel_name(const Network *network) {
        return network->backend ? network->backend->name : "";
}
