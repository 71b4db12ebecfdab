/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "unit.h"
#include "base/cbor-writer.h"
#include "wire/ctap2-get-assertion.h"
#include "wire/ctap2-make-credential.h"

typedef struct InvalidRow {
        const char *hex;
        const char *why;
} InvalidRow;

/* The members of each message by themselves, and the messages made of them. */

#define HASH "015820000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define RP   "02a26269646b6578616d706c652e636f6d646e616d65674578616d706c65"
#define USER "03a3626964420102646e616d6565616c6963656b646973706c61794e616d6565416c696365"
#define PARAMETERS                                                                                 \
        "0482a263616c672664747970656a7075626c69632d6b6579a263616c6739010064747970656a"             \
        "7075626c69632d6b6579"
static const char make_credential_full[] =
        "01a7" HASH RP USER PARAMETERS
        "0581a262696442aabb64747970656a7075626c69632d6b657906a163707266a1646576616ca1"
        "6566697273745820111111111111111111111111111111111111111111111111111111111111"
        "111107a262726bf5627576f5";

static const char make_credential_minimal[] = "01a4" HASH RP USER PARAMETERS;

static const char make_credential_lax[] =
        "01a6" PARAMETERS HASH
        "02a16269646b6578616d706c652e636f6d03a262696441016469636f6e61780581a362696441"
        "aa64747970656a7075626c69632d6b65796a7472616e73706f727473816375736207a362726b"
        "f4627570f564706c6174f5";

static const InvalidRow make_credential_invalid[] = {
        { "", "nothing" },
        { "01", "command only" },
        { "02a4" HASH RP USER PARAMETERS, "another command" },
        { "01a4" HASH RP USER PARAMETERS "00", "a byte more" },
        { "01a4" HASH RP USER
          "0482a263616c672664747970656a7075626c69632d6b6579a263616c6739010064747970656a"
          "7075626c69632d6b65",
          "cut" },
        { "0180", "no map" },
        { "01a0", "empty map" },
        { "01a3" RP USER PARAMETERS, "no hash" },
        { "01a401581f000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e" RP USER
                  PARAMETERS,
          "hash too short" },
        { "01a4015821000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f00" RP USER
                  PARAMETERS,
          "hash too long" },
        { "01a4016178" RP USER PARAMETERS, "hash as text" },
        { "01a3" HASH USER PARAMETERS, "no rp" },
        { "01a4" HASH "026b6578616d706c652e636f6d" USER PARAMETERS, "rp as text" },
        { "01a4" HASH "02a1646e616d656178" USER PARAMETERS, "rp without id" },
        { "01a4" HASH "02a16269644178" USER PARAMETERS, "rp.id as bytes" },
        { "01a4" HASH "02a26269646178646e616d6501" USER PARAMETERS, "rp.name as number" },
        { "01a3" HASH RP PARAMETERS, "no user" },
        { "01a4" HASH RP "034101" PARAMETERS, "user as bytes" },
        { "01a4" HASH RP "03a1646e616d656178" PARAMETERS, "user without id" },
        { "01a4" HASH RP "03a16269646178" PARAMETERS, "user.id as text" },
        { "01a4" HASH RP "03a26269644178646e616d654178" PARAMETERS, "user.name as bytes" },
        { "01a4" HASH RP "03a262696441786b646973706c61794e616d65f6" PARAMETERS,
          "user.displayName null" },
        { "01a3" HASH RP USER, "no parameters" },
        { "01a4" HASH RP USER "04a0", "parameters as map" },
        { "01a4" HASH RP USER "048126", "parameter as number" },
        { "01a4" HASH RP USER "0481a164747970656a7075626c69632d6b6579", "parameter without alg" },
        { "01a4" HASH RP USER "0481a163616c6726", "parameter without type" },
        { "01a4" HASH RP USER "0481a263616c67622d3764747970656a7075626c69632d6b6579",
          "alg as text" },
        { "01a5" HASH RP USER PARAMETERS "05a0", "exclude list as map" },
        { "01a5" HASH RP USER PARAMETERS "05814178", "descriptor as bytes" },
        { "01a5" HASH RP USER PARAMETERS "0581a164747970656a7075626c69632d6b6579",
          "descriptor without id" },
        { "01a5" HASH RP USER PARAMETERS "0581a16269644178", "descriptor without type" },
        { "01a5" HASH RP USER PARAMETERS "0581a2626964617864747970656a7075626c69632d6b6579",
          "id as text" },
        { "01a5" HASH RP USER PARAMETERS
          "0581a3626964417864747970656a7075626c69632d6b65796a7472616e73706f727473637573"
          "62",
          "transports as text" },
        { "01a5" HASH RP USER PARAMETERS "0680", "extensions as array" },
        { "01a5" HASH RP USER PARAMETERS "06a161788181818181818100", "nine levels" },
        { "01a5" HASH RP USER PARAMETERS "0780", "options as array" },
        { "01a5" HASH RP USER PARAMETERS "07a162726b01", "rk as number" },
        { "01a5" HASH RP USER PARAMETERS "07a1627576f6", "uv null" },
};

