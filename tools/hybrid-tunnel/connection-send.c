/* SPDX-License-Identifier: MIT */

/* The sending half of connection.h. */

#include <assert.h>
#include <sys/socket.h>

#include "connection.h"

static_assert((int)MESSAGE_HEADROOM >= (int)LWS_PRE, "the library writes in front of the data");

enum {
        QUEUE_ROOM_BYTES = 64 * 1024, /* from here down the other end may go on sending */
};

static void on_throttle_empty(void *userdata) {
        Connection *c = userdata;

        if (!c->gone)
                lws_callback_on_writable(c->wsi);
}

int connection_throttle(Connection *connection, uint64_t bytes_per_second) {
        return throttle_install(&connection->throttle, connection->relay->lws,
                                lws_get_ssl(connection->wsi), bytes_per_second, on_throttle_empty,
                                connection);
}

static bool connection_is_throttled(const Connection *c) {
        return c->throttle && throttle_pending(c->throttle) > 0;
}

/* Writes the header of an unfragmented binary frame in front of the data; returns its size. */
static size_t frame_header_prepend(uint8_t *data, size_t n) {
        size_t n_length = n < 126 ? 0 : n < 65536 ? 2 : 8;
        uint8_t *header = data - 2 - n_length;

        header[0] = 0x82;
        header[1] = n_length == 0 ? (uint8_t)n : n_length == 2 ? 126 : 127;
        for (size_t i = 0; i < n_length; i++)
                header[2 + i] = (uint8_t)(n >> (8 * (n_length - 1 - i)));
        return 2 + n_length;
}

static int connection_send_half(Connection *c, Message *message) {
        size_t n_header = frame_header_prepend(message->data, message->n);

        c->break_kind = BREAK_CUT;
        /* Sent as it is: the library adds nothing to what it takes for HTTP. */
        return lws_write(c->wsi, message->data - n_header, (n_header + message->n) / 2,
                         LWS_WRITE_HTTP);
}

static int connection_send(Connection *c, Message *message) {
        if (message->cut_in_half)
                return connection_send_half(c, message);

        return lws_write(c->wsi, message->data, message->n,
                         message->text ? LWS_WRITE_TEXT : LWS_WRITE_BINARY);
}

/* Faults that strike when so many messages have been sent. */
static void connection_break_if_due(Connection *c) {
        const FaultSet *faults = c->relay->faults;
        const Fault *close;

        if (c->side != TUNNEL_CLIENT)
                return;

        if (fault_find_number(faults, FAULT_CUT_AFTER, c->n_sent))
                c->break_kind = BREAK_CUT;
        if (fault_find_number(faults, FAULT_RESET_AFTER, c->n_sent))
                c->break_kind = BREAK_RESET;

        close = fault_find_number(faults, FAULT_CLOSE_AFTER, c->n_sent);
        if (close) {
                message_queue_clear(&c->queue);
                relay_end_tunnel(c, (unsigned)close->close_code);
        }
}

static void connection_resume_other(Connection *c) {
        Connection *other = c->tunnel ? c->tunnel->ends[tunnel_other_side(c->side)] : NULL;

        if (!other || !other->stopped || c->queue.n_bytes > QUEUE_ROOM_BYTES)
                return;

        other->stopped = false;
        connection_mark_changed(other);
}

void connection_forget_stuck(Connection *connection) {
        connection->relay->budget.n -= connection->n_stuck;
        connection->n_stuck = 0;
}

/*
 * Not all could be written: nothing may be read from here until it is; see relay_update_flow().
 * This is safe to do at once, because messages of this connection are never just being read.
 */
static void connection_stop_if_stuck(Connection *c, size_t n) {
        if (!lws_partial_buffered(c->wsi))
                return;

        /* It may be as much as this, until the library says that it can write again. */
        c->relay->budget.n += n;
        c->n_stuck += n;
        if (c->unread)
                return;

        c->unread = true;
        lws_rx_flow_control(c->wsi, 0);
}

