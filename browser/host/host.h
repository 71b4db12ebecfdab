/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Between a browser's extension and hybridd: what comes in frames goes on over the session bus, and the
 * answers back, several at a time. Nothing is kept, and nothing is logged.
 */

#include <systemd/sd-event.h>

typedef struct Host Host;

/** Reads from @in_fd and writes to @out_fd, which stay the caller's. 0 or a negative errno. */
int host_new(Host **ret, sd_event *event, int in_fd, int out_fd);

/**
 * Runs until the browser has gone, which is 0; or -EBADMSG or -EMSGSIZE if what it says cannot be
 * understood, or another negative errno.
 */
int host_run(Host *host);

/** What is open is left: hybridd ends it, since its caller leaves the bus. NULL in, NULL out. */
Host *host_free(Host *host);
