/* SPDX-License-Identifier: MIT */

/*
 * What every phone does: credentials, lists, signatures, the PRF, and the person's say.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/ecdsa.h"
#include "fixture.h"
#include "folder.h"

static const uint8_t stranger[16] = { 0x99 };

START_TEST(test_register_and_sign_in) {
        _fixture_ fixture;
        Ctap2MakeCredential create = create_request();
        Ctap2GetAssertion get = get_request();

        fixture_init(&fixture, "plain");
        _answer_ created = run_create(&fixture, &create);
        Registered registered = read_registration(&created);

        ck_assert_uint_eq(registered.auth_data.flags, AUTH_DATA_UP | AUTH_DATA_UV | AUTH_DATA_AT);
        ck_assert_uint_eq(registered.auth_data.credential_id.n, 32);
        ck_assert_uint_eq(registered.reply.fmt.n, 4);
        ck_assert_mem_eq(registered.reply.fmt.data, "none", 4);
        assert_bytes_eq(registered.reply.att_stmt.data, registered.reply.att_stmt.n, "\xa0", 1);
        ck_assert_ptr_null(registered.reply.unsigned_extensions.data);

        _answer_ answer = run_get(&fixture, &get);
        Asserted asserted = read_assertion(&answer, &registered);

        ck_assert_uint_eq(asserted.auth_data.flags, AUTH_DATA_UP | AUTH_DATA_UV);
        assert_bytes_eq(asserted.reply.credential.id.data, asserted.reply.credential.id.n,
                        registered.auth_data.credential_id.data, 32);
        assert_bytes_eq(asserted.reply.user_id.data, asserted.reply.user_id.n, "\x01\x02", 2);
        ck_assert(asserted.reply.user_selected);
        ck_assert_ptr_null(asserted.reply.unsigned_extensions.data);
}
END_TEST

START_TEST(test_question) {
        _fixture_ fixture;
        Ctap2MakeCredential create = create_request();
        Ctap2GetAssertion get = get_request();
        const AuthenticatorQuestion *question = &fixture.authenticator.question;

        fixture_init(&fixture, "plain");
        _answer_ created = run_create(&fixture, &create);
        (void)read_registration(&created);
        ck_assert_int_eq(question->operation, HYBRID_CREATE);
        assert_bytes_eq(question->rp_id.data, question->rp_id.n, "example.com", 11);
        assert_bytes_eq(question->user_name.data, question->user_name.n, "alice", 5);

        /* A sign-in does not name anybody: the name is from the store. */
        _answer_ answer = take_get(&fixture, &get);
        assert_verdict(&answer, AUTHENTICATOR_ASK);
        ck_assert_int_eq(question->operation, HYBRID_GET);
        assert_bytes_eq(question->user_display_name.data, question->user_display_name.n, "Alice",
                        5);
}
END_TEST

START_TEST(test_declined) {
        static const char *const answering[] = { "android", "plain" };
        Ctap2MakeCredential create = create_request();

        for (size_t i = 0; i < ELEMENTSOF(answering); i++) {
                _fixture_ fixture;
                AuthenticatorAnswer answer;

                fixture_init(&fixture, answering[i]);
                answer = take_create(&fixture, &create);
                assert_verdict(&answer, AUTHENTICATOR_ASK);
                ck_assert_int_eq(authenticator_decide(&fixture.authenticator, false, &answer), 0);
                assert_status(&answer, CTAP2_ERR_OPERATION_DENIED);
                ck_assert_uint_eq(credential_store_size(fixture.store), 0);
                answer_done(&answer);
        }
}
END_TEST

START_TEST(test_algorithm) {
        static const uint8_t rs256[] = { 0x81, 0xa2, 0x63, 'a', 'l', 'g',  0x39, 0x01, 0x00,
                                         0x64, 't',  'y',  'p', 'e', 0x6a, 'p',  'u',  'b',
                                         'l',  'i',  'c',  '-', 'k', 'e',  'y' };
        _fixture_ fixture;
        Ctap2MakeCredential create = create_request();

        fixture_init(&fixture, "plain");
        create.parameters = (CborItem){ .data = rs256, .n = sizeof(rs256) };
        _answer_ answer = take_create(&fixture, &create);
        assert_status(&answer, CTAP2_ERR_UNSUPPORTED_ALGORITHM);
}
END_TEST

