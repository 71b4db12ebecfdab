/* SPDX-License-Identifier: MIT */

/* Ceremonies with a linked phone, in each order that things may come in. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"
#include "wire/message.h"
#include "wire/record.h"

#define USEC_PER_SEC 1000000ULL

static void assert_done(Rig *rig) {
        rig_run(rig);
        ck_assert_int_eq(hybrid_client_state(rig->client), HYBRID_CLIENT_DONE);
        ck_assert_int_eq(hybrid_phone_state(rig->phone), HYBRID_PHONE_DONE);
        assert_bytes_eq(rig->answered_command, rig->n_answered_command, rig_command,
                        sizeof(rig_command));
        assert_bytes_eq(rig->reply, rig->n_reply, rig_reply, sizeof(rig_reply));
        ck_assert_uint_eq(rig->n_qr_shown, 0);
        ck_assert_uint_eq(rig->n_linked, 0);
        ck_assert(!rig->advertising);
        rig_assert_wound_down(rig);
}

START_TEST(test_channel_first) {
        _rig_ rig;

        rig_init_linked(&rig);
        ck_assert_int_eq(rig_contact_up(&rig, false), 0);
        ck_assert_int_eq(rig_contact(&rig), 0);
        ck_assert(rig.advertising);
        ck_assert_int_eq(rig_advert(&rig), 0);
        ck_assert(!rig.scanning); /* nobody else could answer */
        assert_done(&rig);
}
END_TEST

START_TEST(test_advert_first) {
        _rig_ rig;

        rig_init_linked(&rig);
        ck_assert_int_eq(rig_contact(&rig), 0);
        ck_assert_int_eq(rig_advert(&rig), 0);
        ck_assert_uint_eq(rig.n_sent, 0); /* kept until there is a channel */
        ck_assert_int_eq(rig_contact_up(&rig, false), 0);
        assert_done(&rig);
}
END_TEST

START_TEST(test_signal_before_advert) {
        _rig_ rig;

        rig_init_linked(&rig);
        ck_assert_int_eq(rig_contact_up(&rig, true), 0);
        ck_assert_int_eq(rig_contact(&rig), 0);
        ck_assert_int_eq(rig_signal(&rig), 0);
        ck_assert_int_eq(rig_advert(&rig), 0);
        assert_done(&rig);
}
END_TEST

START_TEST(test_signal_after_message1) {
        _rig_ rig;

        rig_init_linked(&rig);
        ck_assert_int_eq(rig_contact_up(&rig, true), 0);
        ck_assert_int_eq(rig_contact(&rig), 0);
        ck_assert_int_eq(rig_advert(&rig), 0);
        ck_assert_uint_eq(rig.n_sent, 1);
        ck_assert_int_eq(rig_signal(&rig), 0);
        assert_done(&rig);
}
END_TEST

START_TEST(test_advert_before_channel_with_signal) {
        _rig_ rig;

        rig_init_linked(&rig);
        ck_assert_int_eq(rig_contact(&rig), 0);
        ck_assert_int_eq(rig_advert(&rig), 0);
        ck_assert_int_eq(rig_contact_up(&rig, true), 0);
        ck_assert_int_eq(rig_signal(&rig), 0);
        assert_done(&rig);
}
END_TEST

/* An announced signal cannot be left out: message 2 in its place is wrong. */
START_TEST(test_message2_without_signal) {
        _rig_ rig;

        rig_init_linked(&rig);
        ck_assert_int_eq(rig_contact_up(&rig, true), 0);
        ck_assert_int_eq(rig_contact(&rig), 0);
        ck_assert_int_eq(rig_advert(&rig), 0);
        rig_run(&rig);
        ck_assert(rig.failed);
        ck_assert_int_eq(rig.failure.cause, HYBRID_CAUSE_PROTOCOL);
}
END_TEST

START_TEST(test_what_is_asked_for) {
        _rig_ rig;

        rig_init_linked(&rig);
        ck_assert_str_eq(rig.connect_url, "wss://cable.ua5v.com/cable/contact/YSBjb250YWN0IGlk");
        ck_assert_ptr_eq(strstr(rig.client_payload, "A301481111111111111111025"),
                         rig.client_payload);
        ck_assert_str_eq(hybrid_client_tunnel_host(rig.client), "cable.ua5v.com");
        ck_assert_int_eq(rig_contact(&rig), 0);
        ck_assert_str_eq(rig.new_url, "wss://cable.ua5v.com/cable/connect/0A0B0C/"
                                      "00112233445566778899AABBCCDDEEFF");
        ck_assert_int_eq(hybrid_phone_operation(rig.phone), HYBRID_GET);
}
END_TEST

