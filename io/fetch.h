/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Fetching a small JSON document over https, of a host that somebody else has named. So it must be
 * out on the internet: what a name leads to is looked at when the connection is made, whatever it
 * led to before. Nothing is told of who asks: no cookies, no referrer, no credentials. Redirects go
 * to https only, and each is a new host to be looked at.
 */

#include <stddef.h>
#include <systemd/sd-event.h>

#include "base/macro.h"
#include "io/channel.h"

enum {
        FETCH_SIZE_MAX = 64 * 1024,
        FETCH_TIMEOUT_USEC = 10 * 1000 * 1000, /* all redirects together */
        FETCH_REDIRECTS_MAX = 5,
};

typedef struct Fetch Fetch;

/** The outcome: n bytes, borrowed for the call; or NULL, with `problem` in words for people. */
typedef void (*fetch_done_t)(void *userdata, const char *data, size_t n, const char *problem);

typedef struct FetchBackend {
        /*
         * Starts. The URL is "https://HOST[:PORT]/PATH", and copied; `network` must stay. `done` is
         * called once from the loop, and may free the fetch. 0, -EINVAL for another URL or a host that
         * is not of the internet (localhost, printer.local), or another negative errno.
         */
        int (*start)(Fetch **ret, sd_event *event, const char *url, const NetworkOptions *network,
                     fetch_done_t done, void *userdata);

        /* At once; `done` is not called any more. NULL in, NULL out. */
        Fetch *(*free)(Fetch *fetch);
} FetchBackend;

/** By libcurl; io/fetch/fetch.c. */
extern const FetchBackend fetch_curl;
