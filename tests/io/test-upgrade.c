/* SPDX-License-Identifier: MIT */

/*
 * Opening a tunnel: what is asked on the wire, and what comes of each kind of answer.
 */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "probe.h"
#include "server.h"
#include "unit.h"

static Pki pki;

/* ---- A good answer ------------------------------------------------------------------------ */

static void script_echo(Connection *c) {
        if (connection_upgrade(c, c->argument))
                connection_echo(c);
}

static void open_echo(Server *server, Probe *probe, const char *fields) {
        server_start(server,
                     &(ServerParams){ .pki = &pki, .script = script_echo, .argument = fields });
        probe_init(probe, pki.ca_file);
        probe_resolve(probe, "tunnel.test", server->port);
        probe_open(probe, "wss://tunnel.test/cable/connect/0A0B0C/00112233445566778899AABBCCDDEEFF",
                   NULL);
        ck_assert(probe_run_until(probe, &probe->n_up, 1, 5000000));
}

static void close_and_expect(Server *server, Probe *probe) {
        probe_close(probe);
        probe_expect_down(probe, HYBRID_CHANNEL_CLOSED, 0, "closed here");
        probe_done(probe);
        server_stop(server);
}

static unsigned count_text(const char *text, const char *part) {
        unsigned n = 0;

        for (; (text = strstr(text, part)); text++)
                n++;
        return n;
}

static void assert_line(const char *request, const char *line) {
        ck_assert_msg(count_text(request, line) == 1, "not once: %s in:\n%s", line, request);
}

/* The value differs each time: 16 random bytes in base64. */
static void assert_key(const char *request) {
        const char *key = strstr(request, "\r\nSec-WebSocket-Key: ");

        ck_assert_ptr_nonnull(key);
        key += strlen("\r\nSec-WebSocket-Key: ");
        ck_assert_uint_eq(strcspn(key, "\r"), 24);
        ck_assert_int_eq(key[22], '=');
        ck_assert_int_eq(key[23], '=');
}

START_TEST(test_request) {
        Server server;
        Probe probe;
        const char *request;

        open_echo(&server, &probe, "");
        request = server.log->request;

        ck_assert_int_eq(strncmp(request,
                                 "GET /cable/connect/0A0B0C/00112233445566778899AABBCCDDEEFF "
                                 "HTTP/1.1\r\n",
                                 strlen("GET /cable/connect/0A0B0C/"
                                        "00112233445566778899AABBCCDDEEFF HTTP/1.1\r\n")),
                         0);
        assert_line(request, "\r\nHost: tunnel.test\r\n");
        assert_line(request, "\r\nUpgrade: websocket\r\n");
        assert_line(request, "\r\nConnection: Upgrade\r\n");
        assert_line(request, "\r\nOrigin: wss://tunnel.test\r\n");
        assert_line(request, "\r\nSec-WebSocket-Protocol: fido.cable\r\n");
        assert_line(request, "\r\nSec-WebSocket-Version: 13\r\n");
        assert_key(request);

        ck_assert_ptr_null(strcasestr(request, "extensions"));
        ck_assert_ptr_null(strcasestr(request, "deflate"));
        ck_assert_ptr_null(strcasestr(request, "user-agent"));
        ck_assert_ptr_null(strcasestr(request, "cookie"));
        ck_assert_ptr_null(strcasestr(request, "authorization"));
        /* GET and ten fields, of which two keep caches away, and the empty line. */
        ck_assert_uint_eq(count_text(request, "\r\n"), 11);

        ck_assert_str_eq(server.log->alpn, "http/1.1");
        ck_assert_str_eq(server.log->server_name, "tunnel.test");
        close_and_expect(&server, &probe);
}
END_TEST

START_TEST(test_proxies_of_environment) {
        Server server;
        Probe probe;

        setenv("http_proxy", "http://127.0.0.1:9", 1);
        setenv("https_proxy", "http://127.0.0.1:9", 1);
        setenv("all_proxy", "http://127.0.0.1:9", 1);
        open_echo(&server, &probe, "");
        close_and_expect(&server, &probe);
}
END_TEST

