/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "unit.h"
#include "wire/noise.h"

DEFINE_CLEANUP(P256Key *, p256_key_free);
#define _key_ _cleanup_(p256_key_freep) P256Key

/* Both ends in the middle of a handshake, from a vector. */
typedef struct Ends {
        P256Key *identity, *e_i, *e_r;
        Noise initiator, responder;
} Ends;

static P256Key *key_from_json(const json_t *vector, const char *name) {
        _bytes_ scalar = json_hex(vector, name);
        P256Key *key;

        ck_assert_int_eq(p256_key_new(&key, scalar.data), 0);
        return key;
}

static NoisePattern pattern_of(const json_t *vector) {
        const char *name = json_text(vector, "pattern");

        if (strcmp(name, "Noise_KNpsk0_P256_AESGCM_SHA256") == 0)
                return NOISE_KNPSK0;
        ck_assert_str_eq(name, "Noise_NKpsk0_P256_AESGCM_SHA256");
        return NOISE_NKPSK0;
}

static void ends_init(Ends *ends, const json_t *vector) {
        _bytes_ psk = json_hex(vector, "psk");

        ends->identity = key_from_json(vector, "static_private");
        ends->e_i = key_from_json(vector, "e_i_private");
        ends->e_r = key_from_json(vector, "e_r_private");
        noise_init(&ends->initiator, pattern_of(vector), p256_key_public(ends->identity), psk.data);
        noise_init(&ends->responder, pattern_of(vector), p256_key_public(ends->identity), psk.data);
}

static void ends_done(Ends *ends) {
        p256_key_free(ends->identity);
        p256_key_free(ends->e_i);
        p256_key_free(ends->e_r);
        noise_done(&ends->initiator);
        noise_done(&ends->responder);
}
#define _ends_ _cleanup_(ends_done) Ends

static const json_t *first_vector(const json_t *vectors) {
        return json_array_get(json_object_get(vectors, "valid"), 0); /* KNpsk0 */
}

/* The state after the last step of a trace. */
static void assert_trace_end(const json_t *trace, const Noise *noise) {
        const json_t *end = json_array_get(trace, json_array_size(trace) - 1);

        assert_json_hex(end, "h", noise->h, sizeof(noise->h));
        assert_json_hex(end, "ck", noise->ck, sizeof(noise->ck));
        assert_json_hex(end, "k", noise->k, sizeof(noise->k));
}

static void assert_keys(const json_t *vector, const NoiseKeys *keys) {
        assert_json_hex(vector, "initiator_write_key", keys->initiator_to_responder,
                        sizeof(keys->initiator_to_responder));
        assert_json_hex(vector, "initiator_read_key", keys->responder_to_initiator,
                        sizeof(keys->responder_to_initiator));
        assert_json_hex(vector, "handshake_hash", keys->handshake_hash,
                        sizeof(keys->handshake_hash));
}

static void assert_handshake(const json_t *vector) {
        uint8_t message1[NOISE_MESSAGE_SIZE], message2[NOISE_MESSAGE_SIZE];
        uint8_t e_i[P256_UNCOMPRESSED_SIZE];
        bool phone_is_known = pattern_of(vector) == NOISE_NKPSK0;
        NoiseKeys initiator_keys, responder_keys;
        const uint8_t *public;
        _ends_ ends;

        ends_init(&ends, vector);
        public = p256_key_public(ends.identity);

        ck_assert_int_eq(noise_create_message1(&ends.initiator, ends.e_i,
                                               phone_is_known ? public : NULL, message1),
                         0);
        assert_json_hex(vector, "message1", message1, sizeof(message1));
        assert_trace_end(json_object_get(vector, "trace_message1"), &ends.initiator);

        ck_assert_int_eq(noise_consume_message1(&ends.responder,
                                                phone_is_known ? ends.identity : NULL, message1,
                                                sizeof(message1), e_i),
                         0);
        assert_json_hex(vector, "e_i", e_i, sizeof(e_i));
        ck_assert_mem_eq(&ends.initiator, &ends.responder, sizeof(Noise));

        ck_assert_int_eq(noise_create_message2(&ends.responder, ends.e_r, e_i,
                                               phone_is_known ? NULL : public, message2,
                                               &responder_keys),
                         0);
        assert_json_hex(vector, "message2", message2, sizeof(message2));

        ck_assert_int_eq(noise_consume_message2(&ends.initiator, ends.e_i,
                                                phone_is_known ? NULL : ends.identity, message2,
                                                sizeof(message2), &initiator_keys),
                         0);
        assert_trace_end(json_object_get(vector, "trace_message2"), &ends.initiator);
        assert_keys(vector, &initiator_keys);
        assert_keys(vector, &responder_keys);
}

