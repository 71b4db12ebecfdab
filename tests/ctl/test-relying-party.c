/* SPDX-License-Identifier: MIT */

/* Each check of an answer has a row here that passes without it. */

#include <errno.h>
#include <string.h>

#include "base/base64url.h"
#include "forge.h"
#include "wire/auth-data.h"

typedef struct Row {
        Forgery forgery;
        const char *problem; /* part of what is said; NULL: all is right */
} Row;

#define MEMBER(name, json) .member = name, .member_json = json

/* What both operations have in common. */
static const Row common_rows[] = {
        { {}, NULL },
        { { MEMBER("response", "1") }, "no JSON object" },
        { { MEMBER("response", NULL) }, "no JSON object" },
        { { MEMBER("type", "\"password\"") }, "type of credential" },
        { { MEMBER("type", NULL) }, "type of credential" },
        { { MEMBER("id", "\"AAAA\"") }, "id and rawId" },
        { { MEMBER("rawId", NULL) }, "id and rawId" },
        { { MEMBER("clientExtensionResults", NULL) }, "clientExtensionResults" },
        { { MEMBER("clientExtensionResults.prf", "{}") }, "nobody asked for" },
        { { MEMBER("response.clientDataJSON", NULL) }, "clientDataJSON" },
        { { MEMBER("response.clientDataJSON", "\"a+b\"") }, "clientDataJSON" },
        { { .client_data = "[]" }, "no JSON object" },
        { { .client_data = "{" }, "no JSON object" },
        { { .client_type = "payment.get" }, "type in the client data is payment.get" },
        { { .challenge = "WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWls" }, "challenge" },
        { { .challenge = "WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo=" }, "challenge" },
        { { .origin = "https://example.com" }, "origin in the client data" },
        { { .origin = "https://login.example.com.evil.org" }, "origin in the client data" },
        { { .top_origin = "https://evil.org" }, "topOrigin in the client data" },
        { { .cross_origin = "true" }, "crossOrigin" },
        { { .cross_origin = "1" }, "crossOrigin" },
        { { MEMBER("response.authenticatorData", NULL) }, "authenticatorData" },
        { { .cut_auth_data = true }, "malformed" },
        { { .rp_id = "example.org" }, "RP ID hash" },
        { { .flip_flags = AUTH_DATA_UP }, "nobody was present" },
        { { .flip_flags = AUTH_DATA_UV }, "not verified" },
        { { .flip_flags = AUTH_DATA_BE }, "backed up" },
};

