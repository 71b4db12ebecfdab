/* SPDX-License-Identifier: MIT */

/*
 * The phone's side of a ceremony as a table of states (CTAP 2.2 section 11.5); the table is at the
 * end. One message 1 only, one command only: a tunnel service that guesses gets one guess.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/secret.h"
#include "session/phone-internal.h"
#include "wire/derive.h"
#include "wire/tunnel-url.h"

/* Room that a test phone has to make a message longer. */
#define SPOIL_ROOM 4096

DEFINE_CLEANUP(P256Key *, p256_key_free);

void phone_enter_state(HybridPhone *phone, HybridPhoneState state) {
        phone->state = state;
        action_queue_push_state(&phone->actions, (int)state);
}

void phone_erase_keys(HybridPhone *phone) {
        secret_erase(&phone->code, sizeof(phone->code));
        secret_erase(phone->handshake_hash, sizeof(phone->handshake_hash));
        phone_forget_link(phone);
        noise_done(&phone->noise);
        secure_channel_done(&phone->secure);
}

static void wind_down(HybridPhone *phone) {
        if (phone->state == HYBRID_PHONE_ADVERTISING)
                phone_push(phone, HYBRID_ACTION_ADVERTISE_STOP);
        if (phone->state != HYBRID_PHONE_WAITING_FOR_CONTACT)
                phone_push(phone, HYBRID_ACTION_CLOSE);
        phone_erase_keys(phone);
}

void phone_finish(HybridPhone *phone) {
        wind_down(phone);
        phone_enter_state(phone, HYBRID_PHONE_DONE);
}

int phone_fail(HybridPhone *phone, HybridCause cause, int r, const char *detail) {
        HybridFailure *failure = &phone->failure;

        failure->cause = cause;
        failure->stage = phone_row(phone)->stage;
        (void)tunnel_host(phone->params.tunnel_server_id, failure->host);
        snprintf(failure->detail, sizeof(failure->detail), "%s", detail);

        wind_down(phone);
        phone_enter_state(phone, HYBRID_PHONE_FAILED);
        action_queue_push(&phone->actions,
                          (HybridAction){ .type = HYBRID_ACTION_FAILED, .failure = failure });
        return r;
}

int phone_fail_errno(HybridPhone *phone, int r, HybridCause peer_cause, const char *detail) {
        if (r == -EBADMSG)
                return phone_fail(phone, peer_cause, r, detail);
        return phone_fail(phone, HYBRID_CAUSE_INTERNAL, r, strerrordesc_np(-r));
}

/* Lets a test phone change what is in a buffer of fixed size. */
static void spoil(HybridPhone *phone, HybridPhoneStep step, uint8_t *data, size_t n) {
        size_t n_spoiled = n;

        if (phone->params.spoil)
                phone->params.spoil(phone->params.spoil_userdata, step, data, &n_spoiled, n);
}

/* Queues a message, a buffer of n_max bytes, once a test phone has had its way with it. */
static void send(HybridPhone *phone, HybridPhoneStep step, uint8_t *data, size_t n, size_t n_max) {
        if (phone->params.spoil)
                phone->params.spoil(phone->params.spoil_userdata, step, data, &n, n_max);
        if (n == 0)
                secret_free(data, n_max);
        else
                action_queue_push_bytes(&phone->actions, HYBRID_ACTION_SEND, data, n);
}

/* Seals a plaintext, which stands in a buffer of n_max bytes, and queues the record. */
static int send_record(HybridPhone *phone, HybridPhoneStep step, uint8_t *plaintext, size_t n,
                       size_t n_max) {
        uint8_t *record, *larger;
        size_t n_record;
        int r;

        if (phone->params.spoil)
                phone->params.spoil(phone->params.spoil_userdata, step, plaintext, &n, n_max);

        r = secure_channel_seal(&phone->secure, plaintext, n, &record, &n_record);
        if (r < 0)
                return r;

        larger = realloc(record, n_record + SPOIL_ROOM);
        if (!larger) {
                free(record);
                return -ENOMEM;
        }
        send(phone, HYBRID_PHONE_STEP_RECORD, larger, n_record, n_record + SPOIL_ROOM);
        return 0;
}

