/* SPDX-License-Identifier: MIT */

/*
 * A phone's reply and its getInfo response. Input: a byte of choices, getInfo with its length
 * before it, the reply. What comes out is JSON of the right shape, or a refusal that says why.
 */

#include <jansson.h>

#include "fuzz.h"

static const char create_json[] =
        "{\"rp\":{\"name\":\"E\"},\"user\":{\"id\":\"AA\",\"name\":\"u\",\"displayName\":\"U\"},"
        "\"challenge\":\"AAAA\",\"pubKeyCredParams\":[{\"type\":\"public-key\",\"alg\":-7}],"
        "\"attestation\":\"%s\",\"extensions\":{\"prf\":{\"eval\":{\"first\":\"AA\"}},"
        "\"credProps\":true,\"minPinLength\":true,\"largeBlob\":{\"support\":\"preferred\"},"
        "\"credentialProtectionPolicy\":\"userVerificationRequired\"}}";
static const char get_json[] =
        "{\"challenge\":\"AAAA\",\"allowCredentials\":%s,"
        "\"extensions\":{\"prf\":{\"eval\":{\"first\":\"AA\",\"second\":\"AQ\"}}}}";

static HybridWebauthn *make_request(uint8_t choices) {
        bool create = choices & 1;
        HybridWebauthnParams params = {
                .operation = create ? HYBRID_CREATE : HYBRID_GET,
                .origin = "https://example.com",
        };
        HybridFailure failure = {};
        HybridWebauthn *request = NULL;
        char json[1024];

        if (create)
                snprintf(json, sizeof(json), create_json, choices & 2 ? "direct" : "none");
        else
                snprintf(json, sizeof(json), get_json,
                         choices & 2 ? "[{\"type\":\"public-key\",\"id\":\"AQID\"}]" : "[]");
        params.json = json;
        params.n_json = strlen(json);
        check(hybrid_webauthn_new(&request, &params, &failure) == 0);
        return request;
}

static void check_json(const char *text) {
        json_error_t error;
        json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);

        check(json_is_object(json));
        check(json_is_string(json_object_get(json, "id")));
        check(json_is_object(json_object_get(json, "response")));
        check(json_is_object(json_object_get(json, "clientExtensionResults")));
        json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        FuzzInput input = { data, n };
        HybridWebauthn *request = make_request(fuzz_u8(&input));
        HybridAuthenticator authenticator = {};
        HybridFailure failure = {};
        const uint8_t *get_info;
        size_t n_get_info;
        char *json = NULL;
        int r;

        get_info = fuzz_bytes(&input, 4096, &n_get_info);
        r = hybrid_webauthn_response(request, get_info, n_get_info, input.data, input.n, &json,
                                     &authenticator, &failure);
        check(r == 0 || r == HYBRID_E_REFUSED);
        if (r == 0)
                check_json(json);
        else
                check(hybrid_cause_name(failure.cause)[0] != '\0');
        free(json);
        hybrid_webauthn_free(request);
        return 0;
}