START_TEST(test_port) {
        Server server;
        Probe probe;
        char url[64], line[64];

        server_start(&server,
                     &(ServerParams){ .pki = &pki, .script = script_echo, .argument = "" });
        probe_init(&probe, pki.ca_file);
        probe_resolve(&probe, "tunnel.test", server.port);
        snprintf(url, sizeof(url), "wss://TUNNEL.test:8443/new?x=1");
        probe_open(&probe, url, NULL);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));

        ck_assert_int_eq(strncmp(server.log->request, "GET /new?x=1 HTTP/1.1\r\n", 23), 0);
        snprintf(line, sizeof(line), "\r\nHost: tunnel.test:8443\r\n");
        assert_line(server.log->request, line);
        assert_line(server.log->request, "\r\nOrigin: wss://tunnel.test:8443\r\n");
        close_and_expect(&server, &probe);
}
END_TEST

START_TEST(test_routing_id) {
        static const struct {
                const char *fields;
                const char *expected;
        } cases[] = {
                { "", "" },
                { "X-caBLE-Routing-ID: 0A0B0C\r\n", "0A0B0C" },
                { "x-cable-routing-id:\t0a0b0c \t\r\n", "0a0b0c" },
                { "X-caBLE-Routing-ID: not hex at all\r\n", "not hex at all" },
                { "Server: x\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\nX-CABLE-ROUTING-ID: 1\r\n",
                  "1" },
        };
        Server server;
        Probe probe;

        open_echo(&server, &probe, cases[_i].fields);
        ck_assert_str_eq(probe.routing_id, cases[_i].expected);
        close_and_expect(&server, &probe);
}
END_TEST

/* ---- A linked phone ------------------------------------------------------------------------- */

#define CONTACT_URL "wss://tunnel.test/cable/contact/qrs"

static void assert_contact_fields(const char *request, const char *payload) {
        char line[sizeof("\r\nX-caBLE-Client-Payload: \r\n") + HYBRID_CLIENT_PAYLOAD_SIZE];

        snprintf(line, sizeof(line), "\r\nX-caBLE-Client-Payload: %s\r\n", payload);
        assert_line(request, line);
        assert_line(request, "\r\nX-caBLE-Signal-Connection: true\r\n");
        /* Two more than to connect with a code. */
        ck_assert_uint_eq(count_text(request, "\r\n"), 13);
}

static void open_contact(Server *server, Probe *probe, server_script_t script, const void *argument,
                         const char *payload) {
        server_start(server,
                     &(ServerParams){ .pki = &pki, .script = script, .argument = argument });
        probe_init(probe, pki.ca_file);
        probe_resolve(probe, "tunnel.test", server->port);
        probe_resolve(probe, "other.test", server->port);
        probe->client_payload = payload;
        probe_open(probe, CONTACT_URL, NULL);
}

/* The shortest, the longest that there is, and both cases. */
static const char *const payloads[] = {
        "A",
        "a30148001122334455667702500123456789abcdef0123456789ABCDEF03626d63",
};

START_TEST(test_contact_request) {
        Server server;
        Probe probe;

        ck_assert_uint_eq(strlen(payloads[1]), HYBRID_CLIENT_PAYLOAD_SIZE - 1);
        open_contact(&server, &probe, script_echo, "", payloads[_i]);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        ck_assert_int_eq(strncmp(server.log->request, "GET /cable/contact/qrs HTTP/1.1\r\n", 33),
                         0);
        assert_contact_fields(server.log->request, payloads[_i]);
        ck_assert(!probe.channel->signals);
        close_and_expect(&server, &probe);
}
END_TEST

/* Any value means that there will be a signal; the field of another name, or in a value, does not. */
START_TEST(test_signal_field) {
        static const struct {
                const char *fields;
                bool signals;
        } cases[] = {
                { "", false },
                { "X-caBLE-Signal-Connection: true\r\n", true },
                { "x-CABLE-signal-connection:\t1 \r\n", true },
                { "X-caBLE-Signal-Connection:\r\n", true },
                { "X-caBLE-Signal-Connections: true\r\n", false },
                { "X-Signal-Connection: true\r\n", false },
                { "X: X-caBLE-Signal-Connection: true\r\n", false },
        };
        Server server;
        Probe probe;

        open_contact(&server, &probe, script_echo, cases[_i].fields, payloads[1]);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        ck_assert(probe.channel->signals == cases[_i].signals);
        close_and_expect(&server, &probe);
}
END_TEST