/* ---- OPENING_TUNNEL ------------------------------------------------------------------------ */

/* From the secret of the code or, where there is none, of the link. */
static void derive_from_secret(const HybridPhone *phone, DerivePurpose purpose, const uint8_t *salt,
                               size_t n_salt, uint8_t *ret, size_t n_ret) {
        if (phone->is_linked)
                derive(purpose, phone->link.secret, sizeof(phone->link.secret), salt, n_salt, ret,
                       n_ret);
        else
                derive(purpose, phone->code.secret, sizeof(phone->code.secret), salt, n_salt, ret,
                       n_ret);
}

static int make_advert(HybridPhone *phone, const uint8_t plaintext[static EID_PLAINTEXT_SIZE]) {
        uint8_t bytes[EID_KEY_SIZE];
        CLEANUP_ERASE(bytes);
        _cleanup_(eid_key_done) EidKey key = {};
        uint8_t *advert;
        int r;

        derive_from_secret(phone, DERIVE_EID_KEY, phone->is_linked ? phone->client_nonce : NULL,
                           phone->is_linked ? sizeof(phone->client_nonce) : 0, bytes,
                           sizeof(bytes));
        phone_log_key(phone, "eid-key", bytes, sizeof(bytes));
        eid_key_init(&key, bytes);

        advert = malloc(HYBRID_ADVERT_SIZE);
        if (!advert)
                return -ENOMEM;
        r = eid_seal(&key, plaintext, advert);
        if (r < 0) {
                free(advert);
                return r;
        }

        spoil(phone, HYBRID_PHONE_STEP_ADVERT, advert, HYBRID_ADVERT_SIZE);
        action_queue_push_bytes(&phone->actions, HYBRID_ACTION_ADVERTISE_START, advert,
                                HYBRID_ADVERT_SIZE);
        return 0;
}

static void start_handshake(HybridPhone *phone,
                            const uint8_t plaintext[static EID_PLAINTEXT_SIZE]) {
        uint8_t psk[NOISE_PSK_SIZE];
        CLEANUP_ERASE(psk);

        derive_from_secret(phone, DERIVE_PSK, plaintext, EID_PLAINTEXT_SIZE, psk, sizeof(psk));
        phone_log_key(phone, "psk", psk, sizeof(psk));
        spoil(phone, HYBRID_PHONE_STEP_PSK, psk, sizeof(psk));
        if (phone->is_linked)
                noise_init(&phone->noise, NOISE_NKPSK0, p256_key_public(phone->own_key), psk);
        else
                noise_init(&phone->noise, NOISE_KNPSK0, phone->identity, psk);
}

static int make_plaintext(const HybridPhone *phone,
                          const uint8_t routing_id[static EID_ROUTING_ID_SIZE],
                          uint8_t ret[static EID_PLAINTEXT_SIZE]) {
        Eid eid = { .tunnel_server_id = phone->params.tunnel_server_id };
        int r;

        /* A linked phone's has no structure but for the reserved byte. */
        if (phone->is_linked) {
                ret[0] = 0;
                return phone->env->random(phone->env->userdata, ret + 1, EID_PLAINTEXT_SIZE - 1);
        }

        memcpy(eid.routing_id, routing_id, sizeof(eid.routing_id));
        r = phone->env->random(phone->env->userdata, eid.nonce, sizeof(eid.nonce));
        if (r < 0)
                return r;

        eid_encode(&eid, ret);
        return 0;
}

