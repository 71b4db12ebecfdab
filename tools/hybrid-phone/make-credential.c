/* SPDX-License-Identifier: MIT */

/*
 * authenticatorMakeCredential (CTAP 2.2 section 6.1): credentials are always discoverable, keys are
 * always ES256, and the person is always there and always verified.
 */

#include <errno.h>
#include <string.h>

#include "authenticator-internal.h"
#include "base/cbor-writer.h"
#include "base/secret.h"
#include "tools/common/complain.h"
#include "wire/cose.h"

enum {
        N_REQUIRED = 4, /* keys 1 to 4 of the request */
        COSE_KEY_SIZE_MAX = 78,
        MIN_PIN_LENGTH = 4,
        COSE_ES256K = -47, /* for a fault: an algorithm that relying parties do not ask for */
};

/* All that the reply is made of. */
typedef struct Creation {
        uint8_t public_key[COSE_KEY_SIZE_MAX];
        SignedData data;
        const char *format;
        Piece statement;
        Piece signed_extensions;
        Piece extensions;
} Creation;

/* What phones insist on, though the specification does not. NULL: all is there. */
static const char *missing_name(const Authenticator *authenticator) {
        const Ctap2MakeCredential *request = &authenticator->create;
        const Profile *profile = authenticator->profile;

        if (profile->needs_rp_name && !request->rp_name.data)
                return "rp.name is missing";
        if (profile->needs_user_name && !request->user_name.data)
                return "user.name is missing";
        if (profile->needs_display_name && !request->user_display_name.data)
                return "user.displayName is missing";
        return NULL;
}

static Ctap2Status check_lengths(const Ctap2MakeCredential *request) {
        if (request->rp_id.n == 0 || request->rp_id.n > CREDENTIAL_RP_ID_SIZE_MAX ||
            memchr(request->rp_id.data, '\0', request->rp_id.n))
                return CTAP2_ERR_INVALID_PARAMETER;
        if (request->user_id.n == 0 || request->user_id.n > CTAP2_USER_ID_SIZE_MAX)
                return CTAP2_ERR_INVALID_LENGTH;
        return CTAP2_OK;
}

/* The evaluation at creation, if it is asked for. 0, -ENOENT or -EBADMSG. */
static int read_eval(CborItem extensions, Ctap2PrfValues *ret) {
        Ctap2PrfInput input;
        int r;

        r = prf_read_input(extensions, &input);
        if (r < 0)
                return r;
        return input.eval.data ? ctap2_prf_values_decode(input.eval, ret) : -ENOENT;
}

static bool prf_is_malformed(const Ctap2MakeCredential *request) {
        Ctap2PrfValues values;
        CLEANUP_ERASE(values);

        return read_eval(request->extensions, &values) == -EBADMSG;
}

/* Attestation of a device is only for those who have been told that it exists (section 7.1.3). */
static bool enterprise_is_refused(const Authenticator *authenticator) {
        return authenticator->create.enterprise_attestation > 0 &&
               !profile_has_option(authenticator->profile, "ep");
}

static int check(const Authenticator *authenticator, AuthenticatorAnswer *ret) {
        const Ctap2MakeCredential *request = &authenticator->create;
        Ctap2Status status = check_lengths(request);

        if (status != CTAP2_OK)
                return answer_status(ret, status, "the RP ID or user.id is of impossible length");
        if (!ctap2_parameters_contain(request->parameters, COSE_ES256))
                return answer_status(ret, CTAP2_ERR_UNSUPPORTED_ALGORITHM,
                                     "ES256 is not among the algorithms");
        if (request->options.up == CTAP2_OPTION_FALSE)
                return answer_status(ret, CTAP2_ERR_INVALID_OPTION,
                                     "nobody is registered in their absence");
        if (prf_is_malformed(request))
                return answer_status(ret, CTAP2_ERR_INVALID_CBOR, "the PRF input is malformed");
        if (enterprise_is_refused(authenticator))
                return answer_status(ret, CTAP2_ERR_INVALID_PARAMETER,
                                     "this phone has no enterprise attestation");
        return check_descriptors(authenticator, request->exclude_list, ret);
}

