/* SPDX-License-Identifier: MIT */

/* What a phone says about links, and when: after a code was scanned, up to the end of the wait. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"
#include "session/secure-channel.h"
#include "wire/linking.h"
#include "wire/message.h"
#include "wire/qr.h"

#define USEC_PER_SEC 1000000ULL

/* Up to the reply, and beyond. */
static void run(Rig *rig) {
        ck_assert_int_eq(rig_scan(rig), 0);
        ck_assert_int_eq(rig_advert(rig), 0);
        ck_assert_int_eq(hybrid_client_channel_up(rig->client, rig->now_usec), 0);
        rig_run(rig);
}

static void assert_replied(const Rig *rig) {
        assert_bytes_eq(rig->reply, rig->n_reply, rig_reply, sizeof(rig_reply));
        ck_assert(!rig->failed);
}

static void assert_linked(const Rig *rig) {
        HybridLink expected = rig->link;

        expected.tunnel_server_id = rig->phone_params.tunnel_server_id;
        ck_assert_uint_eq(rig->n_linked, 1);
        ck_assert_uint_eq(rig->n_link_ignored, 0);
        ck_assert_int_eq(memcmp(&rig->kept_link, &expected, sizeof(expected)), 0);
}

static void assert_lingers_for(Rig *rig, uint64_t usec) {
        ck_assert_int_eq(hybrid_client_state(rig->client), HYBRID_CLIENT_LINGERING);
        ck_assert(!rig->scanning);
        ck_assert(hybrid_client_deadline(rig->client) == rig->now_usec + usec);
        rig->now_usec += usec - 1;
        ck_assert_int_eq(hybrid_client_tick(rig->client, rig->now_usec), 0);
        ck_assert_int_eq(hybrid_client_state(rig->client), HYBRID_CLIENT_LINGERING);
        rig_expire(rig);
        ck_assert_int_eq(hybrid_client_state(rig->client), HYBRID_CLIENT_DONE);
        ck_assert(rig->client_closes);
        rig_assert_wound_down(rig);
        ck_assert(!rig->failed);
}

START_TEST(test_at_once) {
        static const uint16_t services[] = { 0, 1, 266 };

        for (size_t i = 0; i < ELEMENTSOF(services); i++) {
                _rig_ rig;

                rig_init_linking(&rig, HYBRID_PHONE_LINKS_AT_ONCE);
                rig.phone_params.tunnel_server_id = services[i];
                run(&rig);
                assert_replied(&rig);
                assert_linked(&rig);
        }
}
END_TEST

START_TEST(test_in_the_first_message) {
        _rig_ rig;

        rig_init_linking(&rig, HYBRID_PHONE_LINKS_FIRST);
        run(&rig);
        assert_replied(&rig);
        assert_linked(&rig);
}
END_TEST

/* A phone hears "yes" in each state that it can be asked in. */
START_TEST(test_later) {
        static const HybridPhoneState states[] = {
                HYBRID_PHONE_AWAITING_COMMAND,
                HYBRID_PHONE_ANSWERING,
                HYBRID_PHONE_AWAITING_CLOSE,
        };

        for (size_t i = 0; i < ELEMENTSOF(states); i++) {
                _rig_ rig;

                rig_init_linking(&rig, HYBRID_PHONE_LINKS_LATER);
                ck_assert_int_eq(rig_scan(&rig), 0);
                ck_assert_int_eq(rig_advert(&rig), 0);
                ck_assert_int_eq(hybrid_phone_send_link(rig.phone, rig.now_usec), -EINVAL);
                ck_assert_int_eq(hybrid_client_channel_up(rig.client, rig.now_usec), 0);
                rig_drain_client(&rig);
                while (hybrid_client_state(rig.client) != HYBRID_CLIENT_READY)
                        ck_assert(rig_deliver(&rig));
                if (states[i] != HYBRID_PHONE_AWAITING_COMMAND) {
                        ck_assert_int_eq(hybrid_client_command(rig.client, rig_command,
                                                               sizeof(rig_command), rig.now_usec),
                                         0);
                        rig_drain_client(&rig);
                        ck_assert(rig_deliver(&rig));
                }
                if (states[i] == HYBRID_PHONE_AWAITING_CLOSE) {
                        ck_assert_int_eq(hybrid_phone_reply(rig.phone, rig_reply, sizeof(rig_reply),
                                                            rig.now_usec),
                                         0);
                        rig_drain_phone(&rig);
                }
                ck_assert_int_eq(hybrid_phone_state(rig.phone), states[i]);
                ck_assert_int_eq(hybrid_phone_send_link(rig.phone, rig.now_usec), 0);
                ck_assert_int_eq(hybrid_phone_send_link(rig.phone, rig.now_usec), -EINVAL);
                rig_drain_phone(&rig);
                rig_run(&rig);
                assert_replied(&rig);
                assert_linked(&rig);
        }
}
END_TEST