#define RP_ID   "016b6578616d706c652e636f6d"
#define GA_HASH "025820000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
static const char get_assertion_full[] =
        "02a5" RP_ID GA_HASH
        "0381a262696442aabb64747970656a7075626c69632d6b657904a163707266a1646576616ca1"
        "6566697273745820111111111111111111111111111111111111111111111111111111111111"
        "111105a2627570f5627576f5";

static const char get_assertion_minimal[] = "02a2" RP_ID GA_HASH;

static const InvalidRow get_assertion_invalid[] = {
        { "", "nothing" },
        { "02", "command only" },
        { "01a2" RP_ID GA_HASH, "another command" },
        { "02a2" RP_ID GA_HASH "00", "a byte more" },
        { "02a1" GA_HASH, "no RP ID" },
        { "02a2014178" GA_HASH, "RP ID as bytes" },
        { "02a1" RP_ID, "no hash" },
        { "02a2" RP_ID "02581f0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
          "hash too short" },
        { "02a3" RP_ID GA_HASH "03a0", "allow list as map" },
        { "02a3" RP_ID GA_HASH "0381a16269644178", "descriptor without type" },
        { "02a3" RP_ID GA_HASH "038101", "descriptor as number" },
        { "02a3" RP_ID GA_HASH "04f5", "extensions as boolean" },
        { "02a3" RP_ID GA_HASH "04a161788181818181818100", "nine levels" },
        { "02a3" RP_ID GA_HASH "0501", "options as number" },
        { "02a3" RP_ID GA_HASH "05a162757000", "up as number" },
};

#define AUTH_DATA                                                                                  \
        "0258250707070707070707070707070707070707070707070707070707070707070707070707"             \
        "0707"
#define FMT_NONE "01646e6f6e65"
#define NO_STMT  "03a0"
static const char make_credential_reply_full[] =
        "00a401667061636b6564" AUTH_DATA
        "03a363616c6726637369674201026378356381410306a163707266a167656e61626c6564f5";

static const char make_credential_reply_minimal[] = "00a3" FMT_NONE AUTH_DATA NO_STMT;

static const InvalidRow make_credential_reply_invalid[] = {
        { "", "nothing" },
        { "00", "status only" },
        { "19", "another status" },
        { "2ea3" FMT_NONE AUTH_DATA NO_STMT, "another status with a map" },
        { "00a3" FMT_NONE AUTH_DATA NO_STMT "00", "a byte more" },
        { "0080", "no map" },
        { "00a2" AUTH_DATA NO_STMT, "no format" },
        { "00a301446e6f6e65" AUTH_DATA NO_STMT, "format as bytes" },
        { "00a2" FMT_NONE NO_STMT, "no authenticator data" },
        { "00a3" FMT_NONE "026178" NO_STMT, "authenticator data as text" },
        { "00a2" FMT_NONE AUTH_DATA, "no statement" },
        { "00a3" FMT_NONE AUTH_DATA "0380", "statement as array" },
        { "00a4" FMT_NONE AUTH_DATA NO_STMT "0680", "unsigned outputs as array" },
        { "00a4" FMT_NONE AUTH_DATA NO_STMT "06f6", "unsigned outputs null" },
        { "00a3" FMT_NONE AUTH_DATA "03a161618181818181818100", "nine levels" },
};

