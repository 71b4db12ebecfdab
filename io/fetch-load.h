/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Fetching as a module: hardly any ceremony needs it, and libcurl brings two dozen libraries.
 */

#include "io/fetch.h"

#define FETCH_MODULE_NAME "fetch.so"

/** As channel_backend_load(). */
int fetch_backend_load(const FetchBackend **ret, const char *directory);