static const Row create_rows[] = {
        { { .client_type = "webauthn.get" }, "type in the client data" },
        { { .client_data = "{\"type\":\"webauthn.create\",\"challenge\":"
                           "\"WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo\",\"origin\":"
                           "\"https://login.example.com\",\"topOrigin\":1}" },
          "no text" },
        { { .flip_flags = AUTH_DATA_AT }, "no new passkey" },
        { { .signed_id = "a1a2a3" }, "credential id is another" },
        { { .signed_id = "a1a2a3a4a5a6a7a8a9aaabacadaeafb1" }, "credential id is another" },
        { { .cose_key = "a0" }, "key is not valid" },
        /* An Ed25519 key. */
        { { .cose_key = "a4010103272006215820"
                        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a" },
          "not for ES256" },
        { { MEMBER("response.publicKey", NULL) }, "publicKey is missing" },
        { { MEMBER("response.publicKey", "\"MFkwEw\"") }, "another key" },
        { { MEMBER("response.publicKeyAlgorithm", "-8") }, "publicKeyAlgorithm" },
        { { MEMBER("response.publicKeyAlgorithm", NULL) }, "publicKeyAlgorithm" },
        { { MEMBER("response.attestationObject", NULL) }, "attestationObject" },
        { { MEMBER("response.attestationObject", "\"oA\"") }, "attestation object is malformed" },
        { { .other_data_attested = true }, "other data" },
        { { .att_stmt = "a161610a" }, "that is not empty" },
        { { .att_stmt = "80" }, "attestation object is malformed" },
        { { .fmt = "packed" }, NULL },
        { { .fmt = "packed", .attest_other_algorithm = true }, "algorithm" },
        { { .fmt = "packed", .att_stmt = "a163616c6726" }, "no signature" },
        { { .fmt = "packed", .other_key = true }, "signature is not right" },
        { { .fmt = "packed", .att_stmt = "a363616c67266373696741306378356380" }, NULL },
        { { .fmt = "tpm", .att_stmt = "a0" }, NULL },
};

static const Row get_rows[] = {
        { { .client_type = "webauthn.create" }, "type in the client data" },
        { { .other_id = true }, "not asked for" },
        { { MEMBER("response.signature", NULL) }, "signature is missing" },
        { { MEMBER("response.signature", "\"MAA\"") }, "signature is not right" },
        { { .other_key = true }, "signature is not right" },
        { { .flip_flags = AUTH_DATA_AT }, "passkey was made" },
        { { .flip_flags = AUTH_DATA_BE | AUTH_DATA_BS }, "differ from those" },
        { { .user_handle = "aGFuZGxf" }, "another account" },
        { { .user_handle = "aGFuZA" }, "another account" },
        { { MEMBER("response.userHandle", NULL) }, NULL },
        { { .counter = 7 }, "counter went from 7 to 7" },
        { { .counter = 6 }, "counter went from 7 to 6" },
        { { .counter = 0xffffffff }, NULL },
};

static void assert_wrong(const RelyingParty *party, const Forgery *forgery, const char *words) {
        _json_ *answer = forge_answer(party, forgery);
        char problem[PROBLEM_SIZE] = "";
        Verdict verdict;

        ck_assert_msg(relying_party_check(party, answer, &verdict, problem) == -EBADMSG,
                      "this is not found: %s", words);
        ck_assert_msg(strstr(problem, words), "expected \"%s\", but: %s", words, problem);
}

static Verdict verdict_of(const RelyingParty *party, const Forgery *forgery) {
        _json_ *answer = forge_answer(party, forgery);
        char problem[PROBLEM_SIZE] = "";
        Verdict verdict;

        ck_assert_msg(relying_party_check(party, answer, &verdict, problem) == 0, "%s", problem);
        return verdict;
}

static void check_row(HybridOperation operation, const Row *row) {
        _cleanup_(relying_party_done) RelyingParty party = forge_party(operation);

        if (row->problem)
                assert_wrong(&party, &row->forgery, row->problem);
        else
                verdict_of(&party, &row->forgery);
}

START_TEST(test_common) {
        for (size_t i = 0; i < ELEMENTSOF(common_rows); i++) {
                check_row(HYBRID_CREATE, &common_rows[i]);
                check_row(HYBRID_GET, &common_rows[i]);
        }
}
END_TEST

START_TEST(test_create) {
        for (size_t i = 0; i < ELEMENTSOF(create_rows); i++)
                check_row(HYBRID_CREATE, &create_rows[i]);
}
END_TEST

START_TEST(test_get) {
        for (size_t i = 0; i < ELEMENTSOF(get_rows); i++)
                check_row(HYBRID_GET, &get_rows[i]);
}
END_TEST

START_TEST(test_registered_credential) {
        _cleanup_(relying_party_done) RelyingParty party = forge_party(HYBRID_CREATE);
        const Credential expected = forge_credential();
        Verdict verdict = verdict_of(&party, &(Forgery){ .fmt = "packed", .counter = 7 });

        ck_assert_mem_eq(&verdict.credential, &expected, sizeof(expected));
        ck_assert_int_eq(verdict.attestation, ATTESTATION_SELF);
        ck_assert_uint_eq(verdict.aaguid[2], 3);
        verdict = verdict_of(&party, &(Forgery){ .fmt = "tpm" });
        ck_assert_int_eq(verdict.attestation, ATTESTATION_UNCHECKED);
        verdict = verdict_of(&party, &(Forgery){});
        ck_assert_int_eq(verdict.attestation, ATTESTATION_NONE);
}
END_TEST

START_TEST(test_counter_is_kept) {
        _cleanup_(relying_party_done) RelyingParty party = forge_party(HYBRID_GET);
        Verdict verdict = verdict_of(&party, &(Forgery){ .counter = 100 });

        ck_assert(verdict.signature_checked);
        ck_assert_uint_eq(verdict.credential.sign_count, 100);
        ck_assert_str_eq(verdict.credential.user_name, "alice");
}
END_TEST

/* Any passkey may answer a request that names none, but nothing is known of its key. */
START_TEST(test_unknown_passkey) {
        RelyingParty party = forge_party(HYBRID_GET);
        Verdict verdict;

        relying_party_done(&party);
        verdict = verdict_of(&party, &(Forgery){ .other_key = true });
        ck_assert(!verdict.signature_checked);
        ck_assert_uint_eq(verdict.credential.n_id, 16);

        assert_wrong(&party, &(Forgery){ .id = "" }, "impossible length");
}
END_TEST

START_TEST(test_frame) {
        _cleanup_(relying_party_done) RelyingParty party = forge_party(HYBRID_GET);

        party.top_origin = "https://shop.example";
        verdict_of(&party, &(Forgery){});
        assert_wrong(&party, &(Forgery){ .top_origin = "https://other.example" }, "topOrigin");
        assert_wrong(&party, &(Forgery){ .cross_origin = "false" }, "crossOrigin");
}
END_TEST

START_TEST(test_prf) {
        static const struct {
                const char *json;
                bool enabled, results;
        } rows[] = {
                { "{}", false, false },
                { "{\"prf\":{\"enabled\":false}}", false, false },
                { "{\"prf\":{\"enabled\":true}}", true, false },
                { "{\"prf\":{\"enabled\":true,\"results\":{\"first\":\"AA\"}}}", true, true },
        };
        _cleanup_(relying_party_done) RelyingParty party = forge_party(HYBRID_CREATE);

        party.prf = "salt";
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Verdict verdict = verdict_of(
                        &party, &(Forgery){ MEMBER("clientExtensionResults", rows[i].json) });

                ck_assert_int_eq(verdict.prf_enabled, rows[i].enabled);
                ck_assert_int_eq(verdict.prf_results, rows[i].results);
        }

        assert_wrong(&party,
                     &(Forgery){ MEMBER("clientExtensionResults", "{\"prf\":{\"enabled\":1}}") },
                     "prf.enabled");
}
END_TEST

