/* SPDX-License-Identifier: MIT */
#pragma once

#include <jansson.h>

#include "client/outcome.h"

/** The value of "authenticator" as JSON; NULL if memory runs out. */
json_t *outcome_authenticator(const Outcome *outcome);

/** A "failed" event; NULL if memory runs out. */
json_t *outcome_failed_event(const Outcome *outcome);
