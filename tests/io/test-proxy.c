/* SPDX-License-Identifier: MIT */

/*
 * Tunnels through a proxy: what it is asked, that nothing else is, and what comes of each kind of
 * answer. The server plays both: first the proxy, then the host behind it.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/macro.h"
#include "io/tunnel/http-head.h"
#include "probe.h"
#include "server.h"
#include "unit.h"

static Pki pki;

/* ---- a proxy -------------------------------------------------------------------------------- */

/* The request without TLS, noted in the log. */
static bool read_connect(Connection *c) {
        char *text = c->log->request;
        size_t n = 0;

        while (n + 1 < sizeof(c->log->request)) {
                if (read(c->fd, text + n, 1) != 1)
                        return false;
                text[++n] = '\0';
                if (n >= 4 && strcmp(text + n - 4, "\r\n\r\n") == 0)
                        return true;
        }
        return false;
}

static bool write_plain(Connection *c, const char *text) {
        return write(c->fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* What it was asked stays in the log: the request behind it goes to a copy. */
static void be_host(Connection *c) {
        char asked[sizeof(c->log->request)];

        strcpy(asked, c->log->request);
        if (connection_upgrade(c, "")) {
                strcpy(c->log->request, asked);
                connection_echo(c);
        }
}

static void script_proxy(Connection *c) {
        if (read_connect(c) && write_plain(c, c->argument))
                be_host(c);
}

/* Answers a byte at a time. */
static void script_slow_proxy(Connection *c) {
        if (!read_connect(c))
                return;
        for (const char *p = c->argument; *p; p++) {
                if (write(c->fd, p, 1) != 1)
                        return;
                usleep(2000);
        }
        be_host(c);
}

static void script_answer(Connection *c) {
        if (read_connect(c) && write_plain(c, c->argument))
                sleep(20);
}

static void script_answer_and_end(Connection *c) {
        if (read_connect(c))
                (void)write_plain(c, c->argument);
}

static void script_reset(Connection *c) {
        if (read_connect(c))
                connection_reset(c);
}

static void script_flood(Connection *c) {
        char data[4096];

        if (!read_connect(c) || !write_plain(c, "HTTP/1.1 200 x\r\nX: "))
                return;
        memset(data, 'x', sizeof(data));
        while (write(c->fd, data, sizeof(data)) > 0)
                ;
}

static void script_direct(Connection *c) {
        if (connection_upgrade(c, ""))
                connection_echo(c);
}

static void start(Server *server, server_script_t script, const char *argument) {
        server_start(server,
                     &(ServerParams){ .pki = &pki, .script = script, .argument = argument });
}

/* All but the port, and the port. */
static const char *proxy_url(const char *start, uint16_t port) {
        static char url[128];

        snprintf(url, sizeof(url), "%s:%u", start, port);
        return url;
}

static void expect_echo(Probe *probe) {
        probe_open(probe, "wss://tunnel.test/", NULL);
        ck_assert_msg(probe_run_until(probe, &probe->n_up, 1, 5000000), "%s", probe->error.detail);
        probe_send(probe, "hello", 5);
        ck_assert(probe_run_until(probe, &probe->n_messages, 1, 5000000));
        probe_free(probe);
}

#define ESTABLISHED "HTTP/1.1 200 Connection established\r\n\r\n"

/* ---- that works ----------------------------------------------------------------------------- */

static const struct {
        const char *url;
        server_script_t script;
        const char *answer;
        const char *request;
} good[] = {
        { "http://127.0.0.1", script_proxy, ESTABLISHED,
          "CONNECT tunnel.test:443 HTTP/1.1\r\nHost: tunnel.test:443\r\n\r\n" },
        { "127.0.0.1", script_proxy, "HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\n",
          "CONNECT tunnel.test:443 HTTP/1.1\r\nHost: tunnel.test:443\r\n\r\n" },
        { "http://me:secret@127.0.0.1", script_proxy, ESTABLISHED,
          "CONNECT tunnel.test:443 HTTP/1.1\r\nHost: tunnel.test:443\r\n"
          "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n" },
        { "http://127.0.0.1", script_proxy, "HTTP/1.1 100 Continue\r\n\r\n" ESTABLISHED,
          "CONNECT tunnel.test:443 HTTP/1.1\r\nHost: tunnel.test:443\r\n\r\n" },
        { "http://127.0.0.1", script_slow_proxy, ESTABLISHED,
          "CONNECT tunnel.test:443 HTTP/1.1\r\nHost: tunnel.test:443\r\n\r\n" },
        { "http://proxy.test", script_proxy, ESTABLISHED, /* a name, see below */
          "CONNECT tunnel.test:443 HTTP/1.1\r\nHost: tunnel.test:443\r\n\r\n" },
};

/* tunnel.test has no address here: only the proxy knows it. */
START_TEST(test_through_proxy) {
        Server server;
        Probe probe;

        start(&server, good[_i].script, good[_i].answer);
        probe_init(&probe, pki.ca_file);
        probe_resolve(&probe, "proxy.test", server.port);
        probe.network.proxy = proxy_url(good[_i].url, server.port);
        expect_echo(&probe);
        ck_assert_str_eq(server.log->request, good[_i].request);
        ck_assert_str_eq(server.log->server_name, "tunnel.test");
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

START_TEST(test_ahead_through_proxy) {
        ChannelPrepared *prepared;
        Server server;
        Probe probe;

        start(&server, script_proxy, ESTABLISHED);
        probe_init(&probe, pki.ca_file);
        probe.network.proxy = proxy_url("http://127.0.0.1", server.port);
        ck_assert_int_eq(
                channel_tunnel.prepare(&prepared, probe.event, "tunnel.test", &probe.network), 0);
        probe_run(&probe, 300 * 1000);
        ck_assert_ptr_nonnull(strstr(server.log->request, "CONNECT tunnel.test:443 "));

        probe_open(&probe, "wss://tunnel.test/", prepared);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        ck_assert_uint_eq(server.log->n_connections, 1);
        probe_free(&probe);
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

/* The proxy is a trap. */
START_TEST(test_bypassed) {
        static const char *const lists[] = { "tunnel.test", ".test", "x, tunnel.test:443", "*" };
        Server server, trap;
        Probe probe;

        start(&server, script_direct, NULL);
        start(&trap, script_reset, NULL);
        probe_init(&probe, pki.ca_file);
        probe_resolve(&probe, "tunnel.test", server.port);
        probe.network.proxy = proxy_url("http://127.0.0.1", trap.port);
        probe.network.no_proxy = lists[_i];
        expect_echo(&probe);
        ck_assert_uint_eq(trap.log->n_connections, 0);
        probe_done(&probe);
        server_stop(&server);
        server_stop(&trap);
}
END_TEST

START_TEST(test_not_bypassed) {
        Server server, trap;
        Probe probe;

        start(&server, script_proxy, ESTABLISHED);
        start(&trap, script_direct, NULL);
        probe_init(&probe, pki.ca_file);
        probe_resolve(&probe, "tunnel.test", trap.port);
        probe.network.proxy = proxy_url("http://127.0.0.1", server.port);
        probe.network.no_proxy = "other.test,tunnel.test:8443";
        expect_echo(&probe);
        ck_assert_uint_eq(trap.log->n_connections, 0);
        probe_done(&probe);
        server_stop(&server);
        server_stop(&trap);
}
END_TEST

/* ---- that says no, or nonsense -------------------------------------------------------------- */

static char long_head[HTTP_HEAD_SIZE_MAX + 100];

static const struct {
        server_script_t script;
        const char *answer;
        int status;
        const char *detail;
} bad[] = {
        { script_answer, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", 407,
          "answered with status 407" },
        { script_answer, "HTTP/1.1 403 Filtered\r\n\r\n<html>", 403, "answered with status 403" },
        { script_answer, "HTTP/1.1 502 x\r\n\r\n", 502, "answered with status 502" },
        { script_answer, "HTTP/1.1 302 x\r\nLocation: https://tunnel.test/\r\n\r\n", 302,
          "answered with status 302" },
        { script_answer, "HTTP/1.1 101 x\r\n\r\n", 101, "answered with status 101" },
        { script_answer, "SSH-2.0-OpenSSH_9.2\r\n", 0, "does not answer as an HTTP proxy" },
        { script_answer, "HTTP/1.1 200 x\r\nbroken\r\n\r\n", 0,
          "does not answer as an HTTP proxy" },
        { script_answer, long_head, 0, "too large" },
        { script_flood, "", 0, "too large" },
        { script_answer_and_end, "", 0, "closed the connection" },
        { script_answer_and_end, "HTTP/1.1 200 x\r\n", 0, "closed the connection" },
        { script_reset, "", 0, "reset" },
};

START_TEST(test_bad_proxy) {
        char name[64];
        Server server;
        Probe probe;

        start(&server, bad[_i].script, bad[_i].answer);
        probe_init(&probe, pki.ca_file);
        probe.network.proxy = proxy_url("http://me:secret@127.0.0.1", server.port);
        probe_open(&probe, "wss://tunnel.test/", NULL);
        probe_expect_down(&probe, HYBRID_CHANNEL_PROXY, bad[_i].status, bad[_i].detail);
        snprintf(name, sizeof(name), "proxy 127.0.0.1:%u: ", server.port);
        ck_assert_ptr_nonnull(strstr(probe.error.detail, name));
        ck_assert_ptr_null(strstr(probe.error.detail, "secret"));
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

/* What comes behind the reply is the host's, and that speaks TLS. */
START_TEST(test_bytes_behind_the_reply) {
        Server server;
        Probe probe;

        start(&server, script_answer, ESTABLISHED "HTTP/1.1 200 OK\r\n\r\n");
        probe_init(&probe, pki.ca_file);
        probe.network.proxy = proxy_url("http://127.0.0.1", server.port);
        probe_open(&probe, "wss://tunnel.test/", NULL);
        probe_expect_down(&probe, HYBRID_CHANNEL_TLS, 0, "does not speak TLS");
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

/* A proxy that intercepts is no host: its certificate is looked at like any other. */
START_TEST(test_other_host_behind_the_proxy) {
        static const PkiKind kinds[] = { PKI_OTHER_NAME, PKI_SELF_SIGNED, PKI_OTHER_ROOT };
        Server server;
        Probe probe;

        server_start(&server, &(ServerParams){ .pki = &pki,
                                               .kind = kinds[_i],
                                               .script = script_proxy,
                                               .argument = ESTABLISHED });
        probe_init(&probe, pki.ca_file);
        probe.network.proxy = proxy_url("http://127.0.0.1", server.port);
        probe_open(&probe, "wss://tunnel.test/", NULL);
        probe_expect_down(&probe, HYBRID_CHANNEL_TLS, 0, "certificate verify failed");
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

static void expect_no_proxy(const char *url, const char *detail) {
        Probe probe;

        probe_init(&probe, pki.ca_file);
        probe.network.proxy = url;
        probe_open(&probe, "wss://tunnel.test/", NULL);
        probe_expect_down(&probe, HYBRID_CHANNEL_PROXY, 0, detail);
        probe_done(&probe);
}

START_TEST(test_nobody_there) {
        uint16_t port = closed_port(false);

        expect_no_proxy(proxy_url("http://127.0.0.1", port), "Connection refused");
        expect_no_proxy(proxy_url("http://[::1]", closed_port(true)), "connect [::1]:");
        expect_no_proxy("http://proxy.invalid:1", "proxy proxy.invalid:1: ");
}
END_TEST

START_TEST(test_bad_setting) {
        expect_no_proxy("socks5://127.0.0.1:1", "SOCKS");
        expect_no_proxy("https://127.0.0.1:1", "over TLS");
        expect_no_proxy("http://me:sec%ret@127.0.0.1:1", "user name");
}
END_TEST

START_TEST(test_silent_proxy) {
        uint16_t port = black_hole_port(false);
        Server server;
        Probe probes[2];

        start(&server, script_answer, "HTTP/1.1 200 x\r\n");
        probe_init(&probes[0], pki.ca_file);
        probe_init(&probes[1], pki.ca_file);
        sd_event_unref(probes[1].event);
        probes[1].event = sd_event_ref(probes[0].event);
        probes[0].network.proxy = strdup(proxy_url("http://127.0.0.1", port));
        probes[1].network.proxy = strdup(proxy_url("http://127.0.0.1", server.port));
        probe_open(&probes[0], "wss://tunnel.test/", NULL);
        probe_open(&probes[1], "wss://tunnel.test/", NULL);

        for (unsigned i = 0; i < 2; i++) {
                uint64_t start_usec = now_usec();

                ck_assert(probe_run_until(&probes[i], &probes[i].n_down, 1, 13000000));
                ck_assert_int_eq(probes[i].error.fault, HYBRID_CHANNEL_PROXY);
                ck_assert_ptr_nonnull(
                        strstr(probes[i].error.detail, i == 0 ? "connection request" : "CONNECT"));
                ck_assert_uint_lt(now_usec() - start_usec, 11500000);
                probe_free(&probes[i]);
                free((char *)probes[i].network.proxy);
        }
        sd_event_unref(probes[1].event);
        sd_event_source_unref(probes[1].clock);
        probe_done(&probes[0]);
        server_stop(&server);
}
END_TEST

/* ---- more roots ----------------------------------------------------------------------------- */

START_TEST(test_extra_roots) {
        Server server;
        Probe probe;

        start(&server, script_direct, NULL);
        probe_init(&probe, NULL);
        probe_resolve(&probe, "tunnel.test", server.port);
        probe.network.extra_ca_file = pki.ca_file;
        expect_echo(&probe);

        /* Another name than in the certificate is no better for a root of ours. */
        probe.n_up = probe.n_messages = 0;
        probe_resolve(&probe, "third.test", server.port);
        probe_open(&probe, "wss://third.test/", NULL);
        probe_expect_down(&probe, HYBRID_CHANNEL_TLS, 0, "hostname mismatch");
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

START_TEST(test_bad_extra_roots) {
        static const char *const files[] = { "/nonexistent", "/dev/null", "/proc/self/exe" };
        Server server;
        Probe probe;

        start(&server, script_direct, NULL);
        probe_init(&probe, pki.ca_file);
        probe_resolve(&probe, "tunnel.test", server.port);
        probe.network.extra_ca_file = files[_i];
        probe_open(&probe, "wss://tunnel.test/", NULL);
        probe_expect_down(&probe, HYBRID_CHANNEL_TLS, 0, "no certificates that can be read");
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("proxy", &tcase);
        int r;

        pki_init(&pki);
        memset(long_head, 'x', sizeof(long_head) - 1);
        memcpy(long_head, "HTTP/1.1 200 ", 13);

        tcase_add_loop_test(tcase, test_through_proxy, 0, ELEMENTSOF(good));
        tcase_add_test(tcase, test_ahead_through_proxy);
        tcase_add_loop_test(tcase, test_bypassed, 0, 4);
        tcase_add_test(tcase, test_not_bypassed);
        tcase_add_loop_test(tcase, test_bad_proxy, 0, ELEMENTSOF(bad));
        tcase_add_test(tcase, test_bytes_behind_the_reply);
        tcase_add_loop_test(tcase, test_other_host_behind_the_proxy, 0, 3);
        tcase_add_test(tcase, test_nobody_there);
        tcase_add_test(tcase, test_bad_setting);
        tcase_add_test(tcase, test_silent_proxy);
        tcase_add_test(tcase, test_extra_roots);
        tcase_add_loop_test(tcase, test_bad_extra_roots, 0, 3);
        tcase_set_timeout(tcase, 60);
        r = unit_run(suite);
        pki_done(&pki);
        return r;
}
