/* SPDX-License-Identifier: MIT */

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "probe.h"

enum {
        PATIENCE_USEC = 20 * 1000 * 1000,
};

static unsigned count_entries(const char *path) {
        DIR *folder = opendir(path);
        const struct dirent *entry;
        unsigned n = 0;

        ck_assert_ptr_nonnull(folder);
        while ((entry = readdir(folder)))
                if (entry->d_name[0] != '.')
                        n++;
        closedir(folder);
        return n;
}

unsigned count_fds(void) {
        return count_entries("/proc/self/fd") - 1; /* without the one for the folder */
}

unsigned count_threads(void) {
        return count_entries("/proc/self/task");
}

uint64_t now_usec(void) {
        struct timespec now;

        clock_gettime(CLOCK_BOOTTIME, &now);
        return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int on_clock(sd_event_source *source, uint64_t usec, void *userdata) {
        return 0;
}

void probe_init(Probe *probe, const char *ca_file) {
        *probe = (Probe){ .backend = &channel_tunnel };
        probe->network.resolve = probe->resolve;
        probe->network.ca_file = ca_file;

        ck_assert_int_ge(sd_event_new(&probe->event), 0);
        ck_assert_int_ge(sd_event_add_time_relative(probe->event, &probe->clock, CLOCK_BOOTTIME,
                                                    3600 * 1000000ULL, 0, on_clock, NULL),
                         0);
        ck_assert_int_ge(sd_event_run(probe->event, 0), 0);
        probe->n_fds = count_fds();
        probe->n_threads = count_threads();
}

void probe_done(Probe *probe) {
        probe_free(probe);
        probe_expect_nothing_left(probe);
        sd_event_source_unref(probe->clock);
        sd_event_unref(probe->event);
        for (unsigned i = 0; i < probe->n_resolve; i++)
                free(probe->resolve[i]);
}

void probe_resolve_text(Probe *probe, const char *name, const char *address) {
        ck_assert_uint_lt(probe->n_resolve, PROBE_NETWORK_MAX);
        ck_assert_int_gt(asprintf(&probe->resolve[probe->n_resolve++], "%s=%s", name, address), 0);
}

void probe_resolve(Probe *probe, const char *name, uint16_t port) {
        char address[32];

        snprintf(address, sizeof(address), "127.0.0.1:%u", port);
        probe_resolve_text(probe, name, address);
}

static void on_up(void *userdata, const char *routing_id) {
        Probe *probe = userdata;

        ck_assert(!probe->in_call);
        ck_assert_uint_eq(probe->n_up, 0);
        ck_assert_uint_eq(probe->n_down, 0);
        probe->n_up++;
        snprintf(probe->routing_id, sizeof(probe->routing_id), "%s", routing_id ? routing_id : "");
        if (probe->on_up)
                probe->on_up(probe);
}

static void on_message(void *userdata, const uint8_t *data, size_t n) {
        Probe *probe = userdata;

        ck_assert(!probe->in_call);
        ck_assert_uint_eq(probe->n_up, 1);
        ck_assert_uint_eq(probe->n_down, 0);
        ck_assert_uint_le(n, sizeof(probe->message));
        memcpy(probe->message, data, n);
        probe->n_message = n;
        probe->n_messages++;
        if (probe->on_message)
                probe->on_message(probe);
}

static void on_down(void *userdata, const HybridChannelError *why) {
        Probe *probe = userdata;

        ck_assert(!probe->in_call);
        ck_assert_uint_eq(probe->n_down, 0);
        probe->n_down++;
        probe->error = *why;
        probe->down_usec = now_usec();
        if (probe->on_down)
                probe->on_down(probe);
}

static const ChannelEvents events = { .up = on_up, .message = on_message, .down = on_down };

void probe_open(Probe *probe, const char *url, ChannelPrepared *prepared) {
        const ChannelOptions options = {
                .url = url,
                .client_payload = probe->client_payload,
                .network = &probe->network,
                .prepared = prepared,
                .events = &events,
                .userdata = probe,
        };
        int r;

        probe->in_call = true;
        r = probe->backend->open(&probe->channel, probe->event, &options);
        probe->in_call = false;
        ck_assert_int_eq(r, 0);
}

void probe_send(Probe *probe, const void *data, size_t n) {
        bool in_call = probe->in_call;

        probe->in_call = true;
        ck_assert_int_eq(channel_send(probe->channel, data, n), 0);
        probe->in_call = in_call;
}

void probe_close(Probe *probe) {
        probe->in_call = true;
        channel_close(probe->channel);
        probe->in_call = false;
}

void probe_free(Probe *probe) {
        probe->in_call = true;
        probe->channel = channel_free(probe->channel);
        probe->in_call = false;
}

void probe_run(Probe *probe, uint64_t usec) {
        unsigned never = 0;

        probe_run_until(probe, &never, 1, usec);
}

bool probe_run_until(Probe *probe, const unsigned *counter, unsigned value, uint64_t usec) {
        uint64_t end = now_usec() + usec;

        while (*counter < value) {
                uint64_t now = now_usec();

                if (now >= end)
                        return false;
                ck_assert_int_ge(sd_event_run(probe->event, end - now), 0);
        }

        return true;
}

void probe_expect_down(Probe *probe, HybridChannelFault fault, int http_status,
                       const char *detail_part) {
        ck_assert_msg(probe_run_until(probe, &probe->n_down, 1, PATIENCE_USEC), "never down");
        ck_assert_msg((int)probe->error.fault == (int)fault, "fault %d, not %d: %s",
                      (int)probe->error.fault, (int)fault, probe->error.detail);
        ck_assert_msg(probe->error.http_status == http_status, "status %d, not %d: %s",
                      probe->error.http_status, http_status, probe->error.detail);
        ck_assert_msg(strstr(probe->error.detail, detail_part), "detail \"%s\" without \"%s\"",
                      probe->error.detail, detail_part);

        /* It costs nothing any more, and nothing follows. */
        probe_expect_nothing_left(probe);
        probe_run(probe, 20 * 1000);
        ck_assert_uint_eq(probe->n_down, 1);
        probe_free(probe);
        probe_expect_nothing_left(probe);
}

void probe_expect_nothing_left(const Probe *probe) {
        ck_assert_uint_eq(count_fds(), probe->n_fds);
        ck_assert_uint_eq(count_threads(), probe->n_threads);
}
