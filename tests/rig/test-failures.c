/* SPDX-License-Identifier: MIT */

/*
 * Running out of memory or of randomness, at each point of a ceremony: it ends in one of the ways
 * that it may end, and nothing leaks (the sanitizer build looks for that).
 *
 * The allocations of our own code come here by failing-allocations.h, OpenSSL's by its hooks.
 * jansson's are left alone: it takes some that fail for errors of syntax.
 */

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "failing-allocations.h"
#include "rig.h"
#include "webauthn-fixture.h"

#undef malloc
#undef calloc
#undef realloc
#undef strdup

static bool counting;
static uint64_t n_allocations, fail_at;

static bool refuse(void) {
        if (!counting)
                return false;
        return ++n_allocations == fail_at;
}

void *failing_malloc(size_t n) {
        return refuse() ? NULL : malloc(n);
}

void *failing_calloc(size_t n, size_t size) {
        return refuse() ? NULL : calloc(n, size);
}

void *failing_realloc(void *p, size_t n) {
        return refuse() ? NULL : realloc(p, n);
}

char *failing_strdup(const char *text) {
        return refuse() ? NULL : strdup(text);
}

static void *openssl_malloc(size_t n, const char *file, int line) {
        return refuse() ? NULL : malloc(n);
}

static void *openssl_realloc(void *p, size_t n, const char *file, int line) {
        return refuse() ? NULL : realloc(p, n);
}

static void openssl_free(void *p, const char *file, int line) {
        free(p);
}

/* The whole ceremony; where it stops depends on what fails. */
static void run(Rig *rig) {
        rig_drain_client(rig);
        if (hybrid_client_tick(rig->client, rig->now_usec) < 0 || rig_scan(rig) < 0 ||
            rig_advert(rig) != 0)
                return;
        if (hybrid_client_channel_up(rig->client, rig->now_usec) < 0) {
                rig_drain_client(rig);
                return;
        }
        rig_run(rig);
}

/* The same without a code. */
static void run_linked(Rig *rig) {
        rig_drain_client(rig);
        rig_drain_phone(rig);
        if (hybrid_client_tick(rig->client, rig->now_usec) < 0 || rig_contact(rig) != 0 ||
            rig_contact_up(rig, true) < 0 || rig_signal(rig) < 0 || rig_advert(rig) != 0)
                return;
        rig_run(rig);
}

/* A phone is linked in each way, and the desktop waits for it after the reply. */
static void run_linking(Rig *rig) {
        run(rig);
        if (rig->phone && hybrid_phone_state(rig->phone) == HYBRID_PHONE_LINGERING) {
                (void)hybrid_phone_send_link(rig->phone, rig->now_usec);
                rig_drain_phone(rig);
                rig_run(rig);
        }
}

/* Brings what is still open to its end, with memory again. */
static void wind_up(Rig *rig) {
        rig_drain_client(rig);
        rig_drain_phone(rig);
        for (unsigned i = 0; i < 20 && hybrid_client_deadline(rig->client) != HYBRID_USEC_NEVER;
             i++)
                rig_expire(rig);
        rig_assert_wound_down(rig);
}

static void count_from(uint64_t n) {
        n_allocations = 0;
        fail_at = n;
        counting = true;
}

/* Returns whether the ceremony needed fewer allocations than that. */
static bool run_failing_at(uint64_t n) {
        _rig_ rig = {};
        bool all_done;

        count_from(n);
        if (rig_try_init(&rig) >= 0)
                run(&rig);
        counting = false;
        all_done = n_allocations < n;

        if (rig.client) {
                wind_up(&rig);
                ck_assert_int_eq(rig.n_reply > 0,
                                 hybrid_client_state(rig.client) == HYBRID_CLIENT_DONE);
        }
        return all_done;
}

START_TEST(test_each_allocation_fails_once) {
        uint64_t n = 1;

        while (!run_failing_at(n))
                n++;
        ck_assert_uint_gt(n, 100);
}
END_TEST

