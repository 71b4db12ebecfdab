/* SPDX-License-Identifier: MIT */

/*
 * What a proxy's URL says, who is reached without one, what a proxy is asked, and what comes of its
 * replies: the parts that only look at bytes.
 */

#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "io/tunnel/connect-request.h"
#include "io/tunnel/proxy.h"
#include "unit.h"

/* ---- URLs ----------------------------------------------------------------------------------- */

static const struct {
        const char *url;
        const char *host;
        uint16_t port;
        const char *credentials;
        const char *name;
} urls[] = {
        { "http://proxy.test:3128", "proxy.test", 3128, "", "proxy.test:3128" },
        { "http://proxy.test:3128/", "proxy.test", 3128, "", "proxy.test:3128" },
        { "HTTP://Proxy.Test:80", "Proxy.Test", 80, "", "Proxy.Test:80" },
        { "http://proxy.test", "proxy.test", 1080, "", "proxy.test:1080" },
        { "proxy.test:8080", "proxy.test", 8080, "", "proxy.test:8080" },
        { "proxy", "proxy", 1080, "", "proxy:1080" },
        { "http://a_b-c.test:1", "a_b-c.test", 1, "", "a_b-c.test:1" },
        { "http://192.0.2.1:65535", "192.0.2.1", 65535, "", "192.0.2.1:65535" },
        { "http://[2001:db8::1]:3128", "2001:db8::1", 3128, "", "[2001:db8::1]:3128" },
        { "http://[::1]", "::1", 1080, "", "[::1]:1080" },
        { "http://[::ffff:192.0.2.1]:1/", "::ffff:192.0.2.1", 1, "", "[::ffff:192.0.2.1]:1" },
        { "http://me:secret@p.test:1", "p.test", 1, "me:secret", "p.test:1" },
        { "me:secret@p.test:1", "p.test", 1, "me:secret", "p.test:1" },
        { "http://me@p.test:1", "p.test", 1, "me:", "p.test:1" },
        { "http://me:@p.test:1", "p.test", 1, "me:", "p.test:1" },
        { "http://:secret@p.test:1", "p.test", 1, ":secret", "p.test:1" },
        { "http://me:a%40b%3Ac%2fd%25@p.test:1", "p.test", 1, "me:a@b:c/d%", "p.test:1" },
        { "http://me:a@b:c@p.test:1", "p.test", 1, "me:a@b:c", "p.test:1" },
        { "http://m%C3%A9:\xc3\xa9@p.test:1", "p.test", 1, "m\xc3\xa9:\xc3\xa9", "p.test:1" },
        { "http://me:x@[::1]:1", "::1", 1, "me:x", "[::1]:1" },
};

START_TEST(test_url) {
        char name[PROXY_NAME_SIZE];
        Proxy proxy;

        for (size_t i = 0; i < ELEMENTSOF(urls); i++) {
                const char *problem = proxy_parse(urls[i].url, &proxy);

                ck_assert_msg(!problem, "%s: %s", urls[i].url, problem);
                ck_assert_str_eq(proxy.host, urls[i].host);
                ck_assert_uint_eq(proxy.port, urls[i].port);
                ck_assert_str_eq(proxy.credentials, urls[i].credentials);
                proxy_name(&proxy, name);
                ck_assert_str_eq(name, urls[i].name);
        }
}
END_TEST

