/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>

#include "base/macro.h"
#include "webauthn/refuse.h"
#include "wire/ctap2.h"

static int refuse(HybridFailure *ret, HybridCause cause, HybridStage stage, const char *detail) {
        *ret = (HybridFailure){ .cause = cause, .stage = stage };
        snprintf(ret->detail, sizeof(ret->detail), "%s", detail);
        return HYBRID_E_REFUSED;
}

int refuse_request(HybridFailure *ret, HybridCause cause, const char *detail) {
        return refuse(ret, cause, HYBRID_STAGE_REQUEST, detail);
}

int refuse_phone(HybridFailure *ret, HybridCause cause, const char *detail) {
        return refuse(ret, cause, HYBRID_STAGE_COMMAND, detail);
}

int refuse_reply(HybridFailure *ret, const char *detail) {
        return refuse(ret, HYBRID_CAUSE_PROTOCOL, HYBRID_STAGE_COMMAND, detail);
}

int refuse_member(HybridFailure *ret, const char *name, int r) {
        if (r == -ENOMEM)
                return r;

        refuse_request(ret, HYBRID_CAUSE_BAD_REQUEST, "");
        snprintf(ret->detail, sizeof(ret->detail), "%s is %s", name,
                 r == -ENOENT ? "missing" : "malformed");
        return HYBRID_E_REFUSED;
}

/* The statuses that mean something to a person or a page; any other is HYBRID_CAUSE_AUTHENTICATOR. */
static const struct {
        Ctap2Status status;
        HybridCause cause;
} causes[] = {
        { CTAP2_ERR_CREDENTIAL_EXCLUDED, HYBRID_CAUSE_ALREADY_REGISTERED },
        { CTAP2_ERR_OPERATION_DENIED, HYBRID_CAUSE_DECLINED },
        { CTAP2_ERR_KEEPALIVE_CANCEL, HYBRID_CAUSE_DECLINED }, /* we never cancel this way */
        { CTAP2_ERR_NO_CREDENTIALS, HYBRID_CAUSE_NO_PASSKEY },
        { CTAP2_ERR_UNSUPPORTED_ALGORITHM, HYBRID_CAUSE_UNSUPPORTED },
        { CTAP2_ERR_UNSUPPORTED_EXTENSION, HYBRID_CAUSE_UNSUPPORTED },
        { CTAP2_ERR_UNSUPPORTED_OPTION, HYBRID_CAUSE_UNSUPPORTED },
        { CTAP2_ERR_TIMEOUT, HYBRID_CAUSE_TIMEOUT },
        { CTAP2_ERR_USER_ACTION_TIMEOUT, HYBRID_CAUSE_TIMEOUT },
        { CTAP2_ERR_ACTION_TIMEOUT, HYBRID_CAUSE_TIMEOUT },
};

int refuse_status(HybridFailure *ret, uint8_t ctap_status) {
        HybridCause cause = HYBRID_CAUSE_AUTHENTICATOR;

        for (size_t i = 0; i < ELEMENTSOF(causes); i++)
                if (causes[i].status == ctap_status)
                        cause = causes[i].cause;

        refuse(ret, cause, HYBRID_STAGE_COMMAND, "");
        ret->ctap_status = ctap_status;
        ret->timed_out = cause == HYBRID_CAUSE_TIMEOUT;
        snprintf(ret->detail, sizeof(ret->detail), "CTAP status 0x%02x, %s", ctap_status,
                 ctap2_status_name(ctap_status));
        return HYBRID_E_REFUSED;
}
