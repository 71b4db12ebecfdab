/* SPDX-License-Identifier: MIT */

/*
 * Lists of related origins: who may be asked for one, what counts in it, and how a request waits for
 * it.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "webauthn/related-origins.h"

/* Some of the public suffix list; names without a dot are all in it. */
static bool is_public_suffix(void *userdata, const char *domain) {
        static const char *const suffixes[] = { "co.uk", "github.io", "com.au" };

        for (size_t i = 0; i < ELEMENTSOF(suffixes); i++)
                if (strcmp(domain, suffixes[i]) == 0)
                        return true;
        return !strchr(domain, '.');
}

/* ---- who may be asked ----------------------------------------------------------------------- */

static const struct {
        const char *origin;
        const char *rp_id;
        int expected;
} rp_ids[] = {
        { "https://example.co.uk", "example.com", 0 },
        { "https://example.co.uk:8443", "example.com", 0 },
        { "https://example.com", "login.example.com", 0 },
        { "https://example.com", "xn--bcher-kva.example", 0 },
        { "https://example.com", "com", HYBRID_E_REFUSED },
        { "https://example.com", "co.uk", HYBRID_E_REFUSED },
        { "https://me.github.io", "github.io", HYBRID_E_REFUSED },
        { "https://example.com", "localhost", HYBRID_E_REFUSED },
        { "https://example.com", "intranet", HYBRID_E_REFUSED },
        { "https://example.com", "127.0.0.1", HYBRID_E_REFUSED },
        { "https://example.com", "0x7f.1", HYBRID_E_REFUSED },
        { "https://example.com", "[::1]", HYBRID_E_REFUSED },
        { "https://example.com", "", HYBRID_E_REFUSED },
        { "https://example.com", "example.org.", HYBRID_E_REFUSED },
        { "https://example.com", "Example.org", HYBRID_E_REFUSED },
        { "https://example.com", "example.org:443", HYBRID_E_REFUSED },
        { "https://example.com", "example.org/", HYBRID_E_REFUSED },
        { "https://example.com", "me@example.org", HYBRID_E_REFUSED },
        { "https://example.com", "example.org\r\nX: y", HYBRID_E_REFUSED },
        { "http://localhost", "example.org", HYBRID_E_REFUSED },
};

START_TEST(test_who_may_be_asked) {
        for (size_t i = 0; i < ELEMENTSOF(rp_ids); i++) {
                Origin origin;

                ck_assert_int_eq(origin_parse(rp_ids[i].origin, true, &origin), 0);
                ck_assert_msg(related_origins_check_rp_id(&origin, rp_ids[i].rp_id,
                                                          is_public_suffix,
                                                          NULL) == rp_ids[i].expected,
                              "%s of %s", rp_ids[i].rp_id, rp_ids[i].origin);
                ck_assert_int_eq(related_origins_check_rp_id(&origin, rp_ids[i].rp_id, NULL, NULL),
                                 HYBRID_E_REFUSED);
        }
}
END_TEST

/* ---- lists ---------------------------------------------------------------------------------- */

#define FIVE                                                                                       \
        "\"https://a.com\",\"https://b.com\",\"https://c.com\",\"https://d.com\",\"https://"       \
        "e.com\""

