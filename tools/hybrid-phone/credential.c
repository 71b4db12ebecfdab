/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cbor-writer.h"
#include "base/secret.h"
#include "credential.h"

#define FORMAT_VERSION 1

/* Keys of the map in a file. */
enum {
        KEY_VERSION = 0,
        KEY_ID = 1,
        KEY_PRIVATE_KEY = 2,
        KEY_PRF_SECRET = 3,
        KEY_RP_ID = 4,
        KEY_USER_ID = 5,
        KEY_USER_NAME = 6,
        KEY_USER_DISPLAY_NAME = 7,
        KEY_COUNTER = 8,
        KEY_CREATED = 9,
        N_KEYS = 10,
};

DEFINE_CLEANUP(P256Key *, p256_key_free);

/* Copies a name and cuts it where a character ends. */
static void copy_name(Ctap2Text text, char ret[static CREDENTIAL_NAME_SIZE_MAX + 1]) {
        size_t n = text.n;

        if (n > CREDENTIAL_NAME_SIZE_MAX)
                for (n = CREDENTIAL_NAME_SIZE_MAX; n > 0 && ((uint8_t)text.data[n] & 0xc0) == 0x80;)
                        n--;
        if (n > 0)
                memcpy(ret, text.data, n);
        ret[n] = '\0';
}

/* RP IDs are names of domains: whatever else is in there, no NUL is. */
static int copy_account(const CredentialAccount *account, Credential *credential) {
        Ctap2Text rp_id = account->rp_id;
        Ctap2Bytes user_id = account->user_id;

        if (!rp_id.data || rp_id.n == 0 || rp_id.n > CREDENTIAL_RP_ID_SIZE_MAX ||
            memchr(rp_id.data, '\0', rp_id.n))
                return -EINVAL;
        if (!user_id.data || user_id.n == 0 || user_id.n > CTAP2_USER_ID_SIZE_MAX)
                return -EINVAL;

        memcpy(credential->rp_id, rp_id.data, rp_id.n);
        memcpy(credential->user_id, user_id.data, user_id.n);
        credential->n_user_id = user_id.n;
        copy_name(account->user_name, credential->user_name);
        copy_name(account->user_display_name, credential->user_display_name);
        return 0;
}

static int make_secrets(Credential *credential, const HybridEnv *env) {
        _cleanup_(p256_key_freep) P256Key *key = NULL;
        int r;

        r = p256_key_generate(&key, env);
        if (r < 0)
                return r;
        p256_key_scalar(key, credential->private_key);

        r = env->random(env->userdata, credential->prf_secret, sizeof(credential->prf_secret));
        if (r < 0)
                return r;
        return env->random(env->userdata, credential->id, credential->n_id);
}

int credential_new(Credential **ret, const CredentialAccount *account, size_t n_id,
                   const HybridEnv *env) {
        _cleanup_(credential_freep) Credential *credential = calloc(1, sizeof(*credential));
        int r;

        if (!credential)
                return -ENOMEM;
        credential->n_id = n_id;

        r = copy_account(account, credential);
        if (r >= 0)
                r = make_secrets(credential, env);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(credential);
        return 0;
}

Credential *credential_free(Credential *credential) {
        return secret_free(credential, sizeof(*credential));
}

void credential_encode(const Credential *credential, ByteWriter *w) {
        cbor_write_map(w, N_KEYS);
        cbor_write_uint(w, KEY_VERSION);
        cbor_write_uint(w, FORMAT_VERSION);
        cbor_write_uint(w, KEY_ID);
        cbor_write_bytes(w, credential->id, credential->n_id);
        cbor_write_uint(w, KEY_PRIVATE_KEY);
        cbor_write_bytes(w, credential->private_key, sizeof(credential->private_key));
        cbor_write_uint(w, KEY_PRF_SECRET);
        cbor_write_bytes(w, credential->prf_secret, sizeof(credential->prf_secret));
        cbor_write_uint(w, KEY_RP_ID);
        cbor_write_string(w, credential->rp_id);
        cbor_write_uint(w, KEY_USER_ID);
        cbor_write_bytes(w, credential->user_id, credential->n_user_id);
        cbor_write_uint(w, KEY_USER_NAME);
        cbor_write_string(w, credential->user_name);
        cbor_write_uint(w, KEY_USER_DISPLAY_NAME);
        cbor_write_string(w, credential->user_display_name);
        cbor_write_uint(w, KEY_COUNTER);
        cbor_write_uint(w, credential->counter);
        cbor_write_uint(w, KEY_CREATED);
        cbor_write_uint(w, credential->created_usec);
}

