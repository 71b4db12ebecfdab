/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <sys/socket.h>

#include "io/tunnel/tls-bio.h"

static bool is_temporary(int error) {
        return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static int bio_write(BIO *bio, const char *data, int n) {
        TlsSocket *socket = BIO_get_data(bio);
        ssize_t r;

        BIO_clear_retry_flags(bio);
        r = send(socket->fd, data, (size_t)n, MSG_NOSIGNAL);
        if (r < 0 && is_temporary(errno))
                BIO_set_retry_write(bio);
        else if (r < 0)
                socket->error = errno;

        return (int)r;
}

static int bio_read(BIO *bio, char *ret, int n) {
        TlsSocket *socket = BIO_get_data(bio);
        ssize_t r;

        BIO_clear_retry_flags(bio);
        r = recv(socket->fd, ret, (size_t)n, 0);
        if (r == 0)
                socket->eof = true;
        else if (r < 0 && is_temporary(errno))
                BIO_set_retry_read(bio);
        else if (r < 0)
                socket->error = errno;

        return (int)r;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer) {
        const TlsSocket *socket = BIO_get_data(bio);

        switch (command) {
        case BIO_CTRL_FLUSH:
                return 1;
        case BIO_CTRL_EOF:
                return socket->eof;
        default:
                return 0;
        }
}

BIO_METHOD *tls_bio_method_new(void) {
        _cleanup_(BIO_meth_freep) BIO_METHOD *method =
                BIO_meth_new(BIO_TYPE_SOURCE_SINK, "hybrid socket");

        if (!method || BIO_meth_set_write(method, bio_write) != 1 ||
            BIO_meth_set_read(method, bio_read) != 1 || BIO_meth_set_ctrl(method, bio_ctrl) != 1)
                return NULL;

        return TAKE_PTR(method);
}

BIO *tls_bio_new(const BIO_METHOD *method, TlsSocket *socket) {
        BIO *bio = BIO_new(method);

        if (!bio)
                return NULL;
        BIO_set_data(bio, socket);
        BIO_set_init(bio, 1);

        return bio;
}
