/* SPDX-License-Identifier: MIT */

/*
 * One ceremony: its session, its time, and what hybridd wants of it. How to read it: ceremony-begin.c makes a
 * session of a request, ceremony-actions.c does what the session wants, ceremony-report.c tells hybridd.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/macro.h"
#include "base/secret.h"
#include "ceremony/ceremony-internal.h"
#include "ceremony/link-record.h"
#include "ceremony/log.h"
#include "io/random.h"

#define TIMER_ACCURACY_USEC 10000

DEFINE_CLEANUP(Ceremony *, ceremony_free);

/* ---- time ----------------------------------------------------------------------------------- */

uint64_t ceremony_now_usec(Ceremony *ceremony) {
        uint64_t now;

        /* CLOCK_BOOTTIME: a code does not get younger while the computer sleeps. */
        if (sd_event_now(ceremony->event, CLOCK_BOOTTIME, &now) < 0)
                return 0;
        return now;
}

/* Over when hybridd has its answer and no channel is left that wants to close in order. */
void ceremony_exit_when_over(Ceremony *ceremony) {
        if (ceremony->answered && !ceremony->channel)
                sd_event_exit(ceremony->event, 0);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        const HybridFailure nobody_chose = { .cause = HYBRID_CAUSE_TIMEOUT, .timed_out = true };
        Ceremony *ceremony = userdata;

        if (ceremony->client)
                (void)hybrid_client_tick(ceremony->client, ceremony_now_usec(ceremony));
        else
                ceremony_finish_failed(ceremony, &nobody_chose);
        ceremony_pump(ceremony);
        return 0;
}

static int arm_timer(Ceremony *ceremony) {
        uint64_t deadline = ceremony->client ? hybrid_client_deadline(ceremony->client)
                                             : ceremony->deadline_usec;

        if (!ceremony->timer)
                return sd_event_add_time(ceremony->event, &ceremony->timer, CLOCK_BOOTTIME,
                                         deadline, TIMER_ACCURACY_USEC, on_timer, ceremony);
        sd_event_source_set_time(ceremony->timer, deadline);
        return sd_event_source_set_enabled(ceremony->timer, SD_EVENT_ONESHOT);
}

/* ---- the session ---------------------------------------------------------------------------- */

/* Another session instead of the one there is: with this phone, or with a code for NULL. */
int ceremony_start_over(Ceremony *ceremony, const HybridLink *link) {
        uint64_t now = ceremony_now_usec(ceremony);
        HybridClientParams params = {
                .operation = ceremony->operation,
                .unix_time = (uint64_t)time(NULL),
                .timeout_usec = ceremony->deadline_usec > now ? ceremony->deadline_usec - now : 1,
                .is_tunnel_allowed = limits_allow_tunnel,
                .userdata = &ceremony->limits,
                .accept_links = ceremony->remember && !link,
                .link = link,
        };

        if (ceremony->client) {
                ceremony->changing_course = true;
                (void)hybrid_client_cancel(ceremony->client, HYBRID_CAUSE_CANCELLED, now);
                ceremony_carry_out_all(ceremony);
                ceremony->changing_course = false;
        }
        ceremony->channel = channel_free(ceremony->channel);
        ceremony->client = hybrid_client_free(ceremony->client);
        ceremony->linked = link;
        return hybrid_client_new(&ceremony->client, &random_env, &params, now);
}

static void show_code_instead(Ceremony *ceremony) {
        int r;

        ceremony->phone_lost = false;
        r = ceremony_start_over(ceremony, NULL);
        if (r < 0) {
                log_error_errno(r, "Failed to show a code");
                ceremony_finish_internal_error(ceremony, r);
                return;
        }
        ceremony_carry_out_all(ceremony);
}

/* After each input: carries out what the session wants, and sets the one timer. */
void ceremony_pump(Ceremony *ceremony) {
        int r;

        ceremony_carry_out_all(ceremony);
        if (ceremony->phone_lost)
                show_code_instead(ceremony);

        r = arm_timer(ceremony);
        if (r < 0) {
                log_error_errno(r, "Failed to set the timer");
                sd_event_exit(ceremony->event, r);
        }
        ceremony_exit_when_over(ceremony);
}

/* ---- whom to ask ---------------------------------------------------------------------------- */

/* Not any more when somebody holds their phone and looks at what it says. */
static bool may_change_course(const Ceremony *ceremony) {
        if (!ceremony->accepted || ceremony->answered)
                return false;
        if (!ceremony->client)
                return true;

        switch (hybrid_client_state(ceremony->client)) {
        case HYBRID_CLIENT_WAITING_FOR_SCAN:
        case HYBRID_CLIENT_CONTACTING:
        case HYBRID_CLIENT_AWAITING_PHONE:
        case HYBRID_CLIENT_AWAITING_ADVERT:
        case HYBRID_CLIENT_AWAITING_SIGNAL:
                return true;
        case HYBRID_CLIENT_OPENING_CHANNEL:
        case HYBRID_CLIENT_AWAITING_HANDSHAKE:
        case HYBRID_CLIENT_AWAITING_POST_HANDSHAKE:
        case HYBRID_CLIENT_READY:
        case HYBRID_CLIENT_CONTINUE_ON_PHONE:
                return ceremony->linked;
        case HYBRID_CLIENT_DONE:
        case HYBRID_CLIENT_FAILED:
        case HYBRID_CLIENT_LINGERING:
        case _HYBRID_CLIENT_STATE_MAX:
                return false;
        }
        return false;
}

