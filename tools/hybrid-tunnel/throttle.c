/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <libwebsockets.h>
#include <openssl/bio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/macro.h"
#include "throttle.h"

enum {
        THROTTLE_TICK_USEC = 50 * 1000, /* no more often than this, however fast it is to be */
};

struct Throttle {
        lws_sorted_usec_list_t timer; /* scheduled while bytes are pending */
        struct lws_context *lws;
        int fd; /* borrowed from the connection */
        uint64_t bytes_per_second;
        uint8_t *data;
        size_t n, size, n_sent;
        void (*on_empty)(void *userdata);
        void *userdata;
};

size_t throttle_pending(const Throttle *throttle) {
        return throttle->n - throttle->n_sent;
}

static uint64_t throttle_interval_usec(const Throttle *throttle) {
        uint64_t usec_per_byte = LWS_USEC_PER_SEC / throttle->bytes_per_second;

        return usec_per_byte > THROTTLE_TICK_USEC ? usec_per_byte : THROTTLE_TICK_USEC;
}

static size_t throttle_bytes_per_tick(const Throttle *throttle) {
        uint64_t n =
                throttle->bytes_per_second * throttle_interval_usec(throttle) / LWS_USEC_PER_SEC;

        return n > 0 ? n : 1;
}

static void on_tick(lws_sorted_usec_list_t *timer) {
        Throttle *t = lws_container_of(timer, Throttle, timer);
        size_t n = throttle_bytes_per_tick(t);
        ssize_t k;

        if (n > throttle_pending(t))
                n = throttle_pending(t);

        k = send(t->fd, t->data + t->n_sent, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (k >= 0)
                t->n_sent += (size_t)k;
        else if (errno != EAGAIN && errno != EINTR)
                t->n_sent = t->n; /* the peer is gone, which the reading side finds out */

        if (throttle_pending(t) > 0) {
                lws_sul_schedule(t->lws, 0, &t->timer, on_tick,
                                 (lws_usec_t)throttle_interval_usec(t));
                return;
        }

        t->n = t->n_sent = 0;
        t->on_empty(t->userdata);
}

static int throttle_reserve(Throttle *throttle, size_t n) {
        uint8_t *data;

        if (throttle->n + n <= throttle->size)
                return 0;

        data = realloc(throttle->data, throttle->n + n);
        if (!data)
                return -ENOMEM;

        throttle->data = data;
        throttle->size = throttle->n + n;
        return 0;
}

static int throttle_write(BIO *bio, const char *data, int n) {
        Throttle *t = BIO_get_data(bio);

        BIO_clear_retry_flags(bio);
        if (n <= 0 || t->bytes_per_second == 0)
                return n;
        if (throttle_reserve(t, (size_t)n) < 0)
                return -1;

        if (throttle_pending(t) == 0)
                lws_sul_schedule(t->lws, 0, &t->timer, on_tick,
                                 (lws_usec_t)throttle_interval_usec(t));
        memcpy(t->data + t->n, data, (size_t)n);
        t->n += (size_t)n;
        return n;
}

static long throttle_ctrl(BIO *bio, int command, long number, void *pointer) {
        Throttle *t = BIO_get_data(bio);

        switch (command) {
        case BIO_CTRL_FLUSH:
                return 1;
        case BIO_CTRL_WPENDING:
                return (long)throttle_pending(t);
        default:
                return 0;
        }
}

static int throttle_destroy(BIO *bio) {
        Throttle *t = BIO_get_data(bio);

        if (t) {
                lws_sul_cancel(&t->timer);
                free(t->data);
                free(t);
        }
        return 1;
}

static BIO_METHOD *throttle_method;

static void throttle_method_free(void) {
        BIO_meth_free(throttle_method);
}

/* Made once; the program has one thread. */
static BIO_METHOD *throttle_method_get(void) {
        if (throttle_method)
                return throttle_method;

        throttle_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "throttle");
        if (!throttle_method)
                return NULL;

        BIO_meth_set_write(throttle_method, throttle_write);
        BIO_meth_set_ctrl(throttle_method, throttle_ctrl);
        BIO_meth_set_destroy(throttle_method, throttle_destroy);
        (void)atexit(throttle_method_free);
        return throttle_method;
}

int throttle_install(Throttle **ret, struct lws_context *lws, SSL *ssl, uint64_t bytes_per_second,
                     void (*on_empty)(void *userdata), void *userdata) {
        BIO_METHOD *method = throttle_method_get();
        Throttle *t;
        BIO *bio;

        bio = method ? BIO_new(method) : NULL;
        if (!bio)
                return -ENOMEM;

        t = calloc(1, sizeof(Throttle));
        if (!t) {
                BIO_free(bio);
                return -ENOMEM;
        }

        t->lws = lws;
        t->fd = SSL_get_fd(ssl);
        t->bytes_per_second = bytes_per_second;
        t->on_empty = on_empty;
        t->userdata = userdata;
        BIO_set_data(bio, t);
        BIO_set_init(bio, 1);
        SSL_set0_wbio(ssl, bio);

        *ret = t;
        return 0;
}
