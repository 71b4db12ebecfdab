/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/log.h"
#include "ceremony/network.h"
#include "ceremony/program-path.h"
#include "ceremony/words.h"
#include "io/channel-load.h"

struct Network {
        sd_event *event;
        sd_event_source *idle;
        const ChannelBackend *backend; /* NULL until it is loaded */

        Words resolve;
        char *ca_file;
        NetworkOptions options;

        Words ahead;                /* hosts to connect to ahead of time … */
        ChannelPrepared **prepared; /* … and the connections, where there is one */
};

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

static int copy_settings(Network *network, const char *hosts, const char *resolve,
                         const char *ca_file) {
        int r;

        r = words_split(hosts, &network->ahead);
        if (r >= 0)
                r = words_split(resolve, &network->resolve);
        if (r < 0)
                return r;

        network->prepared = calloc(network->ahead.n + 1, sizeof(ChannelPrepared *));
        if (ca_file[0] != '\0')
                network->ca_file = strdup(ca_file);
        if (!network->prepared || (ca_file[0] != '\0' && !network->ca_file))
                return -ENOMEM;

        network->options = (NetworkOptions){ network->resolve.words, network->ca_file };
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
        for (size_t i = 0; i < network->ahead.n && network->prepared; i++)
                if (network->prepared[i])
                        network->backend->prepared_free(network->prepared[i]);
        free(network->prepared);
        words_done(&network->ahead);
        words_done(&network->resolve);
        sd_event_unref(network->event);
        free(network->ca_file);
        free(network);
        return NULL;
}

static ChannelPrepared *take_prepared(Network *network, const char *host) {
        for (size_t i = 0; i < network->ahead.n; i++)
                if (strcmp(network->ahead.words[i], host) == 0)
                        return TAKE_PTR(network->prepared[i]);
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