START_TEST(test_handshakes) {
        _json_ *vectors = vectors_load("noise.json");
        size_t i, n_of[2] = {};
        json_t *vector;

        json_array_foreach(json_object_get(vectors, "valid"), i, vector) {
                assert_handshake(vector);
                n_of[pattern_of(vector)]++;
        }
        ck_assert_uint_ge(n_of[NOISE_KNPSK0], 2);
        ck_assert_uint_ge(n_of[NOISE_NKPSK0], 1);
}
END_TEST

static const json_t *vector_of(const json_t *vectors, NoisePattern pattern) {
        json_t *vector;
        size_t i;

        json_array_foreach(json_object_get(vectors, "valid"), i,
                           vector) if (pattern_of(vector) == pattern) return vector;
        ck_abort_msg("no vector of this pattern");
}

/* A static key that has no part, or that is missing, is our own mistake. */
START_TEST(test_static_keys_where_they_belong) {
        uint8_t message[NOISE_MESSAGE_SIZE] = {}, e_i[P256_UNCOMPRESSED_SIZE];
        _json_ *vectors = vectors_load("noise.json");
        NoiseKeys keys;

        for (int pattern = NOISE_KNPSK0; pattern <= NOISE_NKPSK0; pattern++) {
                const json_t *vector = vector_of(vectors, (NoisePattern)pattern);
                bool phone_is_known = pattern == NOISE_NKPSK0;
                const uint8_t *public;
                Noise before;
                _ends_ ends;

                ends_init(&ends, vector);
                public = p256_key_public(ends.identity);
                before = ends.initiator;
                ck_assert_int_eq(noise_create_message1(&ends.initiator, ends.e_i,
                                                       phone_is_known ? NULL : public, message),
                                 -EINVAL);
                ck_assert_int_eq(noise_consume_message1(&ends.initiator,
                                                        phone_is_known ? NULL : ends.identity,
                                                        message, sizeof(message), e_i),
                                 -EINVAL);
                ck_assert_int_eq(
                        noise_create_message2(&ends.initiator, ends.e_r, p256_key_public(ends.e_i),
                                              phone_is_known ? public : NULL, message, &keys),
                        -EINVAL);
                ck_assert_int_eq(noise_consume_message2(&ends.initiator, ends.e_i,
                                                        phone_is_known ? ends.identity : NULL,
                                                        message, sizeof(message), &keys),
                                 -EINVAL);
                ck_assert_mem_eq(&ends.initiator, &before, sizeof(before));
        }
}
END_TEST

/* What somebody else knows of a linked phone is not enough: its public key, or only the secret. */
START_TEST(test_other_phone_than_the_linked_one) {
        _json_ *vectors = vectors_load("noise.json");
        const json_t *vector = vector_of(vectors, NOISE_NKPSK0);
        _bytes_ good = json_hex(vector, "message1");
        uint8_t e_i[P256_UNCOMPRESSED_SIZE];
        _ends_ ends;
        Noise before;

        ends_init(&ends, vector);
        before = ends.responder;
        ck_assert_int_eq(noise_consume_message1(&ends.responder, ends.e_r, good.data, good.n, e_i),
                         -EBADMSG);
        ck_assert_mem_eq(&ends.responder, &before, sizeof(before));
        for (size_t i = 0; i < good.n; i++) {
                good.data[i] ^= 1;
                ck_assert_int_eq(noise_consume_message1(&ends.responder, ends.identity, good.data,
                                                        good.n, e_i),
                                 -EBADMSG);
                good.data[i] ^= 1;
        }
        ck_assert_int_eq(
                noise_consume_message1(&ends.responder, ends.identity, good.data, good.n, e_i), 0);
}
END_TEST

