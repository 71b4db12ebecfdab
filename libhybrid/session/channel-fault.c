/* SPDX-License-Identifier: MIT */

#include "session/channel-fault.h"

HybridCause channel_fault_cause(HybridChannelFault fault, HybridCause closed, HybridCause broken) {
        switch (fault) {
        case HYBRID_CHANNEL_CLOSED:
                return closed;
        case HYBRID_CHANNEL_BROKEN:
                return broken;
        case HYBRID_CHANNEL_UNREACHABLE:
                return HYBRID_CAUSE_TUNNEL_UNREACHABLE;
        case HYBRID_CHANNEL_TLS:
                return HYBRID_CAUSE_TUNNEL_TLS;
        case HYBRID_CHANNEL_PROXY:
                return HYBRID_CAUSE_PROXY;
        case HYBRID_CHANNEL_REFUSED:
                return HYBRID_CAUSE_TUNNEL_REFUSED;
        case HYBRID_CHANNEL_VIOLATION:
                return HYBRID_CAUSE_PROTOCOL;
        case HYBRID_CHANNEL_FORBIDDEN:
                return HYBRID_CAUSE_POLICY;
        }
        return HYBRID_CAUSE_INTERNAL;
}