int make_credential_take(Authenticator *authenticator, AuthenticatorAnswer *ret) {
        Ctap2MakeCredential *request = &authenticator->create;
        const char *missing;

        if (ctap2_make_credential_decode(authenticator->command.data, authenticator->command.n,
                                         request) < 0)
                return answer_unreadable(authenticator, N_REQUIRED, ret);

        authenticator->question = (AuthenticatorQuestion){
                .operation = HYBRID_CREATE,
                .rp_id = request->rp_id,
                .user_name = request->user_name,
                .user_display_name = request->user_display_name,
        };
        missing = missing_name(authenticator);
        if (missing)
                return answer_without_reply(ret, AUTHENTICATOR_CLOSE, missing);
        return check(authenticator, ret);
}

static int make_public_key(const Authenticator *authenticator, const Credential *credential,
                           uint8_t ret[static COSE_KEY_SIZE_MAX], CborItem *ret_item) {
        ByteWriter w = { .data = ret, .size = COSE_KEY_SIZE_MAX };
        P256Key *pair;
        CoseKey key;
        int r;

        r = p256_key_new(&pair, credential->private_key);
        if (r < 0)
                return r;
        key = cose_key_from_p256(p256_key_public(pair));
        if (fault_is_set(authenticator->faults, FAULT_REPLY_WRONG_ALG))
                key.algorithm = COSE_ES256K;

        cose_key_encode(&key, &w);
        p256_key_free(pair);
        assert(byte_writer_fits(&w));
        *ret_item = (CborItem){ .data = ret, .n = w.n };
        return 0;
}

/* The policy that is asked for, if the phone knows of such; else 0. */
static uint64_t cred_protect(const Authenticator *authenticator) {
        CborItem item;
        uint64_t policy;

        if (!profile_has_extension(authenticator->profile, "credProtect") ||
            cbor_item_map_get_text(authenticator->create.extensions, "credProtect", &item) < 0 ||
            cbor_item_get_uint(item, &policy) < 0)
                return 0;
        return policy;
}

static bool wants_min_pin_length(const Authenticator *authenticator) {
        CborItem item;

        return profile_has_extension(authenticator->profile, "minPinLength") &&
               cbor_item_map_get_text(authenticator->create.extensions, "minPinLength", &item) >= 0;
}

/* Outputs inside the authenticator data (CTAP 2.2 sections 12.1 and 12.5). */
static void make_signed_extensions(const Authenticator *authenticator, Creation *creation) {
        ByteWriter w = piece_writer(&creation->signed_extensions);
        uint64_t policy = 0;
        bool pin = false;

        if (authenticator->create.extensions.data) {
                policy = cred_protect(authenticator);
                pin = wants_min_pin_length(authenticator);
        }
        if (policy == 0 && !pin)
                return;

        cbor_write_map(&w, (size_t) !!policy + pin);
        if (policy > 0) {
                cbor_write_string(&w, "credProtect");
                cbor_write_uint(&w, policy);
        }
        if (pin) {
                cbor_write_string(&w, "minPinLength");
                cbor_write_uint(&w, MIN_PIN_LENGTH);
        }
        creation->signed_extensions.n = w.n;
}

static int make_signed_data(const Authenticator *authenticator, const Credential *credential,
                            Creation *creation) {
        AuthData auth_data = authenticator_auth_data(authenticator, credential);
        int r;

        auth_data.flags |= AUTH_DATA_AT;
        auth_data.credential_id = credential_descriptor(credential).id;
        memcpy(auth_data.aaguid, authenticator->profile->credential_aaguid, HYBRID_AAGUID_SIZE);
        r = make_public_key(authenticator, credential, creation->public_key, &auth_data.public_key);
        if (r < 0)
                return r;

        make_signed_extensions(authenticator, creation);
        if (creation->signed_extensions.n > 0) {
                auth_data.flags |= AUTH_DATA_ED;
                auth_data.extensions = piece_item(&creation->signed_extensions);
        }
        signed_data_make(&creation->data, &auth_data, authenticator->create.client_data_hash);
        return 0;
}

/* What the relying party likes best of what there is; without a word of it, the command line's. */
static bool wants_self_attestation(const Authenticator *authenticator) {
        CborIterator it;
        CborItem item;

        if (authenticator->create.enterprise_attestation > 0)
                return true;
        if (!authenticator->create.attestation_formats.data ||
            cbor_item_iterate(authenticator->create.attestation_formats, CBOR_ARRAY, &it) < 0)
                return authenticator->self_attestation;

        while (cbor_item_next(&it, &item)) {
                if (cbor_item_is_text(item, "packed"))
                        return true;
                if (cbor_item_is_text(item, "none"))
                        return false;
        }
        return authenticator->self_attestation;
}

