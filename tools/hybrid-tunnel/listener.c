/* SPDX-License-Identifier: MIT */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/macro.h"
#include "listener.h"
#include "tools/common/number.h"

enum {
        KEEPALIVE_SECONDS = 60, /* of silence, after which the kernel asks whether the peer lives */
        KEEPALIVE_INTERVAL_SECONDS = 15,
        KEEPALIVE_TRIES = 4,
};

static void close_fd(int *fd) {
        if (*fd >= 0)
                close(*fd);
}

int listen_address_parse(const char *text, ListenAddress *ret) {
        const char *colon = strrchr(text, ':');
        size_t n = colon ? (size_t)(colon - text) : 0;
        ListenAddress address = {};
        uint64_t port;

        if (!colon || number_parse(colon + 1, 0, UINT16_MAX, &port) < 0)
                return -EINVAL;
        if (text[0] == '[') {
                if (n < 3 || text[n - 1] != ']')
                        return -EINVAL;
                text++;
                n -= 2;
        } else if (memchr(text, ':', n))
                return -EINVAL; /* where would the port begin? */
        if (n == 0 || n >= sizeof(address.host))
                return -EINVAL;

        memcpy(address.host, text, n);
        snprintf(address.port, sizeof(address.port), "%u", (unsigned)port);
        *ret = address;
        return 0;
}

static int socket_listen(const struct addrinfo *info) {
        _cleanup_(close_fd) int fd = -1;

        fd = socket(info->ai_family, info->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;

        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)) < 0 ||
            bind(fd, info->ai_addr, info->ai_addrlen) < 0 || listen(fd, SOMAXCONN) < 0)
                return -errno;

        return TAKE_FD(fd);
}

static int listener_read_name(Listener *listener) {
        struct sockaddr_storage name = {};
        socklen_t n = sizeof(name);

        if (getsockname(listener->fd, (struct sockaddr *)&name, &n) < 0)
                return -errno;

        if (name.ss_family == AF_INET6) {
                const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&name;

                inet_ntop(AF_INET6, &in6->sin6_addr, listener->address, sizeof(listener->address));
                listener->port = ntohs(in6->sin6_port);
        } else {
                const struct sockaddr_in *in = (const struct sockaddr_in *)&name;

                inet_ntop(AF_INET, &in->sin_addr, listener->address, sizeof(listener->address));
                /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): getsockname() has set it */
                listener->port = ntohs(in->sin_port);
        }
        return 0;
}

int listener_open(Listener *ret, const ListenAddress *address, const char **ret_why) {
        struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
                                  .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
        Listener listener = { .fd = -1 };
        struct addrinfo *info = NULL;
        int r;

        r = getaddrinfo(address->host, address->port, &hints, &info);
        if (r != 0) {
                *ret_why = gai_strerror(r);
                return -EADDRNOTAVAIL;
        }

        r = socket_listen(info);
        freeaddrinfo(info);
        if (r >= 0) {
                listener.fd = r;
                r = listener_read_name(&listener);
        }
        if (r < 0) {
                close_fd(&listener.fd);
                *ret_why = strerror(-r);
                return r;
        }

        *ret = listener;
        return 0;
}

/* Small messages go out at once. A peer that vanished is found out without waking anybody here. */
static void socket_prepare(int fd) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
        (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &(int){ 1 }, sizeof(int));
        (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &(int){ KEEPALIVE_SECONDS }, sizeof(int));
        (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &(int){ KEEPALIVE_INTERVAL_SECONDS },
                         sizeof(int));
        (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &(int){ KEEPALIVE_TRIES }, sizeof(int));
}

int listener_accept(const Listener *listener) {
        int fd;

        fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
                return -errno;

        socket_prepare(fd);
        return fd;
}
