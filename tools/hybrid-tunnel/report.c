/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "report.h"

/* False if a line would have to wait until somebody has read earlier ones, and all tunnels too. */
static bool line_has_room(void) {
        struct pollfd stream = { .fd = STDOUT_FILENO, .events = POLLOUT };

        return poll(&stream, 1, 0) != 0;
}

/* One whole line, at once: whoever reads it may be waiting for it. */
static _printf_(2, 3) void print_event(const Report *report, const char *format, ...) {
        va_list ap;

        if (report->quiet || !line_has_room())
                return;

        va_start(ap, format);
        vprintf(format, ap);
        va_end(ap);
        fflush(stdout);
}

int report_listening(const Report *report, const char *address, unsigned port) {
        const char *open = strchr(address, ':') ? "[" : "";
        const char *close = strchr(address, ':') ? "]" : "";

        if (report->json)
                printf("{\"event\":\"listening\",\"address\":\"%s\",\"port\":%u}\n", address, port);
        else
                printf("listening %s%s%s:%u\n", open, address, close, port);

        fflush(stdout);
        return ferror(stdout) ? -EPIPE : 0;
}

void report_tunnel_new(const Report *report, const Tunnel *tunnel, size_t n_tunnels) {
        if (report->json)
                print_event(report,
                            "{\"event\":\"tunnel-new\",\"tunnel\":%" PRIu64 ",\"open\":%zu}\n",
                            tunnel->serial, n_tunnels);
        else
                print_event(report, "tunnel %" PRIu64 ": a phone is waiting, %zu open\n",
                            tunnel->serial, n_tunnels);
}

void report_tunnel_connect(const Report *report, const Tunnel *tunnel) {
        if (report->json)
                print_event(report, "{\"event\":\"tunnel-connect\",\"tunnel\":%" PRIu64 "}\n",
                            tunnel->serial);
        else
                print_event(report, "tunnel %" PRIu64 ": a client has joined\n", tunnel->serial);
}

static void print_closed_json(const Report *report, const Tunnel *tunnel, unsigned code,
                              double seconds) {
        const TunnelTraffic *phone = &tunnel->from[TUNNEL_PHONE];
        const TunnelTraffic *client = &tunnel->from[TUNNEL_CLIENT];

        print_event(report,
                    "{\"event\":\"tunnel-closed\",\"tunnel\":%" PRIu64
                    ",\"code\":%u,\"seconds\":%.3f,"
                    "\"messages-from-phone\":%" PRIu64 ",\"bytes-from-phone\":%" PRIu64
                    ",\"messages-from-client\":%" PRIu64 ",\"bytes-from-client\":%" PRIu64 "}\n",
                    tunnel->serial, code, seconds, phone->n_messages, phone->n_bytes,
                    client->n_messages, client->n_bytes);
}

static void print_closed_text(const Report *report, const Tunnel *tunnel, unsigned code,
                              double seconds) {
        const TunnelTraffic *phone = &tunnel->from[TUNNEL_PHONE];
        const TunnelTraffic *client = &tunnel->from[TUNNEL_CLIENT];

        print_event(report,
                    "tunnel %" PRIu64 ": closed with code %u after %.3f s, messages (bytes) from "
                    "the phone: %" PRIu64 " (%" PRIu64 "), from the client: %" PRIu64 " (%" PRIu64
                    ")\n",
                    tunnel->serial, code, seconds, phone->n_messages, phone->n_bytes,
                    client->n_messages, client->n_bytes);
}

void report_tunnel_closed(const Report *report, const Tunnel *tunnel, unsigned code,
                          uint64_t now_usec) {
        double seconds = (double)(now_usec - tunnel->opened_usec) / 1e6;

        if (report->json)
                print_closed_json(report, tunnel, code, seconds);
        else
                print_closed_text(report, tunnel, code, seconds);
}

void report_refused(const Report *report, unsigned status) {
        if (report->json)
                print_event(report, "{\"event\":\"refused\",\"status\":%u}\n", status);
        else
                print_event(report, "a request was refused with status %u\n", status);
}