static const char make_credential_reply_deep[] = "00a3" FMT_NONE AUTH_DATA "03a1616181818181818100";

#define SIGNATURE                                                                                  \
        "0358460909090909090909090909090909090909090909090909090909090909090909090909"             \
        "0909090909090909090909090909090909090909090909090909090909090909090909"
static const char get_assertion_reply_full[] =
        "00a601a362696442aabb64747970656a7075626c69632d6b65796a7472616e73706f72747382"
        "68696e7465726e616c656361626c65" AUTH_DATA SIGNATURE
        "04a3626964420102646e616d65606b646973706c61794e616d656006f508a163707266a16772"
        "6573756c7473a165666972737458200505050505050505050505050505050505050505050505"
        "050505050505050505";

static const char get_assertion_reply_minimal[] = "00a2" AUTH_DATA SIGNATURE;

static const InvalidRow get_assertion_reply_invalid[] = {
        { "", "nothing" },
        { "00", "status only" },
        { "2e", "another status" },
        { "27a2" AUTH_DATA SIGNATURE, "another status with a map" },
        { "00a1" SIGNATURE, "no authenticator data" },
        { "00a2026178" SIGNATURE, "authenticator data as text" },
        { "00a1" AUTH_DATA, "no signature" },
        { "00a2" AUTH_DATA "036178", "signature as text" },
        { "00a30141aa" AUTH_DATA SIGNATURE, "credential as bytes" },
        { "00a301a162696441aa" AUTH_DATA SIGNATURE, "credential without type" },
        { "00a301a164747970656a7075626c69632d6b6579" AUTH_DATA SIGNATURE, "credential without id" },
        { "00a301a0" AUTH_DATA SIGNATURE, "empty credential" },
        { "00a3" AUTH_DATA SIGNATURE "044101", "user as bytes" },
        { "00a3" AUTH_DATA SIGNATURE "04a1646e616d6560", "user without id" },
        { "00a3" AUTH_DATA SIGNATURE "04a16269646178", "user.id as text" },
        { "00a3" AUTH_DATA SIGNATURE "04a26269644178646e616d6501", "user.name as number" },
        { "00a3" AUTH_DATA SIGNATURE "04a262696441786b646973706c61794e616d6501",
          "user.displayName as number" },
        { "00a2" AUTH_DATA SIGNATURE "00", "a byte more" },
        { "00a3" AUTH_DATA SIGNATURE "0601", "userSelected as number" },
        { "00a3" AUTH_DATA SIGNATURE "06f6", "userSelected null" },
        { "00a3" AUTH_DATA SIGNATURE "0880", "unsigned outputs as array" },
        { "00a3" AUTH_DATA SIGNATURE "08a1617881818100", "five levels" },
};

static bool text_is(Ctap2Text text, const char *expected) {
        return text.data && text.n == strlen(expected) && memcmp(text.data, expected, text.n) == 0;
}

/* Each of the four codecs in one shape, so that one loop can run through the tables. */

static int recode_make_credential(const Bytes *bytes, ByteWriter *w) {
        Ctap2MakeCredential message = { .options.rk = CTAP2_OPTION_TRUE };
        int r = ctap2_make_credential_decode(bytes->data, bytes->n, &message);

        if (r < 0)
                ck_assert_uint_eq(message.options.rk, CTAP2_OPTION_TRUE); /* untouched */
        else
                ctap2_make_credential_encode(&message, w);
        return r;
}

