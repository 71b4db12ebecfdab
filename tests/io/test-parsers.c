/* SPDX-License-Identifier: MIT */

/*
 * The parts of the tunnel that only look at bytes: URLs, addresses, heads, headers of frames.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/tunnel/address.h"
#include "base/macro.h"
#include "io/tunnel/channel-error.h"
#include "io/tunnel/frame-scan.h"
#include "io/tunnel/http-head.h"
#include "unit.h"
#include "io/tunnel/url.h"

/* ---- URLs ------------------------------------------------------------------------------------ */

static const struct {
        const char *text;
        const char *host;
        uint16_t port;
        const char *path;
        const char *authority;
} urls[] = {
        { "wss://cable.ua5v.com/cable/connect/000000/00", "cable.ua5v.com", 443,
          "/cable/connect/000000/00", "cable.ua5v.com" },
        { "WSS://Cable.Auth.COM", "cable.auth.com", 443, "/", "cable.auth.com" },
        { "wss://a.test:8443/?q=%20&x", "a.test", 8443, "/?q=%20&x", "a.test:8443" },
        { "wss://a.test:443/", "a.test", 443, "/", "a.test" },
        { "wss://localhost:1/x", "localhost", 1, "/x", "localhost:1" },
        { "wss://1.2.3.x4/", "1.2.3.x4", 443, "/", "1.2.3.x4" },
};

static const char *const bad_urls[] = {
        "",
        "wss:",
        "wss://",
        "wss:///x",
        "wss:/a.test/",
        "ws://a.test/",
        "https://a.test/",
        " wss://a.test/",
        "wss://a.test:/",
        "wss://a.test:0/",
        "wss://a.test:65536/",
        "wss://a.test:-1/",
        "wss://a.test:+1/",
        "wss://a.test:99999999999999999999/",
        "wss://a.test:443x/",
        "wss://user@a.test/",
        "wss://user:pass@a.test/",
        "wss://a.test?x",
        "wss://a.test#x",
        "wss://a.test/#x",
        "wss://a.test/a b",
        "wss://a.test/a\tb",
        "wss://a.test/a\r\nHost: b",
        "wss://a.test/\xc3\xa9",
        "wss://a.test/\x7f",
        "wss://b\xc3\xa9.test/",
        "wss://a_b.test/",
        "wss://a.test\\x/",
        "wss://.a.test/",
        "wss://a..test/",
        "wss://a.test./",
        "wss://-a.test/",
        "wss://1.2.3.4/",
        "wss://127.1/",
        "wss://2130706433/",
        "wss://[::1]/",
};

START_TEST(test_url) {
        char authority[URL_AUTHORITY_SIZE];
        Url url;

        for (size_t i = 0; i < ELEMENTSOF(urls); i++) {
                ck_assert_int_eq(url_parse(urls[i].text, &url), 0);
                ck_assert_str_eq(url.host, urls[i].host);
                ck_assert_uint_eq(url.port, urls[i].port);
                ck_assert_str_eq(url.path, urls[i].path);
                url_authority(&url, authority);
                ck_assert_str_eq(authority, urls[i].authority);
        }
        for (size_t i = 0; i < ELEMENTSOF(bad_urls); i++)
                ck_assert_msg(url_parse(bad_urls[i], &url) == -EINVAL, "%s", bad_urls[i]);
}
END_TEST

START_TEST(test_url_sizes) {
        char text[4096];
        Url url;

        for (size_t n = URL_HOST_SIZE - 3; n < URL_HOST_SIZE + 3; n++) {
                snprintf(text, sizeof(text), "wss://%0*d.a/", (int)n - 2, 0);
                ck_assert_int_eq(url_parse(text, &url), n < URL_HOST_SIZE ? 0 : -EINVAL);
        }
        for (size_t n = URL_PATH_SIZE - 3; n < URL_PATH_SIZE + 3; n++) {
                snprintf(text, sizeof(text), "wss://a/%0*d", (int)n - 1, 0);
                ck_assert_int_eq(url_parse(text, &url), n < URL_PATH_SIZE ? 0 : -EINVAL);
        }
}
END_TEST

