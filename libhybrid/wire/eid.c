/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "wire/eid.h"

/* Offsets in the plaintext. */
enum {
        RESERVED = 0,
        NONCE = 1,
        ROUTING_ID = NONCE + EID_NONCE_SIZE,
        TUNNEL_SERVER_ID = ROUTING_ID + EID_ROUTING_ID_SIZE,
};

void eid_key_init(EidKey *key, const uint8_t bytes[static EID_KEY_SIZE]) {
        memcpy(key->aes, bytes, AES256_KEY_SIZE);
        hmac_key_init(&key->hmac, bytes + AES256_KEY_SIZE, EID_KEY_SIZE - AES256_KEY_SIZE);
}

void eid_key_done(EidKey *key) {
        secret_erase(key, sizeof(*key));
}

int eid_seal(const EidKey *key, const uint8_t plaintext[static EID_PLAINTEXT_SIZE],
             uint8_t ret[static HYBRID_ADVERT_SIZE]) {
        uint8_t tag[SHA256_SIZE], advert[HYBRID_ADVERT_SIZE];
        int r;

        r = aes256_encrypt_block(key->aes, plaintext, advert);
        if (r < 0)
                return r;

        hmac_sha256(&key->hmac, advert, EID_PLAINTEXT_SIZE, tag);
        memcpy(advert + EID_PLAINTEXT_SIZE, tag, EID_TAG_SIZE);
        memcpy(ret, advert, sizeof(advert));
        return 0;
}

int eid_open(const EidKey *key, const uint8_t *service_data, size_t n,
             uint8_t ret_plaintext[static EID_PLAINTEXT_SIZE]) {
        uint8_t tag[SHA256_SIZE], plaintext[EID_PLAINTEXT_SIZE];
        int r;

        if (n < HYBRID_ADVERT_SIZE)
                return HYBRID_E_NOT_OURS;

        hmac_sha256(&key->hmac, service_data, EID_PLAINTEXT_SIZE, tag);
        if (!secret_equal(tag, service_data + EID_PLAINTEXT_SIZE, EID_TAG_SIZE))
                return HYBRID_E_NOT_OURS;

        r = aes256_decrypt_block(key->aes, service_data, plaintext);
        if (r < 0)
                return r;
        if (plaintext[RESERVED] != 0)
                return HYBRID_E_NOT_OURS;

        memcpy(ret_plaintext, plaintext, sizeof(plaintext));
        return 0;
}

void eid_encode(const Eid *eid, uint8_t ret[static EID_PLAINTEXT_SIZE]) {
        ret[RESERVED] = 0;
        memcpy(ret + NONCE, eid->nonce, EID_NONCE_SIZE);
        memcpy(ret + ROUTING_ID, eid->routing_id, EID_ROUTING_ID_SIZE);
        put_le16(ret + TUNNEL_SERVER_ID, eid->tunnel_server_id);
}

void eid_decode(const uint8_t plaintext[static EID_PLAINTEXT_SIZE], Eid *ret) {
        memcpy(ret->nonce, plaintext + NONCE, EID_NONCE_SIZE);
        memcpy(ret->routing_id, plaintext + ROUTING_ID, EID_ROUTING_ID_SIZE);
        ret->tunnel_server_id = get_le16(plaintext + TUNNEL_SERVER_ID);
}
