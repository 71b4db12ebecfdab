/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"
#include "hybrid.h"

/**
 * Fills in why a channel is down, with no HTTP status. The words are for a log and go over D-Bus:
 * whatever a peer had a part in, only printable ASCII comes out, cut to what fits.
 */
_printf_(3, 4) void channel_error_set(HybridChannelError *ret, HybridChannelFault fault,
                                      const char *format, ...);
