/* SPDX-License-Identifier: MIT */

/*
 * The n-th allocation of ours fails, for n = 1, 2, 3, … until a whole conversation goes through
 * without (the linker puts the allocators in). Each time it ends in order: with an error from a
 * call, or with `down`; and nothing is left.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "probe.h"
#include "io/qr/qr-render.h"
#include "server.h"
#include "unit.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *text);

static Pki pki;
static unsigned fail_at; /* counts down; 0: never */

static bool fails(void) {
        return fail_at > 0 && --fail_at == 0;
}

void *__wrap_malloc(size_t n) {
        return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size) {
        return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n) {
        return fails() ? NULL : __real_realloc(p, n);
}

char *__wrap_strdup(const char *text) {
        return fails() ? NULL : __real_strdup(text);
}

static void script_echo(Connection *c) {
        if (connection_upgrade(c, "X-caBLE-Routing-ID: 010203\r\n"))
                connection_echo(c);
}

/* The proxy in front of it, on the same connection. */
static void script_proxy(Connection *c) {
        static const char reply[] = "HTTP/1.1 200 Connection established\r\n\r\n";
        char request[1024];

        if (read(c->fd, request, sizeof(request)) > 0 &&
            write(c->fd, reply, sizeof(reply) - 1) == (ssize_t)sizeof(reply) - 1)
                script_echo(c);
}

static void on_up(void *userdata, const char *routing_id) {
        ((Probe *)userdata)->n_up++;
}

static void on_message(void *userdata, const uint8_t *data, size_t n) {
        ((Probe *)userdata)->n_messages++;
}

static void on_down(void *userdata, const HybridChannelError *why) {
        ((Probe *)userdata)->n_down++;
        ((Probe *)userdata)->error = *why;
}

/* Check's own functions allocate, so they are not for here. */
static void turn(Probe *probe, uint64_t usec) {
        if (sd_event_run(probe->event, usec) < 0)
                abort();
}

static void run_until(Probe *probe, const unsigned *counter) {
        uint64_t end = now_usec() + 5000000;

        while (*counter == 0 && probe->n_down == 0)
                if (now_usec() < end)
                        turn(probe, 100 * 1000);
                else
                        abort();
}

/* Connects ahead, opens, sends, receives, closes. 0 if all of it worked, or what did not. */
static int converse(Probe *probe) {
        static const ChannelEvents events = { on_up, on_message, on_down };
        ChannelOptions options = {
                .url = "wss://tunnel.test/",
                .network = &probe->network,
                .events = &events,
                .userdata = probe,
        };
        uint8_t data[3000] = {};
        int r;

        r = channel_tunnel.prepare(&options.prepared, probe->event, "tunnel.test", &probe->network);
        if (r < 0)
                return r;
        for (unsigned i = 0; i < 20; i++)
                turn(probe, 5000);

        r = channel_tunnel.open(&probe->channel, probe->event, &options);
        if (r < 0)
                return r;
        run_until(probe, &probe->n_up);
        if (probe->n_up == 0)
                return -ECONNABORTED;
        r = channel_send(probe->channel, data, sizeof(data));
        if (r < 0)
                return r;
        run_until(probe, &probe->n_messages);
        if (probe->n_messages == 0)
                return -ECONNABORTED;
        channel_close(probe->channel);
        run_until(probe, &probe->n_down);
        return 0;
}

START_TEST(test_tunnel) {
        bool by_proxy = _i;
        unsigned n = 0, n_left;
        char proxy[64];
        Server server;
        Probe probe;
        int r;

        server_start(&server, &(ServerParams){ .pki = &pki,
                                               .script = by_proxy ? script_proxy : script_echo });
        probe_init(&probe, pki.ca_file);
        probe_resolve(&probe, "tunnel.test", server.port);
        snprintf(proxy, sizeof(proxy), "http://me:secret@127.0.0.1:%u", server.port);
        probe.network.proxy = by_proxy ? proxy : NULL;

        do {
                probe.n_up = probe.n_messages = probe.n_down = 0;
                fail_at = ++n;
                r = converse(&probe);
                n_left = fail_at;
                fail_at = 0;
                ck_assert_uint_le(probe.n_down, 1);
                probe_free(&probe);
                probe_expect_nothing_left(&probe);
        } while (n_left == 0 && n < 1000);

        ck_assert_int_eq(r, 0);
        ck_assert_uint_gt(n, 10);
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

static int draw(void) {
        _cleanup_(qr_matrix_freep) QrMatrix *matrix = NULL;
        uint8_t *png;
        char *text;
        size_t n;
        int r;

        r = qr_matrix_new(&matrix, "FIDO:/0123456789");
        if (r < 0)
                return r;
        r = qr_render_terminal(matrix, QR_TERMINAL_COLOUR, &text, &n);
        if (r < 0)
                return r;
        free(text);
        r = qr_render_png(matrix, 3, &png, &n);
        if (r < 0)
                return r;
        free(png);
        return 0;
}

START_TEST(test_qr) {
        unsigned n = 0, n_left;
        int r;

        do {
                fail_at = ++n;
                r = draw();
                n_left = fail_at;
                fail_at = 0;
                ck_assert(r == 0 || r == -ENOMEM);
        } while (n_left == 0);
        ck_assert_int_eq(r, 0);
        ck_assert_uint_gt(n, 4);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("memory", &tcase);
        int r;

        pki_init(&pki);
        tcase_add_loop_test(tcase, test_tunnel, 0, 2);
        tcase_add_test(tcase, test_qr);
        r = unit_run(suite);
        pki_done(&pki);
        return r;
}
