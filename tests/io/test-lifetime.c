/* SPDX-License-Identifier: MIT */

/*
 * Freeing a tunnel at any time, by anybody; and connections made ahead of time.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "probe.h"
#include "server.h"
#include "unit.h"

static Pki pki;

static void script_echo(Connection *c) {
        if (connection_upgrade(c, "X-caBLE-Routing-ID: 010203\r\n"))
                connection_echo(c);
}

static void start(Server *server, Probe *probe, server_script_t script, const void *argument) {
        server_start(server,
                     &(ServerParams){ .pki = &pki, .script = script, .argument = argument });
        probe_init(probe, pki.ca_file);
        probe_resolve(probe, "tunnel.test", server->port);
        probe_resolve(probe, "other.test", server->port);
}

static void stop(Server *server, Probe *probe) {
        probe_done(probe);
        server_stop(server);
}

/* ---- Freed from outside ---------------------------------------------------------------------- */

/* After each number of turns of the loop; about thirty of them make a whole conversation. */
START_TEST(test_free_after_turns) {
        Server server;
        Probe probe;

        start(&server, &probe, script_echo, NULL);
        for (unsigned n = 0; n < 40; n++) {
                probe.n_up = probe.n_down = probe.n_messages = 0;
                probe_open(&probe, "wss://tunnel.test/", NULL);
                for (unsigned i = 0; i < n; i++) {
                        ck_assert_int_ge(sd_event_run(probe.event, 2000), 0);
                        if (probe.n_up == 1 && probe.n_messages == 0 && i % 2 == 0)
                                probe_send(&probe, "x", 1);
                        if (probe.n_messages == 3)
                                probe_close(&probe);
                }
                probe_free(&probe);
                probe_expect_nothing_left(&probe);
        }
        stop(&server, &probe);
}
END_TEST

typedef enum Stage {
        SILENT_BEFORE_TLS,
        SILENT_AFTER_TLS,
        SILENT_IN_HEAD,
        SILENT_WHEN_UP,
        SILENT_IN_FRAME,
        N_STAGES,
} Stage;

/* Goes up to a stage, tells so, and stays there. */
static void script_stop(Connection *c) {
        const Stage *stage = c->argument;

        if (*stage == SILENT_BEFORE_TLS)
                c->log->n_messages++;
        else if (*stage == SILENT_AFTER_TLS || *stage == SILENT_IN_HEAD) {
                if (!connection_handshake(c) || !connection_read_request(c))
                        return;
                if (*stage == SILENT_IN_HEAD)
                        connection_print(c, "HTTP/1.1 101 Swit");
                c->log->n_messages++;
        } else {
                if (!connection_upgrade(c, ""))
                        return;
                if (*stage == SILENT_IN_FRAME)
                        connection_write(c, "\x82\x7e\x10\x00xyz", 7);
                c->log->n_messages++;
        }
        pause();
}

START_TEST(test_free_at_stage) {
        const Stage stage = (Stage)_i;
        Server server;
        Probe probe;

        start(&server, &probe, script_stop, &stage);
        probe_open(&probe, "wss://tunnel.test/", NULL);
        for (unsigned i = 0; i < 500 && server.log->n_messages == 0; i++)
                probe_run(&probe, 10 * 1000);
        ck_assert_uint_eq(server.log->n_messages, 1);
        probe_run(&probe, 50 * 1000);
        ck_assert_uint_eq(probe.n_down, 0);
        probe_free(&probe);
        probe_expect_nothing_left(&probe);
        stop(&server, &probe);
}
END_TEST

/* close() before it is up ends in `down`, at once. */
START_TEST(test_close_at_stage) {
        const Stage stage = (Stage)_i;
        uint64_t begin;
        Server server;
        Probe probe;

        start(&server, &probe, script_stop, &stage);
        probe_open(&probe, "wss://tunnel.test/", NULL);
        for (unsigned i = 0; i < 500 && server.log->n_messages == 0; i++)
                probe_run(&probe, 10 * 1000);
        probe_run(&probe, 50 * 1000);
        begin = now_usec();
        probe_close(&probe);
        probe_expect_down(&probe, HYBRID_CHANNEL_CLOSED, 0, "closed here");
        ck_assert_uint_lt(probe.down_usec - begin, 2000 * 1000);
        if (probe.n_up == 0)
                ck_assert_uint_lt(probe.down_usec - begin, 50 * 1000);
        stop(&server, &probe);
}
END_TEST