/* ---- requests ---- */

static json_t *request_of(RelyingParty *party) {
        char *text = relying_party_request(party);
        json_t *json = json_loads(text, 0, NULL);

        ck_assert_ptr_nonnull(json);
        free(text);
        return json;
}

START_TEST(test_creation_request) {
        const CredentialList none = {};
        _cleanup_(relying_party_done) RelyingParty party = forge_party(HYBRID_CREATE);
        char challenge[64];

        ck_assert_int_eq(relying_party_prepare(&party, &none), 0);
        ck_assert_uint_eq(party.n_user_handle, USER_HANDLE_SIZE);
        base64url_encode(party.challenge, CHALLENGE_SIZE, challenge);
        party.prf = "salt";

        _json_ *json = request_of(&party);
        ck_assert_str_eq(json_text(json, "challenge"), challenge);
        ck_assert_str_eq(json_text(json_object_get(json, "rp"), "id"), "example.com");
        ck_assert_str_eq(json_text(json_object_get(json, "user"), "name"), "alice");
        ck_assert_str_eq(json_text(json, "attestation"), "direct");
        ck_assert_str_eq(
                json_text(
                        json_object_get(json_object_get(json_object_get(json, "extensions"), "prf"),
                                        "eval"),
                        "first"),
                "c2FsdA");
}
END_TEST

/* The same name is the same account, so that a phone does not collect passkeys of it. */
START_TEST(test_account_is_kept) {
        _cleanup_(credential_list_done) CredentialList known = {};
        _cleanup_(relying_party_done) RelyingParty party = forge_party(HYBRID_CREATE);
        const Credential credential = forge_credential();
        uint8_t before[CHALLENGE_SIZE];

        ck_assert_int_eq(credential_list_add(&known, &credential), 0);
        memcpy(before, party.challenge, sizeof(before));
        ck_assert_int_eq(relying_party_prepare(&party, &known), 0);
        assert_bytes_eq(party.user_handle, party.n_user_handle, "handle", 6);
        ck_assert_mem_ne(party.challenge, before, sizeof(before));

        party.user_name = "bob";
        ck_assert_int_eq(relying_party_prepare(&party, &known), 0);
        ck_assert_uint_eq(party.n_user_handle, USER_HANDLE_SIZE);
}
END_TEST

START_TEST(test_sign_in_request) {
        _cleanup_(relying_party_done) RelyingParty party = forge_party(HYBRID_GET);
        _json_ *json = request_of(&party);
        const json_t *list = json_object_get(json, "allowCredentials");

        ck_assert_str_eq(json_text(json, "rpId"), "example.com");
        ck_assert_uint_eq(json_array_size(list), 1);
        ck_assert_str_eq(json_text(json_array_get(list, 0), "id"), "oaKjpKWmp6ipqqusra6vsA");
        ck_assert_uint_eq(json_object_size(json_object_get(json, "extensions")), 0);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("relying-party", &tcase);

        tcase_add_test(tcase, test_common);
        tcase_add_test(tcase, test_create);
        tcase_add_test(tcase, test_get);
        tcase_add_test(tcase, test_registered_credential);
        tcase_add_test(tcase, test_counter_is_kept);
        tcase_add_test(tcase, test_unknown_passkey);
        tcase_add_test(tcase, test_frame);
        tcase_add_test(tcase, test_prf);
        tcase_add_test(tcase, test_creation_request);
        tcase_add_test(tcase, test_account_is_kept);
        tcase_add_test(tcase, test_sign_in_request);
        return unit_run(suite);
}