static int read_uint(CborItem map, int64_t key, uint64_t max, uint64_t *ret) {
        CborItem item;
        uint64_t value;

        if (cbor_item_map_get(map, key, &item) < 0 || cbor_item_get_uint(item, &value) < 0 ||
            value > max)
                return -EBADMSG;

        *ret = value;
        return 0;
}

static int read_exact(CborItem map, int64_t key, uint8_t *ret, size_t n) {
        CborItem item;

        if (cbor_item_map_get(map, key, &item) < 0)
                return -EBADMSG;
        return cbor_item_get_bytes_exact(item, ret, n);
}

static int read_numbers(CborItem map, Credential *credential) {
        uint64_t version, counter;

        if (read_uint(map, KEY_VERSION, UINT64_MAX, &version) < 0 || version != FORMAT_VERSION ||
            read_uint(map, KEY_COUNTER, UINT32_MAX, &counter) < 0 ||
            read_uint(map, KEY_CREATED, UINT64_MAX, &credential->created_usec) < 0)
                return -EBADMSG;

        credential->counter = (uint32_t)counter;
        return 0;
}

static int read_account(CborItem map, Credential *credential) {
        CredentialAccount account = {};

        if (ctap2_read_text(map, KEY_RP_ID, &account.rp_id) < 0 ||
            ctap2_read_bytes(map, KEY_USER_ID, &account.user_id) < 0 ||
            ctap2_read_text(map, KEY_USER_NAME, &account.user_name) < 0 ||
            ctap2_read_text(map, KEY_USER_DISPLAY_NAME, &account.user_display_name) < 0)
                return -EBADMSG;
        return copy_account(&account, credential) < 0 ? -EBADMSG : 0;
}

/* A scalar that is no key shows when it is imported. */
static int read_secrets(CborItem map, Credential *credential) {
        _cleanup_(p256_key_freep) P256Key *key = NULL;
        Ctap2Bytes id = {};
        int r;

        if (ctap2_read_bytes(map, KEY_ID, &id) < 0 || !id.data || id.n < CREDENTIAL_ID_SIZE_MIN ||
            id.n > CREDENTIAL_ID_SIZE_MAX)
                return -EBADMSG;
        memcpy(credential->id, id.data, id.n);
        credential->n_id = id.n;

        if (read_exact(map, KEY_PRIVATE_KEY, credential->private_key, P256_SCALAR_SIZE) < 0 ||
            read_exact(map, KEY_PRF_SECRET, credential->prf_secret, CREDENTIAL_PRF_SECRET_SIZE) < 0)
                return -EBADMSG;
        r = p256_key_new(&key, credential->private_key);
        return r == -EINVAL ? -EBADMSG : r;
}

int credential_decode(Credential **ret, const uint8_t *data, size_t n) {
        _cleanup_(credential_freep) Credential *credential = NULL;
        CborItem map;
        int r;

        if (cbor_item_parse(data, n, 1, CBOR_CANONICAL_ORDER, &map) < 0)
                return -EBADMSG;

        credential = calloc(1, sizeof(*credential));
        if (!credential)
                return -ENOMEM;
        if (read_numbers(map, credential) < 0 || read_account(map, credential) < 0)
                return -EBADMSG;
        r = read_secrets(map, credential);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(credential);
        return 0;
}

Ctap2Descriptor credential_descriptor(const Credential *credential) {
        return (Ctap2Descriptor){
                .id = { .data = credential->id, .n = credential->n_id },
                .type = ctap2_text("public-key"),
        };
}
