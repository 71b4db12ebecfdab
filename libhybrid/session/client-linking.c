/* SPDX-License-Identifier: MIT */

/*
 * What a phone says about links, which it may do at any time after the handshake (CTAP 2.2 section
 * 11.5.1.10). People are often asked by the phone after they have signed in; so the channel stays
 * open for a while after the reply, in state LINGERING.
 *
 * Whatever is wrong with linking information, it does not harm what the ceremony is about.
 */

#include <errno.h>
#include <string.h>

#include "base/macro.h"
#include "session/client-internal.h"
#include "wire/linking.h"

#define DEFAULT_LINGER_USEC (120 * USEC_PER_SEC)
#define LINGER_USEC_MAX     (180 * USEC_PER_SEC)

/* Each is written to a disk. A phone may correct itself, but not fill the store. */
#define N_LINKS_MAX 4

/* With a linked phone there is no key pair to check it with. */
static bool accepts_links(const HybridClient *client) {
        return client->params.accept_links && client->matched_offer;
}

static void ignore(HybridClient *client) {
        if (client->link_ignored)
                return;
        client->link_ignored = true;
        client_push(client, HYBRID_ACTION_LINK_IGNORED);
}

/* One session is with one phone. */
static bool is_of_this_phone(const HybridClient *client, const HybridLink *link) {
        return client->n_links == 0 ||
               memcmp(client->linked_public_key, link->public_key, sizeof(link->public_key)) == 0;
}

static int keep(HybridClient *client, Linking *linking) {
        HybridLink *link = &linking->link;
        int r;

        if (client->n_links == N_LINKS_MAX || !is_of_this_phone(client, link))
                return -EBADMSG;

        link->tunnel_server_id = client->matched_eid.tunnel_server_id;
        r = action_queue_push_linked(&client->actions, link);
        if (r < 0)
                return r;

        memcpy(client->linked_public_key, link->public_key, sizeof(link->public_key));
        client->n_links++;
        return 0;
}

int client_take_linking(HybridClient *client, CborItem map) {
        _cleanup_(linking_done) Linking linking = {};
        int r;

        if (!accepts_links(client))
                return 0;

        r = linking_decode(map, &linking);
        if (r >= 0)
                r = linking_verify(&linking, client->matched_offer->identity,
                                   client->handshake_hash);
        if (r >= 0)
                r = keep(client, &linking);
        if (r == -EBADMSG) {
                ignore(client);
                return 0;
        }
        return r;
}

int client_take_update(HybridClient *client, const uint8_t *payload, size_t n) {
        Update update;

        if (!accepts_links(client))
                return 0;

        if (update_decode(payload, n, &update) < 0) {
                ignore(client);
                return 0;
        }
        return update.has_linking ? client_take_linking(client, update.linking) : 0;
}

static uint64_t linger_usec(const HybridClient *client) {
        uint64_t usec = client->params.linger_usec;

        if (usec == 0)
                return DEFAULT_LINGER_USEC;
        return usec < LINGER_USEC_MAX ? usec : LINGER_USEC_MAX;
}

/* All that is needed on is what linking information is checked with. */
static void forget_code(HybridClient *client) {
        bool is_previous = client->matched_offer == &client->previous_offer;

        offer_keep_identity(is_previous ? &client->previous_offer : &client->offer);
        offer_done(is_previous ? &client->offer : &client->previous_offer);
}

void client_linger(HybridClient *client, uint64_t now_usec) {
        if (!accepts_links(client) || client->revision == MESSAGE_REVISION_0) {
                client_finish(client, now_usec);
                return;
        }

        client_stop_scan(client);
        client_send_shutdown(client);
        forget_code(client);
        client_enter_state(client, HYBRID_CLIENT_LINGERING, now_usec);
        client->state_deadline_usec = now_usec + linger_usec(client);
        client->ceremony_deadline_usec = HYBRID_USEC_NEVER; /* was met */
}

/* What else a phone sends after our shutdown is late, and no matter. */
int client_on_lingering_plaintext(HybridClient *client, const uint8_t *data, size_t n,
                                  uint64_t now_usec) {
        Message message;
        int r;

        r = message_decode(client->revision, data, n, &message);
        if (r >= 0 && message.type == MESSAGE_UPDATE)
                r = client_take_update(client, message.payload, message.n_payload);
        if (r < 0)
                return client_fail_errno(client, r, HYBRID_CAUSE_PROTOCOL, "", now_usec);
        return 0;
}