static int recode_get_assertion(const Bytes *bytes, ByteWriter *w) {
        Ctap2GetAssertion message = { .options.rk = CTAP2_OPTION_TRUE };
        int r = ctap2_get_assertion_decode(bytes->data, bytes->n, &message);

        if (r < 0)
                ck_assert_uint_eq(message.options.rk, CTAP2_OPTION_TRUE);
        else
                ctap2_get_assertion_encode(&message, w);
        return r;
}

static int recode_make_credential_reply(const Bytes *bytes, ByteWriter *w) {
        Ctap2MakeCredentialReply message = { .fmt.n = 77 };
        int r = ctap2_make_credential_reply_decode(bytes->data, bytes->n, &message);

        if (r < 0)
                ck_assert_uint_eq(message.fmt.n, 77);
        else
                ctap2_make_credential_reply_encode(&message, w);
        return r;
}

static int recode_get_assertion_reply(const Bytes *bytes, ByteWriter *w) {
        Ctap2GetAssertionReply message = { .signature.n = 77 };
        int r = ctap2_get_assertion_reply_decode(bytes->data, bytes->n, &message);

        if (r < 0)
                ck_assert_uint_eq(message.signature.n, 77);
        else
                ctap2_get_assertion_reply_encode(&message, w);
        return r;
}

/* What is decoded and encoded again is the same, for messages that know nothing unknown. */
START_TEST(test_round_trips) {
        static const struct {
                int (*recode)(const Bytes *bytes, ByteWriter *w);
                const char *hex;
        } rows[] = {
                { recode_make_credential, make_credential_full },
                { recode_make_credential, make_credential_minimal },
                { recode_get_assertion, get_assertion_full },
                { recode_get_assertion, get_assertion_minimal },
                { recode_make_credential_reply, make_credential_reply_full },
                { recode_make_credential_reply, make_credential_reply_minimal },
                { recode_make_credential_reply, make_credential_reply_deep },
                { recode_get_assertion_reply, get_assertion_reply_full },
                { recode_get_assertion_reply, get_assertion_reply_minimal },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _bytes_ bytes = bytes_from_hex(rows[i].hex);
                uint8_t again[512];
                ByteWriter w = BYTE_WRITER(again);
                CborItem item;

                ck_assert_msg(rows[i].recode(&bytes, &w) == 0, "%s", rows[i].hex);
                assert_bytes_eq(again, w.n, bytes.data, bytes.n);
                ck_assert_int_eq(
                        cbor_item_parse(again + 1, w.n - 1, 8, CBOR_CANONICAL_ORDER, &item), 0);
        }
}
END_TEST

static void check_invalid(const InvalidRow *rows, size_t n_rows,
                          int (*recode)(const Bytes *bytes, ByteWriter *w)) {
        for (size_t i = 0; i < n_rows; i++) {
                _bytes_ bytes = bytes_from_hex(rows[i].hex);
                ByteWriter w = BYTE_WRITER_COUNTING;

                ck_assert_msg(recode(&bytes, &w) == -EBADMSG, "accepted: %s", rows[i].why);
        }
}

START_TEST(test_invalid_requests) {
        check_invalid(make_credential_invalid, ELEMENTSOF(make_credential_invalid),
                      recode_make_credential);
        check_invalid(get_assertion_invalid, ELEMENTSOF(get_assertion_invalid),
                      recode_get_assertion);
}
END_TEST

START_TEST(test_invalid_replies) {
        check_invalid(make_credential_reply_invalid, ELEMENTSOF(make_credential_reply_invalid),
                      recode_make_credential_reply);
        check_invalid(get_assertion_reply_invalid, ELEMENTSOF(get_assertion_reply_invalid),
                      recode_get_assertion_reply);
}
END_TEST

