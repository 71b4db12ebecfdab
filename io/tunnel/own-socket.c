/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/bytes.h"
#include "io/tunnel/own-socket.h"

static int bind_and_listen(int fd, const char *name) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        size_t n = strlen(name);

        memcpy(address.sun_path + 1, name, n);
        if (bind(fd, (struct sockaddr *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + n)) < 0 ||
            listen(fd, 4) < 0)
                return -errno;

        return 0;
}

int own_socket_listen(int *ret_fd, char ret_name[static OWN_SOCKET_NAME_SIZE]) {
        uint8_t random[(OWN_SOCKET_NAME_SIZE - 1) / 2];
        int fd, r;

        if (getrandom(random, sizeof(random), 0) != sizeof(random))
                return -EIO;
        hex_encode_upper(random, sizeof(random), ret_name);

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        r = bind_and_listen(fd, ret_name);
        if (r < 0) {
                close(fd);
                return r;
        }

        *ret_fd = fd;
        return 0;
}

int own_socket_accept(int listener) {
        for (;;) {
                struct ucred peer;
                socklen_t n = sizeof(peer);
                int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

                if (fd < 0)
                        return -errno;
                if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 && peer.pid == getpid())
                        return fd;
                close(fd);
        }
}
