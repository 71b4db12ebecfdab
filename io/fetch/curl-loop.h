/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One transfer of libcurl at a time on an sd-event loop: its sockets and its one timer.
 */

#include <curl/curl.h>
#include <systemd/sd-event.h>

#include "base/macro.h"

typedef struct CurlLoop CurlLoop;

/** The transfer has ended, with what curl says about it. The callee may free the loop. */
typedef void (*curl_loop_done_t)(void *userdata, CURLcode result);

/** 0 or a negative errno. */
int curl_loop_new(CurlLoop **ret, sd_event *event, curl_loop_done_t done, void *userdata);

/** Starts a transfer, which stays the caller's. It is taken out when it has ended. */
int curl_loop_start(CurlLoop *loop, CURL *transfer);

/** Ends a transfer that runs. NULL in, NULL out. */
CurlLoop *curl_loop_free(CurlLoop *loop);

DEFINE_CLEANUP(CurlLoop *, curl_loop_free);