/* Format "none" has an empty statement; self attestation is "packed" without certificates. */
static int make_statement(const Authenticator *authenticator, const Credential *credential,
                          Creation *creation) {
        ByteWriter w = piece_writer(&creation->statement);
        bool self = wants_self_attestation(authenticator);
        Signature signature;
        int r;

        creation->format = self ? "packed" : "none";
        cbor_write_map(&w, self ? 2 : 0);
        if (self) {
                r = credential_sign(credential, &creation->data, &signature);
                if (r < 0)
                        return r;
                cbor_write_string(&w, "alg");
                cbor_write_int(&w, COSE_ES256);
                cbor_write_string(&w, "sig");
                cbor_write_bytes(&w, signature.bytes, signature.n);
        }

        assert(byte_writer_fits(&w));
        creation->statement.n = w.n;
        return 0;
}

static void make_extensions(const Authenticator *authenticator, const Credential *credential,
                            Creation *creation) {
        CborItem extensions = authenticator->create.extensions;
        Ctap2PrfOutput output = { .has_enabled = true, .enabled = true };
        CLEANUP_ERASE(output);
        Ctap2PrfValues values;
        CLEANUP_ERASE(values);
        Ctap2PrfInput input;

        if (prf_read_input(extensions, &input) < 0)
                return;
        if (read_eval(extensions, &values) >= 0) {
                output.has_results = true;
                prf_evaluate(credential, &values, &output.results);
        }
        prf_make_output(&output, &creation->extensions);
}

static void write_reply(const void *userdata, ByteWriter *w) {
        const Creation *creation = userdata;
        Ctap2MakeCredentialReply reply = {
                .fmt = ctap2_text(creation->format),
                .auth_data = { .data = creation->data.bytes, .n = creation->data.n_auth_data },
                .att_stmt = piece_item(&creation->statement),
                .unsigned_extensions = piece_item(&creation->extensions),
        };

        ctap2_make_credential_reply_encode(&reply, w);
}

static int new_credential(const Authenticator *authenticator, Credential **ret) {
        const Ctap2MakeCredential *request = &authenticator->create;
        CredentialAccount account = {
                .rp_id = request->rp_id,
                .user_id = request->user_id,
                .user_name = request->user_name,
                .user_display_name = request->user_display_name,
        };

        return credential_new(ret, &account, authenticator->profile->n_credential_id,
                              authenticator->env);
}

static int keep(const Authenticator *authenticator, Credential *credential,
                AuthenticatorAnswer *ret) {
        int r;

        r = credential_store_add(authenticator->store, credential);
        if (r >= 0)
                return 0;

        complain("credential store: a credential cannot be kept: %s; see to the folder",
                 strerrordesc_np(-r));
        r = answer_status(ret, r == -ENOSPC ? CTAP2_ERR_KEY_STORE_FULL : CTAP2_ERR_OTHER,
                          "the credential cannot be kept");
        return r < 0 ? r : HYBRID_E_REFUSED;
}

int make_credential_finish(Authenticator *authenticator, AuthenticatorAnswer *ret) {
        _cleanup_(credential_freep) Credential *credential = NULL;
        Creation creation = {};
        CLEANUP_ERASE(creation);
        int r;

        if (authenticator->create.exclude_list.data &&
            credential_store_find(authenticator->store, authenticator->create.rp_id,
                                  authenticator->create.exclude_list))
                return answer_status(ret, CTAP2_ERR_CREDENTIAL_EXCLUDED,
                                     "a credential of the exclude list is here already");

        r = new_credential(authenticator, &credential);
        if (r >= 0)
                r = make_signed_data(authenticator, credential, &creation);
        if (r >= 0)
                r = make_statement(authenticator, credential, &creation);
        if (r < 0)
                return r;
        make_extensions(authenticator, credential, &creation);

        r = keep(authenticator, TAKE_PTR(credential), ret);
        if (r != 0)
                return r < 0 ? r : 0;
        return answer_reply(ret, write_reply, &creation);
}
