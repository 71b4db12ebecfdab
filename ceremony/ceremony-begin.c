/* SPDX-License-Identifier: MIT */

/*
 * From hybridd's request to a session: the request is checked, the site is asked for its related origins
 * where its own do not do, and the network is made ready.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/ceremony-internal.h"
#include "ceremony/confine-files.h"
#include "ceremony/log.h"
#include "ceremony/public-suffix.h"

static int accept_request(Ceremony *ceremony, const LinkPacket *packet) {
        const LinkField *fields = packet->fields;
        bool create = strcmp(fields[LINK_BEGIN_OPERATION].data, "create") == 0;
        HybridWebauthnParams params = {
                .operation = create ? HYBRID_CREATE : HYBRID_GET,
                .json = fields[LINK_BEGIN_JSON].data,
                .n_json = fields[LINK_BEGIN_JSON].n,
                .origin = fields[LINK_BEGIN_ORIGIN].data,
                .allow_localhost = strcmp(fields[LINK_BEGIN_ALLOW_LOCALHOST].data, "yes") == 0,
                .related_origins = strcmp(fields[LINK_BEGIN_RELATED_ORIGINS].data, "yes") == 0,
                .is_public_suffix = public_suffix_check,
                .allows_enterprise_attestation = limits_allow_enterprise,
                .userdata = &ceremony->limits,
        };
        HybridFailure failure = {};
        int r;

        ceremony->operation = params.operation;
        ceremony->remember = strcmp(fields[LINK_BEGIN_REMEMBER].data, "yes") == 0;
        ceremony->choose = strcmp(fields[LINK_BEGIN_CHOOSE].data, "yes") == 0;
        if (fields[LINK_BEGIN_TOP_ORIGIN].n > 0)
                params.top_origin = fields[LINK_BEGIN_TOP_ORIGIN].data;

        r = hybrid_webauthn_new(&ceremony->webauthn, &params, &failure);
        if (r == HYBRID_E_REFUSED)
                ceremony_finish_failed(ceremony, &failure);
        return r;
}

static int start_session(Ceremony *ceremony) {
        uint64_t timeout_usec = hybrid_webauthn_timeout_usec(ceremony->webauthn), monotonic;
        char expires[32];
        int r;

        r = sd_event_now(ceremony->event, CLOCK_MONOTONIC, &monotonic);
        if (r < 0)
                return r;
        snprintf(expires, sizeof(expires), "%" PRIu64, monotonic + timeout_usec);

        r = link_send(ceremony->link, LINK_ACCEPTED, hybrid_webauthn_rp_id(ceremony->webauthn),
                      hybrid_webauthn_origin(ceremony->webauthn), expires, NULL);
        if (r < 0)
                return r;

        ceremony->accepted = true;
        ceremony->deadline_usec = ceremony_now_usec(ceremony) + timeout_usec;
        if (ceremony->choose)
                return link_send(ceremony->link, LINK_STATE, "choose-phone", NULL);
        return ceremony_start_over(ceremony, NULL);
}

static int start_network(Ceremony *ceremony, const LinkPacket *packet) {
        const LinkField *fields = packet->fields;
        NetworkSettings settings = {
                .resolve = fields[LINK_BEGIN_RESOLVE].data,
                .ca_file = fields[LINK_BEGIN_CA_FILE].data,
                .extra_ca_file = fields[LINK_BEGIN_EXTRA_CA_FILE].data,
                .proxy = fields[LINK_BEGIN_PROXY].data,
                .no_proxy = fields[LINK_BEGIN_NO_PROXY].data,
                .is_tunnel_allowed = limits_allow_tunnel,
                .userdata = &ceremony->limits,
        };
        const char *const readable[] = { settings.ca_file, settings.extra_ca_file };
        char *ahead;
        int r;

        /* Before the first byte from outside. */
        r = confine_reading(readable, ELEMENTSOF(readable));
        if (r < 0)
                log_debug("Files are not out of sight: %s", strerror(-r));

        r = limits_filter_hosts(&ceremony->limits, fields[LINK_BEGIN_CONNECT_AHEAD].data, &ahead);
        if (r < 0)
                return r;
        settings.connect_ahead = ahead;
        r = network_new(&ceremony->network, ceremony->event, &settings);
        free(ahead);
        return r;
}

int ceremony_begin(Ceremony *ceremony, const LinkPacket *packet) {
        int r, accepted;

        r = limits_init(&ceremony->limits, packet);
        if (r < 0)
                return r;
        accepted = accept_request(ceremony, packet);
        if (accepted != 0 && accepted != HYBRID_E_RELATED_ORIGIN)
                return accepted;
        r = start_network(ceremony, packet);
        if (r < 0)
                return r;
        if (accepted == 0)
                return start_session(ceremony);

        r = link_send(ceremony->link, LINK_ASK_SITE, hybrid_webauthn_rp_id(ceremony->webauthn),
                      NULL);
        return r < 0 ? r : accepted;
}

/* `r` is 0 if there is a session now. */
void ceremony_go_on(Ceremony *ceremony, int r) {
        if (r < 0) {
                log_error_errno(r, "Failed to begin a ceremony");
                ceremony_finish_internal_error(ceremony, r);
        }
        if (r == 0)
                ceremony_pump(ceremony);
        else
                ceremony_exit_when_over(ceremony);
}

/* ---- related origins ------------------------------------------------------------------------ */

static void finish_unrelated(Ceremony *ceremony, const char *problem) {
        HybridFailure failure = { .cause = HYBRID_CAUSE_ORIGIN_REFUSED };

        snprintf(failure.detail, sizeof(failure.detail),
                 "the RP ID is of another site, whose list of origins cannot be had: %s", problem);
        ceremony_finish_failed(ceremony, &failure);
}

static int take_site_answer(Ceremony *ceremony, const char *data, size_t n) {
        HybridFailure failure = {};
        int r;

        r = hybrid_webauthn_related_origins(ceremony->webauthn, data, n, public_suffix_check, NULL,
                                            &failure);
        if (r == HYBRID_E_REFUSED)
                ceremony_finish_failed(ceremony, &failure);
        if (r != 0)
                return r;
        return start_session(ceremony);
}

static void on_site_answer(void *userdata, const char *data, size_t n, const char *problem) {
        Ceremony *ceremony = userdata;
        int r = HYBRID_E_REFUSED;

        if (problem)
                finish_unrelated(ceremony, problem);
        else
                r = take_site_answer(ceremony, data, n);
        network_fetch_end(ceremony->network);
        ceremony_go_on(ceremony, r);
}

void ceremony_ask_site(Ceremony *ceremony) {
        const char *rp_id = hybrid_webauthn_rp_id(ceremony->webauthn);
        char *url;
        int r;

        log_info("Asking %s for its related origins", rp_id);
        if (asprintf(&url, "https://%s/.well-known/webauthn", rp_id) < 0) {
                ceremony_go_on(ceremony, -ENOMEM);
                return;
        }
        r = network_fetch(ceremony->network, url, on_site_answer, ceremony);
        free(url);
        if (r == -EINVAL) {
                finish_unrelated(ceremony, "its name is too long, or none of the internet");
                ceremony_exit_when_over(ceremony);
        } else if (r < 0)
                ceremony_go_on(ceremony, r);
}

/* There is no session yet that could be cancelled. */
void ceremony_cancel_asking(Ceremony *ceremony, HybridCause cause) {
        const HybridFailure failure = { .cause = cause };

        network_fetch_end(ceremony->network);
        ceremony_finish_failed(ceremony, &failure);
        ceremony_exit_when_over(ceremony);
}
