/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "unit.h"
#include "wire/message.h"
#include "wire/record.h"

static bool lists(const json_t *features, const char *name) {
        json_t *feature;
        size_t i;

        json_array_foreach(features, i,
                           feature) if (strcmp(json_string_value(feature), name) == 0) return true;
        return false;
}

START_TEST(test_post_handshake_valid) {
        _json_ *vectors = vectors_load("post_handshake.json");
        json_t *vector;
        size_t i;

        json_array_foreach(json_object_get(vectors, "valid"), i, vector) {
                const json_t *features = json_object_get(vector, "features");
                _bytes_ plaintext = json_hex(vector, "plaintext");
                PostHandshake message;

                ck_assert_msg(post_handshake_decode(plaintext.data, plaintext.n, &message) == 0,
                              "%s", json_text(vector, "name"));
                ck_assert_int_eq(message.revision,
                                 json_integer_value(json_object_get(vector, "revision")));
                ck_assert_int_eq(message.has_ctap, lists(features, "ctap"));
                ck_assert_int_eq(message.has_dc, lists(features, "dc"));
                ck_assert_int_eq(message.has_linking,
                                 json_is_true(json_object_get(vector, "has_linking")));
                if (json_is_string(json_object_get(vector, "get_info")))
                        assert_json_hex(vector, "get_info", message.get_info, message.n_get_info);
                else
                        ck_assert_ptr_null(message.get_info);
        }
        ck_assert_uint_eq(i, 11);
}
END_TEST

START_TEST(test_post_handshake_invalid) {
        _json_ *vectors = vectors_load("post_handshake.json");
        json_t *vector;
        size_t i;

        json_array_foreach(json_object_get(vectors, "invalid"), i, vector) {
                _bytes_ plaintext = json_hex(vector, "plaintext");
                PostHandshake message;

                ck_assert_msg(post_handshake_decode(plaintext.data, plaintext.n, &message) ==
                                      -EBADMSG,
                              "%s", json_text(vector, "why"));
        }
        ck_assert_uint_eq(i, 8);
}
END_TEST

START_TEST(test_post_handshake_written) {
        _json_ *vectors = vectors_load("session.json");
        const json_t *sent = json_array_get(json_object_get(vectors, "messages"), 2);
        _bytes_ plaintext = json_hex(sent, "plaintext");
        PostHandshake message;
        uint8_t data[256];
        ByteWriter w = BYTE_WRITER(data), without_features = BYTE_WRITER(data);

        ck_assert_int_eq(post_handshake_decode(plaintext.data, plaintext.n, &message), 0);
        post_handshake_encode(&w, message.get_info, message.n_get_info, true);
        assert_bytes_eq(data, w.n, plaintext.data, plaintext.n);

        post_handshake_encode(&without_features, message.get_info, message.n_get_info, false);
        ck_assert_int_eq(post_handshake_decode(data, without_features.n, &message), 0);
        ck_assert(message.has_ctap);
}
END_TEST

static MessageType type_from_name(const char *name) {
        static const char *const names[] = { "shutdown", "ctap", "update", "json" };

        for (unsigned i = 0; i < ELEMENTSOF(names); i++)
                if (strcmp(names[i], name) == 0)
                        return (MessageType)i;
        ck_abort_msg("no message type %s", name);
}

START_TEST(test_typed_messages) {
        _json_ *vectors = vectors_load("post_handshake.json");
        json_t *vector;
        size_t i;

        json_array_foreach(json_object_get(vectors, "messages_revision_1"), i, vector) {
                _bytes_ plaintext = json_hex(vector, "message");
                uint8_t data[64];
                ByteWriter w = BYTE_WRITER(data);
                Message message;

                ck_assert_int_eq(
                        message_decode(MESSAGE_REVISION_1, plaintext.data, plaintext.n, &message),
                        0);
                ck_assert_int_eq(message.type, type_from_name(json_text(vector, "type")));
                assert_json_hex(vector, "payload", message.payload, message.n_payload);

                message_encode(&w, message.type, message.payload, message.n_payload);
                assert_bytes_eq(data, w.n, plaintext.data, plaintext.n);
        }
        ck_assert_uint_eq(i, 4);

        json_array_foreach(json_object_get(vectors, "messages_invalid"), i, vector) {
                _bytes_ plaintext = json_hex(vector, "message");
                Message message;

                ck_assert_msg(message_decode(MESSAGE_REVISION_1, plaintext.data, plaintext.n,
                                             &message) == -EBADMSG,
                              "%s", json_text(vector, "why"));
        }
        ck_assert_uint_eq(i, 3);
}
END_TEST

START_TEST(test_revision_0_has_no_type) {
        static const uint8_t reply[] = { 0x27 }, shutdown_with_payload[] = { 0, 0 };
        Message message;

        ck_assert_int_eq(message_decode(MESSAGE_REVISION_0, reply, 1, &message), 0);
        ck_assert_int_eq(message.type, MESSAGE_CTAP);
        assert_bytes_eq(message.payload, message.n_payload, reply, sizeof(reply));
        ck_assert_int_eq(message_decode(MESSAGE_REVISION_0, reply, 0, &message), -EBADMSG);
        ck_assert_int_eq(message_decode(MESSAGE_REVISION_1, shutdown_with_payload, 2, &message),
                         -EBADMSG);
}
END_TEST

START_TEST(test_update_fills_its_size) {
        uint8_t data[UPDATE_PADDED_SIZE];
        ByteWriter w = BYTE_WRITER(data);
        Message message;
        CborItem map;

        update_encode(&w, NULL, 0);
        ck_assert_uint_eq(record_size(w.n), UPDATE_PADDED_SIZE + AES_GCM_TAG_SIZE);
        ck_assert_uint_eq(w.n, UPDATE_PADDED_SIZE - 1);
        ck_assert_int_eq(message_decode(MESSAGE_REVISION_1, data, w.n, &message), 0);
        ck_assert_int_eq(message.type, MESSAGE_UPDATE);
        ck_assert_int_eq(cbor_item_parse(message.payload, message.n_payload, 1, 0, &map), 0);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("message", &tcase);

        tcase_add_test(tcase, test_post_handshake_valid);
        tcase_add_test(tcase, test_post_handshake_invalid);
        tcase_add_test(tcase, test_post_handshake_written);
        tcase_add_test(tcase, test_typed_messages);
        tcase_add_test(tcase, test_revision_0_has_no_type);
        tcase_add_test(tcase, test_update_fills_its_size);
        return unit_run(suite);
}