START_TEST(test_make_credential_fields) {
        _bytes_ bytes = bytes_from_hex(make_credential_full);
        Ctap2MakeCredential request;

        ck_assert_int_eq(ctap2_make_credential_decode(bytes.data, bytes.n, &request), 0);
        ck_assert_uint_eq(request.client_data_hash[31], 31);
        ck_assert(text_is(request.rp_id, "example.com"));
        ck_assert(text_is(request.rp_name, "Example"));
        assert_bytes_eq(request.user_id.data, request.user_id.n, "\x01\x02", 2);
        ck_assert(text_is(request.user_name, "alice"));
        ck_assert(text_is(request.user_display_name, "Alice"));
        ck_assert(ctap2_parameters_contain(request.parameters, -7));
        ck_assert(ctap2_parameters_contain(request.parameters, -257));
        ck_assert(!ctap2_parameters_contain(request.parameters, -8));
        ck_assert(ctap2_descriptors_contain(request.exclude_list,
                                            (Ctap2Bytes){ (const uint8_t *)"\xaa\xbb", 2 }));
        ck_assert(!ctap2_descriptors_contain(request.exclude_list,
                                             (Ctap2Bytes){ (const uint8_t *)"\xaa", 1 }));
        ck_assert_uint_eq(request.options.rk, CTAP2_OPTION_TRUE);
        ck_assert_uint_eq(request.options.up, CTAP2_OPTION_ABSENT);
        ck_assert_uint_eq(request.options.uv, CTAP2_OPTION_TRUE);
        ck_assert_uint_eq(cbor_item_type(request.extensions), CBOR_MAP);
}
END_TEST

/* All that a strict phone would refuse can be told from what the decoder gives. */
START_TEST(test_make_credential_lax) {
        _bytes_ bytes = bytes_from_hex(make_credential_lax);
        Ctap2MakeCredential request;
        Ctap2Descriptor descriptor;
        CborIterator it;
        CborItem item;

        ck_assert_int_eq(
                cbor_item_parse(bytes.data + 1, bytes.n - 1, 8, CBOR_CANONICAL_ORDER, &item),
                -EBADMSG);
        ck_assert_int_eq(ctap2_make_credential_decode(bytes.data, bytes.n, &request), 0);
        ck_assert_ptr_null(request.rp_name.data);
        ck_assert_ptr_null(request.user_name.data);
        ck_assert_ptr_null(request.user_display_name.data);
        ck_assert_ptr_null(request.extensions.data);
        ck_assert_uint_eq(request.options.rk, CTAP2_OPTION_FALSE);
        ck_assert_uint_eq(request.options.up, CTAP2_OPTION_TRUE);
        ck_assert_uint_eq(request.options.uv, CTAP2_OPTION_ABSENT);

        ck_assert_int_eq(cbor_item_iterate(request.exclude_list, CBOR_ARRAY, &it), 0);
        ck_assert(cbor_item_next(&it, &item));
        ck_assert_int_eq(ctap2_descriptor_decode(item, &descriptor), 0);
        ck_assert(text_is(descriptor.type, "public-key"));
        ck_assert_ptr_nonnull(descriptor.transports.data);
}
END_TEST

START_TEST(test_get_assertion_fields) {
        _bytes_ bytes = bytes_from_hex(get_assertion_full);
        Ctap2GetAssertion request;

        ck_assert_int_eq(ctap2_get_assertion_decode(bytes.data, bytes.n, &request), 0);
        ck_assert(text_is(request.rp_id, "example.com"));
        ck_assert_uint_eq(request.client_data_hash[31], 31);
        ck_assert_int_eq(ctap2_descriptors_check(request.allow_list), 0);
        ck_assert_uint_eq(request.options.up, CTAP2_OPTION_TRUE);
        ck_assert_uint_eq(request.options.uv, CTAP2_OPTION_TRUE);
        ck_assert_uint_eq(request.options.rk, CTAP2_OPTION_ABSENT);
}
END_TEST

