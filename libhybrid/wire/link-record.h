/* SPDX-License-Identifier: MIT */
#pragma once

#include "hybrid.h"

/**
 * Whether it is a link that a phone can be asked by: sizes, a point on the curve, a tunnel service
 * that somebody runs, a name that has been cleaned. 0, -EINVAL, -ENOMEM.
 */
int link_check(const HybridLink *link);
