/* SPDX-License-Identifier: MIT */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server.h"

enum {
        LIFETIME_SEC = 120, /* a server that was forgotten */
};

static void must(bool condition, const char *what) {
        if (condition)
                return;
        perror(what);
        abort();
}

typedef union LoopbackAddress {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
} LoopbackAddress;

static socklen_t loopback_address(bool v6, LoopbackAddress *ret) {
        *ret = (LoopbackAddress){};
        if (v6) {
                ret->v6.sin6_family = AF_INET6;
                ret->v6.sin6_addr = in6addr_loopback;
                return sizeof(ret->v6);
        }

        ret->v4.sin_family = AF_INET;
        ret->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return sizeof(ret->v4);
}

static int listen_on_loopback(bool v6, int backlog, LoopbackAddress *ret) {
        socklen_t n = loopback_address(v6, ret);
        int fd;

        fd = socket(ret->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        must(fd >= 0, "socket");
        must(bind(fd, &ret->any, n) == 0, "bind");
        must(listen(fd, backlog) == 0, "listen");
        must(getsockname(fd, &ret->any, &n) == 0, "getsockname");
        return fd;
}

/* At the same place in both kinds. */
static uint16_t port_of(const LoopbackAddress *address) {
        return ntohs(address->v4.sin_port);
}

uint16_t black_hole_port(bool v6) {
        LoopbackAddress address;

        listen_on_loopback(v6, 0, &address);
        for (unsigned i = 0; i < 4; i++) {
                int filler = socket(address.any.sa_family,
                                    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

                (void)connect(filler, &address.any, v6 ? sizeof(address.v6) : sizeof(address.v4));
        }
        usleep(50 * 1000);
        return port_of(&address);
}

uint16_t closed_port(bool v6) {
        LoopbackAddress address;

        close(listen_on_loopback(v6, 1, &address));
        return port_of(&address);
}

static void serve_one(const ServerParams *params, SSL_CTX *context, Connection *connection) {
        const int yes = 1;

        setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
        connection->ssl = SSL_new(context);
        must(connection->ssl && SSL_set_fd(connection->ssl, connection->fd) == 1, "SSL_new");

        params->script(connection);

        SSL_free(connection->ssl);
        if (connection->fd >= 0)
                close(connection->fd);
}

static int on_alpn(SSL *ssl, const unsigned char **ret, unsigned char *ret_n,
                   const unsigned char *in, unsigned n, void *userdata) {
        ServerLog *log = userdata;

        if (n > 1 && n < sizeof(log->alpn)) {
                memcpy(log->alpn, in + 1, n - 1);
                log->alpn[n - 1] = '\0';
        }
        *ret = in + 1;
        *ret_n = in[0];
        return SSL_TLSEXT_ERR_OK;
}

/* The process's whole life. */
static void serve(const ServerParams *params, int listener, uint16_t port, ServerLog *log) {
        SSL_CTX *context = pki_server_context(params->pki, params->kind);

        signal(SIGPIPE, SIG_IGN);
        alarm(LIFETIME_SEC);
        SSL_CTX_set_alpn_select_cb(context, on_alpn, log);
        if (params->max_tls_version != 0) {
                SSL_CTX_set_min_proto_version(context, 0);
                SSL_CTX_set_max_proto_version(context, params->max_tls_version);
                SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0");
        }

        for (unsigned n = 1;; n++) {
                Connection connection = {
                        .log = log, .argument = params->argument, .n = n, .port = port
                };

                connection.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
                if (connection.fd < 0)
                        _exit(1);
                log->n_connections++;
                serve_one(params, context, &connection);
        }
}

void server_start(Server *server, const ServerParams *params) {
        LoopbackAddress address;
        int listener;

        server->log = mmap(NULL, sizeof(ServerLog), PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        must(server->log != MAP_FAILED, "mmap");
        listener = listen_on_loopback(params->v6, 16, &address);
        server->port = port_of(&address);

        server->pid = fork();
        must(server->pid >= 0, "fork");
        if (server->pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                serve(params, listener, server->port, server->log);
        }
        close(listener);
}

void server_stop(Server *server) {
        kill(server->pid, SIGKILL);
        waitpid(server->pid, NULL, 0);
        munmap(server->log, sizeof(ServerLog));
}

bool connection_handshake(Connection *connection) {
        const char *name;

        if (SSL_accept(connection->ssl) != 1)
                return false;
        name = SSL_get_servername(connection->ssl, TLSEXT_NAMETYPE_host_name);
        snprintf(connection->log->server_name, sizeof(connection->log->server_name), "%s",
                 name ? name : "");
        return true;
}

bool connection_read_request(Connection *connection) {
        ServerLog *log = connection->log;
        size_t n = 0;

        for (;;) {
                int r = SSL_read(connection->ssl, log->request + n,
                                 (int)(sizeof(log->request) - 1 - n));

                if (r <= 0)
                        return false;
                n += (size_t)r;
                log->request[n] = '\0';
                if (n >= 4 && strcmp(log->request + n - 4, "\r\n\r\n") == 0)
                        break;
        }

        log->n_requests++;
        return true;
}

bool connection_write(Connection *connection, const void *data, size_t n) {
        return n == 0 || SSL_write(connection->ssl, data, (int)n) == (int)n;
}

bool connection_print(Connection *connection, const char *format, ...) {
        char text[32 * 1024];
        va_list args;
        int n;

        va_start(args, format);
        n = vsnprintf(text, sizeof(text), format, args);
        va_end(args);

        return connection_write(connection, text, (size_t)n);
}

const char *connection_accept_value(const Connection *connection) {
        static char value[EVP_MAX_MD_SIZE * 2];
        const char *key = strstr(connection->log->request, "Sec-WebSocket-Key: ");
        unsigned char digest[SHA_DIGEST_LENGTH];
        char text[128];

        if (!key)
                return "";
        key += strlen("Sec-WebSocket-Key: ");
        snprintf(text, sizeof(text), "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
                 (int)strcspn(key, "\r"), key);
        SHA1((const unsigned char *)text, strlen(text), digest);
        EVP_EncodeBlock((unsigned char *)value, digest, sizeof(digest));
        return value;
}

bool connection_accept_upgrade(Connection *connection, const char *more_fields) {
        return connection_print(connection,
                                "HTTP/1.1 101 Switching Protocols\r\n"
                                "Upgrade: websocket\r\n"
                                "Connection: Upgrade\r\n"
                                "Sec-WebSocket-Accept: %s\r\n"
                                "Sec-WebSocket-Protocol: fido.cable\r\n"
                                "%s"
                                "\r\n",
                                connection_accept_value(connection), more_fields);
}

bool connection_upgrade(Connection *connection, const char *more_fields) {
        return connection_handshake(connection) && connection_read_request(connection) &&
               connection_accept_upgrade(connection, more_fields);
}

void connection_hold(Connection *connection) {
        BIO *held = BIO_new(BIO_s_mem());

        must(held, "BIO_new");
        SSL_set0_wbio(connection->ssl, held);
}

bool connection_renew_keys(Connection *connection, unsigned n) {
        for (unsigned i = 0; i < n; i++)
                if (SSL_key_update(connection->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) != 1 ||
                    SSL_do_handshake(connection->ssl) != 1)
                        return false;
        return true;
}

bool connection_release(Connection *connection) {
        char *data;
        long n = BIO_get_mem_data(SSL_get_wbio(connection->ssl), &data);

        for (long n_written = 0; n_written < n;) {
                ssize_t r = write(connection->fd, data + n_written, (size_t)(n - n_written));

                if (r <= 0)
                        return false;
                n_written += r;
        }
        SSL_set0_wbio(connection->ssl, BIO_new_socket(connection->fd, BIO_NOCLOSE));
        return true;
}

bool connection_send_frame(Connection *connection, uint8_t first, const void *data, size_t n) {
        uint8_t header[10] = { first };
        size_t n_header;

        if (n < 126) {
                header[1] = (uint8_t)n;
                n_header = 2;
        } else if (n < 65536) {
                header[1] = 126;
                header[2] = (uint8_t)(n >> 8);
                header[3] = (uint8_t)n;
                n_header = 4;
        } else {
                header[1] = 127;
                for (unsigned i = 0; i < 8; i++)
                        header[2 + i] = (uint8_t)((uint64_t)n >> (56 - 8 * i));
                n_header = 10;
        }

        return connection_write(connection, header, n_header) &&
               connection_write(connection, data, n);
}

static bool read_exactly(Connection *connection, void *ret, size_t n) {
        size_t n_read = 0;

        while (n_read < n) {
                int r = SSL_read(connection->ssl, (uint8_t *)ret + n_read, (int)(n - n_read));

                if (r <= 0)
                        return false;
                n_read += (size_t)r;
        }

        return true;
}

static void note_frame(ServerLog *log, uint8_t first, const uint8_t *data, size_t n) {
        switch (first & 0xf) {
        case 0x2:
                log->n_messages++;
                break;
        case 0x8:
                log->close_code = n >= 2 ? (unsigned)(data[0] << 8 | data[1]) : 1005;
                break;
        case 0x9:
                log->n_pings++;
                break;
        case 0xa:
                log->n_pongs++;
                break;
        default:
                break;
        }
}

bool connection_read_frame(Connection *connection, uint8_t *ret_first, uint8_t *ret, size_t *ret_n,
                           size_t size) {
        uint8_t header[2], length[8], mask[4];
        size_t n, n_length = 0;

        if (!read_exactly(connection, header, 2))
                return false;
        if (!(header[1] & 0x80))
                connection->log->unmasked = true;
        n = header[1] & 0x7f;
        if (n >= 126)
                n_length = n == 126 ? 2 : 8;
        if (!read_exactly(connection, length, n_length) || !read_exactly(connection, mask, 4))
                return false;
        if (n_length > 0) {
                n = 0;
                for (size_t i = 0; i < n_length; i++)
                        n = n << 8 | length[i];
        }
        if (n > size || !read_exactly(connection, ret, n))
                return false;
        for (size_t i = 0; i < n; i++)
                ret[i] ^= mask[i & 3];

        *ret_first = header[0];
        *ret_n = n;
        note_frame(connection->log, header[0], ret, n);
        return true;
}

void connection_echo(Connection *connection) {
        static uint8_t data[70000];
        uint8_t first;
        size_t n;

        while (connection_read_frame(connection, &first, data, &n, sizeof(data))) {
                if (first == 0x89)
                        first = 0x8a;
                else if (first == 0x8a)
                        continue;
                if (!connection_send_frame(connection, first, data, n))
                        return;
                if (first == 0x88) {
                        connection_wait_for_end(connection);
                        return;
                }
        }
}

void connection_wait_for_end(Connection *connection) {
        uint8_t data[4096];
        int r;

        while ((r = SSL_read(connection->ssl, data, sizeof(data))) > 0)
                ;
        if (SSL_get_error(connection->ssl, r) == SSL_ERROR_ZERO_RETURN)
                connection->log->ended_in_order = true;
}

void connection_reset(Connection *connection) {
        const struct linger now = { .l_onoff = 1, .l_linger = 0 };

        setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        close(connection->fd);
        connection->fd = -1;
}
