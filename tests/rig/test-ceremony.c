/* SPDX-License-Identifier: MIT */

/* Ceremonies that go well, and what the wire shows of them byte by byte. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

START_TEST(test_completes) {
        _rig_ rig;

        rig_init(&rig);
        ck_assert_int_eq(rig_scan(&rig), 0);
        ck_assert(rig.advertising);
        ck_assert_int_eq(rig_advert(&rig), 0);

        ck_assert(!rig.qr_visible); /* removed at the match … */
        ck_assert(rig.scanning);    /* … but a second phone would still be noticed */
        ck_assert(rig.channel_wanted);
        ck_assert_str_eq(hybrid_client_tunnel_host(rig.client), "cable.ua5v.com");

        ck_assert_int_eq(hybrid_client_channel_up(rig.client, rig.now_usec), 0);
        rig_run(&rig);

        ck_assert_int_eq(hybrid_client_state(rig.client), HYBRID_CLIENT_DONE);
        ck_assert_int_eq(hybrid_phone_state(rig.phone), HYBRID_PHONE_DONE);
        assert_bytes_eq(rig.answered_command, rig.n_answered_command, rig_command,
                        sizeof(rig_command));
        assert_bytes_eq(rig.reply, rig.n_reply, rig_reply, sizeof(rig_reply));
        ck_assert(!rig.advertising);
        rig_assert_wound_down(&rig);
}
END_TEST

/* Both sides must mean the same tunnel. */
START_TEST(test_urls_meet) {
        _rig_ rig;

        rig_init(&rig);
        ck_assert_int_eq(rig_scan(&rig), 0);
        ck_assert_int_eq(rig_advert(&rig), 0);
        ck_assert_ptr_eq(strstr(rig.connect_url, "wss://cable.ua5v.com/cable/connect/0A0B0C/"),
                         rig.connect_url);
        ck_assert_ptr_eq(strstr(rig.new_url, "wss://cable.ua5v.com/cable/new/"), rig.new_url);
        ck_assert_str_eq(strrchr(rig.connect_url, '/'), strrchr(rig.new_url, '/'));
}
END_TEST

START_TEST(test_each_kind_of_phone) {
        static const struct {
                bool send_features, send_update, close_after_reply;
                uint16_t tunnel_server_id;
        } kinds[] = {
                { true, false, false, 0 },
                { true, true, true, 0 },
                { false, false, true, 1 },
                { false, true, false, 266 },
        };

        for (size_t i = 0; i < ELEMENTSOF(kinds); i++) {
                _rig_ rig;

                rig_init(&rig);
                rig.phone_params.send_features = kinds[i].send_features;
                rig.phone_params.send_update = kinds[i].send_update;
                rig.phone_params.close_after_reply = kinds[i].close_after_reply;
                rig.phone_params.tunnel_server_id = kinds[i].tunnel_server_id;
                ck_assert_int_eq(rig_scan(&rig), 0);
                ck_assert_int_eq(rig_advert(&rig), 0);
                ck_assert_int_eq(hybrid_client_channel_up(rig.client, rig.now_usec), 0);
                rig_run(&rig);
                ck_assert_int_eq(hybrid_client_state(rig.client), HYBRID_CLIENT_DONE);
                ck_assert_int_eq(hybrid_phone_state(rig.phone), HYBRID_PHONE_DONE);
                rig_assert_wound_down(&rig);
        }
}
END_TEST

START_TEST(test_phone_refuses_codes) {
        _rig_ rig;

        rig_init(&rig);
        rig.phone_params.tunnel_server_id = 2; /* unassigned */
        ck_assert_int_eq(rig_scan(&rig), -ENOENT);
        rig.phone_params.tunnel_server_id = 0;
        rig.qr_text[20] = 'x';
        ck_assert_int_eq(rig_scan(&rig), -EINVAL);
        ck_assert_ptr_null(rig.phone);
}
END_TEST

START_TEST(test_phone_refuses_routing_ids) {
        static const char *const wrong[] = { NULL, "", "0A0B0", "0A0B0C0", "0A0B0G", "0x0B0C" };

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                _rig_ rig;

                rig_init(&rig);
                rig.phone_params.qr_text = rig.qr_text;
                ck_assert_int_eq(
                        hybrid_phone_new(&rig.phone, &rig.env, &rig.phone_params, rig.now_usec), 0);
                rig_drain_phone(&rig);
                ck_assert_int_eq(hybrid_phone_channel_up(rig.phone, wrong[i], rig.now_usec),
                                 -EBADMSG);
                rig_drain_phone(&rig);
                ck_assert(rig.phone_failed);
                ck_assert_int_eq(rig.phone_failure.cause, HYBRID_CAUSE_TUNNEL_REFUSED);
        }
}
END_TEST

/* ---- against a recorded session of another implementation's model --------------------------- */

static Bytes concatenate(const json_t *vector, const char *const *keys, size_t n_keys) {
        Bytes all = { .data = calloc(1, 512) };

        for (size_t i = 0; i < n_keys; i++) {
                _bytes_ part = json_hex(vector, keys[i]);

                memcpy(all.data + all.n, part.data, part.n);
                all.n += part.n;
        }
        return all;
}

static Bytes wire(const json_t *session, size_t index) {
        return json_hex(json_array_get(json_object_get(session, "messages"), index), "wire");
}

