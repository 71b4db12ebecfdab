/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The inside of a ceremony, shared by ceremony*.c.
 */

#include <stdbool.h>
#include <stdint.h>

#include "ceremony/ceremony.h"
#include "ceremony/limits.h"
#include "ceremony/link.h"
#include "ceremony/network.h"
#include "hybrid.h"
#include "io/channel.h"

enum {
        RSSI_UNKNOWN = 127,
};

struct Ceremony {
        sd_event *event;
        Link *link;

        HybridOperation operation;
        HybridWebauthn *webauthn;
        HybridClient *client; /* NULL until the request is accepted and it is known whom to ask */
        Network *network;
        Channel *channel;
        sd_event_source *timer;
        Limits limits;

        bool remember; /* phones may say what they can be reached by */
        bool choose;   /* hybridd says whom to ask */
        bool accepted;
        uint64_t deadline_usec; /* of all, once it is accepted */

        bool linked;          /* a linked phone is asked */
        bool changing_course; /* what becomes of the session's end is known already */
        bool phone_lost;      /* the linked phone is not there: a code is next */

        int8_t rssi;   /* of the last advert */
        bool answered; /* LINK_DONE or LINK_FAILED was sent */
};

/* ---- ceremony.c ----------------------------------------------------------------------------- */

/** On CLOCK_BOOTTIME. */
uint64_t ceremony_now_usec(Ceremony *ceremony);

/** After whatever was given to the session: does what it wants, and arms the timer for what it waits for. */
void ceremony_pump(Ceremony *ceremony);

/** Another session instead of the one there is: with this phone, or with a code for NULL. 0 or negative errno. */
int ceremony_start_over(Ceremony *ceremony, const HybridLink *link);

/** Ends the process when hybridd has its answer and no channel is left that wants to close in order. */
void ceremony_exit_when_over(Ceremony *ceremony);

/* ---- ceremony-begin.c ----------------------------------------------------------------------- */

/** Takes LINK_BEGIN. 0: there is a session; positive: there is none, or not yet; or a negative errno. */
int ceremony_begin(Ceremony *ceremony, const LinkPacket *packet);

/** After a step that makes a session: @r is 0 if there is one now. */
void ceremony_go_on(Ceremony *ceremony, int r);

/** hybridd has nothing against asking the site for its related origins. */
void ceremony_ask_site(Ceremony *ceremony);

/** Ends it while there is no session yet that could be cancelled. */
void ceremony_cancel_asking(Ceremony *ceremony, HybridCause cause);

/* ---- ceremony-actions.c --------------------------------------------------------------------- */

/** Does all that the session wants. */
void ceremony_carry_out_all(Ceremony *ceremony);

/* ---- ceremony-report.c ---------------------------------------------------------------------- */

/** hybridd not listening any more is no error: it ends us in a moment. */
void ceremony_tell(Ceremony *ceremony, int r);

/** The code is to be taken away; with where the phone is, if that is why. */
void ceremony_tell_qr_withdrawn(Ceremony *ceremony);

/** The end, unless there was one already. */
void ceremony_finish_failed(Ceremony *ceremony, const HybridFailure *failure);

/** The same for what the session says: where it is only that a linked phone is not there, a code is next. */
void ceremony_finish_session_failed(Ceremony *ceremony, const HybridFailure *failure);

/** The same for an error of ours. */
void ceremony_finish_internal_error(Ceremony *ceremony, int r);

/** The same for an authenticator that the policy does not want. */
void ceremony_finish_unwanted(Ceremony *ceremony, const HybridAuthenticator *authenticator);

/** The end, with the answer for the site. 0 or a negative errno. */
int ceremony_finish_done(Ceremony *ceremony, const char *json,
                         const HybridAuthenticator *authenticator);

/** The linked phone is not there: a code is next. */
void ceremony_lose_phone(Ceremony *ceremony, HybridCause cause, const char *detail);