/* The whole of the time for contacting goes by once, whatever comes meanwhile. */
START_TEST(test_deadline_is_one) {
        _rig_ rig;
        uint64_t start;

        rig_init_linked(&rig);
        start = rig.now_usec;
        ck_assert_int_eq(hybrid_client_tick(rig.client, rig.now_usec), 0);
        ck_assert(hybrid_client_deadline(rig.client) == start + 20 * USEC_PER_SEC);
        rig.now_usec += 10 * USEC_PER_SEC;
        ck_assert_int_eq(rig_contact_up(&rig, true), 0);
        ck_assert(hybrid_client_deadline(rig.client) == start + 20 * USEC_PER_SEC);
        rig.now_usec += 9 * USEC_PER_SEC;
        ck_assert_int_eq(rig_signal(&rig), 0);
        ck_assert(hybrid_client_deadline(rig.client) == start + 20 * USEC_PER_SEC);
        rig_expire(&rig);
        ck_assert(rig.failed);
        ck_assert(rig.failure.timed_out);
        ck_assert_int_eq(rig.failure.cause, HYBRID_CAUSE_TIMEOUT);
        ck_assert_int_eq(rig.failure.stage, HYBRID_STAGE_SCAN);
        rig_assert_wound_down(&rig);
}
END_TEST

/* Links cannot be checked here, and are not looked at: nothing is kept, nothing is said. */
START_TEST(test_no_linking_here) {
        const HybridClientParams template = { .operation = HYBRID_GET, .accept_links = true };
        HybridClientParams params = template;
        _rig_ rig;

        rig_init_linked(&rig);
        hybrid_client_free(rig.client);
        params.link = &rig.link;
        ck_assert_int_eq(hybrid_client_new(&rig.client, &rig.env, &params, rig.now_usec), 0);
        rig.channel_wanted = false;
        rig_drain_client(&rig);
        ck_assert_int_eq(rig_contact_up(&rig, false), 0);
        ck_assert_int_eq(rig_contact(&rig), 0);
        ck_assert_int_eq(rig_advert(&rig), 0);
        assert_done(&rig); /* at once: no lingering */
        ck_assert_uint_eq(rig.n_link_ignored, 0);
}
END_TEST

static bool allow_none(void *userdata, const char *host) {
        strcpy(userdata, host);
        return false;
}

START_TEST(test_tunnel_not_allowed) {
        char asked[HYBRID_TUNNEL_HOST_SIZE_MAX] = "";
        HybridClientParams params = { .is_tunnel_allowed = allow_none, .userdata = asked };
        _rig_ rig;

        rig_init_linked(&rig);
        hybrid_client_free(rig.client);
        rig.channel_wanted = rig.scanning = false;
        params.link = &rig.link;
        ck_assert_int_eq(hybrid_client_new(&rig.client, &rig.env, &params, rig.now_usec), 0);
        rig_drain_client(&rig);
        ck_assert_str_eq(asked, "cable.ua5v.com");
        ck_assert(!rig.channel_wanted);
        ck_assert(rig.failed);
        ck_assert_int_eq(rig.failure.cause, HYBRID_CAUSE_POLICY);
        rig_assert_wound_down(&rig);
}
END_TEST

START_TEST(test_what_is_no_link) {
        HybridClientParams params = { .operation = HYBRID_GET };
        HybridClient *client = NULL;
        HybridLink link;
        _rig_ rig;

        rig_init_linked(&rig);
        params.link = &link;
        link = rig.link;
        link.public_key[10] ^= 1;
        ck_assert_int_eq(hybrid_client_new(&client, &rig.env, &params, 0), -EINVAL);
        link = rig.link;
        link.n_contact_id = 0;
        ck_assert_int_eq(hybrid_client_new(&client, &rig.env, &params, 0), -EINVAL);
        link = rig.link;
        link.tunnel_server_id = 200;
        ck_assert_int_eq(hybrid_client_new(&client, &rig.env, &params, 0), -EINVAL);
        ck_assert_ptr_null(client);
}
END_TEST

