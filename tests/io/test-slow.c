/* SPDX-License-Identifier: MIT */

/*
 * Servers that say nothing, or too slowly, at every stage, all at the same time; and the sign of
 * life that an open tunnel sends. Takes half a minute.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "probe.h"
#include "server.h"
#include "unit.h"

static Pki pki;

static void script_before_tls(Connection *c) {
        pause();
}

static void script_before_answer(Connection *c) {
        if (connection_handshake(c) && connection_read_request(c))
                pause();
}

static void script_in_head(Connection *c) {
        if (connection_handshake(c) && connection_read_request(c) &&
            connection_print(c, "HTTP/1.1 101 Switching"))
                pause();
}

/* One byte each 100 ms: there is always progress, but never an end. */
static void script_drip(Connection *c) {
        if (!connection_handshake(c) || !connection_read_request(c) ||
            !connection_print(c, "HTTP/1.1 101 x\r\nX: "))
                return;
        while (connection_print(c, "x"))
                usleep(100 * 1000);
}

static void script_redirects(Connection *c) {
        if (!connection_handshake(c) || !connection_read_request(c))
                return;
        sleep(4);
        connection_print(c, "HTTP/1.1 302 x\r\nLocation: /again\r\n\r\n");
        connection_wait_for_end(c);
}

static const struct {
        const char *name;
        server_script_t script;
        const char *detail;
        unsigned min_sec, max_sec;
} stages[] = {
        { "before TLS", script_before_tls, "no answer in the TLS handshake", 9, 11 },
        { "before the answer", script_before_answer, "no answer to the upgrade", 12, 14 },
        { "in the head", script_in_head, "no answer to the upgrade", 12, 14 },
        { "drop by drop", script_drip, "no answer to the upgrade", 12, 14 },
        { "redirects", script_redirects, "no answer to the upgrade", 12, 14 },
};

enum {
        N_STAGES = ELEMENTSOF(stages),
        N_PROBES = N_STAGES + 1, /* one is never even accepted */
};

typedef struct Race {
        sd_event *event;
        Probe probes[N_PROBES];
        Server servers[N_STAGES];
} Race;

/* All on the first one's loop. */
static void share_loop(Race *race) {
        race->event = race->probes[0].event;
        for (unsigned i = 1; i < N_PROBES; i++) {
                sd_event_unref(race->probes[i].event);
                race->probes[i].event = sd_event_ref(race->event);
        }
}

static bool all_down(const Race *race) {
        for (unsigned i = 0; i < N_PROBES; i++)
                if (race->probes[i].n_down == 0)
                        return false;
        return true;
}

static void check(const Probe *probe, const char *name, uint64_t start, const char *detail,
                  unsigned min_sec, unsigned max_sec) {
        uint64_t usec = probe->down_usec - start;

        ck_assert_msg(probe->n_up == 0 && probe->n_down == 1, "%s: up %u, down %u", name,
                      probe->n_up, probe->n_down);
        ck_assert_msg(probe->error.fault == HYBRID_CHANNEL_UNREACHABLE, "%s: fault %d", name,
                      (int)probe->error.fault);
        ck_assert_msg(strstr(probe->error.detail, detail), "%s: %s", name, probe->error.detail);
        ck_assert_msg(usec >= min_sec * 1000000ULL && usec <= max_sec * 1000000ULL, "%s: %lu us",
                      name, (unsigned long)usec);
}

START_TEST(test_silence) {
        static Race race;
        uint16_t black_hole = black_hole_port(false);
        uint64_t start;

        for (unsigned i = 0; i < N_STAGES; i++)
                server_start(&race.servers[i],
                             &(ServerParams){ .pki = &pki, .script = stages[i].script });
        for (unsigned i = 0; i < N_PROBES; i++) {
                probe_init(&race.probes[i], pki.ca_file);
                probe_resolve(&race.probes[i], "tunnel.test",
                              i < N_STAGES ? race.servers[i].port : black_hole);
        }
        share_loop(&race);

        start = now_usec();
        for (unsigned i = 0; i < N_PROBES; i++)
                probe_open(&race.probes[i], "wss://tunnel.test/", NULL);
        while (!all_down(&race) && now_usec() < start + 20000000)
                ck_assert_int_ge(sd_event_run(race.event, 100 * 1000), 0);

        for (unsigned i = 0; i < N_STAGES; i++)
                check(&race.probes[i], stages[i].name, start, stages[i].detail, stages[i].min_sec,
                      stages[i].max_sec);
        check(&race.probes[N_STAGES], "never accepted", start,
              "no answer to the connection request", 9, 11);
        for (unsigned i = 0; i < N_PROBES; i++)
                probe_free(&race.probes[i]);
        for (unsigned i = 0; i < N_STAGES; i++)
                server_stop(&race.servers[i]);
}
END_TEST

static void script_echo(Connection *c) {
        if (connection_upgrade(c, ""))
                connection_echo(c);
}

START_TEST(test_signs_of_life) {
        Server server;
        Probe probe;

        server_start(&server, &(ServerParams){ .pki = &pki, .script = script_echo });
        probe_init(&probe, pki.ca_file);
        probe_resolve(&probe, "tunnel.test", server.port);
        probe_open(&probe, "wss://tunnel.test/", NULL);
        ck_assert(probe_run_until(&probe, &probe.n_up, 1, 5000000));
        probe_run(&probe, 24 * 1000000ULL);
        ck_assert_uint_eq(server.log->n_pings, 0);
        probe_run(&probe, 3 * 1000000ULL);
        ck_assert_uint_eq(server.log->n_pings, 1);
        ck_assert_uint_eq(probe.n_down, 0);

        probe_send(&probe, "x", 1);
        ck_assert(probe_run_until(&probe, &probe.n_messages, 1, 5000000));
        probe_close(&probe);
        probe_expect_down(&probe, HYBRID_CHANNEL_CLOSED, 0, "closed here");
        probe_done(&probe);
        server_stop(&server);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("slow", &tcase);
        int r;

        pki_init(&pki);
        tcase_add_test(tcase, test_silence);
        tcase_add_test(tcase, test_signs_of_life);
        r = unit_run(suite);
        pki_done(&pki);
        return r;
}
