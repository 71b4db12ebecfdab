/* SPDX-License-Identifier: MIT */
#pragma once

#include "daemon/policy/policy.h"
#include "diagnosis/finding.h"

/** Says if the policy is broken, or something of it is ignored. */
void policy_diagnose(const Policy *policy, Findings *findings);
