/* SPDX-License-Identifier: MIT */

#include <assert.h>
#include <string.h>

#include "base/secret.h"
#include "session/offer.h"
#include "wire/derive.h"

static void derive_keys(Offer *offer) {
        uint8_t eid_key[EID_KEY_SIZE];
        CLEANUP_ERASE(eid_key);

        derive(DERIVE_EID_KEY, offer->secret, sizeof(offer->secret), NULL, 0, eid_key,
               sizeof(eid_key));
        eid_key_init(&offer->eid_key, eid_key);
        derive(DERIVE_TUNNEL_ID, offer->secret, sizeof(offer->secret), NULL, 0, offer->tunnel_id,
               sizeof(offer->tunnel_id));
}

int offer_init(Offer *offer, const HybridEnv *env) {
        int r;

        *offer = (Offer){};

        r = env->random(env->userdata, offer->secret, sizeof(offer->secret));
        if (r >= 0)
                r = p256_key_generate(&offer->identity, env);
        if (r < 0) {
                offer_done(offer);
                return r;
        }

        derive_keys(offer);
        return 0;
}

void offer_done(Offer *offer) {
        offer->identity = p256_key_free(offer->identity);
        eid_key_done(&offer->eid_key);
        secret_erase(offer, sizeof(*offer));
}

void offer_spend(Offer *offer) {
        secret_erase(offer->secret, sizeof(offer->secret));
        secret_erase(offer->tunnel_id, sizeof(offer->tunnel_id));
}

void offer_keep_identity(Offer *offer) {
        P256Key *identity = offer->identity;

        offer->identity = NULL;
        offer_done(offer);
        offer->identity = identity;
}

void offer_encode(const Offer *offer, HybridOperation operation, bool linking, uint64_t unix_time,
                  char ret[static HYBRID_QR_TEXT_SIZE_MAX]) {
        QrCode code = {
                .n_tunnel_domains = TUNNEL_N_ASSIGNED,
                .has_timestamp = true,
                .timestamp = unix_time,
                .has_linking = true, /* always there: see QrCode */
                .linking = linking,
                .has_hint = true,
                .hint = operation == HYBRID_CREATE ? QR_HINT_MAKE_CREDENTIAL
                                                   : QR_HINT_GET_ASSERTION,
        };
        CLEANUP_ERASE(code);

        p256_compress(p256_key_public(offer->identity), code.public_key);
        memcpy(code.secret, offer->secret, sizeof(code.secret));
        qr_encode(&code, ret);
}

int offer_open(const Offer *offer, const uint8_t *service_data, size_t n,
               uint8_t ret_plaintext[static EID_PLAINTEXT_SIZE], Eid *ret_eid) {
        char host[HYBRID_TUNNEL_HOST_SIZE_MAX];
        uint8_t plaintext[EID_PLAINTEXT_SIZE];
        Eid eid;
        int r;

        if (!offer->identity)
                return HYBRID_E_NOT_OURS;

        r = eid_open(&offer->eid_key, service_data, n, plaintext);
        if (r != 0)
                return r;

        eid_decode(plaintext, &eid);
        if (tunnel_host(eid.tunnel_server_id, host) < 0)
                return HYBRID_E_NOT_OURS;

        memcpy(ret_plaintext, plaintext, sizeof(plaintext));
        *ret_eid = eid;
        return 0;
}

void offer_connect_url(const Offer *offer, const Eid *eid, char ret[static TUNNEL_URL_SIZE_MAX]) {
        int r = tunnel_connect_url(eid->tunnel_server_id, eid->routing_id, offer->tunnel_id, ret);

        assert(r >= 0); /* the domain was checked when the advert was opened */
        (void)r;
}

void offer_start_handshake(const Offer *offer, const uint8_t plaintext[static EID_PLAINTEXT_SIZE],
                           Noise *ret) {
        uint8_t psk[NOISE_PSK_SIZE];
        CLEANUP_ERASE(psk);

        derive(DERIVE_PSK, offer->secret, sizeof(offer->secret), plaintext, EID_PLAINTEXT_SIZE, psk,
               sizeof(psk));
        noise_init(ret, NOISE_KNPSK0, p256_key_public(offer->identity), psk);
}
