/* SPDX-License-Identifier: MIT */

#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "webauthn/origin.h"

/* Some of the public suffix list. */
static bool is_public_suffix(void *userdata, const char *domain) {
        static const char *const suffixes[] = {
                "com", "org", "uk", "co.uk", "io", "github.io", "s3.amazonaws.com", "localhost",
        };
        unsigned *n_calls = userdata;

        (*n_calls)++;
        for (size_t i = 0; i < ELEMENTSOF(suffixes); i++)
                if (strcmp(domain, suffixes[i]) == 0)
                        return true;

        return false;
}

#define LABEL_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* Origins, and what they are once read; NULL: refused. With localhost allowed. */
static const struct {
        const char *origin;
        const char *expected;
} origins[] = {
        { "https://example.com", "https://example.com" },
        { "https://example.com:443", "https://example.com" },
        { "https://example.com:8443", "https://example.com:8443" },
        { "https://example.com:1", "https://example.com:1" },
        { "https://example.com:80", "https://example.com:80" },
        { "https://example.com:65535", "https://example.com:65535" },
        { "https://a.b.c.d.example.com", "https://a.b.c.d.example.com" },
        { "https://3com.com", "https://3com.com" },
        { "https://1.2.3.example", "https://1.2.3.example" },
        { "https://1e100", "https://1e100" },
        { "https://0xg", "https://0xg" },
        { "https://intranet", "https://intranet" },
        { "https://localhost", "https://localhost" },
        { "https://xn--bcher-kva.example", "https://xn--bcher-kva.example" },
        { "https://xn--fa-hia.de", "https://xn--fa-hia.de" },
        { "https://ab--cd.example.com", "https://ab--cd.example.com" },
        { "https://" LABEL_63 ".com", "https://" LABEL_63 ".com" },
        { "http://localhost", "http://localhost" },
        { "http://localhost:80", "http://localhost" },
        { "http://localhost:443", "http://localhost:443" },
        { "http://localhost:8080", "http://localhost:8080" },
        { "http://a.localhost", "http://a.localhost" },
        { "http://a.b.localhost:3000", "http://a.b.localhost:3000" },

        { "", NULL },
        { "https", NULL },
        { "https:", NULL },
        { "https://", NULL },
        { "null", NULL },
        { "example.com", NULL },
        { "//example.com", NULL },
        { "http://example.com", NULL },
        { "ftp://example.com", NULL },
        { "wss://example.com", NULL },
        { "file:///etc/passwd", NULL },
        { "moz-extension://0f3c", NULL },
        { "https:/example.com", NULL },
        { "https:///example.com", NULL },
        { "HTTPS://example.com", NULL },
        { "Https://example.com", NULL },
        { " https://example.com", NULL },
        { "https://example.com ", NULL },
        { "https://example.com/", NULL },
        { "https://example.com/path", NULL },
        { "https://example.com?query", NULL },
        { "https://example.com#fragment", NULL },
        { "https://example.com\\", NULL },
        { "https://user@example.com", NULL },
        { "https://user:password@example.com", NULL },
        { "https://example.com@evil.example", NULL },
        { "https://example.com:443@evil.example", NULL },
        { "https://example.com,https://evil.example", NULL },
        { "https://example.com\n", NULL },
        { "https://exam\tple.com", NULL },
        { "https://Example.com", NULL },
        { "https://example.COM", NULL },
        { "https://b\xc3\xbc"
          "cher.example",
          NULL },
        { "https://ex\xef\xbd\x81mple.com", NULL }, /* full-width a */
        { "https://ex\xc2\xad"
          "ample.com",
          NULL }, /* soft hyphen */
        { "https://example\xe3\x80\x82"
          "com",
          NULL }, /* ideographic full stop */
        { "https://exam%70le.com", NULL },
        { "https://exa_mple.com", NULL },
        { "https://exa mple.com", NULL },
        { "https://*.example.com", NULL },
        { "https://xn--BCHER-kva.example", NULL },
        { "https://xn--xample-hy68a.example", NULL }, /* hides a full-width e */
        { "https://xn--bucher-xyd.example", NULL },   /* hides a decomposed u with dots */
        { "https://xn--ab-5da.example", NULL },       /* hides a soft hyphen */
        { "https://xn--.example", NULL },
        { "https://xn--a.example", NULL },
        { "https://xn--example.com", NULL },
        { "https://xn--zzzzzz.example", NULL },
        { "https://a.xn--0.pt", NULL },
        { "https://-a.example.com", NULL },
        { "https://a-.example.com", NULL },
        { "https://example.com.", NULL },
        { "https://.example.com", NULL },
        { "https://example..com", NULL },
        { "https://.", NULL },
        { "https://" LABEL_63 "a.com", NULL },
        { "https://127.0.0.1", NULL },
        { "https://192.168.0.1", NULL },
        { "https://192.168.0.1:8443", NULL },
        { "https://127.1", NULL },
        { "https://2130706433", NULL },
        { "https://0x7f000001", NULL },
        { "https://0x7f.1", NULL },
        { "https://0x", NULL },
        { "https://017700000001", NULL },
        { "https://example.0x1f", NULL },
        { "https://example.123", NULL },
        { "https://[::1]", NULL },
        { "https://[::1]:8443", NULL },
        { "https://[2001:db8::1]", NULL },
        { "https://::1", NULL },
        { "https://example.com:", NULL },
        { "https://example.com:0", NULL },
        { "https://example.com:0443", NULL },
        { "https://example.com:65536", NULL },
        { "https://example.com:99999", NULL },
        { "https://example.com:4294967739", NULL }, /* 443 in 32 bits */
        { "https://example.com:-443", NULL },
        { "https://example.com:+443", NULL },
        { "https://example.com: 443", NULL },
        { "https://example.com:443 ", NULL },
        { "https://example.com:443a", NULL },
        { "https://example.com:443/", NULL },
        { "https://example.com:443:443", NULL },
        { "https://:443", NULL },
        { "http://localhost.", NULL },
        { "http://localhost/", NULL },
        { "http://localhost.example.com", NULL },
        { "http://notlocalhost", NULL },
        { "http://localhest", NULL },
        { "http://a.localhest", NULL },
        { "HTTP://localhost", NULL },
        { "ftp2://localhost", NULL },
        { "localhost", NULL },
        { "http://a.notlocalhost", NULL },
        { "http://127.0.0.1:8080", NULL },
        { "http://[::1]:8080", NULL },
};

