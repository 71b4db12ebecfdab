/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "io/tunnel/address.h"
#include "io/tunnel/channel-error.h"
#include "io/tunnel/dial.h"
#include "io/tunnel/race.h"
#include "io/tunnel/resolve.h"

enum {
        ACCURACY_USEC = 10 * 1000,
};

struct Dial {
        sd_event *event;
        dial_done_t done;
        void *userdata;
        sd_event_source *deadline;

        const char *step; /* what is waited for, in words */
        Resolve *resolve;
        Race *race;
        TlsStream *stream;
        sd_event_source *stream_source;
};

/* The last thing a dial does: the callee may free it. */
static void dial_finish(Dial *dial, const HybridChannelError *error) {
        TlsStream *stream = error ? NULL : TAKE_PTR(dial->stream);

        dial->resolve = resolve_free(dial->resolve);
        dial->race = race_free(dial->race);
        dial->stream_source = sd_event_source_disable_unref(dial->stream_source);
        dial->deadline = sd_event_source_disable_unref(dial->deadline);

        dial->done(dial->userdata, stream, error);
}

static void dial_unreachable(Dial *dial, const char *why) {
        HybridChannelError error;

        channel_error_set(&error, HYBRID_CHANNEL_UNREACHABLE, "%s", why);
        dial_finish(dial, &error);
}

static void dial_shake_hands(Dial *dial) {
        HybridChannelError error;
        int r;

        r = tls_stream_handshake(dial->stream, &error);
        if (r == 0)
                dial_finish(dial, NULL);
        else if (r == -EAGAIN)
                (void)sd_event_source_set_io_events(dial->stream_source,
                                                    tls_stream_wants(dial->stream, true, false));
        else
                dial_finish(dial, &error);
}

static int on_stream(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        dial_shake_hands(userdata);
        return 0;
}

static int dial_start_tls(Dial *dial, int fd) {
        int r;

        dial->step = "no answer in the TLS handshake";
        r = tls_stream_attach(dial->stream, fd);
        if (r < 0) {
                close(fd);
                return r;
        }

        return sd_event_add_io(dial->event, &dial->stream_source, fd, EPOLLIN, on_stream, dial);
}

static void on_raced(void *userdata, int fd, const char *error) {
        Dial *dial = userdata;
        int r;

        if (fd < 0) {
                dial_unreachable(dial, error);
                return;
        }

        r = dial_start_tls(dial, fd);
        if (r < 0)
                dial_unreachable(dial, strerrordesc_np(-r));
        else
                dial_shake_hands(dial);
}

static int dial_start_race(Dial *dial, const AddressList *addresses) {
        dial->step = "no answer to the connection request";
        return race_new(&dial->race, dial->event, addresses, on_raced, dial);
}

static void dial_refuse_address(Dial *dial, const Address *address) {
        char text[ADDRESS_TEXT_SIZE];
        HybridChannelError error;

        address_format(address, text);
        channel_error_set(&error, HYBRID_CHANNEL_UNREACHABLE,
                          "the name leads to %s, which is not a public address", text);
        dial_finish(dial, &error);
}

static void on_resolved(void *userdata, const AddressList *addresses, const char *error) {
        Dial *dial = userdata;
        AddressList public;
        int r;

        if (!addresses) {
                dial_unreachable(dial, error);
                return;
        }

        public = *addresses;
        address_list_keep_public(&public);
        if (public.n == 0) {
                dial_refuse_address(dial, &addresses->items[0]);
                return;
        }

        address_list_interleave(&public);
        r = dial_start_race(dial, &public);
        if (r < 0)
                dial_unreachable(dial, strerrordesc_np(-r));
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        Dial *dial = userdata;

        dial_unreachable(dial, dial->step);
        return 0;
}

/* What an administrator has decreed is used as it is, in the order it is written. */
static int dial_start(Dial *dial, const char *host, uint16_t port, const NetworkOptions *network) {
        AddressList addresses;
        int r;

        r = address_list_override(&addresses, network->resolve, host);
        if (r == 0)
                return dial_start_race(dial, &addresses);
        if (r != -ENOENT)
                return r;

        dial->step = "no answer from the name service";
        return resolve_new(&dial->resolve, dial->event, host, port, on_resolved, dial);
}

int dial_new(Dial **ret, sd_event *event, const char *host, uint16_t port,
             const NetworkOptions *network, dial_done_t done, void *userdata) {
        _cleanup_(dial_freep) Dial *dial = calloc(1, sizeof(Dial));
        int r;

        if (!dial)
                return -ENOMEM;
        dial->event = sd_event_ref(event);
        dial->done = done;
        dial->userdata = userdata;

        r = dial_start(dial, host, port, network);
        if (r < 0)
                return r;
        /* While the name is being resolved there is time for this. */
        r = tls_stream_new(&dial->stream, host, network->ca_file);
        if (r < 0)
                return r;
        r = sd_event_add_time_relative(event, &dial->deadline, CLOCK_BOOTTIME, DIAL_TIMEOUT_USEC,
                                       ACCURACY_USEC, on_deadline, dial);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(dial);
        return 0;
}

Dial *dial_free(Dial *dial) {
        if (!dial)
                return NULL;

        resolve_free(dial->resolve);
        race_free(dial->race);
        sd_event_source_disable_unref(dial->stream_source);
        tls_stream_free(dial->stream);
        sd_event_source_disable_unref(dial->deadline);
        sd_event_unref(dial->event);

        free(dial);
        return NULL;
}
