/* SPDX-License-Identifier: MIT */

#include <assert.h>
#include <string.h>

#include "base/secret.h"
#include "session/contact-attempt.h"
#include "wire/derive.h"
#include "wire/link-record.h"

int contact_attempt_init(ContactAttempt *attempt, const HybridLink *link, const HybridEnv *env) {
        uint8_t eid_key[EID_KEY_SIZE];
        CLEANUP_ERASE(eid_key);
        int r;

        r = link_check(link);
        if (r < 0)
                return r;
        r = env->random(env->userdata, attempt->nonce, sizeof(attempt->nonce));
        if (r < 0)
                return r;

        attempt->link = *link;
        derive(DERIVE_EID_KEY, link->secret, sizeof(link->secret), attempt->nonce,
               sizeof(attempt->nonce), eid_key, sizeof(eid_key));
        eid_key_init(&attempt->eid_key, eid_key);
        return 0;
}

void contact_attempt_done(ContactAttempt *attempt) {
        secret_erase(attempt, sizeof(*attempt));
}

void contact_attempt_url(const ContactAttempt *attempt,
                         char ret[static TUNNEL_CONTACT_URL_SIZE_MAX]) {
        const HybridLink *link = &attempt->link;
        int r = tunnel_contact_url(link->tunnel_server_id, link->contact_id, link->n_contact_id,
                                   ret);

        assert(r >= 0); /* somebody runs the service, as link_check() has found */
        (void)r;
}

void contact_attempt_payload(const ContactAttempt *attempt, HybridOperation operation,
                             char ret[static HYBRID_CLIENT_PAYLOAD_SIZE]) {
        ContactPayload payload = { .operation = operation };

        memcpy(payload.link_id, attempt->link.link_id, sizeof(payload.link_id));
        memcpy(payload.nonce, attempt->nonce, sizeof(payload.nonce));
        contact_payload_encode(&payload, ret);
}

void contact_attempt_start_handshake(const ContactAttempt *attempt,
                                     const uint8_t plaintext[static EID_PLAINTEXT_SIZE],
                                     Noise *ret) {
        const HybridLink *link = &attempt->link;
        uint8_t psk[NOISE_PSK_SIZE];
        CLEANUP_ERASE(psk);

        derive(DERIVE_PSK, link->secret, sizeof(link->secret), plaintext, EID_PLAINTEXT_SIZE, psk,
               sizeof(psk));
        noise_init(ret, NOISE_NKPSK0, link->public_key, psk);
}