/* After the desktop's shutdown: both wait, and the person says yes. */
START_TEST(test_while_lingering) {
        for (int closes = 0; closes < 2; closes++) {
                _rig_ rig;

                rig_init_linking(&rig, HYBRID_PHONE_LINKS_LATER);
                rig.phone_params.close_after_reply = closes;
                run(&rig);
                assert_replied(&rig); /* the caller has it already */
                ck_assert_uint_eq(rig.n_linked, 0);
                ck_assert_int_eq(hybrid_client_state(rig.client), HYBRID_CLIENT_LINGERING);
                ck_assert_int_eq(hybrid_phone_state(rig.phone), HYBRID_PHONE_LINGERING);

                rig.now_usec += 50 * USEC_PER_SEC;
                ck_assert_int_eq(hybrid_phone_send_link(rig.phone, rig.now_usec), 0);
                rig_drain_phone(&rig);
                ck_assert_int_eq(hybrid_phone_state(rig.phone), HYBRID_PHONE_DONE);
                rig_run(&rig);
                assert_linked(&rig);
                ck_assert_int_eq(hybrid_client_state(rig.client), HYBRID_CLIENT_DONE);
                rig_assert_wound_down(&rig);
        }
}
END_TEST

START_TEST(test_lingering_ends) {
        static const struct {
                uint64_t wanted, expected;
        } times[] = {
                { 0, 120 * USEC_PER_SEC },
                { 10 * USEC_PER_SEC, 10 * USEC_PER_SEC },
                { 180 * USEC_PER_SEC, 180 * USEC_PER_SEC },
                { 181 * USEC_PER_SEC, 180 * USEC_PER_SEC },
                { UINT64_MAX, 180 * USEC_PER_SEC },
        };

        for (size_t i = 0; i < ELEMENTSOF(times); i++) {
                const HybridClientParams params = { .accept_links = true,
                                                    .linger_usec = times[i].wanted,
                                                    .timeout_usec = 200 * USEC_PER_SEC };
                _rig_ rig;

                rig_init_linking(&rig, HYBRID_PHONE_LINKS_LATER);
                hybrid_client_free(rig.client);
                ck_assert_int_eq(hybrid_client_new(&rig.client, &rig.env, &params, rig.now_usec),
                                 0);
                rig_drain_client(&rig);
                rig.now_usec += 100 * USEC_PER_SEC; /* the ceremony's own time is over meanwhile */
                run(&rig);
                assert_lingers_for(&rig, times[i].expected);
        }
}
END_TEST

/* The phone waits no longer than its session lasts, and that is no failure. */
START_TEST(test_phone_stops_lingering) {
        _rig_ rig;

        rig_init_linking(&rig, HYBRID_PHONE_LINKS_LATER);
        run(&rig);
        rig.now_usec = hybrid_phone_deadline(rig.phone);
        ck_assert_int_eq(hybrid_phone_tick(rig.phone, rig.now_usec), 0);
        rig_drain_phone(&rig);
        ck_assert_int_eq(hybrid_phone_state(rig.phone), HYBRID_PHONE_DONE);
        ck_assert(!rig.phone_failed);
        ck_assert_int_eq(hybrid_phone_send_link(rig.phone, rig.now_usec), -EINVAL);
        rig_run(&rig); /* its close ends the desktop's wait */
        ck_assert_int_eq(hybrid_client_state(rig.client), HYBRID_CLIENT_DONE);
}
END_TEST