static void assert_next_send(HybridClient *client, const json_t *session, size_t index) {
        _bytes_ expected = wire(session, index);
        HybridAction action;

        while (hybrid_client_next_action(client, &action))
                if (action.type == HYBRID_ACTION_SEND) {
                        assert_bytes_eq(action.bytes.data, action.bytes.n, expected.data,
                                        expected.n);
                        return;
                }
        ck_abort_msg("nothing was sent");
}

static void drain(HybridClient *client) {
        HybridAction action;

        while (hybrid_client_next_action(client, &action))
                ;
}

static void receive(HybridClient *client, const json_t *session, size_t index) {
        _bytes_ message = wire(session, index);

        ck_assert_int_eq(hybrid_client_recv(client, message.data, message.n, 0), 0);
}

START_TEST(test_desktop_matches_recorded_session) {
        static const char *const keys[] = { "qr_secret", "client_identity_private",
                                            "client_ephemeral_private" };
        const HybridClientParams params = { .operation = HYBRID_CREATE };
        _json_ *session = vectors_load("session.json");
        _bytes_ secrets = concatenate(session, keys, ELEMENTSOF(keys));
        _bytes_ advert = json_hex(session, "service_data");
        _bytes_ command =
                json_hex(json_array_get(json_object_get(session, "messages"), 4), "plaintext");
        ScriptedRandom random = { secrets.data, secrets.n };
        HybridEnv env = scripted_random_env(&random);
        HybridClient *client;
        HybridAction action;

        ck_assert_int_eq(hybrid_client_new(&client, &env, &params, 0), 0);
        drain(client);
        ck_assert_int_eq(hybrid_client_tick(client, 0), 0); /* makes the ephemeral key */
        ck_assert_uint_eq(random.n, 0);

        ck_assert_int_eq(hybrid_client_advert(client, advert.data, advert.n, 0), 0);
        do
                ck_assert(hybrid_client_next_action(client, &action));
        while (action.type != HYBRID_ACTION_CONNECT);
        ck_assert_str_eq(action.connect.url, json_text(session, "connect_url"));
        drain(client);

        ck_assert_int_eq(hybrid_client_channel_up(client, 0), 0);
        assert_next_send(client, session, 0);
        drain(client);
        receive(client, session, 1);
        drain(client);
        receive(client, session, 2);
        drain(client);
        receive(client, session, 3); /* an update with linking information: let pass */
        drain(client);

        /* Without its type byte, which the session puts before it. */
        ck_assert_int_eq(hybrid_client_command(client, command.data + 1, command.n - 1, 0), 0);
        assert_next_send(client, session, 4);
        drain(client);

        receive(client, session, 5);
        do
                ck_assert(hybrid_client_next_action(client, &action));
        while (action.type != HYBRID_ACTION_REPLY);
        assert_bytes_eq(action.bytes.data, action.bytes.n, "\x27", 1);
        assert_next_send(client, session, 6); /* shutdown */
        ck_assert_int_eq(hybrid_client_state(client), HYBRID_CLIENT_DONE);
        hybrid_client_free(client);
}
END_TEST

START_TEST(test_phone_matches_recorded_session) {
        static const char *const keys[] = { "advert_nonce", "phone_ephemeral_private" };
        _json_ *session = vectors_load("session.json");
        _bytes_ secrets = concatenate(session, keys, ELEMENTSOF(keys));
        _bytes_ post_handshake =
                json_hex(json_array_get(json_object_get(session, "messages"), 2), "plaintext");
        _bytes_ message1 = wire(session, 0);
        ScriptedRandom random = { secrets.data, secrets.n };
        HybridEnv env = scripted_random_env(&random);
        /* getInfo stands in the recorded message behind a map head, a key and a string head. */
        HybridPhoneParams params = {
                .qr_text = json_text(session, "qr_url"),
                .get_info = post_handshake.data + 4,
                .n_get_info = post_handshake.data[3],
                .send_features = true,
        };
        HybridPhone *phone;
        HybridAction action;
        size_t n_sent = 0;

        ck_assert_int_eq(hybrid_phone_new(&phone, &env, &params, 0), 0);
        while (hybrid_phone_next_action(phone, &action))
                if (action.type == HYBRID_ACTION_CONNECT)
                        ck_assert_str_eq(action.connect.url, json_text(session, "new_url"));

        ck_assert_int_eq(hybrid_phone_channel_up(phone, json_text(session, "routing_id"), 0), 0);
        while (hybrid_phone_next_action(phone, &action))
                if (action.type == HYBRID_ACTION_ADVERTISE_START)
                        assert_json_hex(session, "service_data", action.bytes.data, action.bytes.n);

        ck_assert_int_eq(hybrid_phone_recv(phone, message1.data, message1.n, 0), 0);
        while (hybrid_phone_next_action(phone, &action)) {
                _bytes_ expected = wire(session, 1 + n_sent);

                if (action.type != HYBRID_ACTION_SEND)
                        continue;
                assert_bytes_eq(action.bytes.data, action.bytes.n, expected.data, expected.n);
                n_sent++;
        }
        ck_assert_uint_eq(n_sent, 2); /* message 2 and post-handshake */
        hybrid_phone_free(phone);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("ceremony", &tcase);

        tcase_add_test(tcase, test_completes);
        tcase_add_test(tcase, test_urls_meet);
        tcase_add_test(tcase, test_each_kind_of_phone);
        tcase_add_test(tcase, test_phone_refuses_codes);
        tcase_add_test(tcase, test_phone_refuses_routing_ids);
        tcase_add_test(tcase, test_desktop_matches_recorded_session);
        tcase_add_test(tcase, test_phone_matches_recorded_session);
        return unit_run(suite);
}
