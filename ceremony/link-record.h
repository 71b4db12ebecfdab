/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Links of phones between a ceremony, which reads them, and hybridd, which keeps them without
 * looking inside.
 */

#include "ceremony/link.h"
#include "hybrid.h"

/** Tells hybridd of a phone that agreed to be remembered. 0 or a negative errno. */
int link_record_send(Link *link, const HybridLink *record);

/** Reads what hybridd has kept. -EBADMSG if it is none; another negative errno. */
int link_record_read(int fd, HybridLink *ret);
