/* SPDX-License-Identifier: MIT */

/*
 * The extension "prf" of the virtual phone.
 */

#include <string.h>

#include "base/cbor-writer.h"
#include "fixture.h"
#include "wire/ctap2-prf.h"

typedef struct Extensions {
        uint8_t bytes[512];
        size_t n;
} Extensions;

/* A map with one entry at a key, where this is not an item but only written. */
static CborItem wrap(Extensions *extensions, const Ctap2PrfInput *input) {
        ByteWriter w = BYTE_WRITER(extensions->bytes);

        cbor_write_map(&w, 1);
        cbor_write_string(&w, CTAP2_PRF_NAME);
        ctap2_prf_input_encode(input, &w);
        ck_assert(byte_writer_fits(&w));
        extensions->n = w.n;
        return (CborItem){ .data = extensions->bytes, .n = w.n };
}

static CborItem values_item(const Ctap2PrfValues *values, uint8_t *buffer, size_t size) {
        ByteWriter w = { .data = buffer, .size = size };

        ctap2_prf_values_encode(values, &w);
        ck_assert(byte_writer_fits(&w));
        return (CborItem){ .data = buffer, .n = w.n };
}

/* {id: values} */
static CborItem by_credential(Ctap2Bytes id, const Ctap2PrfValues *values, uint8_t *buffer,
                              size_t size) {
        ByteWriter w = { .data = buffer, .size = size };

        cbor_write_map(&w, 1);
        cbor_write_bytes(&w, id.data, id.n);
        ctap2_prf_values_encode(values, &w);
        ck_assert(byte_writer_fits(&w));
        return (CborItem){ .data = buffer, .n = w.n };
}

static Ctap2PrfOutput read_output(CborItem unsigned_extensions) {
        Ctap2PrfOutput output;
        CborItem item;

        ck_assert_ptr_nonnull(unsigned_extensions.data);
        ck_assert_int_eq(cbor_item_map_get_text(unsigned_extensions, CTAP2_PRF_NAME, &item), 0);
        ck_assert_int_eq(ctap2_prf_output_decode(item, &output), 0);
        return output;
}

static Registered register_with(Fixture *fixture, CborItem extensions,
                                AuthenticatorAnswer *answer) {
        Ctap2MakeCredential create = create_request();

        create.extensions = extensions;
        *answer = run_create(fixture, &create);
        return read_registration(answer);
}

static Ctap2PrfOutput evaluate(Fixture *fixture, CborItem extensions,
                               const Registered *registered) {
        Ctap2GetAssertion get = get_request();

        get.extensions = extensions;
        _answer_ answer = run_get(fixture, &get);
        return read_output(read_assertion(&answer, registered).reply.unsigned_extensions);
}

START_TEST(test_enabled_at_creation) {
        _fixture_ fixture;
        Extensions extensions;
        Ctap2PrfOutput output;

        fixture_init(&fixture, "android");
        _answer_ answer = {};
        output = read_output(register_with(&fixture, wrap(&extensions, &(Ctap2PrfInput){}), &answer)
                                     .reply.unsigned_extensions);
        ck_assert(output.has_enabled && output.enabled);
        ck_assert(!output.has_results);
}
END_TEST

/* The same input gives the same output, now and later, and other inputs other ones. */
START_TEST(test_results) {
        const Ctap2PrfValues input = { .first = { 1 }, .has_second = true, .second = { 2 } };
        _fixture_ fixture;
        uint8_t buffer[128];
        Extensions extensions;
        Ctap2PrfInput eval = { .eval = values_item(&input, buffer, sizeof(buffer)) };
        Ctap2PrfOutput at_creation, later;

        fixture_init(&fixture, "plain");
        _answer_ answer = {};
        Registered registered = register_with(&fixture, wrap(&extensions, &eval), &answer);
        at_creation = read_output(registered.reply.unsigned_extensions);
        later = evaluate(&fixture, wrap(&extensions, &eval), &registered);

        ck_assert(at_creation.has_enabled && at_creation.has_results && later.has_results);
        ck_assert(!later.has_enabled);
        ck_assert(later.results.has_second);
        ck_assert_mem_eq(at_creation.results.first, later.results.first, 32);
        ck_assert_mem_eq(at_creation.results.second, later.results.second, 32);
        ck_assert_mem_ne(later.results.first, later.results.second, 32);
        ck_assert_mem_ne(later.results.first, input.first, 32);
}
END_TEST

