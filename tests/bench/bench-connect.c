/* SPDX-License-Identifier: MIT */

/*
 * Opens a tunnel's websocket and prints how many microseconds that took: once from nothing, once
 * over a connection made ahead. Arguments: HOST=ADDRESS:PORT and the file with the CA.
 */

#include <stdio.h>
#include <time.h>

#include "io/channel.h"

typedef struct Run {
        bool over;
        double up_usec; /* 0: it did not come up */
} Run;

static double now_usec(void) {
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void on_up(void *userdata, const char *routing_id) {
        Run *run = userdata;

        run->up_usec = now_usec();
        run->over = true;
}

static void on_message(void *userdata, const uint8_t *data, size_t n) {
}

static void on_down(void *userdata, const HybridChannelError *why) {
        Run *run = userdata;

        fprintf(stderr, "bench-connect: %s\n", why->detail);
        run->over = true;
}

static const ChannelEvents events = { on_up, on_message, on_down };

/* Lets the loop run for a while, so that the connection made ahead is up. */
static int settle(sd_event *event, double usec) {
        double end = now_usec() + usec;
        int r = 0;

        while (r >= 0 && now_usec() < end)
                r = sd_event_run(event, 100000);
        return r;
}

static int connect_once(sd_event *event, const char *url, const NetworkOptions *network,
                        ChannelPrepared *prepared) {
        Run run = {};
        ChannelOptions options = {
                .url = url,
                .network = network,
                .prepared = prepared,
                .events = &events,
                .userdata = &run,
        };
        double start = now_usec();
        Channel *channel;
        int r;

        r = channel_tunnel.open(&channel, event, &options);
        if (r < 0)
                return r;
        while (r >= 0 && !run.over)
                r = sd_event_run(event, UINT64_MAX);
        channel_free(channel);
        if (r < 0 || run.up_usec == 0)
                return -1;

        printf("%.0f\n", run.up_usec - start);
        return 0;
}

int main(int argc, char *argv[]) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        char *resolve[] = { argc > 1 ? argv[1] : NULL, NULL };
        const NetworkOptions network = { resolve, argc > 2 ? argv[2] : NULL };
        ChannelPrepared *prepared;

        if (argc != 3 || sd_event_new(&event) < 0)
                return 2;

        if (connect_once(event, "wss://cable.ua5v.com/cable/new/00112233445566778899AABBCCDDEE01",
                         &network, NULL) < 0)
                return 1;
        if (channel_tunnel.prepare(&prepared, event, "cable.ua5v.com", &network) < 0 ||
            settle(event, 2e6) < 0)
                return 1;
        return connect_once(event,
                            "wss://cable.ua5v.com/cable/new/00112233445566778899AABBCCDDEE02",
                            &network, prepared) < 0;
}
