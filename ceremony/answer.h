/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * How a ceremony ends, as hybridd is told.
 */

#include "ceremony/link.h"
#include "hybrid.h"

/**
 * @rp_id is the site, or "" if it is not known; @authenticator what was refused for what it is, or
 * NULL. 0 or a negative errno of link_send().
 */
int answer_failed(Link *link, const HybridFailure *failure, const char *rp_id,
                  const HybridAuthenticator *authenticator);

/** What is said of the phone that answered. */
typedef struct AnswerPhone {
        const HybridAuthenticator *authenticator;
        const char *channel;
        const char *tunnel_host;
        bool linked;  /* it was asked without a code */
        bool lingers; /* it may still say what it can be reached by */
} AnswerPhone;

/** @json may hold secrets; it travels in a sealed memfd. 0 or a negative errno. */
int answer_done(Link *link, const char *json, const AnswerPhone *phone);
