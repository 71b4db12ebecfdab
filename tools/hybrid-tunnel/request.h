/* SPDX-License-Identifier: MIT */
#pragma once

#include "contact.h"
#include "tunnel.h"

typedef enum RequestKind {
        REQUEST_NEW,     /* a phone that has scanned a code opens a tunnel */
        REQUEST_CONNECT, /* who knows both ids joins it */
        REQUEST_CONTACT, /* a desktop opens one, and wants a linked phone to join it */
        REQUEST_WAIT,    /* a linked phone waits to be asked */
} RequestKind;

/** What a path asks for. */
typedef struct Request {
        RequestKind kind;
        TunnelSide side; /* TUNNEL_PHONE is who opens a tunnel, TUNNEL_CLIENT who joins it */
        char contact[CONTACT_ID_SIZE_MAX]; /* of CONTACT and WAIT */
        uint8_t id[TUNNEL_ID_SIZE];
        uint8_t routing_id[TUNNEL_ROUTING_ID_SIZE]; /* of a client only */
} Request;

/**
 * "/cable/new/ID" of a phone or "/cable/connect/ROUTING-ID/ID" of a client, with hexadecimal digits
 * of either case; "/cable/contact/CONTACT" of a desktop or "/cable/wait/CONTACT" of a linked phone, in
 * base64url without padding. Returns 0, or -ENOENT for any other path.
 */
int request_parse(const char *path, Request *ret);