START_TEST(test_wrong_message1) {
        _json_ *vectors = vectors_load("noise.json");
        const json_t *cases =
                json_object_get(json_object_get(vectors, "invalid_message1"), "cases");
        uint8_t e_i[P256_UNCOMPRESSED_SIZE];
        _ends_ ends;
        Noise before;
        json_t *bad;
        size_t i;

        ends_init(&ends, first_vector(vectors));
        before = ends.responder;

        json_array_foreach(cases, i, bad) {
                _bytes_ message = json_hex(bad, "message1");

                ck_assert_msg(noise_consume_message1(&ends.responder, NULL, message.data, message.n,
                                                     e_i) == -EBADMSG,
                              "%s", json_text(bad, "why"));
                ck_assert_mem_eq(&ends.responder, &before, sizeof(before));
        }
        ck_assert_uint_eq(i, 10);
}
END_TEST

static void assert_message2_refused(Ends *ends, const uint8_t *message, size_t n, const char *why) {
        Noise before = ends->initiator;
        NoiseKeys keys = {};

        ck_assert_msg(noise_consume_message2(&ends->initiator, ends->e_i, ends->identity, message,
                                             n, &keys) == -EBADMSG,
                      "%s", why);
        ck_assert_mem_eq(&ends->initiator, &before, sizeof(before));
        ck_assert_mem_eq(&keys, &(NoiseKeys){}, sizeof(keys));
}

START_TEST(test_wrong_message2) {
        _json_ *vectors = vectors_load("noise.json");
        const json_t *cases =
                json_object_get(json_object_get(vectors, "invalid_message2"), "cases");
        uint8_t message1[NOISE_MESSAGE_SIZE];
        _ends_ ends;
        json_t *bad;
        size_t i;

        ends_init(&ends, first_vector(vectors));
        ck_assert_int_eq(noise_create_message1(&ends.initiator, ends.e_i, NULL, message1), 0);

        json_array_foreach(cases, i, bad) {
                _bytes_ message = json_hex(bad, "message2");

                assert_message2_refused(&ends, message.data, message.n, json_text(bad, "why"));
        }
        ck_assert_uint_eq(i, 4);
}
END_TEST

/* Points that are none, in a message that is right otherwise. */
START_TEST(test_bad_points_in_message2) {
        static const uint8_t tags[] = { 0x00, 0x02, 0x03, 0x05, 0x06, 0x07 };
        _json_ *vectors = vectors_load("noise.json");
        uint8_t message1[NOISE_MESSAGE_SIZE];
        _bytes_ good = json_hex(first_vector(vectors), "message2");
        _ends_ ends;

        ends_init(&ends, first_vector(vectors));
        ck_assert_int_eq(noise_create_message1(&ends.initiator, ends.e_i, NULL, message1), 0);

        for (size_t i = 0; i < ELEMENTSOF(tags); i++) {
                uint8_t message[NOISE_MESSAGE_SIZE];

                memcpy(message, good.data, sizeof(message));
                message[0] = tags[i];
                assert_message2_refused(&ends, message, sizeof(message), "tag of the point");
        }
        for (size_t i = 1; i < P256_UNCOMPRESSED_SIZE; i++) {
                uint8_t message[NOISE_MESSAGE_SIZE];

                memcpy(message, good.data, sizeof(message));
                message[i] ^= 1;
                assert_message2_refused(&ends, message, sizeof(message), "off the curve");
        }
        memset(good.data + 1, 0, P256_UNCOMPRESSED_SIZE - 1);
        assert_message2_refused(&ends, good.data, good.n, "(0, 0)");
        memset(good.data + 1, 0xff, P256_UNCOMPRESSED_SIZE - 1);
        assert_message2_refused(&ends, good.data, good.n, "coordinates not below p");
}
END_TEST