START_TEST(test_reply_fields) {
        _bytes_ created = bytes_from_hex(make_credential_reply_full);
        _bytes_ asserted = bytes_from_hex(get_assertion_reply_full);
        Ctap2MakeCredentialReply registration;
        Ctap2GetAssertionReply assertion;
        CborItem item;

        ck_assert_int_eq(ctap2_make_credential_reply_decode(created.data, created.n, &registration),
                         0);
        ck_assert(text_is(registration.fmt, "packed"));
        ck_assert_uint_eq(registration.auth_data.n, 37);
        ck_assert_int_eq(cbor_item_map_get_text(registration.att_stmt, "x5c", &item), 0);
        ck_assert_int_eq(cbor_item_map_get_text(registration.unsigned_extensions, "prf", &item), 0);

        ck_assert_int_eq(ctap2_get_assertion_reply_decode(asserted.data, asserted.n, &assertion),
                         0);
        assert_bytes_eq(assertion.credential.id.data, assertion.credential.id.n, "\xaa\xbb", 2);
        ck_assert_ptr_nonnull(assertion.credential.transports.data);
        ck_assert_uint_eq(assertion.signature.n, 70);
        assert_bytes_eq(assertion.user_id.data, assertion.user_id.n, "\x01\x02", 2);
        ck_assert(text_is(assertion.user_name, ""));
        ck_assert(text_is(assertion.user_display_name, ""));
        ck_assert(assertion.user_selected);
}
END_TEST

/* A key pair type that nobody knows is no match, whatever its algorithm. */
START_TEST(test_parameters_of_unknown_type) {
        uint8_t list[128];
        ByteWriter w = BYTE_WRITER(list);
        CborItem item;

        cbor_write_array(&w, 2);
        ctap2_parameters_encode(&(Ctap2Parameters){ -7, ctap2_text("private-key") }, &w);
        ctap2_parameters_encode(&(Ctap2Parameters){ -8, ctap2_text("public-key") }, &w);
        ck_assert_int_eq(cbor_item_parse(list, w.n, 2, CBOR_CANONICAL_ORDER, &item), 0);
        ck_assert_int_eq(ctap2_parameters_check_list(item), 0);
        ck_assert(!ctap2_parameters_contain(item, -7));
        ck_assert(ctap2_parameters_contain(item, -8));
        ck_assert(!ctap2_parameters_contain((CborItem){}, -8));
        ck_assert_int_eq(ctap2_descriptors_check(item), -EBADMSG);
}
END_TEST

START_TEST(test_status_names) {
        static const struct {
                uint8_t status;
                const char *name;
        } rows[] = {
                { 0x00, "OK" },
                { 0x19, "CREDENTIAL_EXCLUDED" },
                { 0x27, "OPERATION_DENIED" },
                { 0x2b, "UNSUPPORTED_OPTION" },
                { 0x2e, "NO_CREDENTIALS" },
                { 0x2f, "USER_ACTION_TIMEOUT" },
                { 0x30, "NOT_ALLOWED" },
                { 0x36, "PUAT_REQUIRED" },
                { 0x3b, "UP_REQUIRED" },
                { 0x3f, "UV_INVALID" },
                { 0x7f, "OTHER" },
                { 0x04, "unknown" },
                { 0x3e, "unknown" },
                { 0x80, "unknown" },
                { 0xf0, "unknown" },
                { 0xff, "unknown" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                ck_assert_str_eq(ctap2_status_name(rows[i].status), rows[i].name);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("ctap2", &tcase);

        tcase_add_test(tcase, test_round_trips);
        tcase_add_test(tcase, test_invalid_requests);
        tcase_add_test(tcase, test_invalid_replies);
        tcase_add_test(tcase, test_make_credential_fields);
        tcase_add_test(tcase, test_make_credential_lax);
        tcase_add_test(tcase, test_get_assertion_fields);
        tcase_add_test(tcase, test_reply_fields);
        tcase_add_test(tcase, test_parameters_of_unknown_type);
        tcase_add_test(tcase, test_status_names);
        return unit_run(suite);
}