/* OpenSSL sets some things up once, and never again if that fails. */
static void warm_up(void) {
        _rig_ rig;

        rig_init_linking(&rig, HYBRID_PHONE_LINKS_AT_ONCE);
        run(&rig);
        ck_assert_uint_eq(rig.n_linked, 1);
}

static bool linked_run_failing_at(uint64_t n) {
        _rig_ rig = {};
        bool all_done;
        int r;

        count_from(n);
        r = rig_try_init_linked(&rig);
        if (r >= 0)
                run_linked(&rig);
        counting = false;
        all_done = n_allocations < n;

        /* OpenSSL does not tell a point that it has no memory for from one that is none. */
        if (r < 0)
                ck_assert(r == -ENOMEM || r == -EINVAL);
        else
                wind_up(&rig);
        if (all_done)
                ck_assert_int_eq(hybrid_client_state(rig.client), HYBRID_CLIENT_DONE);
        return all_done;
}

START_TEST(test_each_allocation_fails_once_with_a_linked_phone) {
        uint64_t n = 1;

        warm_up();
        while (!linked_run_failing_at(n))
                n++;
        ck_assert_uint_gt(n, 100);
}
END_TEST

/* What is said about links may fail the ceremony before the reply, and never after it. */
static bool linking_run_failing_at(HybridPhoneLinking linking, uint64_t n) {
        bool all_done;
        _rig_ rig;

        rig_init_linking(&rig, linking);
        count_from(n);
        run_linking(&rig);
        counting = false;
        all_done = n_allocations < n;

        wind_up(&rig);
        ck_assert_int_eq(rig.n_reply > 0, hybrid_client_state(rig.client) == HYBRID_CLIENT_DONE);
        ck_assert_int_eq(rig.n_reply == 0, rig.failed);
        if (all_done) {
                ck_assert_uint_eq(rig.n_linked, 1);
                ck_assert_uint_eq(rig.n_link_ignored, 0);
        }
        return all_done;
}

START_TEST(test_each_allocation_fails_once_while_linking) {
        for (int linking = HYBRID_PHONE_LINKS_AT_ONCE; linking <= HYBRID_PHONE_LINKS_LATER;
             linking++) {
                uint64_t n = 1;

                warm_up();
                while (!linking_run_failing_at((HybridPhoneLinking)linking, n))
                        n++;
                ck_assert_uint_gt(n, 100);
        }
}
END_TEST

/* All that requests can have. */
static const char create_json[] =
        "{\"rp\":{\"id\":\"example.com\",\"name\":\"E\"},\"user\":{\"id\":\"AQI\",\"name\":\"u\","
        "\"displayName\":\"U\"},\"challenge\":\"AAEC\",\"pubKeyCredParams\":[{\"type\":"
        "\"public-key\",\"alg\":-7}],\"excludeCredentials\":[{\"type\":\"public-key\",\"id\":"
        "\"AQ\"},"
        "{\"type\":\"public-key\",\"id\":\"Ag\",\"transports\":[\"hybrid\"]}],"
        "\"attestation\":\"direct\",\"attestationFormats\":[\"packed\"],"
        "\"extensions\":{\"prf\":{\"eval\":{\"first\":\"AQ\"}},\"credProps\":true,"
        "\"minPinLength\":true,\"credentialProtectionPolicy\":\"userVerificationRequired\"}}";
static const char get_json[] =
        "{\"rpId\":\"example.com\",\"challenge\":\"AAEC\",\"allowCredentials\":[{\"type\":"
        "\"public-key\",\"id\":\"AQ\"},{\"type\":\"public-key\",\"id\":\"oaKjpKWmp6g\"}],"
        "\"extensions\":{\"largeBlob\":{\"read\":true},\"prf\":{\"evalByCredential\":{\"AQ\":"
        "{\"first\":\"AQ\",\"second\":\"Ag\"}}}}}";

/*
 * Reads a request, makes its command, and reads the reply. It goes well or there is no memory; but a
 * point that OpenSSL cannot read for want of memory is refused as one that is wrong.
 */
