/* SPDX-License-Identifier: MIT */

/* What the process of a ceremony can send to hybridd: each packet has its type's shape, or none. */

#include <sys/socket.h>
#include <unistd.h>

#include "ceremony/link.h"
#include "fuzz.h"

typedef struct Received {
        bool packet, gone;
} Received;

static void on_packet(void *userdata, LinkPacket *packet) {
        ((Received *)userdata)->packet = true;
        check(packet->type < _LINK_TYPE_MAX && packet->n_fields <= LINK_N_FIELDS_MAX);
        for (size_t i = 0; i < packet->n_fields; i++)
                check(packet->fields[i].data[packet->fields[i].n] == '\0');
}

static void on_gone(void *userdata) {
        ((Received *)userdata)->gone = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        static const LinkEvents events = { on_packet, on_gone };
        Received received = {};
        sd_event *event;
        Link *link;
        int fds[2];

        if (n == 0 || n > 65536)
                return 0;
        check(sd_event_new(&event) >= 0);
        check(link_socket_pair(fds) == 0);
        check(link_new(&link, event, fds[0], &events, &received) == 0);
        check(send(fds[1], data, n, 0) == (ssize_t)n);
        check(sd_event_run(event, 0) >= 0);
        check(received.packet != received.gone);

        link_free(link);
        close(fds[1]);
        sd_event_unref(event);
        return 0;
}
