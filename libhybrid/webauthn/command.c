/* SPDX-License-Identifier: MIT */

#include <errno.h>

#include "base/cbor-writer.h"
#include "base/macro.h"
#include "webauthn/command.h"
#include "webauthn/descriptor-list.h"
#include "webauthn/refuse.h"
#include "wire/ctap2-get-assertion.h"
#include "wire/ctap2-make-credential.h"
#include "wire/ctap2-prf.h"

/* Room for the channel's type byte, padding and tag. */
#define COMMAND_SIZE_MAX (HYBRID_MESSAGE_SIZE_MAX - 64)

void command_plan_done(CommandPlan *plan) {
        blob_done(&plan->descriptors);
}

/* A phone that says nothing of an option does not have it (CTAP 2.2 section 6.4). */
static bool phone_can(Ctap2Option option) {
        return option == CTAP2_OPTION_TRUE;
}

static bool is_asked_for_and_listed(bool asked_for, const Ctap2GetInfo *info, const char *name) {
        return asked_for && ctap2_get_info_has_extension(info, name);
}

static int check_requirements(const HybridWebauthn *request, const Ctap2GetInfo *info,
                              HybridFailure *failure) {
        const ExtensionOptions *extensions = &request->extensions;

        if (request->user_verification == REQUIREMENT_REQUIRED && !phone_can(info->options.uv))
                return refuse_phone(failure, HYBRID_CAUSE_UNSUPPORTED_CONSTRAINT,
                                    "the phone does not verify its user");
        if (request->creation.resident_key == REQUIREMENT_REQUIRED && !phone_can(info->options.rk))
                return refuse_phone(failure, HYBRID_CAUSE_UNSUPPORTED_CONSTRAINT,
                                    "the phone makes no discoverable credentials");
        /* Without the extension each credential is as the first policy says. */
        if (extensions->enforce_cred_protect &&
            extensions->cred_protect > CRED_PROTECT_UV_OPTIONAL &&
            !ctap2_get_info_has_extension(info, CRED_PROTECT_NAME))
                return refuse_phone(failure, HYBRID_CAUSE_UNSUPPORTED_CONSTRAINT,
                                    "the phone has no protection policies for credentials");
        return 0;
}

/* An empty list would allow all credentials, so one that nothing is left of is none to send. */
static int plan_descriptors(const HybridWebauthn *request, const Ctap2GetInfo *info,
                            CommandPlan *plan, HybridFailure *failure) {
        int r;

        r = descriptor_list_limit(request, info, &plan->descriptors);
        if (r < 0)
                return r;
        if (request->operation == HYBRID_GET && request->n_descriptors > 0 &&
            plan->descriptors.n == 0)
                return refuse_phone(failure, HYBRID_CAUSE_NO_PASSKEY,
                                    "all of allowCredentials is too long for this phone");
        return 0;
}

static void plan_attestation(const CreationOptions *creation, const Ctap2GetInfo *info,
                             CommandPlan *plan) {
        plan->enterprise_attestation =
                creation->enterprise_attestation && phone_can(info->options.ep);
        plan->attestation_formats =
                creation->attestation_formats.n > 0 && info->attestation_formats.data;
}

static void plan_extensions(const HybridWebauthn *request, const Ctap2GetInfo *info,
                            CommandPlan *plan) {
        const ExtensionOptions *asked = &request->extensions;

        plan->prf = is_asked_for_and_listed(request->has_prf, info, CTAP2_PRF_NAME);
        plan->min_pin_length =
                is_asked_for_and_listed(asked->min_pin_length, info, MIN_PIN_LENGTH_NAME);
        if (is_asked_for_and_listed(asked->cred_protect, info, CRED_PROTECT_NAME))
                plan->cred_protect = asked->cred_protect;
}

static int make_plan(const HybridWebauthn *request, const Ctap2GetInfo *info, CommandPlan *plan,
                     HybridFailure *failure) {
        bool can_rk = phone_can(info->options.rk);
        int r;

        r = check_requirements(request, info, failure);
        if (r != 0)
                return r;
        r = plan_descriptors(request, info, plan, failure);
        if (r != 0)
                return r;

        plan_extensions(request, info, plan);
        plan_attestation(&request->creation, info, plan);
        plan->phone_does_rk = can_rk;
        plan->rk = can_rk && request->creation.resident_key != REQUIREMENT_DISCOURAGED;
        /* PRFs are those of a verified user (WebAuthn Level 3 section 10.1.4). */
        plan->uv = phone_can(info->options.uv) &&
                   (plan->prf || request->user_verification != REQUIREMENT_DISCOURAGED);
        return 0;
}

int command_prepare(const HybridWebauthn *request, const uint8_t *get_info, size_t n_get_info,
                    Ctap2GetInfo *ret_info, CommandPlan *ret_plan, HybridFailure *failure) {
        Ctap2GetInfo info;
        _plan_ plan = {};
        int r;

        if (ctap2_get_info_decode(get_info, n_get_info, &info) < 0)
                return refuse_reply(failure, "the getInfo response is malformed");
        r = make_plan(request, &info, &plan, failure);
        if (r != 0)
                return r;

        *ret_info = info;
        *ret_plan = plan;
        plan = (CommandPlan){};
        return 0;
}

/* A request, and what of it is sent. */
typedef struct CommandContext {
        const HybridWebauthn *request;
        const CommandPlan *plan;
} CommandContext;

static size_t n_extensions(const CommandPlan *plan) {
        return (size_t)plan->prf + !!plan->cred_protect + plan->min_pin_length;
}

static void write_extensions(const void *userdata, ByteWriter *w) {
        const CommandContext *context = userdata;

        cbor_write_map(w, n_extensions(context->plan));
        if (context->plan->prf) {
                cbor_write_string(w, CTAP2_PRF_NAME);
                ctap2_write_item(w, blob_item(&context->request->prf));
        }
        if (context->plan->cred_protect) {
                cbor_write_string(w, CRED_PROTECT_NAME);
                cbor_write_uint(w, context->plan->cred_protect);
        }
        if (context->plan->min_pin_length) {
                cbor_write_string(w, MIN_PIN_LENGTH_NAME);
                cbor_write_bool(w, true);
        }
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
                .exclude_list = blob_item(&plan->descriptors),
                .extensions = extensions,
                .options = { .rk = option(plan->rk), .uv = option(plan->uv) },
                .enterprise_attestation =
                        plan->enterprise_attestation ? CTAP2_ENTERPRISE_PLATFORM_MANAGED : 0,
        };

        if (plan->attestation_formats)
                command.attestation_formats = blob_item(&creation->attestation_formats);
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
                .allow_list = blob_item(&plan->descriptors),
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
        _plan_ plan = {};
        const CommandContext context = { .request = webauthn, .plan = &plan };
        int r;

        if (webauthn->needs_related_origins)
                return -EINVAL;
        r = command_prepare(webauthn, get_info, n_get_info, &info, &plan, ret_failure);
        if (r != 0)
                return r;
        if (n_extensions(&plan) > 0) {
                r = blob_build(&extensions, write_extensions, &context);
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
