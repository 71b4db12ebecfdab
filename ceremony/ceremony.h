/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One ceremony from beginning to end: joins the pure sessions of libhybrid to a channel and to
 * hybridd. Everything above the pump is deterministic, everything below it is plumbing.
 */

#include <systemd/sd-event.h>

typedef struct Ceremony Ceremony;

/**
 * Waits for LINK_BEGIN on the socket, which it takes over. The event loop is asked to exit when
 * all is over: the answer given, and the channel closed.
 */
int ceremony_new(Ceremony **ret, sd_event *event, int link_fd);
Ceremony *ceremony_free(Ceremony *ceremony);
