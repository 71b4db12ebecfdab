/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/secret.h"
#include "io/tunnel/address.h"
#include "io/tunnel/channel-error.h"
#include "io/tunnel/dial.h"
#include "io/tunnel/proxy-connect.h"
#include "io/tunnel/proxy.h"
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

        bool to_proxy; /* until the proxy has made the connection to the host */
        Proxy proxy;
        char *host;
        uint16_t port;

        const char *step; /* what is waited for, in words */
        Resolve *resolve;
        Race *race;
        ProxyConnect *proxy_connect;
        TlsStream *stream;
        sd_event_source *stream_source;

        HybridChannelError error; /* known before anything was begun */
        sd_event_source *soon;
};

/* The last thing a dial does: the callee may free it. */
static void dial_finish(Dial *dial, const HybridChannelError *error) {
        TlsStream *stream = error ? NULL : TAKE_PTR(dial->stream);

        dial->resolve = resolve_free(dial->resolve);
        dial->race = race_free(dial->race);
        dial->proxy_connect = proxy_connect_free(dial->proxy_connect);
        proxy_done(&dial->proxy);
        dial->stream_source = sd_event_source_disable_unref(dial->stream_source);
        dial->deadline = sd_event_source_disable_unref(dial->deadline);

        dial->done(dial->userdata, stream, error);
}

static void dial_unreachable(Dial *dial, const char *why) {
        char name[PROXY_NAME_SIZE];
        HybridChannelError error;

        channel_error_set(&error, HYBRID_CHANNEL_UNREACHABLE, "%s", why);
        if (dial->to_proxy) {
                proxy_name(&dial->proxy, name);
                channel_error_set(&error, HYBRID_CHANNEL_PROXY, "proxy %s: %s", name, why);
        }
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

static void dial_connected(Dial *dial, int fd) {
        int r = dial_start_tls(dial, fd);

        if (r < 0)
                dial_unreachable(dial, strerrordesc_np(-r));
        else
                dial_shake_hands(dial);
}

static void on_proxy_connected(void *userdata, int fd, const HybridChannelError *error) {
        Dial *dial = userdata;

        if (fd < 0) {
                dial_finish(dial, error);
                return;
        }

        dial->proxy_connect = proxy_connect_free(dial->proxy_connect);
        dial->to_proxy = false;
        proxy_done(&dial->proxy);
        dial_connected(dial, fd);
}

static void dial_ask_proxy(Dial *dial, int fd) {
        int r;

        dial->step = "no answer to CONNECT";
        r = proxy_connect_new(&dial->proxy_connect, dial->event, fd, &dial->proxy, dial->host,
                              dial->port, on_proxy_connected, dial);
        if (r < 0)
                dial_unreachable(dial, strerrordesc_np(-r));
}

static void on_raced(void *userdata, int fd, const char *error) {
        Dial *dial = userdata;

        if (fd < 0)
                dial_unreachable(dial, error);
        else if (dial->to_proxy)
                dial_ask_proxy(dial, fd);
        else
                dial_connected(dial, fd);
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
        AddressList allowed;
        int r;

        if (!addresses) {
                dial_unreachable(dial, error);
                return;
        }

        allowed = *addresses;
        if (!dial->to_proxy)
                address_list_keep_public(&allowed);
        if (allowed.n == 0) {
                dial_refuse_address(dial, &addresses->items[0]);
                return;
        }

        address_list_interleave(&allowed);
        r = dial_start_race(dial, &allowed);
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

static int on_soon(sd_event_source *source, void *userdata) {
        Dial *dial = userdata;
        HybridChannelError error = dial->error; /* a copy: the callee may free the dial */

        dial_finish(dial, &error);
        return 0;
}

/* For what is wrong with the settings: told from the loop, as all that goes wrong later. */
static int dial_fail_soon(Dial *dial, HybridChannelFault fault, const char *what,
                          const char *problem) {
        if (dial->soon)
                return 0;

        dial->resolve = resolve_free(dial->resolve);
        dial->race = race_free(dial->race);
        channel_error_set(&dial->error, fault, "%s: %s", what, problem);
        return sd_event_add_defer(dial->event, &dial->soon, on_soon, dial);
}

/* A proxy is often given by its address. */
static int dial_start_proxy(Dial *dial, const NetworkOptions *network) {
        AddressList addresses = { .n = 1 };
        char name[PROXY_NAME_SIZE];

        dial->to_proxy = true;
        proxy_name(&dial->proxy, name);
        if (address_parse(name, &addresses.items[0]) == 0)
                return dial_start_race(dial, &addresses);

        return dial_start(dial, dial->proxy.host, dial->proxy.port, network);
}

/* Finds out who is to be connected to, and starts. */
static int dial_choose(Dial *dial, const NetworkOptions *network) {
        const char *problem;

        if (!network->proxy || proxy_is_bypassed(network->no_proxy, dial->host, dial->port))
                return dial_start(dial, dial->host, dial->port, network);

        problem = proxy_parse(network->proxy, &dial->proxy);
        if (problem)
                return dial_fail_soon(dial, HYBRID_CHANNEL_PROXY, "the proxy's URL", problem);

        return dial_start_proxy(dial, network);
}

/* While the name is being resolved there is time for this. */
static int dial_make_stream(Dial *dial, const NetworkOptions *network) {
        int r;

        r = tls_stream_new(&dial->stream, dial->host, network->ca_file, network->extra_ca_file);
        if (r == -ENOKEY)
                return dial_fail_soon(dial, HYBRID_CHANNEL_TLS, network->extra_ca_file,
                                      "no certificates that can be read");
        return r;
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
        dial->port = port;
        dial->host = strdup(host);
        if (!dial->host)
                return -ENOMEM;

        r = dial_choose(dial, network);
        if (r < 0)
                return r;
        r = dial_make_stream(dial, network);
        if (r < 0)
                return r;
        r = sd_event_add_time_relative(event, &dial->deadline, CLOCK_BOOTTIME, DIAL_TIMEOUT_USEC,
                                       ACCURACY_USEC, on_deadline, dial);
        if (r < 0)
                return r;
        /* When a machine wakes, the ceremony's own time may be over as well: this one says more. */
        r = sd_event_source_set_priority(dial->deadline, SD_EVENT_PRIORITY_NORMAL - 1);
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
        proxy_connect_free(dial->proxy_connect);
        sd_event_source_disable_unref(dial->stream_source);
        tls_stream_free(dial->stream);
        sd_event_source_disable_unref(dial->deadline);
        sd_event_source_disable_unref(dial->soon);
        sd_event_unref(dial->event);

        free(dial->host);
        return secret_free(dial, sizeof(*dial));
}