static const struct {
        const char *url;
        const char *problem; /* a part of it */
} bad_urls[] = {
        { "", "host" },
        { "http://", "host" },
        { "http:///", "host" },
        { "http://:3128", "host" },
        { "http://me:secret@", "host" },
        { "http://me:secret@:3128", "host" },
        { "http://p.test:", "port" },
        { "http://p.test:0", "port" },
        { "http://p.test:65536", "port" },
        { "http://p.test:123456", "port" },
        { "http://p.test:+1", "port" },
        { "http://p.test:1x", "port" },
        { "http://p.test:secret", "port" },
        { "http://[::1", "host" },
        { "http://[]:1", "host" },
        { "http://[::1]x", "port" },
        { "http://[p.test]:1", "host" },
        { "http://::1:3128", "host" },
        { "http://p test:1", "host" },
        { "http://p\r\nx:1", "host" },
        { "http://p%2e:1", "host" },
        { "http://b\xc3\xbc.test:1", "host" },
        { "http://p.test:1/path", "must be http://" },
        { "http://p.test:1?query", "must be http://" },
        { "http://p.test:1#fragment", "must be http://" },
        { "http://p.test:1//", "must be http://" },
        { "ftp://p.test:1", "must be http://" },
        { "httpx://p.test:1", "must be http://" },
        { "://p.test:1", "must be http://" },
        { "https://p.test:443", "over TLS" },
        { "HTTPS://p.test:443", "over TLS" },
        { "socks5://p.test:1080", "SOCKS" },
        { "socks5h://p.test:1080", "SOCKS" },
        { "socks4a://p.test:1080", "SOCKS" },
        { "SOCKS://p.test:1080", "SOCKS" },
        { "http://me%:x@p.test:1", "user name" },
        { "http://me:%4@p.test:1", "user name" },
        { "http://me:%zz@p.test:1", "user name" },
        { "http://me:%00@p.test:1", "user name" },
        { "http://me:a%0d%0aX: y@p.test:1", "user name" },
        { "http://me:a\nb@p.test:1", "user name" },
        { "http://me:%7f@p.test:1", "user name" },
        { "http://m%3ae:x@p.test:1", "user name" },
        { "http://m%3ae@p.test:1", "user name" },
};

START_TEST(test_bad_url) {
        for (size_t i = 0; i < ELEMENTSOF(bad_urls); i++) {
                Proxy proxy = { .host = "untouched" };
                const char *problem = proxy_parse(bad_urls[i].url, &proxy);

                ck_assert_msg(problem, "%s", bad_urls[i].url);
                ck_assert_msg(strstr(problem, bad_urls[i].problem), "%s: %s", bad_urls[i].url,
                              problem);
                ck_assert_str_eq(proxy.host, "untouched");
                ck_assert_ptr_null(strstr(problem, "secret"));
        }
}
END_TEST

/* The longest that goes, and one more. */
START_TEST(test_url_lengths) {
        char url[1200], text[600];
        Proxy proxy;

        memset(text, 'x', sizeof(text));
        for (int n = 250; n < 256; n++) {
                snprintf(url, sizeof(url), "http://%.*s:1", n, text);
                ck_assert_int_eq(!proxy_parse(url, &proxy), n < PROXY_HOST_SIZE);
                snprintf(url, sizeof(url), "http://%.*s:@h:1", n, text);
                ck_assert_int_eq(!proxy_parse(url, &proxy), n + 1 < PROXY_CREDENTIALS_SIZE - 1);
        }
}
END_TEST

START_TEST(test_erased) {
        static const Proxy zeros;
        Proxy proxy;

        ck_assert_ptr_null(proxy_parse("http://me:secret@p.test:1", &proxy));
        proxy_done(&proxy);
        ck_assert_mem_eq(&proxy, &zeros, sizeof(proxy));
}
END_TEST

/* ---- who is reached without ----------------------------------------------------------------- */

static const struct {
        const char *list;
        const char *host;
        uint16_t port;
        bool bypassed;
} lists[] = {
        { NULL, "a.test", 443, false },
        { "", "a.test", 443, false },
        { " , ,, ", "a.test", 443, false },
        { ".", "a.test", 443, false },
        { ":443", "a.test", 443, false },
        { "*", "a.test", 443, true },
        { "*", "localhost", 443, true },
        { " * ", "a.test", 443, true },
        { "b.test,*", "a.test", 443, true },
        { "**", "a.test", 443, false },
        { "*.test", "a.test", 443, false }, /* as with curl: no patterns */
        { "a.*", "a.test", 443, false },
        { "a.test", "a.test", 443, true },
        { "A.TEST", "a.test", 443, true },
        { "a.test", "A.Test", 443, true },
        { "a.test", "b.a.test", 443, true },
        { "a.test", "c.b.a.test", 443, true },
        { "a.test", "ba.test", 443, false },
        { "a.test", "a.test.example", 443, false },
        { "a.test", "a.tes", 443, false },
        { "a.test", "test", 443, false },
        { ".a.test", "a.test", 443, true },
        { ".a.test", "b.a.test", 443, true },
        { ".a.test", "ba.test", 443, false },
        { "..a.test", "a.test", 443, false },
        { "a.test.", "a.test", 443, true },
        { "a.test", "a.test.", 443, true },
        { "a.test.", "b.a.test.", 443, true },
        { "test", "a.test", 443, true },
        { "tes", "a.test", 443, false },
        { "est", "a.test", 443, false },
        { "a.test:443", "a.test", 443, true },
        { "a.test:443", "b.a.test", 443, true },
        { "a.test:8443", "a.test", 443, false },
        { "a.test:8443", "a.test", 8443, true },
        { "a.test:", "a.test", 443, false },
        { "a.test:x", "a.test", 443, false },
        { "a.test:443x", "a.test", 443, false },
        { "a.test:65979", "a.test", 443, false }, /* 443 in 16 bits */
        { "*:443", "a.test", 443, true },
        { "*:80", "a.test", 443, false },
        { "b.test,a.test", "a.test", 443, true },
        { "b.test a.test", "a.test", 443, true },
        { "b.test\ta.test", "a.test", 443, true },
        { "b.test, a.test ,c.test", "a.test", 443, true },
        { "b.test;a.test", "a.test", 443, false },
        { "b.test:1,a.test", "a.test", 443, true },
        { "b.test,c.test", "a.test", 443, false },
        { "localhost,127.0.0.1,::1", "a.test", 443, false },
        { "localhost,127.0.0.1,::1", "localhost", 443, true },
        { "10.0.0.0/8,[::1]", "a.test", 443, false },
        { "[::1]:443", "a.test", 443, false },
        { "cable.ua5v.com", "cable.ua5v.com", 443, true },
        { "ua5v.com", "cable.auth.com", 443, false },
};

