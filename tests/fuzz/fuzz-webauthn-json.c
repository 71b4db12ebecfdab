/* SPDX-License-Identifier: MIT */

/*
 * A relying party's request. Input: a byte of choices, the origin up to a line end, the JSON.
 * Whatever is accepted leads to a command that a strict phone can read.
 */

#include "base/cbor-item.h"
#include "fuzz.h"
#include "wire/ctap2-get-assertion.h"
#include "wire/ctap2-make-credential.h"

/* Phones as they are, and one with all that requests can depend on and small limits. */
static const uint8_t usual_info[] = {
        0xa3, 0x01, 0x81, 0x68, 'F',  'I',  'D',  'O', '_', '2',  '_',  '0', 0x02, 0x81,
        0x63, 'p',  'r',  'f',  0x04, 0xa2, 0x62, 'r', 'k', 0xf5, 0x62, 'u', 'v',  0xf5,
};

static const uint8_t full_info[] = {
        0xa6, 0x01, 0x81, 0x68, 'F',  'I',  'D',  'O',  '_', '2', '_',  '0',  0x02, 0x83,
        0x6b, 'c',  'r',  'e',  'd',  'P',  'r',  'o',  't', 'e', 'c',  't',  0x6c, 'm',
        'i',  'n',  'P',  'i',  'n',  'L',  'e',  'n',  'g', 't', 'h',  0x63, 'p',  'r',
        'f',  0x04, 0xa3, 0x62, 'e',  'p',  0xf5, 0x62, 'r', 'k', 0xf5, 0x62, 'u',  'v',
        0xf5, 0x07, 0x02, 0x08, 0x04, 0x16, 0x81, 0x66, 'p', 'a', 'c',  'k',  'e',  'd',
};

static bool is_public_suffix(void *userdata, const char *domain) {
        return !strchr(domain, '.') || strcmp(domain, "co.uk") == 0;
}

static void check_command(const HybridWebauthn *request, bool create, const uint8_t *get_info,
                          size_t n_get_info) {
        Ctap2MakeCredential make_credential;
        Ctap2GetAssertion get_assertion;
        HybridFailure failure = {};
        uint8_t *command;
        CborItem map;
        size_t n;

        if (hybrid_webauthn_command(request, get_info, n_get_info, &command, &n, &failure) != 0)
                return;
        check(cbor_item_parse(command + 1, n - 1, 8, CBOR_CANONICAL_ORDER, &map) == 0);
        if (create)
                check(ctap2_make_credential_decode(command, n, &make_credential) == 0);
        else
                check(ctap2_get_assertion_decode(command, n, &get_assertion) == 0);
        free(command);
}

static bool fuzz_allows_enterprise(void *userdata, const char *rp_id) {
        return strlen(rp_id) % 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        FuzzInput input = { data, n };
        uint8_t choices = fuzz_u8(&input);
        const uint8_t *end = memchr(input.data, '\n', input.n);
        HybridWebauthnParams params = {
                .operation = choices & 1 ? HYBRID_CREATE : HYBRID_GET,
                .allow_localhost = choices & 2,
                .is_public_suffix = is_public_suffix,
                .cross_origin = choices & 8,
                .allows_enterprise_attestation = choices & 16 ? fuzz_allows_enterprise : NULL,
        };
        HybridWebauthn *request = NULL;
        HybridFailure failure = {};
        char *origin;
        int r;

        if (!end)
                return 0;
        origin = strndup((const char *)input.data, (size_t)(end - input.data));
        params.origin = origin;
        params.top_origin = choices & 4 ? origin : NULL;
        params.json = (const char *)end + 1;
        params.n_json = input.n - (size_t)(end + 1 - input.data);

        r = hybrid_webauthn_new(&request, &params, &failure);
        check(r == 0 || r == HYBRID_E_REFUSED);
        if (r == 0) {
                check(strlen(hybrid_webauthn_rp_id(request)) > 0);
                check_command(request, choices & 1, usual_info, sizeof(usual_info));
                check_command(request, choices & 1, full_info, sizeof(full_info));
        }
        hybrid_webauthn_free(request);
        free(origin);
        return 0;
}
