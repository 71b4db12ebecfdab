/* SPDX-License-Identifier: MIT */

/*
 * Authenticator data and what is signed with it, and the extension "prf", for both commands.
 */

#include <errno.h>
#include <string.h>

#include "authenticator-internal.h"
#include "base/cbor-writer.h"
#include "base/secret.h"

DEFINE_CLEANUP(P256Key *, p256_key_free);

/* An extension of old security keys that no desktop asks a phone for. */
static CborItem unasked_output(void) {
        static const uint8_t map[] = { 0xa1, 0x6b, 'h', 'm', 'a', 'c', '-',
                                       's',  'e',  'c', 'r', 'e', 't', 0xf5 };

        return (CborItem){ .data = map, .n = sizeof(map) };
}

AuthData authenticator_auth_data(const Authenticator *authenticator, const Credential *credential) {
        const FaultSet *faults = authenticator->faults;
        const char *rp_id =
                fault_is_set(faults, FAULT_REPLY_OTHER_RP) ? "other.example" : credential->rp_id;
        AuthData auth_data = { .flags = AUTH_DATA_UP | AUTH_DATA_UV };

        sha256_of_two(rp_id, strlen(rp_id), "", 0, auth_data.rp_id_hash);
        if (authenticator->profile->counts)
                auth_data.counter = credential->counter;
        if (authenticator->profile->synced)
                auth_data.flags |= AUTH_DATA_BE | AUTH_DATA_BS;
        if (fault_is_set(faults, FAULT_REPLY_NO_UP))
                auth_data.flags &= (uint8_t)~AUTH_DATA_UP;
        if (fault_is_set(faults, FAULT_REPLY_EXTENSION)) {
                auth_data.flags |= AUTH_DATA_ED;
                auth_data.extensions = unasked_output();
        }
        return auth_data;
}

void signed_data_make(SignedData *ret, const AuthData *auth_data,
                      const uint8_t client_data_hash[static SHA256_SIZE]) {
        ByteWriter w = BYTE_WRITER(ret->bytes);

        auth_data_encode(auth_data, &w);
        ret->n_auth_data = w.n;
        byte_writer_append(&w, client_data_hash, SHA256_SIZE);
        ret->n = w.n;
        assert(byte_writer_fits(&w));
}

int credential_sign(const Credential *credential, const SignedData *data, Signature *ret) {
        _cleanup_(p256_key_freep) P256Key *key = NULL;
        int r;

        r = p256_key_new(&key, credential->private_key);
        if (r < 0)
                return r;
        return ecdsa_p256_sign(key, data->bytes, data->n, ret->bytes, &ret->n);
}

int prf_read_input(CborItem extensions, Ctap2PrfInput *ret) {
        CborItem item;
        int r;

        if (!extensions.data)
                return -ENOENT;
        r = cbor_item_map_get_text(extensions, CTAP2_PRF_NAME, &item);
        if (r < 0)
                return r;
        return ctap2_prf_input_decode(item, ret);
}

void prf_evaluate(const Credential *credential, const Ctap2PrfValues *input, Ctap2PrfValues *ret) {
        HmacKey key;
        CLEANUP_ERASE(key);

        hmac_key_init(&key, credential->prf_secret, sizeof(credential->prf_secret));
        hmac_sha256(&key, input->first, sizeof(input->first), ret->first);
        ret->has_second = input->has_second;
        if (input->has_second)
                hmac_sha256(&key, input->second, sizeof(input->second), ret->second);
}

void prf_make_output(const Ctap2PrfOutput *output, Piece *ret) {
        ByteWriter w = piece_writer(ret);

        cbor_write_map(&w, 1);
        cbor_write_string(&w, CTAP2_PRF_NAME);
        ctap2_prf_output_encode(output, &w);
        assert(byte_writer_fits(&w));
        ret->n = w.n;
}