START_TEST(test_wrong_secrets) {
        _json_ *vectors = vectors_load("noise.json");
        const json_t *wrong = json_object_get(vectors, "wrong_secrets");
        const json_t *vector = first_vector(vectors);
        _bytes_ message = json_hex(vector, "message1");
        _bytes_ psk = json_hex(vector, "psk"), wrong_psk = json_hex(wrong, "psk");
        _bytes_ identity = json_hex(vector, "static_public");
        _bytes_ wrong_identity = json_hex(wrong, "static_public");
        uint8_t e_i[P256_UNCOMPRESSED_SIZE];
        Noise noise;

        noise_init(&noise, NOISE_KNPSK0, identity.data, wrong_psk.data);
        ck_assert_int_eq(noise_consume_message1(&noise, NULL, message.data, message.n, e_i),
                         -EBADMSG);
        noise_init(&noise, NOISE_KNPSK0, wrong_identity.data, psk.data);
        ck_assert_int_eq(noise_consume_message1(&noise, NULL, message.data, message.n, e_i),
                         -EBADMSG);
        noise_init(&noise, NOISE_KNPSK0, identity.data, psk.data);
        ck_assert_int_eq(noise_consume_message1(&noise, NULL, message.data, message.n, e_i), 0);
}
END_TEST

START_TEST(test_key_agreement) {
        _json_ *vectors = vectors_load("noise.json");
        const json_t *vector = first_vector(vectors);
        const json_t *dh = json_object_get(vector, "dh");
        uint8_t shared[P256_SHARED_SIZE], zero[P256_SCALAR_SIZE] = {}, order[P256_SCALAR_SIZE];
        uint8_t compressed[P256_COMPRESSED_SIZE], point[P256_UNCOMPRESSED_SIZE];
        P256Key *none = NULL;
        _bytes_ n =
                bytes_from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
        _ends_ ends;

        ends_init(&ends, vector);
        assert_json_hex(vector, "static_public", p256_key_public(ends.identity),
                        P256_UNCOMPRESSED_SIZE);
        ck_assert_int_eq(p256_key_agree(ends.e_i, p256_key_public(ends.e_r), shared), 0);
        assert_json_hex(dh, "ee", shared, sizeof(shared));
        ck_assert_int_eq(p256_key_agree(ends.e_r, p256_key_public(ends.identity), shared), 0);
        assert_json_hex(dh, "se", shared, sizeof(shared));

        p256_compress(p256_key_public(ends.identity), compressed);
        ck_assert_int_eq(p256_decompress(compressed, point), 0);
        ck_assert_mem_eq(point, p256_key_public(ends.identity), sizeof(point));
        compressed[0] = 0x04;
        ck_assert_int_eq(p256_decompress(compressed, point), -EBADMSG);

        memcpy(order, n.data, sizeof(order));
        ck_assert_int_eq(p256_key_new(&none, zero), -EINVAL);
        ck_assert_int_eq(p256_key_new(&none, order), -EINVAL);
        ck_assert_ptr_null(none);
}
END_TEST

/* Scalars that are out of range are drawn again; a broken source is an error, not a loop. */
START_TEST(test_key_generation) {
        uint8_t bytes[64 + 16 * P256_SCALAR_SIZE], scalar[P256_SCALAR_SIZE];
        ScriptedRandom random = { bytes, 2 * P256_SCALAR_SIZE };
        HybridEnv env = scripted_random_env(&random);
        _key_ *key = NULL;
        P256Key *none = NULL;

        memset(bytes, 0xff, P256_SCALAR_SIZE);
        memset(bytes + P256_SCALAR_SIZE, 0x11, P256_SCALAR_SIZE);
        ck_assert_int_eq(p256_key_generate(&key, &env), 0);
        p256_key_scalar(key, scalar);
        ck_assert_mem_eq(scalar, bytes + P256_SCALAR_SIZE, sizeof(scalar));

        ck_assert_int_eq(p256_key_generate(&none, &env), -EIO);
        memset(bytes, 0xff, sizeof(bytes));
        random = (ScriptedRandom){ bytes, sizeof(bytes) };
        ck_assert_int_eq(p256_key_generate(&none, &env), -EIO);
        ck_assert_ptr_null(none);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("noise", &tcase);

        tcase_add_test(tcase, test_handshakes);
        tcase_add_test(tcase, test_static_keys_where_they_belong);
        tcase_add_test(tcase, test_other_phone_than_the_linked_one);
        tcase_add_test(tcase, test_wrong_message1);
        tcase_add_test(tcase, test_wrong_message2);
        tcase_add_test(tcase, test_bad_points_in_message2);
        tcase_add_test(tcase, test_wrong_secrets);
        tcase_add_test(tcase, test_key_agreement);
        tcase_add_test(tcase, test_key_generation);
        return unit_run(suite);
}
