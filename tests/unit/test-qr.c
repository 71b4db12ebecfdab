/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "unit.h"
#include "wire/digits.h"
#include "wire/qr.h"

static QrHint hint_from_name(const char *name) {
        if (strcmp(name, "mc") == 0)
                return QR_HINT_MAKE_CREDENTIAL;
        if (strcmp(name, "dcp") == 0)
                return QR_HINT_CREDENTIAL_PRESENTING;
        if (strcmp(name, "dci") == 0)
                return QR_HINT_CREDENTIAL_ISSUANCE;
        ck_assert_str_eq(name, "ga");
        return QR_HINT_GET_ASSERTION;
}

static unsigned channels_from_json(const json_t *list) {
        unsigned channels = 0;
        json_t *channel;
        size_t i;

        json_array_foreach(list, i, channel) channels |= 1u << json_integer_value(channel);
        return channels;
}

static void assert_fields(const json_t *vector, const QrCode *code) {
        const json_t *timestamp = json_object_get(vector, "timestamp");
        const json_t *linking = json_object_get(vector, "linking");
        const json_t *channels = json_object_get(vector, "channels");

        assert_json_hex(vector, "public_key", code->public_key, sizeof(code->public_key));
        assert_json_hex(vector, "secret", code->secret, sizeof(code->secret));
        ck_assert_uint_eq(code->n_tunnel_domains,
                          (uint64_t)json_integer_value(json_object_get(vector, "domains")));

        ck_assert_int_eq(code->has_timestamp, json_is_integer(timestamp));
        if (code->has_timestamp)
                ck_assert_uint_eq(code->timestamp, (uint64_t)json_integer_value(timestamp));

        ck_assert_int_eq(code->has_linking, json_is_boolean(linking));
        if (code->has_linking)
                ck_assert_int_eq(code->linking, json_is_true(linking));

        ck_assert_int_eq(code->hint, hint_from_name(json_text(vector, "hint")));
        ck_assert_int_eq(code->has_channels, json_is_array(channels));
        ck_assert_uint_eq(code->channels,
                          channels_from_json(json_object_get(vector, "effective_channels")));
}

START_TEST(test_valid) {
        _json_ *vectors = vectors_load("qr.json");
        size_t i, n_encoded = 0;
        json_t *vector;

        json_array_foreach(json_object_get(vectors, "valid"), i, vector) {
                const char *url = json_text(vector, "url");
                char text[HYBRID_QR_TEXT_SIZE_MAX];
                QrCode code;

                ck_assert_msg(qr_decode(url, &code) == 0, "%s", json_text(vector, "name"));
                assert_fields(vector, &code);

                /* What has keys that we do not know cannot come back the same. */
                if (!json_is_true(json_object_get(vector, "reencode")) ||
                    strstr(json_text(vector, "name"), "unknown key"))
                        continue;
                qr_encode(&code, text);
                ck_assert_str_eq(text, url);
                n_encoded++;
        }
        ck_assert_uint_eq(i, 20);
        ck_assert_uint_ge(n_encoded, 10);
}
END_TEST

START_TEST(test_invalid) {
        _json_ *vectors = vectors_load("qr.json");
        json_t *vector;
        size_t i;

        json_array_foreach(json_object_get(vectors, "invalid"), i, vector) {
                QrCode code;

                ck_assert_msg(qr_decode(json_text(vector, "url"), &code) == -EBADMSG, "%s",
                              json_text(vector, "why"));
        }
        ck_assert_uint_eq(i, 23);
}
END_TEST

START_TEST(test_boolean_channels_count_as_absent) {
        _json_ *vectors = vectors_load("qr.json");
        json_t *vector;
        size_t i;

        json_array_foreach(json_object_get(vectors, "tolerated"), i, vector) {
                QrCode code;

                ck_assert_int_eq(qr_decode(json_text(vector, "url"), &code), 0);
                ck_assert(!code.has_channels);
                ck_assert_uint_eq(code.channels, QR_CHANNEL_TUNNEL);
        }
        ck_assert_uint_eq(i, 1);
}
END_TEST

START_TEST(test_prefix) {
        _json_ *vectors = vectors_load("qr.json");
        const char *url = json_text(json_array_get(json_object_get(vectors, "valid"), 0), "url");
        static const char *const prefixes[] = { "fido:/", "Fido:/", "FIDO:/" };
        static const char *const wrong[] = { "FIDO://", "FIDO:", "FIDO/", " FIDO:/", "XIDO:/", "" };
        char text[HYBRID_QR_TEXT_SIZE_MAX];
        QrCode code;

        for (size_t i = 0; i < ELEMENTSOF(prefixes); i++) {
                snprintf(text, sizeof(text), "%s%s", prefixes[i], url + 6);
                ck_assert_int_eq(qr_decode(text, &code), 0);
        }
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                snprintf(text, sizeof(text), "%s%s", wrong[i], url + 6);
                ck_assert_int_eq(qr_decode(text, &code), -EBADMSG);
        }
        snprintf(text, sizeof(text), "%s ", url);
        ck_assert_int_eq(qr_decode(text, &code), -EBADMSG);
}
END_TEST

/* The largest numbers in every key still fit the text that callers provide. */
START_TEST(test_largest_code_fits) {
        QrCode code = {
                .public_key = { 2 },
                .n_tunnel_domains = UINT64_MAX,
                .has_timestamp = true,
                .timestamp = UINT64_MAX,
                .has_linking = true,
                .has_hint = true,
                .hint = QR_HINT_CREDENTIAL_PRESENTING,
                .has_channels = true,
                .channels = QR_CHANNEL_TUNNEL | QR_CHANNEL_L2CAP,
        };
        char text[HYBRID_QR_TEXT_SIZE_MAX];

        memset(code.public_key + 1, 0xff, sizeof(code.public_key) - 1);
        memset(code.secret, 0xff, sizeof(code.secret));
        qr_encode(&code, text);
        ck_assert_uint_lt(strlen(text), sizeof(text));
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("qr", &tcase);

        tcase_add_test(tcase, test_valid);
        tcase_add_test(tcase, test_invalid);
        tcase_add_test(tcase, test_boolean_channels_count_as_absent);
        tcase_add_test(tcase, test_prefix);
        tcase_add_test(tcase, test_largest_code_fits);
        return unit_run(suite);
}
