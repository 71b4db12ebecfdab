/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * How a request ended.
 */

#include <stdbool.h>

typedef struct Outcome {
        bool done; /* false: it failed */

        /* done; the response may hold secrets (PRF results) */
        char *response; /* JSON for the relying party */
        char *name;     /* of the authenticator, or "" */
        char *aaguid;   /* as text, or "" */
        char *channel;  /* "tunnel" */
        char *tunnel_domain;
        bool linked;

        /* failed */
        char *error;   /* of a DOMException, such as "NotAllowedError" */
        char *cause;   /* such as "timeout" */
        char *message; /* what happened and what to do, for people */
} Outcome;

/** Erases and frees what is in it. */
void outcome_done(Outcome *outcome);

/** Makes it a failure; what was in it is erased. Strings are copied; memory running out leaves NULL. */
void outcome_fail(Outcome *outcome, const char *error, const char *cause, const char *message);
