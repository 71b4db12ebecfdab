/* SPDX-License-Identifier: MIT */

#include <string.h>

#include "unit.h"

static const struct {
        HybridCause cause;
        const char *name;
        const char *dom_exception;
} rows[] = {
        { HYBRID_CAUSE_BAD_REQUEST, "bad-request", "TypeError" },
        { HYBRID_CAUSE_ORIGIN_REFUSED, "origin-refused", "SecurityError" },
        { HYBRID_CAUSE_CALLER_REFUSED, "caller-refused", "SecurityError" },
        { HYBRID_CAUSE_POLICY, "policy", "NotAllowedError" },
        { HYBRID_CAUSE_BUSY, "busy", "NotAllowedError" },
        { HYBRID_CAUSE_NO_ADAPTER, "no-adapter", "NotAllowedError" },
        { HYBRID_CAUSE_BLUETOOTH_BLOCKED, "bluetooth-blocked", "NotAllowedError" },
        { HYBRID_CAUSE_BLUETOOTH_SERVICE_MISSING, "bluetooth-service-missing", "NotAllowedError" },
        { HYBRID_CAUSE_BLUETOOTH_PERMISSION, "bluetooth-permission", "NotAllowedError" },
        { HYBRID_CAUSE_NO_PROMPT, "no-prompt", "NotAllowedError" },
        { HYBRID_CAUSE_TIMEOUT, "timeout", "NotAllowedError" },
        { HYBRID_CAUSE_TUNNEL_UNREACHABLE, "tunnel-unreachable", "NotAllowedError" },
        { HYBRID_CAUSE_TUNNEL_REFUSED, "tunnel-refused", "NotAllowedError" },
        { HYBRID_CAUSE_TUNNEL_TLS, "tunnel-tls", "NotAllowedError" },
        { HYBRID_CAUSE_PROXY, "proxy", "NotAllowedError" },
        { HYBRID_CAUSE_PHONE_GONE, "phone-gone", "NotAllowedError" },
        { HYBRID_CAUSE_TWO_PHONES, "two-phones", "NotAllowedError" },
        { HYBRID_CAUSE_HANDSHAKE_FAILED, "handshake-failed", "NotAllowedError" },
        { HYBRID_CAUSE_CHANNEL_BROKEN, "channel-broken", "NotAllowedError" },
        { HYBRID_CAUSE_PROTOCOL, "protocol", "NotAllowedError" },
        { HYBRID_CAUSE_NO_PASSKEY, "no-passkey", "NotAllowedError" },
        { HYBRID_CAUSE_ALREADY_REGISTERED, "already-registered", "InvalidStateError" },
        { HYBRID_CAUSE_DECLINED, "declined", "NotAllowedError" },
        { HYBRID_CAUSE_UNSUPPORTED, "unsupported", "NotSupportedError" },
        { HYBRID_CAUSE_UNSUPPORTED_CONSTRAINT, "unsupported", "ConstraintError" },
        { HYBRID_CAUSE_ATTESTATION, "attestation", "NotAllowedError" },
        { HYBRID_CAUSE_CANCELLED, "cancelled", "AbortError" },
        { HYBRID_CAUSE_CALLER_GONE, "caller-gone", "AbortError" },
        { HYBRID_CAUSE_AUTHENTICATOR, "authenticator", "UnknownError" },
        { HYBRID_CAUSE_INTERNAL, "internal", "UnknownError" },
        { HYBRID_CAUSE_BAD_REQUEST_SYNTAX, "bad-request", "SyntaxError" },
};

START_TEST(test_names) {
        ck_assert_uint_eq(ELEMENTSOF(rows), _HYBRID_CAUSE_MAX);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                ck_assert_uint_eq(rows[i].cause, i);
                ck_assert_str_eq(hybrid_cause_name(rows[i].cause), rows[i].name);
                ck_assert_str_eq(hybrid_cause_dom_exception(rows[i].cause), rows[i].dom_exception);
        }
}
END_TEST

START_TEST(test_stray_numbers) {
        static const int numbers[] = { -1, _HYBRID_CAUSE_MAX, 1000 };

        for (size_t i = 0; i < ELEMENTSOF(numbers); i++) {
                ck_assert_str_eq(hybrid_cause_name((HybridCause)numbers[i]), "internal");
                ck_assert_str_eq(hybrid_cause_dom_exception((HybridCause)numbers[i]),
                                 "UnknownError");
        }
}
END_TEST

int main(void) {
        TCase *tcase;
        Suite *suite = unit_suite("cause", &tcase);

        tcase_add_test(tcase, test_names);
        tcase_add_test(tcase, test_stray_numbers);
        return unit_run(suite);
}