START_TEST(test_close_and_free_at_once) {
        Server server;
        Probe probe;

        start(&server, &probe, script_echo, NULL);
        probe_open(&probe, "wss://tunnel.test/", NULL);
        probe_close(&probe);
        probe_free(&probe);
        probe_expect_nothing_left(&probe);

        probe_open(&probe, "wss://tunnel.test/", NULL);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        probe_send(&probe, "x", 1);
        probe_close(&probe);
        probe_free(&probe);
        probe_expect_nothing_left(&probe);
        probe_run(&probe, 50 * 1000);
        ck_assert_uint_eq(probe.n_down, 0);
        stop(&server, &probe);
}
END_TEST

START_TEST(test_free_nothing) {
        ck_assert_ptr_null(channel_free(NULL));
        ck_assert_ptr_null(channel_tunnel.prepared_free(NULL));
}
END_TEST

/* ---- Freed from callbacks -------------------------------------------------------------------- */

static void free_it(Probe *probe) {
        probe_free(probe);
        probe_expect_nothing_left(probe);
}

static void send_two(Probe *probe) {
        probe_send(probe, "a", 1);
        probe_send(probe, "b", 1);
}

START_TEST(test_free_in_up) {
        Server server;
        Probe probe;

        start(&server, &probe, script_echo, NULL);
        probe.on_up = free_it;
        probe_open(&probe, "wss://tunnel.test/", NULL);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        probe_run(&probe, 50 * 1000);
        ck_assert_uint_eq(probe.n_down, 0);
        stop(&server, &probe);
}
END_TEST

/* Two messages in one piece: the second is not delivered any more. */
static void script_two(Connection *c) {
        if (connection_upgrade(c, "") && connection_write(c,
                                                          "\x82\x01"
                                                          "a"
                                                          "\x82\x01"
                                                          "b",
                                                          6))
                connection_wait_for_end(c);
}

START_TEST(test_free_in_message) {
        Server server;
        Probe probe;

        start(&server, &probe, script_two, NULL);
        probe.on_message = free_it;
        probe_open(&probe, "wss://tunnel.test/", NULL);
        ck_assert(probe_run_until(&probe, &probe.n_messages, 1, 5000000));
        probe_run(&probe, 50 * 1000);
        ck_assert_uint_eq(probe.n_messages, 1);
        ck_assert_uint_eq(probe.n_down, 0);
        stop(&server, &probe);
}
END_TEST

static void close_it(Probe *probe) {
        probe_close(probe);
}

START_TEST(test_close_in_up) {
        Server server;
        Probe probe;

        start(&server, &probe, script_two, NULL);
        probe.on_up = close_it;
        probe_open(&probe, "wss://tunnel.test/", NULL);
        probe_expect_down(&probe, HYBRID_CHANNEL_CLOSED, 0, "closed here");
        ck_assert_uint_eq(probe.n_messages, 0);
        stop(&server, &probe);
}
END_TEST

START_TEST(test_close_in_message) {
        Server server;
        Probe probe;

        start(&server, &probe, script_echo, NULL);
        probe.on_up = send_two;
        probe.on_message = close_it;
        probe_open(&probe, "wss://tunnel.test/", NULL);
        probe_expect_down(&probe, HYBRID_CHANNEL_CLOSED, 0, "closed here");
        ck_assert_uint_eq(probe.n_messages, 1);
        stop(&server, &probe);
}
END_TEST

START_TEST(test_free_in_down) {
        Server server;
        Probe probe;

        start(&server, &probe, script_echo, NULL);
        probe.on_up = close_it;
        probe.on_down = free_it;
        probe_open(&probe, "wss://tunnel.test/", NULL);
        ck_assert(probe_run_until(&probe, &probe.n_down, 1, 5000000));
        ck_assert_ptr_null(probe.channel);
        stop(&server, &probe);
}
END_TEST

/* ---- Several at once ------------------------------------------------------------------------- */

START_TEST(test_many_one_after_the_other) {
        Server server;
        Probe probe;

        start(&server, &probe, script_echo, NULL);
        for (unsigned i = 0; i < 30; i++) {
                probe.n_up = probe.n_down = probe.n_messages = 0;
                probe_open(&probe, "wss://tunnel.test/", NULL);
                ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
                probe_send(&probe, "x", 1);
                ck_assert(probe_run_until(&probe, &probe.n_messages, 1, 5000000));
                probe_free(&probe);
                probe_expect_nothing_left(&probe);
        }
        stop(&server, &probe);
}
END_TEST

