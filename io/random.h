/* SPDX-License-Identifier: MIT */
#pragma once

#include "hybrid.h"

/** Randomness from the kernel, for the sessions of libhybrid. */
extern const HybridEnv random_env;