/* HMAC-SHA-256 under the secret that is in the store, and nothing else. */
START_TEST(test_is_hmac) {
        const Ctap2PrfValues input = { .first = { 7 } };
        _fixture_ fixture;
        uint8_t buffer[128], expected[SHA256_SIZE];
        Extensions extensions;
        Ctap2PrfInput eval = { .eval = values_item(&input, buffer, sizeof(buffer)) };
        Ctap2PrfOutput output;
        HmacKey key;

        fixture_init(&fixture, "plain");
        _answer_ answer = {};
        Registered registered = register_with(&fixture, (CborItem){}, &answer);
        output = evaluate(&fixture, wrap(&extensions, &eval), &registered);

        hmac_key_init(&key,
                      credential_store_find(fixture.store, ctap2_text("example.com"), (CborItem){})
                              ->prf_secret,
                      CREDENTIAL_PRF_SECRET_SIZE);
        hmac_sha256(&key, input.first, sizeof(input.first), expected);
        ck_assert_mem_eq(output.results.first, expected, sizeof(expected));
        ck_assert(!output.results.has_second);
}
END_TEST

START_TEST(test_by_credential) {
        const Ctap2PrfValues all = { .first = { 1 } }, own = { .first = { 2 } };
        static const uint8_t stranger[] = { 9, 9 };
        _fixture_ fixture;
        uint8_t all_buffer[64], own_buffer[128], map_buffer[192];
        Extensions extensions;
        Ctap2PrfInput for_all = { .eval = values_item(&all, all_buffer, sizeof(all_buffer)) };
        Ctap2PrfInput for_own = { .eval = values_item(&own, own_buffer, sizeof(own_buffer)) };
        Ctap2PrfOutput of_all, of_own, output;

        fixture_init(&fixture, "plain");
        _answer_ answer = {};
        Registered registered = register_with(&fixture, (CborItem){}, &answer);
        of_all = evaluate(&fixture, wrap(&extensions, &for_all), &registered);
        of_own = evaluate(&fixture, wrap(&extensions, &for_own), &registered);

        for_all.eval_by_credential = by_credential(registered.auth_data.credential_id, &own,
                                                   map_buffer, sizeof(map_buffer));
        output = evaluate(&fixture, wrap(&extensions, &for_all), &registered);
        ck_assert_mem_eq(output.results.first, of_own.results.first, 32);

        for_all.eval_by_credential = by_credential((Ctap2Bytes){ stranger, sizeof(stranger) }, &own,
                                                   map_buffer, sizeof(map_buffer));
        output = evaluate(&fixture, wrap(&extensions, &for_all), &registered);
        ck_assert_mem_eq(output.results.first, of_all.results.first, 32);
}
END_TEST

/* Inputs for others only: no output, and no error. */
START_TEST(test_nothing_to_evaluate) {
        const Ctap2PrfValues other = { .first = { 2 } };
        static const uint8_t stranger[] = { 9, 9 };
        _fixture_ fixture;
        uint8_t buffer[128];
        Extensions extensions;
        Ctap2PrfInput input = { .eval_by_credential =
                                        by_credential((Ctap2Bytes){ stranger, sizeof(stranger) },
                                                      &other, buffer, sizeof(buffer)) };
        Ctap2GetAssertion get = get_request();

        fixture_init(&fixture, "plain");
        _answer_ created = {};
        Registered registered = register_with(&fixture, (CborItem){}, &created);
        get.extensions = wrap(&extensions, &input);
        _answer_ answer = run_get(&fixture, &get);
        ck_assert_ptr_null(read_assertion(&answer, &registered).reply.unsigned_extensions.data);
}
END_TEST

/* {"prf": {"eval": {"first": 31 bytes}}} */
START_TEST(test_malformed) {
        static const uint8_t bad[] = { 0xa1, 0x63, 'p',  'r', 'f', 0xa1, 0x64, 'e', 'v',  'a',
                                       'l',  0xa1, 0x65, 'f', 'i', 'r',  's',  't', 0x41, 0x00 };
        _fixture_ fixture;
        Ctap2MakeCredential create = create_request();
        Ctap2GetAssertion get = get_request();

        fixture_init(&fixture, "plain");
        _answer_ created = {};
        (void)register_with(&fixture, (CborItem){}, &created);
        create.extensions = get.extensions = (CborItem){ .data = bad, .n = sizeof(bad) };

        _answer_ refused_create = take_create(&fixture, &create);
        assert_status(&refused_create, CTAP2_ERR_INVALID_CBOR);
        _answer_ refused_get = take_get(&fixture, &get);
        assert_status(&refused_get, CTAP2_ERR_INVALID_CBOR);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("prf", &tcase);

        tcase_add_test(tcase, test_enabled_at_creation);
        tcase_add_test(tcase, test_results);
        tcase_add_test(tcase, test_is_hmac);
        tcase_add_test(tcase, test_by_credential);
        tcase_add_test(tcase, test_nothing_to_evaluate);
        tcase_add_test(tcase, test_malformed);
        return unit_run(suite);
}
