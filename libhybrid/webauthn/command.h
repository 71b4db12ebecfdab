/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What goes to a phone with a given getInfo response. The same plan is made again when its reply
 * comes, so that the reply is held against what was really sent.
 */

#include <stdbool.h>

#include "webauthn/request.h"
#include "wire/ctap2-get-info.h"

/* Signed extensions, as CTAP 2.2 section 12 names them. */
#define CRED_PROTECT_NAME   "credProtect"
#define MIN_PIN_LENGTH_NAME "minPinLength"

typedef struct CommandPlan {
        bool rk;            /* the option is sent as true; else it is left out */
        bool uv;            /* likewise */
        bool phone_does_rk; /* what it makes is discoverable, asked for or not */

        /* Extensions that are sent. */
        bool prf;
        bool min_pin_length;
        CredProtect cred_protect;

        bool enterprise_attestation;
        bool attestation_formats;
        Blob descriptors; /* as many of the request's as the phone takes */
} CommandPlan;

/** Frees what is in it. A zeroed plan is fine. */
void command_plan_done(CommandPlan *plan);

#define _plan_ _cleanup_(command_plan_done) CommandPlan

/**
 * Reads the getInfo response and plans. Views in @ret_info are borrowed; @ret_plan is the caller's.
 * Returns 0, HYBRID_E_REFUSED if the phone cannot do what is required, or -ENOMEM.
 */
int command_prepare(const HybridWebauthn *request, const uint8_t *get_info, size_t n_get_info,
                    Ctap2GetInfo *ret_info, CommandPlan *ret_plan, HybridFailure *failure);
