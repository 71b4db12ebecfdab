/* SPDX-License-Identifier: MIT */
#pragma once

#include "hybrid.h"

/**
 * The cause that a fault of the channel stands for. What a close in order and a break mean depends
 * on how far the session was, so the caller says.
 */
HybridCause channel_fault_cause(HybridChannelFault fault, HybridCause closed, HybridCause broken);
