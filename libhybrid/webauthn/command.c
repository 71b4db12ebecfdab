/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "base/cbor-writer.h"
#include "base/macro.h"
#include "webauthn/command.h"
#include "webauthn/refuse.h"
#include "wire/ctap2-get-assertion.h"
#include "wire/ctap2-make-credential.h"
#include "wire/ctap2-prf.h"

/* Room for the channel's type byte, padding and tag. */
#define COMMAND_SIZE_MAX (HYBRID_MESSAGE_SIZE_MAX - 64)

/* A phone that says nothing of an option does not have it (CTAP 2.2 section 6.4). */
int command_plan(const HybridWebauthn *request, const Ctap2GetInfo *info, CommandPlan *ret,
                 HybridFailure *failure) {
        bool can_rk = info->options.rk == CTAP2_OPTION_TRUE;
        bool can_uv = info->options.uv == CTAP2_OPTION_TRUE;
        bool prf = request->has_prf && ctap2_get_info_has_extension(info, CTAP2_PRF_NAME);

        if (request->user_verification == REQUIREMENT_REQUIRED && !can_uv)
                return refuse_phone(failure, HYBRID_CAUSE_UNSUPPORTED_CONSTRAINT,
                                    "the phone does not verify its user");
        if (request->creation.resident_key == REQUIREMENT_REQUIRED && !can_rk)
                return refuse_phone(failure, HYBRID_CAUSE_UNSUPPORTED_CONSTRAINT,
                                    "the phone makes no discoverable credentials");

        *ret = (CommandPlan){
                .rk = can_rk && request->creation.resident_key != REQUIREMENT_DISCOURAGED,
                /* PRFs are those of a verified user (WebAuthn Level 3 section 10.1.4). */
                .uv = can_uv && (prf || request->user_verification != REQUIREMENT_DISCOURAGED),
                .prf = prf,
                .phone_does_rk = can_rk,
        };
        return 0;
}

int command_prepare(const HybridWebauthn *request, const uint8_t *get_info, size_t n_get_info,
                    Ctap2GetInfo *ret_info, CommandPlan *ret_plan, HybridFailure *failure) {
        Ctap2GetInfo info;
        CommandPlan plan;
        int r;

        if (ctap2_get_info_decode(get_info, n_get_info, &info) < 0)
                return refuse_reply(failure, "the getInfo response is malformed");
        r = command_plan(request, &info, &plan, failure);
        if (r != 0)
                return r;

        *ret_info = info;
        *ret_plan = plan;
        return 0;
}

static void write_extensions(const void *userdata, ByteWriter *w) {
        const HybridWebauthn *request = userdata;

        cbor_write_map(w, 1);
        cbor_write_string(w, CTAP2_PRF_NAME);
        ctap2_write_item(w, blob_item(&request->prf));
}

static Ctap2Option option(bool flag) {
        return flag ? CTAP2_OPTION_TRUE : CTAP2_OPTION_ABSENT;
}

static void write_make_credential(const void *userdata, ByteWriter *w) {
        ctap2_make_credential_encode(userdata, w);
}

static int build_make_credential(const HybridWebauthn *request, const CommandPlan *plan,
                                 CborItem extensions, Blob *ret) {
        const CreationOptions *creation = &request->creation;
        Ctap2MakeCredential command = {
                .rp_id = ctap2_text(request->rp_id),
                .rp_name = ctap2_text(creation->rp_name),
                .user_id = { .data = creation->user_id, .n = creation->n_user_id },
                .user_name = ctap2_text(creation->user_name),
                .user_display_name = ctap2_text(creation->user_display_name),
                .parameters = blob_item(&creation->parameters),
                .exclude_list = blob_item(&request->descriptors),
                .extensions = extensions,
                .options = { .rk = option(plan->rk), .uv = option(plan->uv) },
        };

        memcpy(command.client_data_hash, request->client_data_hash, SHA256_SIZE);
        return blob_build(ret, write_make_credential, &command);
}

static void write_get_assertion(const void *userdata, ByteWriter *w) {
        ctap2_get_assertion_encode(userdata, w);
}

static int build_get_assertion(const HybridWebauthn *request, const CommandPlan *plan,
                               CborItem extensions, Blob *ret) {
        Ctap2GetAssertion command = {
                .rp_id = ctap2_text(request->rp_id),
                .allow_list = blob_item(&request->descriptors),
                .extensions = extensions,
                .options = { .uv = option(plan->uv) },
        };

        memcpy(command.client_data_hash, request->client_data_hash, SHA256_SIZE);
        return blob_build(ret, write_get_assertion, &command);
}

_public_ int hybrid_webauthn_command(const HybridWebauthn *webauthn, const uint8_t *get_info,
                                     size_t n_get_info, uint8_t **ret, size_t *ret_n,
                                     HybridFailure *ret_failure) {
        _blob_ extensions = {}, command = {};
        Ctap2GetInfo info;
        CommandPlan plan = {};
        int r;

        if (webauthn->needs_related_origins)
                return -EINVAL;
        r = command_prepare(webauthn, get_info, n_get_info, &info, &plan, ret_failure);
        if (r != 0)
                return r;
        if (plan.prf) {
                r = blob_build(&extensions, write_extensions, webauthn);
                if (r < 0)
                        return r;
        }

        r = (webauthn->operation == HYBRID_CREATE ? build_make_credential : build_get_assertion)(
                webauthn, &plan, blob_item(&extensions), &command);
        if (r < 0)
                return r;
        if (command.n > COMMAND_SIZE_MAX)
                return refuse_request(ret_failure, HYBRID_CAUSE_BAD_REQUEST,
                                      "the request is too large for the channel");

        *ret_n = command.n;
        *ret = TAKE_PTR(command.data);
        return 0;
}
