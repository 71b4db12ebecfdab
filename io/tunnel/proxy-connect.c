/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/secret.h"
#include "io/tunnel/channel-error.h"
#include "io/tunnel/connect-request.h"
#include "io/tunnel/proxy-connect.h"

struct ProxyConnect {
        int fd;
        sd_event_source *source;
        proxy_connect_done_t done;
        void *userdata;
        char name[PROXY_NAME_SIZE];

        char request[CONNECT_REQUEST_SIZE]; /* erased when it is sent: it may hold a password */
        size_t n_request, n_sent;
        ConnectReply reply;
};

/* The last thing: the callee may free it. */
static void connect_failed(ProxyConnect *connect, int status, const char *what) {
        HybridChannelError error;

        channel_error_set(&error, HYBRID_CHANNEL_PROXY, "proxy %s: %s", connect->name, what);
        error.http_status = status;
        connect->source = sd_event_source_disable_unref(connect->source);
        connect->done(connect->userdata, -1, &error);
}

static void connect_refused(ProxyConnect *connect) {
        char what[sizeof("answered with status 599")];

        snprintf(what, sizeof(what), "answered with status %u",
                 (unsigned)connect->reply.status % 1000);
        connect_failed(connect, connect->reply.status, what);
}

static void connect_established(ProxyConnect *connect) {
        connect->source = sd_event_source_disable_unref(connect->source);
        connect->done(connect->userdata, TAKE_FD(connect->fd), NULL);
}

static void connect_judge(ProxyConnect *connect, ConnectVerdict verdict) {
        switch (verdict) {
        case CONNECT_INCOMPLETE:
                return;
        case CONNECT_ESTABLISHED:
                connect_established(connect);
                return;
        case CONNECT_REFUSED:
                connect_refused(connect);
                return;
        case CONNECT_MALFORMED:
                connect_failed(connect, 0, "does not answer as an HTTP proxy");
                return;
        case CONNECT_TOO_LARGE:
                connect_failed(connect, 0, "the head of its answer is too large");
                return;
        }
}

/* Looks before it takes, since what follows the reply is for others to read. */
static void connect_read(ProxyConnect *connect) {
        uint8_t data[4096];
        ConnectVerdict verdict;
        size_t n_used;
        ssize_t n;

        n = recv(connect->fd, data, sizeof(data), MSG_PEEK);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n < 0) {
                connect_failed(connect, 0, strerrordesc_np(errno));
                return;
        }
        if (n == 0) {
                connect_failed(connect, 0, "closed the connection without an answer");
                return;
        }

        verdict = connect_reply_put(&connect->reply, data, (size_t)n, &n_used);
        if (recv(connect->fd, data, n_used, 0) != (ssize_t)n_used)
                connect_failed(connect, 0, "its answer cannot be read");
        else
                connect_judge(connect, verdict);
}

static void connect_write(ProxyConnect *connect) {
        ssize_t n;

        n = send(connect->fd, connect->request + connect->n_sent,
                 connect->n_request - connect->n_sent, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n < 0) {
                connect_failed(connect, 0, strerrordesc_np(errno));
                return;
        }

        connect->n_sent += (size_t)n;
        if (connect->n_sent == connect->n_request) {
                secret_erase(connect->request, sizeof(connect->request));
                (void)sd_event_source_set_io_events(connect->source, EPOLLIN);
        }
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        ProxyConnect *connect = userdata;

        if (connect->n_sent < connect->n_request)
                connect_write(connect);
        else
                connect_read(connect);
        return 0;
}

int proxy_connect_new(ProxyConnect **ret, sd_event *event, int fd, const Proxy *proxy,
                      const char *host, uint16_t port, proxy_connect_done_t done, void *userdata) {
        _cleanup_(proxy_connect_freep) ProxyConnect *connect = calloc(1, sizeof(ProxyConnect));
        ssize_t n;
        int r;

        if (!connect) {
                close(fd);
                return -ENOMEM;
        }
        connect->fd = fd;
        connect->done = done;
        connect->userdata = userdata;
        proxy_name(proxy, connect->name);

        n = connect_request_write(proxy, host, port, connect->request);
        if (n < 0)
                return (int)n;
        connect->n_request = (size_t)n;
        r = sd_event_add_io(event, &connect->source, fd, EPOLLOUT, on_io, connect);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(connect);
        return 0;
}

ProxyConnect *proxy_connect_free(ProxyConnect *connect) {
        if (!connect)
                return NULL;

        sd_event_source_disable_unref(connect->source);
        if (connect->fd >= 0)
                close(connect->fd);
        return secret_free(connect, sizeof(*connect));
}