/* In the QR flow nobody contacts. */
START_TEST(test_contact_up_is_for_linked_phones) {
        _rig_ rig;

        rig_reach(&rig, HYBRID_CLIENT_OPENING_CHANNEL);
        ck_assert_int_eq(rig_contact_up(&rig, false), -EINVAL);
        ck_assert_int_eq(hybrid_client_state(rig.client), HYBRID_CLIENT_OPENING_CHANNEL);
}
END_TEST

/* 410 is what a linked phone's service says; where a code was scanned it is a refusal like others. */
START_TEST(test_gone_is_for_linked_phones) {
        const HybridChannelError gone = { .fault = HYBRID_CHANNEL_REFUSED, .http_status = 410 };
        _rig_ rig;

        rig_reach(&rig, HYBRID_CLIENT_OPENING_CHANNEL);
        ck_assert_int_eq(hybrid_client_channel_down(rig.client, &gone, rig.now_usec), 0);
        rig_drain_client(&rig);
        ck_assert_int_eq(rig.failure.cause, HYBRID_CAUSE_TUNNEL_REFUSED);
        ck_assert_int_eq(rig.failure.http_status, 410);
}
END_TEST

/* A phone with another secret, another key, or an old advert: it ends in the handshake, or before. */
START_TEST(test_wrong_phones) {
        for (unsigned kind = 0; kind < 2; kind++) {
                _rig_ rig;

                rig_init_linked(&rig);
                hybrid_phone_free(rig.phone);
                rig.phone = NULL;
                if (kind == 0)
                        rig.link.secret[0] ^= 1;
                else
                        ck_assert_int_eq(hybrid_phone_make_identity(&rig.env, rig.private_key,
                                                                    rig.link.public_key),
                                         0);
                ck_assert_int_eq(
                        hybrid_phone_new(&rig.phone, &rig.env, &rig.phone_params, rig.now_usec), 0);
                rig_drain_phone(&rig);
                ck_assert_int_eq(rig_contact_up(&rig, false), 0);
                ck_assert_int_eq(rig_contact(&rig), 0);
                ck_assert_int_eq(rig_advert(&rig), kind == 0 ? HYBRID_E_NOT_OURS : 0);
                rig_run(&rig);
                ck_assert_uint_eq(rig.n_reply, 0);
                ck_assert_int_eq(rig.phone_failed, kind != 0); /* it has not proven itself either */
                while (hybrid_client_deadline(rig.client) != HYBRID_USEC_NEVER)
                        rig_expire(&rig);
                ck_assert(rig.failed);
        }
}
END_TEST

/* ---- the phone -------------------------------------------------------------------------------- */

START_TEST(test_phone_waits_for_its_desktop) {
        HybridContact contact = { NULL, "0A0B0C", "00112233445566778899AABBCCDDEEFF" };
        char payload[HYBRID_CLIENT_PAYLOAD_SIZE];
        _rig_ rig;

        rig_init_linked(&rig);
        ck_assert(hybrid_phone_deadline(rig.phone) == HYBRID_USEC_NEVER);
        ck_assert_int_eq(hybrid_phone_recv(rig.phone, (const uint8_t *)"x", 1, 0), -EINVAL);

        contact.client_payload = "no CBOR";
        ck_assert_int_eq(hybrid_phone_contacted(rig.phone, &contact, 0), HYBRID_E_NOT_OURS);
        strcpy(payload, rig.client_payload);
        payload[6] = '2'; /* of the link id */
        contact.client_payload = payload;
        ck_assert_int_eq(hybrid_phone_contacted(rig.phone, &contact, 0), HYBRID_E_NOT_OURS);
        contact.client_payload = rig.client_payload;
        contact.routing_id = "0A0B";
        ck_assert_int_eq(hybrid_phone_contacted(rig.phone, &contact, 0), HYBRID_E_NOT_OURS);
        contact.routing_id = "0A0B0C";
        contact.tunnel_id = "";
        ck_assert_int_eq(hybrid_phone_contacted(rig.phone, &contact, 0), HYBRID_E_NOT_OURS);
        ck_assert_int_eq(hybrid_phone_state(rig.phone), HYBRID_PHONE_WAITING_FOR_CONTACT);

        ck_assert_int_eq(rig_contact(&rig), 0);
        ck_assert_int_eq(rig_contact(&rig), -EINVAL); /* once */
        ck_assert(hybrid_phone_deadline(rig.phone) == rig.now_usec + 60 * USEC_PER_SEC);
}
END_TEST