/* ---- Connections made ahead of time ---------------------------------------------------------- */

static ChannelPrepared *prepare(Probe *probe, const char *host) {
        ChannelPrepared *prepared = NULL;

        ck_assert_int_eq(channel_tunnel.prepare(&prepared, probe->event, host, &probe->network), 0);
        return prepared;
}

START_TEST(test_prepared_is_used) {
        ChannelPrepared *prepared;
        Server server;
        Probe probe;

        start(&server, &probe, script_echo, NULL);
        prepared = prepare(&probe, "Tunnel.test");
        probe_run(&probe, 300 * 1000);
        ck_assert_uint_eq(server.log->n_connections, 1);
        ck_assert_uint_eq(server.log->n_requests, 0);

        probe_open(&probe, "wss://tunnel.test/path", prepared);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        ck_assert_str_eq(probe.routing_id, "010203");
        ck_assert_uint_eq(server.log->n_connections, 1);
        probe_send(&probe, "x", 1);
        ck_assert(probe_run_until(&probe, &probe.n_messages, 1, 5000000));
        probe_close(&probe);
        probe_expect_down(&probe, HYBRID_CHANNEL_CLOSED, 0, "");
        stop(&server, &probe);
}
END_TEST

START_TEST(test_prepared_is_not_used) {
        ChannelPrepared *prepared;
        Server server;
        Probe probe;

        start(&server, &probe, script_echo, NULL);
        prepared = prepare(&probe, "tunnel.test");
        probe_run(&probe, 300 * 1000);
        ck_assert_uint_eq(server.log->n_connections, 1);
        ck_assert_ptr_null(channel_tunnel.prepared_free(prepared));
        probe_expect_nothing_left(&probe);
        stop(&server, &probe);
}
END_TEST

/* Each is freed, and a connection of its own is made. */
static const struct {
        const char *host;
        const char *url;
        unsigned wait_msec;
} unfit[] = {
        { "other.test", "wss://tunnel.test/", 300 },
        { "tunnel.test", "wss://tunnel.test:8443/", 300 },
        { "tunnel.test", "wss://tunnel.test/", 0 }, /* not up yet */
};

START_TEST(test_prepared_does_not_fit) {
        ChannelPrepared *prepared;
        Server server;
        Probe probe;

        start(&server, &probe, script_echo, NULL);
        prepared = prepare(&probe, unfit[_i].host);
        probe_run(&probe, unfit[_i].wait_msec * 1000);
        probe_open(&probe, unfit[_i].url, prepared);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        if (unfit[_i].wait_msec > 0)
                ck_assert_uint_eq(server.log->n_connections, 2);
        probe_free(&probe);
        stop(&server, &probe);
}
END_TEST

START_TEST(test_prepare_errors) {
        static const char *const bad[] = { "", "127.0.0.1", "a b", "a/b", "a:0", "user@a" };
        ChannelPrepared *prepared = NULL;
        char host[2 * 253];
        Probe probe;

        memset(host, 'a', sizeof(host));
        host[sizeof(host) - 1] = '\0';
        probe_init(&probe, pki.ca_file);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                ck_assert_int_eq(
                        channel_tunnel.prepare(&prepared, probe.event, bad[i], &probe.network),
                        -EINVAL);
        ck_assert_int_eq(channel_tunnel.prepare(&prepared, probe.event, host, &probe.network),
                         -EINVAL);
        probe_done(&probe);
}
END_TEST

START_TEST(test_free_prepared_at_once) {
        ChannelPrepared *prepared;
        Server server;
        Probe probe;

        start(&server, &probe, script_echo, NULL);
        prepared = prepare(&probe, "tunnel.test");
        channel_tunnel.prepared_free(prepared);
        probe_expect_nothing_left(&probe);
        stop(&server, &probe);
}
END_TEST

typedef enum FirstConnection {
        FIRST_ENDS,   /* is closed in order while it is kept */
        FIRST_RESETS, /* is reset while it is kept */
        FIRST_SPEAKS, /* says something unasked */
        FIRST_ENDS_ON_REQUEST,
        FIRST_RESETS_ON_REQUEST,
        N_FIRST,
} FirstConnection;

