/* SPDX-License-Identifier: MIT */

/* A tunnel service that may not be used is never asked to be connected to. */

#include <errno.h>
#include <string.h>

#include "rig.h"

typedef struct Limit {
        const char *allowed; /* the only host, or NULL for none */
        const char *asked;   /* the last one that was asked about */
        unsigned n_asked;
} Limit;

static char asked[HYBRID_TUNNEL_HOST_SIZE_MAX];

static bool is_allowed(void *userdata, const char *host) {
        Limit *limit = userdata;

        strcpy(asked, host);
        limit->asked = asked;
        limit->n_asked++;
        return limit->allowed && strcmp(limit->allowed, host) == 0;
}

/* A rig whose desktop asks. */
static void init(Rig *rig, Limit *limit) {
        HybridClientParams params = {
                .operation = HYBRID_CREATE,
                .unix_time = 1790000000,
                .is_tunnel_allowed = is_allowed,
                .userdata = limit,
        };

        rig_init(rig);
        hybrid_client_free(rig->client);
        ck_assert_int_eq(hybrid_client_new(&rig->client, &rig->env, &params, rig->now_usec), 0);
        rig_drain_client(rig);
}

START_TEST(test_refused) {
        Limit limit = { .allowed = "cable.auth.com" };
        _rig_ rig;

        init(&rig, &limit);
        ck_assert_int_eq(rig_scan(&rig), 0);
        ck_assert_int_eq(rig_advert(&rig), 0);
        rig_drain_client(&rig);

        ck_assert_str_eq(limit.asked, "cable.ua5v.com");
        ck_assert(!rig.channel_wanted);
        ck_assert(rig.failed);
        ck_assert_int_eq(rig.failure.cause, HYBRID_CAUSE_POLICY);
        ck_assert_int_eq(rig.failure.stage, HYBRID_STAGE_SCAN);
        ck_assert_str_eq(rig.failure.host, "cable.ua5v.com");
        ck_assert(!rig.qr_visible);
        ck_assert(!rig.scanning);
        rig_assert_wound_down(&rig);

        /* It has ended; nothing that comes later connects. */
        ck_assert_int_eq(rig_advert(&rig), HYBRID_E_NOT_OURS);
        ck_assert_int_eq(hybrid_client_channel_up(rig.client, rig.now_usec), -EBADMSG);
        ck_assert(!rig.channel_wanted);
}
END_TEST

START_TEST(test_allowed) {
        Limit limit = { .allowed = "cable.ua5v.com" };
        _rig_ rig;

        init(&rig, &limit);
        ck_assert_int_eq(rig_scan(&rig), 0);
        ck_assert_int_eq(rig_advert(&rig), 0);
        rig_drain_client(&rig);
        ck_assert(rig.channel_wanted);
        ck_assert(!rig.failed);
        ck_assert_uint_eq(limit.n_asked, 1);
}
END_TEST

/* Another phone's service: its name is made from a hash. */
START_TEST(test_hashed) {
        Limit limit = { .allowed = "cable.ua5v.com" };
        _rig_ rig;

        init(&rig, &limit);
        rig.phone_params.tunnel_server_id = 300;
        ck_assert_int_eq(rig_scan(&rig), 0);
        ck_assert_int_eq(rig_advert(&rig), 0);
        rig_drain_client(&rig);
        ck_assert_int_eq(rig.failure.cause, HYBRID_CAUSE_POLICY);
        ck_assert(!hybrid_tunnel_is_assigned(rig.failure.host));
        ck_assert(!rig.channel_wanted);
}
END_TEST

/* Nobody asks about adverts that are not for us. */
START_TEST(test_strangers) {
        static const uint8_t stranger[HYBRID_ADVERT_SIZE] = { 1, 2, 3 };
        Limit limit = {};
        _rig_ rig;

        init(&rig, &limit);
        ck_assert_int_eq(hybrid_client_advert(rig.client, stranger, sizeof(stranger), rig.now_usec),
                         HYBRID_E_NOT_OURS);
        ck_assert_uint_eq(limit.n_asked, 0);
        ck_assert(!rig.failed);
}
END_TEST

START_TEST(test_assigned_names) {
        ck_assert(hybrid_tunnel_is_assigned("cable.ua5v.com"));
        ck_assert(hybrid_tunnel_is_assigned("cable.auth.com"));
        ck_assert(!hybrid_tunnel_is_assigned("cable.auth.co"));
        ck_assert(!hybrid_tunnel_is_assigned("cable.auth.com."));
        ck_assert(!hybrid_tunnel_is_assigned(""));
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("tunnel-limits", &tcase);

        tcase_add_test(tcase, test_refused);
        tcase_add_test(tcase, test_allowed);
        tcase_add_test(tcase, test_hashed);
        tcase_add_test(tcase, test_strangers);
        tcase_add_test(tcase, test_assigned_names);
        return unit_run(suite);
}