_Static_assert(ELEMENTSOF(lists) >= 40, "fewer rows than were promised");

START_TEST(test_bypass) {
        for (size_t i = 0; i < ELEMENTSOF(lists); i++)
                ck_assert_msg(proxy_is_bypassed(lists[i].list, lists[i].host, lists[i].port) ==
                                      lists[i].bypassed,
                              "\"%s\": %s:%u", lists[i].list ? lists[i].list : "(null)",
                              lists[i].host, lists[i].port);
}
END_TEST

/* ---- the request ---------------------------------------------------------------------------- */

static const struct {
        const char *url;
        const char *request;
} requests[] = {
        { "http://p.test:1", "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n" },
        { "http://Aladdin:open sesame@p.test:1", /* RFC 7617 section 2 */
          "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n"
          "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n" },
        { "http://test:123%C2%A3@p.test:1", /* RFC 7617 section 2.1 */
          "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n"
          "Proxy-Authorization: Basic dGVzdDoxMjPCow==\r\n\r\n" },
        { "http://a:%C3%BF%C3%BE>@p.test:1", /* the two characters in which base64url differs */
          "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n"
          "Proxy-Authorization: Basic YTrDv8O+Pg==\r\n\r\n" },
        { "http://a:??~@p.test:1", NULL }, /* a query, not a password */
};

START_TEST(test_request) {
        char request[CONNECT_REQUEST_SIZE];
        Proxy proxy;

        for (size_t i = 0; i < ELEMENTSOF(requests); i++) {
                ssize_t n;

                ck_assert_int_eq(!proxy_parse(requests[i].url, &proxy),
                                 requests[i].request != NULL);
                if (!requests[i].request)
                        continue;
                n = connect_request_write(&proxy, "a.test", 443, request);
                ck_assert_str_eq(request, requests[i].request);
                ck_assert_int_eq(n, (ssize_t)strlen(request));
        }
}
END_TEST

START_TEST(test_longest_request) {
        char request[CONNECT_REQUEST_SIZE], host[400] = "";
        Proxy proxy = { .host = "p.test", .port = 1 };
        ssize_t n;

        memset(proxy.credentials, '~', sizeof(proxy.credentials) - 1);
        memset(host, 'x', 253);
        n = connect_request_write(&proxy, host, 65535, request);
        ck_assert_int_gt(n, 0);
        ck_assert_int_lt(n, CONNECT_REQUEST_SIZE);
        ck_assert_str_eq(request + n - 4, "\r\n\r\n");

        memset(host, 'x', sizeof(host) - 1);
        ck_assert_int_lt(connect_request_write(&proxy, host, 65535, request), 0);
}
END_TEST

/* ---- the reply ------------------------------------------------------------------------------ */

