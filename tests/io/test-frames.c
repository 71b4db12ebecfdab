/* SPDX-License-Identifier: MIT */

/*
 * A tunnel that is open: messages both ways, and all that a server may do wrong.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "probe.h"
#include "server.h"
#include "unit.h"

#define N_KEYS 20000U

static Pki pki;

static void open_tunnel(Server *server, Probe *probe, server_script_t script,
                        const void *argument) {
        server_start(server,
                     &(ServerParams){ .pki = &pki, .script = script, .argument = argument });
        probe_init(probe, pki.ca_file);
        probe_resolve(probe, "tunnel.test", server->port);
        probe_open(probe, "wss://tunnel.test/", NULL);
}

static void wait_for(volatile const unsigned *value, unsigned wanted) {
        for (unsigned i = 0; i < 200 && *value < wanted; i++)
                usleep(10 * 1000);
        ck_assert_uint_ge(*value, wanted);
}

static void wait_for_flag(volatile const bool *flag) {
        for (unsigned i = 0; i < 200 && !*flag; i++)
                usleep(10 * 1000);
        ck_assert(*flag);
}

/* ---- Messages -------------------------------------------------------------------------------- */

static void script_echo(Connection *c) {
        if (connection_upgrade(c, ""))
                connection_echo(c);
}

static void close_in_order(Server *server, Probe *probe) {
        uint64_t start = now_usec();

        probe_close(probe);
        ck_assert_int_eq(channel_send(probe->channel, (const uint8_t *)"x", 1), -ENOTCONN);
        probe_close(probe); /* harmless */
        probe_expect_down(probe, HYBRID_CHANNEL_CLOSED, 0, "");
        ck_assert_uint_lt(probe->down_usec - start, 500 * 1000);
        wait_for_flag(&server->log->ended_in_order);
        ck_assert_uint_eq(server->log->close_code, 1000);
        ck_assert(!server->log->unmasked);
        probe_done(probe);
        server_stop(server);
}

START_TEST(test_sizes) {
        static const size_t sizes[] = { 0,     1,     125,   126,   127,   4095,  4096,
                                        16383, 16384, 16385, 32768, 60000, 65535, 65536 };
        static uint8_t data[HYBRID_MESSAGE_SIZE_MAX];
        Server server;
        Probe probe;

        for (size_t i = 0; i < sizeof(data); i++)
                data[i] = (uint8_t)(i * 7 + i / 256);
        open_tunnel(&server, &probe, script_echo, NULL);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        for (unsigned i = 0; i < ELEMENTSOF(sizes); i++) {
                probe_send(&probe, data, sizes[i]);
                ck_assert(probe_run_until(&probe, &probe.n_messages, i + 1, 5000000));
                assert_bytes_eq(probe.message, probe.n_message, data, sizes[i]);
        }
        close_in_order(&server, &probe);
}
END_TEST

/* Many at once come back in order, and close() lets them out first. */
static void check_order(Probe *probe) {
        ck_assert_uint_eq(probe->n_message, 3000);
        ck_assert_uint_eq(probe->message[0], (probe->n_messages - 1) & 0xff);
}

START_TEST(test_many) {
        uint8_t data[3000];
        Server server;
        Probe probe;

        open_tunnel(&server, &probe, script_echo, NULL);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        probe.on_message = check_order;
        for (unsigned i = 0; i < 300; i++) {
                memset(data, (int)i, sizeof(data));
                probe_send(&probe, data, sizeof(data));
        }
        ck_assert(probe_run_until(&probe, &probe.n_messages, 300, 10000000));
        close_in_order(&server, &probe);
}
END_TEST

