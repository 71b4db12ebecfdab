/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "server-internal.h"
#include "upgrade.h"

enum {
        ACCEPT_AT_ONCE = 64,   /* connections taken before others get a turn */
        SHUT_DOWN_SECONDS = 1, /* for the peers to answer our close */
};

/* ----------------------------------------------------------------------------------------------
 * Accepting
 * ------------------------------------------------------------------------------------------- */

/* True if this fault is on, and the connection is not one of the first, which are spared. */
static bool server_fault_applies(const Server *server, FaultKind kind) {
        const Fault *fault = fault_find(&server->options->faults, kind);

        return fault && server->n_accepted > fault->number;
}

static struct lws *server_adopt(Server *server, int fd, int type, Source *source) {
        lws_adopt_desc_t adoption = {
                .vh = server->vhost,
                .type = (lws_adoption_type)type,
                .opaque = source,
        };

        /* A union in which descriptors of sockets and files lie in the same place. */
        adoption.fd.sockfd = fd;
        return lws_adopt_descriptor_vhost_via_info(&adoption);
}

struct lws *server_adopt_source(Server *server, int fd, Source *source) {
        return server_adopt(server, fd, LWS_ADOPT_RAW_FILE_DESC, source);
}

static void server_take_connection(Server *server, int fd) {
        server->n_accepted++;
        if (server->stopping || server->n_connections >= server->n_connections_max) {
                close(fd);
                return;
        }

        if (server_fault_applies(server, FAULT_SILENT_TCP)) {
                (void)server_adopt_source(server, fd, &server->held_source);
                return;
        }

        (void)server_adopt(server, fd, LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP | LWS_ADOPT_ALLOW_SSL,
                           NULL);
}

/* Out of descriptors: a connection that is not taken would wake us again and again. */
static void server_drop_connection(Server *server) {
        if (server->reserve_fd >= 0)
                close(server->reserve_fd);

        server->reserve_fd = listener_accept(&server->listener);
        if (server->reserve_fd >= 0)
                close(server->reserve_fd);

        server->reserve_fd = dup(server->listener.fd);
}

static void server_on_listener(Server *server) {
        for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
                int fd = listener_accept(&server->listener);

                if (fd == -EMFILE || fd == -ENFILE)
                        server_drop_connection(server);
                if (fd < 0)
                        return;
                server_take_connection(server, fd);
        }
}

/* ----------------------------------------------------------------------------------------------
 * The other events
 * ------------------------------------------------------------------------------------------- */

static void on_shut_down_timer(lws_sorted_usec_list_t *timer) {
        Server *server = lws_container_of(timer, Server, shut_down_timer);

        /* The loop is about to wait for the next event: it has to be told. */
        server->stopped = true;
        lws_cancel_service(server->relay.lws);
}

static void server_on_signal(Server *server) {
        struct signalfd_siginfo info;

        if (read(server->signal_fd, &info, sizeof(info)) != sizeof(info))
                return;

        if (server->stopping) { /* asked twice: at once, then */
                server->stopped = true;
                return;
        }

        server->stopping = true;
        relay_shut_down(&server->relay);
        lws_sul_schedule(server->relay.lws, 0, &server->shut_down_timer, on_shut_down_timer,
                         SHUT_DOWN_SECONDS * LWS_USEC_PER_SEC);
}

/* Nobody looks at what comes; only its end is of interest. */
static int held_on_readable(struct lws *wsi) {
        char buffer[4096];
        ssize_t n;

        n = read(lws_get_socket_fd(wsi), buffer, sizeof(buffer));
        return n > 0 || (n < 0 && errno == EAGAIN) ? 0 : -1;
}

static int server_on_source(Server *server, struct lws *wsi) {
        const Source *source = lws_get_opaque_user_data(wsi);

        switch (source->kind) {
        case SOURCE_LISTENER:
                server_on_listener(server);
                return 0;
        case SOURCE_SIGNAL:
                server_on_signal(server);
                return 0;
        case SOURCE_HELD:
                return held_on_readable(wsi);
        }

        return -1;
}

