/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The inside of HybridPhone, shared by phone.c (inputs), phone-states.c (the table of states) and
 * phone-linking.c (links).
 */

#include <stdbool.h>
#include <stdint.h>

#include "hybrid.h"
#include "session/action-queue.h"
#include "session/secure-channel.h"
#include "wire/contact.h"
#include "wire/eid.h"
#include "wire/linking.h"
#include "wire/message.h"
#include "wire/qr.h"

struct HybridPhone {
        const HybridEnv *env;
        HybridPhoneParams params; /* what it points to is not kept; get_info is our copy */
        uint8_t *get_info;
        ActionQueue actions;

        HybridPhoneState state;
        uint64_t deadline_usec;

        HybridOperation operation;
        QrCode code;
        uint8_t identity[P256_UNCOMPRESSED_SIZE]; /* the desktop's */
        Noise noise;
        SecureChannel secure;
        uint8_t handshake_hash[SHA256_SIZE];

        /* The link with a desktop: to be given to it or, if is_linked, in use. */
        bool is_linked;
        bool link_sent;
        P256Key *own_key; /* owned; NULL: no link */
        HybridLink link;
        uint8_t client_nonce[CONTACT_NONCE_SIZE];
        HybridFailure failure;
};

typedef struct PhoneStateRow {
        const char *name;
        HybridStage stage;
        bool may_send_link;
        int (*on_message)(HybridPhone *phone, const uint8_t *data, size_t n, uint64_t now_usec);
} PhoneStateRow;

const PhoneStateRow *phone_row(const HybridPhone *phone);

void phone_enter_state(HybridPhone *phone, HybridPhoneState state);

static inline bool phone_has_ended(const HybridPhone *phone) {
        return phone->state == HYBRID_PHONE_DONE || phone->state == HYBRID_PHONE_FAILED;
}

static inline void phone_push(HybridPhone *phone, HybridActionType type) {
        action_queue_push(&phone->actions, (HybridAction){ .type = type });
}

/** Tells a test phone's key log. */
static inline void phone_log_key(const HybridPhone *phone, const char *name, const uint8_t *key,
                                 size_t n) {
        if (phone->params.log_key)
                phone->params.log_key(phone->params.log_key_userdata, name, key, n);
}

/** What every input first asks: -EBADMSG for ever after a failure, -EBUSY with actions not taken. */
int phone_check_input(const HybridPhone *phone);

/** What follows when the tunnel is up: the advert, and what the handshake needs. A phone that was
 *  contacted says no routing id: the desktop is on the tunnel already. */
int phone_start_advertising(HybridPhone *phone,
                            const uint8_t routing_id[static EID_ROUTING_ID_SIZE]);

/** Sends an update, which is as large with the link as without. */
int phone_send_update(HybridPhone *phone, bool with_link);

/** Copies the link, if there is one. 0, -EINVAL if it is none, -ENOMEM. */
int phone_take_link(HybridPhone *phone, const HybridPhoneParams *params);
void phone_forget_link(HybridPhone *phone);

/** Whether the desktop is still to be given the link, in this way. */
bool phone_gives_link(const HybridPhone *phone, HybridPhoneLinking linking);

/** The linking map, which is then sent. 0, -ENOMEM. */
int phone_encode_linking(HybridPhone *phone, uint8_t ret[static LINKING_SIZE_MAX], size_t *ret_n);

/** Sends a CTAP2 response. */
int phone_send_reply(HybridPhone *phone, const uint8_t *ctap2, size_t n);

/** Ends in success or in failure; both erase all keys. The latter returns r. */
void phone_finish(HybridPhone *phone);
int phone_fail(HybridPhone *phone, HybridCause cause, int r, const char *detail);

/** For errors that may be the peer's fault (-EBADMSG: @peer_cause) or ours (all others). */
int phone_fail_errno(HybridPhone *phone, int r, HybridCause peer_cause, const char *detail);

void phone_erase_keys(HybridPhone *phone);