START_TEST(test_origins) {
        for (size_t i = 0; i < ELEMENTSOF(origins); i++) {
                Origin origin = { .host = "before" };
                int r = origin_parse(origins[i].origin, true, &origin);

                if (origins[i].expected) {
                        ck_assert_msg(r == 0, "refused: %s", origins[i].origin);
                        ck_assert_str_eq(origin.text, origins[i].expected);
                } else {
                        ck_assert_msg(r == HYBRID_E_REFUSED, "accepted: %s", origins[i].origin);
                        ck_assert_str_eq(origin.host, "before");
                }
        }
}
END_TEST

START_TEST(test_localhost_not_allowed) {
        static const char *const refused[] = { "http://localhost", "http://localhost:8080",
                                               "http://a.localhost" };
        Origin origin;

        for (size_t i = 0; i < ELEMENTSOF(refused); i++)
                ck_assert_int_eq(origin_parse(refused[i], false, &origin), HYBRID_E_REFUSED);
        ck_assert_int_eq(origin_parse("https://localhost", false, &origin), 0);
}
END_TEST

/* 253 characters are the most that a host can have; the port comes on top. */
START_TEST(test_longest_host) {
        char text[8 + 254 + 6 + 1] = "https://";
        Origin origin;

        for (unsigned i = 0; i < 3; i++)
                strcat(text, LABEL_63 ".");
        strcat(text, LABEL_63);
        text[8 + 253] = '\0';
        strcat(text, ":65535");
        ck_assert_int_eq(origin_parse(text, false, &origin), 0);
        ck_assert_str_eq(origin.text, text);
        ck_assert_uint_eq(strlen(origin.host), 253);

        memset(text, 0, sizeof(text));
        strcat(text, "https://");
        for (unsigned i = 0; i < 127; i++)
                strcat(text, "a.");
        ck_assert_uint_eq(strlen(text), 8 + 254);
        text[8 + 253] = 'a';
        ck_assert_int_eq(origin_parse(text, false, &origin), HYBRID_E_REFUSED);
}
END_TEST