static const struct {
        const char *text;
        ConnectVerdict verdict;
        int status;
        size_t n_behind; /* bytes at the end that are not the reply's */
} replies[] = {
        { "HTTP/1.1 200 Connection established\r\n\r\n", CONNECT_ESTABLISHED, 200, 0 },
        { "HTTP/1.0 200 Connection established\r\nProxy-agent: tinyproxy/1.11.1\r\n\r\n",
          CONNECT_ESTABLISHED, 200, 0 },
        { "HTTP/1.1 200\r\n\r\n", CONNECT_ESTABLISHED, 200, 0 },
        { "HTTP/1.1 204 x\r\n\r\n", CONNECT_ESTABLISHED, 204, 0 },
        { "HTTP/1.1 299 x\r\n\r\n", CONNECT_ESTABLISHED, 299, 0 },
        /* Without a body, whatever it says: RFC 9110 section 9.3.6. */
        { "HTTP/1.1 200 x\r\nContent-Length: 5\r\n\r\n\x16\x03\x01\x02\x03", CONNECT_ESTABLISHED,
          200, 5 },
        { "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 407 x\r\n\r\n",
          CONNECT_ESTABLISHED, 200, 18 },
        { "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 x\r\n\r\n!", CONNECT_ESTABLISHED, 200, 1 },
        { "HTTP/1.1 102 x\r\n\r\nHTTP/1.1 103 x\r\nLink: y\r\n\r\nHTTP/1.1 200 x\r\n\r\n",
          CONNECT_ESTABLISHED, 200, 0 },
        { "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
          "Proxy-Authenticate: NTLM\r\n\r\n<html>",
          CONNECT_REFUSED, 407, 6 },
        { "HTTP/1.1 403 Filtered\r\n\r\n", CONNECT_REFUSED, 403, 0 },
        { "HTTP/1.1 400 x\r\n\r\n", CONNECT_REFUSED, 400, 0 },
        { "HTTP/1.1 405 x\r\n\r\n", CONNECT_REFUSED, 405, 0 },
        { "HTTP/1.1 502 x\r\n\r\n", CONNECT_REFUSED, 502, 0 },
        { "HTTP/1.1 503 x\r\n\r\n", CONNECT_REFUSED, 503, 0 },
        { "HTTP/1.1 599 x\r\n\r\n", CONNECT_REFUSED, 599, 0 },
        { "HTTP/1.1 302 x\r\nLocation: https://portal.test/\r\n\r\n", CONNECT_REFUSED, 302, 0 },
        { "HTTP/1.1 101 x\r\n\r\n", CONNECT_REFUSED, 101, 0 },
        { "HTTP/1.1 100 x\r\n\r\nHTTP/1.1 407 x\r\n\r\n", CONNECT_REFUSED, 407, 0 },
        { "", CONNECT_INCOMPLETE, 0, 0 },
        { "H", CONNECT_INCOMPLETE, 0, 0 },
        { "HTTP/1.", CONNECT_INCOMPLETE, 0, 0 },
        { "HTTP/1.1 200 x\r\n", CONNECT_INCOMPLETE, 0, 0 },
        { "HTTP/1.1 200 x\r\n\r", CONNECT_INCOMPLETE, 0, 0 },
        { "HTTP/1.1 200 x\n\n", CONNECT_INCOMPLETE, 0, 0 },
        { "HTTP/1.1 100 x\r\n\r\n", CONNECT_INCOMPLETE, 100, 0 },
        { "HTTP/1.1 100 x\r\n\r\nHTTP/1.1 200 x\r\n", CONNECT_INCOMPLETE, 100, 0 },
        { "HTTP/2 200\r\n\r\n", CONNECT_MALFORMED, 0, 0 },
        { "h", CONNECT_MALFORMED, 0, 0 },
        { "http/1.1 200 x\r\n\r\n", CONNECT_MALFORMED, 0, 0 },
        { "HTTQ", CONNECT_MALFORMED, 0, 0 },
        { "SSH-2.0-OpenSSH_9.2\r\n", CONNECT_MALFORMED, 0, 0 },
        { "\x05\xff", CONNECT_MALFORMED, 0, 0 },
        { "\x15\x03\x01\x02\x02\x16", CONNECT_MALFORMED, 0, 0 },
        { "\r\nHTTP/1.1 200 x\r\n\r\n", CONNECT_MALFORMED, 0, 0 },
        { "HTTP/1.1 2000 x\r\n\r\n", CONNECT_MALFORMED, 0, 0 },
        { "HTTP/1.1 20 x\r\n\r\n", CONNECT_MALFORMED, 0, 0 },
        { "HTTP/1.1 -20 x\r\n\r\n", CONNECT_MALFORMED, 0, 0 },
        { "HTTP/1.1 000 x\r\n\r\n", CONNECT_MALFORMED, 0, 0 },
        { "HTTP/1.1 600 x\r\n\r\n", CONNECT_MALFORMED, 0, 0 },
        { "HTTP/1.1 200 x\r\nno colon\r\n\r\n", CONNECT_MALFORMED, 0, 0 },
        { "HTTP/1.1 200 x\r\n folded: y\r\n\r\n", CONNECT_MALFORMED, 0, 0 },
        { "HTTP/1.1 200 \x01\r\n\r\n", CONNECT_MALFORMED, 0, 0 },
        { "HTTP/1.1 100 x\r\n\r\nx", CONNECT_MALFORMED, 100, 0 },
};