int phone_start_advertising(HybridPhone *phone,
                            const uint8_t routing_id[static EID_ROUTING_ID_SIZE]) {
        uint8_t plaintext[EID_PLAINTEXT_SIZE];
        int r;

        r = make_plaintext(phone, routing_id, plaintext);
        if (r < 0)
                return r;
        r = make_advert(phone, plaintext);
        if (r < 0)
                return r;

        start_handshake(phone, plaintext);
        phone_enter_state(phone, HYBRID_PHONE_ADVERTISING);
        return 0;
}

static int on_unexpected_message(HybridPhone *phone, const uint8_t *data, size_t n,
                                 uint64_t now_usec) {
        return phone_fail(phone, HYBRID_CAUSE_PROTOCOL, -EBADMSG, "a message before its time");
}

/* ---- ADVERTISING: message 1, then all that a phone says without being asked ----------------- */

static void log_traffic_keys(const HybridPhone *phone, const NoiseKeys *keys) {
        phone_log_key(phone, "key-to-phone", keys->initiator_to_responder,
                      sizeof(keys->initiator_to_responder));
        phone_log_key(phone, "key-to-desktop", keys->responder_to_initiator,
                      sizeof(keys->responder_to_initiator));
        phone_log_key(phone, "handshake-hash", keys->handshake_hash, sizeof(keys->handshake_hash));
}

static int send_message2(HybridPhone *phone,
                         const uint8_t desktop_ephemeral[static P256_UNCOMPRESSED_SIZE]) {
        _cleanup_(p256_key_freep) P256Key *ephemeral = NULL;
        _cleanup_(noise_keys_done) NoiseKeys keys = {};
        uint8_t *message;
        int r;

        r = p256_key_generate(&ephemeral, phone->env);
        if (r < 0)
                return r;

        message = malloc(NOISE_MESSAGE_SIZE + SPOIL_ROOM);
        if (!message)
                return -ENOMEM;
        r = noise_create_message2(&phone->noise, ephemeral, desktop_ephemeral,
                                  phone->is_linked ? NULL : phone->identity, message, &keys);
        if (r < 0) {
                free(message);
                return r;
        }

        log_traffic_keys(phone, &keys);
        memcpy(phone->handshake_hash, keys.handshake_hash, sizeof(phone->handshake_hash));
        secure_channel_init_responder(&phone->secure, &keys);
        send(phone, HYBRID_PHONE_STEP_MESSAGE_2, message, NOISE_MESSAGE_SIZE,
             NOISE_MESSAGE_SIZE + SPOIL_ROOM);
        return 0;
}

static int send_post_handshake(HybridPhone *phone) {
        size_t n_max = phone->params.n_get_info + LINKING_SIZE_MAX + SPOIL_ROOM, n_linking = 0;
        uint8_t linking[LINKING_SIZE_MAX];
        CLEANUP_ERASE(linking);
        uint8_t *plaintext;
        ByteWriter w;
        int r;

        if (phone_gives_link(phone, HYBRID_PHONE_LINKS_FIRST)) {
                r = phone_encode_linking(phone, linking, &n_linking);
                if (r < 0)
                        return r;
        }

        plaintext = malloc(n_max);
        if (!plaintext)
                return -ENOMEM;

        w = (ByteWriter){ .data = plaintext, .size = n_max };
        post_handshake_encode_linking(&w, phone->get_info, phone->params.n_get_info, linking,
                                      n_linking, phone->params.send_features);
        r = send_record(phone, HYBRID_PHONE_STEP_POST_HANDSHAKE, plaintext, w.n, n_max);
        secret_free(plaintext, n_max);
        return r;
}

int phone_send_update(HybridPhone *phone, bool with_link) {
        uint8_t plaintext[UPDATE_PADDED_SIZE + LINKING_SIZE_MAX + SPOIL_ROOM];
        CLEANUP_ERASE(plaintext);
        uint8_t linking[LINKING_SIZE_MAX];
        CLEANUP_ERASE(linking);
        ByteWriter w = BYTE_WRITER(plaintext);
        size_t n_linking = 0;
        int r;

        if (with_link) {
                r = phone_encode_linking(phone, linking, &n_linking);
                if (r < 0)
                        return r;
        }

        update_encode(&w, linking, n_linking);
        return send_record(phone, HYBRID_PHONE_STEP_UPDATE, plaintext, w.n, sizeof(plaintext));
}

