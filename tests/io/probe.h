/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A tunnel channel under observation: notes its events, checks their order and that none comes from
 * inside a call, and that nothing is left of it in the end.
 */

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "io/channel.h"
#include "pki.h"
#include "server.h"

enum {
        PROBE_NETWORK_MAX = 4,
};

typedef struct Probe Probe;

struct Probe {
        sd_event *event;
        sd_event_source
                *clock; /* keeps the loop's own descriptors open, so that they do not count */
        unsigned n_fds, n_threads; /* before */

        NetworkOptions network;
        char *resolve[PROBE_NETWORK_MAX + 1];
        unsigned n_resolve;

        const ChannelBackend *backend;
        const char *client_payload; /* for what is opened from then on; or NULL */
        Channel *channel;
        bool in_call;

        unsigned n_up, n_down, n_messages;
        char routing_id[64]; /* "" for none */
        HybridChannelError error;
        uint8_t message[HYBRID_MESSAGE_SIZE_MAX]; /* the last one */
        size_t n_message;
        uint64_t down_usec; /* when */

        void (*on_up)(Probe *probe); /* any may be NULL */
        void (*on_message)(Probe *probe);
        void (*on_down)(Probe *probe);
};

/** `ca_file` may be NULL. */
void probe_init(Probe *probe, const char *ca_file);
void probe_done(Probe *probe);

/** A name is at this port of 127.0.0.1, or at any address ("[::1]:8443"). */
void probe_resolve(Probe *probe, const char *name, uint16_t port);
void probe_resolve_text(Probe *probe, const char *name, const char *address);

/** Opens, with a connection made ahead or NULL. Fails the test when that cannot be begun. */
void probe_open(Probe *probe, const char *url, ChannelPrepared *prepared);
void probe_send(Probe *probe, const void *data, size_t n);
void probe_close(Probe *probe);
void probe_free(Probe *probe);

/** Runs the loop for so long, or until a counter has reached a value. False if it has not. */
void probe_run(Probe *probe, uint64_t usec);
bool probe_run_until(Probe *probe, const unsigned *counter, unsigned value, uint64_t usec);

/** Runs until it is down, for this reason; then frees it and looks for leftovers. */
void probe_expect_down(Probe *probe, HybridChannelFault fault, int http_status,
                       const char *detail_part);

/** Fails the test unless everything but the loop is gone. */
void probe_expect_nothing_left(const Probe *probe);

unsigned count_fds(void);
unsigned count_threads(void);
uint64_t now_usec(void);
