/* SPDX-License-Identifier: MIT */

/*
 * Names, resolved by a getaddrinfo() that does as the test says (the linker puts it in).
 */

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "probe.h"
#include "io/tunnel/resolve.h"
#include "unit.h"

int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **ret);
void __wrap_freeaddrinfo(struct addrinfo *info);

static struct {
        unsigned delay_msec;
        int error;
        const char *const *addresses; /* NULL-terminated */
        unsigned n_done;              /* atomic */
        bool signals_blocked;
} names;

typedef struct Info {
        struct addrinfo info; /* first */
        Address address;
} Info;

static struct addrinfo *make_info(const char *text, const char *port, struct addrinfo *next) {
        Info *info = calloc(1, sizeof(Info));
        char with_port[80];

        snprintf(with_port, sizeof(with_port), strchr(text, ':') ? "[%s]:%s" : "%s:%s", text, port);
        ck_assert_int_eq(address_parse(with_port, &info->address), 0);
        info->info = (struct addrinfo){
                .ai_family = info->address.any.sa_family,
                .ai_addr = &info->address.any,
                .ai_addrlen = info->address.n,
                .ai_next = next,
        };
        return &info->info;
}

int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **ret) {
        struct addrinfo *list = NULL;
        sigset_t mask;
        size_t n = 0;

        pthread_sigmask(SIG_SETMASK, NULL, &mask);
        __atomic_store_n(&names.signals_blocked, sigismember(&mask, SIGTERM) == 1,
                         __ATOMIC_SEQ_CST);
        usleep(names.delay_msec * 1000);
        __atomic_add_fetch(&names.n_done, 1, __ATOMIC_SEQ_CST);
        if (names.error != 0)
                return names.error;

        while (names.addresses[n])
                n++;
        while (n > 0)
                list = make_info(names.addresses[--n], port, list);
        *ret = list;
        return 0;
}

void __wrap_freeaddrinfo(struct addrinfo *info) {
        while (info) {
                struct addrinfo *next = info->ai_next;

                free(info);
                info = next;
        }
}

/* ---- The query itself ------------------------------------------------------------------------ */

typedef struct Outcome {
        unsigned n;
        AddressList addresses;
        char error[64];
        Resolve **free_this;
} Outcome;

static void on_done(void *userdata, const AddressList *addresses, const char *error) {
        Outcome *outcome = userdata;

        outcome->n++;
        if (addresses)
                outcome->addresses = *addresses;
        snprintf(outcome->error, sizeof(outcome->error), "%s", error ? error : "");
        if (outcome->free_this)
                *outcome->free_this = resolve_free(*outcome->free_this);
}

static Resolve *start(Probe *probe, Outcome *outcome) {
        Resolve *resolve = NULL;

        ck_assert_int_eq(resolve_new(&resolve, probe->event, "tunnel.test", 443, on_done, outcome),
                         0);
        return resolve;
}

static void wait_for_threads(const Probe *probe) {
        for (unsigned i = 0; i < 300 && count_threads() > probe->n_threads; i++)
                usleep(10 * 1000);
}

START_TEST(test_addresses) {
        static const char *const addresses[] = { "2a00::1", "8.0.0.1", NULL };
        Outcome outcome = {};
        Resolve *resolve;
        char text[ADDRESS_TEXT_SIZE];
        Probe probe;

        names.addresses = addresses;
        probe_init(&probe, NULL);
        resolve = start(&probe, &outcome);
        ck_assert_uint_eq(outcome.n, 0);
        ck_assert(probe_run_until(&probe, &outcome.n, 1, 5000000));
        ck_assert_uint_eq(outcome.addresses.n, 2);
        address_format(&outcome.addresses.items[0], text);
        ck_assert_str_eq(text, "[2a00::1]:443");
        address_format(&outcome.addresses.items[1], text);
        ck_assert_str_eq(text, "8.0.0.1:443");
        ck_assert(names.signals_blocked);

        probe_run(&probe, 20 * 1000);
        ck_assert_uint_eq(outcome.n, 1);
        resolve_free(resolve);
        wait_for_threads(&probe);
        probe_done(&probe);
}
END_TEST

START_TEST(test_free_in_callback) {
        static const char *const addresses[] = { "8.0.0.1", NULL };
        Resolve *resolve;
        Outcome outcome = { .free_this = &resolve };
        Probe probe;

        names.addresses = addresses;
        probe_init(&probe, NULL);
        resolve = start(&probe, &outcome);
        ck_assert(probe_run_until(&probe, &outcome.n, 1, 5000000));
        ck_assert_ptr_null(resolve);
        wait_for_threads(&probe);
        probe_done(&probe);
}
END_TEST

START_TEST(test_errors) {
        static const struct {
                int error;
                const char *text;
        } errors[] = {
                { EAI_NONAME, "name not known" },
                { EAI_NODATA, "name not known" },
                { EAI_AGAIN, "no answer from the name service" },
                { EAI_FAIL, "the name service failed" },
                { EAI_MEMORY, "out of memory" },
                { EAI_SYSTEM, "name not resolved" },
        };
        Outcome outcome = {};
        Resolve *resolve;
        Probe probe;

        names.error = errors[_i].error;
        probe_init(&probe, NULL);
        resolve = start(&probe, &outcome);
        ck_assert(probe_run_until(&probe, &outcome.n, 1, 5000000));
        ck_assert_str_eq(outcome.error, errors[_i].text);
        resolve_free(resolve);
        wait_for_threads(&probe);
        probe_done(&probe);
}
END_TEST