START_TEST(test_sigpipe_is_left_alone) {
        struct sigaction action;
        Server server;
        Probe probe;

        open_echo(&server, &probe, "");
        ck_assert_int_eq(sigaction(SIGPIPE, NULL, &action), 0);
        ck_assert(action.sa_handler == SIG_DFL);
        close_and_expect(&server, &probe);
}
END_TEST

/* Interim answers are skipped, also when they come together with the real one. */
static void script_interim(Connection *c) {
        if (connection_handshake(c) && connection_read_request(c) &&
            connection_print(c,
                             "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n"
                             "\r\nHTTP/1.1 101 x\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\n"
                             "Sec-WebSocket-Protocol: fido.cable\r\nSec-WebSocket-Accept: %s\r\n"
                             "\r\n",
                             connection_accept_value(c)))
                connection_echo(c);
}

START_TEST(test_interim_answers) {
        Server server;
        Probe probe;

        server_start(&server, &(ServerParams){ .pki = &pki, .script = script_interim });
        probe_init(&probe, pki.ca_file);
        probe_resolve(&probe, "tunnel.test", server.port);
        probe_open(&probe, "wss://tunnel.test/", NULL);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        close_and_expect(&server, &probe);
}
END_TEST

/* ---- Answers of all kinds ----------------------------------------------------------------- */

typedef enum After {
        END,   /* close the connection in order */
        RESET, /* TCP RST */
        HOLD,  /* wait for the client */
} After;

typedef struct Answer {
        const char *name;
        const char *text; /* "%s": the right Sec-WebSocket-Accept */
        After after;
        HybridChannelFault fault;
        int http_status;
        const char *detail;
} Answer;

#define UPGRADE  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
#define ACCEPT   "Sec-WebSocket-Accept: %s\r\n"
#define PROTOCOL "Sec-WebSocket-Protocol: fido.cable\r\n"

