/* SPDX-License-Identifier: MIT */

/*
 * Connections and TLS: whom a tunnel trusts, and what it says about those it does not.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/macro.h"
#include "probe.h"
#include "server.h"
#include "unit.h"

static Pki pki;

static void script_echo(Connection *c) {
        if (connection_upgrade(c, ""))
                connection_echo(c);
}

static void script_plain(Connection *c) {
        static const char text[] = "HTTP/1.1 400 Bad Request\r\n\r\n";

        (void)!write(c->fd, text, sizeof(text) - 1);
        shutdown(c->fd, SHUT_WR);
        sleep(1);
}

static void script_end(Connection *c) {
        char data[4096];

        /* What was sent is read, or the end would be a reset. */
        (void)!read(c->fd, data, sizeof(data));
}

static void script_reset(Connection *c) {
        char data[4096];

        (void)!read(c->fd, data, sizeof(data));
        connection_reset(c);
}

/* ---- Servers that are not to be trusted ----------------------------------------------------- */

static const struct {
        const char *name;
        PkiKind kind;
        int max_tls_version;
        server_script_t script;
        const char *detail;
} bad[] = {
        { "other name", PKI_OTHER_NAME, 0, script_echo, "verify failed: hostname mismatch" },
        { "partial wildcard", PKI_PARTIAL_WILDCARD, 0, script_echo,
          "verify failed: hostname mismatch" },
        { "name in the subject", PKI_NAME_IN_SUBJECT, 0, script_echo,
          "verify failed: hostname mismatch" },
        { "expired", PKI_EXPIRED, 0, script_echo, "verify failed: certificate has expired" },
        { "not yet valid", PKI_NOT_YET_VALID, 0, script_echo,
          "verify failed: certificate is not yet valid" },
        { "self-signed", PKI_SELF_SIGNED, 0, script_echo,
          "verify failed: self-signed certificate" },
        { "other root", PKI_OTHER_ROOT, 0, script_echo,
          "verify failed: unable to get local issuer certificate" },
        { "TLS 1.1", PKI_GOOD, TLS1_1_VERSION, script_echo, "protocol version" },
        { "no TLS", PKI_GOOD, 0, script_plain, "does not speak TLS" },
        { "closed in the handshake", PKI_GOOD, 0, script_end, "closed during the TLS handshake" },
        { "reset in the handshake", PKI_GOOD, 0, script_reset, "reset" },
};

START_TEST(test_bad_server) {
        Server server;
        Probe probe;

        server_start(&server, &(ServerParams){ .pki = &pki,
                                               .kind = bad[_i].kind,
                                               .max_tls_version = bad[_i].max_tls_version,
                                               .script = bad[_i].script });
        probe_init(&probe, pki.ca_file);
        probe_resolve(&probe, "tunnel.test", server.port);
        probe_open(&probe, "wss://tunnel.test/", NULL);
        probe_expect_down(&probe, HYBRID_CHANNEL_TLS, 0, bad[_i].detail);
        ck_assert_uint_eq(server.log->n_requests, 0);
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

/* Our root is not among the system's. */
START_TEST(test_system_roots) {
        Server server;
        Probe probe;

        server_start(&server, &(ServerParams){ .pki = &pki, .script = script_echo });
        probe_init(&probe, NULL);
        probe_resolve(&probe, "tunnel.test", server.port);
        probe_open(&probe, "wss://tunnel.test/", NULL);
        probe_expect_down(&probe, HYBRID_CHANNEL_TLS, 0, "unable to get local issuer certificate");
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

/* ---- Servers that are ------------------------------------------------------------------------ */

static void expect_echo(Probe *probe) {
        probe_open(probe, "wss://tunnel.test/", NULL);
        ck_assert_msg(probe_run_until(probe, &probe->n_up, 1, 5000000), "%s", probe->error.detail);
        probe_send(probe, "hello", 5);
        ck_assert(probe_run_until(probe, &probe->n_messages, 1, 5000000));
        probe_free(probe);
}

START_TEST(test_tls_versions) {
        static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
        Server server;
        Probe probe;

        server_start(&server, &(ServerParams){ .pki = &pki,
                                               .max_tls_version = versions[_i],
                                               .script = script_echo });
        probe_init(&probe, pki.ca_file);
        probe_resolve(&probe, "tunnel.test", server.port);
        expect_echo(&probe);
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

START_TEST(test_v6) {
        Server server;
        Probe probe;
        char address[32];

        server_start(&server, &(ServerParams){ .pki = &pki, .v6 = true, .script = script_echo });
        probe_init(&probe, pki.ca_file);
        snprintf(address, sizeof(address), "[::1]:%u", server.port);
        probe_resolve_text(&probe, "tunnel.test", address);
        expect_echo(&probe);
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

/* ---- Addresses ------------------------------------------------------------------------------- */

static void resolve_v6(Probe *probe, uint16_t port) {
        char address[32];

        snprintf(address, sizeof(address), "[::1]:%u", port);
        probe_resolve_text(probe, "tunnel.test", address);
}

/* An address that swallows everything costs 250 ms, not the whole time. */
START_TEST(test_black_hole) {
        uint16_t port = black_hole_port(true);
        uint64_t start, usec;
        Server server;
        Probe probe;

        server_start(&server, &(ServerParams){ .pki = &pki, .script = script_echo });
        probe_init(&probe, pki.ca_file);
        resolve_v6(&probe, port);
        probe_resolve(&probe, "tunnel.test", server.port);

        start = now_usec();
        expect_echo(&probe);
        usec = now_usec() - start;
        ck_assert_msg(usec > 240 * 1000 && usec < 1000 * 1000, "%lu us", (unsigned long)usec);

        probe_done(&probe);
        server_stop(&server);
}
END_TEST

/* An address that says no costs nothing. */
START_TEST(test_refused_then_good) {
        uint64_t start, usec;
        Server server;
        Probe probe;

        server_start(&server, &(ServerParams){ .pki = &pki, .script = script_echo });
        probe_init(&probe, pki.ca_file);
        resolve_v6(&probe, closed_port(true));
        probe_resolve(&probe, "tunnel.test", closed_port(false));
        probe_resolve(&probe, "tunnel.test", server.port);

        start = now_usec();
        expect_echo(&probe);
        usec = now_usec() - start;
        ck_assert_msg(usec < 200 * 1000, "%lu us", (unsigned long)usec);

        probe_done(&probe);
        server_stop(&server);
}
END_TEST

START_TEST(test_refused) {
        Probe probe;

        probe_init(&probe, pki.ca_file);
        resolve_v6(&probe, closed_port(true));
        probe_resolve(&probe, "tunnel.test", closed_port(false));
        probe_open(&probe, "wss://tunnel.test/", NULL);
        probe_expect_down(&probe, HYBRID_CHANNEL_UNREACHABLE, 0, "Connection refused");
        probe_done(&probe);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("tls", &tcase);
        int r;

        pki_init(&pki);
        tcase_add_loop_test(tcase, test_bad_server, 0, ELEMENTSOF(bad));
        tcase_add_test(tcase, test_system_roots);
        tcase_add_loop_test(tcase, test_tls_versions, 0, 2);
        tcase_add_test(tcase, test_v6);
        tcase_add_test(tcase, test_black_hole);
        tcase_add_test(tcase, test_refused_then_good);
        tcase_add_test(tcase, test_refused);
        r = unit_run(suite);
        pki_done(&pki);
        return r;
}