static const struct {
        const char *origin;
        const char *json;
        const char *problem; /* NULL: it is listed */
} lists[] = {
        { "https://example.co.uk", "{\"origins\":[\"https://example.co.uk\"]}", NULL },
        { "https://example.co.uk", "{\"origins\":[\"https://example.co.uk:443\"]}", NULL },
        { "https://example.co.uk", "{\"origins\":[\"https://example.co.uk/\"]}", NULL },
        { "https://example.co.uk", "{\"origins\":[\"HTTPS://Example.CO.UK/path?x#y\"]}", NULL },
        { "https://example.co.uk", "{\"origins\":[\"https://example.co.uk?x\"]}", NULL },
        { "https://example.co.uk:8443", "{\"origins\":[\"https://example.co.uk:8443\"]}", NULL },
        { "https://a.b.example.co.uk", "{\"origins\":[\"https://a.b.example.co.uk\"]}", NULL },
        { "https://a.com", "{\"origins\":[\"https://x.org\",\"https://a.com\"]}", NULL },
        { "https://a.com", "{\"more\":{},\"origins\":[\"https://a.com\"],\"x\":[1]}", NULL },
        { "https://a.com", "  {\"origins\":[\"https://a.com\"]}\n", NULL },
        { "https://me.github.io", "{\"origins\":[\"https://me.github.io\"]}", NULL },
        /* What cannot be read is passed over. */
        { "https://a.com", "{\"origins\":[\"\",\"x\",\"https://\",\"//a\",\"https://a.com\"]}",
          NULL },
        { "https://a.com", "{\"origins\":[\"https://1.2.3.4\",\"https://a.com\"]}", NULL },
        { "https://a.com", "{\"origins\":[\"app://b\",\"ftp://c.com\",\"https://a.com\"]}", NULL },

        { "https://a.com", "{\"origins\":[]}", "does not list" },
        { "https://a.com", "{\"origins\":[\"https://b.com\"]}", "does not list" },
        { "https://a.com", "{\"origins\":[\"https://www.a.com\"]}", "does not list" },
        { "https://www.a.com", "{\"origins\":[\"https://a.com\"]}", "does not list" },
        { "https://a.com", "{\"origins\":[\"http://a.com\"]}", "does not list" },
        { "https://a.com", "{\"origins\":[\"https://a.com:444\"]}", "does not list" },
        { "https://a.com:444", "{\"origins\":[\"https://a.com\"]}", "does not list" },
        { "https://a.com", "{\"origins\":[\"https://a.com.evil.org\"]}", "does not list" },
        { "https://a.com", "{\"origins\":[\"https://evil.org/https://a.com\"]}", "does not list" },
        { "https://a.com", "{\"origins\":[\"https://a.com@evil.org\"]}", "does not list" },
        { "https://a.com", "{\"origins\":[\"https://evil.org\\\\@a.com\"]}", "does not list" },
        { "https://a.com", "{\"origins\":[\"https://*.com\"]}", "does not list" },
        { "https://a.com", "{\"origins\":[\"a.com\"]}", "does not list" },
        { "https://a.com", "{\"origins\":[\" https://a.com\"]}", "does not list" },
        { "https://a.com", "{\"origins\":[\"https://a.com.\"]}", "does not list" },
        /* A public suffix has no registrable label. */
        { "https://github.io", "{\"origins\":[\"https://github.io\"]}", "does not list" },
        { "https://intranet", "{\"origins\":[\"https://intranet\"]}", "does not list" },

        { "https://a.com", "", "malformed" },
        { "https://a.com", "[]", "malformed" },
        { "https://a.com", "\"https://a.com\"", "malformed" },
        { "https://a.com", "{}", "malformed" },
        { "https://a.com", "{\"origins\":null}", "malformed" },
        { "https://a.com", "{\"origins\":\"https://a.com\"}", "malformed" },
        { "https://a.com", "{\"origins\":{\"0\":\"https://a.com\"}}", "malformed" },
        { "https://a.com", "{\"origins\":[\"https://a.com\",1]}", "malformed" },
        { "https://a.com", "{\"origins\":[\"https://a.com\",null]}", "malformed" },
        { "https://a.com", "{\"origins\":[[\"https://a.com\"]]}", "malformed" },
        { "https://a.com", "{\"Origins\":[\"https://a.com\"]}", "malformed" },
        { "https://a.com", "{\"origins\":[\"https://a.com\"]", "malformed" },
        { "https://a.com", "{\"origins\":[\"https://a.com\"]} x", "malformed" },
        { "https://a.com", "{\"origins\":[\"https://a.com\",]}", "malformed" },
        { "https://a.com", "<html>", "malformed" },
        { "https://a.com", "{\"origins\":[\"\xff\"]}", "malformed" },

        /* Labels, of which five count: the fifth, the sixth, and again one that has been seen. */
        { "https://e.com", "{\"origins\":[" FIVE "]}", NULL },
        { "https://f.com", "{\"origins\":[" FIVE ",\"https://f.com\"]}", "does not list" },
        { "https://x.e.com", "{\"origins\":[" FIVE ",\"https://f.com\",\"https://x.e.com\"]}",
          NULL },
        { "https://e.co.uk", "{\"origins\":[" FIVE ",\"https://e.co.uk\"]}", NULL },
        { "https://a.com.au",
          "{\"origins\":[" FIVE
          ",\"https://f.com\",\"https://www.a.com.au\",\"https://a.com.au\"]}",
          NULL },
        { "https://f.co.uk", "{\"origins\":[" FIVE ",\"https://f.co.uk\"]}", "does not list" },
        { "https://f.com",
          "{\"origins\":[\"https://a.com\",\"https://a.co.uk\",\"https://a.org\",\"https://"
          "x.a.org\","
          "\"https://b.com\",\"https://c.com\",\"https://d.com\",\"https://f.com\"]}",
          NULL },
        /* What is passed over has no label. */
        { "https://e.com",
          "{\"origins\":[\"x\",\"https://com\",\"https://1.2.3.4\",\"https://co.uk\"," FIVE "]}",
          NULL },
};

START_TEST(test_lists) {
        for (size_t i = 0; i < ELEMENTSOF(lists); i++) {
                const char *problem = NULL;
                size_t n = strlen(lists[i].json);
                char *exact = malloc(n ? n : 1);
                Origin origin;
                int r;

                memcpy(exact, lists[i].json, n);
                ck_assert_int_eq(origin_parse(lists[i].origin, false, &origin), 0);
                r = related_origins_check(&origin, exact, n, is_public_suffix, NULL, &problem);
                free(exact);
                ck_assert_msg(r == (lists[i].problem ? HYBRID_E_REFUSED : 0), "%s in %s: %d",
                              lists[i].origin, lists[i].json, r);
                if (lists[i].problem)
                        ck_assert_msg(strstr(problem, lists[i].problem), "%s: %s", lists[i].json,
                                      problem);
        }
}
END_TEST

