/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "base/secret.h"
#include "crypto/sha256.h"
#include "webauthn/refuse.h"
#include "webauthn/reply.h"

static bool rp_id_hash_matches(const ReplyContext *context, const AuthData *auth_data) {
        const char *rp_id = context->request->rp_id;
        uint8_t hash[SHA256_SIZE];

        sha256_of_two(rp_id, strlen(rp_id), "", 0, hash);
        return memcmp(hash, auth_data->rp_id_hash, sizeof(hash)) == 0;
}

/* Phones that sign an output "prf" may do so, but PRF results must not reach the server that way. */
static bool is_prf_without_results(CborItem name, CborItem value) {
        CborItem results;

        return cbor_item_is_text(name, CTAP2_PRF_NAME) &&
               cbor_item_map_get_text(value, "results", &results) == -ENOENT;
}

static bool was_asked_for(const CommandPlan *plan, CborItem name, CborItem value) {
        if (cbor_item_is_text(name, CRED_PROTECT_NAME))
                return plan->cred_protect && cbor_item_type(value) == CBOR_UINT;
        if (cbor_item_is_text(name, MIN_PIN_LENGTH_NAME))
                return plan->min_pin_length && cbor_item_type(value) == CBOR_UINT;
        return plan->prf && is_prf_without_results(name, value);
}

/* Signed outputs go to the relying party with the rest, so each must have been asked for. */
static bool extensions_were_asked_for(const ReplyContext *context, CborItem extensions) {
        CborItem name, value;
        CborIterator it;

        if (!extensions.data)
                return true;
        if (cbor_item_iterate(extensions, CBOR_MAP, &it) < 0)
                return false;

        while (cbor_item_next(&it, &name) && cbor_item_next(&it, &value))
                if (!was_asked_for(&context->plan, name, value))
                        return false;

        return true;
}

/* Whether the credential is protected as it must be, if it must be. */
static bool is_protected(const ReplyContext *context, CborItem extensions) {
        uint64_t policy = CRED_PROTECT_UV_OPTIONAL;
        CborItem value;

        if (!context->request->extensions.enforce_cred_protect)
                return true;
        if (extensions.data && cbor_item_map_get_text(extensions, CRED_PROTECT_NAME, &value) >= 0 &&
            cbor_item_get_uint(value, &policy) < 0)
                return false;
        return policy >= context->plan.cred_protect;
}

int reply_read_auth_data(const ReplyContext *context, Ctap2Bytes bytes, AuthData *ret) {
        AuthData auth_data;

        if (auth_data_decode(bytes.data, bytes.n, &auth_data) < 0)
                return refuse_reply(context->failure, "the authenticator data are malformed");
        if (!rp_id_hash_matches(context, &auth_data))
                return refuse_reply(context->failure, "the reply is for another RP ID");
        if (!(auth_data.flags & AUTH_DATA_UP))
                return refuse_reply(context->failure, "no user was present");
        if (!(auth_data.flags & AUTH_DATA_UV) &&
            context->request->user_verification == REQUIREMENT_REQUIRED)
                return refuse_reply(context->failure, "the user was not verified");
        if (!extensions_were_asked_for(context, auth_data.extensions))
                return refuse_reply(context->failure, "an extension output nobody asked for");

        if (!is_protected(context, auth_data.extensions))
                return refuse_reply(context->failure, "a credential with too little protection");

        *ret = auth_data;
        return 0;
}

/* Keeps of the output what was asked for. */
static void limit_prf(const ReplyContext *context, Ctap2Bytes credential_id,
                      Ctap2PrfOutput *output) {
        Ctap2PrfInput input;
        Ctap2PrfValues asked;
        CLEANUP_ERASE(asked);
        int r;

        r = ctap2_prf_input_decode(blob_item(&context->request->prf), &input);
        if (r >= 0)
                r = ctap2_prf_input_find(&input, credential_id, &asked);
        if (r < 0)
                output->has_results = false;
        else if (!asked.has_second)
                output->results.has_second = false;

        if (context->request->operation == HYBRID_CREATE && !output->enabled)
                output->has_results = false;
}

int reply_read_prf(const ReplyContext *context, CborItem unsigned_extensions,
                   Ctap2Bytes credential_id, Ctap2PrfOutput *ret) {
        Ctap2PrfOutput output = {};
        CLEANUP_ERASE(output);
        CborItem item;

        if (context->plan.prf && unsigned_extensions.data &&
            cbor_item_map_get_text(unsigned_extensions, CTAP2_PRF_NAME, &item) >= 0) {
                if (ctap2_prf_output_decode(item, &output) < 0)
                        return refuse_reply(context->failure, "the PRF output is malformed");
                limit_prf(context, credential_id, &output);
        }

        *ret = output;
        return 0;
}

/* AuthenticationExtensionsPRFOutputsJSON; `enabled` belongs to registrations and is always there. */
static void write_prf(const ReplyJson *reply, JsonWriter *json) {
        const Ctap2PrfValues *results = &reply->prf->results;

        json_writer_open(json, "prf", '{');
        if (reply->context->request->operation == HYBRID_CREATE)
                json_writer_bool(json, "enabled", reply->prf->enabled);
        if (reply->prf->has_results) {
                json_writer_open(json, "results", '{');
                json_writer_bytes(json, "first", results->first, sizeof(results->first));
                if (results->has_second)
                        json_writer_bytes(json, "second", results->second, sizeof(results->second));
                json_writer_close(json, '}');
        }
        json_writer_close(json, '}');
}

static void write_cred_props(const ReplyJson *reply, JsonWriter *json) {
        json_writer_open(json, "credProps", '{');
        json_writer_bool(json, "rk", reply->context->plan.phone_does_rk);
        json_writer_close(json, '}');
}

/* AuthenticationExtensionsLargeBlobOutputsJSON of a phone that keeps none. */
static void write_large_blob(const HybridWebauthn *request, JsonWriter *json) {
        json_writer_open(json, "largeBlob", '{');
        if (request->operation == HYBRID_CREATE)
                json_writer_bool(json, "supported", false);
        if (request->extensions.large_blob_write)
                json_writer_bool(json, "written", false);
        json_writer_close(json, '}');
}

static void write_extension_results(const ReplyJson *reply, JsonWriter *json) {
        const HybridWebauthn *request = reply->context->request;
        const ExtensionOptions *extensions = &request->extensions;

        json_writer_open(json, "clientExtensionResults", '{');
        if (extensions->app_id)
                json_writer_bool(json,
                                 request->operation == HYBRID_CREATE ? "appidExclude" : "appid",
                                 false);
        if (extensions->cred_props)
                write_cred_props(reply, json);
        if (extensions->large_blob)
                write_large_blob(request, json);
        if (request->has_prf)
                write_prf(reply, json);
        json_writer_close(json, '}');
}

void reply_write_head(const ReplyJson *reply, JsonWriter *json) {
        json_writer_bytes(json, "id", reply->credential_id.data, reply->credential_id.n);
        json_writer_bytes(json, "rawId", reply->credential_id.data, reply->credential_id.n);
        json_writer_string(json, "type", "public-key");
        json_writer_string(json, "authenticatorAttachment", "cross-platform");
        write_extension_results(reply, json);
}