/* It is the person who must not learn by chance what is on the phone, so they are asked first. */
START_TEST(test_exclude_list) {
        _fixture_ fixture;
        Ctap2MakeCredential create = create_request();
        uint8_t list[128];

        fixture_init(&fixture, "plain");
        _answer_ created = run_create(&fixture, &create);
        (void)read_registration(&created);

        create.exclude_list = descriptor_list((Ctap2Bytes){ stranger, sizeof(stranger) },
                                              (CborItem){}, list, sizeof(list));
        _answer_ again = run_create(&fixture, &create);
        (void)read_registration(&again);
        ck_assert_uint_eq(credential_store_size(fixture.store), 1); /* the same account */

        Registered registered = read_registration(&again);
        create.exclude_list = descriptor_list(registered.auth_data.credential_id, (CborItem){},
                                              list, sizeof(list));
        _answer_ asked = take_create(&fixture, &create);
        assert_verdict(&asked, AUTHENTICATOR_ASK);
        ck_assert_int_eq(authenticator_decide(&fixture.authenticator, true, &asked), 0);
        assert_status(&asked, CTAP2_ERR_CREDENTIAL_EXCLUDED);
        ck_assert_uint_eq(credential_store_size(fixture.store), 1);

        /* An id of another RP excludes nothing. */
        create.rp_id = ctap2_text("example.org");
        _answer_ other = run_create(&fixture, &create);
        ck_assert_int_eq(other.reply.data[0], CTAP2_OK);
}
END_TEST

START_TEST(test_allow_list) {
        _fixture_ fixture;
        Ctap2MakeCredential create = create_request();
        Ctap2GetAssertion get = get_request();
        uint8_t list[128];

        fixture_init(&fixture, "plain");
        _answer_ created = run_create(&fixture, &create);
        Registered registered = read_registration(&created);

        get.allow_list = descriptor_list((Ctap2Bytes){ stranger, sizeof(stranger) }, (CborItem){},
                                         list, sizeof(list));
        _answer_ refused = take_get(&fixture, &get);
        assert_status(&refused, CTAP2_ERR_NO_CREDENTIALS);

        get.allow_list = descriptor_list(registered.auth_data.credential_id, (CborItem){}, list,
                                         sizeof(list));
        _answer_ answer = run_get(&fixture, &get);
        ck_assert(!read_assertion(&answer, &registered).reply.user_selected);

        get.rp_id = ctap2_text("example.org");
        _answer_ other_rp = take_get(&fixture, &get);
        assert_status(&other_rp, CTAP2_ERR_NO_CREDENTIALS);
}
END_TEST

START_TEST(test_newest_first) {
        _fixture_ fixture;
        Ctap2MakeCredential first = create_request(), second = create_request();
        Ctap2GetAssertion get = get_request();
        uint8_t list[128];

        fixture_init(&fixture, "plain");
        second.user_id = (Ctap2Bytes){ (const uint8_t *)"\x03", 1 };
        _answer_ created_first = run_create(&fixture, &first);
        Registered registered_first = read_registration(&created_first);
        _answer_ created_second = run_create(&fixture, &second);
        Registered registered_second = read_registration(&created_second);

        ck_assert_uint_eq(credential_store_size(fixture.store), 2);
        _answer_ newest = run_get(&fixture, &get);
        Asserted asserted = read_assertion(&newest, &registered_second);
        assert_bytes_eq(asserted.reply.user_id.data, asserted.reply.user_id.n, "\x03", 1);

        get.allow_list = descriptor_list(registered_first.auth_data.credential_id, (CborItem){},
                                         list, sizeof(list));
        _answer_ named = run_get(&fixture, &get);
        (void)read_assertion(&named, &registered_first);
}
END_TEST

START_TEST(test_self_attestation) {
        _fixture_ fixture;
        Ctap2MakeCredential create = create_request();
        Ctap2Bytes signature = {};
        uint8_t data[256];
        ByteWriter w = BYTE_WRITER(data);
        CborItem item;
        int64_t algorithm;

        fixture_init(&fixture, "android");
        fixture.authenticator.self_attestation = true;
        _answer_ created = run_create(&fixture, &create);
        Registered registered = read_registration(&created);

        assert_bytes_eq(registered.reply.fmt.data, registered.reply.fmt.n, "packed", 6);
        ck_assert_int_eq(cbor_item_map_get_text(registered.reply.att_stmt, "alg", &item), 0);
        ck_assert_int_eq(cbor_item_get_int(item, &algorithm), 0);
        ck_assert_int_eq(algorithm, COSE_ES256);
        ck_assert_int_eq(cbor_item_map_get_text(registered.reply.att_stmt, "x5c", &item), -ENOENT);
        ck_assert_int_eq(ctap2_read_named_bytes(registered.reply.att_stmt, "sig", &signature), 0);

        byte_writer_append(&w, registered.reply.auth_data.data, registered.reply.auth_data.n);
        byte_writer_append(&w, create.client_data_hash, SHA256_SIZE);
        ck_assert_int_eq(
                ecdsa_p256_verify(registered.point, data, w.n, signature.data, signature.n), 0);
}
END_TEST

