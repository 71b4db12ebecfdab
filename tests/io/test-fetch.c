/* SPDX-License-Identifier: MIT */

/*
 * Fetching a document of a host that a stranger has named: what is accepted, what is sent, and where
 * nobody is led. This program has a name service of its own: curl calls getaddrinfo() here.
 */

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "io/fetch.h"
#include "io/tunnel/address.h"
#include "probe.h"
#include "server.h"
#include "unit.h"

#define N_KEYS 20000U

static Pki pki;

/* ---- names ---------------------------------------------------------------------------------- */

static const struct {
        const char *name;
        const char *addresses[3];
} names[] = {
        { "loopback.test", { "127.0.0.1" } },
        { "loopback6.test", { "[::1]" } },
        { "ten.test", { "10.0.0.1" } },
        { "home.test", { "192.168.1.1" } },
        { "office.test", { "172.16.0.1" } },
        { "link.test", { "169.254.169.254" } },
        { "link6.test", { "[fe80::1]" } },
        { "carrier.test", { "100.64.0.1" } },
        { "unique.test", { "[fd00::1]" } },
        { "multicast.test", { "224.0.0.1" } },
        { "multicast6.test", { "[ff02::1]" } },
        { "zero.test", { "0.0.0.0" } },
        { "zero6.test", { "[::]" } },
        { "broadcast.test", { "255.255.255.255" } },
        { "mapped.test", { "[::ffff:10.0.0.1]" } },
        { "mapped-loopback.test", { "[::ffff:127.0.0.1]" } },
        { "nat64.test", { "[64:ff9b::a00:1]" } },
        { "six-to-four.test", { "[2002:a00:1::1]" } },
        { "both.test", { "[::1]", "127.0.0.1" } },
};

typedef struct Info {
        struct addrinfo info; /* first */
        Address address;
} Info;

_public_ int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                         struct addrinfo **ret) {
        struct addrinfo *list = NULL, **end = &list;

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                for (size_t j = 0; strcmp(names[i].name, host) == 0 && names[i].addresses[j]; j++) {
                        Info *info = calloc(1, sizeof(Info));
                        char text[ADDRESS_TEXT_SIZE];

                        snprintf(text, sizeof(text), "%s:%s", names[i].addresses[j],
                                 port ? port : "443");
                        if (address_parse(text, &info->address) < 0)
                                abort();
                        info->info = (struct addrinfo){
                                .ai_family = info->address.any.sa_family,
                                .ai_socktype = SOCK_STREAM,
                                .ai_addr = &info->address.any,
                                .ai_addrlen = info->address.n,
                        };
                        *end = &info->info;
                        end = &info->info.ai_next;
                }
        *ret = list;
        return list ? 0 : EAI_NONAME;
}

_public_ void freeaddrinfo(struct addrinfo *info) {
        while (info) {
                struct addrinfo *next = info->ai_next;

                free(info);
                info = next;
        }
}

/* ---- one fetch ------------------------------------------------------------------------------ */

typedef struct Trial {
        Probe probe; /* for its loop and its network */
        Fetch *fetch;
        unsigned n_done;
        char *data; /* NULL: it failed */
        size_t n;
        char problem[256];
} Trial;

static void on_done(void *userdata, const char *data, size_t n, const char *problem) {
        Trial *trial = userdata;

        trial->n_done++;
        trial->n = n;
        if (data) {
                trial->data = malloc(n + 1);
                memcpy(trial->data, data, n);
                trial->data[n] = '\0';
        }
        snprintf(trial->problem, sizeof(trial->problem), "%s", problem ? problem : "");
        trial->fetch = fetch_curl.free(trial->fetch);
}

static void trial_init(Trial *trial) {
        *trial = (Trial){};
        probe_init(&trial->probe, pki.ca_file);
}

static void trial_done(Trial *trial) {
        fetch_curl.free(trial->fetch);
        free(trial->data);
        /* Threads that resolved names may be ending. */
        for (unsigned i = 0; i < 100 && count_threads() > trial->probe.n_threads; i++)
                usleep(10000);
        probe_done(&trial->probe);
}