/* The update that follows the first message unasked. To a linked desktop nothing more is said. */
static int send_first_update(HybridPhone *phone) {
        bool with_link = phone_gives_link(phone, HYBRID_PHONE_LINKS_AT_ONCE);

        if (phone->is_linked || (!with_link && !phone->params.send_update))
                return 0;
        return phone_send_update(phone, with_link);
}

static int on_message1(HybridPhone *phone, const uint8_t *data, size_t n, uint64_t now_usec) {
        uint8_t ephemeral[P256_UNCOMPRESSED_SIZE];
        int r;

        r = noise_consume_message1(&phone->noise, phone->is_linked ? phone->own_key : NULL, data, n,
                                   ephemeral);
        if (r < 0)
                return phone_fail_errno(phone, r, HYBRID_CAUSE_HANDSHAKE_FAILED,
                                        "the handshake message is wrong");

        phone_push(phone, HYBRID_ACTION_ADVERTISE_STOP);
        r = send_message2(phone, ephemeral);
        if (r >= 0)
                r = send_post_handshake(phone);
        if (r >= 0)
                r = send_first_update(phone);
        if (r < 0)
                return phone_fail_errno(phone, r, HYBRID_CAUSE_HANDSHAKE_FAILED, "");

        noise_done(&phone->noise);
        phone_enter_state(phone, HYBRID_PHONE_AWAITING_COMMAND);
        return 0;
}

/* ---- AWAITING_COMMAND and after ------------------------------------------------------------- */

static int push_command(HybridPhone *phone, const Message *message) {
        uint8_t *copy;

        copy = malloc(message->n_payload);
        if (!copy)
                return -ENOMEM;

        memcpy(copy, message->payload, message->n_payload);
        action_queue_push_bytes(&phone->actions, HYBRID_ACTION_COMMAND, copy, message->n_payload);
        phone_enter_state(phone, HYBRID_PHONE_ANSWERING);
        return 0;
}

static int on_command(HybridPhone *phone, const Message *message) {
        int r;

        if (message->type == MESSAGE_SHUTDOWN) {
                phone_finish(phone);
                return 0;
        }
        if (message->type != MESSAGE_CTAP || message->n_payload == 0)
                return phone_fail(phone, HYBRID_CAUSE_PROTOCOL, -EBADMSG, "no command");

        r = push_command(phone, message);
        if (r < 0)
                return phone_fail_errno(phone, r, HYBRID_CAUSE_INTERNAL, "");
        return 0;
}

static int on_message_while_answering(HybridPhone *phone, const Message *message) {
        if (message->type == MESSAGE_SHUTDOWN)
                return phone_fail(phone, HYBRID_CAUSE_CANCELLED, 0, "");
        return phone_fail(phone, HYBRID_CAUSE_PROTOCOL, -EBADMSG, "a second command");
}

static int on_message_after_answer(HybridPhone *phone, const Message *message) {
        if (message->type == MESSAGE_SHUTDOWN) {
                if (phone_gives_link(phone, HYBRID_PHONE_LINKS_LATER))
                        phone_enter_state(phone, HYBRID_PHONE_LINGERING);
                else
                        phone_finish(phone);
                return 0;
        }
        return phone_fail(phone, HYBRID_CAUSE_PROTOCOL, -EBADMSG, "a second command");
}

