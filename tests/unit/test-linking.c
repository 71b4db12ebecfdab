/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "unit.h"
#include "wire/contact.h"
#include "wire/linking.h"
#include "wire/message.h"
#include "wire/record.h"
#include "wire/tunnel-url.h"

DEFINE_CLEANUP(P256Key *, p256_key_free);
#define _key_ _cleanup_(p256_key_freep) P256Key

#define DEPTH_MAX 4

static P256Key *key_from_json(const json_t *vectors, const char *name) {
        _bytes_ scalar = json_hex(vectors, name);
        P256Key *key;

        ck_assert_int_eq(p256_key_new(&key, scalar.data), 0);
        return key;
}

static CborItem parse(Bytes bytes) {
        CborItem map;

        ck_assert_int_eq(cbor_item_parse(bytes.data, bytes.n, DEPTH_MAX, 0, &map), 0);
        return map;
}

/* Both steps, as a session takes them. */
static int read_linking(const json_t *vectors, Bytes bytes, const char *hash_key, Linking *ret) {
        _key_ *identity = key_from_json(vectors, "client_identity_private");
        _bytes_ hash = json_hex(vectors, hash_key);
        int r;

        r = linking_decode(parse(bytes), ret);
        return r < 0 ? r : linking_verify(ret, identity, hash.data);
}

START_TEST(test_valid) {
        _json_ *vectors = vectors_load("linking.json");
        json_t *vector;
        size_t i;

        json_array_foreach(json_object_get(vectors, "valid"), i, vector) {
                _bytes_ bytes = json_hex(vector, "linking");
                Linking linking;

                ck_assert_int_eq(read_linking(vectors, bytes, "handshake_hash", &linking), 0);
                assert_json_hex(vector, "contact_id", linking.link.contact_id,
                                linking.link.n_contact_id);
                assert_json_hex(vector, "link_id", linking.link.link_id, HYBRID_LINK_ID_SIZE);
                assert_json_hex(vector, "link_secret", linking.link.secret,
                                HYBRID_LINK_SECRET_SIZE);
                assert_json_hex(vectors, "phone_identity_public", linking.link.public_key,
                                HYBRID_LINK_PUBLIC_KEY_SIZE);
                ck_assert_str_eq(linking.link.name, json_text(vector, "name"));
                assert_json_hex(vector, "mac", linking.mac, sizeof(linking.mac));
        }
        ck_assert_uint_eq(i, 2);
}
END_TEST

START_TEST(test_invalid) {
        _json_ *vectors = vectors_load("linking.json");
        json_t *vector;
        size_t i;

        json_array_foreach(json_object_get(vectors, "invalid"), i, vector) {
                _bytes_ bytes = json_hex(vector, "linking");
                Linking linking;

                ck_assert_msg(read_linking(vectors, bytes, "handshake_hash", &linking) == -EBADMSG,
                              "%s", json_text(vector, "why"));
        }
        ck_assert_uint_eq(i, 15);
}
END_TEST

/* What was said in one session counts in no other. */
START_TEST(test_wrong_session) {
        _json_ *vectors = vectors_load("linking.json");
        const json_t *wrong = json_object_get(vectors, "wrong_session");
        _key_ *identity = key_from_json(vectors, "client_identity_private");
        _key_ *other = key_from_json(vectors, "phone_identity_private");
        _bytes_ bytes = json_hex(wrong, "linking"), hash = json_hex(wrong, "handshake_hash"),
                right_hash = json_hex(vectors, "handshake_hash");
        Linking linking;

        ck_assert_int_eq(linking_decode(parse(bytes), &linking), 0);
        ck_assert_int_eq(linking_verify(&linking, identity, hash.data), -EBADMSG);
        ck_assert_int_eq(linking_verify(&linking, other, right_hash.data), -EBADMSG);
        ck_assert_int_eq(linking_verify(&linking, identity, right_hash.data), 0);
}
END_TEST

