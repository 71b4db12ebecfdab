/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the person with the phone says: asked on the terminal, or decided beforehand.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/macro.h"

typedef enum ConsentMode {
        CONSENT_DEFAULT, /* ask if there is somebody to ask, else yes */
        CONSENT_YES,
        CONSENT_NO,
        CONSENT_ASK,
        CONSENT_DELAY, /* yes, after a while */
} ConsentMode;

typedef struct ConsentPolicy {
        ConsentMode mode;
        uint64_t delay_usec;
        const char *terminal; /* where to ask; borrowed. NULL: the terminal that we run on */
} ConsentPolicy;

/** Reads "yes", "no", "ask" or "delay:SECONDS". 0 or -EINVAL. */
int consent_policy_parse(const char *text, ConsentPolicy *ret);

typedef struct Consent Consent;

/** Called once for each question, from the loop. */
typedef void (*consent_decided_t)(void *userdata, bool approved);

/**
 * @policy is copied. 0, -ENOTTY if it says to ask and there is no terminal, or another negative
 * errno.
 */
int consent_new(Consent **ret, sd_event *event, const ConsentPolicy *policy,
                consent_decided_t decided, void *userdata);
Consent *consent_free(Consent *consent);

DEFINE_CLEANUP(Consent *, consent_free);

/** Asks, with a text of one line that is fit for a terminal. 0 or a negative errno. */
int consent_ask(Consent *consent, const char *question);

/** The question does not matter any more. Harmless if there is none. */
void consent_withdraw(Consent *consent);