START_TEST(test_phone_needs_a_whole_link) {
        HybridPhone *phone = NULL;
        _rig_ rig;

        rig_init_linked(&rig);
        rig.phone_params.private_key = NULL;
        ck_assert_int_eq(hybrid_phone_new(&phone, &rig.env, &rig.phone_params, 0), -EINVAL);
        rig.phone_params.private_key = rig.private_key;
        rig.private_key[5] ^= 1; /* not that of the public key */
        ck_assert_int_eq(hybrid_phone_new(&phone, &rig.env, &rig.phone_params, 0), -EINVAL);
        memset(rig.private_key, 0, sizeof(rig.private_key));
        ck_assert_int_eq(hybrid_phone_new(&phone, &rig.env, &rig.phone_params, 0), -EINVAL);
        rig.phone_params.link = NULL;
        ck_assert_int_eq(hybrid_phone_new(&phone, &rig.env, &rig.phone_params, 0), -EINVAL);
        ck_assert_ptr_null(phone);
}
END_TEST

START_TEST(test_phone_stops_waiting) {
        _rig_ rig;

        rig_init_linked(&rig);
        ck_assert_int_eq(hybrid_phone_hang_up(rig.phone, rig.now_usec), 0);
        rig_drain_phone(&rig);
        ck_assert(rig.phone_failed);
        ck_assert(!rig.phone_closes); /* there was no channel */
}
END_TEST

/* ---- several at once -------------------------------------------------------------------------- */

/* Several desktops' sessions wait; the advert is for one. */
START_TEST(test_many_wait) {
        enum { N = 20, OURS = 13 };
        HybridClient *clients[N];
        size_t index = N;
        _rig_ rig;

        rig_init_linked(&rig);
        for (size_t i = 0; i < N; i++) {
                HybridClientParams params = { .link = &rig.link };
                HybridAction action;

                clients[i] = rig.client;
                if (i == OURS)
                        continue;
                ck_assert_int_eq(hybrid_client_new(&clients[i], &rig.env, &params, rig.now_usec),
                                 0);
                while (hybrid_client_next_action(clients[i], &action))
                        ;
        }

        ck_assert_int_eq(rig_contact(&rig), 0);
        ck_assert_int_eq(hybrid_clients_advert(clients, N, rig.link.secret, 20, 0, &index),
                         HYBRID_E_NOT_OURS);
        ck_assert_int_eq(hybrid_clients_advert(clients, 0, rig.advert, 20, 0, &index),
                         HYBRID_E_NOT_OURS);
        ck_assert_uint_eq(index, N);
        ck_assert_int_eq(hybrid_clients_advert(clients, N, rig.advert, sizeof(rig.advert),
                                               rig.now_usec, &index),
                         0);
        ck_assert_uint_eq(index, OURS);
        for (size_t i = 0; i < N; i++)
                ck_assert_int_eq(hybrid_client_state(clients[i]),
                                 i == OURS ? HYBRID_CLIENT_OPENING_CHANNEL
                                           : HYBRID_CLIENT_CONTACTING);
        rig_drain_client(&rig);
        ck_assert_int_eq(rig_contact_up(&rig, false), 0);
        assert_done(&rig);

        for (size_t i = 0; i < N; i++)
                if (i != OURS)
                        hybrid_client_free(clients[i]);
}
END_TEST

/* ---- against a recorded session of another implementation's model ----------------------------- */

static Bytes wire(const json_t *linked, size_t index) {
        return json_hex(json_array_get(json_object_get(linked, "messages"), index), "wire");
}

static void copy_hex(const json_t *vector, const char *key, uint8_t *ret, size_t n) {
        _bytes_ bytes = json_hex(vector, key);

        ck_assert_uint_eq(bytes.n, n);
        memcpy(ret, bytes.data, n);
}

