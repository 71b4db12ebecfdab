/* SPDX-License-Identifier: MIT */
#pragma once

#include "tunnel.h"

/** What a path asks for. */
typedef struct Request {
        TunnelSide side;
        uint8_t id[TUNNEL_ID_SIZE];
        uint8_t routing_id[TUNNEL_ROUTING_ID_SIZE]; /* of a client only */
} Request;

/**
 * "/cable/new/ID" of a phone or "/cable/connect/ROUTING-ID/ID" of a client, with hexadecimal digits
 * of either case. Returns 0, or -ENOENT for any other path.
 */
int request_parse(const char *path, Request *ret);
