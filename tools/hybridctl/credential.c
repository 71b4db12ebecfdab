/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "credential.h"
#include "webauthn/json-member.h"

/* A string of base64url, or NULL if memory runs out. */
static json_t *json_bytes(const uint8_t *data, size_t n) {
        char text[CTAP2_CREDENTIAL_ID_SIZE_MAX * 4 / 3 + 4];

        assert(base64url_encoded_size(n) < sizeof(text));
        base64url_encode(data, n, text);
        return json_string(text);
}

json_t *credential_to_json(const Credential *credential) {
        return json_pack("{s:s, s:s, s:o, s:o, s:o, s:I, s:b}", "rpId", credential->rp_id,
                         "userName", credential->user_name, "userHandle",
                         json_bytes(credential->user_handle, credential->n_user_handle),
                         "credentialId", json_bytes(credential->id, credential->n_id), "publicKey",
                         json_bytes(credential->public_key, sizeof(credential->public_key)),
                         "signCount", (json_int_t)credential->sign_count, "backupEligible",
                         credential->backup_eligible);
}

static int read_text(const json_t *json, const char *name, char *ret, size_t size) {
        const char *text;
        int r;

        r = json_member_text(json, name, &text);
        if (r < 0 || strlen(text) >= size)
                return -EBADMSG;

        snprintf(ret, size, "%s", text);
        return 0;
}

/* From 1 to `size` bytes. */
static int read_bytes(const json_t *json, const char *name, uint8_t *ret, size_t *ret_n,
                      size_t size) {
        _blob_ bytes = {};
        int r;

        r = json_member_bytes(json, name, &bytes);
        if (r < 0)
                return r == -ENOMEM ? r : -EBADMSG;
        if (bytes.n == 0 || bytes.n > size)
                return -EBADMSG;

        memcpy(ret, bytes.data, bytes.n);
        *ret_n = bytes.n;
        return 0;
}

static int read_public_key(const json_t *json, uint8_t ret[static P256_UNCOMPRESSED_SIZE]) {
        size_t n;
        int r;

        r = read_bytes(json, "publicKey", ret, &n, P256_UNCOMPRESSED_SIZE);
        if (r < 0)
                return r;
        return n == P256_UNCOMPRESSED_SIZE ? p256_check(ret) : -EBADMSG;
}

static int read_sign_count(const json_t *json, uint32_t *ret) {
        json_int_t value;
        json_t *member;

        if (json_member(json, "signCount", JSON_INTEGER, &member) < 0)
                return -EBADMSG;
        value = json_integer_value(member);
        if (value < 0 || value > UINT32_MAX)
                return -EBADMSG;

        *ret = (uint32_t)value;
        return 0;
}

int credential_from_json(const json_t *json, Credential *ret) {
        Credential credential = {};
        int r;

        r = read_text(json, "rpId", credential.rp_id, sizeof(credential.rp_id));
        if (r >= 0)
                r = read_text(json, "userName", credential.user_name, sizeof(credential.user_name));
        if (r >= 0)
                r = read_bytes(json, "userHandle", credential.user_handle,
                               &credential.n_user_handle, sizeof(credential.user_handle));
        if (r >= 0)
                r = read_bytes(json, "credentialId", credential.id, &credential.n_id,
                               sizeof(credential.id));
        if (r >= 0)
                r = read_public_key(json, credential.public_key);
        if (r >= 0)
                r = read_sign_count(json, &credential.sign_count);
        if (r >= 0 && json_member_bool(json, "backupEligible", &credential.backup_eligible) < 0)
                r = -EBADMSG;
        if (r < 0)
                return r;

        *ret = credential;
        return 0;
}

int credential_list_add(CredentialList *list, const Credential *credential) {
        Credential *items = reallocarray(list->items, list->n + 1, sizeof(*items));

        if (!items)
                return -ENOMEM;
        list->items = items;
        list->items[list->n++] = *credential;
        return 0;
}

void credential_list_done(CredentialList *list) {
        free(list->items);
        *list = (CredentialList){};
}

const Credential *credential_list_find(const CredentialList *list, const uint8_t *id, size_t n_id) {
        for (size_t i = 0; i < list->n; i++)
                if (list->items[i].n_id == n_id && memcmp(list->items[i].id, id, n_id) == 0)
                        return &list->items[i];
        return NULL;
}
