/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Asking an HTTP proxy for a connection (CONNECT, RFC 9110 section 9.3.6): the request, and what to
 * make of the reply. Bytes in, verdict out.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "io/tunnel/http-head.h"
#include "io/tunnel/proxy.h"

enum {
        CONNECT_REQUEST_SIZE = 1280, /* enough for the longest names and credentials */
};

/**
 * Writes the request for HOST:PORT, with the proxy's credentials if it has any: the buffer is a
 * secret then. Returns its length, or -EINVAL if the host is too long.
 */
ssize_t connect_request_write(const Proxy *proxy, const char *host, uint16_t port,
                              char ret[static CONNECT_REQUEST_SIZE]);

typedef enum ConnectVerdict {
        CONNECT_INCOMPLETE,
        CONNECT_ESTABLISHED, /* what follows comes from the host */
        CONNECT_REFUSED,     /* see `status` */
        CONNECT_MALFORMED,   /* no reply of an HTTP proxy */
        CONNECT_TOO_LARGE,
} ConnectVerdict;

typedef struct ConnectReply {
        char data[HTTP_HEAD_SIZE_MAX];
        size_t n;
        size_t start; /* behind the interim heads that are done with */
        int status;   /* of the last head */
} ConnectReply;

/**
 * Looks at the next n bytes; `reply` is all zeros at first. @ret_n_used of them belong to the reply;
 * with CONNECT_INCOMPLETE that is all of them, and more are wanted.
 */
ConnectVerdict connect_reply_put(ConnectReply *reply, const uint8_t *data, size_t n,
                                 size_t *ret_n_used);