/* From wss://a.test:8443/x/y */
static const struct {
        const char *location;
        const char *host; /* NULL: refused */
        uint16_t port;
        const char *path;
} redirects[] = {
        { "/z", "a.test", 8443, "/z" },
        { "/", "a.test", 8443, "/" },
        { "/z#part", "a.test", 8443, "/z" },
        { "/z/../w?q", "a.test", 8443, "/z/../w?q" },
        { "wss://b.test/z", "b.test", 443, "/z" },
        { "https://b.test:8443/z", "b.test", 8443, "/z" },
        { "https://b.test:443/z", "b.test", 443, "/z" },
        { "https://local.test/", "local.test", 443, "/" },
        { "https://b.notlocal/", "b.notlocal", 443, "/" },
        { "https://b.test#part", "b.test", 443, "/" },
        { "", NULL, 0, NULL },
        { "z", NULL, 0, NULL },
        { "#part", NULL, 0, NULL },
        { "?q", NULL, 0, NULL },
        { "//b.test/z", NULL, 0, NULL },
        { "http://b.test/", NULL, 0, NULL },
        { "ws://b.test/", NULL, 0, NULL },
        { "ftp://b.test/", NULL, 0, NULL },
        { "javascript:x", NULL, 0, NULL },
        { "https:/b.test/", NULL, 0, NULL },
        { "https://u@b.test/", NULL, 0, NULL },
        { "https://10.0.0.1/", NULL, 0, NULL },
        { "https://b.test:44/z", NULL, 0, NULL },
        { "https://localhost/", NULL, 0, NULL },
        { "https://LOCALHOST:8443/", NULL, 0, NULL },
        { "wss://b.localhost/", NULL, 0, NULL },
        { "wss://nas.local/", NULL, 0, NULL },
        { "https://a.b.internal/", NULL, 0, NULL },
        { "https://router.home.arpa/", NULL, 0, NULL },
        { "https://intranet/", NULL, 0, NULL },
        { "/a b", NULL, 0, NULL },
};

START_TEST(test_redirect) {
        char text[8192] = "/";
        Url from, url;

        ck_assert_int_eq(url_parse("wss://a.test:8443/x/y", &from), 0);
        for (size_t i = 0; i < ELEMENTSOF(redirects); i++) {
                int r = url_redirect(&from, redirects[i].location, &url);

                ck_assert_msg(r == (redirects[i].host ? 0 : -EINVAL), "%s", redirects[i].location);
                if (!redirects[i].host)
                        continue;
                ck_assert_str_eq(url.host, redirects[i].host);
                ck_assert_uint_eq(url.port, redirects[i].port);
                ck_assert_str_eq(url.path, redirects[i].path);
        }

        memset(text + 1, 'x', sizeof(text) - 2);
        ck_assert_int_eq(url_redirect(&from, text, &url), -EINVAL);
}
END_TEST

/* ---- Addresses ------------------------------------------------------------------------------- */