/* Nobody lingers where nothing is kept: the code says so to the phone, too. */
START_TEST(test_without_a_store) {
        static const HybridPhoneLinking linkings[] = {
                HYBRID_PHONE_LINKS_AT_ONCE,
                HYBRID_PHONE_LINKS_FIRST,
                HYBRID_PHONE_LINKS_LATER,
        };

        for (size_t i = 0; i < ELEMENTSOF(linkings); i++) {
                const HybridClientParams params = { .operation = HYBRID_CREATE };
                _rig_ rig;

                rig_init_linking(&rig, linkings[i]);
                hybrid_client_free(rig.client);
                ck_assert_int_eq(hybrid_client_new(&rig.client, &rig.env, &params, rig.now_usec),
                                 0);
                rig_drain_client(&rig);
                run(&rig);
                assert_replied(&rig);
                ck_assert_uint_eq(rig.n_linked + rig.n_link_ignored, 0);
                ck_assert_int_eq(hybrid_client_state(rig.client), HYBRID_CLIENT_DONE);
                ck_assert_int_eq(hybrid_phone_state(rig.phone), HYBRID_PHONE_DONE);
        }
}
END_TEST

/* A record that says whether the person agreed by its size would be none. */
START_TEST(test_update_does_not_tell) {
        size_t sizes[2];

        for (int agreed = 0; agreed < 2; agreed++) {
                _rig_ rig;

                rig_init_linking(&rig, HYBRID_PHONE_LINKS_AT_ONCE);
                rig.phone_params.send_update = true;
                if (!agreed)
                        rig.phone_params.link = NULL;
                ck_assert_int_eq(rig_scan(&rig), 0);
                ck_assert_int_eq(rig_advert(&rig), 0);
                ck_assert_int_eq(hybrid_client_channel_up(rig.client, rig.now_usec), 0);
                rig_drain_client(&rig);
                ck_assert(rig_deliver(&rig));
                ck_assert_uint_eq(rig.n_queue, 3); /* message 2, post-handshake, update */
                sizes[agreed] = rig.queue[2].n;
        }
        ck_assert_uint_eq(sizes[0], sizes[1]);
        ck_assert_uint_eq(sizes[0], UPDATE_PADDED_SIZE + AES_GCM_TAG_SIZE);
}
END_TEST

/* ---- hostile phones --------------------------------------------------------------------------- */

typedef enum Wrong {
        WRONG_MAC,
        WRONG_KEY,
        WRONG_POINT,
        WRONG_MAP,
        WRONG_CBOR,
        WRONG_EMPTY,
        _WRONG_MAX,
} Wrong;

/* Offsets in an update of the rig's phone are found by what stands there. */
static void spoil_update(void *userdata, HybridPhoneStep step, uint8_t *data, size_t *n,
                         size_t n_max) {
        const Rig *rig = userdata;
        uint8_t private_key[HYBRID_LINK_PRIVATE_KEY_SIZE], *key;

        if (step != HYBRID_PHONE_STEP_UPDATE)
                return;
        key = memmem(data, *n, rig->link.public_key, sizeof(rig->link.public_key));
        ck_assert_ptr_nonnull(key);
        switch ((Wrong)rig->tamper_bit) {
        case WRONG_MAC:
                data[*n - 1] ^= 1;
                break;
        case WRONG_KEY: /* a point, but whose? */
                ck_assert_int_eq(hybrid_phone_make_identity(&rig->env, private_key, key), 0);
                break;
        case WRONG_POINT:
                key[64] ^= 1;
                break;
        case WRONG_MAP:
                data[*n - 35] = 7; /* key 6 is key 7 */
                break;
        case WRONG_CBOR:
                *n -= 1;
                break;
        case WRONG_EMPTY:
                *n = 1;
                break;
        case _WRONG_MAX:
                break;
        }
}

/* The ceremony goes on as if nothing had been said; that it was is told once. */
START_TEST(test_wrong_linking_is_ignored) {
        for (int wrong = 0; wrong < _WRONG_MAX; wrong++) {
                _rig_ rig;

                rig_init_linking(&rig, HYBRID_PHONE_LINKS_AT_ONCE);
                rig.tamper_at = UINT32_MAX;
                rig.tamper_bit = (size_t)wrong;
                rig.phone_params.spoil = spoil_update;
                rig.phone_params.spoil_userdata = &rig;
                run(&rig);
                assert_replied(&rig);
                ck_assert_msg(rig.n_linked == 0, "%d", wrong);
                ck_assert_msg(rig.n_link_ignored == 1, "%d", wrong);
                ck_assert_int_eq(hybrid_client_state(rig.client), HYBRID_CLIENT_DONE);
        }
}
END_TEST

