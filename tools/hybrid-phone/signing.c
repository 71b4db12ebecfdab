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
        AuthData auth_data = { .flags = AUTH_DATA_UP };

        sha256_of_two(rp_id, strlen(rp_id), "", 0, auth_data.rp_id_hash);
        if (profile_has_option(authenticator->profile, "uv"))
                auth_data.flags |= AUTH_DATA_UV;
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

/* One limit or the other is exceeded. */
static bool is_too_much(const Profile *profile, CborItem list) {
        Ctap2Descriptor descriptor;
        CborIterator it;
        CborItem item;
        size_t n = 0;

        if (!list.data || cbor_item_iterate(list, CBOR_ARRAY, &it) < 0)
                return false;
        while (cbor_item_next(&it, &item)) {
                n++;
                if (profile->credential_size_max > 0 &&
                    ctap2_descriptor_decode(item, &descriptor) >= 0 &&
                    descriptor.id.n > profile->credential_size_max)
                        return true;
        }

        return profile->n_credentials_max > 0 && n > profile->n_credentials_max;
}

int check_descriptors(const Authenticator *authenticator, CborItem list, AuthenticatorAnswer *ret) {
        if (is_too_much(authenticator->profile, list))
                return answer_status(ret, CTAP2_ERR_LIMIT_EXCEEDED,
                                     "a list of credentials exceeds what getInfo allows");
        return answer_ask(ret);
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