static void expect_reply(size_t i, size_t step) {
        size_t n = strlen(replies[i].text), at = 0;
        ConnectVerdict verdict = CONNECT_INCOMPLETE;
        ConnectReply *reply = calloc(1, sizeof(ConnectReply));

        while (at < n && verdict == CONNECT_INCOMPLETE) {
                size_t n_step = n - at < step ? n - at : step, n_used = 0;
                uint8_t *exact = malloc(n_step);

                memcpy(exact, replies[i].text + at, n_step);
                verdict = connect_reply_put(reply, exact, n_step, &n_used);
                free(exact);
                ck_assert_uint_le(n_used, n_step);
                if (verdict == CONNECT_INCOMPLETE)
                        ck_assert_uint_eq(n_used, n_step);
                at += n_used;
        }

        ck_assert_msg(verdict == replies[i].verdict, "%zu/%zu: verdict %d: %s", i, step,
                      (int)verdict, replies[i].text);
        ck_assert_msg(reply->status == replies[i].status, "%zu/%zu: status %d", i, step,
                      reply->status);
        if (verdict == CONNECT_ESTABLISHED || verdict == CONNECT_REFUSED)
                ck_assert_msg(at == n - replies[i].n_behind, "%zu/%zu: used %zu of %zu", i, step,
                              at, n);
        free(reply);
}

/* In one piece, byte by byte, and in pieces of every size between. */
START_TEST(test_reply) {
        for (size_t i = 0; i < ELEMENTSOF(replies); i++)
                for (size_t step = 1; step <= strlen(replies[i].text) + 1; step++)
                        expect_reply(i, step);
}
END_TEST

/* One head that never ends, and many that are only interim. */
START_TEST(test_reply_is_bounded) {
        static const char start[] = "HTTP/1.1 200 x\r\nX: ", interim[] = "HTTP/1.1 100 x\r\n\r\n";
        ConnectReply *reply = calloc(1, sizeof(ConnectReply));
        ConnectVerdict verdict;
        size_t n_used, n = 0;

        verdict = connect_reply_put(reply, (const uint8_t *)start, sizeof(start) - 1, &n_used);
        for (n = sizeof(start) - 1; verdict == CONNECT_INCOMPLETE; n++) {
                ck_assert_uint_le(n, HTTP_HEAD_SIZE_MAX);
                verdict = connect_reply_put(reply, (const uint8_t *)"x", 1, &n_used);
        }
        ck_assert_int_eq(verdict, CONNECT_TOO_LARGE);
        ck_assert_uint_eq(n, HTTP_HEAD_SIZE_MAX);

        memset(reply, 0, sizeof(*reply));
        for (n = 0, verdict = CONNECT_INCOMPLETE; verdict == CONNECT_INCOMPLETE; n++) {
                ck_assert_uint_le(n, HTTP_HEAD_SIZE_MAX / (sizeof(interim) - 1));
                verdict = connect_reply_put(reply, (const uint8_t *)interim, sizeof(interim) - 1,
                                            &n_used);
        }
        ck_assert_int_eq(verdict, CONNECT_TOO_LARGE);
        free(reply);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("proxy-parsers", &tcase);

        tcase_add_test(tcase, test_url);
        tcase_add_test(tcase, test_bad_url);
        tcase_add_test(tcase, test_url_lengths);
        tcase_add_test(tcase, test_erased);
        tcase_add_test(tcase, test_bypass);
        tcase_add_test(tcase, test_request);
        tcase_add_test(tcase, test_longest_request);
        tcase_add_test(tcase, test_reply);
        tcase_add_test(tcase, test_reply_is_bounded);
        return unit_run(suite);
}
