/* SPDX-License-Identifier: MIT */

#include <assert.h>
#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "connection.h"

static void relay_end(Relay *relay, Tunnel *tunnel, unsigned code) {
        report_tunnel_closed(relay->report, tunnel, code, (uint64_t)lws_now_usecs());

        for (TunnelSide side = 0; side < _TUNNEL_SIDE_MAX; side++) {
                Connection *c = tunnel->ends[side];

                if (!c)
                        continue;
                c->tunnel = NULL;
                connection_close(c, code);
        }

        tunnel_close(&relay->tunnels, tunnel);
}

void relay_end_tunnel(Connection *connection, unsigned code) {
        if (connection->tunnel)
                relay_end(connection->relay, connection->tunnel, code);
}

void relay_init(Relay *relay, const TunnelLimits *limits, const FaultSet *faults,
                const Report *report) {
        *relay = (Relay){
                .faults = faults,
                .report = report,
                .budget = { .n_max = limits->memory_size },
        };
        TAILQ_INIT(&relay->connections);
        TAILQ_INIT(&relay->changed);
        tunnel_table_init(&relay->tunnels, limits);
}

void relay_done(Relay *relay) {
        assert(relay_is_empty(relay));
        tunnel_table_done(&relay->tunnels);
        contact_table_done(&relay->contacts);
        assert(relay->budget.n == 0);
}

void relay_shut_down(Relay *relay) {
        Connection *c;

        relay->tunnels.limits.n_tunnels = 0;
        TAILQ_FOREACH(c, &relay->connections, list) {
                relay_end_tunnel(c, LWS_CLOSE_STATUS_GOINGAWAY);
                connection_close(c, LWS_CLOSE_STATUS_GOINGAWAY);
        }
}

void relay_update_flow(Relay *relay) {
        Connection *c;

        while ((c = TAILQ_FIRST(&relay->changed)))
                connection_update_flow(c);
}

bool relay_is_empty(const Relay *relay) {
        return TAILQ_EMPTY(&relay->connections);
}

static void relay_arm_expiry(Relay *relay);

static void on_expiry(lws_sorted_usec_list_t *timer) {
        Relay *relay = lws_container_of(timer, Relay, expiry);
        Tunnel *tunnel;

        while ((tunnel = tunnel_table_expired(&relay->tunnels, (uint64_t)lws_now_usecs())))
                relay_end(relay, tunnel, LWS_CLOSE_STATUS_GOINGAWAY);

        relay_arm_expiry(relay);
}

/* One timer for all tunnels: the library keeps its timers in one list, and searches it. */
static void relay_arm_expiry(Relay *relay) {
        uint64_t deadline = tunnel_table_deadline(&relay->tunnels);
        uint64_t now = (uint64_t)lws_now_usecs();

        if (deadline == UINT64_MAX)
                lws_sul_cancel(&relay->expiry);
        else
                lws_sul_schedule(relay->lws, 0, &relay->expiry, on_expiry,
                                 (lws_usec_t)(deadline > now ? deadline - now : 1));
}

int relay_open_tunnel(Connection *connection, const uint8_t id[static TUNNEL_ID_SIZE]) {
        Relay *relay = connection->relay;
        uint8_t routing_id[TUNNEL_ROUTING_ID_SIZE];
        int r;

        if (RAND_bytes(routing_id, sizeof(routing_id)) != 1)
                return -EIO;

        r = tunnel_open(&relay->tunnels, id, routing_id, connection, (uint64_t)lws_now_usecs(),
                        &connection->tunnel);
        if (r != 0)
                return r;

        relay_arm_expiry(relay);
        report_tunnel_new(relay->report, connection->tunnel, relay->tunnels.n_tunnels);
        return 0;
}

int relay_join_tunnel(Connection *connection,
                      const uint8_t routing_id[static TUNNEL_ROUTING_ID_SIZE],
                      const uint8_t id[static TUNNEL_ID_SIZE]) {
        Relay *relay = connection->relay;
        int r;

        r = tunnel_join(&relay->tunnels, routing_id, id, connection, (uint64_t)lws_now_usecs(),
                        &connection->tunnel);
        if (r == 0)
                report_tunnel_connect(relay->report, connection->tunnel);
        return r;
}

/* A message of our own making, counted nowhere. */
static int send_own(Connection *connection, const void *data, size_t n) {
        Message *message = NULL;
        int r;

        r = message_append(&message, &connection->relay->budget, data, n);
        return r < 0 ? r : connection_deliver(connection, message);
}

void relay_signal_joined(Connection *connection) {
        static const uint8_t signal[1] = {};
        Connection *opener = connection->tunnel ? connection->tunnel->ends[TUNNEL_PHONE] : NULL;

        if (opener && connection->tunnel->signals && send_own(opener, signal, sizeof(signal)) < 0)
                relay_end_tunnel(connection, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION);
}

/* Three lines: routing id, tunnel id, payload. */
static int wake(Contact *contact, const Tunnel *tunnel, const char *payload) {
        char routing[2 * TUNNEL_ROUTING_ID_SIZE + 1], id[2 * TUNNEL_ID_SIZE + 1], text[512];
        int n;

        if (!contact->waiter)
                return 0; /* it is known, but away */
        hex_encode_upper(tunnel->routing_id, sizeof(tunnel->routing_id), routing);
        hex_encode_upper(tunnel->id, sizeof(tunnel->id), id);
        n = snprintf(text, sizeof(text), "%s\n%s\n%s\n", routing, id, payload);
        if (n < 0 || (size_t)n >= sizeof(text))
                return -EMSGSIZE;
        return send_own(contact->waiter, text, (size_t)n);
}

int relay_contact(Connection *connection, const char *contact, const char *payload, bool signals) {
        Contact *found = contact_find(&connection->relay->contacts, contact);
        uint8_t id[TUNNEL_ID_SIZE];
        int r;

        if (!found)
                return TUNNEL_E_UNKNOWN;
        if (RAND_bytes(id, sizeof(id)) != 1)
                return -EIO;
        r = relay_open_tunnel(connection, id);
        if (r != 0)
                return r;

        connection->tunnel->signals = signals;
        return wake(found, connection->tunnel, payload);
}

int relay_wait(Connection *connection, const char *contact) {
        Contact *found = contact_add(&connection->relay->contacts, contact);

        if (!found)
                return TUNNEL_E_FULL;
        if (found->waiter)
                connection_close(found->waiter, LWS_CLOSE_STATUS_GOINGAWAY);
        found->waiter = connection;
        connection->contact = found;
        return 0;
}
