/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One request of one caller: who asked, the process that carries the ceremony out, and what the
 * bus shows of it. It ends with a Response, and then is no more.
 */

#include "daemon/request/request-options.h"
#include "daemon/caller/caller.h"
#include "daemon/request/requests.h"

/**
 * Makes a request for the message's sender and puts it on the bus. -EEXIST with @error set if the
 * caller's token is in use.
 */
int request_new(Request **ret, Requests *requests, const RequestOptions *options,
                sd_bus_message *message, sd_bus_error *error);
Request *request_free(Request *request);
DEFINE_CLEANUP(Request *, request_free);

/** Goes on from here by itself; what goes wrong is told in the Response. May free the request. */
void request_start(Request *request);

const char *request_path(const Request *request);
const char *request_sender(const Request *request);
/** All zeros before it is known. Borrowed. */
const Caller *request_caller(const Request *request);

/** The connection that serves the window, or NULL. */
const char *request_window(const Request *request);

/** Its Response was sent; it is only there because a phone may still want to be remembered. */
bool request_is_answered(const Request *request);

/** When that was, if it is answered and its ceremony still waits for a link; else 0. */
uint64_t request_lingers_since(const Request *request);

/** Ends one that is answered, unless the person is just being asked. May free the request. */
void request_end_linger(Request *request);

/** What the radio has to say to all requests. */
void request_advert(Request *request, const BleAdvert *advert);
void request_radio_status(Request *request, BleStatus status);

/** The person or the caller wants to stop. */
void request_cancel(Request *request, HybridCause cause);
