/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The head of an HTTP/1 response: status line and fields, as far as the upgrade to a websocket
 * needs them (RFC 9112, RFC 6455 section 4.2.2).
 *
 * The websocket codec has a parser of its own, made for all of HTTP. A server that may send
 * anything does not get to it: this strict one reads first, and what the codec is given is written
 * anew from the few fields that matter.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
        HTTP_HEAD_SIZE_MAX = 16 * 1024,
};

/** NULL stands for a field that is absent. All point into the text that was parsed. */
typedef struct HttpHead {
        int status;
        const char *upgrade;
        const char *connection;
        const char *accept;
        const char *protocol;
        const char *extensions;
        const char *location;
        const char *routing_id; /* X-caBLE-Routing-ID */
        const char *signal;     /* X-caBLE-Signal-Connection */
} HttpHead;

/** The length of the head with its empty line, or 0 if that has not come yet. */
size_t http_head_length(const char *data, size_t n);

/**
 * Parses a whole head of n bytes, and changes it in doing so: `ret` points into it.
 * -EBADMSG if it is not HTTP/1, or has one of the above fields more than once.
 */
int http_head_parse(char *text, size_t n, HttpHead *ret);

/** A minimal 101 head with what the codec is to judge. Returns its length, or -ENOBUFS. */
ssize_t http_head_write_upgrade(const HttpHead *head, char *ret, size_t size);
