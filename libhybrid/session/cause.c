/* SPDX-License-Identifier: MIT */

/*
 * The names of causes: what goes over D-Bus, and what a browser makes of it.
 */

#include "hybrid.h"

#include "base/macro.h"

static const struct {
        const char *name;
        const char *dom_exception;
} causes[] = {
        [HYBRID_CAUSE_BAD_REQUEST] = { "bad-request", "TypeError" },
        [HYBRID_CAUSE_ORIGIN_REFUSED] = { "origin-refused", "SecurityError" },
        [HYBRID_CAUSE_CALLER_REFUSED] = { "caller-refused", "SecurityError" },
        [HYBRID_CAUSE_POLICY] = { "policy", "NotAllowedError" },
        [HYBRID_CAUSE_BUSY] = { "busy", "NotAllowedError" },
        [HYBRID_CAUSE_NO_ADAPTER] = { "no-adapter", "NotAllowedError" },
        [HYBRID_CAUSE_BLUETOOTH_BLOCKED] = { "bluetooth-blocked", "NotAllowedError" },
        [HYBRID_CAUSE_BLUETOOTH_SERVICE_MISSING] = { "bluetooth-service-missing",
                                                     "NotAllowedError" },
        [HYBRID_CAUSE_BLUETOOTH_PERMISSION] = { "bluetooth-permission", "NotAllowedError" },
        [HYBRID_CAUSE_NO_PROMPT] = { "no-prompt", "NotAllowedError" },
        [HYBRID_CAUSE_TIMEOUT] = { "timeout", "NotAllowedError" },
        [HYBRID_CAUSE_TUNNEL_UNREACHABLE] = { "tunnel-unreachable", "NotAllowedError" },
        [HYBRID_CAUSE_TUNNEL_REFUSED] = { "tunnel-refused", "NotAllowedError" },
        [HYBRID_CAUSE_TUNNEL_TLS] = { "tunnel-tls", "NotAllowedError" },
        [HYBRID_CAUSE_PROXY] = { "proxy", "NotAllowedError" },
        [HYBRID_CAUSE_PHONE_GONE] = { "phone-gone", "NotAllowedError" },
        [HYBRID_CAUSE_TWO_PHONES] = { "two-phones", "NotAllowedError" },
        [HYBRID_CAUSE_HANDSHAKE_FAILED] = { "handshake-failed", "NotAllowedError" },
        [HYBRID_CAUSE_CHANNEL_BROKEN] = { "channel-broken", "NotAllowedError" },
        [HYBRID_CAUSE_PROTOCOL] = { "protocol", "NotAllowedError" },
        [HYBRID_CAUSE_NO_PASSKEY] = { "no-passkey", "NotAllowedError" },
        [HYBRID_CAUSE_ALREADY_REGISTERED] = { "already-registered", "InvalidStateError" },
        [HYBRID_CAUSE_DECLINED] = { "declined", "NotAllowedError" },
        [HYBRID_CAUSE_UNSUPPORTED] = { "unsupported", "NotSupportedError" },
        [HYBRID_CAUSE_UNSUPPORTED_CONSTRAINT] = { "unsupported", "ConstraintError" },
        [HYBRID_CAUSE_ATTESTATION] = { "attestation", "NotAllowedError" },
        [HYBRID_CAUSE_CANCELLED] = { "cancelled", "AbortError" },
        [HYBRID_CAUSE_CALLER_GONE] = { "caller-gone", "AbortError" },
        [HYBRID_CAUSE_AUTHENTICATOR] = { "authenticator", "UnknownError" },
        [HYBRID_CAUSE_INTERNAL] = { "internal", "UnknownError" },
        [HYBRID_CAUSE_BAD_REQUEST_SYNTAX] = { "bad-request", "SyntaxError" },
};
static_assert(ELEMENTSOF(causes) == _HYBRID_CAUSE_MAX, "each cause has its names");

/* A caller's stray number is a bug, which is what INTERNAL says. */
static HybridCause known(HybridCause cause) {
        return (unsigned)cause < _HYBRID_CAUSE_MAX ? cause : HYBRID_CAUSE_INTERNAL;
}

_public_ const char *hybrid_cause_name(HybridCause cause) {
        return causes[known(cause)].name;
}

_public_ const char *hybrid_cause_dom_exception(HybridCause cause) {
        return causes[known(cause)].dom_exception;
}