/* Replaces an update by that of another ceremony's phone, whose MAC is right there. */
static uint8_t foreign_update[4096];
static size_t n_foreign_update;

static void record_update(void *userdata, HybridPhoneStep step, uint8_t *data, size_t *n,
                          size_t n_max) {
        if (step != HYBRID_PHONE_STEP_UPDATE)
                return;
        memcpy(foreign_update, data, *n);
        n_foreign_update = *n;
}

static void replay_update(void *userdata, HybridPhoneStep step, uint8_t *data, size_t *n,
                          size_t n_max) {
        if (step != HYBRID_PHONE_STEP_UPDATE)
                return;
        memcpy(data, foreign_update, n_foreign_update);
        *n = n_foreign_update;
}

START_TEST(test_linking_of_another_session) {
        _rig_ first, second;

        rig_init_linking(&first, HYBRID_PHONE_LINKS_AT_ONCE);
        first.phone_params.spoil = record_update;
        run(&first);
        assert_linked(&first);

        rig_init_linking(&second, HYBRID_PHONE_LINKS_AT_ONCE);
        second.random.counter = 5000;
        second.phone_params.spoil = replay_update;
        run(&second);
        assert_replied(&second);
        ck_assert_uint_eq(second.n_linked, 0);
        ck_assert_uint_eq(second.n_link_ignored, 1);
}
END_TEST

/* ---- a phone that says it again and again ----------------------------------------------------- */

/* Records of a phone that talks on by itself: sealed with the keys that its key log tells. */
typedef struct Talker {
        SecureChannel channel;
        uint8_t hash[SHA256_SIZE];
        P256Key *key;
        uint8_t desktop[P256_UNCOMPRESSED_SIZE];
} Talker;

static void log_key(void *userdata, const char *name, const uint8_t *key, size_t n) {
        Talker *talker = userdata;

        if (strcmp(name, "key-to-desktop") == 0)
                record_cipher_init(&talker->channel.write, key);
        if (strcmp(name, "handshake-hash") == 0)
                memcpy(talker->hash, key, n);
}

static void say(Rig *rig, Talker *talker, const uint8_t *plaintext, size_t n) {
        uint8_t *record;
        size_t n_record;

        ck_assert_int_eq(secure_channel_seal(&talker->channel, plaintext, n, &record, &n_record),
                         0);
        ck_assert_int_eq(hybrid_client_recv(rig->client, record, n_record, rig->now_usec), 0);
        free(record);
        rig_drain_client(rig);
}

static void say_link(Rig *rig, Talker *talker, const P256Key *key, const char *name) {
        Linking linking = { .link = rig->link };
        uint8_t map[LINKING_SIZE_MAX], plaintext[2048];
        ByteWriter w_map = BYTE_WRITER(map), w = BYTE_WRITER(plaintext);

        memcpy(linking.link.public_key, p256_key_public(key), P256_UNCOMPRESSED_SIZE);
        strcpy(linking.link.name, name);
        ck_assert_int_eq(linking_mac(key, talker->desktop, talker->hash, linking.mac), 0);
        linking_encode(&w_map, &linking);
        update_encode(&w, map, w_map.n);
        say(rig, talker, plaintext, w.n);
}

/* A desktop that lingers, and a phone at its other end that says what the test wants. */
static void init_talker(Rig *rig, Talker *talker) {
        QrCode code;

        *talker = (Talker){};
        rig_init_linking(rig, HYBRID_PHONE_LINKS_LATER);
        ck_assert_int_eq(qr_decode(rig->qr_text, &code), 0);
        ck_assert(code.has_linking && code.linking);
        ck_assert_int_eq(p256_decompress(code.public_key, talker->desktop), 0);
        ck_assert_int_eq(p256_key_new(&talker->key, rig->private_key), 0);
        rig->phone_params.log_key = log_key;
        rig->phone_params.log_key_userdata = talker;
        run(rig);
        ck_assert_int_eq(hybrid_client_state(rig->client), HYBRID_CLIENT_LINGERING);
        talker->channel.write.counter =
                2; /* the first message and the reply were the phone's own */
}

static void talker_done(Talker *talker) {
        p256_key_free(talker->key);
        secure_channel_done(&talker->channel);
}