static const struct {
        const char *text;
        bool public;
} addresses[] = {
        { "8.8.8.8:53", true },
        { "172.15.255.255:1", true },
        { "172.32.0.0:1", true },
        { "100.63.255.255:1", true },
        { "100.128.0.0:1", true },
        { "192.0.1.0:1", true },
        { "223.255.255.255:65535", true },
        { "[2a00:1450::1]:443", true },
        { "[::ffff:8.8.8.8]:443", true },
        { "[64:ff9b::8.8.8.8]:443", true },
        { "[2002:808:808::]:443", true },
        { "198.18.0.1:443", true }, /* VPNs that answer for all names */
        { "198.19.255.255:443", true },
        { "192.0.3.0:443", true },
        { "203.0.112.255:443", true },
        { "[2001:200::1]:443", true },
        { "[2001:db9::1]:443", true },
        { "[100:0:0:1::1]:443", true },
        { "[5f01::1]:443", true },
        { "192.0.2.1:443", false },
        { "192.88.99.1:443", false },
        { "198.51.100.255:443", false },
        { "203.0.113.0:443", false },
        { "[64:ff9b:1::8.8.8.8]:443", false },
        { "[64:ff9b:0:1::8.8.8.8]:443", false },
        { "[2001::1]:443", false },
        { "[2001:1ff:ffff::1]:443", false },
        { "[2001:db8:1::1]:443", false },
        { "[100::1]:443", false },
        { "[5f00:1::1]:443", false },
        { "0.0.0.0:443", false },
        { "0.1.2.3:443", false },
        { "10.255.255.255:443", false },
        { "100.64.0.1:443", false },
        { "127.0.0.1:443", false },
        { "127.255.255.254:443", false },
        { "169.254.1.1:443", false },
        { "172.16.0.0:443", false },
        { "172.31.255.255:443", false },
        { "192.0.0.8:443", false },
        { "192.168.0.1:443", false },
        { "224.0.0.1:443", false },
        { "255.255.255.255:443", false },
        { "[::]:443", false },
        { "[::1]:443", false },
        { "[::2]:443", false },
        { "[::127.0.0.1]:443", false },
        { "[::ffff:127.0.0.1]:443", false },
        { "[::ffff:192.168.1.1]:443", false },
        { "[64:ff9b::127.0.0.1]:443", false },
        { "[64:ff9b:1::10.0.0.1]:443", false },
        { "[2002:7f00:1::]:443", false },
        { "[fe80::1]:443", false },
        { "[febf::1]:443", false },
        { "[fec0::1]:443", false },
        { "[fc00::1]:443", false },
        { "[fdff::1]:443", false },
        { "[ff02::1]:443", false },
};

START_TEST(test_address) {
        for (size_t i = 0; i < ELEMENTSOF(addresses); i++) {
                char text[ADDRESS_TEXT_SIZE];
                Address address, again;

                ck_assert_msg(address_parse(addresses[i].text, &address) == 0, "%s",
                              addresses[i].text);
                ck_assert_msg(address_is_public(&address) == addresses[i].public, "%s",
                              addresses[i].text);
                address_format(&address, text);
                ck_assert_int_eq(address_parse(text, &again), 0);
                ck_assert_mem_eq(&address, &again, sizeof(address));
        }
}
END_TEST

START_TEST(test_bad_address) {
        static const char *const bad[] = {
                "",
                "1.2.3.4",
                "1.2.3.4:",
                "1.2.3.4:0",
                "1.2.3.4:65536",
                "1.2.3:1",
                "1.2.3.4:1x",
                "1.2.3.4: 1",
                "host:1",
                ":1",
                "::1:443",
                "[::1]",
                "[::1]:",
                "[::1:443",
                "::1]:443",
                "[]:443",
                "[::1%lo]:443",
                "[1.2.3.4]:443",
                "1.2.3.4:+1",
                "256.1.1.1:1",
                "[1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16:17:18]:1",
                "1.2.3.4.5.6.7.8.9.10:1",
        };
        Address address;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                ck_assert_msg(address_parse(bad[i], &address) == -EINVAL, "%s", bad[i]);
}
END_TEST

static void make_list(AddressList *ret, const char *const *texts, size_t n) {
        *ret = (AddressList){ .n = n };
        for (size_t i = 0; i < n; i++)
                ck_assert_int_eq(address_parse(texts[i], &ret->items[i]), 0);
}

static void assert_list(const AddressList *list, const char *const *texts, size_t n) {
        AddressList expected;

        make_list(&expected, texts, n);
        ck_assert_uint_eq(list->n, n);
        ck_assert_mem_eq(list->items, expected.items, n * sizeof(Address));
}