START_TEST(test_forty_addresses) {
        const char *addresses[41] = {};
        Outcome outcome = {};
        Resolve *resolve;
        Probe probe;

        for (size_t i = 0; i < 40; i++)
                addresses[i] = "8.0.0.1";
        names.addresses = addresses;
        probe_init(&probe, NULL);
        resolve = start(&probe, &outcome);
        ck_assert(probe_run_until(&probe, &outcome.n, 1, 5000000));
        ck_assert_uint_eq(outcome.addresses.n, ADDRESS_LIST_MAX);
        resolve_free(resolve);
        wait_for_threads(&probe);
        probe_done(&probe);
}
END_TEST

/* The loop goes on while a query is under way. */
START_TEST(test_does_not_block) {
        static const char *const addresses[] = { "8.0.0.1", NULL };
        Outcome outcome = {};
        Resolve *resolve;
        uint64_t begin;
        Probe probe;

        names.addresses = addresses;
        names.delay_msec = 500;
        probe_init(&probe, NULL);
        begin = now_usec();
        resolve = start(&probe, &outcome);
        ck_assert_int_eq(sd_event_run(probe.event, 10 * 1000), 0);
        ck_assert_uint_lt(now_usec() - begin, 200 * 1000);
        ck_assert(probe_run_until(&probe, &outcome.n, 1, 5000000));
        resolve_free(resolve);
        wait_for_threads(&probe);
        probe_done(&probe);
}
END_TEST

/* Freed while the thread is at it: no descriptor is left, and later no thread. */
START_TEST(test_free_while_running) {
        static const char *const addresses[] = { "8.0.0.1", NULL };
        Outcome outcome = {};
        Probe probe;

        names.addresses = addresses;
        names.delay_msec = 300;
        probe_init(&probe, NULL);
        for (unsigned i = 0; i < 10; i++)
                resolve_free(start(&probe, &outcome));
        ck_assert_uint_eq(count_fds(), probe.n_fds);
        ck_assert_uint_gt(count_threads(), probe.n_threads);
        wait_for_threads(&probe);
        ck_assert_uint_eq(__atomic_load_n(&names.n_done, __ATOMIC_SEQ_CST), 10);
        probe_run(&probe, 20 * 1000);
        ck_assert_uint_eq(outcome.n, 0);
        probe_done(&probe);
}
END_TEST

/* ---- As part of a tunnel --------------------------------------------------------------------- */

START_TEST(test_tunnel_unknown_name) {
        Probe probe;

        names.error = EAI_NONAME;
        probe_init(&probe, NULL);
        probe_open(&probe, "wss://tunnel.test/", NULL);
        ck_assert(probe_run_until(&probe, &probe.n_down, 1, 5000000));
        wait_for_threads(&probe);
        probe_expect_down(&probe, HYBRID_CHANNEL_UNREACHABLE, 0, "name not known");
        probe_done(&probe);
}
END_TEST

/* A name that leads into the house. */
START_TEST(test_tunnel_private_address) {
        static const char *const addresses[][4] = {
                { "127.0.0.1", NULL },        { "10.1.2.3", NULL },
                { "192.168.0.1", "fd00::1" }, { "::1", "127.0.0.1", "fe80::1" },
                { "::ffff:127.0.0.1", NULL }, { "169.254.169.254", NULL },
                { "64:ff9b::7f00:1", NULL },  { "0.0.0.0", "::" },
                { "224.0.0.1", "ff02::1" },
        };
        Probe probe;

        names.addresses = addresses[_i];
        probe_init(&probe, NULL);
        probe_open(&probe, "wss://tunnel.test/", NULL);
        ck_assert(probe_run_until(&probe, &probe.n_down, 1, 5000000));
        wait_for_threads(&probe);
        probe_expect_down(&probe, HYBRID_CHANNEL_UNREACHABLE, 0, "not a public address");
        ck_assert(strstr(probe.error.detail, addresses[_i][0]));
        probe_done(&probe);
}
END_TEST

START_TEST(test_tunnel_freed_while_resolving) {
        static const char *const addresses[] = { "8.0.0.1", NULL };
        ChannelPrepared *prepared = NULL;
        Probe probe;

        names.addresses = addresses;
        names.delay_msec = 300;
        probe_init(&probe, NULL);
        probe_open(&probe, "wss://tunnel.test/", NULL);
        ck_assert_int_eq(
                channel_tunnel.prepare(&prepared, probe.event, "tunnel.test", &probe.network), 0);
        probe_run(&probe, 50 * 1000);
        probe_free(&probe);
        channel_tunnel.prepared_free(prepared);
        ck_assert_uint_eq(count_fds(), probe.n_fds);
        wait_for_threads(&probe);
        probe_done(&probe);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("resolve", &tcase);

        tcase_add_test(tcase, test_addresses);
        tcase_add_test(tcase, test_free_in_callback);
        tcase_add_loop_test(tcase, test_errors, 0, 6);
        tcase_add_test(tcase, test_forty_addresses);
        tcase_add_test(tcase, test_does_not_block);
        tcase_add_test(tcase, test_free_while_running);
        tcase_add_test(tcase, test_tunnel_unknown_name);
        tcase_add_loop_test(tcase, test_tunnel_private_address, 0, 9);
        tcase_add_test(tcase, test_tunnel_freed_while_resolving);
        return unit_run(suite);
}