START_TEST(test_links_are_few) {
        _cleanup_(talker_done) Talker talker;
        _rig_ rig;

        init_talker(&rig, &talker);
        for (unsigned i = 0; i < 20; i++)
                say_link(&rig, &talker, talker.key, i == 3 ? "the fourth" : "another");
        ck_assert_uint_eq(rig.n_linked, 4);
        ck_assert_str_eq(rig.kept_link.name, "the fourth");
        ck_assert_uint_eq(rig.n_link_ignored, 1);
        ck_assert_int_eq(hybrid_client_state(rig.client), HYBRID_CLIENT_LINGERING);
}
END_TEST

START_TEST(test_one_phone_in_one_session) {
        _cleanup_(talker_done) Talker talker;
        uint8_t scalar[P256_SCALAR_SIZE];
        P256Key *other;
        _rig_ rig;

        init_talker(&rig, &talker);
        memset(scalar, 1, sizeof(scalar));
        ck_assert_int_eq(p256_key_new(&other, scalar), 0);
        say_link(&rig, &talker, talker.key, "first");
        say_link(&rig, &talker, other, "second");
        say_link(&rig, &talker, talker.key, "third");
        ck_assert_uint_eq(rig.n_linked, 2);
        ck_assert_str_eq(rig.kept_link.name, "third");
        ck_assert_uint_eq(rig.n_link_ignored, 1);
        p256_key_free(other);
}
END_TEST

/* A phone that gives its link although the code says that nobody keeps it. */
typedef struct Forward {
        Rig *rig;
        Talker talker;
} Forward;

static void log_key_forward(void *userdata, const char *name, const uint8_t *key, size_t n) {
        Forward *forward = userdata;

        log_key(&forward->talker, name, key, n);
}

static void put_link_in(void *userdata, HybridPhoneStep step, uint8_t *data, size_t *n,
                        size_t n_max) {
        Forward *forward = userdata;
        Linking linking = { .link = forward->rig->link };
        uint8_t map[LINKING_SIZE_MAX];
        ByteWriter w_map = BYTE_WRITER(map), w = { .data = data, .size = n_max };

        if (step != HYBRID_PHONE_STEP_UPDATE)
                return;
        ck_assert_int_eq(linking_mac(forward->talker.key, forward->talker.desktop,
                                     forward->talker.hash, linking.mac),
                         0);
        linking_encode(&w_map, &linking);
        update_encode(&w, map, w_map.n);
        *n = w.n;
}

START_TEST(test_unasked) {
        for (int accept_links = 0; accept_links < 2; accept_links++) {
                const HybridClientParams params = { .accept_links = accept_links };
                Forward forward = {};
                QrCode code;
                _rig_ rig;

                rig_init_linking(&rig, HYBRID_PHONE_LINKS_LATER);
                hybrid_client_free(rig.client);
                ck_assert_int_eq(hybrid_client_new(&rig.client, &rig.env, &params, rig.now_usec),
                                 0);
                rig_drain_client(&rig);
                ck_assert_int_eq(qr_decode(rig.qr_text, &code), 0);
                ck_assert(code.has_linking);
                ck_assert_int_eq(code.linking, accept_links);

                forward.rig = &rig;
                ck_assert_int_eq(p256_decompress(code.public_key, forward.talker.desktop), 0);
                ck_assert_int_eq(p256_key_new(&forward.talker.key, rig.private_key), 0);
                rig.phone_params.send_update = true;
                rig.phone_params.spoil = put_link_in;
                rig.phone_params.spoil_userdata = &forward;
                rig.phone_params.log_key = log_key_forward;
                rig.phone_params.log_key_userdata = &forward;
                run(&rig);
                assert_replied(&rig);
                ck_assert_int_eq(rig.n_linked, accept_links);
                ck_assert_uint_eq(rig.n_link_ignored, 0);
                talker_done(&forward.talker);
        }
}
END_TEST

/* After our shutdown other messages are late, and those of no known type end it. */
START_TEST(test_late_messages) {
        static const uint8_t reply[] = { MESSAGE_CTAP, 0 }, json[] = { MESSAGE_JSON, '{', '}' },
                             shutdown[] = { MESSAGE_SHUTDOWN }, unknown[] = { 9 };
        _cleanup_(talker_done) Talker talker;
        _rig_ rig;

        init_talker(&rig, &talker);
        say(&rig, &talker, reply, sizeof(reply));
        say(&rig, &talker, json, sizeof(json));
        say(&rig, &talker, shutdown, sizeof(shutdown));
        ck_assert_int_eq(hybrid_client_state(rig.client), HYBRID_CLIENT_LINGERING);
        say_link(&rig, &talker, talker.key, "at last");
        ck_assert_uint_eq(rig.n_linked, 1);

        say(&rig, &talker, unknown, sizeof(unknown));
        ck_assert_int_eq(hybrid_client_state(rig.client), HYBRID_CLIENT_DONE);
        ck_assert(!rig.failed);
        say_link(&rig, &talker, talker.key, "too late");
        ck_assert_uint_eq(rig.n_linked, 1);
}
END_TEST

