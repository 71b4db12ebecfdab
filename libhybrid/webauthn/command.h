/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What goes to a phone with a given getInfo response. The same plan is made again when its reply
 * comes, so that the reply is held against what was really sent.
 */

#include <stdbool.h>

#include "webauthn/request.h"
#include "wire/ctap2-get-info.h"

typedef struct CommandPlan {
        bool rk;            /* the option is sent as true; else it is left out */
        bool uv;            /* likewise */
        bool prf;           /* the extension is sent */
        bool phone_does_rk; /* what it makes is discoverable, asked for or not */
} CommandPlan;

/** Returns 0, or HYBRID_E_REFUSED if the phone cannot do what is required. */
int command_plan(const HybridWebauthn *request, const Ctap2GetInfo *info, CommandPlan *ret,
                 HybridFailure *failure);

/** Reads the getInfo response and plans. Views in @ret_info are borrowed. */
int command_prepare(const HybridWebauthn *request, const uint8_t *get_info, size_t n_get_info,
                    Ctap2GetInfo *ret_info, CommandPlan *ret_plan, HybridFailure *failure);