static bool is_source(const Server *server, const void *data) {
        return data == &server->listener_source || data == &server->signal_source ||
               data == &server->held_source;
}

static void server_on_destroy(Server *server, struct lws *wsi) {
        void *data = lws_get_opaque_user_data(wsi);

        server->n_connections--;
        if (!is_source(server, data))
                connection_free(data);
}

static unsigned close_code_received(const uint8_t *payload, size_t n) {
        return n >= 2 ? (unsigned)payload[0] << 8 | payload[1] : LWS_CLOSE_STATUS_NORMAL;
}

static int on_headers(Connection *connection, struct lws_process_html_args *args) {
        return upgrade_on_headers(connection, &args->p, (size_t)args->max_len);
}

/*
 * For the fault close-tls. TLS starts, and may even end, while the connection is being given to the
 * library, so this is the time to see whether it is to be spared.
 */
static void on_tls_info(const SSL *ssl, int where, int value) {
        Server *server = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

        if (where & SSL_CB_HANDSHAKE_START && server_fault_applies(server, FAULT_CLOSE_TLS))
                (void)SSL_set_app_data((SSL *)ssl, server);
        if (where & SSL_CB_HANDSHAKE_DONE && SSL_get_app_data(ssl))
                (void)shutdown(SSL_get_fd(ssl), SHUT_RDWR);
}

/* Tickets would let connections be linked, and cost memory; nobody comes back within minutes. */
static void server_configure_tls(Server *server, SSL_CTX *context) {
        SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
        SSL_CTX_set_num_tickets(context, 0);
        /* Else one read would go on for as long as a client sends what is no data, such as new keys. */
        SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);

        (void)SSL_CTX_set_app_data(context, server);
        if (fault_find(&server->options->faults, FAULT_CLOSE_TLS))
                SSL_CTX_set_info_callback(context, on_tls_info);
}

/* A connection's events, once its request has been accepted. */
static int connection_callback(Connection *connection, enum lws_callback_reasons reason, void *in,
                               size_t n) {
        switch ((int)reason) {
        case LWS_CALLBACK_ADD_HEADERS:
                return on_headers(connection, in);
        case LWS_CALLBACK_ESTABLISHED:
                connection_on_established(connection);
                return 0;
        case LWS_CALLBACK_RECEIVE:
                connection_on_receive(connection, in, n);
                return 0;
        case LWS_CALLBACK_SERVER_WRITEABLE:
                return connection_on_writable(connection);
        case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
                connection_on_peer_close(connection, close_code_received(in, n));
                /* What would wait to be sent is a danger; see relay_update_flow(). */
                return lws_send_pipe_choked(connection->wsi) ? -1 : 0;
        case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
        case LWS_CALLBACK_CLOSED:
                connection_on_gone(connection);
                return 0;
        default:
                return 0;
        }
}

int server_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t n) {
        Server *server = lws_context_user(lws_get_context(wsi));
        Connection *connection;

        switch ((int)reason) {
        case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
                server_configure_tls(server, user);
                return 0;
        case LWS_CALLBACK_WSI_CREATE:
                server->n_connections++;
                return 0;
        case LWS_CALLBACK_WSI_DESTROY:
                server_on_destroy(server, wsi);
                return 0;
        case LWS_CALLBACK_RAW_RX_FILE:
                return server_on_source(server, wsi);
        case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
                return upgrade_on_request(&server->relay, wsi, in);
        case LWS_CALLBACK_FILTER_HTTP_CONNECTION:
                upgrade_on_plain_request(&server->relay, wsi);
                return -1;
        case LWS_CALLBACK_ADD_HEADERS:
        case LWS_CALLBACK_ESTABLISHED:
        case LWS_CALLBACK_RECEIVE:
        case LWS_CALLBACK_SERVER_WRITEABLE:
        case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
        case LWS_CALLBACK_CLOSED:
                connection = lws_get_opaque_user_data(wsi);
                return connection ? connection_callback(connection, reason, in, n) : -1;
        default:
                return 0;
        }
}