START_TEST(test_interleave) {
        static const char *const before[] = { "[2a00::1]:1", "[2a00::2]:1", "[2a00::3]:1",
                                              "8.0.0.1:1", "8.0.0.2:1" };
        static const char *const after[] = { "[2a00::1]:1", "8.0.0.1:1", "[2a00::2]:1", "8.0.0.2:1",
                                             "[2a00::3]:1" };
        static const char *const v4[] = { "8.0.0.1:1", "8.0.0.2:1", "8.0.0.3:1" };
        static const char *const v4_first[] = { "8.0.0.1:1", "[2a00::1]:1" };
        AddressList list;

        make_list(&list, before, ELEMENTSOF(before));
        address_list_interleave(&list);
        assert_list(&list, after, ELEMENTSOF(after));

        make_list(&list, v4, ELEMENTSOF(v4));
        address_list_interleave(&list);
        assert_list(&list, v4, ELEMENTSOF(v4));

        make_list(&list, v4_first, ELEMENTSOF(v4_first));
        address_list_interleave(&list);
        assert_list(&list, v4_first, ELEMENTSOF(v4_first));
}
END_TEST

START_TEST(test_keep_public) {
        static const char *const before[] = { "10.0.0.1:1", "8.0.0.1:1", "[::1]:1", "8.0.0.2:1" };
        static const char *const after[] = { "8.0.0.1:1", "8.0.0.2:1" };
        AddressList list;

        make_list(&list, before, ELEMENTSOF(before));
        ck_assert_uint_eq(address_list_keep_public(&list), 2);
        assert_list(&list, after, ELEMENTSOF(after));
}
END_TEST

START_TEST(test_override) {
        static const char *const of_a[] = { "127.0.0.1:8443", "[::1]:8443" };
        char *overrides[] = { "a.test=127.0.0.1:8443", "b.test=bad", "A.TEST=[::1]:8443", "c.test",
                              NULL };
        AddressList list;

        ck_assert_int_eq(address_list_override(&list, overrides, "a.test"), 0);
        assert_list(&list, of_a, 2);
        ck_assert_int_eq(address_list_override(&list, overrides, "b.test"), -EINVAL);
        ck_assert_int_eq(address_list_override(&list, overrides, "c.test"), -ENOENT);
        ck_assert_int_eq(address_list_override(&list, overrides, "a.tes"), -ENOENT);
        ck_assert_int_eq(address_list_override(&list, overrides, "xa.test"), -ENOENT);
        ck_assert_int_eq(address_list_override(&list, NULL, "a.test"), -ENOENT);
}
END_TEST

START_TEST(test_too_many_overrides) {
        char *overrides[ADDRESS_LIST_MAX + 5] = {};
        AddressList list;

        for (size_t i = 0; i < ELEMENTSOF(overrides) - 1; i++)
                overrides[i] = "a=127.0.0.1:1";
        ck_assert_int_eq(address_list_override(&list, overrides, "a"), 0);
        ck_assert_uint_eq(list.n, ADDRESS_LIST_MAX);
}
END_TEST

/* ---- Heads ----------------------------------------------------------------------------------- */

static int parse_head(const char *text, size_t n, char *buffer, HttpHead *ret) {
        memcpy(buffer, text, n);
        return http_head_parse(buffer, n, ret);
}

START_TEST(test_head) {
        static const char text[] = "HTTP/1.1 101 Switching\r\n"
                                   "UPGRADE:websocket\r\n"
                                   "Connection: \tkeep-alive, Upgrade\t \r\n"
                                   "sec-websocket-accept: abc=\r\n"
                                   "Sec-WebSocket-Protocol: fido.cable\r\n"
                                   "X-Empty:\r\n"
                                   "X-caBLE-Routing-ID:\r\n"
                                   "Set-Cookie: a\r\nSet-Cookie: b\r\n\r\n";
        char buffer[512], out[512];
        HttpHead head;
        ssize_t n;

        ck_assert_uint_eq(http_head_length(text, strlen(text)), strlen(text));
        for (size_t i = 0; i < strlen(text); i++)
                ck_assert_uint_eq(http_head_length(text, i), 0);
        ck_assert_int_eq(parse_head(text, strlen(text), buffer, &head), 0);
        ck_assert_int_eq(head.status, 101);
        ck_assert_str_eq(head.upgrade, "websocket");
        ck_assert_str_eq(head.connection, "keep-alive, Upgrade");
        ck_assert_str_eq(head.accept, "abc=");
        ck_assert_str_eq(head.protocol, "fido.cable");
        ck_assert_str_eq(head.routing_id, "");
        ck_assert_ptr_null(head.extensions);
        ck_assert_ptr_null(head.location);

        n = http_head_write_upgrade(&head, out, sizeof(out));
        ck_assert_int_gt(n, 0);
        ck_assert_str_eq(out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                              "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: abc=\r\n"
                              "Sec-WebSocket-Protocol: fido.cable\r\n\r\n");
        for (size_t i = 0; i <= (size_t)n; i++)
                ck_assert_int_eq(http_head_write_upgrade(&head, out, i), -ENOBUFS);
}
END_TEST