int phone_send_reply(HybridPhone *phone, const uint8_t *ctap2, size_t n) {
        size_t n_max = 1 + n + SPOIL_ROOM;
        uint8_t *plaintext;
        ByteWriter w;
        int r;

        plaintext = malloc(n_max);
        if (!plaintext)
                return -ENOMEM;

        w = (ByteWriter){ .data = plaintext, .size = n_max };
        message_encode(&w, MESSAGE_CTAP, ctap2, n);
        r = send_record(phone, HYBRID_PHONE_STEP_REPLY, plaintext, w.n, n_max);
        secret_free(plaintext, n_max);
        return r;
}

/* Opens a record and splits the type off. */
static int on_record(HybridPhone *phone, const uint8_t *data, size_t n,
                     int (*handler)(HybridPhone *phone, const Message *message)) {
        size_t n_buffer, n_plaintext;
        uint8_t *buffer;
        Message message;
        int r;

        r = secure_channel_open(&phone->secure, data, n, &buffer, &n_buffer, &n_plaintext);
        if (r < 0)
                return phone_fail_errno(phone, r, HYBRID_CAUSE_CHANNEL_BROKEN,
                                        "a record does not authenticate");

        r = message_decode(MESSAGE_REVISION_1, buffer, n_plaintext, &message);
        if (r < 0)
                phone_fail_errno(phone, r, HYBRID_CAUSE_PROTOCOL, "a message of no known type");
        else
                r = handler(phone, &message);
        secret_free(buffer, n_buffer);
        return r;
}

static int on_record_command(HybridPhone *phone, const uint8_t *data, size_t n, uint64_t now_usec) {
        return on_record(phone, data, n, on_command);
}

static int on_record_while_answering(HybridPhone *phone, const uint8_t *data, size_t n,
                                     uint64_t now_usec) {
        return on_record(phone, data, n, on_message_while_answering);
}

static int on_record_after_answer(HybridPhone *phone, const uint8_t *data, size_t n,
                                  uint64_t now_usec) {
        return on_record(phone, data, n, on_message_after_answer);
}

/* ---- the table ------------------------------------------------------------------------------ */

static const PhoneStateRow rows[_HYBRID_PHONE_STATE_MAX] = {
        [HYBRID_PHONE_OPENING_TUNNEL] = {
                .name = "opening-tunnel",
                .stage = HYBRID_STAGE_CONNECT,
                .on_message = on_unexpected_message,
        },
        [HYBRID_PHONE_ADVERTISING] = {
                .name = "advertising",
                .stage = HYBRID_STAGE_HANDSHAKE,
                .on_message = on_message1,
        },
        [HYBRID_PHONE_AWAITING_COMMAND] = {
                .name = "awaiting-command",
                .stage = HYBRID_STAGE_POST_HANDSHAKE,
                .may_send_link = true,
                .on_message = on_record_command,
        },
        [HYBRID_PHONE_ANSWERING] = {
                .name = "answering",
                .stage = HYBRID_STAGE_COMMAND,
                .may_send_link = true,
                .on_message = on_record_while_answering,
        },
        [HYBRID_PHONE_AWAITING_CLOSE] = {
                .name = "awaiting-close",
                .stage = HYBRID_STAGE_COMMAND,
                .may_send_link = true,
                .on_message = on_record_after_answer,
        },
        [HYBRID_PHONE_DONE] = { .name = "done", .stage = HYBRID_STAGE_COMMAND },
        [HYBRID_PHONE_FAILED] = { .name = "failed", .stage = HYBRID_STAGE_COMMAND },
        [HYBRID_PHONE_WAITING_FOR_CONTACT] = {
                .name = "waiting-for-contact",
                .stage = HYBRID_STAGE_REQUEST,
        },
        [HYBRID_PHONE_LINGERING] = {
                .name = "lingering",
                .stage = HYBRID_STAGE_COMMAND,
                .may_send_link = true,
                .on_message = on_unexpected_message,
        },
};

const PhoneStateRow *phone_row(const HybridPhone *phone) {
        return &rows[phone->state];
}

const char *hybrid_phone_state_name(HybridPhoneState state) {
        return rows[state].name;
}