/* Sends the first message of the queue. 0, or -1 if the connection is broken. */
static int connection_send_next(Connection *c) {
        _cleanup_(message_freep) Message *message = message_queue_pop(&c->queue);

        if (connection_send(c, message) < 0)
                return -1;
        connection_stop_if_stuck(c, message->n);

        c->n_sent++;
        connection_break_if_due(c);
        connection_resume_other(c);
        return 0;
}

/*
 * At once if possible: to be called back means another turn of the event loop, and the library's
 * looks at every connection there is in each.
 */
static void connection_flush(Connection *c) {
        while (!c->gone && c->queue.first && c->break_kind == BREAK_NOT &&
               !connection_is_throttled(c) && !lws_send_pipe_choked(c->wsi))
                if (connection_send_next(c) < 0) {
                        lws_set_timeout(c->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
                        return;
                }

        if (!c->gone && (c->queue.first || c->break_kind != BREAK_NOT))
                lws_callback_on_writable(c->wsi);
}

int connection_deliver(Connection *connection, Message *message) {
        int r = 0;

        if (connection->side == TUNNEL_CLIENT)
                r = fault_deliver(connection->relay->faults, &connection->fault, message,
                                  &connection->queue);
        else
                message_queue_push(&connection->queue, message);

        connection_flush(connection);
        return r;
}

/* What the phone has sent before its client came. */
static void connection_deliver_waiting(Connection *c) {
        Message *message;

        while (c->tunnel && (message = message_queue_pop(&c->tunnel->waiting)))
                if (connection_deliver(c, message) < 0)
                        relay_end_tunnel(c, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION);

        connection_resume_other(c);
}

void connection_on_established(Connection *connection) {
        uint64_t lifetime_usec = connection->relay->tunnels.limits.lifetime_usec;

        if (connection->side == TUNNEL_PHONE)
                return;

        /* A tunnel bounds the life of its ends; a client who is met with silence has none. */
        if (!connection->tunnel)
                lws_set_timeout(connection->wsi, PENDING_TIMEOUT_USER_OK,
                                (int)(lifetime_usec / LWS_USEC_PER_SEC));

        relay_signal_joined(connection);
        connection_break_if_due(connection);
        connection_deliver_waiting(connection);
        lws_callback_on_writable(connection->wsi);
}

/* Ends the TCP connection without a close frame and without TLS' close_notify. */
static int connection_break(Connection *c) {
        int fd = lws_get_socket_fd(c->wsi);

        SSL_set_quiet_shutdown(lws_get_ssl(c->wsi), 1);
        if (c->break_kind == BREAK_RESET)
                (void)connect(fd, &(struct sockaddr){ .sa_family = AF_UNSPEC },
                              sizeof(struct sockaddr));
        else
                (void)shutdown(fd, SHUT_RDWR);
        return -1;
}

static int connection_ping(Connection *c) {
        uint8_t buffer[LWS_PRE + 4] = {};

        lws_callback_on_writable(c->wsi);
        return lws_write(c->wsi, buffer + LWS_PRE, 4, LWS_WRITE_PING) < 0 ? -1 : 0;
}

/* The queue is empty. */
static int connection_on_idle(Connection *c) {
        if (c->closing) {
                lws_close_reason(c->wsi, c->close_code, NULL, 0);
                return -1;
        }
        if (c->side == TUNNEL_CLIENT && fault_find(c->relay->faults, FAULT_PING_FLOOD))
                return connection_ping(c);

        return 0;
}

int connection_on_writable(Connection *connection) {
        connection_forget_stuck(connection);
        if (connection->unread)
                connection_mark_changed(connection);
        if (connection->gone || connection_is_throttled(connection))
                return 0; /* the throttle tells when it is empty */
        if (connection->break_kind != BREAK_NOT)
                return connection_break(connection);
        if (!connection->queue.first)
                return connection_on_idle(connection);

        if (connection_send_next(connection) < 0)
                return -1;

        /* Once more, for the rest, or for what there is to do when all has been sent. */
        lws_callback_on_writable(connection->wsi);
        return 0;
}