#define HEAD(text)                                                                                 \
        { text "\r\n\r\n", sizeof(text "\r\n\r\n") - 1 }

static const struct {
        const char *text;
        size_t n;
} bad_heads[] = {
        HEAD(""),
        HEAD("HTTP/1.1"),
        HEAD("HTTP/1.1 "),
        HEAD("HTTP/1.1 10"),
        HEAD("HTTP/1.1 1011"),
        HEAD("HTTP/1.1 099 x"),
        HEAD("HTTP/1.1 600 x"),
        HEAD("HTTP/1.1  101 x"),
        HEAD("HTTP/1.x 101 x"),
        HEAD("HTTP/2.0 101 x"),
        HEAD("http/1.1 101 x"),
        HEAD(" HTTP/1.1 101 x"),
        HEAD("HTTP/1.1 101 x\ny: z"),
        HEAD("HTTP/1.1 101 x\r\nno colon"),
        HEAD("HTTP/1.1 101 x\r\n: no name"),
        HEAD("HTTP/1.1 101 x\r\nblank : y"),
        HEAD("HTTP/1.1 101 x\r\nn\xc3\xa9: y"),
        HEAD("HTTP/1.1 101 x\r\n folded: y"),
        HEAD("HTTP/1.1 101 x\r\nX: y\r\n\tfolded"),
        HEAD("HTTP/1.1 101 x\r\nX: a\0b"),
        HEAD("HTTP/1.1 101 x\r\nX: a\x01"
             "b"),
        HEAD("HTTP/1.1 101 x\r\nX: a\x7f"
             "b"),
        HEAD("HTTP/1.1 101 x\r\nX: a\rb"),
        HEAD("HTTP/1.1 101 x\r\nX: a\nY: b"),
        HEAD("HTTP/1.1 101 x\r\nUpgrade: a\r\nupgrade: a"),
        HEAD("HTTP/1.1 101 x\r\nConnection: a\r\nConnection: b"),
        HEAD("HTTP/1.1 101 x\r\nSec-WebSocket-Accept: a\r\nSec-WebSocket-Accept: a"),
        HEAD("HTTP/1.1 101 x\r\nLocation: a\r\nLOCATION: b"),
        HEAD("HTTP/1.1 101 x\r\nX-caBLE-Routing-ID: 1\r\nX-caBLE-Routing-ID: 1"),
        { "HTTP/1.1 101 x\r\n\r\nmore\r\n\r\n", 26 },
};

START_TEST(test_bad_head) {
        char buffer[512];
        HttpHead head;

        for (size_t i = 0; i < ELEMENTSOF(bad_heads); i++)
                ck_assert_msg(parse_head(bad_heads[i].text, bad_heads[i].n, buffer, &head) ==
                                      -EBADMSG,
                              "%zu: %s", i, bad_heads[i].text);
}
END_TEST

/* ---- Headers of frames: the same verdict however the bytes are cut -------------------------- */