static void trial_run(Trial *trial, const char *url) {
        ck_assert_int_eq(fetch_curl.start(&trial->fetch, trial->probe.event, url,
                                          &trial->probe.network, on_done, trial),
                         0);
        ck_assert_msg(probe_run_until(&trial->probe, &trial->n_done, 1, 13000000), "no end");
        probe_run(&trial->probe, 10000);
        ck_assert_uint_eq(trial->n_done, 1);
}

static void expect_data(Trial *trial, const char *url, const char *data) {
        trial_run(trial, url);
        ck_assert_msg(trial->data, "%s", trial->problem);
        ck_assert_str_eq(trial->data, data);
}

static void expect_problem(Trial *trial, const char *url, const char *part) {
        trial_run(trial, url);
        ck_assert_msg(!trial->data, "fetched: %s", trial->data);
        ck_assert_msg(strstr(trial->problem, part), "\"%s\" without \"%s\"", trial->problem, part);
}

/* ---- servers -------------------------------------------------------------------------------- */

static void script_answer(Connection *c) {
        if (connection_handshake(c) && connection_read_request(c) &&
            connection_write(c, c->argument, strlen(c->argument)))
                connection_wait_for_end(c);
}

static void script_answer_and_end(Connection *c) {
        if (connection_handshake(c) && connection_read_request(c))
                (void)connection_write(c, c->argument, strlen(c->argument));
}

static void script_endless_body(Connection *c) {
        char data[4096];

        memset(data, ' ', sizeof(data));
        if (!connection_handshake(c) || !connection_read_request(c) ||
            !connection_print(c, "HTTP/1.1 200 x\r\nContent-Type: application/json\r\n\r\n"))
                return;
        while (connection_write(c, data, sizeof(data)))
                ;
}

static void script_endless_head(Connection *c) {
        if (!connection_handshake(c) || !connection_read_request(c) ||
            !connection_print(c, "HTTP/1.1 200 x\r\n"))
                return;
        while (connection_print(c, "X-Filler: %01000u\r\n", 0))
                ;
}

static void script_drip(Connection *c) {
        if (!connection_handshake(c) || !connection_read_request(c) ||
            !connection_print(c, "HTTP/1.1 200 x\r\nContent-Type: application/json\r\n\r\n"))
                return;
        while (connection_print(c, " "))
                usleep(50 * 1000);
}

static void script_silent(Connection *c) {
        if (connection_handshake(c) && connection_read_request(c))
                pause();
}

/* Redirects to itself, for ever. */
static void script_loop(Connection *c) {
        if (connection_handshake(c) && connection_read_request(c) &&
            connection_print(c, "HTTP/1.1 302 x\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"))
                connection_wait_for_end(c);
}

/* The first time a redirect, then the document. */
static void script_redirect_once(Connection *c) {
        if (!connection_handshake(c) || !connection_read_request(c))
                return;
        if (c->n == 1)
                connection_print(c, "HTTP/1.1 301 x\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
                                 (const char *)c->argument);
        else
                connection_print(c, "HTTP/1.1 200 x\r\nContent-Type: application/json\r\n"
                                    "Content-Length: 2\r\n\r\n{}");
        connection_wait_for_end(c);
}

static void start(Server *server, server_script_t script, const char *argument) {
        server_start(server,
                     &(ServerParams){ .pki = &pki, .script = script, .argument = argument });
}

#define URL    "https://tunnel.test/.well-known/webauthn"
#define GOOD   "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define GOOD_2 GOOD "Content-Length: 2\r\n\r\n{}"

/* ---- what is accepted ----------------------------------------------------------------------- */

