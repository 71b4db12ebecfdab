/* SPDX-License-Identifier: MIT */

/*
 * What a phone does about links: it tells a desktop what it can be reached by, and lets that desktop
 * contact it later (CTAP 2.2 section 11.5.1.10).
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/macro.h"
#include "base/secret.h"
#include "session/phone-internal.h"
#include "wire/link-record.h"
#include "wire/tunnel-url.h"

DEFINE_CLEANUP(P256Key *, p256_key_free);

int hybrid_phone_make_identity(const HybridEnv *env,
                               uint8_t ret_private[HYBRID_LINK_PRIVATE_KEY_SIZE],
                               uint8_t ret_public[HYBRID_LINK_PUBLIC_KEY_SIZE]) {
        _cleanup_(p256_key_freep) P256Key *key = NULL;
        int r;

        r = p256_key_generate(&key, env);
        if (r < 0)
                return r;

        p256_key_scalar(key, ret_private);
        memcpy(ret_public, p256_key_public(key), HYBRID_LINK_PUBLIC_KEY_SIZE);
        return 0;
}

int phone_take_link(HybridPhone *phone, const HybridPhoneParams *params) {
        int r;

        if (!params->link)
                return 0;
        if (!params->private_key)
                return -EINVAL;

        r = p256_key_new(&phone->own_key, params->private_key);
        if (r < 0)
                return r;
        if (memcmp(p256_key_public(phone->own_key), params->link->public_key,
                   sizeof(params->link->public_key)) != 0)
                return -EINVAL;

        phone->link = *params->link;
        phone->link.tunnel_server_id = params->tunnel_server_id;
        r = link_check(&phone->link);
        if (r < 0)
                return r;
        phone_log_key(phone, "link-secret", phone->link.secret, sizeof(phone->link.secret));
        return 0;
}

void phone_forget_link(HybridPhone *phone) {
        phone->own_key = p256_key_free(phone->own_key);
        hybrid_link_done(&phone->link);
}

bool phone_gives_link(const HybridPhone *phone, HybridPhoneLinking linking) {
        return phone->own_key && !phone->is_linked && !phone->link_sent && phone->code.linking &&
               phone->params.linking == linking;
}

int phone_encode_linking(HybridPhone *phone, uint8_t ret[static LINKING_SIZE_MAX], size_t *ret_n) {
        ByteWriter w = { .data = ret, .size = LINKING_SIZE_MAX };
        Linking linking = { .link = phone->link };
        CLEANUP_ERASE(linking);
        int r;

        r = linking_mac(phone->own_key, phone->identity, phone->handshake_hash, linking.mac);
        if (r < 0)
                return r;

        linking_encode(&w, &linking);
        assert(byte_writer_fits(&w));
        phone->link_sent = true;
        *ret_n = w.n;
        return 0;
}

int hybrid_phone_send_link(HybridPhone *phone, uint64_t now_usec) {
        int r;

        r = phone_check_input(phone);
        if (r < 0)
                return r;
        if (!phone_row(phone)->may_send_link || !phone_gives_link(phone, HYBRID_PHONE_LINKS_LATER))
                return -EINVAL;

        r = phone_send_update(phone, true);
        if (r < 0)
                return phone_fail_errno(phone, r, HYBRID_CAUSE_INTERNAL, "");

        if (phone->state == HYBRID_PHONE_LINGERING)
                phone_finish(phone);
        return 0;
}

/* ---- being contacted ------------------------------------------------------------------------ */

typedef struct Push {
        ContactPayload payload;
        uint8_t routing_id[EID_ROUTING_ID_SIZE];
        uint8_t tunnel_id[TUNNEL_ID_SIZE];
} Push;

static int read_push(const HybridContact *contact, Push *ret) {
        if (contact_payload_decode(contact->client_payload, &ret->payload) < 0 ||
            hex_decode(contact->routing_id, strlen(contact->routing_id), ret->routing_id,
                       sizeof(ret->routing_id)) < 0 ||
            hex_decode(contact->tunnel_id, strlen(contact->tunnel_id), ret->tunnel_id,
                       sizeof(ret->tunnel_id)) < 0)
                return -EBADMSG;
        return 0;
}

static int join_tunnel(HybridPhone *phone, const Push *push) {
        char url[TUNNEL_URL_SIZE_MAX], host[HYBRID_TUNNEL_HOST_SIZE_MAX];
        uint16_t id = phone->link.tunnel_server_id;
        int r;

        r = tunnel_connect_url(id, push->routing_id, push->tunnel_id, url);
        if (r < 0)
                return r;

        phone_log_key(phone, "tunnel-id", push->tunnel_id, sizeof(push->tunnel_id));
        (void)tunnel_host(id, host);
        phone_enter_state(phone, HYBRID_PHONE_OPENING_TUNNEL);
        return action_queue_push_connect(&phone->actions, url, host, NULL);
}

int hybrid_phone_contacted(HybridPhone *phone, const HybridContact *contact, uint64_t now_usec) {
        Push push;
        int r;

        r = phone_check_input(phone);
        if (r < 0)
                return r;
        if (phone->state != HYBRID_PHONE_WAITING_FOR_CONTACT)
                return -EINVAL;
        if (read_push(contact, &push) < 0 ||
            memcmp(push.payload.link_id, phone->link.link_id, sizeof(phone->link.link_id)) != 0)
                return HYBRID_E_NOT_OURS;

        memcpy(phone->client_nonce, push.payload.nonce, sizeof(phone->client_nonce));
        phone->operation = push.payload.operation;
        phone->deadline_usec = now_usec + phone->params.timeout_usec;
        r = join_tunnel(phone, &push);
        if (r < 0)
                return phone_fail_errno(phone, r, HYBRID_CAUSE_INTERNAL, "");
        return 0;
}