/* As deep and as large as it goes: refused, and no crash. */
START_TEST(test_hostile_lists) {
        static const char *const starts[] = { "{\"origins\":", "[", "{\"a\":" };
        size_t n = 64 * 1024;
        char *text = malloc(n);
        const char *problem;
        Origin origin;

        ck_assert_int_eq(origin_parse("https://a.com", false, &origin), 0);
        for (size_t i = 0; i < ELEMENTSOF(starts); i++) {
                size_t n_start = strlen(starts[i]);

                memset(text, '[', n);
                memcpy(text, starts[i], n_start);
                ck_assert_int_eq(
                        related_origins_check(&origin, text, n, is_public_suffix, NULL, &problem),
                        HYBRID_E_REFUSED);
        }
        free(text);
}
END_TEST

/* ---- requests ------------------------------------------------------------------------------- */

static int new_request(const char *rp_id, bool related, HybridWebauthn **ret,
                       HybridFailure *failure) {
        char json[256];
        const HybridWebauthnParams params = {
                .operation = HYBRID_GET,
                .json = json,
                .n_json = (size_t)snprintf(json, sizeof(json),
                                           "{\"rpId\":\"%s\",\"challenge\":\"AAECAwQFBgcICQ\"}",
                                           rp_id),
                .origin = "https://example.co.uk",
                .related_origins = related,
                .is_public_suffix = is_public_suffix,
        };

        return hybrid_webauthn_new(ret, &params, failure);
}

static int give_list(HybridWebauthn *request, const char *json, HybridFailure *failure) {
        return hybrid_webauthn_related_origins(request, json, strlen(json), is_public_suffix, NULL,
                                               failure);
}

static int make_command(const HybridWebauthn *request) {
        static const uint8_t get_info[] = { 0xa1, 0x01, 0x81, 0x68, 'F', 'I',
                                            'D',  'O',  '_',  '2',  '_', '0' };
        HybridFailure failure = {};
        uint8_t *command = NULL;
        size_t n;
        int r;

        r = hybrid_webauthn_command(request, get_info, sizeof(get_info), &command, &n, &failure);
        free(command);
        return r;
}

START_TEST(test_request_waits) {
        HybridWebauthn *request = NULL;
        HybridFailure failure = {};

        ck_assert_int_eq(new_request("example.com", false, &request, &failure), HYBRID_E_REFUSED);
        ck_assert_int_eq(failure.cause, HYBRID_CAUSE_ORIGIN_REFUSED);
        ck_assert_ptr_null(request);

        ck_assert_int_eq(new_request("example.com", true, &request, &failure),
                         HYBRID_E_RELATED_ORIGIN);
        ck_assert_str_eq(hybrid_webauthn_rp_id(request), "example.com");
        ck_assert_str_eq(hybrid_webauthn_origin(request), "https://example.co.uk");
        ck_assert_int_eq(make_command(request), -EINVAL);

        failure = (HybridFailure){};
        ck_assert_int_eq(give_list(request, "{\"origins\":[]}", &failure), HYBRID_E_REFUSED);
        ck_assert_int_eq(failure.cause, HYBRID_CAUSE_ORIGIN_REFUSED);
        ck_assert_ptr_nonnull(strstr(failure.detail, "does not list"));
        ck_assert_int_eq(make_command(request), -EINVAL);

        ck_assert_int_eq(give_list(request, "{\"origins\":[\"https://example.co.uk\"]}", &failure),
                         0);
        ck_assert_int_eq(make_command(request), 0);
        ck_assert_int_eq(give_list(request, "{\"origins\":[]}", &failure), -EINVAL);
        hybrid_webauthn_free(request);
}
END_TEST

START_TEST(test_request_does_not_wait) {
        HybridWebauthn *request = NULL;
        HybridFailure failure = {};

        ck_assert_int_eq(new_request("example.co.uk", true, &request, &failure), 0);
        ck_assert_int_eq(give_list(request, "{\"origins\":[\"https://example.co.uk\"]}", &failure),
                         -EINVAL);
        ck_assert_int_eq(make_command(request), 0);
        request = hybrid_webauthn_free(request);

        ck_assert_int_eq(new_request("co.uk", true, &request, &failure), HYBRID_E_REFUSED);
        ck_assert_int_eq(new_request("10.0.0.1", true, &request, &failure), HYBRID_E_REFUSED);
        /* All else is looked at before anybody is asked. */
        ck_assert_int_eq(new_request("example.com\",\"challenge\":\"!", true, &request, &failure),
                         HYBRID_E_REFUSED);
        ck_assert_ptr_null(request);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("related-origins", &tcase);

        tcase_add_test(tcase, test_who_may_be_asked);
        tcase_add_test(tcase, test_lists);
        tcase_add_test(tcase, test_hostile_lists);
        tcase_add_test(tcase, test_request_waits);
        tcase_add_test(tcase, test_request_does_not_wait);
        return unit_run(suite);
}