START_TEST(test_lengths) {
        static const uint8_t long_id[CTAP2_USER_ID_SIZE_MAX + 1];
        static const char long_rp_id[CREDENTIAL_RP_ID_SIZE_MAX + 2] = {
                [0 ... CREDENTIAL_RP_ID_SIZE_MAX] = 'a'
        };
        const struct {
                Ctap2Text rp_id;
                Ctap2Bytes user_id;
                Ctap2Status status;
        } rows[] = {
                { ctap2_text("a.example"), { long_id, 0 }, CTAP2_ERR_INVALID_LENGTH },
                { ctap2_text("a.example"), { long_id, sizeof(long_id) }, CTAP2_ERR_INVALID_LENGTH },
                { ctap2_text(""), { long_id, 1 }, CTAP2_ERR_INVALID_PARAMETER },
                { { "a\0b", 3 }, { long_id, 1 }, CTAP2_ERR_INVALID_PARAMETER },
                { ctap2_text(long_rp_id), { long_id, 1 }, CTAP2_ERR_INVALID_PARAMETER },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _fixture_ fixture;
                Ctap2MakeCredential create = create_request();

                fixture_init(&fixture, "plain");
                create.rp_id = rows[i].rp_id;
                create.user_id = rows[i].user_id;
                _answer_ answer = take_create(&fixture, &create);
                assert_status(&answer, rows[i].status);
        }
}
END_TEST

START_TEST(test_random_source_fails) {
        _fixture_ fixture;
        Ctap2MakeCredential create = create_request();
        AuthenticatorAnswer answer;

        fixture_init(&fixture, "plain");
        fixture.random.fail_at = 2;
        answer = take_create(&fixture, &create);
        ck_assert_int_eq(authenticator_decide(&fixture.authenticator, true, &answer), -EIO);
        ck_assert_uint_eq(credential_store_size(fixture.store), 0);

        /* Nobody was asked anything. */
        authenticator_done(&fixture.authenticator);
        ck_assert_int_eq(authenticator_decide(&fixture.authenticator, true, &answer), -EINVAL);
}
END_TEST

/* Nothing is given away that could not be kept. */
START_TEST(test_store_fails) {
        _fixture_ fixture;
        Folder folder;
        Ctap2MakeCredential create = create_request();
        Ctap2GetAssertion get = get_request();
        char *said;

        folder_init(&folder);
        fixture_init(&fixture, "plain");
        credential_store_free(fixture.store);
        ck_assert_int_eq(credential_store_new(&fixture.store, folder.path), 0);
        fixture.authenticator.store = fixture.store;
        _answer_ created = run_create(&fixture, &create);
        (void)read_registration(&created);
        folder_done(&folder); /* with all that is in it */

        folder_init(&folder);
        capture_start(&folder, STDERR_FILENO);
        _answer_ asserted = run_get(&fixture, &get);
        assert_status(&asserted, CTAP2_ERR_OTHER);
        create.user_id = (Ctap2Bytes){ stranger, sizeof(stranger) };
        _answer_ again = run_create(&fixture, &create);
        assert_status(&again, CTAP2_ERR_OTHER);
        ck_assert_uint_eq(credential_store_size(fixture.store), 1);

        said = capture_read(&folder, STDERR_FILENO);
        ck_assert_ptr_nonnull(strstr(said, "credential store: the counter cannot be kept: "));
        ck_assert_ptr_nonnull(strstr(said, "credential store: a credential cannot be kept: "));
        free(said);
        folder_done(&folder);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("authenticator", &tcase);

        tcase_add_test(tcase, test_register_and_sign_in);
        tcase_add_test(tcase, test_question);
        tcase_add_test(tcase, test_declined);
        tcase_add_test(tcase, test_algorithm);
        tcase_add_test(tcase, test_exclude_list);
        tcase_add_test(tcase, test_allow_list);
        tcase_add_test(tcase, test_newest_first);
        tcase_add_test(tcase, test_self_attestation);
        tcase_add_test(tcase, test_lengths);
        tcase_add_test(tcase, test_random_source_fails);
        tcase_add_test(tcase, test_store_fails);
        return unit_run(suite);
}
