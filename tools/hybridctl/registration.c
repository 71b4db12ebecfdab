/* SPDX-License-Identifier: MIT */

/* The checks that only a registration needs (WebAuthn Level 3 section 7.1). */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "webauthn/json-member.h"
#include "wire/cose.h"

typedef struct AttestationObject {
        Ctap2Text fmt;
        Ctap2Bytes auth_data;
        CborItem att_stmt;
} AttestationObject;

/* ---- the key -------------------------------------------------------------------------------- */

/* Browsers hand the key out in this form too; who uses it must get the same one. */
static int check_spki(Answer *answer, const CoseKey *key) {
        uint8_t spki[COSE_SPKI_SIZE_MAX];
        ByteWriter w = BYTE_WRITER(spki);
        json_t *algorithm;
        _blob_ given = {};
        int r;

        r = answer_read_bytes(answer, answer->response, "publicKey", &given);
        if (r < 0)
                return r;

        cose_key_encode_spki(key, &w);
        if (given.n != w.n || memcmp(given.data, spki, w.n) != 0)
                return answer_wrong(answer, "publicKey is another key than the registered one");
        if (json_member(answer->response, "publicKeyAlgorithm", JSON_INTEGER, &algorithm) < 0 ||
            json_integer_value(algorithm) != key->algorithm)
                return answer_wrong(answer, "publicKeyAlgorithm is not that of the key");
        return 0;
}

static int take_key(Answer *answer) {
        uint8_t *point = answer->verdict.credential.public_key;
        CoseKey key;
        int r;

        r = cose_key_decode(answer->auth_data.public_key, &key);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return answer_wrong(answer, "the public key is not valid");
        if (key.algorithm != COSE_ES256 || key.type != COSE_KEY_P256)
                return answer_wrong(answer, "the public key is not for ES256");

        point[0] = 0x04; /* uncompressed */
        memcpy(point + 1, key.x.data, key.x.n);
        memcpy(point + 1 + key.x.n, key.y.data, key.y.n);
        return check_spki(answer, &key);
}

/* ---- the credential ------------------------------------------------------------------------- */

static int take_credential(Answer *answer) {
        const RelyingParty *party = answer->party;
        const AuthData *auth_data = &answer->auth_data;
        Credential *credential = &answer->verdict.credential;

        if (!(auth_data->flags & AUTH_DATA_AT))
                return answer_wrong(answer, "the flags say that there is no new passkey");
        if (auth_data->credential_id.n != answer->id.n ||
            memcmp(auth_data->credential_id.data, answer->id.data, answer->id.n) != 0)
                return answer_wrong(answer, "the signed credential id is another one");

        memcpy(credential->id, answer->id.data, answer->id.n);
        credential->n_id = answer->id.n;
        memcpy(credential->user_handle, party->user_handle, party->n_user_handle);
        credential->n_user_handle = party->n_user_handle;
        snprintf(credential->rp_id, sizeof(credential->rp_id), "%s", party->rp_id);
        snprintf(credential->user_name, sizeof(credential->user_name), "%s", party->user_name);
        credential->sign_count = auth_data->counter;
        credential->backup_eligible = auth_data->flags & AUTH_DATA_BE;
        memcpy(answer->verdict.aaguid, auth_data->aaguid, sizeof(auth_data->aaguid));
        return 0;
}

/* ---- attestation ---------------------------------------------------------------------------- */

static int parse_attestation_object(Answer *answer, const Blob *bytes, AttestationObject *ret) {
        AttestationObject object = {};
        CborItem item;

        if (cbor_item_parse(bytes->data, bytes->n, CTAP2_ATTESTATION_DEPTH_MAX, 0, &item) < 0 ||
            ctap2_read_named_text(item, "fmt", &object.fmt) < 0 || !object.fmt.data ||
            ctap2_read_named_bytes(item, "authData", &object.auth_data) < 0 ||
            !object.auth_data.data ||
            ctap2_read_named_item(item, "attStmt", CBOR_MAP, &object.att_stmt) < 0 ||
            !object.att_stmt.data)
                return answer_wrong(answer, "the attestation object is malformed");

        *ret = object;
        return 0;
}

/* Section 8.2, self attestation: the key speaks for itself. */
static int check_self_attestation(Answer *answer, CborItem statement) {
        const uint8_t *signature;
        CborItem item;
        int64_t algorithm;
        size_t n;

        if (cbor_item_map_get_text(statement, "alg", &item) < 0 ||
            cbor_item_get_int(item, &algorithm) < 0 || algorithm != COSE_ES256)
                return answer_wrong(answer, "the attestation is not of the key's algorithm");
        if (cbor_item_map_get_text(statement, "sig", &item) < 0 ||
            cbor_item_get_bytes(item, &signature, &n) < 0)
                return answer_wrong(answer, "the attestation has no signature");

        answer->verdict.attestation = ATTESTATION_SELF;
        return answer_check_signature(answer, answer->verdict.credential.public_key, signature, n);
}

static bool is_format(const AttestationObject *object, const char *name) {
        return object->fmt.n == strlen(name) && memcmp(object->fmt.data, name, object->fmt.n) == 0;
}

static int check_statement(Answer *answer, const AttestationObject *object) {
        CborIterator it;
        CborItem x5c;

        if (is_format(object, "none")) {
                if (cbor_item_iterate(object->att_stmt, CBOR_MAP, &it) < 0 || it.n_items > 0)
                        return answer_wrong(answer, "an attestation \"none\" that is not empty");
                answer->verdict.attestation = ATTESTATION_NONE;
                return 0;
        }
        if (is_format(object, "packed") &&
            cbor_item_map_get_text(object->att_stmt, "x5c", &x5c) < 0)
                return check_self_attestation(answer, object->att_stmt);

        answer->verdict.attestation = ATTESTATION_UNCHECKED;
        return 0;
}

static int check_attestation(Answer *answer) {
        AttestationObject object = {};
        _blob_ bytes = {};
        int r;

        r = answer_read_bytes(answer, answer->response, "attestationObject", &bytes);
        if (r < 0)
                return r;
        r = parse_attestation_object(answer, &bytes, &object);
        if (r < 0)
                return r;
        if (object.auth_data.n == 0 || object.auth_data.n != answer->auth_data_bytes.n ||
            memcmp(object.auth_data.data, answer->auth_data_bytes.data, object.auth_data.n) != 0)
                return answer_wrong(answer, "the attestation object has other data than the rest");
        return check_statement(answer, &object);
}

int registration_check(Answer *answer) {
        int r;

        r = take_credential(answer);
        if (r >= 0)
                r = take_key(answer);
        if (r >= 0)
                r = check_attestation(answer);
        return r;
}
