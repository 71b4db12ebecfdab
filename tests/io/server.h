/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A server that does as a script says, in a process of its own: it accepts connections, one after
 * the other, and hands each to the script, which uses blocking calls. What the script notes in the
 * log can be read by the test.
 */

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pki.h"

/** Shared between the server's process and the test's. */
typedef struct ServerLog {
        volatile unsigned n_connections;
        volatile unsigned n_requests;
        volatile unsigned n_messages;
        volatile unsigned n_pings;
        volatile unsigned n_pongs;
        volatile unsigned close_code; /* of the client's close frame; 1005: none in it */
        volatile bool ended_in_order; /* the client has sent TLS's close_notify */
        volatile bool unmasked;       /* a frame of the client was not masked */
        char alpn[32];
        char server_name[64];
        char request[8192]; /* the last one */
} ServerLog;

typedef struct Connection {
        ServerLog *log;
        const void *argument; /* of server_start() */
        unsigned n;           /* the how manieth: 1, 2, … */
        uint16_t port;        /* of the server */
        int fd;
        SSL *ssl;
} Connection;

typedef void (*server_script_t)(Connection *connection);

typedef struct Server {
        pid_t pid;
        uint16_t port;
        ServerLog *log;
} Server;

typedef struct ServerParams {
        const Pki *pki;
        PkiKind kind;
        int max_tls_version; /* 0: the newest */
        bool v6;             /* on ::1 rather than on 127.0.0.1 */
        server_script_t script;
        const void *argument;
} ServerParams;

/** Listens and starts the process. Its connections are closed when the script returns. */
void server_start(Server *server, const ServerParams *params);
void server_stop(Server *server);

/**
 * A port on loopback that swallows connection requests: its queue is full, and nobody accepts. It
 * stays so for the life of the process; make it before file descriptors are counted.
 */
uint16_t black_hole_port(bool v6);

/** A port on loopback where nobody listens. */
uint16_t closed_port(bool v6);

/*
 * For scripts. Each function that needs the client ends the connection's process part, that is
 * returns false, when the client is gone.
 */

bool connection_handshake(Connection *connection);
bool connection_read_request(Connection *connection);
bool connection_write(Connection *connection, const void *data, size_t n);
bool connection_print(Connection *connection, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/** Sec-WebSocket-Accept for the last request. Borrowed until the next call. */
const char *connection_accept_value(const Connection *connection);

/** A 101 with these fields more (each with CR LF). */
bool connection_accept_upgrade(Connection *connection, const char *more_fields);

/** Handshake, request, and a 101 with these fields more (each with CR LF). */
bool connection_upgrade(Connection *connection, const char *more_fields);

/** What is written from now on is kept, and goes out at once when it is released. */
void connection_hold(Connection *connection);
bool connection_release(Connection *connection);

/** TLS records that hold no data: new keys for what the server sends, this often. */
bool connection_renew_keys(Connection *connection, unsigned n);

/** A frame with this first byte; never masked. */
bool connection_send_frame(Connection *connection, uint8_t first, const void *data, size_t n);

/** One frame of the client, noted in the log. */
bool connection_read_frame(Connection *connection, uint8_t *ret_first, uint8_t *ret, size_t *ret_n,
                           size_t size);

/** Sends messages back as they come, and answers pings and the close. */
void connection_echo(Connection *connection);

/** Waits until the client ends the connection, and notes how. */
void connection_wait_for_end(Connection *connection);

/** Ends with a TCP RST. */
void connection_reset(Connection *connection);
