/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>

#include "connection.h"

enum {
        QUEUE_FULL_BYTES = 256 * 1024, /* from here on the sender has to wait */
        ANSWER_SECONDS = 5,            /* for our answer to a close */
        DRAIN_SECONDS = 60,            /* for what is queued when the other end has gone */
};

int connection_new(Connection **ret, Relay *relay, struct lws *wsi, TunnelSide side) {
        Connection *c;

        c = calloc(1, sizeof(Connection));
        if (!c)
                return -ENOMEM;

        c->relay = relay;
        c->wsi = wsi;
        c->side = side;
        message_queue_init(&c->queue);
        TAILQ_INSERT_TAIL(&relay->connections, c, list);

        *ret = c;
        return 0;
}

Connection *connection_free(Connection *connection) {
        if (!connection)
                return NULL;

        connection_on_gone(connection);
        if (connection->changed)
                TAILQ_REMOVE(&connection->relay->changed, connection, changed_list);
        TAILQ_REMOVE(&connection->relay->connections, connection, list);
        free(connection);
        return NULL;
}

void connection_mark_changed(Connection *connection) {
        if (connection->changed)
                return;

        connection->changed = true;
        TAILQ_INSERT_TAIL(&connection->relay->changed, connection, changed_list);
}

void connection_update_flow(Connection *connection) {
        bool unread;

        TAILQ_REMOVE(&connection->relay->changed, connection, changed_list);
        connection->changed = false;
        if (connection->gone)
                return;

        unread = connection->stopped || lws_partial_buffered(connection->wsi);
        if (unread == connection->unread)
                return;

        connection->unread = unread;
        lws_rx_flow_control(connection->wsi, !unread);
}

void connection_close(Connection *c, unsigned code) {
        if (c->gone || c->closing)
                return;

        c->closing = true;
        c->close_code = (uint16_t)code;
        c->incoming = message_free(c->incoming);
        c->stopped = false; /* its answer to the close has to be seen */
        connection_mark_changed(c);
        lws_set_timeout(c->wsi, PENDING_TIMEOUT_CLOSE_SEND, DRAIN_SECONDS);
        lws_callback_on_writable(c->wsi);
}

/* Nobody may fill our memory by sending faster than the other end reads. */
static void connection_stop_if_full(Connection *c, const MessageQueue *queue) {
        if (queue->n_bytes < QUEUE_FULL_BYTES || c->stopped)
                return;

        c->stopped = true;
        connection_mark_changed(c);
}

static void connection_forward(Connection *c, Message *message) {
        Connection *other = c->tunnel->ends[tunnel_other_side(c->side)];
        int r;

        if (!other) {
                message_queue_push(&c->tunnel->waiting, message);
                connection_stop_if_full(c, &c->tunnel->waiting);
                return;
        }

        r = connection_deliver(other, message);
        if (r < 0)
                relay_end_tunnel(c, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION);
        if (c->tunnel) /* a fault may have closed it by now */
                connection_stop_if_full(c, &other->queue);
}

static void connection_on_message(Connection *c) {
        _cleanup_(message_freep) Message *message = TAKE_PTR(c->incoming);

        if (!tunnel_count(&c->relay->tunnels, c->tunnel, c->side, message->n,
                          (uint64_t)lws_now_usecs())) {
                relay_end_tunnel(c, LWS_CLOSE_STATUS_POLICY_VIOLATION);
                return;
        }

        connection_forward(c, TAKE_PTR(message));
}

void connection_on_receive(Connection *connection, const void *data, size_t n) {
        size_t max = connection->relay->tunnels.limits.message_size;
        size_t n_before = connection->incoming ? connection->incoming->n : 0;

        if (connection->gone || connection->closing || !connection->tunnel)
                return;

        if (!lws_frame_is_binary(connection->wsi)) {
                relay_end_tunnel(connection, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE);
                return;
        }

        /* Also what the frame header says is still to come: no need to wait for it. */
        if (n > max - n_before ||
            lws_remaining_packet_payload(connection->wsi) > max - n_before - n) {
                relay_end_tunnel(connection, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE);
                return;
        }

        if (message_append(&connection->incoming, &connection->relay->budget, data, n) < 0) {
                relay_end_tunnel(connection, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION);
                return;
        }

        if (lws_is_final_fragment(connection->wsi))
                connection_on_message(connection);
}

void connection_on_peer_close(Connection *connection, unsigned code) {
        connection->gone = true; /* the library answers by itself */
        lws_set_timeout(connection->wsi, PENDING_TIMEOUT_CLOSE_SEND, ANSWER_SECONDS);
        relay_end_tunnel(connection, code);
}

void connection_on_gone(Connection *connection) {
        connection->gone = true;
        if (connection->contact && connection->contact->waiter == connection)
                connection->contact->waiter = NULL;
        relay_end_tunnel(connection, LWS_CLOSE_STATUS_GOINGAWAY);

        connection->incoming = message_free(connection->incoming);
        message_queue_clear(&connection->queue);
        connection_forget_stuck(connection);
        fault_state_done(&connection->fault);
}
