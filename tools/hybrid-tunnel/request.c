/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "request.h"

/* What follows the prefix, or NULL. */
static const char *skip_prefix(const char *text, const char *prefix) {
        size_t n = strlen(prefix);

        return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

static int parse_id(const char *text, Request *request) {
        return hex_decode(text, strlen(text), request->id, sizeof(request->id));
}

static int parse_routing_and_id(const char *text, Request *request) {
        const char *slash = strchr(text, '/');

        if (!slash || hex_decode(text, (size_t)(slash - text), request->routing_id,
                                 sizeof(request->routing_id)) < 0)
                return -EINVAL;

        return parse_id(slash + 1, request);
}

static int parse_contact(const char *text, Request *request) {
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789-_";
        size_t n = strlen(text);

        if (n == 0 || n >= sizeof(request->contact) || strspn(text, allowed) != n)
                return -EINVAL;
        memcpy(request->contact, text, n + 1);
        return 0;
}

int request_parse(const char *path, Request *ret) {
        Request request = {};
        const char *rest;
        int r = -ENOENT;

        if ((rest = skip_prefix(path, "/cable/new/"))) {
                request.side = TUNNEL_PHONE;
                r = parse_id(rest, &request);
        } else if ((rest = skip_prefix(path, "/cable/connect/"))) {
                request.kind = REQUEST_CONNECT;
                request.side = TUNNEL_CLIENT;
                r = parse_routing_and_id(rest, &request);
        } else if ((rest = skip_prefix(path, "/cable/contact/"))) {
                request.kind = REQUEST_CONTACT;
                request.side = TUNNEL_PHONE;
                r = parse_contact(rest, &request);
        } else if ((rest = skip_prefix(path, "/cable/wait/"))) {
                request.kind = REQUEST_WAIT;
                request.side = TUNNEL_PHONE;
                r = parse_contact(rest, &request);
        }
        if (r < 0)
                return -ENOENT;

        *ret = request;
        return 0;
}