START_TEST(test_close_sends_what_is_queued) {
        uint8_t data[3000] = {};
        Server server;
        Probe probe;

        open_tunnel(&server, &probe, script_echo, NULL);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        for (unsigned i = 0; i < 200; i++)
                probe_send(&probe, data, sizeof(data));
        probe_close(&probe);
        probe_expect_down(&probe, HYBRID_CHANNEL_CLOSED, 0, "closed here");
        ck_assert_uint_eq(server.log->n_messages, 200);
        ck_assert_uint_eq(server.log->close_code, 1000);
        wait_for_flag(&server.log->ended_in_order);
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

START_TEST(test_send_errors) {
        static const uint8_t data[HYBRID_MESSAGE_SIZE_MAX + 1] = {};
        unsigned n = 0;
        Server server;
        Probe probe;

        open_tunnel(&server, &probe, script_echo, NULL);
        ck_assert_int_eq(channel_send(probe.channel, data, 1), -ENOTCONN);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        ck_assert_int_eq(channel_send(probe.channel, data, sizeof(data)), -EMSGSIZE);
        while (channel_send(probe.channel, data, 60000) == 0 && n < 1000)
                n++;
        ck_assert_uint_eq(n, 1024 * 1024 / 60000); /* does not grow for ever */
        ck_assert_int_eq(channel_send(probe.channel, data, 60000), -ENOMEM);
        ck_assert(probe_run_until(&probe, &probe.n_messages, n, 10000000));
        close_in_order(&server, &probe);
}
END_TEST

/* A reply from inside the callback goes out at once, and so on. */
static void send_again(Probe *probe) {
        if (probe->n_messages < 50)
                probe_send(probe, probe->message, probe->n_message);
}

START_TEST(test_send_from_callbacks) {
        Server server;
        Probe probe;

        open_tunnel(&server, &probe, script_echo, NULL);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        probe.on_message = send_again;
        probe_send(&probe, "ball", 4);
        ck_assert(probe_run_until(&probe, &probe.n_messages, 50, 5000000));
        close_in_order(&server, &probe);
}
END_TEST

/* ---- Frames of all kinds --------------------------------------------------------------------- */

enum {
        STAYS_UP = -1,
};

typedef struct Frames {
        const char *name;
        const char *hex;
        int fault; /* or STAYS_UP */
        const char *detail;
        unsigned n_messages;
        const char *message;
        unsigned close_code; /* that we send; 0: none is expected */
} Frames;

static const Frames frames[] = {
        { "one message", "820568656c6c6f", STAYS_UP, "", 1, "hello", 0 },
        { "an empty one", "8200", STAYS_UP, "", 1, "", 0 },
        { "length in 16 bits for no reason", "827e000568656c6c6f", STAYS_UP, "", 1, "hello", 0 },
        { "length in 64 bits for no reason", "827f000000000000000568656c6c6f", STAYS_UP, "", 1,
          "hello", 0 },
        { "three fragments",
          "020268650002"
          "6c6c"
          "80016f",
          STAYS_UP, "", 1, "hello", 0 },
        { "empty fragments",
          "0200"
          "0000"
          "0005"
          "68656c6c6f"
          "0000"
          "8000",
          STAYS_UP, "", 1, "hello", 0 },
        { "pings between fragments",
          "02026865"
          "890470696e67"
          "8a00"
          "00026c6c"
          "8900"
          "80016f",
          STAYS_UP, "", 1, "hello", 0 },
        { "two messages",
          "820161"
          "820162",
          STAYS_UP, "", 2, "b", 0 },
        { "unasked pongs",
          "8a00"
          "8a0161"
          "820162",
          STAYS_UP, "", 1, "b", 0 },
        { "text", "810568656c6c6f", HYBRID_CHANNEL_VIOLATION, "text", 0, "", 1003 },
        { "empty text", "8100", HYBRID_CHANNEL_VIOLATION, "text", 0, "", 1003 },
        { "a message, then text",
          "820161"
          "810162",
          HYBRID_CHANNEL_VIOLATION, "text", 1, "a", 1003 },
        { "text in fragments",
          "010161"
          "800162",
          HYBRID_CHANNEL_VIOLATION, "text", 0, "", 1003 },
        { "masked",
          "828000000000"
          "8200",
          HYBRID_CHANNEL_VIOLATION, "masked", 0, "", 1002 },
        { "first reserved bit", "c20161", HYBRID_CHANNEL_VIOLATION, "reserved", 0, "", 1002 },
        { "last reserved bit", "920161", HYBRID_CHANNEL_VIOLATION, "reserved", 0, "", 1002 },
        { "unknown kind", "830161", HYBRID_CHANNEL_VIOLATION, "unknown kind", 0, "", 1002 },
        { "unknown control", "8b00", HYBRID_CHANNEL_VIOLATION, "unknown kind", 0, "", 1002 },
        { "continuation of nothing", "800161", HYBRID_CHANNEL_VIOLATION, "continuation", 0, "",
          1002 },
        { "continuation of a whole",
          "820161"
          "000162",
          HYBRID_CHANNEL_VIOLATION, "continuation", 1, "a", 1002 },
        { "a message inside another",
          "020161"
          "820162",
          HYBRID_CHANNEL_VIOLATION, "inside", 0, "", 1002 },
        { "ping in fragments", "0900", HYBRID_CHANNEL_VIOLATION, "fragmented control", 0, "",
          1002 },
        { "large ping", "897e0080", HYBRID_CHANNEL_VIOLATION, "125", 0, "", 1002 },
        { "announces 64 KiB and 1", "827f0000000000010001", HYBRID_CHANNEL_VIOLATION, "64 KiB", 0,
          "", 1009 },
        { "announces 2 MiB", "827f0000000000200000", HYBRID_CHANNEL_VIOLATION, "64 KiB", 0, "",
          1009 },
        { "announces 2^63 - 1", "827f7fffffffffffffff", HYBRID_CHANNEL_VIOLATION, "64 KiB", 0, "",
          1009 },
        { "announces 2^63", "827f8000000000000000", HYBRID_CHANNEL_VIOLATION, "64 KiB", 0, "",
          1009 },
        { "a message, then rubbish",
          "820161"
          "ffffffff",
          HYBRID_CHANNEL_VIOLATION, "reserved", 1, "a", 1002 },
        { "close 1000", "880203e8", HYBRID_CHANNEL_CLOSED, "code 1000", 0, "", 1000 },
        { "close 1001 with words", "880503e9627965", HYBRID_CHANNEL_CLOSED, "code 1001", 0, "",
          1001 },
        { "close 1011", "880203f3", HYBRID_CHANNEL_CLOSED, "code 1011", 0, "", 1011 },
        { "close 4001", "88020fa1", HYBRID_CHANNEL_CLOSED, "code 4001", 0, "", 4001 },
        { "close without a code", "8800", HYBRID_CHANNEL_CLOSED, "code 1005", 0, "", 1005 },
        { "close with half a code", "880103", HYBRID_CHANNEL_VIOLATION, "one byte", 0, "", 1002 },
        { "a message, then close",
          "820161"
          "880203e8",
          HYBRID_CHANNEL_CLOSED, "code 1000", 1, "a", 1000 },
        { "close, then a message",
          "880203e8"
          "820161",
          HYBRID_CHANNEL_CLOSED, "code 1000", 0, "", 1000 },
        { "close inside a message",
          "020161"
          "880203e8",
          HYBRID_CHANNEL_CLOSED, "code 1000", 0, "", 1000 },
};

typedef struct Script {
        const Frames *frames;
        bool with_head; /* in one TLS record with the head of the answer */
        bool in_bytes;  /* each byte a record of its own */
} Script;

static void write_frames(Connection *c, const Script *script) {
        _bytes_ bytes = bytes_from_hex(script->frames->hex);

        if (!script->in_bytes)
                connection_write(c, bytes.data, bytes.n);
        for (size_t i = 0; script->in_bytes && i < bytes.n; i++)
                connection_write(c, bytes.data + i, 1);
}

static void write_all_at_once(Connection *c, const Script *script) {
        _bytes_ bytes = bytes_from_hex(script->frames->hex);
        char text[1024];
        int n;

        n = snprintf(text, sizeof(text),
                     "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Protocol: fido.cable\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                     connection_accept_value(c));
        memcpy(text + n, bytes.data, bytes.n);
        connection_write(c, text, (size_t)n + bytes.n);
}

static void script_frames(Connection *c) {
        const Script *script = c->argument;
        uint8_t data[256], first;
        size_t n;

        if (script->with_head) {
                if (!connection_handshake(c) || !connection_read_request(c))
                        return;
                write_all_at_once(c, script);
        } else {
                if (!connection_upgrade(c, ""))
                        return;
                write_frames(c, script);
        }

        while (connection_read_frame(c, &first, data, &n, sizeof(data)))
                if (first == 0x88) {
                        connection_send_frame(c, 0x88, data, n);
                        connection_wait_for_end(c);
                        return;
                }
}

static void check_goodbye(const ServerLog *log, unsigned close_code) {
        wait_for(&log->close_code, close_code);
        ck_assert_uint_eq(log->close_code, close_code);
        wait_for_flag(&log->ended_in_order);
}

static void check_frames(const Script *script) {
        const Frames *f = script->frames;
        Server server;
        Probe probe;

        open_tunnel(&server, &probe, script_frames, script);
        if (f->fault == STAYS_UP) {
                ck_assert_msg(probe_run_until(&probe, &probe.n_messages, f->n_messages, 5000000),
                              "%s: %s", f->name, probe.error.detail);
                probe_run(&probe, 20 * 1000);
                ck_assert_uint_eq(probe.n_down, 0);
                probe_close(&probe);
                probe_expect_down(&probe, HYBRID_CHANNEL_CLOSED, 0, "closed here");
        } else
                probe_expect_down(&probe, (HybridChannelFault)f->fault, 0, f->detail);

        ck_assert_uint_eq(probe.n_up, 1);
        ck_assert_uint_eq(probe.n_messages, f->n_messages);
        assert_bytes_eq(probe.message, probe.n_message, f->message, strlen(f->message));
        /* Who goes on sending after we have hung up may miss what we said. */
        if (!script->in_bytes || f->fault == STAYS_UP)
                check_goodbye(server.log, f->close_code != 0 ? f->close_code : 1000);
        probe_done(&probe);
        server_stop(&server);
}

START_TEST(test_frames) {
        check_frames(&(Script){ .frames = &frames[_i] });
}
END_TEST

START_TEST(test_frames_with_head) {
        check_frames(&(Script){ .frames = &frames[_i], .with_head = true });
}
END_TEST

START_TEST(test_frames_in_bytes) {
        check_frames(&(Script){ .frames = &frames[_i], .in_bytes = true });
}
END_TEST

/* ---- More than fits into a line of hexadecimal ----------------------------------------------- */

static void script_long_fragments(Connection *c) {
        static const uint8_t data[40000] = {};

        if (connection_upgrade(c, "") && connection_send_frame(c, 0x02, data, sizeof(data)) &&
            connection_send_frame(c, 0x80, data, sizeof(data)))
                connection_echo(c);
}

START_TEST(test_fragments_too_long_together) {
        Server server;
        Probe probe;

        open_tunnel(&server, &probe, script_long_fragments, NULL);
        probe_expect_down(&probe, HYBRID_CHANNEL_VIOLATION, 0, "more than 64 KiB");
        wait_for(&server.log->close_code, 1009);
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

static void script_fragments(Connection *c) {
        static const uint8_t data[1] = { 'x' };

        if (!connection_upgrade(c, "") || !connection_send_frame(c, 0x02, data, 1))
                return;
        for (unsigned i = 0; i < 4000; i++)
                if (!connection_send_frame(c, 0x00, data, 1))
                        return;
        if (connection_send_frame(c, 0x80, data, 1))
                connection_echo(c);
}

START_TEST(test_many_fragments) {
        Server server;
        Probe probe;

        open_tunnel(&server, &probe, script_fragments, NULL);
        ck_assert(probe_run_until(&probe, &probe.n_messages, 1, 10000000));
        ck_assert_uint_eq(probe.n_message, 4002);
        close_in_order(&server, &probe);
}
END_TEST

/* Each ping is answered or, when they come faster than answers go out, at least the last is. */
static void script_pings(Connection *c) {
        uint8_t data[256], first;
        size_t n;

        if (!connection_upgrade(c, ""))
                return;
        for (unsigned i = 0; i < 5; i++)
                if (!connection_send_frame(c, 0x89, "are you there", 13) ||
                    !connection_read_frame(c, &first, data, &n, sizeof(data)) || first != 0x8a ||
                    n != 13 || memcmp(data, "are you there", 13) != 0)
                        return;
        for (unsigned i = 0; i < 2000; i++)
                if (!connection_send_frame(c, 0x89, "flood", 5))
                        return;
        connection_send_frame(c, 0x82, "done", 4);
        connection_echo(c);
}

START_TEST(test_pings_are_answered) {
        Server server;
        Probe probe;

        open_tunnel(&server, &probe, script_pings, NULL);
        ck_assert(probe_run_until(&probe, &probe.n_messages, 1, 10000000));
        ck_assert_uint_ge(server.log->n_pongs, 5);
        close_in_order(&server, &probe);
}
END_TEST

/* ---- Floods ---------------------------------------------------------------------------------- */

/* Pongs that nobody asked for, each in a record of its own. */
static void script_flood_of_pongs(Connection *c) {
        if (!connection_upgrade(c, ""))
                return;
        while (connection_send_frame(c, 0x8a, "", 0))
                ;
}

/* A message of nothing but its beginning, many pieces in each record. */
static void script_flood_of_pieces(Connection *c) {
        uint8_t pieces[8192] = {};

        if (!connection_upgrade(c, "") || !connection_write(c, "\x02\x00", 2))
                return;
        while (connection_write(c, pieces, sizeof(pieces)))
                ;
}

static int on_clock(sd_event_source *source, uint64_t usec, void *userdata) {
        unsigned *n_ticks = userdata;

        ++*n_ticks;
        (void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        return sd_event_source_set_time_relative(source, 20 * 1000);
}

/* All else has its turn: deadlines, adverts, and what the person says. */
START_TEST(test_floods_do_not_stop_the_clock) {
        static const server_script_t scripts[] = {
                script_flood_of_pongs,
                script_flood_of_pieces,
        };
        sd_event_source *clock = NULL;
        unsigned n_ticks = 0;
        uint64_t start;
        Server server;
        Probe probe;

        open_tunnel(&server, &probe, scripts[_i], NULL);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 10000000));
        ck_assert_int_ge(sd_event_add_time_relative(probe.event, &clock, CLOCK_BOOTTIME, 0, 0,
                                                    on_clock, &n_ticks),
                         0);
        start = now_usec();
        ck_assert_msg(probe_run_until(&probe, &n_ticks, 40, 20000000), "%u ticks", n_ticks);
        ck_assert_uint_lt(now_usec() - start, 8000000);
        sd_event_source_disable_unref(clock);

        start = now_usec();
        probe_close(&probe);
        ck_assert(probe_run_until(&probe, &probe.n_down, 1, 8000000));
        ck_assert_uint_lt(now_usec() - start, 4000000);
        probe_free(&probe);
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

/* New keys and a message, which the client has all at once with the answer. */
static void script_flood_of_keys(Connection *c) {
        if (!connection_handshake(c) || !connection_read_request(c))
                return;
        connection_hold(c);
        if (connection_accept_upgrade(c, "") && connection_renew_keys(c, N_KEYS) &&
            connection_send_frame(c, 0x82, "x", 1) && connection_release(c))
                connection_wait_for_end(c);
}

/* The same for records that hold no data: the event loop has its turn between them. */
START_TEST(test_flood_of_keys) {
        uint64_t before, after;
        Server server;
        Probe probe;

        open_tunnel(&server, &probe, script_flood_of_keys, NULL);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 10000000));
        ck_assert_int_ge(sd_event_get_iteration(probe.event, &before), 0);
        ck_assert(probe_run_until(&probe, &probe.n_messages, 1, 30000000));
        ck_assert_int_ge(sd_event_get_iteration(probe.event, &after), 0);
        ck_assert_uint_gt(after - before, N_KEYS / 10);
        probe_free(&probe);
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

/* ---- Ends ------------------------------------------------------------------------------------ */

typedef enum End {
        END_OF_TLS,
        END_OF_TCP,
        END_BY_RESET,
        END_IN_A_FRAME,
} End;

static void script_end(Connection *c) {
        const End *end = c->argument;

        if (!connection_upgrade(c, "") || !connection_send_frame(c, 0x82, "last", 4))
                return;
        if (*end == END_IN_A_FRAME)
                connection_write(c, "\x82\x05he", 4);
        usleep(100 * 1000);
        if (*end == END_OF_TLS)
                SSL_shutdown(c->ssl);
        else if (*end == END_BY_RESET)
                connection_reset(c);
}

START_TEST(test_end_without_close) {
        const End end = (End)_i;
        Server server;
        Probe probe;

        open_tunnel(&server, &probe, script_end, &end);
        probe_expect_down(&probe, HYBRID_CHANNEL_BROKEN, 0,
                          end == END_BY_RESET ? "reset" : "without a close frame");
        ck_assert_uint_eq(probe.n_messages, 1);
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

/* Closes, but does not care for TLS or TCP manners. */
static void script_close_and_reset(Connection *c) {
        if (connection_upgrade(c, "") && connection_send_frame(c, 0x88, "\x03\xe8", 2)) {
                usleep(100 * 1000);
                connection_reset(c);
        }
}

START_TEST(test_close_and_reset) {
        Server server;
        Probe probe;

        open_tunnel(&server, &probe, script_close_and_reset, NULL);
        probe_expect_down(&probe, HYBRID_CHANNEL_CLOSED, 0, "code 1000");
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

/* Does not answer our close, or does not even read. */
static void script_deaf(Connection *c) {
        if (connection_upgrade(c, ""))
                pause();
}

START_TEST(test_close_unanswered) {
        uint64_t start;
        Server server;
        Probe probe;

        open_tunnel(&server, &probe, script_deaf, NULL);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        start = now_usec();
        probe_close(&probe);
        probe_expect_down(&probe, HYBRID_CHANNEL_CLOSED, 0, "closed here");
        ck_assert_uint_gt(probe.down_usec - start, 1500 * 1000);
        ck_assert_uint_lt(probe.down_usec - start, 2000 * 1000);
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

/* Reads, but has no answer. */
static void script_mute(Connection *c) {
        if (connection_upgrade(c, ""))
                connection_wait_for_end(c);
}

START_TEST(test_close_read_but_unanswered) {
        Server server;
        Probe probe;

        open_tunnel(&server, &probe, script_mute, NULL);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        probe_close(&probe);
        probe_expect_down(&probe, HYBRID_CHANNEL_CLOSED, 0, "closed here");
        wait_for_flag(&server.log->ended_in_order);
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

START_TEST(test_close_with_full_pipe) {
        static const uint8_t data[HYBRID_MESSAGE_SIZE_MAX] = {};
        uint64_t start;
        Server server;
        Probe probe;

        open_tunnel(&server, &probe, script_deaf, NULL);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        /* Until nothing goes any further, neither on the way nor here. */
        for (unsigned i = 0; i < 2000 && channel_send(probe.channel, data, sizeof(data)) == 0; i++)
                probe_run(&probe, 1000);
        ck_assert_int_eq(channel_send(probe.channel, data, sizeof(data)), -ENOMEM);

        start = now_usec();
        probe_close(&probe);
        probe_expect_down(&probe, HYBRID_CHANNEL_CLOSED, 0, "closed here");
        ck_assert_uint_lt(probe.down_usec - start, 2000 * 1000);
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

/* Goes on talking while we close: what it says is dropped, and the close gets through. */
static void script_talkative(Connection *c) {
        static uint8_t data[10000];
        uint8_t first;
        size_t n;

        if (!connection_upgrade(c, ""))
                return;
        for (unsigned i = 0; i < 200; i++)
                if (!connection_send_frame(c, 0x82, data, sizeof(data)))
                        return;
        do {
                if (!connection_read_frame(c, &first, data, &n, sizeof(data)))
                        return;
        } while (first != 0x88);
        connection_send_frame(c, 0x88, data, n);
        connection_wait_for_end(c);
}

START_TEST(test_close_talkative_server) {
        unsigned n_messages;
        Server server;
        Probe probe;

        open_tunnel(&server, &probe, script_talkative, NULL);
        ck_assert(probe_run_until(&probe, &probe.n_messages, 1, 5000000));
        n_messages = probe.n_messages;
        probe_close(&probe);
        probe_expect_down(&probe, HYBRID_CHANNEL_CLOSED, 0, "closed here");
        ck_assert_uint_eq(probe.n_messages, n_messages);
        ck_assert_uint_eq(server.log->close_code, 1000);
        wait_for_flag(&server.log->ended_in_order);
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("frames", &tcase);
        int r;

        pki_init(&pki);
        tcase_add_test(tcase, test_sizes);
        tcase_add_test(tcase, test_many);
        tcase_add_test(tcase, test_close_sends_what_is_queued);
        tcase_add_test(tcase, test_send_errors);
        tcase_add_test(tcase, test_send_from_callbacks);
        tcase_add_loop_test(tcase, test_frames, 0, ELEMENTSOF(frames));
        tcase_add_loop_test(tcase, test_frames_with_head, 0, ELEMENTSOF(frames));
        tcase_add_loop_test(tcase, test_frames_in_bytes, 0, ELEMENTSOF(frames));
        tcase_add_test(tcase, test_fragments_too_long_together);
        tcase_add_test(tcase, test_many_fragments);
        tcase_add_test(tcase, test_pings_are_answered);
        tcase_add_loop_test(tcase, test_floods_do_not_stop_the_clock, 0, 2);
        tcase_add_test(tcase, test_flood_of_keys);
        tcase_add_loop_test(tcase, test_end_without_close, 0, END_IN_A_FRAME + 1);
        tcase_add_test(tcase, test_close_and_reset);
        tcase_add_test(tcase, test_close_unanswered);
        tcase_add_test(tcase, test_close_read_but_unanswered);
        tcase_add_test(tcase, test_close_with_full_pipe);
        tcase_add_test(tcase, test_close_talkative_server);
        r = unit_run(suite);
        pki_done(&pki);
        return r;
}