START_TEST(test_every_bit_of_the_mac) {
        _json_ *vectors = vectors_load("linking.json");
        const json_t *vector = json_array_get(json_object_get(vectors, "valid"), 0);
        _key_ *identity = key_from_json(vectors, "client_identity_private");
        _bytes_ bytes = json_hex(vector, "linking"), hash = json_hex(vectors, "handshake_hash");
        Linking linking;

        ck_assert_int_eq(linking_decode(parse(bytes), &linking), 0);
        for (size_t bit = 0; bit < 8 * sizeof(linking.mac); bit++) {
                linking.mac[bit / 8] ^= (uint8_t)(1 << bit % 8);
                ck_assert_int_eq(linking_verify(&linking, identity, hash.data), -EBADMSG);
                linking.mac[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        ck_assert_int_eq(linking_verify(&linking, identity, hash.data), 0);
}
END_TEST

/* The phone makes the same MAC with the other halves of the key pairs. */
START_TEST(test_phone_writes_it) {
        _json_ *vectors = vectors_load("linking.json");
        const json_t *vector = json_array_get(json_object_get(vectors, "valid"), 0);
        _key_ *phone = key_from_json(vectors, "phone_identity_private");
        _bytes_ bytes = json_hex(vector, "linking"), hash = json_hex(vectors, "handshake_hash"),
                desktop = json_hex(vectors, "client_identity_public");
        uint8_t data[LINKING_SIZE_MAX], not_a_point[P256_UNCOMPRESSED_SIZE] = { 4 };
        ByteWriter w = BYTE_WRITER(data);
        Linking linking;

        ck_assert_int_eq(linking_decode(parse(bytes), &linking), 0);
        memset(linking.mac, 0, sizeof(linking.mac));
        ck_assert_int_eq(linking_mac(phone, not_a_point, hash.data, linking.mac), -EBADMSG);
        ck_assert_int_eq(linking_mac(phone, desktop.data, hash.data, linking.mac), 0);
        linking_encode(&w, &linking);
        assert_bytes_eq(data, w.n, bytes.data, bytes.n);
}
END_TEST

/* A map like the first vector's, with a contact id and a name of these sizes. */
static int decode_sizes(size_t n_contact_id, size_t n_name) {
        uint8_t data[HYBRID_CONTACT_ID_SIZE_MAX + 1024];
        ByteWriter w = BYTE_WRITER(data);
        Linking linking = { .link = { .n_contact_id = n_contact_id } };
        char name[512] = {};
        CborItem map;

        /* linking_encode() writes what HybridLink can hold; the rest is by hand. */
        memset(name, 'x', n_name);
        byte_writer_append_u8(&w, 0xa6);
        byte_writer_append(&w, "\x01\x59", 2);
        byte_writer_append_u8(&w, (uint8_t)(n_contact_id >> 8));
        byte_writer_append_u8(&w, (uint8_t)n_contact_id);
        byte_writer_append_fill(&w, 7, n_contact_id);
        byte_writer_append(&w, "\x02\x48", 2);
        byte_writer_append_fill(&w, 7, 8);
        byte_writer_append(&w, "\x03\x58\x20", 3);
        byte_writer_append_fill(&w, 7, 32);
        byte_writer_append(&w, "\x04\x58\x41", 3);
        byte_writer_append_fill(&w, 7, 65);
        byte_writer_append(&w, "\x05\x79", 2);
        byte_writer_append_u8(&w, (uint8_t)(n_name >> 8));
        byte_writer_append_u8(&w, (uint8_t)n_name);
        byte_writer_append(&w, name, n_name);
        byte_writer_append(&w, "\x06\x58\x20", 3);
        byte_writer_append_fill(&w, 7, 32);
        ck_assert(byte_writer_fits(&w));

        ck_assert_int_eq(cbor_item_parse(data, w.n, DEPTH_MAX, 0, &map), 0);
        return linking_decode(map, &linking);
}

START_TEST(test_sizes_are_bounded) {
        ck_assert_int_eq(decode_sizes(256, 256), 0);
        ck_assert_int_eq(decode_sizes(HYBRID_CONTACT_ID_SIZE_MAX, 256), 0);
        ck_assert_int_eq(decode_sizes(HYBRID_CONTACT_ID_SIZE_MAX + 1, 256), -EBADMSG);
}
END_TEST

START_TEST(test_empty_contact_id) {
        uint8_t data[LINKING_SIZE_MAX];
        ByteWriter w = BYTE_WRITER(data);
        Linking linking = { .link = { .n_contact_id = 0 } };

        linking_encode(&w, &linking);
        ck_assert_int_eq(linking_decode(parse((Bytes){ data, w.n }), &linking), -EBADMSG);
}
END_TEST

START_TEST(test_no_map) {
        static const uint8_t array[] = { 0x80 };
        CborItem item;
        Linking linking;

        ck_assert_int_eq(cbor_item_parse(array, sizeof(array), DEPTH_MAX, 0, &item), 0);
        ck_assert_int_eq(linking_decode(item, &linking), -EBADMSG);
}
END_TEST

START_TEST(test_names_are_cleaned) {
        static const struct {
                const char *name, *clean;
        } names[] = {
                { "Pixel 9", "Pixel 9" },
                { "", "" },
                { "  Pixel  9 ", "Pixel  9" },
                { "Pixel\n9\r\t\x1b[31m", "Pixel9[31m" },
                { "\x7f", "" },
                { "Müllers Händi", "Müllers Händi" },
                { "a\xc2\x85"
                  "b\xe2\x80\xa8"
                  "c\xe2\x80\xa9"
                  "d",
                  "abcd" }, /* NEL, LS, PS */
                { "\xe2\x80\xae"
                  "enohp\xe2\x81\xa6",
                  "enohp" }, /* RLO, LRI */
                { "\xef\xbb\xbf"
                  "a\xc2\xad"
                  "b\xf3\xa0\x81\x81",
                  "ab" },                                       /* BOM, SHY, a tag */
                { "\xf0\x9f\x93\xb1 9", "\xf0\x9f\x93\xb1 9" }, /* a telephone */
                { "\xed\x95\x9c\xea\xb5\xad", "\xed\x95\x9c\xea\xb5\xad" },
                { " \n ", "" },
        };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                char clean[HYBRID_LINK_NAME_SIZE], again[HYBRID_LINK_NAME_SIZE];

                linking_clean_name(names[i].name, strlen(names[i].name), clean);
                ck_assert_str_eq(clean, names[i].clean);
                linking_clean_name(clean, strlen(clean), again);
                ck_assert_str_eq(again, clean);
        }
}
END_TEST

START_TEST(test_long_names_are_cut_between_characters) {
        char clean[HYBRID_LINK_NAME_SIZE], name[200];

        memset(name, 'x', sizeof(name));
        linking_clean_name(name, sizeof(name), clean);
        ck_assert_uint_eq(strlen(clean), HYBRID_LINK_NAME_SIZE - 1);

        memcpy(name + HYBRID_LINK_NAME_SIZE - 2, "\xc3\xa4", 2); /* would end at the last byte */
        linking_clean_name(name, sizeof(name), clean);
        ck_assert_uint_eq(strlen(clean), HYBRID_LINK_NAME_SIZE - 2);

        linking_clean_name("a\0b", 3, clean);
        ck_assert_str_eq(clean, "ab");
}
END_TEST

/* ---- in messages ---------------------------------------------------------------------------- */

START_TEST(test_updates) {
        _json_ *vectors = vectors_load("linking.json");
        const json_t *vector = json_array_get(json_object_get(vectors, "valid"), 0);
        _bytes_ linking = json_hex(vector, "linking"),
                with = json_hex(vectors, "update_with_linking"),
                without = json_hex(vectors, "update_without_linking");
        uint8_t data[UPDATE_PADDED_SIZE];
        ByteWriter w = BYTE_WRITER(data), w_without = BYTE_WRITER(data);
        Update update;

        ck_assert_int_eq(update_decode(with.data, with.n, &update), 0);
        ck_assert(update.has_linking);
        assert_bytes_eq(update.linking.data, update.linking.n, linking.data, linking.n);
        update_encode(&w, linking.data, linking.n);
        ck_assert_uint_eq(data[0], MESSAGE_UPDATE);
        assert_bytes_eq(data + 1, w.n - 1, with.data, with.n);

        ck_assert_int_eq(update_decode(without.data, without.n, &update), 0);
        ck_assert(!update.has_linking);
        update_encode(&w_without, NULL, 0);
        assert_bytes_eq(data + 1, w_without.n - 1, without.data, without.n);
}
END_TEST

/* Whatever the linking information takes, the record is as large as without it. */
START_TEST(test_updates_are_of_one_size) {
        static uint8_t map[2 * UPDATE_PADDED_SIZE];

        for (size_t n = 0; n < UPDATE_PADDED_SIZE - 5; n++) {
                uint8_t data[2 * UPDATE_PADDED_SIZE];
                ByteWriter w = BYTE_WRITER(data);

                update_encode(&w, map, n);
                ck_assert_msg(record_size(w.n) == UPDATE_PADDED_SIZE + AES_GCM_TAG_SIZE, "%zu", n);
        }
}
END_TEST

START_TEST(test_odd_updates) {
        static const struct {
                const char *hex;
                int r;
        } updates[] = {
                { "", -EBADMSG },
                { "80", -EBADMSG },
                { "a0", 0 },
                { "a0ff", -EBADMSG },
                { "a10140", -EBADMSG },
                { "a101a0", 0 },
                { "a101a10201", 0 },
                { "a20140187800", -EBADMSG },
                { "a2010001a0", -EBADMSG }, /* twice */
                { "a118781903e7", 0 },
                { "bf01a0ff", -EBADMSG },
        };

        for (size_t i = 0; i < ELEMENTSOF(updates); i++) {
                _bytes_ bytes = bytes_from_hex(updates[i].hex);
                Update update;

                ck_assert_msg(update_decode(bytes.data, bytes.n, &update) == updates[i].r, "%s",
                              updates[i].hex);
        }
}
END_TEST

START_TEST(test_first_message_of_older_phones) {
        _json_ *vectors = vectors_load("linking.json");
        const json_t *vector = json_array_get(json_object_get(vectors, "valid"), 0);
        _bytes_ linking = json_hex(vector, "linking");
        uint8_t data[1024];
        ByteWriter w = BYTE_WRITER(data);
        PostHandshake message;

        post_handshake_encode_linking(&w, (const uint8_t *)"\xa0", 1, linking.data, linking.n,
                                      true);
        ck_assert_int_eq(post_handshake_decode(data, w.n, &message), 0);
        ck_assert(message.has_linking && message.has_ctap);
        assert_bytes_eq(message.linking.data, message.linking.n, linking.data, linking.n);
}
END_TEST

/* ---- the contact request -------------------------------------------------------------------- */

START_TEST(test_contact_payload) {
        _json_ *vectors = vectors_load("linking.json");
        const json_t *contact = json_object_get(vectors, "contact");
        _bytes_ link_id = json_hex(contact, "link_id"), nonce = json_hex(contact, "client_nonce"),
                payload_bytes = json_hex(contact, "payload");
        const char *header =
                json_text(json_object_get(contact, "headers"), "X-caBLE-Client-Payload");
        ContactPayload payload = { .operation = HYBRID_GET }, read;
        char text[HYBRID_CLIENT_PAYLOAD_SIZE];

        memcpy(payload.link_id, link_id.data, sizeof(payload.link_id));
        memcpy(payload.nonce, nonce.data, sizeof(payload.nonce));
        contact_payload_encode(&payload, text);
        ck_assert_str_eq(text, header);
        ck_assert_uint_eq(payload_bytes.n, CONTACT_PAYLOAD_SIZE);

        ck_assert_int_eq(contact_payload_decode(json_text(contact, "payload"), &read), 0);
        assert_bytes_eq(read.link_id, sizeof(read.link_id), link_id.data, link_id.n);
        assert_bytes_eq(read.nonce, sizeof(read.nonce), nonce.data, nonce.n);
        ck_assert_int_eq(read.operation, HYBRID_GET);

        payload.operation = HYBRID_CREATE;
        contact_payload_encode(&payload, text);
        ck_assert_int_eq(contact_payload_decode(text, &read), 0);
        ck_assert_int_eq(read.operation, HYBRID_CREATE);
}
END_TEST

/* A payload with fields of these sizes, and then an entry or more. */
static int decode_payload(unsigned n_entries, uint8_t n_link_id, uint8_t n_nonce, const char *tail,
                          ContactPayload *ret) {
        _bytes_ tail_bytes = bytes_from_hex(tail);
        uint8_t data[64];
        ByteWriter w = BYTE_WRITER(data);
        char text[2 * sizeof(data) + 1];

        byte_writer_append_u8(&w, (uint8_t)(0xa0 + n_entries));
        byte_writer_append_u8(&w, 1);
        byte_writer_append_u8(&w, 0x40 + n_link_id);
        byte_writer_append_fill(&w, 1, n_link_id);
        byte_writer_append_u8(&w, 2);
        byte_writer_append_u8(&w, 0x40 + n_nonce);
        byte_writer_append_fill(&w, 2, n_nonce);
        byte_writer_append(&w, tail_bytes.data, tail_bytes.n);
        hex_encode_upper(data, w.n, text);
        return contact_payload_decode(text, ret);
}

START_TEST(test_odd_contact_payloads) {
        static const char *const wrong[] = { "", "A0", "A", "zz", "80" };
        char huge[2 * CONTACT_PAYLOAD_SIZE_MAX + 3] = {};
        ContactPayload payload;

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                ck_assert_int_eq(contact_payload_decode(wrong[i], &payload), -EBADMSG);
        memset(huge, '0', sizeof(huge) - 1);
        ck_assert_int_eq(contact_payload_decode(huge, &payload), -EBADMSG);

        ck_assert_int_eq(decode_payload(2, 7, 16, "", &payload), -EBADMSG);
        ck_assert_int_eq(decode_payload(2, 9, 16, "", &payload), -EBADMSG);
        ck_assert_int_eq(decode_payload(2, 8, 15, "", &payload), -EBADMSG);
        ck_assert_int_eq(decode_payload(2, 8, 17, "", &payload), -EBADMSG);
        ck_assert_int_eq(decode_payload(2, 8, 16, "00", &payload), -EBADMSG);

        /* No hint, one of another type, an unknown one, an unknown key. */
        ck_assert_int_eq(decode_payload(2, 8, 16, "", &payload), 0);
        ck_assert_int_eq(decode_payload(3, 8, 16, "0301", &payload), 0);
        ck_assert_int_eq(decode_payload(3, 8, 16, "03626463", &payload), 0);
        ck_assert_int_eq(decode_payload(3, 8, 16, "1903e7f5", &payload), 0);
        ck_assert_int_eq(payload.operation, HYBRID_GET);
        ck_assert_int_eq(decode_payload(3, 8, 16, "03626d63", &payload), 0);
        ck_assert_int_eq(payload.operation, HYBRID_CREATE);
}
END_TEST

START_TEST(test_contact_urls) {
        _json_ *vectors = vectors_load("linking.json");
        const json_t *contact = json_object_get(vectors, "contact"), *vector;
        _bytes_ whole =
                json_hex(json_array_get(json_object_get(vectors, "valid"), 0), "contact_id");
        static const uint8_t largest[HYBRID_CONTACT_ID_SIZE_MAX];
        char url[TUNNEL_CONTACT_URL_SIZE_MAX];
        size_t i;

        ck_assert_int_eq(tunnel_contact_url(0, whole.data, whole.n, url), 0);
        ck_assert_str_eq(url, json_text(contact, "url"));
        json_array_foreach(json_object_get(contact, "url_cases"), i, vector) {
                _bytes_ id = json_hex(vector, "contact_id");

                ck_assert_int_eq(tunnel_contact_url(0, id.data, id.n, url), 0);
                ck_assert_str_eq(url, json_text(vector, "url"));
        }
        ck_assert_uint_eq(i, 6);

        ck_assert_int_eq(tunnel_contact_url(2, whole.data, whole.n, url), -ENOENT);
        ck_assert_int_eq(tunnel_contact_url(65535, largest, sizeof(largest), url), 0);
        ck_assert_uint_lt(strlen(url), sizeof(url));
}
END_TEST

/* ---- the record ----------------------------------------------------------------------------- */

static HybridLink some_link(void) {
        _json_ *vectors = vectors_load("linking.json");
        _bytes_ bytes = json_hex(json_array_get(json_object_get(vectors, "valid"), 0), "linking");
        Linking linking;

        ck_assert_int_eq(linking_decode(parse(bytes), &linking), 0);
        linking.link.tunnel_server_id = 266;
        return linking.link;
}

START_TEST(test_record) {
        HybridLink link = some_link(), read;
        uint8_t record[HYBRID_LINK_RECORD_SIZE_MAX];
        char host[HYBRID_TUNNEL_HOST_SIZE_MAX];
        size_t n;

        ck_assert_int_eq(hybrid_link_encode(&link, record, &n), 0);
        ck_assert_int_eq(hybrid_link_decode(record, n, &read), 0);
        ck_assert_int_eq(memcmp(&link, &read, sizeof(link)), 0);
        ck_assert_int_eq(hybrid_link_host(&read, host), 0);
        ck_assert_str_eq(host, "cable.wufkweyy3uaxb.com");

        hybrid_link_done(&read);
        for (size_t i = 0; i < sizeof(read); i++)
                ck_assert_uint_eq(((const uint8_t *)&read)[i], 0);
}
END_TEST

START_TEST(test_largest_record) {
        HybridLink link = some_link();
        uint8_t record[HYBRID_LINK_RECORD_SIZE_MAX];
        size_t n;

        link.tunnel_server_id = UINT16_MAX;
        link.n_contact_id = HYBRID_CONTACT_ID_SIZE_MAX;
        memset(link.name, 'x', sizeof(link.name) - 1);
        ck_assert_int_eq(hybrid_link_encode(&link, record, &n), 0);
        ck_assert_int_eq(hybrid_link_decode(record, n, &link), 0);
}
END_TEST

START_TEST(test_what_is_no_link) {
        HybridLink good = some_link(), link;
        uint8_t record[HYBRID_LINK_RECORD_SIZE_MAX];
        char host[HYBRID_TUNNEL_HOST_SIZE_MAX];
        size_t n;

#define ASSERT_REFUSED(change)                                                                     \
        do {                                                                                       \
                link = good;                                                                       \
                change;                                                                            \
                ck_assert_msg(hybrid_link_encode(&link, record, &n) == -EINVAL, #change);          \
        } while (0)

        ASSERT_REFUSED(link.n_contact_id = 0);
        ASSERT_REFUSED(link.n_contact_id = HYBRID_CONTACT_ID_SIZE_MAX + 1);
        ASSERT_REFUSED(link.tunnel_server_id = 2);
        ASSERT_REFUSED(link.public_key[64] ^= 1);
        ASSERT_REFUSED(link.public_key[0] = 2);
        ASSERT_REFUSED(strcpy(link.name, "two\nlines"));
        ASSERT_REFUSED(strcpy(link.name, "\xff"));
        ASSERT_REFUSED(memset(link.name, 'x', sizeof(link.name)));
        ck_assert_int_eq(hybrid_link_encode(&good, record, &n), 0);

        link = good;
        link.tunnel_server_id = 255;
        ck_assert_int_eq(hybrid_link_host(&link, host), -EINVAL);
}
END_TEST

/* A damaged file is found out, or still is a link; it is never read beyond its end. */
START_TEST(test_damaged_records) {
        HybridLink link = some_link(), read = {};
        uint8_t record[HYBRID_LINK_RECORD_SIZE_MAX];
        size_t n;

        ck_assert_int_eq(hybrid_link_encode(&link, record, &n), 0);
        for (size_t i = 0; i < n; i++)
                ck_assert_int_eq(hybrid_link_decode(record, i, &read), -EBADMSG);
        ck_assert_uint_eq(read.n_contact_id, 0);

        for (size_t bit = 0; bit < 8 * n; bit++) {
                uint8_t again[HYBRID_LINK_RECORD_SIZE_MAX];
                int r;

                record[bit / 8] ^= (uint8_t)(1 << bit % 8);
                r = hybrid_link_decode(record, n, &read);
                ck_assert_msg(r == 0 || r == -EBADMSG, "bit %zu: %d", bit, r);
                if (r == 0) {
                        size_t n_again;

                        ck_assert_int_eq(hybrid_link_encode(&read, again, &n_again), 0);
                }
                record[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("linking", &tcase);

        tcase_add_test(tcase, test_valid);
        tcase_add_test(tcase, test_invalid);
        tcase_add_test(tcase, test_wrong_session);
        tcase_add_test(tcase, test_every_bit_of_the_mac);
        tcase_add_test(tcase, test_phone_writes_it);
        tcase_add_test(tcase, test_sizes_are_bounded);
        tcase_add_test(tcase, test_empty_contact_id);
        tcase_add_test(tcase, test_no_map);
        tcase_add_test(tcase, test_names_are_cleaned);
        tcase_add_test(tcase, test_long_names_are_cut_between_characters);
        tcase_add_test(tcase, test_updates);
        tcase_add_test(tcase, test_updates_are_of_one_size);
        tcase_add_test(tcase, test_odd_updates);
        tcase_add_test(tcase, test_first_message_of_older_phones);
        tcase_add_test(tcase, test_contact_payload);
        tcase_add_test(tcase, test_odd_contact_payloads);
        tcase_add_test(tcase, test_contact_urls);
        tcase_add_test(tcase, test_record);
        tcase_add_test(tcase, test_largest_record);
        tcase_add_test(tcase, test_what_is_no_link);
        tcase_add_test(tcase, test_damaged_records);
        return unit_run(suite);
}