static int run_request(HybridOperation operation, const Bytes *get_info, const Bytes *reply) {
        _cleanup_(hybrid_webauthn_freep) HybridWebauthn *webauthn = NULL;
        const char *json = operation == HYBRID_CREATE ? create_json : get_json;
        const HybridWebauthnParams params = {
                .operation = operation,
                .json = json,
                .n_json = strlen(json),
                .origin = "https://example.com",
        };
        _bytes_ command = {};
        HybridAuthenticator authenticator;
        HybridFailure failure = {};
        char *text = NULL;
        int r;

        counting = true;
        r = hybrid_webauthn_new(&webauthn, &params, &failure);
        if (r == 0)
                r = hybrid_webauthn_command(webauthn, get_info->data, get_info->n, &command.data,
                                            &command.n, &failure);
        if (r == 0)
                r = hybrid_webauthn_response(webauthn, get_info->data, get_info->n, reply->data,
                                             reply->n, &text, &authenticator, &failure);
        counting = false;
        ck_assert_msg(r == 0 || r == -ENOMEM ||
                              (r == HYBRID_E_REFUSED && failure.cause == HYBRID_CAUSE_PROTOCOL),
                      "%d: %s", r, failure.detail);
        ck_assert(!!text == (r == 0));
        free(text);
        return r;
}

static void run_request_failing(HybridOperation operation, const Bytes *reply) {
        /* prf, credProtect, minPinLength; one credential in a list; the format "packed" */
        _bytes_ get_info =
                bytes_from_hex("a5" INFO_VERSIONS "0283637072666b6372656450726f746563746c6d696e50"
                               "696e4c656e677468" INFO_RK_UV "07011681667061636b6564");
        uint64_t n = 0;
        int r;

        do {
                n_allocations = 0;
                fail_at = ++n;
                r = run_request(operation, &get_info, reply);
        } while (n_allocations >= n);
        ck_assert_int_eq(r, 0);
        ck_assert_uint_gt(n, 10);
}

START_TEST(test_each_allocation_of_a_request_fails_once) {
        static const uint8_t hash[SHA256_SIZE];
        _bytes_ registered = {}, asserted = {};

        fail_at = 0;
        registered = phone_register(&(Phone){});
        asserted = phone_assert(&(Phone){}, hash);
        run_request_failing(HYBRID_CREATE, &registered);
        run_request_failing(HYBRID_GET, &asserted);
}
END_TEST

START_TEST(test_random_source_fails) {
        for (uint64_t n = 1; n < 10; n++) {
                _rig_ rig = {};
                int r;

                /* As rig_try_init(), with a source that breaks at the n-th call. */
                const HybridClientParams params = { .operation = HYBRID_GET };

                rig.random.fail_at = n;
                rig.env = test_random_env(&rig.random);
                rig.phone_params =
                        (HybridPhoneParams){ .get_info = (const uint8_t *)"\xa0", .n_get_info = 1 };
                r = hybrid_client_new(&rig.client, &rig.env, &params, 0);
                ck_assert_int_eq(r, n <= 2 ? -EIO : 0);
                if (r < 0)
                        continue;
                run(&rig);
                wind_up(&rig);
                if (rig.failed && rig.failure.stage == HYBRID_STAGE_SCAN)
                        ck_assert(rig.failure.cause == HYBRID_CAUSE_INTERNAL ||
                                  rig.failure.cause == HYBRID_CAUSE_TIMEOUT);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite;

        if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) != 1)
                return EXIT_FAILURE;

        suite = unit_suite("failures", &tcase);
        tcase_add_test(tcase, test_each_allocation_fails_once);
        tcase_add_test(tcase, test_each_allocation_fails_once_with_a_linked_phone);
        tcase_add_test(tcase, test_each_allocation_fails_once_while_linking);
        tcase_add_test(tcase, test_each_allocation_of_a_request_fails_once);
        tcase_add_test(tcase, test_random_source_fails);
        return unit_run(suite);
}