/* Origins and RP IDs, and whether they go together. */
static const struct {
        const char *origin;
        const char *rp_id;
        bool accepted;
} pairs[] = {
        { "https://example.com", "example.com", true },
        { "https://example.com:8443", "example.com", true },
        { "https://login.example.com", "example.com", true },
        { "https://login.example.com", "login.example.com", true },
        { "https://a.b.example.com", "b.example.com", true },
        { "https://a.b.example.com", "example.com", true },
        { "https://www.example.co.uk", "example.co.uk", true },
        { "https://alice.github.io", "alice.github.io", true },
        { "https://a.alice.github.io", "alice.github.io", true },
        { "https://a.bucket.s3.amazonaws.com", "bucket.s3.amazonaws.com", true },
        { "https://www.amazonaws.com", "amazonaws.com", true },
        { "https://xn--bcher-kva.example", "xn--bcher-kva.example", true },
        { "https://shop.xn--bcher-kva.example", "xn--bcher-kva.example", true },
        { "https://ab--cd.example.com", "ab--cd.example.com", true },
        { "https://www.ab--cd.example.com", "ab--cd.example.com", true },
        { "https://intranet", "intranet", true },
        { "https://a.intranet", "intranet", true }, /* no suffix that anybody lists */
        { "https://github.io", "github.io", true }, /* equal: may be a public suffix */
        { "https://com", "com", true },
        { "http://localhost", "localhost", true },
        { "http://localhost:8080", "localhost", true },
        { "http://a.localhost", "a.localhost", true },
        { "http://b.a.localhost", "a.localhost", true },
        { "https://3.example.com", "example.com", true },

        { "https://example.com", "", false },
        { "https://example.com", ".", false },
        { "https://example.com", "com", false },
        { "https://example.com", ".com", false },
        { "https://example.com", "m", false },
        { "https://example.com", ".example.com", false },
        { "https://example.com", "example.com.", false },
        { "https://example.com", "Example.com", false },
        { "https://example.com", "EXAMPLE.COM", false },
        { "https://example.com", "xample.com", false },
        { "https://example.com", "login.example.com", false },
        { "https://example.com", "example.org", false },
        { "https://example.com", "example.com:443", false },
        { "https://example.com", "https://example.com", false },
        { "https://example.com", "example.com/", false },
        { "https://example.com", " example.com", false },
        { "https://example.com", "*.example.com", false },
        { "https://notexample.com", "example.com", false },
        { "https://evil-example.com", "example.com", false },
        { "https://example.com.evil.org", "example.com", false },
        { "https://example.com.evil.org", "com.evil.org", true },
        { "https://www.example.co.uk", "co.uk", false },
        { "https://www.example.co.uk", "uk", false },
        { "https://www.example.co.uk", "o.uk", false },
        { "https://alice.github.io", "github.io", false },
        { "https://alice.github.io", "io", false },
        { "https://github.io", "io", false },
        { "https://alice.github.io", "bob.github.io", false },
        { "https://bucket.s3.amazonaws.com", "s3.amazonaws.com", false },
        { "https://bucket.s3.amazonaws.com", "amazonaws.com", false }, /* above a suffix */
        { "https://s3.amazonaws.com", "amazonaws.com", false },        /* itself a suffix */
        { "https://a.localhost", "localhost", false },
        { "http://a.localhost:8080", "localhost", false },
        { "http://localhost", "a.localhost", false },
        { "https://xn--bcher-kva.example",
          "b\xc3\xbc"
          "cher.example",
          false },
        { "https://shop.xn--bcher-kva.example",
          "b\xc3\xbc"
          "cher.example",
          false },
        { "https://xn--bcher-kva.example", "bcher.example", false },
        { "https://xn--bcher-kva.example", "kva.example", false },
        { "https://1.2.example", "2.exampl", false },
        { "https://example.com", "93.184.216.34", false },
        { "https://a.example.com", "-.example.com", false },
        { "https://example.com", "localhost", false },
};

