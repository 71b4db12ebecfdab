/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A whole ceremony in one process: the desktop's and the phone's session, joined in memory, under
 * a clock that only the test moves. Messages can be dropped, repeated or changed on the way.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hybrid.h"
#include "unit.h"

enum {
        RIG_N_MESSAGES_MAX = 32,
};

/* Who sends a message. */
typedef enum RigSide { RIG_CLIENT, RIG_PHONE } RigSide;

typedef struct RigMessage {
        RigSide from;
        uint8_t *data;
        size_t n;
} RigMessage;

typedef enum RigTamper {
        RIG_DELIVER,
        RIG_DROP,
        RIG_DUPLICATE,
        RIG_FLIP,     /* one bit, rig->tamper_bit of the message */
        RIG_TRUNCATE, /* the last byte */
        RIG_APPEND,   /* one byte */
        RIG_SWAP,     /* with the message that follows it */
} RigTamper;

typedef struct Rig {
        uint64_t now_usec;
        TestRandom random;
        HybridEnv env;

        HybridClient *client;
        HybridPhone *phone;
        HybridPhoneParams phone_params;

        /* What happens to the n-th message that is sent (from 0, both sides together). */
        RigTamper tamper;
        unsigned tamper_at;
        size_t tamper_bit;
        bool tampered;

        /* On the way, in order. */
        RigMessage queue[RIG_N_MESSAGES_MAX];
        unsigned n_queue;
        unsigned n_sent;
        bool client_closes, phone_closes;

        /* What has been seen of the desktop's actions. */
        char qr_text[HYBRID_QR_TEXT_SIZE_MAX];
        bool qr_visible, scanning, channel_wanted;
        unsigned n_qr_shown;
        char connect_url[512];
        char client_payload[HYBRID_CLIENT_PAYLOAD_SIZE]; /* or "" */
        HybridLink kept_link;                            /* the last one of LINKED */
        unsigned n_linked, n_link_ignored;
        uint8_t command[256];
        size_t n_command;
        uint8_t reply[256];
        size_t n_reply;
        bool failed;
        HybridFailure failure;
        bool phone_failed;
        HybridFailure phone_failure;

        /* What has been seen of the phone's. */
        uint8_t advert[HYBRID_ADVERT_SIZE];
        bool advertising;
        char new_url[128];

        /* The phone's long-term key and what it tells a desktop: rig_make_link(). */
        HybridLink link;
        uint8_t private_key[HYBRID_LINK_PRIVATE_KEY_SIZE];
        uint8_t answered_command[256];
        size_t n_answered_command;
} Rig;

/** A desktop that shows its code. Fails the test if that cannot be. */
void rig_init(Rig *rig);
void rig_done(Rig *rig);
#define _rig_ _cleanup_(rig_done) Rig

/** The same, but returns the error instead of failing the test. */
int rig_try_init(Rig *rig);

/** A desktop that keeps links, and a phone that gives one in this way. */
void rig_init_linking(Rig *rig, HybridPhoneLinking linking);

/** A desktop that asks a linked phone, and that phone. The latter returns the error. */
void rig_init_linked(Rig *rig);
int rig_try_init_linked(Rig *rig);

/** The tunnel service wakes the linked phone, which then advertises. */
int rig_contact(Rig *rig);

/** The answer to the contact request, with or without a signal announced; and that signal. */
int rig_contact_up(Rig *rig, bool signal);
int rig_signal(Rig *rig);

/** Takes all actions of the desktop and carries them out as far as the rig can. */
void rig_drain_client(Rig *rig);
void rig_drain_phone(Rig *rig);

/** A phone scans the code that is on screen and opens its tunnel; it then advertises. */
int rig_scan(Rig *rig);

/** The desktop hears the phone's advert. Returns what the session said. */
int rig_advert(Rig *rig);

/** Delivers the next message on the way. False if there is none. */
bool rig_deliver(Rig *rig);

/** Goes on until nothing moves any more; the command is sent as soon as the phone is ready. */
void rig_run(Rig *rig);

/** Moves the clock to the desktop's next deadline and ticks both. */
void rig_expire(Rig *rig);

/** Brings the desktop into a state by the shortest way. DONE and FAILED included. */
void rig_reach(Rig *rig, HybridClientState state);

/** The same for a desktop that asks a linked phone. */
void rig_reach_linked(Rig *rig, HybridClientState state);

/** A session has no keys left and nothing open once it has ended. */
void rig_assert_wound_down(const Rig *rig);

extern const uint8_t rig_command[3];
extern const uint8_t rig_reply[4];
