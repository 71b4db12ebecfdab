/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A desktop's session and a phone's, which an input has do what it wants. The phone is a real one, so that
 * the fuzzer gets past the cryptography; its plaintexts and records are replaced by the input's.
 */

#include "fuzz.h"

enum {
        ENDS_N_QUEUE_MAX = 8,
        ENDS_N_STEPS_MAX = 40, /* a ceremony takes a dozen; many scans in one input take long */
};

typedef struct Ends {
        uint64_t random_state, now_usec;
        HybridEnv env;
        HybridClient *client;
        HybridPhone *phone; /* NULL: none has scanned the code */
        HybridLink link;    /* what the phone says of itself */
        uint8_t private_key[HYBRID_LINK_PRIVATE_KEY_SIZE];
        uint8_t advert[HYBRID_ADVERT_SIZE];

        struct {
                uint8_t *data;
                size_t n;
        } queue[ENDS_N_QUEUE_MAX]; /* from the phone, on the way */
        size_t n_queue;

        uint8_t spoil_step;
        const uint8_t *spoil_data;
        size_t n_spoil;

        unsigned n_ended; /* FAILED, or DONE */
        bool replied;
} Ends;

/** Makes what the phone says of itself. */
void ends_init(Ends *ends);

/** For HybridPhoneParams: puts the input's bytes in the place of a step's. */
void ends_spoil(void *userdata, HybridPhoneStep step, uint8_t *data, size_t *n, size_t n_max);

/** Carries out what every session has the outside do, and checks that it may. */
void ends_take_action(Ends *ends, const HybridAction *action);
void ends_drain_phone(Ends *ends);

/* Steps. */
void ends_advert(Ends *ends);
void ends_raw_advert(Ends *ends, FuzzInput *input);
void ends_deliver(Ends *ends); /* the next message of the phone */
void ends_raw_message(Ends *ends, FuzzInput *input);
void ends_choose_spoil(Ends *ends, FuzzInput *input);
void ends_command(Ends *ends, FuzzInput *input);
void ends_phone_replies(Ends *ends, FuzzInput *input);
void ends_cancel(Ends *ends);
void ends_tick(Ends *ends, uint64_t usec);

/** Lets all deadlines pass: whatever came, the session has an end, and only one. Frees both. */
void ends_finish(Ends *ends, void (*drain)(Ends *ends));
