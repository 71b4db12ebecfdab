/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/base64url.h"
#include "base/macro.h"
#include "base/secret.h"
#include "io/tunnel/connect-request.h"

enum {
        TARGET_SIZE = PROXY_HOST_SIZE + sizeof(":65535"),
        BASE64_SIZE = (PROXY_CREDENTIALS_SIZE + 2) / 3 * 4 + 1,
        STATUS_SWITCHING_PROTOCOLS = 101,
};

/* Plain base64, with padding. */
static void base64_encode(const char *text, char ret[static BASE64_SIZE]) {
        size_t n;

        base64url_encode((const uint8_t *)text, strlen(text), ret);
        for (n = 0; ret[n] != '\0'; n++)
                if (ret[n] == '-')
                        ret[n] = '+';
                else if (ret[n] == '_')
                        ret[n] = '/';
        while (n % 4 != 0)
                ret[n++] = '=';
        ret[n] = '\0';
}

ssize_t connect_request_write(const Proxy *proxy, const char *host, uint16_t port,
                              char ret[static CONNECT_REQUEST_SIZE]) {
        bool authorize = proxy->credentials[0] != '\0';
        char target[TARGET_SIZE], base64[BASE64_SIZE] = "";
        CLEANUP_ERASE(base64);
        int n;

        n = snprintf(target, sizeof(target), "%s:%u", host, port);
        if (n < 0 || (size_t)n >= sizeof(target))
                return -EINVAL;
        if (authorize)
                base64_encode(proxy->credentials, base64);

        return snprintf(ret, CONNECT_REQUEST_SIZE,
                        "CONNECT %s HTTP/1.1\r\n"
                        "Host: %s\r\n"
                        "%s%s%s"
                        "\r\n",
                        target, target, authorize ? "Proxy-Authorization: Basic " : "", base64,
                        authorize ? "\r\n" : "");
}

_Static_assert((int)CONNECT_REQUEST_SIZE >= 2 * (int)TARGET_SIZE + (int)BASE64_SIZE + 80,
               "a request must fit");

/* So that what is no HTTP at all is known without waiting for an end that never comes. */
static bool begins_like_http(const char *text, size_t n) {
        static const char start[] = "HTTP/1.";

        return memcmp(text, start, n < sizeof(start) - 1 ? n : sizeof(start) - 1) == 0;
}

static bool is_interim(int status) {
        return status < 200 && status != STATUS_SWITCHING_PROTOCOLS;
}

/* The next head behind `start`. CONNECT_ESTABLISHED only says that there is one. */
static ConnectVerdict next_head(ConnectReply *reply) {
        char *text = reply->data + reply->start;
        size_t n = reply->n - reply->start, n_head;
        HttpHead head;

        if (!begins_like_http(text, n))
                return CONNECT_MALFORMED;
        n_head = http_head_length(text, n);
        if (n_head == 0)
                return reply->n == sizeof(reply->data) ? CONNECT_TOO_LARGE : CONNECT_INCOMPLETE;
        if (http_head_parse(text, n_head, &head) < 0)
                return CONNECT_MALFORMED;

        reply->start += n_head;
        reply->status = head.status;
        return CONNECT_ESTABLISHED;
}

ConnectVerdict connect_reply_put(ConnectReply *reply, const uint8_t *data, size_t n,
                                 size_t *ret_n_used) {
        size_t n_before = reply->n;
        ConnectVerdict verdict;

        if (n > sizeof(reply->data) - reply->n)
                n = sizeof(reply->data) - reply->n;
        memcpy(reply->data + reply->n, data, n);
        reply->n += n;

        do {
                verdict = next_head(reply);
        } while (verdict == CONNECT_ESTABLISHED && is_interim(reply->status));

        /* A head that ends here was not complete before, so it ends in the new bytes. */
        *ret_n_used = verdict == CONNECT_ESTABLISHED ? reply->start - n_before : n;
        if (verdict == CONNECT_ESTABLISHED && (reply->status < 200 || reply->status > 299))
                return CONNECT_REFUSED;
        return verdict;
}
