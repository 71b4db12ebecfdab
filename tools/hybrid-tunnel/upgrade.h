/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * HTTP: which requests become a tunnel's connection, and what the others are told. The websocket
 * library closes most bad requests without a word; here they are all looked at before it does.
 */

#include "connection.h"

#define UPGRADE_SUBPROTOCOL "fido.cable"

/**
 * A request with an Upgrade header, whose value is given. Returns 0 if the library is to go on; it
 * then has a Connection as its user data. Returns -1 if it has been refused and is to be closed.
 */
int upgrade_on_request(Relay *relay, struct lws *wsi, const char *upgrade);

/** Any other request. It has been refused and is to be closed. */
void upgrade_on_plain_request(Relay *relay, struct lws *wsi);

/** Completes the answer 101, which stands just before *p. Returns 0, or -1 without room for it. */
int upgrade_on_headers(const Connection *connection, char **p, size_t n_room);
