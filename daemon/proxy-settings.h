/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which proxy ceremonies go through: the settings, and where they say nothing the environment, as
 * curl reads it.
 */

#include "daemon/config.h"

/** NULL, or what is wrong with a value of [proxy] url: a proxy's URL, or "direct" for none. */
const char *proxy_settings_check(const char *url);

/** Warns if a URL has a password, and others can read the file that it comes from. */
void proxy_settings_warn_of_readers(const char *url, const char *path);

/**
 * Once all files are read: takes what none of them says from https_proxy, all_proxy and no_proxy, and
 * makes "direct" the empty string. What is wrong there is warned of, and told again by each ceremony
 * that needs the proxy. 0 or -ENOMEM.
 */
int proxy_settings_complete(Config *config);