/* A code that was renewed in between is still what linking information is checked with. */
START_TEST(test_previous_code) {
        _rig_ rig;

        rig_init_linking(&rig, HYBRID_PHONE_LINKS_LATER);
        ck_assert_int_eq(rig_scan(&rig), 0);
        ck_assert_int_eq(hybrid_client_tick(rig.client, rig.now_usec), 0);
        rig.now_usec = hybrid_client_deadline(rig.client);
        ck_assert_int_eq(hybrid_client_tick(rig.client, rig.now_usec), 0);
        rig_drain_client(&rig);
        ck_assert_uint_eq(rig.n_qr_shown, 2);
        ck_assert_int_eq(rig_advert(&rig), 0);
        ck_assert_int_eq(hybrid_client_channel_up(rig.client, rig.now_usec), 0);
        rig_run(&rig);
        assert_replied(&rig);
        ck_assert_int_eq(hybrid_phone_send_link(rig.phone, rig.now_usec), 0);
        rig_drain_phone(&rig);
        rig_run(&rig);
        assert_linked(&rig);
}
END_TEST

/* What was linked can be used. */
START_TEST(test_then_without_a_code) {
        HybridClientParams params = { .operation = HYBRID_GET };
        uint8_t record[HYBRID_LINK_RECORD_SIZE_MAX];
        HybridLink stored;
        size_t n;
        _rig_ rig;

        rig_init_linking(&rig, HYBRID_PHONE_LINKS_AT_ONCE);
        rig.phone_params.tunnel_server_id = 1;
        run(&rig);
        assert_linked(&rig);
        ck_assert_int_eq(hybrid_link_encode(&rig.kept_link, record, &n), 0);
        ck_assert_int_eq(hybrid_link_decode(record, n, &stored), 0);

        hybrid_client_free(rig.client);
        rig.phone = hybrid_phone_free(rig.phone);
        rig.phone_params.qr_text = NULL;
        rig.channel_wanted = rig.client_closes = rig.phone_closes = false;
        rig.n_reply = 0;
        params.link = &stored;
        ck_assert_int_eq(hybrid_client_new(&rig.client, &rig.env, &params, rig.now_usec), 0);
        ck_assert_int_eq(hybrid_phone_new(&rig.phone, &rig.env, &rig.phone_params, rig.now_usec),
                         0);
        rig_drain_client(&rig);
        ck_assert_str_eq(hybrid_client_tunnel_host(rig.client), "cable.auth.com");
        ck_assert_int_eq(rig_contact_up(&rig, false), 0);
        ck_assert_int_eq(rig_contact(&rig), 0);
        ck_assert_int_eq(rig_advert(&rig), 0);
        rig_run(&rig);
        assert_replied(&rig);
        ck_assert_int_eq(hybrid_client_state(rig.client), HYBRID_CLIENT_DONE);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("linking", &tcase);

        tcase_add_test(tcase, test_at_once);
        tcase_add_test(tcase, test_in_the_first_message);
        tcase_add_test(tcase, test_later);
        tcase_add_test(tcase, test_while_lingering);
        tcase_add_test(tcase, test_lingering_ends);
        tcase_add_test(tcase, test_phone_stops_lingering);
        tcase_add_test(tcase, test_without_a_store);
        tcase_add_test(tcase, test_update_does_not_tell);
        tcase_add_test(tcase, test_wrong_linking_is_ignored);
        tcase_add_test(tcase, test_linking_of_another_session);
        tcase_add_test(tcase, test_links_are_few);
        tcase_add_test(tcase, test_one_phone_in_one_session);
        tcase_add_test(tcase, test_unasked);
        tcase_add_test(tcase, test_late_messages);
        tcase_add_test(tcase, test_previous_code);
        tcase_add_test(tcase, test_then_without_a_code);
        return unit_run(suite);
}