/* The link that the QR half of the session brings. */
static HybridLink recorded_link(const json_t *session) {
        const json_t *linking =
                json_object_get(json_array_get(json_object_get(session, "messages"), 3), "linking");
        _bytes_ contact_id = json_hex(linking, "contact_id"),
                scalar = json_hex(session, "phone_identity_private");
        ScriptedRandom random = { scalar.data, scalar.n };
        HybridEnv env = scripted_random_env(&random);
        HybridLink link = { .n_contact_id = contact_id.n };
        uint8_t private_key[HYBRID_LINK_PRIVATE_KEY_SIZE];

        memcpy(link.contact_id, contact_id.data, contact_id.n);
        copy_hex(linking, "link_id", link.link_id, sizeof(link.link_id));
        copy_hex(linking, "link_secret", link.secret, sizeof(link.secret));
        strcpy(link.name, json_text(linking, "name"));
        ck_assert_int_eq(hybrid_phone_make_identity(&env, private_key, link.public_key), 0);
        assert_json_hex(session, "phone_identity_private", private_key, sizeof(private_key));
        return link;
}

/* Its plaintext is not in the vectors; its key is. */
static Bytes recorded_command(const json_t *linked) {
        _bytes_ key = json_hex(linked, "client_write_key"), record = wire(linked, 3);
        Bytes plaintext = { .data = malloc(record.n) };
        RecordCipher cipher;

        ck_assert_ptr_nonnull(plaintext.data);
        record_cipher_init(&cipher, key.data);
        ck_assert_int_eq(record_open(&cipher, record.data, record.n, plaintext.data, &plaintext.n),
                         0);
        ck_assert_uint_eq(plaintext.data[0], MESSAGE_CTAP);
        return plaintext;
}

static Bytes two_secrets(const json_t *linked, const char *first, const char *second) {
        _bytes_ a = json_hex(linked, first), b = json_hex(linked, second);
        Bytes both = { .data = malloc(a.n + b.n), .n = a.n + b.n };

        ck_assert_ptr_nonnull(both.data);
        memcpy(both.data, a.data, a.n);
        memcpy(both.data + a.n, b.data, b.n);
        return both;
}

static void drain(HybridClient *client) {
        HybridAction action;

        while (hybrid_client_next_action(client, &action))
                ;
}

static void assert_sends(HybridClient *client, const json_t *linked, size_t index) {
        _bytes_ expected = wire(linked, index);
        HybridAction action;

        do
                ck_assert(hybrid_client_next_action(client, &action));
        while (action.type != HYBRID_ACTION_SEND);
        assert_bytes_eq(action.bytes.data, action.bytes.n, expected.data, expected.n);
        drain(client);
}

static void receive(HybridClient *client, const json_t *linked, size_t index) {
        _bytes_ message = wire(linked, index);

        ck_assert_int_eq(hybrid_client_recv(client, message.data, message.n, 0), 0);
        drain(client);
}

START_TEST(test_desktop_matches_recorded_session) {
        _json_ *session = vectors_load("session.json");
        const json_t *linked = json_object_get(session, "linked");
        const json_t *headers = json_object_get(linked, "headers");
        HybridLink link = recorded_link(session);
        const HybridClientParams params = { .operation = HYBRID_GET, .link = &link };
        _bytes_ secrets = two_secrets(linked, "client_nonce", "client_ephemeral_private");
        _bytes_ advert = json_hex(linked, "service_data");
        _bytes_ command = recorded_command(linked);
        ScriptedRandom random = { secrets.data, secrets.n };
        HybridEnv env = scripted_random_env(&random);
        HybridClient *client;
        HybridAction action;

        ck_assert_int_eq(hybrid_client_new(&client, &env, &params, 0), 0);
        do
                ck_assert(hybrid_client_next_action(client, &action));
        while (action.type != HYBRID_ACTION_CONNECT);
        ck_assert_str_eq(action.connect.url, json_text(linked, "contact_url"));
        ck_assert_str_eq(action.connect.client_payload,
                         json_text(headers, "X-caBLE-Client-Payload"));
        ck_assert_str_eq(json_text(headers, "X-caBLE-Signal-Connection"), "true");
        drain(client);

        ck_assert_int_eq(hybrid_client_tick(client, 0), 0); /* makes the ephemeral key */
        ck_assert_uint_eq(random.n, 0);
        ck_assert_int_eq(hybrid_client_advert(client, advert.data, advert.n, 0), 0);
        ck_assert_int_eq(hybrid_client_channel_up(client, 0), 0);
        assert_sends(client, linked, 0);
        receive(client, linked, 1);
        receive(client, linked, 2);
        ck_assert_int_eq(hybrid_client_state(client), HYBRID_CLIENT_READY);
        ck_assert_int_eq(hybrid_client_command(client, command.data + 1, command.n - 1, 0), 0);
        assert_sends(client, linked, 3);
        hybrid_client_free(client);
}
END_TEST

