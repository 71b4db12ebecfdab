/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/secret.h"
#include "webauthn/json-member.h"
#include "webauthn/options.h"
#include "webauthn/refuse.h"
#include "webauthn/related-origins.h"
#include "webauthn/request.h"

DEFINE_CLEANUP(HybridWebauthn *, hybrid_webauthn_free);

/* Some failed allocations in jansson's parser leave no error; others it calls a syntax error. */
static bool is_out_of_memory(const json_error_t *error) {
        return json_error_code(error) == json_error_unknown ||
               json_error_code(error) == json_error_out_of_memory;
}

/*
 * The tree is erased before it is freed. jansson's lexer keeps the text of one token at a time in a
 * buffer that cannot be reached from here; of what passes through it, the challenge and the inputs
 * of PRFs are known to the page anyway.
 */
static int parse_json(const HybridWebauthnParams *params, json_t **ret, HybridFailure *failure) {
        json_error_t error;
        json_t *json;

        if (params->n_json > HYBRID_REQUEST_JSON_SIZE_MAX)
                return refuse_request(failure, HYBRID_CAUSE_BAD_REQUEST, "too much JSON");

        json = json_loadb(params->json, params->n_json, JSON_REJECT_DUPLICATES, &error);
        if (!json && is_out_of_memory(&error))
                return -ENOMEM;
        if (!json_is_object(json)) {
                json_erase(json);
                return refuse_request(failure, HYBRID_CAUSE_BAD_REQUEST, "no JSON object");
        }

        *ret = json;
        return 0;
}

static int read_origin(const HybridWebauthnParams *params, Origin *ret, HybridFailure *failure) {
        int r;

        r = origin_parse(params->origin, params->allow_localhost, ret);
        if (r == HYBRID_E_REFUSED)
                return refuse_request(failure, HYBRID_CAUSE_ORIGIN_REFUSED,
                                      "the origin is not acceptable");
        return r;
}

_public_ int hybrid_webauthn_new(HybridWebauthn **ret, const HybridWebauthnParams *params,
                                 HybridFailure *ret_failure) {
        _cleanup_(hybrid_webauthn_freep) HybridWebauthn *request = NULL;
        _cleanup_(json_erasep) json_t *options = NULL;
        int r;

        request = calloc(1, sizeof(*request));
        if (!request)
                return -ENOMEM;
        request->operation = params->operation;

        r = read_origin(params, &request->origin, ret_failure);
        if (r != 0)
                return r;
        r = parse_json(params, &options, ret_failure);
        if (r != 0)
                return r;

        const OptionsContext context = {
                .request = request,
                .params = params,
                .failure = ret_failure,
        };
        r = params->operation == HYBRID_CREATE ? creation_options_read(&context, options)
                                               : request_options_read(&context, options);
        if (r != 0)
                return r;

        r = request->needs_related_origins ? HYBRID_E_RELATED_ORIGIN : 0;
        *ret = TAKE_PTR(request);
        return r;
}

_public_ int hybrid_webauthn_related_origins(HybridWebauthn *webauthn, const char *json, size_t n,
                                             bool (*is_public_suffix)(void *userdata,
                                                                      const char *domain),
                                             void *userdata, HybridFailure *ret_failure) {
        const char *problem;
        int r;

        if (!webauthn->needs_related_origins || !is_public_suffix)
                return -EINVAL;

        r = related_origins_check(&webauthn->origin, json, n, is_public_suffix, userdata, &problem);
        if (r == HYBRID_E_REFUSED)
                return refuse_request(ret_failure, HYBRID_CAUSE_ORIGIN_REFUSED, problem);
        if (r < 0)
                return r;

        webauthn->needs_related_origins = false;
        return 0;
}

_public_ HybridWebauthn *hybrid_webauthn_free(HybridWebauthn *webauthn) {
        if (!webauthn)
                return NULL;

        blob_done(&webauthn->descriptors);
        blob_done(&webauthn->descriptors_on_phones);
        blob_done(&webauthn->prf);
        blob_done(&webauthn->client_data);
        blob_done(&webauthn->creation.parameters);
        blob_done(&webauthn->creation.attestation_formats);
        free(webauthn->creation.rp_name);
        free(webauthn->creation.user_name);
        free(webauthn->creation.user_display_name);
        return secret_free(webauthn, sizeof(*webauthn));
}

_public_ const char *hybrid_webauthn_rp_id(const HybridWebauthn *webauthn) {
        return webauthn->rp_id;
}

_public_ const char *hybrid_webauthn_origin(const HybridWebauthn *webauthn) {
        return webauthn->origin.text;
}

_public_ uint64_t hybrid_webauthn_timeout_usec(const HybridWebauthn *webauthn) {
        return webauthn->timeout_usec;
}