static void use_phone(Ceremony *ceremony, int fd) {
        HybridLink link;
        CLEANUP_ERASE(link);
        int r;

        if (!may_change_course(ceremony))
                return;
        r = link_record_read(fd, &link);
        if (r == -EBADMSG) {
                ceremony_lose_phone(ceremony, HYBRID_CAUSE_INTERNAL,
                                    "what is kept of it is no link");
                show_code_instead(ceremony);
                r = 0;
        } else if (r >= 0)
                r = ceremony_start_over(ceremony, &link);
        ceremony_go_on(ceremony, r);
}

static void use_code(Ceremony *ceremony) {
        if (!may_change_course(ceremony) || (ceremony->client && !ceremony->linked))
                return;
        ceremony_go_on(ceremony, ceremony_start_over(ceremony, NULL));
}

/* ---- packets -------------------------------------------------------------------------------- */

static void on_begin(Ceremony *ceremony, const LinkPacket *packet) {
        ceremony_go_on(ceremony, ceremony_begin(ceremony, packet));
}

static void on_advert(Ceremony *ceremony, const LinkPacket *packet) {
        const LinkField *field = &packet->fields[0];
        int r;

        if (field->n == 0)
                return;
        ceremony->rssi = (int8_t)field->data[0];
        r = hybrid_client_advert(ceremony->client, (const uint8_t *)field->data + 1, field->n - 1,
                                 ceremony_now_usec(ceremony));
        if (r != HYBRID_E_NOT_OURS)
                ceremony_pump(ceremony);
}

static HybridCause cause_from_name(const char *name) {
        for (int cause = 0; cause < _HYBRID_CAUSE_MAX; cause++)
                if (strcmp(hybrid_cause_name((HybridCause)cause), name) == 0)
                        return (HybridCause)cause;
        return HYBRID_CAUSE_CANCELLED;
}

static void on_packet(void *userdata, LinkPacket *packet) {
        Ceremony *ceremony = userdata;

        if (packet->type == LINK_BEGIN && !ceremony->webauthn && !ceremony->answered) {
                on_begin(ceremony, packet);
        } else if (packet->type == LINK_SITE_MAY_BE_ASKED && ceremony->network &&
                   !ceremony->client && !ceremony->answered) {
                ceremony_ask_site(ceremony);
        } else if (packet->type == LINK_ADVERT && ceremony->client) {
                on_advert(ceremony, packet);
        } else if (packet->type == LINK_USE_PHONE) {
                use_phone(ceremony, packet->fd);
        } else if (packet->type == LINK_USE_CODE) {
                use_code(ceremony);
        } else if (packet->type == LINK_CANCEL && ceremony->client) {
                (void)hybrid_client_cancel(ceremony->client,
                                           cause_from_name(packet->fields[0].data),
                                           ceremony_now_usec(ceremony));
                ceremony_pump(ceremony);
        } else if (packet->type == LINK_CANCEL && ceremony->network) {
                ceremony_cancel_asking(ceremony, cause_from_name(packet->fields[0].data));
        }
}

static void on_gone(void *userdata) {
        Ceremony *ceremony = userdata;

        log_debug("The daemon has gone");
        sd_event_exit(ceremony->event, 0);
}

static const LinkEvents link_events = {
        .packet = on_packet,
        .gone = on_gone,
};

int ceremony_new(Ceremony **ret, sd_event *event, int link_fd) {
        _cleanup_(ceremony_freep) Ceremony *ceremony = NULL;
        int r;

        ceremony = calloc(1, sizeof(*ceremony));
        if (!ceremony) {
                close(link_fd);
                return -ENOMEM;
        }
        ceremony->event = sd_event_ref(event);

        r = link_new(&ceremony->link, event, link_fd, &link_events, ceremony);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(ceremony);
        return 0;
}

Ceremony *ceremony_free(Ceremony *ceremony) {
        if (!ceremony)
                return NULL;

        sd_event_source_disable_unref(ceremony->timer);
        channel_free(ceremony->channel);
        network_free(ceremony->network);
        hybrid_client_free(ceremony->client);
        hybrid_webauthn_free(ceremony->webauthn);
        limits_done(&ceremony->limits);
        link_free(ceremony->link);
        sd_event_unref(ceremony->event);
        free(ceremony);
        return NULL;
}