START_TEST(test_phone_matches_recorded_session) {
        _json_ *session = vectors_load("session.json");
        const json_t *linked = json_object_get(session, "linked");
        HybridLink link = recorded_link(session);
        _bytes_ private_key = json_hex(session, "phone_identity_private");
        _bytes_ secrets = two_secrets(linked, "eid_plaintext", "phone_ephemeral_private");
        _bytes_ post_handshake =
                json_hex(json_array_get(json_object_get(session, "messages"), 2), "plaintext");
        _bytes_ message1 = wire(linked, 0);
        ScriptedRandom random = { secrets.data + 1, secrets.n - 1 }; /* the reserved byte is not */
        HybridEnv env = scripted_random_env(&random);
        const HybridPhoneParams params = {
                .get_info = post_handshake.data + 4,
                .n_get_info = post_handshake.data[3],
                .send_features = true,
                .send_update = true, /* not here */
                .link = &link,
                .private_key = private_key.data,
        };
        const HybridContact contact = {
                .client_payload =
                        json_text(json_object_get(linked, "headers"), "X-caBLE-Client-Payload"),
                .routing_id = "000000",
                .tunnel_id = "00000000000000000000000000000000",
        };
        HybridPhone *phone;
        HybridAction action;
        size_t n_sent = 0;

        ck_assert_int_eq(hybrid_phone_new(&phone, &env, &params, 0), 0);
        ck_assert_int_eq(hybrid_phone_contacted(phone, &contact, 0), 0);
        ck_assert_int_eq(hybrid_phone_channel_up(phone, NULL, 0), 0);
        while (hybrid_phone_next_action(phone, &action))
                if (action.type == HYBRID_ACTION_ADVERTISE_START)
                        assert_json_hex(linked, "service_data", action.bytes.data, action.bytes.n);

        ck_assert_int_eq(hybrid_phone_recv(phone, message1.data, message1.n, 0), 0);
        while (hybrid_phone_next_action(phone, &action)) {
                _bytes_ expected = wire(linked, 1 + n_sent);

                if (action.type != HYBRID_ACTION_SEND)
                        continue;
                assert_bytes_eq(action.bytes.data, action.bytes.n, expected.data, expected.n);
                n_sent++;
        }
        ck_assert_uint_eq(n_sent, 2); /* message 2 and post-handshake, and no update */
        hybrid_phone_free(phone);
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("linked", &tcase);

        tcase_add_test(tcase, test_channel_first);
        tcase_add_test(tcase, test_advert_first);
        tcase_add_test(tcase, test_signal_before_advert);
        tcase_add_test(tcase, test_signal_after_message1);
        tcase_add_test(tcase, test_advert_before_channel_with_signal);
        tcase_add_test(tcase, test_message2_without_signal);
        tcase_add_test(tcase, test_what_is_asked_for);
        tcase_add_test(tcase, test_deadline_is_one);
        tcase_add_test(tcase, test_no_linking_here);
        tcase_add_test(tcase, test_tunnel_not_allowed);
        tcase_add_test(tcase, test_what_is_no_link);
        tcase_add_test(tcase, test_contact_up_is_for_linked_phones);
        tcase_add_test(tcase, test_gone_is_for_linked_phones);
        tcase_add_test(tcase, test_wrong_phones);
        tcase_add_test(tcase, test_phone_waits_for_its_desktop);
        tcase_add_test(tcase, test_phone_needs_a_whole_link);
        tcase_add_test(tcase, test_phone_stops_waiting);
        tcase_add_test(tcase, test_many_wait);
        tcase_add_test(tcase, test_desktop_matches_recorded_session);
        tcase_add_test(tcase, test_phone_matches_recorded_session);
        return unit_run(suite);
}