START_TEST(test_rp_ids) {
        unsigned n_calls = 0;

        for (size_t i = 0; i < ELEMENTSOF(pairs); i++) {
                Origin origin;

                ck_assert_msg(origin_parse(pairs[i].origin, true, &origin) == 0, "%s",
                              pairs[i].origin);
                ck_assert_msg(
                        origin_check_rp_id(&origin, pairs[i].rp_id, is_public_suffix, &n_calls) ==
                                (pairs[i].accepted ? 0 : HYBRID_E_REFUSED),
                        "%s %s", pairs[i].origin, pairs[i].rp_id);
        }
}
END_TEST

/* The rules of the public suffix list: names, "*.name" for all below it, "!name" for exceptions. */
static bool matches_rule(const char *rule, const char *domain) {
        const char *dot = strchr(domain, '.');

        if (rule[0] == '*')
                return dot && strcmp(rule + strlen("*."), dot + 1) == 0;
        return strcmp(rule, domain) == 0;
}

static bool is_listed(void *userdata, const char *domain) {
        bool listed = !strchr(domain, '.'); /* the rule "*", for what nobody lists */
        json_t *rule;
        size_t i;

        json_array_foreach((json_t *)userdata, i, rule) {
                const char *text = json_string_value(rule);

                if (text[0] == '!' && strcmp(text + 1, domain) == 0)
                        return false;
                listed |= matches_rule(text, domain);
        }
        return listed;
}

static bool may_ask_for(const char *page, const char *rp_id, json_t *suffixes) {
        Origin origin;

        return origin_parse(page, true, &origin) == 0 &&
               origin_check_rp_id(&origin, rp_id, is_listed, suffixes) == 0;
}

START_TEST(test_vectors) {
        _json_ *vectors = vectors_load("rp_ids.json");
        json_t *suffixes = json_object_get(vectors, "public_suffixes"), *vector;
        size_t i, n_accepted = 0;

        json_array_foreach(json_object_get(vectors, "cases"), i, vector) {
                const char *page = json_text(vector, "page"), *rp_id = json_text(vector, "rp_id");
                bool accepted = json_is_true(json_object_get(vector, "accepted"));

                n_accepted += accepted;
                ck_assert_msg(may_ask_for(page, rp_id, suffixes) == accepted, "%s asks for %s",
                              page, rp_id);
        }
        ck_assert_uint_ge(i, 150);
        ck_assert_uint_ge(n_accepted, i / 3);
        ck_assert_uint_ge(i - n_accepted, i / 2);
}
END_TEST

/* Who cannot ask accepts no parent domain. */
START_TEST(test_without_public_suffixes) {
        Origin origin;

        ck_assert_int_eq(origin_parse("https://a.example.com", false, &origin), 0);
        ck_assert_int_eq(origin_check_rp_id(&origin, "a.example.com", NULL, NULL), 0);
        ck_assert_int_eq(origin_check_rp_id(&origin, "example.com", NULL, NULL), HYBRID_E_REFUSED);
}
END_TEST

/* The host alone needs no list. */
START_TEST(test_equal_asks_nobody) {
        unsigned n_calls = 0;
        Origin origin;

        ck_assert_int_eq(origin_parse("https://example.com", false, &origin), 0);
        ck_assert_int_eq(origin_check_rp_id(&origin, "example.com", is_public_suffix, &n_calls), 0);
        ck_assert_uint_eq(n_calls, 0);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("origin", &tcase);

        tcase_add_test(tcase, test_origins);
        tcase_add_test(tcase, test_localhost_not_allowed);
        tcase_add_test(tcase, test_longest_host);
        tcase_add_test(tcase, test_rp_ids);
        tcase_add_test(tcase, test_vectors);
        tcase_add_test(tcase, test_without_public_suffixes);
        tcase_add_test(tcase, test_equal_asks_nobody);
        return unit_run(suite);
}