static const struct {
        const char *answer;
        const char *data;
} good[] = {
        { GOOD_2, "{}" },
        { GOOD "Content-Length: 0\r\n\r\n", "" },
        { GOOD "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "{}" },
        { "HTTP/1.1 200 x\r\nContent-Type: application/json; charset=utf-8\r\n"
          "Content-Length: 2\r\n\r\n{}",
          "{}" },
        { "HTTP/1.1 200 x\r\nContent-Type: Application/JSON\r\nContent-Length: 2\r\n\r\n[]", "[]" },
        { GOOD "Set-Cookie: a=b\r\nContent-Length: 2\r\n\r\n{}", "{}" },
};

START_TEST(test_good) {
        Server server;
        Trial trial;

        start(&server, script_answer, good[_i].answer);
        trial_init(&trial);
        probe_resolve(&trial.probe, "tunnel.test", server.port);
        expect_data(&trial, URL, good[_i].data);
        ck_assert_str_eq(server.log->request,
                         "GET /.well-known/webauthn HTTP/1.1\r\nHost: tunnel.test\r\n"
                         "User-Agent: hybridd\r\nAccept: application/json\r\n\r\n");
        ck_assert_str_eq(server.log->server_name, "tunnel.test");
        trial_done(&trial);
        server_stop(&server);
}
END_TEST

/* As the tunnel's: besides the system's. */
START_TEST(test_extra_roots) {
        Server server;
        Trial trial;

        start(&server, script_answer, GOOD_2);
        trial_init(&trial);
        trial.probe.network.ca_file = NULL;
        probe_resolve(&trial.probe, "tunnel.test", server.port);
        expect_problem(&trial, URL, "certificate");
        trial.n_done = 0;
        trial.probe.network.extra_ca_file = pki.ca_file;
        expect_data(&trial, URL, "{}");
        trial_done(&trial);
        server_stop(&server);
}
END_TEST

/* ---- what is not ---------------------------------------------------------------------------- */

static const struct {
        server_script_t script;
        const char *answer;
        const char *problem;
} bad[] = {
        { script_answer, "HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n", "HTTP status 404" },
        { script_answer, "HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n", "HTTP status 500" },
        { script_answer, "HTTP/1.1 204 x\r\n\r\n", "HTTP status 204" },
        { script_answer, "HTTP/1.1 401 x\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
          "HTTP status 401" },
        { script_answer, "HTTP/1.1 200 x\r\nContent-Length: 2\r\n\r\n{}", "not application/json" },
        { script_answer, "HTTP/1.1 200 x\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}",
          "not application/json" },
        { script_answer,
          "HTTP/1.1 200 x\r\nContent-Type: application/json5\r\nContent-Length: 2\r\n\r\n{}",
          "not application/json" },
        { script_answer,
          "HTTP/1.1 200 x\r\nContent-Type: text/plain; application/json\r\nContent-Length: "
          "2\r\n\r\n"
          "{}",
          "not application/json" },
        { script_answer, GOOD "Content-Length: 65537\r\n\r\n", "file size" },
        { script_answer_and_end, GOOD "Content-Length: 3\r\n\r\n{}", "" }, /* cut */
        { script_answer_and_end, "nonsense\r\n\r\n", "" },
        { script_answer_and_end, "", "" },
        { script_endless_body, "", "the document is too large" },
        { script_endless_head, "", "the head of the answer is too large" },
        { script_loop, "", "too many redirects" },
        { script_answer, "HTTP/1.1 302 x\r\nContent-Length: 0\r\n\r\n", "redirected" },
        { script_answer,
          "HTTP/1.1 302 x\r\nLocation: http://tunnel.test/\r\nContent-Length: 0\r\n\r\n",
          "redirected" },
        { script_answer,
          "HTTP/1.1 301 x\r\nLocation: ftp://tunnel.test/\r\nContent-Length: 0\r\n\r\n",
          "redirected" },
        { script_answer,
          "HTTP/1.1 302 x\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
          "redirected" },
        { script_answer,
          "HTTP/1.1 307 x\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
          "redirected" },
        { script_answer, "HTTP/1.1 308 x\r\nLocation: https://[::1]/\r\nContent-Length: 0\r\n\r\n",
          "redirected" },
        { script_answer,
          "HTTP/1.1 303 x\r\nLocation: https://2130706433/\r\nContent-Length: 0\r\n\r\n",
          "redirected" },
        { script_answer,
          "HTTP/1.1 302 x\r\nLocation: https://a:b@tunnel.test/\r\nContent-Length: 0\r\n\r\n",
          "redirected" },
        { script_answer,
          "HTTP/1.1 302 x\r\nLocation: https://ten.test/\r\nContent-Length: 0\r\n\r\n",
          "10.0.0.1:443, which is not a public address" },
        { script_answer,
          "HTTP/1.1 302 x\r\nLocation: https://loopback.test/\r\nContent-Length: 0\r\n\r\n",
          "127.0.0.1:443, which is not a public address" },
        { script_answer,
          "HTTP/1.1 302 x\r\nLocation: https://tunnel.test:631/\r\nContent-Length: 0\r\n\r\n",
          "redirected" },
        { script_answer,
          "HTTP/1.1 302 x\r\nLocation: https://printer.local/\r\nContent-Length: 0\r\n\r\n",
          "redirected" },
        { script_answer,
          "HTTP/1.1 302 x\r\nLocation: https://nobody.test/\r\nContent-Length: 0\r\n\r\n",
          "resolve host" },
};

START_TEST(test_bad) {
        Server server;
        Trial trial;

        start(&server, bad[_i].script, bad[_i].answer);
        trial_init(&trial);
        probe_resolve(&trial.probe, "tunnel.test", server.port);
        expect_problem(&trial, URL, bad[_i].problem);
        ck_assert_uint_gt(strlen(trial.problem), 5);
        trial_done(&trial);
        server_stop(&server);
}
END_TEST

START_TEST(test_bad_certificate) {
        static const PkiKind kinds[] = { PKI_OTHER_NAME, PKI_NAME_IN_SUBJECT, PKI_EXPIRED,
                                         PKI_SELF_SIGNED, PKI_OTHER_ROOT };
        Server server;
        Trial trial;

        server_start(&server, &(ServerParams){ .pki = &pki,
                                               .kind = kinds[_i],
                                               .script = script_answer,
                                               .argument = GOOD_2 });
        trial_init(&trial);
        probe_resolve(&trial.probe, "tunnel.test", server.port);
        expect_problem(&trial, URL, "");
        ck_assert_uint_eq(server.log->n_requests, 0);
        trial_done(&trial);
        server_stop(&server);
}
END_TEST

/* ---- redirects that are fine ---------------------------------------------------------------- */

START_TEST(test_redirect) {
        static const char *const locations[] = {
                "/elsewhere",
                "https://tunnel.test/elsewhere",
                "https://other.test/elsewhere",
                "HTTPS://other.test:443/elsewhere#x",
        };
        Server server;
        Trial trial;

        start(&server, script_redirect_once, locations[_i]);
        trial_init(&trial);
        probe_resolve(&trial.probe, "tunnel.test", server.port);
        probe_resolve(&trial.probe, "other.test", server.port);
        expect_data(&trial, URL, "{}");
        ck_assert_ptr_nonnull(strstr(server.log->request, "GET /elsewhere HTTP/1.1\r\n"));
        ck_assert_ptr_null(strstr(server.log->request, "Referer"));
        ck_assert_uint_eq(server.log->n_requests, 2);
        trial_done(&trial);
        server_stop(&server);
}
END_TEST

/* ---- where nobody is led -------------------------------------------------------------------- */

/* On loopback somebody listens, who hears nothing. */
START_TEST(test_not_public) {
        Server server;
        Trial trial;
        char url[128];

        start(&server, script_answer, GOOD_2);
        trial_init(&trial);
        snprintf(url, sizeof(url), "https://%s:%u/", names[_i].name, server.port);
        expect_problem(&trial, url, "which is not a public address");
        ck_assert_uint_eq(server.log->n_connections, 0);
        trial_done(&trial);
        server_stop(&server);
}
END_TEST

/* What is decreed for one name is good for that one only. */
START_TEST(test_decree_of_another_name) {
        Server server;
        Trial trial;
        char url[128];

        start(&server, script_answer, GOOD_2);
        trial_init(&trial);
        probe_resolve(&trial.probe, "tunnel.test", server.port);
        snprintf(url, sizeof(url), "https://loopback.test:%u/", server.port);
        expect_problem(&trial, url, "which is not a public address");
        ck_assert_uint_eq(server.log->n_connections, 0);
        trial_done(&trial);
        server_stop(&server);
}
END_TEST

START_TEST(test_bad_url) {
        static const char *const urls[] = {
                "",
                "http://tunnel.test/",
                "wss://tunnel.test/",
                "https://127.0.0.1/",
                "https://a@tunnel.test/",
                "https://[::1]/",
                "file:///etc/passwd",
                "https://tunnel.test/ x",
                "https://localhost/",
                "https://site.localhost/",
                "https://printer.local/",
                "https://intranet/",
        };
        Trial trial;

        trial_init(&trial);
        for (size_t i = 0; i < ELEMENTSOF(urls); i++)
                ck_assert_int_eq(fetch_curl.start(&trial.fetch, trial.probe.event, urls[i],
                                                  &trial.probe.network, on_done, &trial),
                                 -EINVAL);
        trial_done(&trial);
}
END_TEST

/* ---- proxies -------------------------------------------------------------------------------- */

static void script_proxy(Connection *c) {
        static const char reply[] = "HTTP/1.1 200 Connected\r\n\r\n";
        char asked[sizeof(c->log->request)] = "";

        if (read(c->fd, asked, sizeof(asked) - 1) <= 0 ||
            write(c->fd, reply, sizeof(reply) - 1) != (ssize_t)sizeof(reply) - 1 ||
            !connection_handshake(c) || !connection_read_request(c))
                return;
        strcpy(c->log->request, asked);
        if (connection_write(c, c->argument, strlen(c->argument)))
                connection_wait_for_end(c);
}

static void script_proxy_refuses(Connection *c) {
        static const char reply[] = "HTTP/1.1 407 x\r\nContent-Length: 0\r\n\r\n";
        char asked[2048];

        if (read(c->fd, asked, sizeof(asked)) > 0)
                (void)!write(c->fd, reply, sizeof(reply) - 1);
}

/* The name leads nowhere here; the proxy's address is on loopback, and that is fine. */
START_TEST(test_proxy) {
        Server server;
        Trial trial;
        char url[128];

        start(&server, script_proxy, GOOD_2);
        trial_init(&trial);
        snprintf(url, sizeof(url), "http://me%%25:a%%40:%%2541%%26@127.0.0.1:%u", server.port);
        trial.probe.network.proxy = url;
        expect_data(&trial, URL, "{}");
        ck_assert_ptr_nonnull(strstr(server.log->request, "CONNECT tunnel.test:443 HTTP/1.1\r\n"));
        /* me%:a@:%41& */
        ck_assert_ptr_nonnull(
                strstr(server.log->request, "\r\nProxy-Authorization: Basic bWUlOmFAOiU0MSY=\r\n"));
        trial_done(&trial);
        server_stop(&server);
}
END_TEST

START_TEST(test_proxy_refuses) {
        Server server;
        Trial trial;
        char url[128];

        start(&server, script_proxy_refuses, NULL);
        trial_init(&trial);
        snprintf(url, sizeof(url), "http://me:secret@127.0.0.1:%u", server.port);
        trial.probe.network.proxy = url;
        expect_problem(&trial, URL, "");
        ck_assert_ptr_null(strstr(trial.problem, "secret"));
        trial_done(&trial);
        server_stop(&server);
}
END_TEST

/* Reached without the proxy, a host is looked at. */
START_TEST(test_proxy_bypassed) {
        Trial trial;

        trial_init(&trial);
        trial.probe.network.proxy = "http://127.0.0.1:1";
        trial.probe.network.no_proxy = "loopback.test";
        expect_problem(&trial, "https://loopback.test:1/", "which is not a public address");
        trial_done(&trial);
}
END_TEST

START_TEST(test_environment_is_not_read) {
        Server server;
        Trial trial;

        start(&server, script_answer, GOOD_2);
        setenv("https_proxy", "http://127.0.0.1:1", 1);
        setenv("all_proxy", "http://127.0.0.1:1", 1);
        trial_init(&trial);
        probe_resolve(&trial.probe, "tunnel.test", server.port);
        expect_data(&trial, URL, "{}");
        trial_done(&trial);
        server_stop(&server);
}
END_TEST

START_TEST(test_bad_proxy_setting) {
        Trial trial;

        trial_init(&trial);
        trial.probe.network.proxy = "socks5://127.0.0.1:1";
        ck_assert_int_lt(fetch_curl.start(&trial.fetch, trial.probe.event, URL,
                                          &trial.probe.network, on_done, &trial),
                         0);
        trial_done(&trial);
}
END_TEST

/* ---- time ----------------------------------------------------------------------------------- */

START_TEST(test_slow) {
        static const server_script_t scripts[] = { script_silent, script_drip };
        uint64_t start_usec, usec;
        Server server;
        Trial trial;

        start(&server, scripts[_i], "");
        trial_init(&trial);
        probe_resolve(&trial.probe, "tunnel.test", server.port);
        start_usec = now_usec();
        expect_problem(&trial, URL, "no answer in time");
        usec = now_usec() - start_usec;
        ck_assert_uint_ge(usec, 9500000);
        ck_assert_uint_le(usec, 11500000);
        trial_done(&trial);
        server_stop(&server);
}
END_TEST

/* New keys, which come all at once between the answer and its end. */
static void script_flood_of_keys(Connection *c) {
        if (!connection_handshake(c) || !connection_read_request(c))
                return;
        connection_hold(c);
        if (connection_print(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                "Content-Length: 2\r\n\r\n") &&
            connection_renew_keys(c, N_KEYS) && connection_print(c, "{}") && connection_release(c))
                connection_wait_for_end(c);
}

/* The event loop has its turn between records that hold no data. */
START_TEST(test_flood_of_keys) {
        uint64_t n_turns;
        Server server;
        Trial trial;

        start(&server, script_flood_of_keys, "");
        trial_init(&trial);
        probe_resolve(&trial.probe, "tunnel.test", server.port);
        expect_data(&trial, URL, "{}");
        ck_assert_int_ge(sd_event_get_iteration(trial.probe.event, &n_turns), 0);
        ck_assert_uint_gt(n_turns, N_KEYS / 10);
        trial_done(&trial);
        server_stop(&server);
}
END_TEST

START_TEST(test_free_in_between) {
        Server server;
        Trial trial;

        start(&server, script_silent, "");
        trial_init(&trial);
        probe_resolve(&trial.probe, "tunnel.test", server.port);
        for (unsigned i = 0; i < 8; i++) {
                ck_assert_int_eq(fetch_curl.start(&trial.fetch, trial.probe.event, URL,
                                                  &trial.probe.network, on_done, &trial),
                                 0);
                probe_run(&trial.probe, i * 2000);
                trial.fetch = fetch_curl.free(trial.fetch);
                ck_assert_uint_eq(count_fds(), trial.probe.n_fds);
        }
        probe_run(&trial.probe, 10000);
        ck_assert_uint_eq(trial.n_done, 0);
        trial_done(&trial);
        server_stop(&server);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("fetch", &tcase);
        int r;

        pki_init(&pki);
        tcase_add_loop_test(tcase, test_good, 0, ELEMENTSOF(good));
        tcase_add_test(tcase, test_extra_roots);
        tcase_add_loop_test(tcase, test_bad, 0, ELEMENTSOF(bad));
        tcase_add_loop_test(tcase, test_bad_certificate, 0, 5);
        tcase_add_loop_test(tcase, test_redirect, 0, 4);
        tcase_add_loop_test(tcase, test_not_public, 0, ELEMENTSOF(names));
        tcase_add_test(tcase, test_decree_of_another_name);
        tcase_add_test(tcase, test_bad_url);
        tcase_add_test(tcase, test_proxy);
        tcase_add_test(tcase, test_proxy_refuses);
        tcase_add_test(tcase, test_proxy_bypassed);
        tcase_add_test(tcase, test_environment_is_not_read);
        tcase_add_test(tcase, test_bad_proxy_setting);
        tcase_add_loop_test(tcase, test_slow, 0, 2);
        tcase_add_test(tcase, test_flood_of_keys);
        tcase_add_test(tcase, test_free_in_between);
        tcase_set_timeout(tcase, 60);
        r = unit_run(suite);
        pki_done(&pki);
        return r;
}