/* The first connection goes wrong, the second is good. */
static void script_first(Connection *c) {
        const FirstConnection *first = c->argument;

        if (c->n > 1) {
                script_echo(c);
                return;
        }
        if (!connection_handshake(c))
                return;
        if (*first == FIRST_SPEAKS) {
                connection_print(c, "HTTP/1.1 408 Request Timeout\r\n\r\n");
                connection_wait_for_end(c);
                return;
        }
        if (*first == FIRST_ENDS_ON_REQUEST || *first == FIRST_RESETS_ON_REQUEST)
                connection_read_request(c);
        if (*first == FIRST_ENDS || *first == FIRST_ENDS_ON_REQUEST)
                SSL_shutdown(c->ssl);
        else
                connection_reset(c);
}

START_TEST(test_prepared_goes_stale) {
        const FirstConnection first = (FirstConnection)_i;
        ChannelPrepared *prepared;
        Server server;
        Probe probe;

        start(&server, &probe, script_first, &first);
        prepared = prepare(&probe, "tunnel.test");
        probe_run(&probe, 300 * 1000);
        if (first < FIRST_ENDS_ON_REQUEST) /* it was dropped, with all it held */
                probe_expect_nothing_left(&probe);
        probe_open(&probe, "wss://tunnel.test/", prepared);
        ck_assert_msg(probe_run_until(&probe, &probe.n_up, 1, 5000000), "%s", probe.error.detail);
        ck_assert_uint_eq(server.log->n_connections, 2);
        probe_free(&probe);
        stop(&server, &probe);
}
END_TEST

/* A prepared connection that failed is no reason not to try, nor is it one to try twice. */
START_TEST(test_prepared_failed) {
        ChannelPrepared *prepared;
        Probe probe;

        probe_init(&probe, pki.ca_file);
        probe_resolve(&probe, "tunnel.test", 1);
        prepared = prepare(&probe, "tunnel.test");
        probe_run(&probe, 100 * 1000);
        probe_expect_nothing_left(&probe);
        probe_open(&probe, "wss://tunnel.test/", prepared);
        probe_expect_down(&probe, HYBRID_CHANNEL_UNREACHABLE, 0, "refused");
        probe_done(&probe);
}
END_TEST

/* From a connection made ahead to 101: one round trip, and not much work. */
START_TEST(test_prepared_is_fast) {
        ChannelPrepared *prepared;
        uint64_t begin, usec, best = UINT64_MAX;
        Server server;
        Probe probe;

        start(&server, &probe, script_echo, NULL);
        for (unsigned i = 0; i < 5; i++) {
                probe.n_up = 0;
                prepared = prepare(&probe, "tunnel.test");
                probe_run(&probe, 100 * 1000);
                begin = now_usec();
                probe_open(&probe, "wss://tunnel.test/", prepared);
                ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
                usec = now_usec() - begin;
                best = usec < best ? usec : best;
                probe_free(&probe);
        }
        ck_assert_uint_lt(best, 50 * 1000);
        stop(&server, &probe);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("lifetime", &tcase);
        int r;

        pki_init(&pki);
        tcase_add_test(tcase, test_free_after_turns);
        tcase_add_loop_test(tcase, test_free_at_stage, 0, N_STAGES);
        tcase_add_loop_test(tcase, test_close_at_stage, 0, N_STAGES);
        tcase_add_test(tcase, test_close_and_free_at_once);
        tcase_add_test(tcase, test_free_nothing);
        tcase_add_test(tcase, test_free_in_up);
        tcase_add_test(tcase, test_free_in_message);
        tcase_add_test(tcase, test_close_in_up);
        tcase_add_test(tcase, test_close_in_message);
        tcase_add_test(tcase, test_free_in_down);
        tcase_add_test(tcase, test_many_one_after_the_other);
        tcase_add_test(tcase, test_prepared_is_used);
        tcase_add_test(tcase, test_prepared_is_not_used);
        tcase_add_loop_test(tcase, test_prepared_does_not_fit, 0, ELEMENTSOF(unfit));
        tcase_add_test(tcase, test_prepare_errors);
        tcase_add_test(tcase, test_free_prepared_at_once);
        tcase_add_loop_test(tcase, test_prepared_goes_stale, 0, N_FIRST);
        tcase_add_test(tcase, test_prepared_failed);
        tcase_add_test(tcase, test_prepared_is_fast);
        r = unit_run(suite);
        pki_done(&pki);
        return r;
}
