/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "unit.h"
#include "wire/derive.h"
#include "wire/eid.h"
#include "wire/noise.h"
#include "wire/tunnel-url.h"

static EidKey eid_key_from_json(const json_t *object) {
        _bytes_ bytes = json_hex(object, "eid_key");
        EidKey key;

        ck_assert_uint_eq(bytes.n, EID_KEY_SIZE);
        eid_key_init(&key, bytes.data);
        return key;
}

/* The key as the session derives it: from the QR secret, or from link secret and nonce. */
static void assert_derived_key(const json_t *vector) {
        bool linked = strcmp(json_text(vector, "kind"), "linked") == 0;
        _bytes_ secret = json_hex(vector, linked ? "link_secret" : "qr_secret");
        _bytes_ salt = linked ? json_hex(vector, "client_nonce") : bytes_from_hex("");
        _bytes_ plaintext = json_hex(vector, "plaintext");
        uint8_t key[EID_KEY_SIZE], psk[NOISE_PSK_SIZE];

        derive(DERIVE_EID_KEY, secret.data, secret.n, salt.data, salt.n, key, sizeof(key));
        assert_json_hex(vector, "eid_key", key, sizeof(key));
        derive(DERIVE_PSK, secret.data, secret.n, plaintext.data, plaintext.n, psk, sizeof(psk));
        assert_json_hex(vector, "psk", psk, sizeof(psk));
}

/* Fields and URL, which only an advert of the QR flow has. */
static void assert_structure(const json_t *vector, const uint8_t *plaintext) {
        _bytes_ secret = json_hex(vector, "qr_secret");
        uint8_t tunnel_id[TUNNEL_ID_SIZE], encoded[EID_PLAINTEXT_SIZE];
        char url[TUNNEL_URL_SIZE_MAX];
        Eid eid;

        eid_decode(plaintext, &eid);
        assert_json_hex(vector, "nonce", eid.nonce, sizeof(eid.nonce));
        assert_json_hex(vector, "routing_id", eid.routing_id, sizeof(eid.routing_id));
        ck_assert_int_eq(eid.tunnel_server_id,
                         json_integer_value(json_object_get(vector, "domain")));

        eid_encode(&eid, encoded);
        ck_assert_mem_eq(encoded, plaintext, sizeof(encoded));

        derive(DERIVE_TUNNEL_ID, secret.data, secret.n, NULL, 0, tunnel_id, sizeof(tunnel_id));
        ck_assert_int_eq(tunnel_connect_url(eid.tunnel_server_id, eid.routing_id, tunnel_id, url),
                         0);
        ck_assert_str_eq(url, json_text(vector, "connect_url"));
}

START_TEST(test_valid) {
        _json_ *vectors = vectors_load("eid.json");
        json_t *vector;
        size_t i;

        json_array_foreach(json_object_get(vectors, "valid"), i, vector) {
                _bytes_ service_data = json_hex(vector, "service_data");
                EidKey key = eid_key_from_json(vector);
                uint8_t plaintext[EID_PLAINTEXT_SIZE], sealed[HYBRID_ADVERT_SIZE];

                assert_derived_key(vector);
                ck_assert_int_eq(eid_open(&key, service_data.data, service_data.n, plaintext), 0);
                assert_json_hex(vector, "plaintext", plaintext, sizeof(plaintext));

                ck_assert_int_eq(eid_seal(&key, plaintext, sealed), 0);
                assert_json_hex(vector, "service_data", sealed, sizeof(sealed));

                if (strcmp(json_text(vector, "kind"), "qr") == 0)
                        assert_structure(vector, plaintext);
        }
        ck_assert_uint_eq(i, 11);
}
END_TEST

/* Adverts with the right MAC and an unassigned domain are opened; the session refuses them. */
START_TEST(test_invalid) {
        _json_ *vectors = vectors_load("eid.json");
        EidKey key = eid_key_from_json(json_object_get(vectors, "invalid_for"));
        json_t *vector;
        size_t i, n_unassigned = 0;

        json_array_foreach(json_object_get(vectors, "invalid"), i, vector) {
                _bytes_ data = json_hex(vector, "service_data");
                uint8_t plaintext[EID_PLAINTEXT_SIZE];
                char host[HYBRID_TUNNEL_HOST_SIZE_MAX];
                Eid eid;
                int r;

                r = eid_open(&key, data.data, data.n, plaintext);
                if (!strstr(json_text(vector, "why"), "unassigned")) {
                        ck_assert_msg(r == HYBRID_E_NOT_OURS, "%s", json_text(vector, "why"));
                        continue;
                }
                ck_assert_int_eq(r, 0);
                eid_decode(plaintext, &eid);
                ck_assert_int_lt(tunnel_host(eid.tunnel_server_id, host), 0);
                n_unassigned++;
        }
        ck_assert_uint_eq(i, 13);
        ck_assert_uint_eq(n_unassigned, 2);
}
END_TEST

/* CTAP 2.3 appends to the 20 bytes; the current Chromium misses such adverts. */
START_TEST(test_suffix_is_left_alone) {
        _json_ *vectors = vectors_load("eid.json");
        json_t *vector = json_array_get(json_object_get(vectors, "valid"), 0);
        _bytes_ service_data = json_hex(vector, "service_data");
        EidKey key = eid_key_from_json(vector);
        uint8_t with_suffix[64] = {}, plaintext[EID_PLAINTEXT_SIZE];

        memcpy(with_suffix, service_data.data, HYBRID_ADVERT_SIZE);
        for (size_t n = HYBRID_ADVERT_SIZE; n <= sizeof(with_suffix); n++)
                ck_assert_int_eq(eid_open(&key, with_suffix, n, plaintext), 0);
        for (size_t n = 0; n < HYBRID_ADVERT_SIZE; n++)
                ck_assert_int_eq(eid_open(&key, with_suffix, n, plaintext), HYBRID_E_NOT_OURS);
}
END_TEST

START_TEST(test_every_flipped_bit_is_noticed) {
        _json_ *vectors = vectors_load("eid.json");
        json_t *vector = json_array_get(json_object_get(vectors, "valid"), 0);
        _bytes_ data = json_hex(vector, "service_data");
        EidKey key = eid_key_from_json(vector);
        uint8_t plaintext[EID_PLAINTEXT_SIZE];

        for (size_t bit = 0; bit < 8 * HYBRID_ADVERT_SIZE; bit++) {
                data.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
                ck_assert_int_eq(eid_open(&key, data.data, data.n, plaintext), HYBRID_E_NOT_OURS);
                data.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("eid", &tcase);

        tcase_add_test(tcase, test_valid);
        tcase_add_test(tcase, test_invalid);
        tcase_add_test(tcase, test_suffix_is_left_alone);
        tcase_add_test(tcase, test_every_flipped_bit_is_noticed);
        return unit_run(suite);
}
