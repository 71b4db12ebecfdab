/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/sha256.h"
#include "unit.h"
#include "wire/tunnel-url.h"

START_TEST(test_vectors) {
        _json_ *vectors = vectors_load("tunnel_domains.json");
        size_t i, n_unassigned = 0;
        json_t *vector;

        json_array_foreach(json_object_get(vectors, "cases"), i, vector) {
                uint16_t id = (uint16_t)json_integer_value(json_object_get(vector, "id"));
                const char *domain = json_string_value(json_object_get(vector, "domain"));
                char host[HYBRID_TUNNEL_HOST_SIZE_MAX];

                if (domain) {
                        ck_assert_int_eq(tunnel_host(id, host), 0);
                        ck_assert_str_eq(host, domain);
                } else {
                        ck_assert_int_eq(tunnel_host(id, host), -ENOENT);
                        n_unassigned++;
                }
        }
        ck_assert_uint_eq(i, 24);
        ck_assert_uint_gt(n_unassigned, 0);
}
END_TEST

START_TEST(test_all_hashed_names) {
        _json_ *vectors = vectors_load("tunnel_domains.json");
        size_t size = 65536 * HYBRID_TUNNEL_HOST_SIZE_MAX;
        _cleanup_(bytes_done) Bytes names = { .data = malloc(size) };
        uint8_t digest[SHA256_SIZE];
        char *p = (char *)names.data;

        for (unsigned id = 256; id <= UINT16_MAX; id++) {
                char host[HYBRID_TUNNEL_HOST_SIZE_MAX];

                ck_assert_int_eq(tunnel_host((uint16_t)id, host), 0);
                if (id > 256)
                        *p++ = '\n';
                p = stpcpy(p, host);
        }
        sha256_of_two(names.data, (size_t)(p - (char *)names.data), "", 0, digest);
        assert_json_hex(vectors, "all_hashed_sha256", digest, sizeof(digest));
}
END_TEST

START_TEST(test_every_other_id_below_256_is_refused) {
        static const uint8_t routing_id[EID_ROUTING_ID_SIZE], tunnel_id[TUNNEL_ID_SIZE];
        char host[HYBRID_TUNNEL_HOST_SIZE_MAX], url[TUNNEL_URL_SIZE_MAX];

        for (uint16_t id = TUNNEL_N_ASSIGNED; id < 256; id++) {
                ck_assert_int_eq(tunnel_host(id, host), -ENOENT);
                ck_assert_int_eq(tunnel_connect_url(id, routing_id, tunnel_id, url), -ENOENT);
                ck_assert_int_eq(tunnel_new_url(id, tunnel_id, url), -ENOENT);
        }
}
END_TEST

START_TEST(test_session_urls) {
        _json_ *vectors = vectors_load("session.json");
        _bytes_ routing_id = json_hex(vectors, "routing_id");
        _bytes_ tunnel_id = bytes_from_hex(strrchr(json_text(vectors, "new_url"), '/') + 1);
        char url[TUNNEL_URL_SIZE_MAX];

        ck_assert_int_eq(tunnel_new_url(0, tunnel_id.data, url), 0);
        ck_assert_str_eq(url, json_text(vectors, "new_url"));
        ck_assert_int_eq(tunnel_connect_url(0, routing_id.data, tunnel_id.data, url), 0);
        ck_assert_str_eq(url, json_text(vectors, "connect_url"));
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("tunnel-url", &tcase);

        tcase_add_test(tcase, test_vectors);
        tcase_add_test(tcase, test_all_hashed_names);
        tcase_add_test(tcase, test_every_other_id_below_256_is_refused);
        tcase_add_test(tcase, test_session_urls);
        return unit_run(suite);
}