static const struct {
        const char *hex;
        const char *detail; /* NULL: in order */
        unsigned code;
        size_t n_good; /* bytes in front of the bad frame */
} streams[] = {
        { "", NULL, 0, 0 },
        { "8200", NULL, 0, 0 },
        { "827e0001", NULL, 0, 0 },
        { "827f0000000000010000", NULL, 0, 0 },
        { "0200"
          "8900"
          "0000"
          "8000"
          "8200",
          NULL, 0, 0 },
        { "0100"
          "8000",
          NULL, 0, 0 },
        { "8a7d", NULL, 0, 0 },
        { "8200"
          "8300",
          "unknown", 1002, 2 },
        { "8200"
          "0f",
          "unknown", 1002, 2 },
        { "f2", "reserved", 1002, 0 },
        { "8202ffff"
          "a200",
          "reserved", 1002, 4 },
        { "8280", "masked", 1002, 0 },
        { "00", "continuation", 1002, 0 },
        { "0200"
          "8000"
          "8000",
          "continuation", 1002, 4 },
        { "0200"
          "0200",
          "inside", 1002, 2 },
        { "0200"
          "8100",
          "inside", 1002, 2 },
        { "08", "fragmented", 1002, 0 },
        { "887e", "125", 1002, 0 },
        { "8a7f", "125", 1002, 0 },
        { "827f00000000000100"
          "01",
          "64 KiB", 1009, 0 },
        { "827f01", "64 KiB", 1009, 0 },
        { "8200"
          "027f000000000001ffff",
          "64 KiB", 1009, 2 },
};

static void scan_in_pieces(size_t i, size_t n_piece) {
        _bytes_ bytes = bytes_from_hex(streams[i].hex);
        FrameViolation what = {};
        FrameScan scan = {};
        size_t n_good = 0;

        for (size_t start = 0; start < bytes.n; start += n_piece) {
                size_t n = n_piece < bytes.n - start ? n_piece : bytes.n - start;

                n_good = frame_scan(&scan, bytes.data + start, n, &what);
                if (n_good < n)
                        break;
        }

        if (!streams[i].detail) {
                ck_assert_msg(!what.detail, "%s: %s", streams[i].hex, what.detail);
                return;
        }
        ck_assert_msg(what.detail && strstr(what.detail, streams[i].detail), "%s: %s",
                      streams[i].hex, what.detail);
        ck_assert_uint_eq(what.code, streams[i].code);
        if (n_piece >= bytes.n)
                ck_assert_uint_eq(n_good, streams[i].n_good);
}

START_TEST(test_frame_scan) {
        for (size_t i = 0; i < ELEMENTSOF(streams); i++)
                for (size_t n_piece = 1; n_piece < 16; n_piece++)
                        scan_in_pieces(i, n_piece);
}
END_TEST

/* ---- Errors ---------------------------------------------------------------------------------- */

START_TEST(test_error) {
        HybridChannelError error;
        char text[300];

        memset(text, 'x', sizeof(text));
        text[sizeof(text) - 1] = '\0';
        channel_error_set(&error, HYBRID_CHANNEL_TLS, "%s", text);
        ck_assert_int_eq(error.fault, HYBRID_CHANNEL_TLS);
        ck_assert_uint_eq(strlen(error.detail), sizeof(error.detail) - 1);

        error.http_status = 404;
        channel_error_set(&error, HYBRID_CHANNEL_BROKEN, "a\n\x1b[31m\xff%d", 5);
        ck_assert_str_eq(error.detail, "a??[31m?5");
        ck_assert_int_eq(error.http_status, 0);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("parsers", &tcase);

        tcase_add_test(tcase, test_url);
        tcase_add_test(tcase, test_url_sizes);
        tcase_add_test(tcase, test_redirect);
        tcase_add_test(tcase, test_address);
        tcase_add_test(tcase, test_bad_address);
        tcase_add_test(tcase, test_interleave);
        tcase_add_test(tcase, test_keep_public);
        tcase_add_test(tcase, test_override);
        tcase_add_test(tcase, test_too_many_overrides);
        tcase_add_test(tcase, test_head);
        tcase_add_test(tcase, test_bad_head);
        tcase_add_test(tcase, test_frame_scan);
        tcase_add_test(tcase, test_error);
        return unit_run(suite);
}
