/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The inside of HybridClient, shared by the files that make up the desktop's side:
 *
 *         client.c          the inputs: public functions, deadlines, the code on screen
 *         client-states.c   the table of states, with what each does about each input
 *         client-contact.c  what the states before the handshake do with a linked phone
 *         client-linking.c  what phones say about links, and the wait for it
 *         client-end.c      what ends a session, and what leaves it
 */

#include <stdbool.h>
#include <stdint.h>

#include "hybrid.h"
#include "session/action-queue.h"
#include "session/advert-filter.h"
#include "session/contact-attempt.h"
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
        bool scanning;

        /* Instead of a code: a linked phone. */
        bool is_linked;
        ContactAttempt attempt;
        bool signal_announced; /* by the tunnel service, when the channel came up */

        /* The phone that answered. */
        bool has_match;
        const Offer *matched_offer; /* NULL: a linked phone */
        uint8_t matched_advert[HYBRID_ADVERT_SIZE];
        Eid matched_eid;
        char host[HYBRID_TUNNEL_HOST_SIZE_MAX];

        P256Key *ephemeral; /* made ahead of time, while nobody is waiting */
        Noise noise;
        SecureChannel secure;
        bool is_secure;
        bool shutdown_sent;
        uint8_t handshake_hash[SHA256_SIZE];
        MessageRevision revision;
        uint8_t *get_info;
        size_t n_get_info;

        /* What the phone said about links. */
        unsigned n_links;
        uint8_t linked_public_key[P256_UNCOMPRESSED_SIZE]; /* of the first */
        bool link_ignored;

        bool adverts_seen;
        HybridFailure failure;
};

/** An advert that was meant for this session. */
typedef struct OpenedAdvert {
        const Offer *offer; /* the code that was scanned; NULL: it came from the linked phone */
        Eid eid;            /* with an offer only */
        uint8_t plaintext[EID_PLAINTEXT_SIZE];
} OpenedAdvert;

typedef struct ClientStateRow {
        const char *name;
        HybridStage stage;
        uint64_t timeout_usec;     /* 0: only that of the whole ceremony */
        bool keeps_deadline;       /* what is left of the time of the state before */
        HybridCause timeout_cause; /* why it failed if nothing came in time */
        HybridCause closed_cause;  /* … if the peer closed the channel in order */
        HybridCause broken_cause;  /* … if the channel broke */
        bool scanning;             /* adverts matter */
        int (*on_advert)(HybridClient *client, const OpenedAdvert *advert, uint64_t now_usec);
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

void client_start_scan(HybridClient *client);
void client_stop_scan(HybridClient *client);

/** Whether the caller lets the tunnel service in client->host be used. */
bool client_may_use_tunnel(const HybridClient *client);

/** Queues the first message of the handshake. Errors as for making it; the session goes on. */
int client_send_message1(HybridClient *client);

/** A message that nothing can be done with: ends in failure. */
int client_on_unexpected_message(HybridClient *client, const uint8_t *data, size_t n,
                                 uint64_t now_usec);

/* ---- client-contact.c ----------------------------------------------------------------------- */

/** Begins with the linked phone @link: the first state, and its actions. */
int client_start_contact(HybridClient *client, const HybridLink *link, uint64_t now_usec);

int client_on_early_advert(HybridClient *client, const OpenedAdvert *advert, uint64_t now_usec);
int client_on_contact_up(HybridClient *client, uint64_t now_usec);
int client_on_advert_before_signal(HybridClient *client, const OpenedAdvert *advert,
                                   uint64_t now_usec);
int client_on_last_advert(HybridClient *client, const OpenedAdvert *advert, uint64_t now_usec);
int client_on_signal_before_advert(HybridClient *client, const uint8_t *data, size_t n,
                                   uint64_t now_usec);
int client_on_late_signal(HybridClient *client, const uint8_t *data, size_t n, uint64_t now_usec);

/* ---- client-linking.c ----------------------------------------------------------------------- */

/**
 * An update of the phone, or a linking map in its first message: queues LINKED if it checks out,
 * LINK_IGNORED (once) if not. What the phone says wrongly here harms nothing else. 0, or -ENOMEM.
 */
int client_take_update(HybridClient *client, const uint8_t *payload, size_t n);
int client_take_linking(HybridClient *client, CborItem map);

/** After the reply: stays for what the phone may say about links, or ends in success at once. */
void client_linger(HybridClient *client, uint64_t now_usec);

int client_on_lingering_plaintext(HybridClient *client, const uint8_t *data, size_t n,
                                  uint64_t now_usec);

/* ---- client-end.c --------------------------------------------------------------------------- */

/** Seals a typed message and queues it; revision 0 phones know no types. Errors as for sealing. */
int client_send_message(HybridClient *client, MessageType type, const uint8_t *payload, size_t n);

/** Tells the phone that no more comes, if there is a way to. */
void client_send_shutdown(HybridClient *client);

/** Ends in success. Erases all keys. */
void client_finish(HybridClient *client, uint64_t now_usec);

/**
 * Ends in failure. Erases all keys; needs no memory, so that running out of it has an end as well.
 * Returns r. In state LINGERING it ends in success, and what a peer did wrong (-EBADMSG) is no
 * error: the reply is in.
 */
int client_fail(HybridClient *client, HybridCause cause, int r, const char *detail,
                uint64_t now_usec);

/** For errors that may be the peer's fault (-EBADMSG: @peer_cause) or ours (all others). */
int client_fail_errno(HybridClient *client, int r, HybridCause peer_cause, const char *detail,
                      uint64_t now_usec);

/** Ends because nothing came in time. Returns 0. */
int client_fail_timeout(HybridClient *client, HybridCause cause, uint64_t now_usec);

void client_erase_keys(HybridClient *client);
