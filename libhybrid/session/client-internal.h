/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The inside of HybridClient, shared by the files that make up the desktop's side:
 *
 *         client.c         the inputs: public functions, deadlines, the code on screen
 *         client-states.c  the table of states, with what each does about each input
 *         client-end.c     what ends a session, and what leaves it
 */

#include <stdbool.h>
#include <stdint.h>

#include "hybrid.h"
#include "session/action-queue.h"
#include "session/advert-filter.h"
#include "session/offer.h"
#include "session/secure-channel.h"
#include "wire/message.h"

#define USEC_PER_SEC 1000000ULL

struct HybridClient {
        const HybridEnv *env;
        HybridClientParams params;
        ActionQueue actions;

        HybridClientState state;
        uint64_t started_usec;
        uint64_t ceremony_deadline_usec;
        uint64_t state_deadline_usec;

        /* The code on screen, and the one before it for as long as phones may still come with it. */
        Offer offer, previous_offer;
        uint64_t offer_deadline_usec, previous_deadline_usec;
        AdvertFilter strangers;

        /* The phone that answered. */
        const Offer *matched_offer;
        uint8_t matched_advert[HYBRID_ADVERT_SIZE];
        Eid matched_eid;
        char host[HYBRID_TUNNEL_HOST_SIZE_MAX];

        P256Key *ephemeral; /* made ahead of time, while nobody is waiting */
        Noise noise;
        SecureChannel secure;
        bool is_secure;
        MessageRevision revision;
        uint8_t *get_info;
        size_t n_get_info;

        bool adverts_seen;
        HybridFailure failure;
};

typedef struct ClientStateRow {
        const char *name;
        HybridStage stage;
        uint64_t timeout_usec;     /* 0: only that of the whole ceremony */
        HybridCause timeout_cause; /* why it failed if nothing came in time */
        HybridCause closed_cause;  /* … if the peer closed the channel in order */
        HybridCause broken_cause;  /* … if the channel broke */
        bool scanning;             /* adverts matter */
        int (*on_advert)(HybridClient *client, const Offer *offer, const Eid *eid,
                         const uint8_t plaintext[static EID_PLAINTEXT_SIZE], uint64_t now_usec);
        int (*on_channel_up)(HybridClient *client, uint64_t now_usec);
        int (*on_message)(HybridClient *client, const uint8_t *data, size_t n, uint64_t now_usec);
} ClientStateRow;

/** The row of the state that the client is in. */
const ClientStateRow *client_row(const HybridClient *client);

/** Sets the state's deadline and says so in a STATE action. */
void client_enter_state(HybridClient *client, HybridClientState state, uint64_t now_usec);

static inline void client_push(HybridClient *client, HybridActionType type) {
        action_queue_push(&client->actions, (HybridAction){ .type = type });
}

static inline bool client_has_ended(const HybridClient *client) {
        return client->state == HYBRID_CLIENT_DONE || client->state == HYBRID_CLIENT_FAILED;
}

/** Seals a typed message and queues it; revision 0 phones know no types. Errors as for sealing. */
int client_send_message(HybridClient *client, MessageType type, const uint8_t *payload, size_t n);

/** Tells the phone that no more comes, if there is a way to. */
void client_send_shutdown(HybridClient *client);

/** Ends in success. Erases all keys. */
void client_finish(HybridClient *client, uint64_t now_usec);

/**
 * Ends in failure. Erases all keys; needs no memory, so that running out of it has an end as well.
 * Returns r.
 */
int client_fail(HybridClient *client, HybridCause cause, int r, const char *detail,
                uint64_t now_usec);

/** For errors that may be the peer's fault (-EBADMSG: @peer_cause) or ours (all others). */
int client_fail_errno(HybridClient *client, int r, HybridCause peer_cause, const char *detail,
                      uint64_t now_usec);

/** Ends because nothing came in time. Returns 0. */
int client_fail_timeout(HybridClient *client, HybridCause cause, uint64_t now_usec);

void client_erase_keys(HybridClient *client);