static const Answer answers[] = {
        { "400", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", HOLD,
          HYBRID_CHANNEL_REFUSED, 400, "refused" },
        { "404", "HTTP/1.1 404 Not Found\r\n\r\nnothing here", END, HYBRID_CHANNEL_REFUSED, 404,
          "refused" },
        { "410", "HTTP/1.1 410 Gone\r\n\r\n", END, HYBRID_CHANNEL_REFUSED, 410, "refused" },
        { "500", "HTTP/1.0 500\r\n\r\n", END, HYBRID_CHANNEL_REFUSED, 500, "refused" },
        { "200", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", HOLD,
          HYBRID_CHANNEL_REFUSED, 200, "refused" },
        { "401", "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\n\r\n", HOLD,
          HYBRID_CHANNEL_REFUSED, 401, "refused" },
        { "no subprotocol", UPGRADE ACCEPT "\r\n", HOLD, HYBRID_CHANNEL_REFUSED, 101,
          "no subprotocol" },
        { "other subprotocol", UPGRADE ACCEPT "Sec-WebSocket-Protocol: chat\r\n\r\n", HOLD,
          HYBRID_CHANNEL_REFUSED, 101, "another subprotocol" },
        { "two subprotocols", UPGRADE ACCEPT "Sec-WebSocket-Protocol: fido.cable, chat\r\n\r\n",
          HOLD, HYBRID_CHANNEL_REFUSED, 101, "another subprotocol" },
        { "prefix of the subprotocol", UPGRADE ACCEPT "Sec-WebSocket-Protocol: fido\r\n\r\n", HOLD,
          HYBRID_CHANNEL_REFUSED, 101, "another subprotocol" },
        { "subprotocol twice", UPGRADE ACCEPT PROTOCOL PROTOCOL "\r\n", HOLD,
          HYBRID_CHANNEL_REFUSED, 0, "not proper HTTP" },
        { "wrong accept",
          UPGRADE PROTOCOL "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n"
                           "\r\n",
          HOLD, HYBRID_CHANNEL_REFUSED, 101, "Accept" },
        { "no accept", UPGRADE PROTOCOL "\r\n", HOLD, HYBRID_CHANNEL_REFUSED, 101, "ACCEPT" },
        { "no upgrade",
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n" ACCEPT PROTOCOL "\r\n",
          HOLD, HYBRID_CHANNEL_REFUSED, 101, "" },
        { "other upgrade",
          "HTTP/1.1 101 x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n" ACCEPT PROTOCOL "\r\n", HOLD,
          HYBRID_CHANNEL_REFUSED, 101, "Upgrade" },
        { "no connection", "HTTP/1.1 101 x\r\nUpgrade: websocket\r\n" ACCEPT PROTOCOL "\r\n", HOLD,
          HYBRID_CHANNEL_REFUSED, 101, "" },
        { "connection close",
          "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: close\r\n" ACCEPT PROTOCOL "\r\n",
          HOLD, HYBRID_CHANNEL_REFUSED, 101, "" },
        { "extension",
          UPGRADE ACCEPT PROTOCOL "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", HOLD,
          HYBRID_CHANNEL_REFUSED, 101, "extension" },
        { "routing id twice",
          UPGRADE ACCEPT PROTOCOL
          "X-caBLE-Routing-ID: 000001\r\nX-Cable-Routing-Id: 000002\r\n\r\n",
          HOLD, HYBRID_CHANNEL_REFUSED, 0, "not proper HTTP" },
        { "signal twice",
          UPGRADE ACCEPT PROTOCOL
          "X-caBLE-Signal-Connection: true\r\nX-Cable-Signal-Connection: true\r\n\r\n",
          HOLD, HYBRID_CHANNEL_REFUSED, 0, "not proper HTTP" },
        { "signal, folded", UPGRADE ACCEPT PROTOCOL "X-caBLE-Signal-Connection: tr\r\n ue\r\n\r\n",
          HOLD, HYBRID_CHANNEL_REFUSED, 0, "not proper HTTP" },
        { "signal with a control character",
          UPGRADE ACCEPT PROTOCOL "X-caBLE-Signal-Connection: \x01\r\n\r\n", HOLD,
          HYBRID_CHANNEL_REFUSED, 0, "not proper HTTP" },
        { "signal without an upgrade", "HTTP/1.1 200 OK\r\nX-caBLE-Signal-Connection: true\r\n\r\n",
          HOLD, HYBRID_CHANNEL_REFUSED, 200, "refused" },
        { "folded field", UPGRADE ACCEPT PROTOCOL "X: a\r\n b\r\n\r\n", HOLD,
          HYBRID_CHANNEL_REFUSED, 0, "not proper HTTP" },
        { "bare line feed", "HTTP/1.1 404 x\nX: y\n\r\n\r\n", HOLD, HYBRID_CHANNEL_REFUSED, 0,
          "not proper HTTP" },
        { "not HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n", HOLD, HYBRID_CHANNEL_REFUSED, 0,
          "not proper HTTP" },
        { "HTTP/2", "HTTP/2 101 x\r\n\r\n", HOLD, HYBRID_CHANNEL_REFUSED, 0, "not proper HTTP" },
        { "status of no meaning", "HTTP/1.1 999 x\r\n\r\n", HOLD, HYBRID_CHANNEL_REFUSED, 0,
          "not proper HTTP" },
        { "nothing but interim", "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 x\r\n\r\n", HOLD,
          HYBRID_CHANNEL_REFUSED, 404, "refused" },
        { "nothing", "", END, HYBRID_CHANNEL_BROKEN, 0, "before the answer" },
        { "nothing, reset", "", RESET, HYBRID_CHANNEL_BROKEN, 0, "before the answer" },
        { "cut in the status", "HTTP/1.1 1", END, HYBRID_CHANNEL_BROKEN, 0, "before the answer" },
        { "cut in the fields", UPGRADE ACCEPT, RESET, HYBRID_CHANNEL_BROKEN, 0,
          "before the answer" },
        { "redirect without Location", "HTTP/1.1 302 Found\r\n\r\n", HOLD, HYBRID_CHANNEL_REFUSED,
          302, "without Location" },
        { "redirect to http", "HTTP/1.1 302 Found\r\nLocation: http://tunnel.test/x\r\n\r\n", HOLD,
          HYBRID_CHANNEL_REFUSED, 302, "http://tunnel.test/x" },
        { "redirect to ws", "HTTP/1.1 301 Moved\r\nLocation: ws://tunnel.test/x\r\n\r\n", HOLD,
          HYBRID_CHANNEL_REFUSED, 301, "ws://tunnel.test/x" },
        { "redirect to a file", "HTTP/1.1 307 x\r\nLocation: file:///etc/passwd\r\n\r\n", HOLD,
          HYBRID_CHANNEL_REFUSED, 307, "file:///etc/passwd" },
        { "redirect to an address", "HTTP/1.1 308 x\r\nLocation: https://127.0.0.1/x\r\n\r\n", HOLD,
          HYBRID_CHANNEL_REFUSED, 308, "https://127.0.0.1/x" },
        { "redirect with a user", "HTTP/1.1 302 x\r\nLocation: https://a@tunnel.test/\r\n\r\n",
          HOLD, HYBRID_CHANNEL_REFUSED, 302, "https://a@tunnel.test/" },
        { "redirect to another scheme's host", "HTTP/1.1 302 x\r\nLocation: //tunnel.test/\r\n\r\n",
          HOLD, HYBRID_CHANNEL_REFUSED, 302, "//tunnel.test/" },
        { "redirect into the house", "HTTP/1.1 302 x\r\nLocation: wss://localhost/x\r\n\r\n", HOLD,
          HYBRID_CHANNEL_REFUSED, 302, "wss://localhost/x" },
        { "redirect to another service of a host",
          "HTTP/1.1 302 x\r\nLocation: wss://tunnel.test:631/x\r\n\r\n", HOLD,
          HYBRID_CHANNEL_REFUSED, 302, "wss://tunnel.test:631/x" },
        { "redirect with odd bytes", "HTTP/1.1 303 x\r\nLocation: http://\xc3\xa9/\r\n\r\n", HOLD,
          HYBRID_CHANNEL_REFUSED, 303,
          "http://??"
          "/" },
        { "304", "HTTP/1.1 304 Not Modified\r\nLocation: /y\r\n\r\n", HOLD, HYBRID_CHANNEL_REFUSED,
          304, "refused" },
};

