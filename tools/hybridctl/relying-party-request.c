/* SPDX-License-Identifier: MIT */

/* What a relying party asks for: PublicKeyCredentialCreationOptionsJSON and …RequestOptionsJSON. */

#include <errno.h>
#include <string.h>

#include "base/base64url.h"
#include "io/random.h"
#include "relying-party.h"
#include "webauthn/blob.h"
#include "wire/cose.h"

static int choose_user_handle(RelyingParty *party, const CredentialList *known) {
        for (size_t i = 0; i < known->n; i++) {
                const Credential *credential = &known->items[i];

                if (strcmp(credential->user_name, party->user_name) != 0)
                        continue;
                memcpy(party->user_handle, credential->user_handle, credential->n_user_handle);
                party->n_user_handle = credential->n_user_handle;
                return 0;
        }

        party->n_user_handle = USER_HANDLE_SIZE;
        return random_env.random(random_env.userdata, party->user_handle, USER_HANDLE_SIZE);
}

int relying_party_prepare(RelyingParty *party, const CredentialList *known) {
        int r;

        r = random_env.random(random_env.userdata, party->challenge, CHALLENGE_SIZE);
        if (r >= 0 && party->operation == HYBRID_CREATE)
                r = choose_user_handle(party, known);
        return r;
}

void relying_party_done(RelyingParty *party) {
        credential_list_done(&party->credentials);
}

/* A string of base64url, or NULL if memory runs out. */
static json_t *json_bytes(const void *data, size_t n) {
        _blob_ text = {};

        if (blob_init(&text, base64url_encoded_size(n) + 1) < 0)
                return NULL;
        base64url_encode(data, n, (char *)text.data);
        return json_string((const char *)text.data);
}

static json_t *extensions(const RelyingParty *party) {
        json_t *object = json_object();

        if (party->operation == HYBRID_CREATE)
                json_object_set_new(object, "credProps", json_true());
        if (party->prf)
                json_object_set_new(object, "prf",
                                    json_pack("{s:{s:o}}", "eval", "first",
                                              json_bytes(party->prf, strlen(party->prf))));
        return object;
}

/* A passkey proper: the phone finds it without being told its id, and makes sure who holds it. */
static json_t *creation_options(const RelyingParty *party) {
        return json_pack("{s:{s:s, s:s}, s:{s:o, s:s, s:s}, s:o, s:[{s:s, s:i}],"
                         " s:{s:s, s:b, s:s}, s:s, s:o}",
                         "rp", "id", party->rp_id, "name", party->rp_id, "user", "id",
                         json_bytes(party->user_handle, party->n_user_handle), "name",
                         party->user_name, "displayName", party->user_name, "challenge",
                         json_bytes(party->challenge, CHALLENGE_SIZE), "pubKeyCredParams", "type",
                         "public-key", "alg", COSE_ES256, "authenticatorSelection", "residentKey",
                         "required", "requireResidentKey", 1, "userVerification", "required",
                         "attestation", party->attestation, "extensions", extensions(party));
}

static json_t *allowed_credentials(const CredentialList *list) {
        json_t *array = json_array();

        for (size_t i = 0; i < list->n; i++)
                json_array_append_new(
                        array, json_pack("{s:s, s:o}", "type", "public-key", "id",
                                         json_bytes(list->items[i].id, list->items[i].n_id)));
        return array;
}

static json_t *request_options(const RelyingParty *party) {
        return json_pack("{s:s, s:o, s:s, s:o, s:o}", "rpId", party->rp_id, "challenge",
                         json_bytes(party->challenge, CHALLENGE_SIZE), "userVerification",
                         "required", "allowCredentials", allowed_credentials(&party->credentials),
                         "extensions", extensions(party));
}

char *relying_party_request(const RelyingParty *party) {
        json_t *options = party->operation == HYBRID_CREATE ? creation_options(party)
                                                            : request_options(party);
        char *text = json_dumps(options, JSON_COMPACT);

        json_decref(options);
        return text;
}
