/* SPDX-License-Identifier: MIT */

/* What hybridd is told of a ceremony: how it stands, and once how it has ended. */

#include <stdio.h>
#include <string.h>

#include "ceremony/answer.h"
#include "ceremony/ceremony-internal.h"
#include "ceremony/log.h"

/* hybridd not listening any more is its decision; it ends us in a moment. */
void ceremony_tell(Ceremony *ceremony, int r) {
        if (r < 0)
                log_debug("Failed to tell the daemon: %s", strerror(-r));
}

static void finish_refusing(Ceremony *ceremony, const HybridFailure *failure,
                            const HybridAuthenticator *authenticator) {
        const char *rp_id = ceremony->webauthn ? hybrid_webauthn_rp_id(ceremony->webauthn) : "";

        if (ceremony->answered)
                return;

        log_info("Failed: %s (%s)", hybrid_cause_name(failure->cause), failure->detail);
        ceremony_tell(ceremony, answer_failed(ceremony->link, failure, rp_id, authenticator));
        ceremony->answered = true;
}

void ceremony_finish_failed(Ceremony *ceremony, const HybridFailure *failure) {
        finish_refusing(ceremony, failure, NULL);
}

/* Whether a linked phone has failed to come, so that another one may be asked by a code. */
static bool is_phone_lost(const Ceremony *ceremony, const HybridFailure *failure) {
        if (!ceremony->linked || failure->stage == HYBRID_STAGE_COMMAND)
                return false;
        return failure->cause == HYBRID_CAUSE_TIMEOUT ||
               failure->cause == HYBRID_CAUSE_TUNNEL_UNREACHABLE ||
               failure->cause == HYBRID_CAUSE_TUNNEL_REFUSED ||
               failure->cause == HYBRID_CAUSE_TUNNEL_TLS || failure->cause == HYBRID_CAUSE_PROXY ||
               failure->cause == HYBRID_CAUSE_PHONE_GONE ||
               failure->cause == HYBRID_CAUSE_HANDSHAKE_FAILED ||
               failure->cause == HYBRID_CAUSE_CHANNEL_BROKEN ||
               failure->cause == HYBRID_CAUSE_PROTOCOL || failure->cause == HYBRID_CAUSE_POLICY;
}

void ceremony_lose_phone(Ceremony *ceremony, HybridCause cause, const char *detail) {
        log_info("The linked phone is not there: %s (%s)", hybrid_cause_name(cause), detail);
        ceremony_tell(ceremony,
                      link_send(ceremony->link, LINK_PHONE_LOST, hybrid_cause_name(cause), NULL));
        ceremony->phone_lost = true;
}

/* The session knows that the tunnel service is not allowed, but not who says so. */
void ceremony_finish_session_failed(Ceremony *ceremony, const HybridFailure *failure) {
        HybridFailure explained = *failure;

        if (ceremony->changing_course)
                return;
        if (is_phone_lost(ceremony, failure) && !ceremony->answered) {
                ceremony_lose_phone(ceremony, failure->cause, failure->detail);
                return;
        }

        if (failure->cause == HYBRID_CAUSE_POLICY)
                limits_explain_tunnel(&ceremony->limits, &explained);
        ceremony_finish_failed(ceremony, &explained);
}

/* The phone has made the passkey, but the policy does not want one of its making. */
void ceremony_finish_unwanted(Ceremony *ceremony, const HybridAuthenticator *authenticator) {
        HybridFailure failure = {};

        limits_explain_authenticator(&ceremony->limits, authenticator, &failure);
        finish_refusing(ceremony, &failure, authenticator);
}

void ceremony_finish_internal_error(Ceremony *ceremony, int r) {
        HybridFailure failure = { .cause = HYBRID_CAUSE_INTERNAL };

        snprintf(failure.detail, sizeof(failure.detail), "%s", strerror(-r));
        ceremony_finish_failed(ceremony, &failure);
}

int ceremony_finish_done(Ceremony *ceremony, const char *json,
                         const HybridAuthenticator *authenticator) {
        const AnswerPhone phone = {
                .authenticator = authenticator,
                .channel = network_channel_name(ceremony->network),
                .tunnel_host = hybrid_client_tunnel_host(ceremony->client),
                .linked = ceremony->linked,
                .lingers = hybrid_client_state(ceremony->client) == HYBRID_CLIENT_LINGERING,
        };
        int r;

        r = answer_done(ceremony->link, json, &phone);
        if (r < 0)
                return r;

        ceremony->answered = true;
        return 0;
}

/* With where the phone is, if it is why. */
void ceremony_tell_qr_withdrawn(Ceremony *ceremony) {
        const char *host = hybrid_client_tunnel_host(ceremony->client);
        char rssi[8] = "";

        if (host[0] != '\0' && ceremony->rssi != RSSI_UNKNOWN)
                snprintf(rssi, sizeof(rssi), "%d", ceremony->rssi);
        ceremony_tell(ceremony, link_send(ceremony->link, LINK_QR_WITHDRAWN, host, rssi, NULL));
}