static void script_answer(Connection *c) {
        const Answer *answer = c->argument;

        if (!connection_handshake(c) || !connection_read_request(c))
                return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
        if (!connection_print(c, answer->text, connection_accept_value(c)))
                return;
#pragma GCC diagnostic pop
        if (answer->after == END)
                SSL_shutdown(c->ssl);
        else if (answer->after == RESET)
                connection_reset(c);
        else
                connection_wait_for_end(c);
}

START_TEST(test_answer) {
        const Answer *answer = &answers[_i];
        Server server;
        Probe probe;

        server_start(&server,
                     &(ServerParams){ .pki = &pki, .script = script_answer, .argument = answer });
        probe_init(&probe, pki.ca_file);
        probe_resolve(&probe, "tunnel.test", server.port);
        probe_open(&probe, "wss://tunnel.test/", NULL);
        probe_expect_down(&probe, answer->fault, answer->http_status, answer->detail);
        ck_assert_uint_eq(probe.n_up, 0);
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

/* ---- Size ---------------------------------------------------------------------------------- */

/* Fields of 1000 bytes, as many as the argument says, in front of what matters. */
static void script_large(Connection *c) {
        unsigned n = *(const unsigned *)c->argument;
        char field[1001];

        memset(field, 'x', 998);
        memcpy(field, "X-Filler: ", 10);
        memcpy(field + 998, "\r\n", 3);
        if (!connection_handshake(c) || !connection_read_request(c) ||
            !connection_print(c, "HTTP/1.1 101 x\r\n"))
                return;
        while (n-- > 0)
                if (!connection_print(c, "%s", field))
                        return;
        if (connection_print(
                    c,
                    "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" PROTOCOL ACCEPT
                    "\r\n",
                    connection_accept_value(c)))
                connection_echo(c);
}

static void open_large(Server *server, Probe *probe, const unsigned *n) {
        server_start(server, &(ServerParams){ .pki = &pki, .script = script_large, .argument = n });
        probe_init(probe, pki.ca_file);
        probe_resolve(probe, "tunnel.test", server->port);
        probe_open(probe, "wss://tunnel.test/", NULL);
}

START_TEST(test_large_head) {
        static const unsigned n = 16;
        Server server;
        Probe probe;

        open_large(&server, &probe, &n);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        close_and_expect(&server, &probe);
}
END_TEST

START_TEST(test_too_large_head) {
        static const unsigned n = 17;
        Server server;
        Probe probe;

        open_large(&server, &probe, &n);
        probe_expect_down(&probe, HYBRID_CHANNEL_REFUSED, 0, "too large");
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

/* Interim heads without end, each of them small. */
static void script_interim_flood(Connection *c) {
        if (!connection_handshake(c) || !connection_read_request(c))
                return;
        while (connection_print(c, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"))
                ;
}

START_TEST(test_interim_flood) {
        Server server;
        Probe probe;

        server_start(&server, &(ServerParams){ .pki = &pki, .script = script_interim_flood });
        probe_init(&probe, pki.ca_file);
        probe_resolve(&probe, "tunnel.test", server.port);
        probe_open(&probe, "wss://tunnel.test/", NULL);
        probe_expect_down(&probe, HYBRID_CHANNEL_REFUSED, 0, "too large");
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

/* ---- Redirects ----------------------------------------------------------------------------- */

typedef struct Redirects {
        unsigned n;              /* so many, then a good answer */
        const char *location[2]; /* of the odd and of the even ones */
        int status;
} Redirects;

static void script_redirect(Connection *c) {
        const Redirects *redirects = c->argument;

        if (c->n > redirects->n) {
                if (connection_upgrade(c, "X-caBLE-Routing-ID: ABCDEF\r\n"))
                        connection_echo(c);
                return;
        }
        if (connection_handshake(c) && connection_read_request(c) &&
            connection_print(c, "HTTP/1.1 %d Elsewhere\r\nLocation: %s\r\n\r\n", redirects->status,
                             redirects->location[(c->n - 1) % 2]))
                connection_wait_for_end(c);
}

static void open_redirects(Server *server, Probe *probe, const Redirects *redirects) {
        server_start(
                server,
                &(ServerParams){ .pki = &pki, .script = script_redirect, .argument = redirects });
        probe_init(probe, pki.ca_file);
        probe_resolve(probe, "tunnel.test", server->port);
        probe_resolve(probe, "other.test", server->port);
        probe_open(probe, "wss://tunnel.test/first", NULL);
}

static const Redirects followed[] = {
        { 1, { "/second" }, 301 },
        { 1, { "wss://other.test/second" }, 302 },
        { 1, { "https://other.test/second#part" }, 303 },
        { 1, { "HTTPS://OTHER.test/second" }, 307 },
        { 5, { "https://other.test/second", "wss://tunnel.test/second" }, 308 },
        { 5, { "/second", "/second" }, 302 },
};

START_TEST(test_redirect) {
        const Redirects *redirects = &followed[_i];
        bool other = strcasestr(redirects->location[0], "other.test");
        Server server;
        Probe probe;

        open_redirects(&server, &probe, redirects);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        ck_assert_str_eq(probe.routing_id, "ABCDEF");
        ck_assert_uint_eq(server.log->n_requests, redirects->n + 1);
        ck_assert_int_eq(strncmp(server.log->request, "GET /second HTTP/1.1\r\n", 22), 0);
        assert_line(server.log->request,
                    other ? "\r\nHost: other.test\r\n" : "\r\nHost: tunnel.test\r\n");
        assert_line(server.log->request, other ? "\r\nOrigin: wss://other.test\r\n"
                                               : "\r\nOrigin: wss://tunnel.test\r\n");
        ck_assert_str_eq(server.log->server_name, other ? "other.test" : "tunnel.test");

        probe_send(&probe, "hello", 5);
        ck_assert(probe_run_until(&probe, &probe.n_messages, 1, 5000000));
        assert_bytes_eq(probe.message, probe.n_message, "hello", 5);
        close_and_expect(&server, &probe);
}
END_TEST

/* The next one is asked to contact the phone as the first one was. */
START_TEST(test_redirect_of_a_contact) {
        const Redirects *redirects = &followed[_i];
        Server server;
        Probe probe;

        open_contact(&server, &probe, script_redirect, redirects, payloads[1]);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        ck_assert_uint_eq(server.log->n_requests, redirects->n + 1);
        assert_contact_fields(server.log->request, payloads[1]);
        close_and_expect(&server, &probe);
}
END_TEST

static bool is_first(void *userdata, const char *host) {
        ++*(unsigned *)userdata;
        return strcmp(host, "tunnel.test") == 0;
}

/* Whoever says which services may be used means these, too. */
START_TEST(test_redirect_to_a_host_that_is_not_allowed) {
        unsigned n_asked = 0;
        Server server;
        Probe probe;

        server_start(&server, &(ServerParams){ .pki = &pki,
                                               .script = script_redirect,
                                               .argument = &followed[_i] });
        probe_init(&probe, pki.ca_file);
        probe.network.is_tunnel_allowed = is_first;
        probe.network.userdata = &n_asked;
        probe_resolve(&probe, "tunnel.test", server.port);
        probe_resolve(&probe, "other.test", server.port);
        probe_open(&probe, "wss://tunnel.test/first", NULL);
        if (strcasestr(followed[_i].location[0], "other.test")) {
                probe_expect_down(&probe, HYBRID_CHANNEL_FORBIDDEN, 0, "other.test");
                ck_assert_uint_eq(server.log->n_connections, 1);
                ck_assert_uint_eq(n_asked, 1);
                probe_done(&probe);
                server_stop(&server);
        } else {
                ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
                close_and_expect(&server, &probe);
        }
}
END_TEST

START_TEST(test_redirects_without_end) {
        static const Redirects redirects[] = {
                { 6, { "/second", "/second" }, 302 },
                { 100, { "/first", "/first" }, 302 },
                { 100, { "https://other.test/", "https://tunnel.test/first" }, 301 },
        };
        Server server;
        Probe probe;

        open_redirects(&server, &probe, &redirects[_i]);
        probe_expect_down(&probe, HYBRID_CHANNEL_REFUSED, redirects[_i].status,
                          "too many redirects");
        ck_assert_uint_eq(server.log->n_requests, 6);
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

START_TEST(test_redirect_keeps_tls_rules) {
        static const Redirects redirects = { 1, { "https://elsewhere.test/" }, 302 };
        Server server;
        Probe probe;

        server_start(
                &server,
                &(ServerParams){ .pki = &pki, .script = script_redirect, .argument = &redirects });
        probe_init(&probe, pki.ca_file);
        probe_resolve(&probe, "tunnel.test", server.port);
        probe_resolve(&probe, "elsewhere.test", server.port);
        probe_open(&probe, "wss://tunnel.test/first", NULL);
        probe_expect_down(&probe, HYBRID_CHANNEL_TLS, 0, "mismatch");
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

/* How a tunnel service says that it does not know the phone. */
START_TEST(test_contact_that_is_gone) {
        static const Answer gone = {
                .text = "HTTP/1.1 410 Gone\r\nX-caBLE-Signal-Connection: true\r\n\r\n",
                .after = END,
        };
        Server server;
        Probe probe;

        open_contact(&server, &probe, script_answer, &gone, payloads[1]);
        probe_expect_down(&probe, HYBRID_CHANNEL_REFUSED, 410, "refused");
        ck_assert_uint_eq(probe.n_up, 0);
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

/* ---- What open() refuses at once ------------------------------------------------------------ */

START_TEST(test_bad_payloads) {
        static const char *const bad[] = {
                "",
                " ",
                "xy",
                "A0\r\nX: y",
                "A0 ",
                "A\nB",
                "A\x7f",
                "\xc3\xa9",
                "a30148001122334455667702500123456789abcdef0123456789ABCDEF03626d63A",
        };
        static const ChannelEvents events = {};
        Channel *channel = NULL;
        Probe probe;

        probe_init(&probe, NULL);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                const ChannelOptions options = {
                        .url = CONTACT_URL,
                        .client_payload = bad[i],
                        .network = &probe.network,
                        .events = &events,
                };

                ck_assert_int_eq(channel_tunnel.open(&channel, probe.event, &options), -EINVAL);
                ck_assert_ptr_null(channel);
        }
        probe_expect_nothing_left(&probe);
        probe_done(&probe);
}
END_TEST

START_TEST(test_misuse) {
        static const char *const urls[] = {
                "",
                "tunnel.test",
                "ws://tunnel.test/",
                "https://tunnel.test/",
                "wss:///path",
                "wss://tunnel.test:0/",
                "wss://tunnel.test/a b",
                "wss://tunnel.test/\r\nX: y",
                "wss://127.0.0.1/",
        };
        static const ChannelEvents events = {};
        Channel *channel = NULL;
        Probe probe;

        probe_init(&probe, NULL);
        for (size_t i = 0; i < ELEMENTSOF(urls); i++) {
                const ChannelOptions options = {
                        .url = urls[i],
                        .network = &probe.network,
                        .events = &events,
                };

                ck_assert_int_eq(channel_tunnel.open(&channel, probe.event, &options), -EINVAL);
                ck_assert_ptr_null(channel);
        }
        probe_expect_nothing_left(&probe);
        probe_done(&probe);
}
END_TEST

START_TEST(test_bad_network_options) {
        static const ChannelEvents events = {};
        Channel *channel = NULL;
        Probe probe;
        ChannelOptions options = {
                .url = "wss://tunnel.test/",
                .network = &probe.network,
                .events = &events,
        };

        probe_init(&probe, "/nonexistent/ca.pem");
        probe_resolve(&probe, "tunnel.test", 1);
        ck_assert_int_eq(channel_tunnel.open(&channel, probe.event, &options), -EINVAL);
        probe.network.ca_file = NULL;
        probe_resolve_text(&probe, "bad.test", "127.0.0.1");
        options.url = "wss://bad.test/";
        ck_assert_int_eq(channel_tunnel.open(&channel, probe.event, &options), -EINVAL);
        ck_assert_ptr_null(channel);
        probe_done(&probe);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("upgrade", &tcase);
        int r;

        pki_init(&pki);
        tcase_add_test(tcase, test_request);
        tcase_add_test(tcase, test_proxies_of_environment);
        tcase_add_test(tcase, test_port);
        tcase_add_loop_test(tcase, test_routing_id, 0, 5);
        tcase_add_loop_test(tcase, test_contact_request, 0, ELEMENTSOF(payloads));
        tcase_add_loop_test(tcase, test_signal_field, 0, 7);
        tcase_add_loop_test(tcase, test_redirect_of_a_contact, 0, ELEMENTSOF(followed));
        tcase_add_test(tcase, test_contact_that_is_gone);
        tcase_add_test(tcase, test_bad_payloads);
        tcase_add_test(tcase, test_sigpipe_is_left_alone);
        tcase_add_test(tcase, test_interim_answers);
        tcase_add_loop_test(tcase, test_answer, 0, ELEMENTSOF(answers));
        tcase_add_test(tcase, test_large_head);
        tcase_add_test(tcase, test_too_large_head);
        tcase_add_test(tcase, test_interim_flood);
        tcase_add_loop_test(tcase, test_redirect, 0, ELEMENTSOF(followed));
        tcase_add_loop_test(tcase, test_redirect_to_a_host_that_is_not_allowed, 0,
                            ELEMENTSOF(followed));
        tcase_add_loop_test(tcase, test_redirects_without_end, 0, 3);
        tcase_add_test(tcase, test_redirect_keeps_tls_rules);
        tcase_add_test(tcase, test_misuse);
        tcase_add_test(tcase, test_bad_network_options);
        r = unit_run(suite);
        pki_done(&pki);
        return r;
}
