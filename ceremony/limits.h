/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the administrator's policy says of things that only a ceremony sees: which tunnel services
 * may be connected to, and whose passkeys may be registered. hybridd sends it with LINK_BEGIN.
 */

#include <stdbool.h>

#include "ceremony/link.h"
#include "ceremony/words.h"
#include "hybrid.h"

typedef enum HashedTunnels {
        HASHED_TUNNELS_UNSAID, /* like all others: by the list, if there is one */
        HASHED_TUNNELS_REFUSED,
        HASHED_TUNNELS_ALLOWED, /* besides those in the list */
} HashedTunnels;

typedef struct Limits {
        Words tunnel_hosts; /* none: any */
        HashedTunnels hashed_tunnels;
        char *tunnel_place; /* where the policy says so, for people */
        Words aaguids;      /* none: any */
        char *aaguid_place;
        Words enterprise_rps; /* none: nobody */
} Limits;

/** Reads LINK_BEGIN. 0, -ENOMEM, or -EBADMSG if it is not like one. */
int limits_init(Limits *limits, const LinkPacket *begin);
void limits_done(Limits *limits);

/** For HybridClientParams: @limits is a Limits. */
bool limits_allow_tunnel(void *limits, const char *host);

/** For HybridWebauthnParams: @limits is a Limits. */
bool limits_allow_enterprise(void *limits, const char *rp_id);

/** Of a registration; any sign-in is allowed, since that tells no AAGUID. */
bool limits_allow_authenticator(const Limits *limits, const HybridAuthenticator *authenticator);

/** What to say when one of the above did not allow it; @failure has the rest already. */
void limits_explain_tunnel(const Limits *limits, HybridFailure *failure);
void limits_explain_authenticator(const Limits *limits, const HybridAuthenticator *authenticator,
                                  HybridFailure *failure);

/** The hosts of a list separated by blanks that are allowed, as another such list. 0 or -ENOMEM. */
int limits_filter_hosts(Limits *limits, const char *hosts, char **ret);
