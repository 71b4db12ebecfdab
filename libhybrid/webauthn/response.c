/* SPDX-License-Identifier: MIT */

#include "webauthn/refuse.h"
#include "webauthn/reply.h"

static void context_done(ReplyContext *context) {
        command_plan_done(&context->plan);
}

_public_ int hybrid_webauthn_response(const HybridWebauthn *webauthn, const uint8_t *get_info,
                                      size_t n_get_info, const uint8_t *reply, size_t n_reply,
                                      char **ret, HybridAuthenticator *ret_authenticator,
                                      HybridFailure *ret_failure) {
        _cleanup_(context_done)
                ReplyContext context = { .request = webauthn, .failure = ret_failure };
        HybridAuthenticator authenticator = {};
        _blob_ json = {};
        int r;

        if (n_reply == 0)
                return refuse_reply(ret_failure, "an empty reply");
        if (reply[0] != CTAP2_OK)
                return refuse_status(ret_failure, reply[0]);

        r = command_prepare(webauthn, get_info, n_get_info, &context.info, &context.plan,
                            ret_failure);
        if (r != 0)
                return r;

        if (webauthn->operation == HYBRID_CREATE)
                r = registration_from_reply(&context, reply, n_reply, &json, &authenticator);
        else
                r = assertion_from_reply(&context, reply, n_reply, &json);
        if (r != 0)
                return r;

        *ret = (char *)TAKE_PTR(json.data);
        *ret_authenticator = authenticator;
        return 0;
}
